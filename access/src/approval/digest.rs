//! Digests of what is wanted, and of requests.

/// A digest of fields, each with its length, so that no two lists of fields are the same bytes.
pub(super) struct Digest(blake3::Hasher);

impl Digest {
    pub(super) fn new(context: &str) -> Self {
        Self(blake3::Hasher::new_derive_key(context))
    }

    pub(super) fn add(&mut self, field: &[u8]) {
        self.0.update(&(field.len() as u64).to_be_bytes());
        self.0.update(field);
    }

    pub(super) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
