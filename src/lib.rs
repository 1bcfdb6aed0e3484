//! Indelible: an event-sourced audit ledger, hash-chained, signed and durable before it is acknowledged. Here is its
//! command line; what runs behind it are the crates beside this one.

pub mod cli;

#[cfg(test)]
mod deploy_tests;
#[cfg(test)]
mod documents_tests;
