//! Derivation of keys and public digests: BLAKE3 in derive-key mode, the state wiped afterwards.

use blake3::hazmat::{ContextKey, HasherExt, hash_derive_key_context};
use zeroize::Zeroize;

/// Fills `out` from the parts, in order, under a context that no other use has.
///
/// Parts are hashed one after the other: at most the last may vary in length.
pub(crate) fn derive(context: &'static str, parts: &[&[u8]], out: &mut [u8]) {
    derive_under(&hash_derive_key_context(context), parts, out);
}

/// The same under a context that was hashed before, for what is derived all the time.
pub(crate) fn derive_under(context: &ContextKey, parts: &[&[u8]], out: &mut [u8]) {
    let mut hasher = blake3::Hasher::new_from_context_key(context);
    for part in parts {
        hasher.update(part);
    }
    let mut reader = hasher.finalize_xof();
    reader.fill(out);
    reader.zeroize();
    hasher.zeroize();
}

/// Compares in a time that does not depend on where the two differ.
pub(crate) fn equal(left: &[u8; 32], right: &[u8; 32]) -> bool {
    blake3::Hash::from_bytes(*left) == blake3::Hash::from_bytes(*right)
}
