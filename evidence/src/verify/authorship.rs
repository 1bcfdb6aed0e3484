//! Who wrote an event, as far as its body can be read: the producer's own signature, and what is unlawful in it.

use crate::body::Body;
use crate::header::{Header, RecordKind};
use crate::origin::Origin;
use crate::producer::{ProducerError, payload_digest, verify};
use crate::verdict::{Finding, FindingCode};

use super::producers::Signed;
use super::rules::Rules;

/// What a body is read with: the record it belongs to, and what the ledger says of producers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub(super) sequence: u64,
    /// What stands for its header; where that is none, it is another finding.
    pub(super) header: &'a [u8],
    pub(super) origin: &'a Origin,
    pub(super) rules: &'a Rules,
    /// Whether the digest of the payload is asked for, since a producer signed it.
    pub(super) digest_wanted: bool,
}

/// What a body that can be read says of who wrote the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorship {
    /// The producer whose signature verifies, if there is one.
    pub(super) signed: Option<Signed>,
    /// SHA-256 of the payload, as the producer signed it.
    pub(super) payload: Option<[u8; 32]>,
    unlawful: Option<(FindingCode, String)>,
}

impl Authorship {
    /// What is unlawful in it, if anything is.
    pub(super) fn unlawful(&self, sequence: u64) -> Option<Finding> {
        let (code, detail) = self.unlawful.clone()?;
        Some(Finding::of_record(code, sequence, detail))
    }
}

impl Reader<'_> {
    /// Reads who wrote a body; none if it has no producer and needs none. An error breaks integrity.
    pub(super) fn authorship(&self, body: &Body<'_>) -> Result<Option<Authorship>, ProducerError> {
        let wanted = || self.rules.wants_signature(self.sequence, body.source);
        if body.producer.is_none() && !wanted() {
            return Ok(None);
        }
        let Ok(Header { kind, .. }) = Header::decode(self.header) else {
            return Ok(None);
        };
        verify(self.origin, &kind, body)?;
        let mut authorship = Authorship {
            signed: None,
            payload: None,
            unlawful: None,
        };
        match (&body.producer, kind) {
            (None, RecordKind::Event(_)) => {
                let detail = format!(
                    "it has no producer's signature, but the settings in force require one for events of the source {}",
                    body.source
                );
                authorship.unlawful = Some((FindingCode::SignatureMissing, detail));
            }
            (None, _) => return Ok(None),
            (Some(producer), _) => {
                authorship.payload = payload_digest(body).copied();
                let judged = self
                    .rules
                    .producers
                    .judge(self.sequence, producer.key, body.source);
                match judged {
                    Ok(signed) => authorship.signed = Some(signed),
                    Err(detail) => {
                        authorship.unlawful = Some((FindingCode::ProducerUnknown, detail));
                    }
                }
            }
        }
        Ok(Some(authorship))
    }

    /// Whether the record is one of the daemon's own gate.
    pub(super) fn is_governance(&self) -> bool {
        let header = Header::decode(self.header);
        matches!(header, Ok(header) if matches!(header.kind, RecordKind::Governance(_)))
    }
}
