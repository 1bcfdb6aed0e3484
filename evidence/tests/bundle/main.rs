//! Bundles, from the writer to the verdict: honest ones, and every kind of tampering.

mod bundles;
mod disclosure;
mod flips;
mod keys;
mod rotations;
mod stolen_keys;
mod support;
mod tampering;
