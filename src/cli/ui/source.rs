//! What commands read: a file, packed with gzip or not, or standard input.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;

use crate::cli::error::CliError;

const BUFFER_BYTES: usize = 256 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// An input and its name for messages.
pub(crate) struct Source {
    /// The file's name, or "standard input".
    pub(crate) name: String,
    /// What is read, unpacked.
    pub(crate) reader: Box<dyn BufRead + Send>,
}

impl Source {
    /// Opens a file, or standard input for `-`. Whether it is packed is seen from its first bytes.
    pub(crate) fn open(path: &Path) -> Result<Self, CliError> {
        let standard = path.as_os_str() == "-";
        let raw: Box<dyn Read + Send> = if standard {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).map_err(|source| CliError::file(path, source))?)
        };
        let name = if standard {
            PathBuf::from("standard input")
        } else {
            path.to_owned()
        };
        let reader = unpacked(raw).map_err(|source| CliError::file(&name, source))?;
        Ok(Self {
            name: name.display().to_string(),
            reader,
        })
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
        let path = PathBuf::from("standard input");
        let copied = copied(&mut io::stdin()).map_err(|source| CliError::file(&path, source))?;
        let copied = Some(copied);
        Ok(Self { path, copied })
    }

    /// What messages call it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it at its beginning. What was opened before must not be read any further.
    pub(crate) fn open(&self) -> Result<Source, CliError> {
        let Some(copied) = &self.copied else {
            return Source::open(&self.path);
        };
        let failed = |source| CliError::file(&self.path, source);
        let mut copied = copied.try_clone().map_err(failed)?;
        copied.rewind().map_err(failed)?;
        Ok(Source {
            name: self.path.display().to_string(),
            reader: unpacked(Box::new(copied)).map_err(failed)?,
        })
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

fn unpacked(raw: Box<dyn Read + Send>) -> io::Result<Box<dyn BufRead + Send>> {
    let mut raw = BufReader::with_capacity(BUFFER_BYTES, raw);
    if raw.fill_buf()?.starts_with(&GZIP_MAGIC) {
        let unpacked = MultiGzDecoder::new(raw);
        return Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, unpacked)));
    }
    Ok(Box::new(raw))
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
        for (name, bytes) in [("plain", b"{}\n".as_slice()), ("packed", &packed)] {
            let path = directory.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            let mut text = String::new();
            let mut source = Source::open(&path).expect("open");
            source.reader.read_to_string(&mut text).expect("readable");
            assert_eq!(text, "{}\n");
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
                let mut source = input.open().expect("open");
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
        let problem = Source::open(Path::new("/no/such/file"))
            .err()
            .expect("an error");
        assert!(problem.to_string().starts_with("/no/such/file: "));
    }
}
