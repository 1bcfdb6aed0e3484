//! Ledgers on their way out.

use bytes::Bytes;
use indelible_proto::{
    time::timestamp,
    v1::{self, Encryption, LedgerState},
};

use indelible_ledger::{Availability, LedgerSummary, Scrubbed};

/// One ledger for the wire.
pub(crate) fn wire(summary: LedgerSummary) -> v1::Ledger {
    let (state, state_reason) = match summary.ended {
        Some(sequence) if summary.state == Availability::Open => (
            LedgerState::Ended,
            format!(
                "record {sequence} ended it; its data keys are destroyed, and its name is kept"
            ),
        ),
        _ => (state(summary.state), summary.state_reason),
    };
    v1::Ledger {
        name: summary.name,
        origin: summary.origin,
        verifier_key: summary.verifier_key,
        size: summary.size,
        root_hash: Bytes::copy_from_slice(summary.root.as_bytes()),
        state: state.into(),
        state_reason,
        created_time: Some(timestamp(summary.created)),
        published_size: summary.published_size,
        indexed_size: summary.indexed_size,
        projected_size: summary.projected_size,
        predecessor_origin: summary.predecessor.unwrap_or_default(),
        last_event_sequence: summary.last_event,
        encryption: encryption(summary.encrypts_all).into(),
        access_trail: summary.access_trail,
        checks_events: summary.checks_events,
        settings_sequence: summary.settings_since,
        signed_sources: summary.signed_sources,
        scrub: Some(scrub(summary.scrubbed)),
        may_lack_records: summary.may_lack_records,
    }
}

fn scrub(scrubbed: Scrubbed) -> v1::LedgerScrub {
    let ended = scrubbed.ended;
    v1::LedgerScrub {
        verified_size: scrubbed.upto,
        target_size: scrubbed.target,
        pass_end_time: ended.map(|ended| timestamp(ended.at)),
        pass_seconds: ended.map_or(0, |ended| ended.took_seconds),
        pass_size: ended.map_or(0, |ended| ended.size),
        has_finding: scrubbed.has_finding,
        unread_reason: scrubbed.unread.unwrap_or_default(),
    }
}

fn encryption(encrypts_all: bool) -> Encryption {
    if encrypts_all {
        Encryption::All
    } else {
        Encryption::DataSubjects
    }
}

/// A ledger's state for the wire.
pub(crate) fn state(state: Availability) -> LedgerState {
    match state {
        Availability::Open => LedgerState::Open,
        Availability::Quarantined => LedgerState::Quarantined,
        Availability::Closed => LedgerState::Closed,
        Availability::Stopped => LedgerState::Stopped,
        Availability::ReadOnly => LedgerState::ReadOnly,
    }
}
