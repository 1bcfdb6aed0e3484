//! Bundles, from the writer to the verdict: honest ones, and every kind of tampering.

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
