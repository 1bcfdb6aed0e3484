//! What the store's catalogue keeps about a ledger.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use indelible_evidence::origin::{LedgerName, Origin};
use indelible_keystore::{KeyContext, KeyError, KeyPurpose, WrappedKey};
use indelible_store::StoreError;
use serde::{Deserialize, Serialize};

/// Version of the descriptor's form.
const VERSION: u32 = 1;
/// What an index key is bound to from when its ledger's data keys are sealed.
const DATA_KEYS_SEALED: [u8; 16] = *b"data-keys-sealed";

/// The stored form. Field names are part of the stored format.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    name: String,
    origin: String,
    request_id: String,
    created: u64,
    /// The public key of the identity that genesis names.
    identity: String,
    index_key_id: String,
    index_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    predecessor: Option<String>,
    lifecycle: Lifecycle,
    /// Whether every event is sealed, or only those that name a data subject.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    encrypts_all: bool,
    /// Whether opening what is sealed is recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    access_trail: bool,
    /// Whether events that break the conventions of their type are refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    checks_events: bool,
}

/// Where a ledger is in its life, as far as the catalogue decides it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Lifecycle {
    /// Created, perhaps without a genesis yet.
    Live,
    /// Its creation was interrupted before genesis: the name is free.
    Abandoned,
    /// A successor took its place.
    Closed,
}

/// A ledger, as the catalogue knows it.
#[derive(Clone, Debug)]
pub(crate) struct Descriptor {
    pub(crate) name: LedgerName,
    pub(crate) origin: Origin,
    pub(crate) request_id: String,
    pub(crate) created: u64,
    /// The public key of the identity that genesis names: what is pinned.
    pub(crate) identity: [u8; 32],
    /// Names the wrapped index key.
    pub(crate) index_key_id: [u8; 16],
    /// The key of the ledger's identity and index hashes, wrapped by the KEK.
    pub(crate) index_key: Vec<u8>,
    pub(crate) predecessor: Option<Origin>,
    pub(crate) lifecycle: Lifecycle,
    /// Whether every event is sealed, or only those that name a data subject.
    pub(crate) encrypts_all: bool,
    /// Whether opening what is sealed is recorded in the ledger itself.
    pub(crate) access_trail: bool,
    /// Whether events that break the conventions of their type are refused.
    pub(crate) checks_events: bool,
    /// What the catalogue said otherwise than the chain, which decides. Not stored.
    pub(crate) corrected: Option<String>,
}

impl Descriptor {
    /// Whether the index key says that the ledger's data keys are sealed together. An index key opens only under the
    /// context that it was wrapped for, so nobody without the KEK makes one say that they are not.
    pub(crate) fn seals_data_keys(&self) -> bool {
        let wrapped = WrappedKey::from_bytes(&self.index_key);
        let sealing = sealing_index_context(self.origin.as_str(), self.index_key_id);
        matches!((wrapped, sealing), (Ok(wrapped), Ok(sealing)) if wrapped.is_for(&sealing))
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let stored = Stored {
            version: VERSION,
            name: self.name.as_str().to_owned(),
            origin: self.origin.as_str().to_owned(),
            request_id: self.request_id.clone(),
            created: self.created,
            identity: HEXLOWER.encode(&self.identity),
            index_key_id: HEXLOWER.encode(&self.index_key_id),
            index_key: HEXLOWER.encode(&self.index_key),
            predecessor: self
                .predecessor
                .as_ref()
                .map(|origin| origin.as_str().to_owned()),
            lifecycle: self.lifecycle,
            encrypts_all: self.encrypts_all,
            access_trail: self.access_trail,
            checks_events: self.checks_events,
        };
        serde_json::to_vec(&stored).unwrap_or_default()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = |what: String| StoreError::Damaged {
            place: "the catalogue".into(),
            finding: format!("a ledger descriptor: {what}"),
        };
        let stored: Stored =
            serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        if stored.version != VERSION {
            return Err(damaged(format!("version {} is not known", stored.version)));
        }
        let origin = |text: &str| Origin::parse(text).map_err(|error| damaged(error.to_string()));
        Ok(Self {
            name: LedgerName::parse_stored(&stored.name)
                .map_err(|error| damaged(error.to_string()))?,
            origin: origin(&stored.origin)?,
            request_id: stored.request_id,
            created: stored.created,
            identity: hexadecimal(&stored.identity)
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or_else(|| damaged("the identity's public key is not 32 bytes".into()))?,
            index_key_id: hexadecimal(&stored.index_key_id)
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or_else(|| damaged("the index key's id is not 16 bytes".into()))?,
            index_key: hexadecimal(&stored.index_key)
                .ok_or_else(|| damaged("the index key is not hexadecimal".into()))?,
            predecessor: stored.predecessor.as_deref().map(origin).transpose()?,
            lifecycle: stored.lifecycle,
            encrypts_all: stored.encrypts_all,
            access_trail: stored.access_trail,
            checks_events: stored.checks_events,
            corrected: None,
        })
    }
}

/// What the index key of an earlier build's ledger is wrapped for, until its data keys are sealed.
pub(crate) fn index_context(origin: &str, key_id: [u8; 16]) -> Result<KeyContext, KeyError> {
    KeyContext::new(origin, KeyPurpose::Index, key_id)
}

/// What an index key is wrapped for.
pub(crate) fn sealing_index_context(
    origin: &str,
    key_id: [u8; 16],
) -> Result<KeyContext, KeyError> {
    Ok(index_context(origin, key_id)?.bound_to(DATA_KEYS_SEALED))
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()
}
