//! Opens a bundle; its content shows in which form it is.

mod packing;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use indelible_evidence::bundle::{FileSource, TarSource};

use crate::directory::{Directory, Strays};
use crate::failure::Failure;
use crate::frame::{FRAME_MAGIC, SharedFrame, SingleFrame};
use crate::watched::{Failed, Watched};

/// What stands for standard input on the command line.
const STANDARD_INPUT: &str = "-";

/// A bundle that was opened.
pub(crate) struct Input {
    pub(crate) source: Box<dyn FileSource + Send>,
    /// What is to be asked of it, once it was read.
    pub(crate) rest: Rest,
}

/// What remains of an input while its source is being read, and after.
pub(crate) struct Rest {
    path: PathBuf,
    /// The frame around it, if it is compressed.
    frame: Option<Frame>,
    /// What else lies in it, if it is a directory.
    strays: Strays,
    /// How many bytes were read so far.
    pub(crate) read: Arc<AtomicU64>,
    /// How many there are, where that is known.
    pub(crate) bytes: Option<u64>,
}

/// What the bytes come from.
type Bytes = Box<dyn Read + Send>;

/// The frame around a compressed bundle.
type Frame = SharedFrame<BufReader<Watched<io::Chain<io::Cursor<Vec<u8>>, Bytes>>>>;

impl Rest {
    /// Holds the frame to its end, once nothing more is read of the bundle: what can't be unpacked is not a bundle, whatever
    /// was read of it.
    pub(crate) fn unpacked(&mut self) -> Result<(), Failure> {
        let Some(frame) = &mut self.frame else {
            return Ok(());
        };
        frame.finish().map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Failure::Malformed(format!(
                    "the bundle can't be unpacked: {error}; fetch it again, byte for byte as it was made"
                ))
            }
            _ => Failure::Bundle(error),
        })
    }

    /// Whether a directory holds the bundle and nothing else. A file that no part of the evidence names says nothing
    /// against the evidence; but nobody verified it, and it lies among what was.
    pub(crate) fn nothing_else(&self) -> Result<(), Failure> {
        match self.strays.told() {
            None => Ok(()),
            Some(strays) => Err(Failure::Malformed(format!(
                "{} holds what no part of the evidence names: {strays}; remove it, or verify the archive that the \
                 directory was unpacked from",
                self.path.display()
            ))),
        }
    }
}

/// Refuses standard input for what reads a bundle more than once.
pub(crate) fn refuse_standard_input(path: &Path, why: &str) -> Result<(), Failure> {
    if path.as_os_str() != STANDARD_INPUT {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "{why} reads the bundle twice, which standard input can't give; write it to a file first"
    )))
}

/// Opens a file, or standard input.
pub(crate) fn open_bytes(path: &Path) -> io::Result<Bytes> {
    Ok(match path.as_os_str() == STANDARD_INPUT {
        true => Box::new(io::stdin()),
        false => Box::new(File::open(path)?),
    })
}

/// Opens a tar, a compressed tar or a directory; `-` is standard input.
pub(crate) fn open(path: &Path) -> Result<Input, Failure> {
    let failed = |error| Failure::input(path, error);
    let read = Arc::new(AtomicU64::new(0));
    let metadata = match path.as_os_str() == STANDARD_INPUT {
        true => None,
        false => Some(std::fs::metadata(path).map_err(failed)?),
    };
    let mut rest = Rest {
        path: path.to_owned(),
        frame: None,
        strays: Strays::default(),
        read: Arc::clone(&read),
        bytes: None,
    };
    if metadata.as_ref().is_some_and(std::fs::Metadata::is_dir) {
        packing::check_directory(path)?;
        let source = Box::new(Directory::new(path.to_owned(), read, rest.strays.clone()));
        return Ok(Input { source, rest });
    }
    rest.bytes = metadata.filter(|it| it.is_file()).map(|it| it.len());
    let mut bytes = open_bytes(path).map_err(failed)?;
    let mut beginning = Vec::new();
    (&mut bytes)
        .take(packing::BEGINNING_BYTES as u64)
        .read_to_end(&mut beginning)
        .map_err(failed)?;
    let compressed = beginning.starts_with(&FRAME_MAGIC);
    if !compressed {
        packing::check_file(path, &beginning)?;
    }
    let failure = Failed::default();
    let whole = io::Cursor::new(beginning).chain(bytes);
    let watched = BufReader::with_capacity(1 << 16, Watched::new(whole, read, failure.clone()));
    let source: Box<dyn FileSource + Send> = if compressed {
        let frame = SingleFrame::new(watched, failure).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => {
                Failure::Malformed(format!("not a bundle of this format: {error}"))
            }
            _ => failed(error),
        })?;
        let frame = SharedFrame::new(frame);
        rest.frame = Some(frame.clone());
        Box::new(TarSource::new(frame))
    } else {
        Box::new(TarSource::new(watched))
    };
    Ok(Input { source, rest })
}
