//! What commands read: a file, packed with gzip or not, or standard input.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;

use super::error::CliError;

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
    fn a_file_that_is_not_there_is_named() {
        let problem = Source::open(Path::new("/no/such/file"))
            .err()
            .expect("an error");
        assert!(problem.to_string().starts_with("/no/such/file: "));
    }
}
