//! A key event, and what it states.

use crate::hash::TreeHash;
use crate::key_event::{
    Closed, DataKeyChange, Disposal, Erasure, Genesis, Hold, IdentityChange, KekChange,
    ProducerChange, PublicKey, Revocation, SettingsChange,
};
use crate::verdict::Finding;

/// A key event, judged for itself: by its form, its origin, its place, its keys and its signatures.
#[derive(Clone, Debug)]
pub struct KeyEvent {
    /// The record's sequence number.
    pub sequence: u64,
    /// When it was recorded, in nanoseconds.
    pub time: u64,
    /// What it states, or why it is not valid. Whether what is valid is also lawful, after the key events before it,
    /// is for custody.
    pub statement: Result<Statement, Finding>,
}

/// What a key event states.
#[derive(Clone, Debug)]
pub enum Statement {
    /// The ledger begins.
    Genesis(Box<Genesis>),
    /// An epoch begins.
    Epoch {
        /// The epoch's key.
        key: PublicKey,
        /// The root that it binds.
        root: TreeHash,
        /// The greatest tree size that its key may sign.
        last: u64,
    },
    /// Another identity takes the place of the one before.
    Identity {
        /// The statement.
        change: IdentityChange,
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
    /// Other settings come into force.
    Settings(Box<SettingsChange>),
    /// A producer's key is registered or revoked.
    Producer(Box<ProducerChange>),
    /// Parts of records are erased or archived.
    Disposal(Disposal),
    /// The ledger's life ends.
    Closed(Closed),
}
