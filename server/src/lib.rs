//! The daemon around the engine: its configuration, its keys' providers, the gRPC services, and its metrics.

mod approvals;
mod backups;
pub mod config;
pub mod daemon;
mod freed_memory;
mod hardening;
mod http;
mod issuers;
pub mod limits;
pub mod machine;
mod metrics;
pub mod named_files;
mod open_files;
mod overload;
mod probes;
mod refusals;
pub mod register;
mod reload;
mod rpc;
mod tls;
mod tokens;
mod traces;
mod traffic;
mod users;
mod watched;

pub use users::other_principal;
