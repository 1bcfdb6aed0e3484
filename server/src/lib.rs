//! The daemon around the engine: its configuration, its keys' providers, the gRPC services, and its metrics.

pub mod config;
pub mod daemon;
mod hardening;
pub mod limits;
mod metrics;
mod open_files;
mod reload;
mod rpc;
mod tls;
mod users;
mod watched;
