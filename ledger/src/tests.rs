//! Tests of the engine as a whole, over stores in memory.

mod access;
mod custody;
mod disclosure;
mod engine;
mod epoch;
mod fault;
mod governance;
mod key_event;
mod meters;
mod privacy;
mod producers;
mod projection;
mod queue;
mod refused_appends;
mod remote_keys;
mod repeats;
mod report;
mod revocation;
mod rewrap;
mod rotation;
mod scrub;
mod seal;
mod settings;
mod simulation;
mod system;
mod volumes;
