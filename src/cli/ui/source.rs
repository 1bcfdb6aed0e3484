//! What commands read: a file, packed or not, or standard input.

mod unpacked;

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, Read, Seek as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use self::unpacked::unpacked;
use crate::cli::error::CliError;

/// What messages call standard input.
const STANDARD_INPUT: &str = "standard input";

/// How much of the inputs was read, as they lie on disk.
#[derive(Clone, Default)]
pub(crate) struct Meter {
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

impl Meter {
    /// For inputs that are each read so many times. Of standard input and of pipes nobody knows how much there is.
    pub(crate) fn of<'a>(paths: impl Iterator<Item = &'a Path>, times: u64) -> Self {
        let bytes = |path: &Path| {
            let metadata = std::fs::metadata(path).ok()?;
            metadata.is_file().then_some(metadata.len())
        };
        let total: Option<u64> = paths.map(bytes).sum();
        Self {
            read: Arc::default(),
            total: total.map(|bytes| bytes * times),
        }
    }

    /// How many bytes were read.
    pub(crate) fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// How many there are, if that is known.
    pub(crate) fn total(&self) -> Option<u64> {
        self.total
    }
}

/// An input and its name for messages.
pub(crate) struct Source {
    /// The file's name, or "standard input".
    pub(crate) name: String,
    /// What is read, unpacked.
    pub(crate) reader: Box<dyn BufRead + Send>,
}

impl Source {
    /// Opens a file, or standard input for `-`. Whether it is packed is seen from its first bytes.
    pub(crate) fn open(path: &Path, meter: &Meter) -> Result<Self, CliError> {
        let standard = path.as_os_str() == "-";
        let raw: Box<dyn Read + Send> = if standard {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).map_err(|source| CliError::file(path, source))?)
        };
        let path: &Path = if standard {
            STANDARD_INPUT.as_ref()
        } else {
            path
        };
        Self::unpack(path, raw, meter)
    }

    fn unpack(path: &Path, raw: Box<dyn Read + Send>, meter: &Meter) -> Result<Self, CliError> {
        let read = Arc::clone(&meter.read);
        let raw = Box::new(Counted { raw, read });
        Ok(Self {
            name: path.display().to_string(),
            reader: unpacked(raw).map_err(|source| CliError::file(path, source))?,
        })
    }
}

/// Files that are named, standard input among them at most once, and each there to be opened.
pub(crate) fn named(paths: &[PathBuf]) -> Result<(), CliError> {
    let standard = paths.iter().filter(|path| path.as_os_str() == "-");
    if standard.count() > 1 {
        let problem = "standard input can be read only once: give `-` once";
        return Err(CliError::Usage(problem.to_owned()));
    }
    for path in paths.iter().filter(|path| path.as_os_str() != "-") {
        File::open(path).map_err(|source| CliError::file(path, source))?;
    }
    Ok(())
}

/// A reader that counts.
struct Counted {
    raw: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.raw.read(into)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// An input that is read more than once, in turn: a file, or standard input, which is first copied into a file without a
/// name. That one ends with the program, and nobody else can open it.
pub(crate) struct Rereadable {
    path: PathBuf,
    copied: Option<File>,
}

impl Rereadable {
    /// A file, or standard input for `-`, read to its end here.
    pub(crate) fn new(path: &Path) -> Result<Self, CliError> {
        if path.as_os_str() != "-" {
            let (path, copied) = (path.to_owned(), None);
            return Ok(Self { path, copied });
        }
        let path = PathBuf::from(STANDARD_INPUT);
        let copied = copied(&mut io::stdin()).map_err(|source| CliError::file(&path, source))?;
        let copied = Some(copied);
        Ok(Self { path, copied })
    }

    /// What messages call it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it at its beginning. What was opened before must not be read any further.
    pub(crate) fn open(&self, meter: &Meter) -> Result<Source, CliError> {
        let Some(copied) = &self.copied else {
            return Source::open(&self.path, meter);
        };
        let failed = |source| CliError::file(&self.path, source);
        let mut copied = copied.try_clone().map_err(failed)?;
        copied.rewind().map_err(failed)?;
        Source::unpack(&self.path, Box::new(copied), meter)
    }
}

/// Everything that is left of an input, in a file without a name in the directory for temporary files.
fn copied(input: &mut dyn Read) -> io::Result<File> {
    let directory = std::env::temp_dir();
    let about = |problem: io::Error| {
        let place = directory.display();
        let text =
            format!("it can't be kept in {place}: {problem}; set TMPDIR to another directory");
        io::Error::new(problem.kind(), text)
    };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .mode(0o600)
        .custom_flags(libc::O_TMPFILE)
        .open(&directory)
        .map_err(about)?;
    io::copy(input, &mut file).map_err(about)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn packed_and_plain_read_the_same() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(b"{}\n").expect("packed");
        let packed = packed.finish().expect("packed");
        let zstd = zstd::encode_all(b"{}\n".as_slice(), 1).expect("packed");
        for (name, bytes) in [
            ("plain", b"{}\n".as_slice()),
            ("packed", &packed),
            ("zstd", &zstd),
        ] {
            let path = directory.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            let mut text = String::new();
            let meter = Meter::of([path.as_path()].into_iter(), 1);
            let mut source = Source::open(&path, &meter).expect("open");
            source.reader.read_to_string(&mut text).expect("readable");
            assert_eq!(text, "{}\n");
            assert_eq!(
                (meter.read(), meter.total()),
                (bytes.len() as u64, Some(bytes.len() as u64))
            );
        }
    }

    #[test]
    fn what_is_read_once_can_be_read_again_and_leaves_no_file() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(b"a\nb\n").expect("packed");
        let packed = packed.finish().expect("packed");
        for bytes in [b"a\nb\n".as_slice(), &packed] {
            let copied = Some(copied(&mut &*bytes).expect("copied"));
            let path = PathBuf::from("standard input");
            let input = Rereadable { path, copied };
            for _ in 0..3 {
                let mut text = String::new();
                let mut source = input.open(&Meter::default()).expect("open");
                source.reader.read_to_string(&mut text).expect("readable");
                assert_eq!(
                    (text.as_str(), source.name.as_str()),
                    ("a\nb\n", "standard input")
                );
            }
            use std::os::unix::fs::MetadataExt as _;
            let file = input.copied.as_ref().expect("a file");
            assert_eq!(file.metadata().expect("of it").nlink(), 0);
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let problem = Source::open(Path::new("/no/such/file"), &Meter::default())
            .err()
            .expect("an error");
        assert!(problem.to_string().starts_with("/no/such/file: "));
    }
}
