//! The checks of single records, which offline and online verification share.

use crate::bundle::writer::SourceRecord;
use crate::chain::ChainHasher;
use crate::commitment::PartKind;
use crate::hash::ChainHash;
use crate::header::Header;
use crate::origin::Origin;
use crate::verdict::{Finding, FindingCode};

use super::authorship::Reader;
pub use super::disposals::Disposed;
use super::erasures::Erasures;
use super::moment::moment;
use super::part_judgement::{judge_part, judge_presence};
use super::parts::check;
pub use super::parts::{CheckedPart, PartProblem, Secrecy};
pub use super::record_facts::RecordFacts;
pub use super::rules::Rules;

/// Decodes the header that stands at `sequence`.
pub fn check_header(sequence: u64, bytes: &[u8]) -> Result<Header<'_>, Finding> {
    let header = Header::decode(bytes).map_err(|error| {
        Finding::of_record(
            FindingCode::HeaderForm,
            sequence,
            format!("the header is malformed: {error}"),
        )
    })?;
    if header.sequence == sequence {
        Ok(header)
    } else {
        let detail = format!("the header has sequence number {}", header.sequence);
        Err(Finding::of_record(
            FindingCode::SequenceGap,
            sequence,
            detail,
        ))
    }
}

/// What one record may depend on of those before it: recorded times never decrease, and every header names the
/// newest key event before it.
#[derive(Clone, Debug, Default)]
pub struct Succession {
    time: u64,
    newest_key_event: Option<u64>,
    /// Whether a record before could not be read, so that the newest key event is not known.
    unknown: bool,
}

impl Succession {
    /// Before record 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// In the middle of a ledger: after a record of that time, with that newest key event.
    pub fn after(time: u64, newest_key_event: Option<u64>) -> Self {
        Self {
            time,
            newest_key_event,
            unknown: false,
        }
    }

    /// The time of the newest record.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// The newest key event so far.
    pub fn newest_key_event(&self) -> Option<u64> {
        self.newest_key_event
    }

    /// Takes in the next record, and tells what is wrong with its place.
    pub fn advance(&mut self, facts: &RecordFacts, mut found: impl FnMut(Finding)) {
        let sequence = facts.sequence;
        if facts.time < self.time {
            let detail = format!(
                "its time {} is earlier than that of the record before, {}",
                moment(facts.time),
                moment(self.time)
            );
            found(Finding::of_record(
                FindingCode::TimeDecreased,
                sequence,
                detail,
            ));
        }
        let expected = self.newest_key_event.unwrap_or(0);
        if facts.prior_key_event != expected && !self.unknown {
            let detail = format!(
                "it names {} as the newest key event before it, but that is {expected}",
                facts.prior_key_event
            );
            found(Finding::of_record(
                FindingCode::PriorKeyEvent,
                sequence,
                detail,
            ));
        }
        self.time = facts.time;
        if facts.is_key_event {
            (self.newest_key_event, self.unknown) = (Some(sequence), false);
        }
    }

    /// Passes over a record that could not be read.
    pub fn skip(&mut self) {
        self.unknown = true;
    }
}

/// What the records of a ledger are held to, besides themselves: all of its key events were taken in.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The ledger.
    pub origin: &'a Origin,
    /// Which data keys were destroyed.
    pub erasures: &'a Erasures,
    /// What else the key events say.
    pub rules: &'a Rules,
}

/// Checks one stored record for itself: header, link, body and payload, and what is unlawful in them. `Ok` gives what
/// the checks across records need, which are those of [`Succession`] and of the tree.
pub fn check_record(
    hasher: &mut ChainHasher,
    previous: &ChainHash,
    record: &SourceRecord<'_>,
    ground: Ground<'_>,
) -> Result<RecordFacts, Vec<Finding>> {
    let mut findings = Vec::new();
    if hasher.link(previous, record.header) != record.chain {
        findings.push(chain_mismatch(record.sequence));
    }
    let header = match check_header(record.sequence, record.header) {
        Ok(header) => header,
        Err(finding) => {
            findings.push(finding);
            return Err(findings);
        }
    };
    let facts = RecordFacts::under(&header, ground.rules);
    ground.rules.check(&facts, |finding| findings.push(finding));
    let mut expected = None;
    for (kind, part) in [
        (PartKind::Body, &record.body),
        (PartKind::Payload, &record.payload),
    ] {
        let reader = Reader {
            sequence: record.sequence,
            header: record.header,
            origin: ground.origin,
            rules: ground.rules,
            digest_wanted: expected.is_some(),
        };
        let checked = check(
            kind,
            facts.data_key.is_some(),
            part,
            &reader,
            None,
            &mut |_| (),
        );
        let judged = judge_part(kind, &facts, &checked, expected.as_ref(), ground.erasures);
        findings.extend(judged.err());
        findings.extend(judge_presence(kind, &facts, &checked, ground.erasures));
        if let Some(authorship) = checked.authorship() {
            findings.extend(authorship.unlawful(record.sequence));
            expected = authorship.payload;
        }
    }
    if findings.is_empty() {
        Ok(facts)
    } else {
        Err(findings)
    }
}

pub(super) fn chain_mismatch(sequence: u64) -> Finding {
    let detail = "the chain hash that stands for it is not the one that its header gives";
    Finding::of_record(FindingCode::ChainMismatch, sequence, detail)
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
