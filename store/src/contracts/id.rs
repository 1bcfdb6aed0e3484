//! What names a ledger, a writer and a store.

use std::fmt;

use indelible_evidence::hash::Hex;

/// A ledger's handle within one store, handed out from 0 upwards and never
/// reused. It is no part of the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerId(u32);

impl LedgerId {
    /// The handle with this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The handle's number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for LedgerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The fencing number of a writer: only the newest may commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(u64);

impl Term {
    /// The term with this number. Only [`CommitStore::acquire`](super::CommitStore::acquire) makes one that
    /// may write.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The term's number.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Term {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A store's identity: random, drawn when it is created, kept by every copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StoreId([u8; 16]);

impl StoreId {
    /// The identity with these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(formatter)
    }
}
