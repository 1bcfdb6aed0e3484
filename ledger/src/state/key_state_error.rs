//! Why a key event can't follow those that are there, and which holds and keys forbid it.

use indelible_evidence::{HoldId, hash::Hex};

/// What a signing key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigningKeyKind {
    /// It names the ledger to the world.
    Identity,
    /// It signs commits, for a span of sizes.
    Epoch,
}

impl SigningKeyKind {
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Epoch => "epoch",
        }
    }
}

/// Why a key event can't follow those that are there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyStateError {
    /// A data key is under a hold.
    #[error("hold {hold} forbids the erasure; release the hold first")]
    Held {
        /// The hold.
        hold: HoldId,
    },
    /// The whole ledger is under a hold.
    #[error("hold {hold} on the whole ledger forbids every disposal; release the hold first")]
    DisposalHeld {
        /// The hold.
        hold: HoldId,
    },
    /// The ledger has other records than the bundle that was made for its end.
    #[error(
        "the ledger has {size} records, and the bundle has {bundle}: export it again, so that the bundle has all of it"
    )]
    Grown {
        /// How many it has.
        size: u64,
        /// How many the bundle has.
        bundle: u64,
    },
    /// The rule of a disposal is not in force any more, or says something else.
    #[error(
        "the rule {rule:?} was changed while the disposal was being planned, so nothing was recorded under it; look at the \
         rules with `indelible retention show`, and run it again"
    )]
    RuleChanged {
        /// Its name.
        rule: String,
    },
    /// A data key is erased already.
    #[error("the data key is erased already, as record {sequence} says")]
    Erased {
        /// The record that says so.
        sequence: u64,
    },
    /// There is no such hold, or it was released.
    #[error("there is no hold {hold}")]
    NoHold {
        /// What was asked for.
        hold: HoldId,
    },
    /// The chain says settings already.
    #[error("the ledger's settings are recorded already")]
    SettingsThere,
    /// The ledger's life has ended.
    #[error("record {sequence} ended the ledger, and no record of this kind may follow")]
    Ended {
        /// The record that says so.
        sequence: u64,
    },
    /// No key of that kind signs or signed for the ledger.
    #[error("no {} of this ledger has the key {}; `indelible keys list` shows the keys that there are", .kind.noun(), Hex(.public))]
    NoSigningKey {
        /// What was asked for.
        kind: SigningKeyKind,
        /// Its public half.
        public: [u8; 32],
    },
    /// No record registers that producer's key.
    #[error("no record of this ledger registers the producer's key {}; `indelible producer list` shows those that are registered", Hex(.public))]
    NoProducer {
        /// What was asked for.
        public: [u8; 32],
    },
    /// A record registers the producer's key already.
    #[error("record {sequence} registers the producer's key already")]
    ProducerThere {
        /// The record that says so.
        sequence: u64,
    },
    /// A record revokes the producer's key already.
    #[error("record {sequence} revokes the producer's key already")]
    ProducerRevoked {
        /// The record that says so.
        sequence: u64,
    },
    /// A key of the ledger can't be a producer's as well.
    #[error(
        "the key is one that signs for this ledger, or its recovery key, so it can't be a producer's"
    )]
    KeyTaken,
    /// The identity in force can't be revoked.
    #[error(
        "this key is the ledger's identity now, and only another one can revoke it: rotate the identity first"
    )]
    IdentityInForce,
    /// The key is revoked already, at that size or a smaller one.
    #[error("the key is revoked already at size {size}, as record {sequence} says")]
    Revoked {
        /// The record that says so.
        sequence: u64,
        /// The last size at which it is trusted.
        size: u64,
    },
    /// Checkpoints that an earlier identity published would become void.
    #[error(
        "this key was the identity up to size {last}: everything that it published for sizes beyond {size} would become void, with the receipts and heads that people hold. Trust the key up to {last}, or confirm that this is intended"
    )]
    PublishedVoid {
        /// The last size at which the key would be trusted.
        size: u64,
        /// The greatest size that it may have signed.
        last: u64,
    },
}
