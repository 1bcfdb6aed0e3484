//! Key events, one by one: whether each is valid.

use crate::header::{Header, RecordKind, SignedStatement};
use crate::key_event::{
    Closed, DataKeyChange, Disposal, EpochCertificate, Erasure, Genesis, Hold, IdentityChange,
    KekChange, KeyEventError, LedgerIdentity, ProducerAction, ProducerChange, Revocation,
    SettingsChange, TypedKey,
};
use crate::verdict::{Finding, FindingCode};

use super::identities::Identities;
use super::key_event::{KeyEvent, Statement};

/// Judges whether a header, if it is a key event's, is a valid one: its statement is of its form, names this origin,
/// is signed by each key that must have signed it, agrees with its own place, and introduces no key again.
/// `identities` has taken in the key events before it; what it knows of later ones changes nothing.
pub fn check_key_event(header: &Header<'_>, identities: &Identities) -> Option<KeyEvent> {
    let place = Place {
        sequence: header.sequence,
        time: header.time,
        identities,
    };
    let statement = match &header.kind {
        RecordKind::Event(_) | RecordKind::Governance(_) => return None,
        RecordKind::Genesis(signed) => place.genesis(signed),
        RecordKind::Epoch(signed) => place.epoch(signed),
        RecordKind::Identity(signed) => place.identity(signed),
        RecordKind::Revocation(signed) => place.revocation(signed),
        RecordKind::Kek(signed) => verified(
            "change of the KEK",
            KekChange::verify(signed, place.signers()).map(Statement::Kek),
        ),
        RecordKind::DataKey(signed) => verified(
            "change of the data key",
            DataKeyChange::verify(signed, place.signers()).map(Statement::DataKey),
        ),
        RecordKind::Erasure(signed) => verified(
            "erasure",
            Erasure::verify(signed, place.signers()).map(Statement::Erasure),
        ),
        RecordKind::Hold(signed) => verified(
            "hold",
            Hold::verify(signed, place.signers()).map(Statement::Hold),
        ),
        RecordKind::Settings(signed) => verified(
            "change of the settings",
            SettingsChange::verify(signed, place.signers())
                .map(|change| Statement::Settings(Box::new(change))),
        ),
        RecordKind::Producer(signed) => place.producer(signed),
        RecordKind::Disposal(signed) => place.disposal(signed),
        RecordKind::Closed(signed) => verified(
            "end of the ledger",
            Closed::verify(signed, place.signers()).map(Statement::Closed),
        ),
    };
    let sequence = header.sequence;
    let statement = statement.map_err(|(code, detail)| Finding::of_record(code, sequence, detail));
    Some(KeyEvent {
        sequence,
        time: header.time,
        statement,
    })
}

type Checked = Result<Statement, (FindingCode, String)>;

fn verified<T>(
    what: &str,
    statement: Result<T, KeyEventError>,
) -> Result<T, (FindingCode, String)> {
    statement.map_err(|error| invalid(format!("the {what} does not hold: {error}")))
}

fn invalid(detail: String) -> (FindingCode, String) {
    (FindingCode::StatementInvalid, detail)
}

/// Where a key event stands, and what is known there.
struct Place<'a> {
    sequence: u64,
    time: u64,
    identities: &'a Identities,
}

