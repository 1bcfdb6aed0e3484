//! The one form of ustar that a bundle has: a writer, and a reader that accepts nothing else.

use std::io::{self, Read, Write};

use super::source::{ArchiveError, FileSource};

/// The unit in which a tar is laid out, in bytes.
pub const BLOCK_BYTES: usize = 512;
const NAME_BYTES_MAX: usize = 100;
const FILE_BYTES_MAX: u64 = (1 << 33) - 1;

/// The header block of a file, or `None` when the name or the size has no place in one.
pub fn header(name: &str, size: u64) -> Option<[u8; BLOCK_BYTES]> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.is_ascii() || size > FILE_BYTES_MAX {
        return None;
    }
    let mut block = [0u8; BLOCK_BYTES];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..107].copy_from_slice(b"0000644");
    block[108..115].copy_from_slice(b"0000000");
    block[116..123].copy_from_slice(b"0000000");
    octal(&mut block[124..135], size);
    block[136..147].copy_from_slice(b"00000000000");
    block[148..156].copy_from_slice(b"        ");
    block[156] = b'0';
    block[257..262].copy_from_slice(b"ustar");
    block[263..265].copy_from_slice(b"00");
    let checksum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
    octal(&mut block[148..154], checksum);
    block[154] = 0;
    Some(block)
}

fn octal(digits: &mut [u8], mut value: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value & 7) as u8;
        value >>= 3;
    }
}

/// The size that a header block claims: eleven octal digits and a NUL.
fn claimed_size(block: &[u8; BLOCK_BYTES]) -> Option<u64> {
    let digits = &block[124..135];
    digits.iter().try_fold(0u64, |size, &digit| {
        matches!(digit, b'0'..=b'7').then(|| (size << 3) | u64::from(digit - b'0'))
    })
}

fn padding_after(size: u64) -> usize {
    let beyond = (size % BLOCK_BYTES as u64) as usize;
    if beyond == 0 { 0 } else { BLOCK_BYTES - beyond }
}

/// Writes a tar of that form, one file after the other.
#[derive(Debug)]
pub struct TarWriter<W: Write> {
    out: W,
    open: Option<OpenFile>,
    written: u64,
}

#[derive(Debug)]
struct OpenFile {
    size: u64,
    left: u64,
}

impl<W: Write> TarWriter<W> {
    /// Starts an archive.
    pub fn new(out: W) -> Self {
        Self {
            out,
            open: None,
            written: 0,
        }
    }

    /// Starts a file of exactly `size` bytes.
    pub fn begin(&mut self, name: &str, size: u64) -> io::Result<()> {
        if self.open.is_some() {
            return Err(io::Error::other("a file of the archive was left open"));
        }
        let block = header(name, size).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("a file named {name} with {size} bytes does not fit in a tar"),
            )
        })?;
        self.put(&block)?;
        self.open = Some(OpenFile { size, left: size });
        Ok(())
    }

    /// Writes a part of the open file.
    pub fn content(&mut self, bytes: &[u8]) -> io::Result<()> {
        let fits = self.open.as_mut().and_then(|file| {
            file.left = file.left.checked_sub(bytes.len() as u64)?;
            Some(())
        });
        if fits.is_none() {
            return Err(io::Error::other("a file of the archive grew past its size"));
        }
        self.put(bytes)
    }

    /// Ends the open file; all of its bytes must have been written.
    pub fn end(&mut self) -> io::Result<()> {
        match self.open.take() {
            Some(OpenFile { size, left: 0 }) => {
                self.put(&[0u8; BLOCK_BYTES][..padding_after(size)])
            }
            Some(_) => Err(io::Error::other(
                "a file of the archive is shorter than its size",
            )),
            None => Err(io::Error::other("no file of the archive is open")),
        }
    }

    /// Writes one whole file.
    pub fn file(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.begin(name, bytes.len() as u64)?;
        self.content(bytes)?;
        self.end()
    }

    /// Ends the archive, and gives its length in bytes.
    pub fn finish(mut self) -> io::Result<u64> {
        self.close()?;
        Ok(self.written)
    }

    /// Ends the archive, and gives back what it was written to.
    pub fn into_inner(mut self) -> io::Result<W> {
        self.close()?;
        Ok(self.out)
    }

    fn close(&mut self) -> io::Result<()> {
        if self.open.is_some() {
            return Err(io::Error::other("a file of the archive was left open"));
        }
        self.put(&[0u8; 2 * BLOCK_BYTES])?;
        self.out.flush()
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }
}

