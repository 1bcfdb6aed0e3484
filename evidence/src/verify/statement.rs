//! Key events, one by one: what each states, and whether those signed it who must have.

use crate::hash::TreeHash;
use crate::header::{Header, RecordKind, SignedStatement};
use crate::key_event::{
    DataKeyChange, EpochCertificate, Erasure, Genesis, Hold, IdentityChange, KekChange,
    KeyEventError, PublicKey, Revocation,
};
use crate::note::VerifierKey;
use crate::verdict::{Finding, FindingCode};

use super::identities::Identities;

/// A key event whose statement was decoded and verified under the identity of its place.
#[derive(Clone, Debug)]
pub struct KeyEvent {
    /// The record's sequence number.
    pub sequence: u64,
    /// When it was recorded, in nanoseconds.
    pub time: u64,
    /// What it states, or why that does not hold.
    pub statement: Result<Statement, Finding>,
}

/// What a key event states.
#[derive(Clone, Debug)]
pub enum Statement {
    /// The ledger begins.
    Genesis {
        /// The public key that is its identity.
        identity: [u8; 32],
        /// The public key that can replace the identity key.
        recovery: Option<[u8; 32]>,
    },
    /// An epoch begins.
    Epoch {
        /// The epoch's public key.
        key: [u8; 32],
        /// The root that it binds.
        root: TreeHash,
        /// The greatest tree size that its key may sign.
        last: u64,
    },
    /// Another identity takes the place of the one before.
    Identity {
        /// The new identity's public key.
        key: PublicKey,
        /// Whether the recovery key signed in the old one's place.
        by_recovery: bool,
    },
    /// A key is revoked at a size.
    Revocation(Revocation),
    /// Wrapped keys lie under another KEK.
    Kek(KekChange),
    /// Another data key is the ledger-wide one.
    DataKey(DataKeyChange),
    /// Data keys are destroyed.
    Erasure(Erasure),
    /// A hold is placed or released.
    Hold(Hold),
}

/// Verifies the statement of a header, if it is a key event's: origin, place, key and signatures. `identities`
/// has taken in the key events before it; what it knows of later ones changes nothing.
pub fn check_key_event(header: &Header<'_>, identities: &Identities) -> Option<KeyEvent> {
    let sequence = header.sequence;
    let identity = identities.at(sequence);
    let statement = match &header.kind {
        RecordKind::Event(_) => return None,
        RecordKind::Genesis(signed) => check_genesis(header, signed, identity),
        RecordKind::Epoch(signed) => check_epoch(sequence, signed, identity),
        RecordKind::Identity(signed) => check_identity(sequence, signed, identities),
        RecordKind::Revocation(signed) => held(
            "revocation",
            Revocation::verify(signed, identity).map(Statement::Revocation),
        ),
        RecordKind::Kek(signed) => held(
            "change of the KEK",
            KekChange::verify(signed, identity).map(Statement::Kek),
        ),
        RecordKind::DataKey(signed) => held(
            "change of the data key",
            DataKeyChange::verify(signed, identity).map(Statement::DataKey),
        ),
        RecordKind::Erasure(signed) => held(
            "erasure",
            Erasure::verify(signed, identity).map(Statement::Erasure),
        ),
        RecordKind::Hold(signed) => {
            held("hold", Hold::verify(signed, identity).map(Statement::Hold))
        }
    };
    let statement = statement.map_err(|(code, detail)| Finding::of_record(code, sequence, detail));
    Some(KeyEvent {
        sequence,
        time: header.time,
        statement,
    })
}

type Checked = Result<Statement, (FindingCode, String)>;

fn held(what: &str, verified: Result<Statement, KeyEventError>) -> Checked {
    verified.map_err(|error| {
        (
            FindingCode::StatementInvalid,
            format!("the {what} does not hold: {error}"),
        )
    })
}

fn check_genesis(
    header: &Header<'_>,
    signed: &SignedStatement<'_>,
    identity: &VerifierKey,
) -> Checked {
    let invalid = |detail: String| Err((FindingCode::GenesisInvalid, detail));
    match Genesis::verify(signed, identity) {
        _ if header.sequence != 0 => invalid("a second genesis".to_owned()),
        Err(error) => invalid(format!("genesis does not hold: {error}")),
        Ok(genesis) if genesis.created != header.time => {
            invalid("genesis was created at another time than it was recorded".to_owned())
        }
        Ok(genesis) => Ok(Statement::Genesis {
            identity: identity.public(),
            recovery: genesis.recovery.map(|key| *key.as_bytes()),
        }),
    }
}

fn check_epoch(sequence: u64, signed: &SignedStatement<'_>, identity: &VerifierKey) -> Checked {
    let invalid = |detail: String| Err((FindingCode::CertificateInvalid, detail));
    match EpochCertificate::verify(signed, identity) {
        Err(error) => invalid(format!("the certificate does not hold: {error}")),
        Ok(certificate) if certificate.first != sequence => invalid(format!(
            "the certificate is one for record {}",
            certificate.first
        )),
        Ok(EpochCertificate {
            key, root, last, ..
        }) => Ok(Statement::Epoch {
            key: *key.as_bytes(),
            root,
            last,
        }),
    }
}

fn check_identity(sequence: u64, signed: &SignedStatement<'_>, identities: &Identities) -> Checked {
    let invalid = |detail: String| Err((FindingCode::IdentityInvalid, detail));
    let (identity, recovery) = (identities.at(sequence), identities.recovery());
    let change = match IdentityChange::verify(signed, identity, recovery.as_ref()) {
        Ok(change) => change,
        Err(error) => return invalid(format!("the new identity does not hold: {error}")),
    };
    let introduced = identities.introduced(sequence);
    if change.prior != introduced {
        return invalid(format!(
            "it replaces the identity of record {}, and the one before it is that of record {introduced}",
            change.prior
        ));
    }
    match change.identity.as_slice() {
        [key] if !identities.contains(key.as_bytes(), sequence) => Ok(Statement::Identity {
            key: *key,
            by_recovery: recovery.is_some(),
        }),
        _ => invalid("the new identity is one that the ledger had before".to_owned()),
    }
}
