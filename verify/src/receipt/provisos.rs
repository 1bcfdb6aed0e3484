//! What a receipt that holds does not show.

use indelible_evidence::receipt::{CheckpointSigner, ReceiptVerdict};
use serde_json::{Value, json};

/// One thing that the receipt leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proviso {
    /// Only an epoch key signed.
    Epoch {
        /// Its certificate.
        certificate: u64,
        /// Whether the receipt is that of the certificate itself.
        is_own: bool,
    },
    /// The signer goes back to an identity that another record introduced.
    Identity {
        /// That record.
        introduced: u64,
        /// The record that the receipt is of.
        record: u64,
    },
    /// The record of the receipt introduced the identity that vouches for it.
    OwnIdentity {
        /// The record.
        record: u64,
    },
    /// Nobody signed the place of an identity's record.
    UnsignedPlace {
        /// That record.
        introduced: u64,
    },
}

/// What it leaves open, in the order of the records.
pub(super) fn provisos(verdict: &ReceiptVerdict) -> Vec<Proviso> {
    let record = verdict.sequence;
    let epoch = match verdict.signer {
        CheckpointSigner::Epoch { first, .. } => Some(Proviso::Epoch {
            certificate: first,
            is_own: first == record,
        }),
        CheckpointSigner::Identity { .. } => None,
    };
    let identities = verdict.rotations.iter().map(|&introduced| {
        if introduced == record {
            Proviso::OwnIdentity { record }
        } else {
            Proviso::Identity { introduced, record }
        }
    });
    let unsigned = verdict.unsigned_places.iter();
    let unsigned = unsigned.map(|&introduced| Proviso::UnsignedPlace { introduced });
    epoch
        .into_iter()
        .chain(identities)
        .chain(unsigned)
        .collect()
}

impl Proviso {
    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        "provisional"
    }

    /// For people.
    pub(super) fn words(self) -> String {
        match self {
            Self::Epoch {
                certificate,
                is_own: false,
            } => format!(
                "only an epoch key signed the checkpoint, and nothing shows that its certificate, record {certificate}, is in \
                 the tree"
            ),
            Self::Epoch { is_own: true, .. } => {
                "this record is the certificate of the very epoch key that signed the checkpoint: it is in the tree that this \
                 key signed, and the identity signed the certificate, but no tree"
                    .to_owned()
            }
            Self::Identity { introduced, record } => format!(
                "a new identity began at record {introduced}, on which the one that vouches here rests. The receipt shows that \
                 record {record} is in the tree, and that record {introduced} was signed as it must be, but not that record \
                 {introduced} is in the tree, too"
            ),
            Self::OwnIdentity { record } => format!(
                "this record, {record}, introduced the identity that vouches for it: it is in the tree that this identity \
                 signed, and the key before signed the record, but no tree with the record in it. Only a bundle with a known \
                 or witnessed head shows that this is the ledger's own tree"
            ),
            Self::UnsignedPlace { introduced } => format!(
                "nobody signed the place of record {introduced}: the ledger began under the first draft of the format"
            ),
        }
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        let (about, sequence) = match *self {
            Self::Epoch {
                certificate,
                is_own: false,
            } => ("epoch", certificate),
            Self::Epoch { certificate, .. } => ("own_epoch", certificate),
            Self::Identity { introduced, .. } => ("identity", introduced),
            Self::OwnIdentity { record } => ("own_identity", record),
            Self::UnsignedPlace { introduced } => ("unsigned_place", introduced),
        };
        json!({ "about": about, "sequence": sequence, "detail": self.words() })
    }
}
