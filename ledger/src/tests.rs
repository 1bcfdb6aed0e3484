//! Tests of the engine as a whole, over stores in memory.

mod access;
mod custody;
mod disclosure;
mod end_ledger;
mod engine;
mod epoch;
mod fault;
mod key_event;
mod privacy;
mod producers;
mod projection;
mod queue;
mod remote_keys;
mod repeats;
mod report;
mod retention;
mod revocation;
mod rewrap;
mod rotation;
mod seal;
mod settings;
mod simulation;
mod system;
