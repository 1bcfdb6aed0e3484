//! The gRPC edge: authorise, convert, call, convert. Nothing outside this folder knows Protobuf or tonic.

mod access_service;
mod append;
mod append_stream;
mod approval_service;
mod approvals;
mod audit;
mod authorise;
mod backup_service;
mod backups;
mod blocking;
mod clock;
mod complete;
mod compliance_service;
mod convert;
mod data_key;
mod data_subject;
mod end_ledger;
mod erase;
mod erasures;
mod export;
mod follow;
mod governance;
mod governance_service;
mod held;
mod holds;
mod identity_key;
mod kek;
mod key_service;
mod ledger_service;
mod ledgers;
mod opened;
mod page;
mod page_token;
mod producers;
mod projections;
mod prove;
mod quotas;
mod rates;
mod read;
mod reason;
mod refusal;
mod report;
mod retention;
mod retention_service;
mod rotation_reason;
mod server;
mod signing_keys;
mod slots;
mod status;
mod teller;
mod tokens;
mod transport;
mod verify;
mod wanted;

pub(crate) use approvals::{keep as keep_approvals, read as read_approvals};
pub(crate) use audit::Loaded;
pub(crate) use authorise::Gate;
pub(crate) use backups::{keep as keep_backups, read as read_backups};
pub(crate) use governance::{
    all_ledgers::{read as read_all_halt, shown as all_halt},
    expiry::keep as keep_agents,
};
pub(crate) use server::services;
pub(crate) use status::{About, DEVELOPMENT_MODE, notices};
pub(crate) use tokens::{keep as keep_tokens, read as read_tokens};
pub(crate) use transport::{Bearers, Budget, Listener, incoming, serve};

#[cfg(test)]
mod runbook_tests;