impl Place<'_> {
    /// The identity that must have signed what stands here.
    fn signers(&self) -> &LedgerIdentity {
        self.identities.at(self.sequence)
    }

    fn had_before(&self, key: &TypedKey) -> bool {
        self.identities.knows(key, self.sequence)
    }

    fn genesis(&self, signed: &SignedStatement<'_>) -> Checked {
        let invalid = |detail: String| Err((FindingCode::GenesisInvalid, detail));
        if self.sequence != 0 {
            return invalid("a second genesis".to_owned());
        }
        let Some(pinned) = self.signers().verifier_key() else {
            return invalid("the pinned key has a type that is not known".to_owned());
        };
        match Genesis::verify(signed, pinned) {
            Err(error) => invalid(format!("genesis does not hold: {error}")),
            Ok(genesis) if genesis.created != self.time => invalid(
                "the time of creation that genesis states is not the time at which it was recorded"
                    .to_owned(),
            ),
            Ok(genesis) => Ok(Statement::Genesis(Box::new(genesis))),
        }
    }

    fn epoch(&self, signed: &SignedStatement<'_>) -> Checked {
        let invalid = |detail: String| Err((FindingCode::CertificateInvalid, detail));
        let certificate = match EpochCertificate::verify(signed, self.signers()) {
            Ok(certificate) => certificate,
            Err(error) => return invalid(format!("the certificate does not hold: {error}")),
        };
        let EpochCertificate {
            key,
            first,
            root,
            last,
            ..
        } = certificate;
        if first != self.sequence {
            return invalid(format!("the certificate is for record {first}"));
        }
        if self.had_before(&key.into()) {
            return invalid("the epoch's key is one that the ledger had before".to_owned());
        }
        Ok(Statement::Epoch { key, root, last })
    }

    fn identity(&self, signed: &SignedStatement<'_>) -> Checked {
        let invalid = |detail: String| Err((FindingCode::IdentityInvalid, detail));
        let recovery = self.identities.recovery();
        let change = match IdentityChange::verify(signed, self.signers(), recovery) {
            Ok(change) => change,
            Err(error) => return invalid(format!("the new identity does not hold: {error}")),
        };
        if let Err(problem) = self.identities.check_place(self.sequence, change.sequence) {
            return invalid(problem);
        }
        let introduced = self.identities.introduced(self.sequence);
        if change.prior != introduced {
            return invalid(format!(
                "it replaces the identity of record {}, but the identity before it is that of record {introduced}",
                change.prior
            ));
        }
        let known = change.identity.key().map(|key| TypedKey::from(*key));
        let unknown = change.identity.unknown().cloned().map(TypedKey::Unknown);
        if known
            .into_iter()
            .chain(unknown)
            .any(|key| self.had_before(&key))
        {
            return invalid(
                "a key of the new identity is one that the ledger had before".to_owned(),
            );
        }
        Ok(Statement::Identity {
            change,
            by_recovery: recovery.is_some(),
        })
    }

    fn revocation(&self, signed: &SignedStatement<'_>) -> Checked {
        let what = "revocation";
        let revocation = verified(what, Revocation::verify(signed, self.signers()))?;
        self.reached(what, revocation.size)?;
        Ok(Statement::Revocation(revocation))
    }

    fn producer(&self, signed: &SignedStatement<'_>) -> Checked {
        let what = "change of a producer's key";
        let change = verified(what, ProducerChange::verify(signed, self.signers()))?;
        match &change.action {
            ProducerAction::Register { .. } if self.had_before(&change.key.into()) => {
                let detail = "it registers a key that the ledger had before";
                return Err(invalid(detail.to_owned()));
            }
            ProducerAction::Register { .. } => {}
            ProducerAction::Revoke { size, .. } => self.reached(what, *size)?,
        }
        Ok(Statement::Producer(Box::new(change)))
    }

    fn disposal(&self, signed: &SignedStatement<'_>) -> Checked {
        let what = "disposal";
        let disposal = verified(what, Disposal::verify(signed, self.signers()))?;
        self.reached(what, disposal.end())?;
        Ok(Statement::Disposal(disposal))
    }

    /// A statement speaks of no size beyond its own place.
    fn reached(&self, what: &str, size: u64) -> Result<(), (FindingCode, String)> {
        if size <= self.sequence {
            return Ok(());
        }
        let detail = format!("the {what} names size {size}, which is beyond its own record");
        Err(invalid(detail))
    }
}

#[cfg(test)]
#[path = "statement_tests.rs"]
mod tests;
