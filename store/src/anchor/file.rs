//! The file under an anchor, as a contract small enough to fail on demand.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::standing::Standing;

/// A file of bytes at offsets.
pub trait AnchorFile: Send {
    /// Where it lies, if it lies under a path.
    fn path(&self) -> Option<&Path> {
        None
    }

    /// The length in bytes.
    fn length(&self) -> io::Result<u64>;

    /// Fills `bytes` from `offset`; an early end is an error.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all of `bytes` at `offset`, beyond the end too.
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes what was written durable, and the length too if it changed.
    fn sync(&mut self) -> io::Result<()>;

    /// Whether what lies in its place is still this file, with at least `length` bytes that begin with `front`.
    fn standing(&self, _length: u64, _front: &[u8]) -> io::Result<Standing> {
        Ok(Standing::InPlace)
    }

    /// Puts a new file with this content in its place, durably, and goes on with that one. Whatever happens meanwhile,
    /// the place holds the content as a whole or what was there before.
    fn replace(&mut self, content: &[u8]) -> io::Result<()> {
        self.write_at(content, 0)?;
        self.sync()
    }
}

impl AnchorFile for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(bytes, offset)
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        // fdatasync: the length is data in its sense, times are not.
        self.sync_data()
    }
}
