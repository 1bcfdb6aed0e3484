//! A file's content: parts of 64 KiB, each sealed under its number and whether it is the last.

use std::io::{self, BufReader, Read};

use zeroize::Zeroizing;

use super::{
    error::AgeError,
    file_key::{FileKey, NONCE_BYTES},
    header::{self, Header},
    identity::Identity,
    recipient::Recipients,
    seal::{SEAL_NONCE_BYTES, Seal, TAG_BYTES},
};
use crate::crypto::entropy::Entropy;

/// Bytes of a part, before it is sealed.
pub(super) const PART_BYTES: usize = 65_536;
/// Bytes of a part that is sealed.
pub(super) const SEALED_BYTES: usize = PART_BYTES + TAG_BYTES;

/// Seals and opens the parts in their order.
struct Parts {
    seal: Seal,
    number: u64,
}

impl Parts {
    fn new(file_key: &FileKey, nonce: &[u8; NONCE_BYTES]) -> Result<Self, AgeError> {
        let key = file_key.content_key(nonce)?;
        Ok(Self {
            seal: Seal::new(&key),
            number: 0,
        })
    }

    /// Eleven bytes of the number, and one that is 1 for the last part.
    fn nonce(&self, is_last: bool) -> [u8; SEAL_NONCE_BYTES] {
        let mut nonce = [0; SEAL_NONCE_BYTES];
        nonce[3..11].copy_from_slice(&self.number.to_be_bytes());
        nonce[11] = u8::from(is_last);
        nonce
    }

    fn close(&mut self, is_last: bool, part: &mut Vec<u8>) -> Result<(), AgeError> {
        self.seal.close(&self.nonce(is_last), part)?;
        self.number = self.number.checked_add(1).ok_or(AgeError::TooLong)?;
        Ok(())
    }

    fn open(&mut self, is_last: bool, part: &mut Vec<u8>) -> Result<(), AgeError> {
        if !self.seal.opens(&self.nonce(is_last), part) {
            // What opens as the other kind is whole, and stands where it does not belong.
            return Err(match self.seal.opens(&self.nonce(!is_last), part) {
                true if is_last => AgeError::CutOff,
                true => AgeError::PastTheEnd { part: self.number },
                false => AgeError::Altered { part: self.number },
            });
        }
        if is_last && part.is_empty() && self.number > 0 {
            return Err(AgeError::Altered { part: self.number });
        }
        self.number = self.number.checked_add(1).ok_or(AgeError::TooLong)?;
        Ok(())
    }
}

/// Reads from `source` until a buffer has so many bytes, or nothing is left.
fn fill(source: &mut impl Read, buffer: &mut Vec<u8>, bytes: usize) -> io::Result<()> {
    let wanted = bytes.saturating_sub(buffer.len());
    source.take(wanted as u64).read_to_end(buffer)?;
    Ok(())
}

/// Gives out what is ready.
fn give(ready: &[u8], given: &mut usize, out: &mut [u8]) -> usize {
    let left = &ready[*given..];
    let bytes = left.len().min(out.len());
    out[..bytes].copy_from_slice(&left[..bytes]);
    *given += bytes;
    bytes
}

/// Reads what another reader gives, encrypted: the whole age file.
pub struct Encryptor<R> {
    source: R,
    parts: Parts,
    /// What is read and not sealed yet: one byte more than a part, which tells whether it is the last.
    ahead: Zeroizing<Vec<u8>>,
    /// What is sealed and not given out yet.
    ready: Vec<u8>,
    given: usize,
    is_over: bool,
}

