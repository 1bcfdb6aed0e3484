//! Why the operating system refuses, as far as an answer to it differs: a lack of resources, a device that fails, a
//! directory that is gone. None of them says that stored bytes are wrong.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// What stands behind a refusal of the operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The process has as many files open as it may.
    OpenFiles,
    /// The whole machine has as many files open as it may.
    OpenFilesOfMachine,
    /// There is no memory left.
    Memory,
    /// The volume, or the quota on it, is full.
    Full,
    /// The volume is mounted read-only.
    ReadOnly,
    /// The device can't be read or written.
    Device,
    /// The directory is not there any more.
    Gone,
    /// The process may not do it: the file is another user's, or its rights forbid it.
    Forbidden,
}

/// How often each cause was met by this process, in the order of [`Cause::ALL`].
static MET: [AtomicU64; Cause::ALL.len()] = [const { AtomicU64::new(0) }; Cause::ALL.len()];

/// Error numbers and what each means. The words of the C library are taken from the numbers, since the engine gives
/// nothing but these words. A longer text stands before a shorter one that it contains.
const ERRORS: [(i32, Cause); 14] = [
    (libc::ENFILE, Cause::OpenFilesOfMachine),
    (libc::EMFILE, Cause::OpenFiles),
    (libc::ENOMEM, Cause::Memory),
    (libc::ENOSPC, Cause::Full),
    (libc::EDQUOT, Cause::Full),
    (libc::EROFS, Cause::ReadOnly),
    (libc::EIO, Cause::Device),
    (libc::EUCLEAN, Cause::Device),
    (libc::ENXIO, Cause::Device),
    (libc::ENODEV, Cause::Device),
    (libc::ENOTDIR, Cause::Gone),
    (libc::ESTALE, Cause::Gone),
    (libc::EACCES, Cause::Forbidden),
    (libc::EPERM, Cause::Forbidden),
];

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 8] = [
        Self::OpenFiles,
        Self::OpenFilesOfMachine,
        Self::Memory,
        Self::Full,
        Self::ReadOnly,
        Self::Device,
        Self::Gone,
        Self::Forbidden,
    ];

    /// Its name for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenFiles => "open_files",
            Self::OpenFilesOfMachine => "open_files_of_machine",
            Self::Memory => "memory",
            Self::Full => "volume_full",
            Self::ReadOnly => "volume_read_only",
            Self::Device => "device",
            Self::Gone => "directory_gone",
            Self::Forbidden => "forbidden",
        }
    }

    /// Whether something is lacking that may be there again a moment later.
    #[must_use]
    pub fn is_shortage(self) -> bool {
        matches!(
            self,
            Self::OpenFiles | Self::OpenFilesOfMachine | Self::Memory
        )
    }

    /// The cause of an error of the operating system, if it is one of these. A missing file is not: what it means
    /// depends on whether it must be there.
    #[must_use]
    pub fn of_io(error: &io::Error) -> Option<Self> {
        Self::of_number(error.raw_os_error()?)
    }

    fn of_number(number: i32) -> Option<Self> {
        let known = ERRORS.iter().find(|(known, _)| *known == number);
        known.map(|(_, cause)| *cause)
    }

    /// The cause that an error of the storage engine tells of. The engine gives no error number: it repeats the words
    /// of the C library behind the file's path.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        if let Some((_, cause)) = ERRORS.iter().find(|(number, _)| says(text, *number)) {
            return Some(*cause);
        }
        // A file that the engine knows of is missing: damage, unless its whole directory is gone.
        let is_gone = says(text, libc::ENOENT) && named_file(text).is_some_and(is_without_place);
        is_gone.then_some(Self::Gone)
    }

    /// Notes that it was met.
    pub(crate) fn met(self) {
        MET[self as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How often each was met since the process began, in the order of [`Self::ALL`].
    #[must_use]
    pub fn counts() -> [u64; Self::ALL.len()] {
        std::array::from_fn(|place| MET[place].load(Ordering::Relaxed))
    }
}

/// What it is, and what to do.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OpenFiles => {
                "the daemon may open no more files; raise its limit (LimitNOFILE= in a unit, `ulimit -n` in a shell)"
            }
            Self::OpenFilesOfMachine => {
                "the machine may open no more files; find out who holds them, or raise fs.file-max"
            }
            Self::Memory => "the machine has no memory left for the daemon; give it more, or stop what takes it",
            Self::Full => "the volume or the quota on it is full; make room",
            Self::ReadOnly => {
                "the volume is read-only; find out why (the kernel's log tells), mount it read-write, and restart the daemon"
            }
            Self::Device => {
                "the device can't be read or written; read the kernel's log, and check the disk before anything else"
            }
            Self::Gone => "the directory is not there any more; find out who took it away, and bring it back",
            Self::Forbidden => {
                "this program's user may not do that; run it as the user that the files belong to, or give the files to this \
                 user (chown -R)"
            }
        })
    }
}

/// Whether a text has the C library's words for an error number.
fn says(text: &str, number: i32) -> bool {
    let words = io::Error::from_raw_os_error(number).to_string();
    let words = words.split(" (os error").next().unwrap_or_default();
    !words.is_empty() && text.contains(words)
}

/// The file that an error of the engine names.
fn named_file(text: &str) -> Option<&Path> {
    let mut parts = text.split(": ");
    parts.find(|part| part.starts_with('/')).map(Path::new)
}

fn is_without_place(file: &Path) -> bool {
    file.parent().is_some_and(|directory| !directory.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the engine writes it: what it did, the file, the words of the C library.
    fn text(number: i32, file: &str) -> String {
        let words = io::Error::from_raw_os_error(number).to_string();
        let words = words.split(" (os error").next().unwrap();
        format!("IO error: While open a file for random read: {file}: {words}")
    }

    #[test]
    fn each_error_number_and_its_words_have_the_same_cause() {
        for (number, cause) in ERRORS {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(Cause::of_io(&error), Some(cause), "{error}");
            let told = text(number, "/data/store-0001/000123.sst");
            assert_eq!(Cause::of_text(&told), Some(cause), "{told}");
        }
        let full = "IO error: No space left on device: While appending to file: /d/000004.log: No space left on device";
        assert_eq!(Cause::of_text(full), Some(Cause::Full));
        assert_eq!(Cause::of_text("Corruption: block checksum mismatch"), None);
        assert_eq!(Cause::of_io(&io::ErrorKind::NotFound.into()), None);
    }

    #[test]
    fn a_missing_file_is_damage_and_a_missing_directory_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let there = directory.path().join("000123.sst");
        let told = text(libc::ENOENT, there.to_str().unwrap());
        assert_eq!(Cause::of_text(&told), None);
        let gone = directory.path().join("store-0001/000123.sst");
        let told = text(libc::ENOENT, gone.to_str().unwrap());
        assert_eq!(Cause::of_text(&told), Some(Cause::Gone));
    }

    #[test]
    fn names_are_unique_and_counts_are_in_their_order() {
        for (place, cause) in Cause::ALL.into_iter().enumerate() {
            assert_eq!(cause as usize, place);
            let same = Cause::ALL.iter().filter(|one| one.name() == cause.name());
            assert_eq!(same.count(), 1);
        }
        let before = Cause::counts();
        Cause::Memory.met();
        assert!(Cause::counts()[Cause::Memory as usize] > before[Cause::Memory as usize]);
    }
}
