//! Bundles, from the writer to the verdict: honest ones, and every kind of tampering.

mod bundles;
mod disclosure;
mod flips;
mod keys;
mod support;
mod tampering;
