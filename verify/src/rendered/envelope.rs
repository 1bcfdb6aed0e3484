//! The signatures of an envelope, each for itself: which verifies, and under whose key.

use indelible_compliance::reports::forms::dsse::Opened;
use indelible_compliance::reports::inert::quoted;
use indelible_evidence::VerifierKey;
use serde::Serialize;

/// What one signature is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Signed {
    /// What it calls its key. Nothing signs that.
    keyid: String,
    /// The verifier key of the identity whose signature it is; none if it is no identity's of this ledger.
    by: Option<String>,
    /// Whether it calls its key as that is called; none if no key fits.
    keyid_fits: Option<bool>,
}

/// Holds each signature of an envelope against the identities of the ledger.
pub(super) fn judge(opened: &Opened, keys: &[VerifierKey]) -> Vec<Signed> {
    let one = |at: usize| {
        let alone = Opened {
            payload: opened.payload.clone(),
            signatures: opened.signatures.get(at).cloned().into_iter().collect(),
        };
        keys.iter().find(|key| alone.signed_by(key))
    };
    let signatures = opened.signatures.iter().enumerate();
    let judged = signatures.map(|(at, signature)| {
        let key = one(at);
        Signed {
            keyid: signature.key_id.clone(),
            by: key.map(VerifierKey::to_string),
            keyid_fits: key.map(|key| {
                let id = u32::from_be_bytes(key.key_id());
                signature.key_id == format!("{}+{id:08x}", key.name())
            }),
        }
    });
    judged.collect()
}

impl Signed {
    /// Whether an identity of the ledger signed.
    pub(super) fn verifies(&self) -> bool {
        self.by.is_some()
    }

    /// For people.
    pub(super) fn words(&self) -> String {
        let keyid = quoted(&self.keyid);
        match (&self.by, self.keyid_fits) {
            (Some(key), Some(true)) => format!("verifies, by the identity {key}"),
            (Some(key), _) => format!(
                "verifies, by the identity {key}; its keyid {keyid} is another name than that of this key. Nothing signs a \
                 keyid, and it plays no part"
            ),
            (None, _) => format!(
                "does not verify under any identity of this ledger and counts for nothing; its keyid is {keyid}"
            ),
        }
    }
}
