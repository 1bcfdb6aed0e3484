//! What a producer signs, and what it does not.