impl<R: Read> Encryptor<R> {
    /// Encrypts to all recipients. The file's key, the shares and the nonce come from `entropy` in this order, and nothing
    /// else does: whoever gives the same bytes for the same recipients and content gets the same file, and must never
    /// give them for another content.
    ///
    /// # Errors
    /// If there are no random bytes.
    pub fn new(
        recipients: &Recipients,
        source: R,
        entropy: &dyn Entropy,
    ) -> Result<Self, AgeError> {
        let file_key = FileKey::draw(entropy)?;
        let mut ready = header::made(recipients, &file_key, entropy)?;
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce)?;
        ready.extend_from_slice(&nonce);
        Ok(Self {
            source,
            parts: Parts::new(&file_key, &nonce)?,
            ahead: Zeroizing::new(Vec::with_capacity(2 * PART_BYTES)),
            ready,
            given: 0,
            is_over: false,
        })
    }

    /// How many bytes the age file of a content of so many bytes has.
    pub fn sealed_bytes(&self, content_bytes: u64) -> u64 {
        let parts = content_bytes.div_ceil(PART_BYTES as u64).max(1);
        self.ready.len() as u64 + content_bytes + parts * TAG_BYTES as u64
    }

    fn next(&mut self) -> Result<(), AgeError> {
        fill(&mut self.source, &mut self.ahead, PART_BYTES + 1)?;
        let is_last = self.ahead.len() <= PART_BYTES;
        let bytes = self.ahead.len().min(PART_BYTES);
        self.ready.clear();
        self.ready.reserve_exact(SEALED_BYTES);
        self.ready.extend_from_slice(&self.ahead[..bytes]);
        self.parts.close(is_last, &mut self.ready)?;
        self.ahead.drain(..bytes);
        self.given = 0;
        self.is_over = is_last;
        Ok(())
    }
}

impl<R: Read> Read for Encryptor<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() && !self.is_over {
            self.next()?;
        }
        Ok(give(&self.ready, &mut self.given, out))
    }
}

/// Reads the content of an age file. An error is an [`AgeError`] inside of the [`io::Error`].
pub struct Decryptor<R> {
    source: BufReader<R>,
    parts: Parts,
    ahead: Vec<u8>,
    ready: Zeroizing<Vec<u8>>,
    given: usize,
    is_over: bool,
}

impl<R: Read> Decryptor<R> {
    /// Reads the header, and opens it with one of the identities.
    ///
    /// # Errors
    /// If it is not an age file, it is encrypted to others, or its header is not valid or was altered.
    pub fn new(identities: &[Identity], source: R) -> Result<Self, AgeError> {
        let mut source = BufReader::with_capacity(SEALED_BYTES, source);
        let file_key = Header::read(&mut source)?.file_key(identities)?;
        let mut nonce = Vec::with_capacity(NONCE_BYTES);
        fill(&mut source, &mut nonce, NONCE_BYTES)?;
        let nonce = nonce.try_into().map_err(|_| AgeError::CutOff)?;
        Ok(Self {
            source,
            parts: Parts::new(&file_key, &nonce)?,
            ahead: Vec::with_capacity(SEALED_BYTES + 1),
            ready: Zeroizing::new(Vec::with_capacity(SEALED_BYTES)),
            given: 0,
            is_over: false,
        })
    }

    fn next(&mut self) -> Result<(), AgeError> {
        fill(&mut self.source, &mut self.ahead, SEALED_BYTES + 1)?;
        let is_last = self.ahead.len() <= SEALED_BYTES;
        let bytes = self.ahead.len().min(SEALED_BYTES);
        self.ready.clear();
        self.given = 0;
        if bytes < TAG_BYTES {
            return Err(AgeError::CutOff);
        }
        self.ready.extend_from_slice(&self.ahead[..bytes]);
        self.ahead.drain(..bytes);
        if let Err(error) = self.parts.open(is_last, &mut self.ready) {
            // Nothing of a part that does not belong here is given out.
            self.ready.clear();
            return Err(error);
        }
        self.is_over = is_last;
        Ok(())
    }
}

impl<R: Read> Read for Decryptor<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() && !self.is_over {
            self.next()?;
        }
        Ok(give(&self.ready, &mut self.given, out))
    }
}

/// What tests forge.
#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// Parts as somebody seals them who has the file's key.
    pub(crate) fn parts(
        file_key: &FileKey,
        nonce: &[u8; NONCE_BYTES],
        contents: &[(Vec<u8>, bool)],
    ) -> Vec<u8> {
        let mut parts = Parts::new(file_key, nonce).unwrap();
        let mut all = Vec::new();
        for (content, is_last) in contents {
            let mut part = content.clone();
            parts.close(*is_last, &mut part).unwrap();
            all.extend(part);
        }
        all
    }
}
