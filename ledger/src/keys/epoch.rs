//! Epoch keys: born in memory, certified by the identity key for a span of sizes, gone when they end.

use indelible_evidence::{
    checkpoint::{epoch_key_name, signature_line},
    hash::TreeHash,
    header::SignedStatement,
    key_event::{EpochCertificate, PublicKey},
    note::{SignatureLine, SignatureType, key_id},
    origin::Origin,
};
use indelible_keystore::{Entropy, EpochKey, KeyError, Signer};

/// A statement with its signatures, owned.
pub(crate) struct OwnedStatement {
    pub(crate) statement: Vec<u8>,
    pub(crate) signatures: Vec<[u8; 64]>,
}

impl OwnedStatement {
    pub(crate) fn as_statement(&self) -> SignedStatement<'_> {
        SignedStatement {
            statement: &self.statement,
            signatures: self.signatures.iter().map(<[u8; 64]>::as_slice).collect(),
        }
    }
}

/// An epoch whose key signs commits now.
pub(crate) struct OpenEpoch {
    key: EpochKey,
    name: String,
    key_id: [u8; 4],
    last: u64,
}

impl OpenEpoch {
    /// The greatest size that the epoch may sign.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Signs a checkpoint's text.
    pub(crate) fn sign(&self, text: &str) -> Result<SignatureLine, KeyError> {
        let signature = self.key.sign(text.as_bytes())?;
        Ok(signature_line(&self.name, self.key_id, &signature))
    }
}

/// Makes an epoch key for sizes from `first` + 1 to `last`, certified by the identity key.
pub(crate) fn open_epoch(
    origin: &Origin,
    first: u64,
    root: TreeHash,
    last: u64,
    identity: &dyn Signer,
    entropy: &dyn Entropy,
) -> Result<(OpenEpoch, OwnedStatement), KeyError> {
    let key = EpochKey::draw(entropy)?;
    let public = key.public();
    let certificate = EpochCertificate {
        origin: origin.clone(),
        key: PublicKey::from_bytes(public).map_err(|_| KeyError::NotTrustworthy)?,
        first,
        root,
        last,
    };
    let statement = certificate.encode();
    let signature = identity.sign(&EpochCertificate::message(&statement))?;
    let name = epoch_key_name(origin, first);
    let key_id = key_id(&name, SignatureType::Ed25519, &public);
    Ok((
        OpenEpoch {
            key,
            name,
            key_id,
            last,
        },
        OwnedStatement {
            statement,
            signatures: vec![signature],
        },
    ))
}
