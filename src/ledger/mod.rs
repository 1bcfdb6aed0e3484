//! The ledger engine: one logical writer for each ledger, durable before it acknowledges, and everything that
//! reads, proves, publishes and recovers around it.
//!
//! The path of an event: [`event`] (caller's task: validate, encode, commit to) → [`queue`] → [`sequencer`]
//! with [`admission`] and [`link`] (chain, tree, epoch signature) → [`committer`] (store sync, anchor sync,
//! acknowledgement) → [`indexer`], [`projection`] and [`publication`] behind it. [`startup`] and [`recovery`]
//! link what is stored once more, with the same functions.

mod access;
mod admission;
mod anchorage;
mod append;
mod appending;
mod backlog;
mod body_terms;
mod cell;
mod certifier;
mod committer;
mod conventions;
mod core;
mod count_keks;
mod create;
mod custody;
mod descriptor;
mod disclosure;
mod edge;
mod engine;
mod epoch;
mod erasure;
mod error;
mod event;
mod export;
mod founding;
mod halt;
mod handle;
mod healing;
mod hold;
mod identity;
mod indexer;
mod kek_census;
mod kek_records;
mod key_error;
mod key_event;
mod key_event_kind;
mod key_events;
mod key_state;
mod key_state_error;
mod keyring;
mod keys;
pub mod limits;
mod link;
mod nodes;
mod notice;
mod pending;
mod priority;
mod project;
mod projection;
mod projection_progress;
mod publication;
mod query;
mod queue;
mod read;
mod rebuild;
mod rebuild_projections;
mod receipt;
mod recovery;
mod registry;
mod replay;
mod report;
mod reserved;
mod revocation;
mod rewrap;
mod room;
mod rotation;
mod sealing;
mod sequencer;
mod signers;
mod signing_keys;
mod startup;
mod summary;
mod verify;
mod wiped;
mod world;

pub use self::core::{Engine, EngineOptions, Ledger};
pub use access::{ACCESS_SOURCE, ACCESS_TYPE, Access};
pub use append::{Acknowledgement, Appended, NewRange, PendingAppend};
pub use cell::{Published, State};
pub use custody::{IdentityError, KeysAway, NotOpened, Outage};
pub use erasure::{Erased, ErasureProgress, OnErasure};
pub use error::{AccessError, AppendError, KeyEventError, LedgerError, PrepareError, ReadError};
pub use event::{EventInput, Prepared};
pub use export::{ExportError, ExportForm, ExportSummary, Selection};
pub use founding::CreateLedger;
pub use healing::{Keys, OpenKeks};
pub use kek_records::{add_kek_record, kek_records};
pub use key_error::{KekRecordsError, KeyringError, KeysError};
pub use key_state::{ErasureRecord, Hold};
pub use key_state_error::{HoldId, KeyStateError, SigningKeyKind};
pub use notice::{Notice, NoticeCode};
pub use project::{Holds, Projecting};
pub use query::{Filter, Page};
pub use read::RecordView;
pub use rebuild_projections::Rebuilt;
pub use report::{REPORT_SOURCE, REPORT_TYPE, ReportError, ReportMade, ReportRequest};
pub use revocation::RevokeKey;
pub use rewrap::{OnRewrap, RewrapProgress, Rewrapped};
pub use rotation::{AwaitsRecovery, RecoverySignatures, RotatedIdentity};
pub use signing_keys::{RevocationRecord, SigningKey};
pub use startup::{OpenError, Parts, Settle};
pub use summary::{EngineStatus, LedgerSummary};
pub use verify::{Finding, VerifyOutcome};

#[cfg(test)]
mod access_tests;
#[cfg(test)]
mod custody_tests;
#[cfg(test)]
mod disclosure_tests;
#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod epoch_tests;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod imports_tests;
#[cfg(test)]
mod key_event_tests;
#[cfg(test)]
mod privacy_tests;
#[cfg(test)]
mod projection_tests;
#[cfg(test)]
mod report_tests;
#[cfg(test)]
mod revocation_tests;
#[cfg(test)]
mod rewrap_tests;
#[cfg(test)]
mod rotation_tests;
#[cfg(test)]
mod seal_tests;
