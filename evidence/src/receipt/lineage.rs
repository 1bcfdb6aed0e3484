//! From the pinned key to whoever signed the checkpoint: the identities that a receipt shows, and its certificate.

use crate::checkpoint::{Checkpoint, CheckpointError, verify_epoch, verify_identity};
use crate::header::{Header, RecordKind};
use crate::key_event::EpochCertificate;
use crate::note::{SignedNote, VerifierKey};
use crate::record_error::RecordError;
use crate::verify::{Identities, KeyEvent, Statement, check_key_event};

use super::{CheckpointSigner, Receipt, ReceiptError};

/// A header that a receipt shows, with its bytes.
pub(super) struct ShownHeader<'a> {
    pub(super) header: Header<'a>,
    pub(super) bytes: &'a [u8],
}

/// The headers that a receipt shows beside its record, decoded.
pub(super) struct Shown<'a> {
    genesis: Option<ShownHeader<'a>>,
    identities: Vec<ShownHeader<'a>>,
    certificate: Option<ShownHeader<'a>>,
}

impl<'a> Shown<'a> {
    pub(super) fn decode(receipt: &'a Receipt) -> Result<Self, ReceiptError> {
        let genesis = receipt.genesis.as_deref();
        let genesis = genesis.map(ShownHeader::decode).transpose();
        let identities = receipt.identities.iter();
        let identities = identities.map(|bytes| {
            let shown = ShownHeader::decode(bytes)?;
            shown.expect_kind(matches!(shown.header.kind, RecordKind::Identity(_)))?;
            Ok(shown)
        });
        let certificate = receipt.certificate.as_deref().map(|bytes| {
            let shown = ShownHeader::decode(bytes)?;
            shown.expect_kind(matches!(shown.header.kind, RecordKind::Epoch(_)))?;
            Ok(shown)
        });
        Ok(Self {
            genesis: genesis.map_err(ReceiptError::Identities)?,
            identities: identities
                .collect::<Result<_, _>>()
                .map_err(ReceiptError::Identities)?,
            certificate: certificate.transpose().map_err(ReceiptError::Certificate)?,
        })
    }

    /// Genesis and the identities, oldest first: the headers that say who the ledger is.
    pub(super) fn lineage(&self) -> impl Iterator<Item = &ShownHeader<'a>> {
        self.genesis.iter().chain(&self.identities)
    }

    /// All of them, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &ShownHeader<'a>> {
        self.lineage().chain(&self.certificate)
    }

    /// The certificate that vouches for the checkpoint's epoch line.
    pub(super) fn certificate(&self) -> Option<&ShownHeader<'a>> {
        self.certificate.as_ref()
    }
}

impl<'a> ShownHeader<'a> {
    fn decode(bytes: &'a [u8]) -> Result<Self, RecordError> {
        let header = Header::decode(bytes)?;
        Ok(Self { header, bytes })
    }

    fn expect_kind(&self, is_kind: bool) -> Result<(), RecordError> {
        if is_kind {
            return Ok(());
        }
        let found = self.header.kind_name().to_owned();
        Err(RecordError::Kind { found })
    }
}

/// The identities from the pinned key on, with the certificate if an epoch key signed.
pub(super) struct Lineage {
    identities: Identities,
    /// The identity records that don't state their own places.
    unsigned_places: Vec<u64>,
    certificate: Option<EpochCertificate>,
}

impl Lineage {
    /// Follows the identities from the pinned key on, and verifies the certificate under the last of them.
    pub(super) fn follow(shown: &Shown<'_>, key: &VerifierKey) -> Result<Self, ReceiptError> {
        let mut lineage = Self {
            identities: Identities::in_part(key.clone()),
            unsigned_places: Vec::new(),
            certificate: None,
        };
        // Each record that introduces an identity is followed by a certificate.
        let mut least = 0;
        for next in shown.lineage() {
            let sequence = next.header.sequence;
            if sequence < least {
                let problem = "it can't stand there, after the identity before it".to_owned();
                return Err(ReceiptError::IdentityRefused { sequence, problem });
            }
            lineage.take(&next.header)?;
            least = sequence.saturating_add(2);
        }
        if let Some(shown) = &shown.certificate {
            lineage.certify(&shown.header)?;
        }
        Ok(lineage)
    }

