//! What the daemon tells of its ledgers and of itself.

use std::sync::atomic::Ordering;

use indelible_evidence::hash::TreeHash;

use crate::state::{
    custody::Outage,
    key_copies::RescueStatus,
    notice::Notice,
    register::RegisterStatus,
    scrubbed::Scrubbed,
    shared::{Availability, LedgerState},
    wall_clock::ClockStatus,
};

/// The status of one ledger.
#[derive(Clone, Debug)]
pub struct LedgerSummary {
    /// Its name.
    pub name: String,
    /// Its name in every signed statement.
    pub origin: String,
    /// The key to pin, as a C2SP vkey.
    pub verifier_key: String,
    /// How many records it has.
    pub size: u64,
    /// The tree's root at that size.
    pub root: TreeHash,
    /// Whether it takes appends.
    pub state: Availability,
    /// Why not; empty if it does.
    pub state_reason: String,
    /// When it was created, nanoseconds since 1970 UTC.
    pub created: u64,
    /// The size that the newest checkpoint under the identity key covers.
    pub published_size: u64,
    /// The size that the stored index covers.
    pub indexed_size: u64,
    /// The size that the projections' stored states cover. Records beyond it are folded for each answer.
    pub projected_size: u64,
    /// The ledger that it succeeds.
    pub predecessor: Option<String>,
    /// The last event that a client appended.
    pub last_event: Option<u64>,
    /// Whether every event is sealed, or only those that name a data subject.
    pub encrypts_all: bool,
    /// Whether opening what is sealed is recorded in the ledger itself.
    pub access_trail: bool,
    /// Whether events that break the conventions of their type are refused.
    pub checks_events: bool,
    /// The sources whose events must be signed by their producers.
    pub signed_sources: Vec<String>,
    /// The record that ended it, if one did: it takes no events any more, and its name is kept.
    pub ended: Option<u64>,
    /// The first record that puts settings in force; 0 is genesis. For the records before it, and for all of them if there
    /// is no such record, the settings are the operator's word.
    pub settings_since: Option<u64>,
    /// How far the scrub is with it.
    pub scrubbed: Scrubbed,
    /// Whether acknowledged records are missing or damaged, or may be: what it does not show may be among them.
    pub may_lack_records: bool,
}

impl LedgerSummary {
    pub(crate) fn of(cell: &LedgerState) -> Self {
        let (state, state_reason) = cell.state();
        let (size, root, last_event) = {
            let committed = cell.committed();
            (
                committed.head.size,
                committed.head.root,
                committed.head.last_event,
            )
        };
        Self {
            name: cell.descriptor.name.as_str().to_owned(),
            origin: cell.origin().as_str().to_owned(),
            verifier_key: cell.verifier_key.to_string(),
            size,
            root,
            state,
            state_reason,
            created: cell.descriptor.created,
            published_size: cell.published().map_or(0, |published| published.size),
            indexed_size: cell.indexed.load(Ordering::Acquire),
            projected_size: cell.projected.upto(),
            predecessor: cell
                .descriptor
                .predecessor
                .as_ref()
                .map(|origin| origin.as_str().to_owned()),
            last_event,
            encrypts_all: cell.encrypts_all(),
            access_trail: cell.keeps_trail(),
            checks_events: cell.checks_events(),
            signed_sources: cell.settings().signed_sources,
            // What is linked and not durable yet is not there.
            scrubbed: cell.scrubbed.get(),
            ended: cell.keys().ended().filter(|record| *record < size),
            may_lack_records: cell.may_lack_records(),
            settings_since: cell.keys().first_settings().filter(|record| *record < size),
        }
    }
}

/// The status of the engine.
#[derive(Clone, Debug)]
pub struct EngineStatus {
    /// Every ledger, by origin.
    pub ledgers: Vec<LedgerSummary>,
    /// How the identity key is kept, in words.
    pub identity_custody: String,
    /// Why no key can be opened, if that is so since the start.
    pub keys_away: Option<Outage>,
    /// Whether the daemon is stopping.
    pub draining: bool,
    /// Why the writer has stopped, if it has.
    pub stopped: bool,
    /// Why no ledger takes records, whatever its own state is: the store's own ledger is in quarantine. None if it is not.
    pub blocked: Option<String>,
    /// How the clock stands.
    pub clock: ClockStatus,
    /// How far the scrub is.
    pub scrub: ScrubStatus,
    /// How the register stands, if there is one.
    pub register: Option<RegisterStatus>,
    /// How copies of data keys stand, where there are or were recipients for them.
    pub rescue: Option<RescueStatus>,
    /// The notices of the start.
    pub notices: Vec<Notice>,
}

/// How far the scrub is with all ledgers together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScrubStatus {
    /// The pace; 0 if there is no scrub.
    pub bytes_per_second: u64,
    /// Ledgers, closed ones included.
    pub ledgers: u64,
    /// Their records.
    pub records: u64,
    /// Those of them that were verified by the last pass that ended, or by the one that goes on.
    pub verified: u64,
    /// Ledgers of which no pass has ended.
    pub never_ended: u64,
    /// Of the others, when the last pass ended of the one where that is the longest ago, nanoseconds since 1970 UTC.
    pub oldest_pass: Option<u64>,
    /// Ledgers in which something was found.
    pub with_findings: u64,
}
