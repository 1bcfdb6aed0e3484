//! Plaintext of sealed events, wiped when it is dropped.

/// Bytes that are overwritten with zeros when they are dropped, their spare room included. `Zeroizing` gives the same
/// promise and writes each byte by itself, which takes as long as sealing them.
pub(crate) struct ZeroizingBuffer(Vec<u8>);

impl ZeroizingBuffer {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// To write into. What is outgrown is not wiped: make room first.
    pub(crate) fn as_mut_vec(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }

    fn wipe(&mut self) {
        let capacity = self.0.capacity();
        self.0.clear();
        self.0.resize(capacity, 0);
        // The zeros are written although nobody reads them.
        zeroize::optimization_barrier(self.0.as_slice());
    }
}

impl std::ops::Deref for ZeroizingBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for ZeroizingBuffer {
    fn drop(&mut self) {
        self.wipe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spare_room_is_wiped_with_the_bytes() {
        let mut bytes = b"inner commitment and plaintext".to_vec();
        bytes.drain(..10);
        let (place, capacity) = (bytes.as_ptr(), bytes.capacity());
        let mut wiped = ZeroizingBuffer::new(bytes);
        wiped.wipe();
        assert_eq!((wiped.as_ptr(), wiped.len()), (place, capacity), "in place");
        assert!(wiped.iter().all(|byte| *byte == 0));
    }
}
