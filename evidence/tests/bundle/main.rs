//! Bundles, from the writer to the verdict: honest ones, and every kind of tampering.

#![expect(clippy::unwrap_used, reason = "what can't be had fails the test")]

mod bundles;
mod contradictions;
mod disclosure;
mod disposals;
mod flips;
mod keys;
mod rotations;
mod rules;
mod statements;
mod states;
mod stolen_keys;
mod support;
mod tampering;
