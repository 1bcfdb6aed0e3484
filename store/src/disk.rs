//! Room on disk: how much is free, what a store takes, and a file of ballast
//! to let go of when there is too little left to even open the store.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::error::{Result, StoreError};

/// The size of a data directory's ballast, unless another is configured.
pub const BALLAST_BYTES: u64 = 64 << 20;

/// What a store takes on disk, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskUse {
    /// Catalog, heads and wrapped data keys.
    pub catalog_bytes: u64,
    /// Records.
    pub records_bytes: u64,
    /// Tiles.
    pub tiles_bytes: u64,
    /// The derived index and projections.
    pub index_bytes: u64,
    /// Write-ahead logs.
    pub wal_bytes: u64,
    /// The engine's own files, and what it has yet to delete.
    pub engine_bytes: u64,
    /// Ballast.
    pub ballast_bytes: u64,
    /// Directories kept as evidence, without what they share with the store.
    pub evidence_bytes: u64,
}

impl DiskUse {
    /// All of it.
    pub fn total_bytes(&self) -> u64 {
        self.catalog_bytes
            + self.records_bytes
            + self.tiles_bytes
            + self.index_bytes
            + self.wal_bytes
            + self.engine_bytes
            + self.ballast_bytes
            + self.evidence_bytes
    }
}

/// A mounted volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volume {
    /// The bytes that a process without privileges may still write.
    pub free_bytes: u64,
    /// Whether nothing can be written, whoever asks.
    pub is_read_only: bool,
}

/// The bytes that a process without privileges may still write on the file
/// system of `path`.
pub fn disk_free(path: &Path) -> Result<u64> {
    volume(path).map(|volume| volume.free_bytes)
}

/// How the file system of `path` is mounted.
pub fn volume(path: &Path) -> Result<Volume> {
    let failed = StoreError::io("ask for the free space of", path);
    let c_path = match std::ffi::CString::new(path.as_os_str().as_bytes()) {
        Ok(c_path) => c_path,
        Err(error) => return Err(failed(error.into())),
    };
    let mut answer = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    #[expect(
        unsafe_code,
        reason = "the standard library has no statvfs; the path is a C string that outlives the call, and the answer is read only when the call says it was written"
    )]
    let answer = unsafe {
        if libc::statvfs(c_path.as_ptr(), answer.as_mut_ptr()) != 0 {
            return Err(failed(io::Error::last_os_error()));
        }
        answer.assume_init()
    };
    Ok(Volume {
        free_bytes: (answer.f_bavail as u64).saturating_mul(answer.f_frsize as u64),
        is_read_only: answer.f_flag & libc::ST_RDONLY != 0,
    })
}

/// Whether this process may make and replace files in a directory. On a volume
/// that is mounted read-only it may not.
///
/// # Errors
/// If it can't be said, since the directory is not there, say.
pub fn may_write_in(directory: &Path) -> Result<bool> {
    let failed = StoreError::io("ask for the rights on", directory);
    let c_path = match std::ffi::CString::new(directory.as_os_str().as_bytes()) {
        Ok(c_path) => c_path,
        Err(error) => return Err(failed(error.into())),
    };
    let wanted = libc::W_OK | libc::X_OK;
    #[expect(
        unsafe_code,
        reason = "the standard library does not ask for rights; the path is a C string that outlives the call"
    )]
    let answer =
        unsafe { libc::faccessat(libc::AT_FDCWD, c_path.as_ptr(), wanted, libc::AT_EACCESS) };
    if answer == 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::EACCES | libc::EPERM | libc::EROFS) => Ok(false),
        _ => Err(failed(error)),
    }
}

fn ballast_path(directory: &Path) -> PathBuf {
    directory.join("ballast")
}

/// Makes sure that `directory` holds ballast of exactly `bytes`, written out
/// with bytes that no file system can leave unwritten. On failure there is
/// none.
pub fn create_ballast(directory: &Path, bytes: u64) -> Result<()> {
    if ballast_bytes(directory)? == bytes {
        return Ok(());
    }
    let path = ballast_path(directory);
    write_ballast(&path, bytes).map_err(|error| {
        // A part of the ballast would only make a full disk fuller.
        let _ = fs::remove_file(&path);
        StoreError::io("write the ballast", &path)(error)
    })
}

fn write_ballast(path: &Path, bytes: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    let mut noise = blake3::Hasher::new().finalize_xof();
    let mut block = vec![0; 1 << 20];
    let mut left = bytes;
    while left > 0 {
        noise.fill(&mut block);
        let length = left.min(block.len() as u64);
        file.write_all(&block[..length as usize])?;
        left -= length;
    }
    file.sync_all()
}

/// Gives the ballast's room back; says whether there was any.
pub fn release_ballast(directory: &Path) -> Result<bool> {
    let path = ballast_path(directory);
    match fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io("remove the ballast", &path)(error)),
    }
}

/// The size of the ballast; 0 if there is none.
pub fn ballast_bytes(directory: &Path) -> Result<u64> {
    let path = ballast_path(directory);
    match fs::metadata(&path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(StoreError::io("look at the ballast", &path)(error)),
    }
}

/// Makes the names in `directory` durable.
pub(crate) fn sync_directory(directory: &Path) -> Result<()> {
    File::open(directory)
        .and_then(|handle| handle.sync_all())
        .map_err(StoreError::io("sync the directory", directory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ballast_takes_room_and_gives_it_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        assert_eq!(ballast_bytes(path).unwrap(), 0);
        assert!(!release_ballast(path).unwrap());
        create_ballast(path, 3_000_000).unwrap();
        assert_eq!(ballast_bytes(path).unwrap(), 3_000_000);
        let blocks =
            std::os::unix::fs::MetadataExt::blocks(&fs::metadata(path.join("ballast")).unwrap());
        assert!(blocks * 512 >= 3_000_000);
        create_ballast(path, 1_000_000).unwrap();
        assert_eq!(ballast_bytes(path).unwrap(), 1_000_000);
        assert!(release_ballast(path).unwrap());
        assert_eq!(ballast_bytes(path).unwrap(), 0);
    }

    #[test]
    fn free_space_is_told_or_refused() {
        let directory = tempfile::tempdir().unwrap();
        assert!(disk_free(directory.path()).unwrap() > 0);
        assert!(disk_free(&directory.path().join("none")).is_err());
    }
}
