//! The SHA-256 of bytes that pass by.

use std::io::{self, Read, Sink, Write};

use sha2::{Digest as _, Sha256};

/// Hashes what it passes on.
#[derive(Debug)]
pub struct HashingWriter<W> {
    inner: W,
    hasher: Sha256,
}

impl<W> HashingWriter<W> {
    /// Passes everything on to `inner`.
    pub fn new(inner: W) -> Self {
        Self {
            inner,
            hasher: Sha256::new(),
        }
    }

    /// Where everything went, and its SHA-256.
    pub fn finish(self) -> (W, [u8; 32]) {
        (self.inner, self.hasher.finalize().into())
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The SHA-256 of all that is left in a reader.
///
/// # Errors
/// If it can't be read.
pub fn sha256_of(reader: &mut impl Read) -> io::Result<[u8; 32]> {
    let mut passing: HashingWriter<Sink> = HashingWriter::new(io::sink());
    io::copy(reader, &mut passing)?;
    Ok(passing.finish().1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes two bytes at a time.
    struct Slow(Vec<u8>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = &bytes[..bytes.len().min(2)];
            self.0.extend_from_slice(taken);
            Ok(taken.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_passed_on_is_what_is_hashed() {
        let mut writer = HashingWriter::new(Slow(Vec::new()));
        writer.write_all(b"abc").expect("written");
        let (inner, digest) = writer.finish();
        assert_eq!(inner.0, b"abc");
        assert_eq!(digest, <[u8; 32]>::from(Sha256::digest(b"abc")));
        assert_eq!(sha256_of(&mut &b"abc"[..]).expect("read"), digest);
    }
}
