//! The tree head of a bundle.

use crate::checkpoint::Checkpoint;
use crate::note::SignedNote;

/// The checkpoint of a bundle, after its signatures were verified.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) checkpoint: Checkpoint,
    pub(super) note: SignedNote,
    pub(super) identity_time: Option<u64>,
}
