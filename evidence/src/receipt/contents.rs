//! What a receipt holds.

use crate::hash::{ChainHash, TreeHash};
use crate::note::SignedNote;

/// A receipt, parsed; nothing is verified by that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The chain hash before the record.
    pub previous: ChainHash,
    /// The header of the certificate that vouches for the checkpoint's epoch line; only while the
    /// checkpoint has no identity line.
    pub certificate: Option<Vec<u8>>,
    /// The header of genesis; exactly if there are identities.
    pub genesis: Option<Vec<u8>>,
    /// The headers of the identity records, oldest first, up to the identity that signed the checkpoint or the
    /// certificate; none while that is the pinned key.
    pub identities: Vec<Vec<u8>>,
    /// The record's sequence number.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling up.
    pub proof: Vec<TreeHash>,
    /// The checkpoint.
    pub checkpoint: SignedNote,
}
