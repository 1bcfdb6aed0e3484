//! From the pinned key to the signer of the checkpoint: the identities that a receipt shows, and its certificate.

use crate::checkpoint::{Checkpoint, CheckpointError, verify_epoch, verify_identity};
use crate::header::{Header, RecordKind};
use crate::key_event::EpochCertificate;
use crate::note::{SignedNote, VerifierKey};
use crate::record_error::RecordError;
use crate::record_file::RecordFile;
use crate::verify::{Identities, Statement, check_key_event};

use super::contents::Receipt;
use super::error::ReceiptError;
use super::verdict::CheckpointSigner;

/// A header that a receipt or its record file holds, with its bytes.
pub(super) struct ShownHeader<'a> {
    pub(super) header: Header<'a>,
    pub(super) bytes: &'a [u8],
}

/// The headers that a receipt and its record file hold, decoded.
pub(super) struct Shown<'a> {
    record: ShownHeader<'a>,
    genesis: Option<ShownHeader<'a>>,
    identities: Vec<ShownHeader<'a>>,
    certificate: Option<ShownHeader<'a>>,
}

/// Where in a receipt a header stands.
#[derive(Clone, Copy)]
enum Part {
    Lineage,
    Certificate,
    Record,
}

impl<'a> Shown<'a> {
    pub(super) fn decode(
        receipt: &'a Receipt,
        record: &'a RecordFile,
    ) -> Result<Self, ReceiptError> {
        let record = ShownHeader::decode(&record.header).map_err(ReceiptError::Record)?;
        let genesis = receipt.genesis.as_deref().map(|bytes| {
            ShownHeader::decode_kind(bytes, |kind| matches!(kind, RecordKind::Genesis(_)))
        });
        let identities = receipt.identities.iter().map(|bytes| {
            ShownHeader::decode_kind(bytes, |kind| matches!(kind, RecordKind::Identity(_)))
        });
        let certificate = receipt.certificate.as_deref().map(|bytes| {
            ShownHeader::decode_kind(bytes, |kind| matches!(kind, RecordKind::Epoch(_)))
        });
        Ok(Self {
            record,
            genesis: genesis.transpose().map_err(ReceiptError::Identities)?,
            identities: identities
                .collect::<Result<_, _>>()
                .map_err(ReceiptError::Identities)?,
            certificate: certificate.transpose().map_err(ReceiptError::Certificate)?,
        })
    }

    /// The record that the receipt is for.
    pub(super) fn record(&self) -> &ShownHeader<'a> {
        &self.record
    }

    /// Genesis and the identities, oldest first: the headers that say who the ledger is.
    pub(super) fn lineage(&self) -> impl Iterator<Item = &ShownHeader<'a>> {
        self.genesis.iter().chain(&self.identities)
    }

    /// Each of them once: the record may be one of the others.
    pub(super) fn all(&self) -> impl Iterator<Item = &ShownHeader<'a>> {
        self.parts().map(|(_, shown)| shown)
    }

    fn parts(&self) -> impl Iterator<Item = (Part, &ShownHeader<'a>)> {
        let lineage = self.lineage().map(|shown| (Part::Lineage, shown));
        let certificate = self.certificate().map(|shown| (Part::Certificate, shown));
        let record = (!self.is_record_shown()).then_some((Part::Record, &self.record));
        lineage.chain(certificate).chain(record)
    }

    fn is_record_shown(&self) -> bool {
        let mut others = self.lineage().chain(&self.certificate);
        others.any(|other| other.bytes == self.record.bytes)
    }

    /// The certificate that vouches for the checkpoint's epoch line.
    pub(super) fn certificate(&self) -> Option<&ShownHeader<'a>> {
        self.certificate.as_ref()
    }

    /// The sequence number of the last identity; 0 if there is none.
    fn newest(&self) -> u64 {
        let last = self.identities.last();
        last.map_or(0, |shown| shown.header.sequence)
    }

    /// Genesis, the identities and the certificate come one after another, each identity with room for the certificate
    /// that follows it. No two headers are of one record.
    fn verify_order(&self) -> Result<(), ReceiptError> {
        let mut least = 0;
        for next in self.lineage() {
            let sequence = next.header.sequence;
            if sequence < least {
                let problem =
                    "it must follow the identity before it, with room for a certificate between them"
                        .to_owned();
                return Err(ReceiptError::IdentityRefused { sequence, problem });
            }
            least = sequence.saturating_add(2);
        }
        if let Some(certificate) = &self.certificate
            && certificate.header.sequence <= self.newest()
        {
            let problem = "it does not follow the identity that signed it".to_owned();
            return Err(certificate.refused(Part::Certificate, problem));
        }
        let sequence = self.record.header.sequence;
        if self
            .parts()
            .filter(|(_, shown)| shown.header.sequence == sequence)
            .count()
            > 1
        {
            let problem = format!("the receipt has two headers of record {sequence}");
            return Err(ReceiptError::OutOfPlace { problem });
        }
        Ok(())
    }
}

impl<'a> ShownHeader<'a> {
    fn decode(bytes: &'a [u8]) -> Result<Self, RecordError> {
        let header = Header::decode(bytes)?;
        Ok(Self { header, bytes })
    }

