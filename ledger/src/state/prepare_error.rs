//! Why an event does not get to the writer.

use indelible_evidence::{FieldViolation, sealed::PartTooLong};
use indelible_store::Cause;
use thiserror::Error;

use crate::state::{
    custody::{IdentityError, KeysAway},
    producers::ProducerRefusal,
    shared::Availability,
};

/// Why an event can't be prepared.
#[derive(Clone, Debug, Error)]
pub enum PrepareError {
    /// The client must fix it.
    #[error("{}: {}", .0.field, .0.problem)]
    Field(#[from] FieldViolation),
    /// A part is longer than its limit.
    #[error(transparent)]
    TooLong(#[from] PartTooLong),
    /// The ledger takes no appends, and will not until an operator acts.
    #[error("the ledger takes no appends: {reason}")]
    Refused {
        /// Which state it is in.
        state: Availability,
        /// Why, for people.
        reason: String,
    },
    /// The keys are away.
    #[error(transparent)]
    KeysAway(#[from] KeysAway),
    /// The identity key, which would have to sign for a new data key, can't be opened.
    #[error(transparent)]
    Shut(#[from] IdentityError),
    /// The key that the event is to be sealed under is missing, or is somebody else's.
    #[error("the event must be encrypted, and {reason}")]
    KeyDamaged {
        /// What is wrong with it.
        reason: String,
    },
    /// The key that the event is to be sealed under is not available now.
    #[error("the event must be encrypted: {reason}")]
    DataKey {
        /// Why not.
        reason: String,
        /// What stands behind it, if the operating system refused.
        cause: Option<Cause>,
    },
    /// What the ledger says of producers is against it.
    #[error(transparent)]
    Producer(#[from] ProducerRefusal),
}
