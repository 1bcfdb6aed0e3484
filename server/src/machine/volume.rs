//! What lies under a path: which kind of file system, and how long it takes until what was written is on it.

use std::{
    ffi::CString,
    fs::File,
    io::{self, Write as _},
    mem::MaybeUninit,
    os::unix::{ffi::OsStrExt as _, fs::OpenOptionsExt as _},
    path::Path,
    time::{Duration, Instant},
};

/// Syncs that are measured.
const SYNCS: usize = 24;
/// Bytes that are written before each of them: about a small commit.
const WRITE_BYTES: usize = 4_096;

/// A kind of file system, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSystem {
    /// In memory: nothing outlives a restart of the machine.
    Memory,
    /// On another machine: whether a sync means anything is that machine's to say.
    Network,
    /// The layer of a container, which goes with the container.
    Overlay,
    /// Any other.
    Local,
}

impl FileSystem {
    const KINDS: [(u32, Self); 8] = [
        (0x0102_1994, Self::Memory),
        (0x8584_58f6, Self::Memory),
        (0x0000_6969, Self::Network),
        (0xff53_4d42, Self::Network),
        (0xfe53_4d42, Self::Network),
        (0x0000_517b, Self::Network),
        (0x00c3_6400, Self::Network),
        (0x794c_7630, Self::Overlay),
    ];

    /// Which one a path lies on.
    ///
    /// # Errors
    /// If the path can't be looked at.
    pub fn of(path: &Path) -> io::Result<Self> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        let mut told = MaybeUninit::<libc::statfs>::zeroed();
        #[expect(
            unsafe_code,
            reason = "the standard library has no statfs; all fields of the struct are numbers, for which 0 is valid"
        )]
        // SAFETY: the path is a C string that outlives the call, and statfs writes one statfs.
        let (refused, told) = unsafe {
            let refused = libc::statfs(path.as_ptr(), told.as_mut_ptr());
            (refused, told.assume_init())
        };
        if refused != 0 {
            return Err(io::Error::last_os_error());
        }
        // The number has 32 bits, whatever the type of the field.
        let number = told.f_type as u32;
        let kind = Self::KINDS.iter().find(|(known, _)| *known == number);
        Ok(kind.map_or(Self::Local, |(_, kind)| *kind))
    }
}

/// How long syncs took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyncTimes {
    /// The one in the middle.
    pub median: Duration,
    /// The longest.
    pub longest: Duration,
}

/// Writes some KiB to a file without a name in a directory and syncs each of them, which takes a second at most on any disk
/// that is fit. The file is gone afterwards, whatever happens.
///
/// # Errors
/// If nothing can be written there, or the file system has no files without names.
pub fn measure_syncs(directory: &Path) -> io::Result<SyncTimes> {
    let mut file = File::options()
        .read(true)
        .write(true)
        .custom_flags(libc::O_TMPFILE)
        .mode(0o600)
        .open(directory)?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let began = Instant::now();
        file.write_all(&[0x5a; WRITE_BYTES])?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(SyncTimes {
        median: times[SYNCS / 2],
        longest: times[SYNCS - 1],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        match measure_syncs(directory.path()) {
            Ok(times) => assert!(times.median <= times.longest, "{times:?}"),
            // The layers of some containers have no files without names.
            Err(error) => assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP), "{error}"),
        }
        assert_eq!(directory.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn memory_is_told_from_a_disk() {
        let shared = Path::new("/dev/shm");
        if shared.is_dir() {
            assert_eq!(FileSystem::of(shared).unwrap(), FileSystem::Memory);
        }
        assert!(FileSystem::of(Path::new("/nowhere/at/all")).is_err());
    }
}