/// Reads a tar of that form from a stream, and compares every byte that is not content.
#[derive(Debug)]
pub struct TarSource<R: Read> {
    input: R,
    name: String,
    size: u64,
    left: u64,
}

impl<R: Read> TarSource<R> {
    /// Reads an archive from its first byte.
    pub fn new(input: R) -> Self {
        Self {
            input,
            name: String::new(),
            size: 0,
            left: 0,
        }
    }

    fn block(&mut self) -> Result<[u8; BLOCK_BYTES], ArchiveError> {
        let mut block = [0u8; BLOCK_BYTES];
        self.input
            .read_exact(&mut block)
            .map_err(ArchiveError::from_read)?;
        Ok(block)
    }
}

impl<R: Read> FileSource for TarSource<R> {
    fn open(&mut self, name: &str) -> Result<u64, ArchiveError> {
        let block = self.block()?;
        if block == [0u8; BLOCK_BYTES] {
            return Err(ArchiveError::Missing {
                name: name.to_owned(),
            });
        }
        let found = block[..NAME_BYTES_MAX]
            .split(|&byte| byte == 0)
            .next()
            .unwrap_or_default();
        if found != name.as_bytes() {
            let found = String::from_utf8_lossy(found).escape_debug().to_string();
            return Err(ArchiveError::Unexpected {
                name: name.to_owned(),
                found,
            });
        }
        let expected = claimed_size(&block).and_then(|size| Some((size, header(name, size)?)));
        match expected {
            Some((size, expected)) if expected == block => {
                (self.name, self.size, self.left) = (name.to_owned(), size, size);
                Ok(size)
            }
            _ => Err(ArchiveError::Form {
                detail: format!("the tar header of {name} does not have the prescribed form"),
            }),
        }
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize, ArchiveError> {
        let wanted = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(out.len());
        if wanted == 0 {
            return Ok(0);
        }
        loop {
            match self.input.read(&mut out[..wanted]) {
                Ok(0) => return Err(ArchiveError::Truncated),
                Ok(count) => {
                    self.left -= count as u64;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ArchiveError::from_read(error)),
            }
        }
    }

    fn close(&mut self) -> Result<(), ArchiveError> {
        if self.left != 0 {
            return Err(ArchiveError::Form {
                detail: format!("{} is longer than allowed", self.name),
            });
        }
        let mut padding = [0u8; BLOCK_BYTES];
        let padding = &mut padding[..padding_after(self.size)];
        self.input
            .read_exact(padding)
            .map_err(ArchiveError::from_read)?;
        if padding.iter().any(|&byte| byte != 0) {
            return Err(ArchiveError::Form {
                detail: format!("the padding of {} is not zero", self.name),
            });
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ArchiveError> {
        for _ in 0..2 {
            let block = self.block()?;
            if block != [0u8; BLOCK_BYTES] {
                let found = block[..NAME_BYTES_MAX]
                    .split(|&byte| byte == 0)
                    .next()
                    .unwrap_or_default();
                let name = String::from_utf8_lossy(found).escape_debug().to_string();
                return Err(ArchiveError::Extra { name });
            }
        }
        let mut byte = [0u8; 1];
        loop {
            match self.input.read(&mut byte) {
                Ok(0) => return Ok(()),
                Ok(_) => return Err(ArchiveError::Trailing),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ArchiveError::from_read(error)),
            }
        }
    }
}

#[cfg(test)]
#[path = "tar_tests.rs"]
mod tests;
