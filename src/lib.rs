//! Indelible: an event-sourced audit ledger, hash-chained, signed and durable before it is acknowledged.

pub mod bench;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod envelope;
mod hardening;
pub mod import;
pub mod ledger;
pub mod limits;
mod metrics;
pub mod outgoing;
mod rpc;

#[cfg(test)]
mod documents_tests;