    fn take(&mut self, header: &Header<'_>) -> Result<(), ReceiptError> {
        let sequence = header.sequence;
        let refused = |problem: String| Err(ReceiptError::IdentityRefused { sequence, problem });
        let Some(event) = check_key_event(header, &self.identities) else {
            return refused("it is no key event".to_owned());
        };
        match &event.statement {
            Err(finding) => return refused(finding.detail.clone()),
            Ok(Statement::Genesis(_)) => {}
            Ok(Statement::Identity { change, .. }) => {
                if change.sequence.is_none() {
                    self.unsigned_places.push(sequence);
                }
            }
            Ok(_) => return refused("it introduces no identity".to_owned()),
        }
        self.identities.advance(&event);
        Ok(())
    }

    fn certify(&mut self, header: &Header<'_>) -> Result<(), ReceiptError> {
        let sequence = header.sequence;
        let refused = |problem: String| Err(ReceiptError::CertificateRefused { sequence, problem });
        if sequence == 0 || sequence <= self.introduced() {
            return refused("it does not follow the identity that signed it".to_owned());
        }
        let (Some(signed), Some(event)) = (
            header.kind.statement(),
            check_key_event(header, &self.identities),
        ) else {
            return refused("it is no certificate".to_owned());
        };
        if let Err(finding) = &event.statement {
            return refused(finding.detail.clone());
        }
        let certificate = EpochCertificate::decode(signed.statement);
        self.certificate = Some(certificate.map_err(ReceiptError::Certificate)?);
        self.identities.advance(&event);
        Ok(())
    }

    /// Who vouches for a checkpoint, which the last identity or the certificate's epoch key must have signed.
    pub(super) fn verify_checkpoint(
        &self,
        note: &SignedNote,
        shown: &Shown<'_>,
    ) -> Result<(Checkpoint, CheckpointSigner), ReceiptError> {
        let by_identity = match self.identities.current().verifier_key() {
            Some(key) => verify_identity(note, key).map(|verified| {
                let time = verified.identity_time;
                (verified.checkpoint, CheckpointSigner::Identity { time })
            }),
            None => self.unverified(note),
        };
        let (checkpoint, signer) = match (by_identity, &self.certificate) {
            (Ok(by_identity), None) => by_identity,
            (Ok(_), Some(_)) if self.identities.current().verifier_key().is_some() => {
                return Err(ReceiptError::NeedlessCertificate);
            }
            (Ok(_) | Err(CheckpointError::NotSigned { .. }), Some(certificate)) => {
                let checkpoint = verify_epoch(note, certificate)?;
                let EpochCertificate { first, last, .. } = *certificate;
                (checkpoint, CheckpointSigner::Epoch { first, last })
            }
            (Err(error), _) => return Err(error.into()),
        };
        let size = checkpoint.size;
        if size < 2 {
            return Err(ReceiptError::Size { size });
        }
        let introduced = self.introduced();
        if shown.identities.last().is_some() && size <= introduced {
            let problem = "it does not precede what the identity signed".to_owned();
            let sequence = introduced;
            return Err(ReceiptError::IdentityRefused { sequence, problem });
        }
        Ok((checkpoint, signer))
    }

    /// A checkpoint of an identity whose first key is of a type that is not known: what can be held of it is only that
    /// it is this ledger's.
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
        Ok((checkpoint, CheckpointSigner::Identity { time: None }))
    }

    /// The record that introduced the last identity.
    fn introduced(&self) -> u64 {
        self.identities.introduced(u64::MAX)
    }

    /// The identities, with all keys that the receipt shows.
    pub(super) fn identities(&self) -> &Identities {
        &self.identities
    }

    /// The identity records whose places nobody signed.
    pub(super) fn unsigned_places(&self) -> &[u64] {
        &self.unsigned_places
    }

    /// What a record is, as a key event among those that the receipt shows.
    pub(super) fn judge(&self, header: &Header<'_>) -> Option<KeyEvent> {
        check_key_event(header, &self.identities)
    }
}
