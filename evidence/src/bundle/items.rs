//! The items that a bundle's files are made of: bodies and payloads, key events, and the range.

use crate::limits::{
    BODY_BYTES_MAX, HEADER_BYTES_MAX, PAYLOAD_BYTES_MAX, PROOF_HASHES_MAX, SEALED_OVERHEAD_BYTES,
};

use super::part::DISCLOSED_KEY_BYTES;

pub use super::extent::{Extent, extent};
pub use super::part::{ItemError, Part};
pub(crate) use super::part::{disclosed_key, disclosed_key_of};
pub use super::witness_items::{GovernanceItem, KeyEventItem, RangeItem, WitnessRecord};

/// What surrounds the bytes of a present part: the array, the salt and the heads, and what sealing adds.
const PART_FRAME_BYTES_MAX: usize = 48 + SEALED_OVERHEAD_BYTES;
/// The greatest length of an item of `bodies`.
pub const BODY_ITEM_BYTES_MAX: usize = BODY_BYTES_MAX + PART_FRAME_BYTES_MAX + DISCLOSED_KEY_BYTES;
/// The greatest length of an item of `payloads`.
pub const PAYLOAD_ITEM_BYTES_MAX: usize = PAYLOAD_BYTES_MAX + PART_FRAME_BYTES_MAX;
/// The greatest length of an item of `key-events`: a header, a chain hash and two proofs.
pub const KEY_EVENT_ITEM_BYTES_MAX: usize = HEADER_BYTES_MAX + 2 * PROOF_HASHES_MAX * 34 + 128;
/// The greatest length of `governance/<N>/record`: a body, a header, a chain hash and a proof.
pub const GOVERNANCE_ITEM_BYTES_MAX: usize = BODY_ITEM_BYTES_MAX + KEY_EVENT_ITEM_BYTES_MAX;
/// The greatest length of the `range` file: three witness records and two covers.
pub const RANGE_BYTES_MAX: usize = 3 * KEY_EVENT_ITEM_BYTES_MAX + 4 * PROOF_HASHES_MAX * 34 + 128;

#[cfg(test)]
#[path = "items_tests.rs"]
mod tests;
