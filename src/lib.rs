//! The Indelible daemon and its command line.

pub mod bench;
pub mod config;
pub mod daemon;
mod hardening;
pub mod ledger;
pub mod limits;
mod rpc;
