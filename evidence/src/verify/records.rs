//! The checks of single records, which offline and online verification share.

use crate::body::Body;
use crate::bundle::items::Part;
use crate::bundle::writer::SourceRecord;
use crate::chain::ChainHasher;
use crate::commitment::{Domain, commit};
use crate::hash::{ChainHash, Commitment};
use crate::header::{Header, RecordKind};
use crate::limits::PAYLOAD_BYTES_MAX;
use crate::verdict::{Finding, FindingCode};

/// What later checks need of a header that was decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordFacts {
    /// The record's place, which the header names, too.
    pub sequence: u64,
    /// When it was recorded, in nanoseconds.
    pub time: u64,
    /// The newest key event before it, as the header says.
    pub prior_key_event: u64,
    /// Whether it is a key event.
    pub is_key_event: bool,
    /// The commitment to its body.
    pub body: Option<Commitment>,
    /// The commitment to its payload.
    pub payload: Option<Commitment>,
}

impl RecordFacts {
    /// What `header` says.
    pub fn of(header: &Header<'_>) -> Self {
        let (body, payload) = match &header.kind {
            RecordKind::Event(event) => (Some(event.body), event.payload),
            RecordKind::Genesis(_) | RecordKind::Epoch(_) => (None, None),
        };
        Self {
            sequence: header.sequence,
            time: header.time,
            prior_key_event: header.prior_key_event,
            is_key_event: header.is_key_event(),
            body,
            payload,
        }
    }

    fn commitment(&self, domain: Domain) -> Option<&Commitment> {
        match domain {
            Domain::Body => self.body.as_ref(),
            Domain::Payload => self.payload.as_ref(),
        }
    }
}

/// Decodes the header that stands at `sequence`.
pub fn check_header(sequence: u64, bytes: &[u8]) -> Result<Header<'_>, Finding> {
    let header = Header::decode(bytes).map_err(|error| {
        Finding::of_record(
            FindingCode::HeaderForm,
            sequence,
            format!("the header is not of the format: {error}"),
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

/// A body or payload whose commitment was computed, still to be held against its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedPart {
    /// It is there.
    Present {
        /// What its salt and bytes commit to.
        commitment: Commitment,
        /// What is wrong with its bytes, whatever the header commits to.
        problem: Option<Box<str>>,
    },
    /// The header commits to none.
    None,
    /// Left out.
    Withheld,
    /// Claimed to be erased.
    Erased,
    /// Kept elsewhere.
    Archived,
    /// Not there.
    Missing,
    /// Not an item of the format at all.
    Malformed(Box<str>),
}

/// Computes what a part commits to, and checks its own form.
pub fn check_part(domain: Domain, part: &Part<'_>) -> CheckedPart {
    match part {
        Part::Present { salt, bytes } => {
            let problem = match domain {
                Domain::Body => Body::decode(bytes)
                    .err()
                    .map(|error| error.to_string().into()),
                Domain::Payload if bytes.len() > PAYLOAD_BYTES_MAX => Some(
                    format!(
                        "it has {} bytes, more than {PAYLOAD_BYTES_MAX}",
                        bytes.len()
                    )
                    .into(),
                ),
                Domain::Payload => None,
            };
            CheckedPart::Present {
                commitment: commit(salt, domain, bytes),
                problem,
            }
        }
        Part::None => CheckedPart::None,
        Part::Withheld => CheckedPart::Withheld,
        Part::Erased => CheckedPart::Erased,
        Part::Archived => CheckedPart::Archived,
        Part::Missing => CheckedPart::Missing,
    }
}

/// Holds a part against what its header commits to.
pub fn judge_part(domain: Domain, facts: &RecordFacts, part: &CheckedPart) -> Result<(), Finding> {
    let name = domain_name(domain);
    let found = |code, detail: String| Err(Finding::of_record(code, facts.sequence, detail));
    let mismatch = match domain {
        Domain::Body => FindingCode::BodyMismatch,
        Domain::Payload => FindingCode::PayloadMismatch,
    };
    match (facts.commitment(domain), part) {
        (_, CheckedPart::Malformed(problem)) => found(
            FindingCode::ItemForm,
            format!("the item of the {name} is not of the format: {problem}"),
        ),
        (None, CheckedPart::None) => Ok(()),
        (None, _) => found(
            FindingCode::CommitmentMismatch,
            format!("there is a {name}, but the header commits to none"),
        ),
        (Some(_), CheckedPart::None) => found(
            FindingCode::CommitmentMismatch,
            format!("the header commits to a {name}, but there is said to be none"),
        ),
        (Some(expected), CheckedPart::Present { commitment, .. }) if commitment != expected => {
            found(mismatch, format!("{name} does not match its commitment"))
        }
        (
            Some(_),
            CheckedPart::Present {
                problem: Some(problem),
                ..
            },
        ) => {
            let code = if domain == Domain::Body {
                FindingCode::BodyForm
            } else {
                FindingCode::ItemForm
            };
            found(code, format!("the {name} is not of the format: {problem}"))
        }
        (
            Some(_),
            CheckedPart::Present { problem: None, .. }
            | CheckedPart::Withheld
            | CheckedPart::Archived,
        ) => Ok(()),
        (Some(_), CheckedPart::Erased) => found(
            FindingCode::ErasedUnsupported,
            format!("the {name} is said to be erased, which no record supports"),
        ),
        (Some(_), CheckedPart::Missing) => {
            found(FindingCode::PartMissing, format!("the {name} is missing"))
        }
    }
}

/// Whether a finding is only of a body or payload, and says nothing against the log itself.
pub(super) fn concerns_parts(code: FindingCode) -> bool {
    matches!(
        code,
        FindingCode::BodyForm
            | FindingCode::BodyMismatch
            | FindingCode::PayloadMismatch
            | FindingCode::ItemForm
            | FindingCode::CommitmentMismatch
            | FindingCode::ErasedUnsupported
            | FindingCode::PartMissing
    )
}

fn domain_name(domain: Domain) -> &'static str {
    match domain {
        Domain::Body => "body",
        Domain::Payload => "payload",
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
                "its time {} is less than that of the record before, {}",
                facts.time, self.time
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
                "it names {} as the newest key event before it, which is {expected}",
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

/// Checks one stored record for itself: header, link, body and payload. `Ok` gives what the checks across records
/// need, which are those of [`Succession`] and of the tree.
pub fn check_record(
    hasher: &mut ChainHasher,
    previous: &ChainHash,
    record: &SourceRecord<'_>,
) -> Result<RecordFacts, Vec<Finding>> {
    let mut findings = Vec::new();
    if hasher.link(previous, record.header) != record.chain {
        findings.push(chain_mismatch(record.sequence));
    }
    let facts = match check_header(record.sequence, record.header) {
        Ok(header) => RecordFacts::of(&header),
        Err(finding) => {
            findings.push(finding);
            return Err(findings);
        }
    };
    for (domain, part) in [
        (Domain::Body, &record.body),
        (Domain::Payload, &record.payload),
    ] {
        findings.extend(judge_part(domain, &facts, &check_part(domain, part)).err());
    }
    if findings.is_empty() {
        Ok(facts)
    } else {
        Err(findings)
    }
}

pub(super) fn chain_mismatch(sequence: u64) -> Finding {
    let detail = "the header does not give the chain hash that stands for it";
    Finding::of_record(FindingCode::ChainMismatch, sequence, detail)
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
