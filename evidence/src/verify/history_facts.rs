//! What a report says of each key event.

use crate::hash::{DataKeyId, HoldId};
use crate::key_event::{Archive, RetentionRule, Settings, TypedKey};

/// An identity of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFacts {
    /// The record that introduced it.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// Its first public key; none if that is of a type that is not known.
    pub key: Option<[u8; 32]>,
    /// The types of its keys that are not known.
    pub unknown_types: Vec<u8>,
    /// Whether the recovery key introduced it.
    pub by_recovery: bool,
    /// Why, in the operator's words.
    pub reason: Option<String>,
}

/// A revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationFacts {
    /// The record.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// The key.
    pub key: TypedKey,
    /// The last tree size at which it is trusted.
    pub size: u64,
    /// Why, in the operator's words.
    pub reason: Option<String>,
}

/// A KEK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KekFacts {
    /// The record.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// The KEK's id.
    pub kek: [u8; 16],
    /// What kind of provider holds it.
    pub provider: String,
    /// Why, in the operator's words.
    pub reason: Option<String>,
}

/// A ledger-wide data key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataKeyFacts {
    /// The record.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// The data key's id.
    pub data_key: DataKeyId,
}

/// An erasure, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureFacts {
    /// The record.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// On what ground, in the operator's words.
    pub basis: String,
    /// How many data keys it names.
    pub data_keys: u64,
    /// How many of the bundle's records lie under a data key that it was the first to name.
    pub records: u64,
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldFacts {
    /// The record that placed it.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// Its id.
    pub hold: HoldId,
    /// On how many data keys it is; none means the whole ledger.
    pub data_keys: Option<u64>,
    /// Why, in the operator's words.
    pub reason: Option<String>,
    /// The record that released it, and when.
    pub released: Option<(u64, u64)>,
}

/// Settings that came into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFacts {
    /// The record that put them in force: genesis, or another.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// The settings.
    pub settings: Settings,
    /// Why, in the operator's words.
    pub reason: Option<String>,
}

/// A producer whose key was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerFacts {
    /// The record that registered it.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// Whose key it is, in the operator's words.
    pub name: String,
    /// The key.
    pub key: [u8; 32],
    /// The only sources that it may sign for; empty if it may sign for all.
    pub sources: Vec<String>,
    /// What was said when it was revoked.
    pub revoked: Option<ProducerRevokedFacts>,
    /// How many events it signed, among those of the bundle that can be read.
    pub signed: u64,
    /// For how many of those its signature counts for nothing, since it was revoked later.
    pub void: u64,
}

/// The revocation of a producer's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerRevokedFacts {
    /// The record.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// The first record for which its signature counts for nothing.
    pub size: u64,
    /// Why, in the operator's words.
    pub reason: Option<String>,
}

/// A disposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisposalFacts {
    /// The record.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// The rule, as it was in force.
    pub rule: RetentionRule,
    /// How many of the bundle's records it names.
    pub records: u64,
    /// The file that holds what was archived, if it archives.
    pub archive: Option<Archive>,
}

/// The end of the ledger's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedFacts {
    /// The record.
    pub sequence: u64,
    /// When, in nanoseconds since 1970 UTC.
    pub time: u64,
    /// Why, in the operator's words.
    pub reason: Option<String>,
    /// The ledger that goes on in its place.
    pub successor: Option<String>,
}
