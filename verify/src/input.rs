//! Opens a bundle; its content shows in which form it is.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use indelible_evidence::bundle::{FileSource, TarSource};

use crate::directory::Directory;
use crate::failure::Failure;
use crate::frame::{FRAME_MAGIC, SharedFrame, SingleFrame};
use crate::watched::{Failed, Watched};

/// A bundle that was opened.
pub(crate) struct Input {
    pub(crate) source: Box<dyn FileSource + Send>,
    /// The frame around it, if it is compressed.
    pub(crate) frame: Option<Frame>,
    /// How many bytes were read so far.
    pub(crate) read: Arc<AtomicU64>,
    /// How many there are, where that is known.
    pub(crate) bytes: Option<u64>,
}

/// The frame around a compressed bundle.
pub(crate) type Frame = SharedFrame<BufReader<Watched<io::Chain<io::Cursor<Vec<u8>>, File>>>>;

impl Input {
    /// Holds the frame to its end, once nothing more is read of the bundle: what can't be unpacked is not a bundle, whatever
    /// was read of it.
    pub(crate) fn unpacked(frame: Option<Frame>) -> Result<(), Failure> {
        let Some(mut frame) = frame else {
            return Ok(());
        };
        frame.finish().map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Failure::Malformed(format!("the bundle can't be unpacked: {error}"))
            }
            _ => Failure::Bundle(error),
        })
    }
}

/// Opens a tar, a compressed tar or a directory.
pub(crate) fn open(path: &Path) -> Result<Input, Failure> {
    let failed = |error| Failure::input(path, error);
    let read = Arc::new(AtomicU64::new(0));
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        let source = Box::new(Directory::new(path.to_owned(), Arc::clone(&read)));
        return Ok(Input {
            source,
            frame: None,
            read,
            bytes: None,
        });
    }
    let mut file = File::open(path).map_err(failed)?;
    let mut magic = Vec::new();
    (&mut file)
        .take(FRAME_MAGIC.len() as u64)
        .read_to_end(&mut magic)
        .map_err(failed)?;
    let compressed = magic == FRAME_MAGIC;
    let failure = Failed::default();
    let whole = io::Cursor::new(magic).chain(file);
    let watched = BufReader::with_capacity(
        1 << 16,
        Watched::new(whole, Arc::clone(&read), failure.clone()),
    );
    let mut around = None;
    let source: Box<dyn FileSource + Send> = if compressed {
        let frame = SingleFrame::new(watched, failure).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => {
                Failure::Malformed(format!("not a bundle of this format: {error}"))
            }
            _ => failed(error),
        })?;
        let frame = SharedFrame::new(frame);
        around = Some(frame.clone());
        Box::new(TarSource::new(frame))
    } else {
        Box::new(TarSource::new(watched))
    };
    Ok(Input {
        source,
        frame: around,
        read,
        bytes: metadata.is_file().then_some(metadata.len()),
    })
}
