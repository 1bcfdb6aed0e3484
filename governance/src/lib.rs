//! Decide, record, replay: the pure part of governance.
//!
//! A program or an agent asks before it acts, and the answer is a record of the ledger. This crate says what the answer
//! is. It has no I/O, clock, randomness or asynchronous code: documents, requests, times and names come in as values, so
//! that the writer and a replay years later run the same functions and get the same bytes.
//!
//! A decision has two halves:
//!
//! 1. **In the caller's task**, without state: [`policy`] documents are read, checked, composed and compiled once;
//!    [`evaluate`] holds a request against them. What comes out is a [`claim::Proposal`]: the verdict so far, why, and
//!    the [`claim::Claim`]s that must hold where the decision gets its place in the log.
//! 2. **In the writer**, in the order of the log: [`state::State::judge`] grants all claims or refuses, at the recorded
//!    time; [`record::Decision`] is what is recorded of it, allowed or denied; [`state::State::apply`] moves the state by
//!    what is recorded, and by nothing else.
//!
//! So the state is a fold over records. [`state::State::snapshot`] gives the same bytes for the same records, wherever
//! the fold was cut, and [`replay`] folds a range anew and says which record differs, and in what.
//!
//! The modules, each building on those before it:
//!
//! | module | what lives there |
//! | --- | --- |
//! | [`limits`], [`digest`], [`day`], [`money`] | values: every limit by name, digests, days, nano-USD (integers; money can't be made of a float) |
//! | [`json`] | values of JSON that lose nothing, their reader, and the two canonical forms |
//! | [`yaml`] | documents as trees with line and column, scalars as YAML 1.1 resolves them |
//! | [`pattern`] | regular expressions as Python has them, without what can't be matched in linear time |
//! | [`schema`] | JSON Schema Draft-07 as Python's `jsonschema` has it |
//! | [`expression`] | the grammar of guards |
//! | [`redact`] | what is taken out of messages before they are recorded |
//! | [`real`] | finite doubles, and the functions of them from one implementation |
//! | [`request`], [`claim`] | what is asked, and what must hold for it |
//! | [`policy`] | documents of the kinds `aigc`, `gate` and `aegis`: shape, composition, findings, compiled form |
//! | [`evaluate`] | the gates in their order, and the trail of rules that matched |
//! | [`record`] | the contents of governance records |
//! | [`drift`] | baselines, divergences, calibration |
//! | [`state`] | budgets, approvals, agents, loops, rates, overrides, proposals; snapshots |
//! | [`replay`] | decisions from records, differences by name |
//! | [`artifact`] | AIGC's audit artifacts out of decisions |
//! | [`explain`] | why a decision came out as it did, in words, from its record alone |

pub mod artifact;
pub mod claim;
pub mod day;
pub mod digest;
pub mod drift;
pub mod evaluate;
pub mod explain;
pub mod expression;
pub mod json;
pub mod limits;
pub mod money;
mod number;
pub mod pattern;
pub mod policy;
pub mod real;
pub mod record;
pub mod redact;
pub mod replay;
pub mod request;
pub mod schema;
mod semantics;
pub mod state;
pub mod yaml;

pub use semantics::{ASKED_SEMANTICS, OUTPUT_SEMANTICS, RETRY_SEMANTICS, SEMANTICS_VERSION};
