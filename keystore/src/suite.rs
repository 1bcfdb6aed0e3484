//! The contract that every KEK provider must pass.