    fn decode_kind(
        bytes: &'a [u8],
        is_kind: fn(&RecordKind<'_>) -> bool,
    ) -> Result<Self, RecordError> {
        let shown = Self::decode(bytes)?;
        if is_kind(&shown.header.kind) {
            return Ok(shown);
        }
        let found = shown.header.kind_name().to_owned();
        Err(RecordError::Kind { found })
    }

    fn refused(&self, part: Part, problem: String) -> ReceiptError {
        let sequence = self.header.sequence;
        match part {
            Part::Lineage => ReceiptError::IdentityRefused { sequence, problem },
            Part::Certificate => ReceiptError::CertificateRefused { sequence, problem },
            Part::Record => ReceiptError::OutOfPlace { problem },
        }
    }
}

/// The identities from the pinned key on, with the certificate if an epoch key signed.
pub(super) struct Lineage {
    identities: Identities,
    /// The identity records that don't state their own places.
    unsigned_places: Vec<u64>,
    certificate: Option<EpochCertificate>,
    /// What the record states, if it is a key event.
    stated: Option<Statement>,
}

impl Lineage {
    /// Follows the key events that the receipt holds from the pinned key on, each judged after those below its place.
    pub(super) fn follow(shown: &Shown<'_>, key: &VerifierKey) -> Result<Self, ReceiptError> {
        shown.verify_order()?;
        let mut lineage = Self {
            identities: Identities::in_part(key.clone()),
            unsigned_places: Vec::new(),
            certificate: None,
            stated: None,
        };
        let mut parts: Vec<_> = shown.parts().collect();
        parts.sort_by_key(|(_, shown)| shown.header.sequence);
        let record = shown.record();
        for (part, shown) in parts {
            let is_record = shown.header.sequence == record.header.sequence;
            lineage.take(part, shown, is_record)?;
        }
        Ok(lineage)
    }

    /// Judges the next header, if it is a key event's, and takes it in.
    fn take(
        &mut self,
        part: Part,
        shown: &ShownHeader<'_>,
        is_record: bool,
    ) -> Result<(), ReceiptError> {
        let Some(event) = check_key_event(&shown.header, &self.identities) else {
            return Ok(());
        };
        let statement = match &event.statement {
            Ok(statement) => statement,
            Err(finding) => return Err(shown.refused(part, finding.detail.clone())),
        };
        if let (Part::Certificate, Some(signed)) = (part, shown.header.kind.statement()) {
            let certificate = EpochCertificate::decode(signed.statement);
            self.certificate = Some(certificate.map_err(ReceiptError::Certificate)?);
        }
        if matches!(statement, Statement::Identity { change, .. } if change.sequence.is_none()) {
            self.unsigned_places.push(event.sequence);
        }
        self.identities.advance(&event);
        if is_record {
            self.stated = event.statement.ok();
        }
        Ok(())
    }

    /// Who vouches for a checkpoint, which the last identity or the certificate's epoch key must have signed.
    pub(super) fn verify_checkpoint(
        &self,
        note: &SignedNote,
        shown: &Shown<'_>,
    ) -> Result<(Checkpoint, CheckpointSigner), ReceiptError> {
        let (checkpoint, signer) = match self.identities.current().verifier_key() {
            None => self.unverified(note)?,
            Some(key) => match (verify_identity(note, key), &self.certificate) {
                (Ok(_), Some(_)) => return Err(ReceiptError::NeedlessCertificate),
                (Ok(verified), None) => {
                    let time = verified.identity_time;
                    (verified.checkpoint, CheckpointSigner::Identity { time })
                }
                (Err(CheckpointError::NotSigned { .. }), Some(certificate)) => {
                    (verify_epoch(note, certificate)?, signer_of(certificate))
                }
                (Err(error), _) => return Err(error.into()),
            },
        };
        let size = checkpoint.size;
        if size < 2 {
            return Err(ReceiptError::Size { size });
        }
        let sequence = shown.newest();
        if size <= sequence {
            let problem =
                "its record is not below the size of the checkpoint that the identity signed"
                    .to_owned();
            return Err(ReceiptError::IdentityRefused { sequence, problem });
        }
        Ok((checkpoint, signer))
    }

    /// A checkpoint of an identity whose first key is of a type that is not known: no line of it can be held against
    /// anything, and what remains is whose it is and what the certificate's span is.
    fn unverified(
        &self,
        note: &SignedNote,
    ) -> Result<(Checkpoint, CheckpointSigner), CheckpointError> {
        let checkpoint = Checkpoint::parse_text(&note.text)?;
        let (expected, found) = (
            self.identities.current().origin(),
            checkpoint.origin.as_str(),
        );
        if expected != found {
            let (expected, found) = (expected.to_owned(), found.to_owned());
            return Err(CheckpointError::OtherOrigin { expected, found });
        }
        let Some(certificate) = &self.certificate else {
            return Ok((checkpoint, CheckpointSigner::Identity { time: None }));
        };
        let (size, first, last) = (checkpoint.size, certificate.first, certificate.last);
        if size <= first || size > last {
            return Err(CheckpointError::OutsideSpan { size, first, last });
        }
        Ok((checkpoint, signer_of(certificate)))
    }

    /// The identities, with all keys that the receipt shows.
    pub(super) fn identities(&self) -> &Identities {
        &self.identities
    }

    /// The identity records whose places nobody signed.
    pub(super) fn unsigned_places(&self) -> &[u64] {
        &self.unsigned_places
    }

    /// Whether the key under which the checkpoint's lines are verified is one that is known here.
    pub(super) fn signs_verifiably(&self) -> bool {
        self.identities.current().verifier_key().is_some()
    }

    /// What the record states, if it is a key event.
    pub(super) fn stated(&self) -> Option<&Statement> {
        self.stated.as_ref()
    }
}

fn signer_of(certificate: &EpochCertificate) -> CheckpointSigner {
    let EpochCertificate { first, last, .. } = *certificate;
    CheckpointSigner::Epoch { first, last }
}
