//! Indelible: an event-sourced audit ledger, hash-chained, signed and durable before it is acknowledged.

pub mod bench;
pub mod cli;
pub mod config;
pub mod daemon;
mod hardening;
pub mod limits;
mod metrics;
mod rpc;

#[cfg(test)]
mod documents_tests;
