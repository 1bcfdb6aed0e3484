//! The zstd frame around a tar: exactly one, with a small window, whole and unharmed, and nothing after it.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::watched::Failed;

/// What a zstd frame begins with.
pub(crate) const FRAME_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The greatest window that a frame may have.
const WINDOW_BYTES_MAX: u64 = 8 << 20;
/// The longest header of a frame: magic, descriptor, window, dictionary id and content size.
const HEADER_BYTES_MAX: usize = 4 + 1 + 1 + 4 + 8;

/// How many bytes are unpacked at a time where nobody wants them.
const DRAINED_BYTES: usize = 128 << 10;
/// How many bytes are unpacked at most where nobody wants them.
const DRAINED_BYTES_MAX: u64 = 1 << 30;

/// Decodes one frame, and refuses what follows it. What is wrong with a frame is `InvalidData`.
pub(crate) struct SingleFrame<R: Read> {
    decoder: StreamingDecoder<Headed<R>, FrameDecoder>,
    header: FrameHeader,
    /// How many bytes were decoded.
    decoded: u64,
    failed: Failed,
    ended: bool,
}

/// A source whose first bytes were read already.
type Headed<R> = io::Chain<io::Cursor<Vec<u8>>, R>;

impl<R: Read> SingleFrame<R> {
    /// Reads the frame's header. `failed` knows whether it was `source` itself that failed.
    pub(crate) fn new(mut source: R, failed: Failed) -> io::Result<Self> {
        let mut beginning = Vec::with_capacity(HEADER_BYTES_MAX);
        (&mut source)
            .take(HEADER_BYTES_MAX as u64)
            .read_to_end(&mut beginning)?;
        let header = FrameHeader::read(&beginning)?;
        let source = io::Cursor::new(beginning).chain(source);
        let decoder = StreamingDecoder::new_with_max_window_size(source, WINDOW_BYTES_MAX);
        let decoder =
            decoder.map_err(|error| failed.take().unwrap_or_else(|| invalid(error.to_string())))?;
        Ok(Self {
            decoder,
            header,
            decoded: 0,
            failed,
            ended: false,
        })
    }

    /// The frame has ended: what it says of its content is right, and nothing follows it.
    fn end(&mut self) -> io::Result<()> {
        let FrameHeader {
            content_bytes,
            has_checksum,
        } = self.header;
        if content_bytes.is_some_and(|bytes| bytes != self.decoded) {
            return Err(damaged(format!(
                "it holds {} bytes, but its header states another number",
                self.decoded
            )));
        }
        let frame = &self.decoder.decoder;
        if has_checksum && frame.get_checksum_from_data() != frame.get_calculated_checksum() {
            return Err(damaged("its checksum does not match its content"));
        }
        let mut byte = [0u8; 1];
        match self.decoder.get_mut().read(&mut byte)? {
            0 => Ok(()),
            _ => Err(invalid("bytes follow the zstd frame".to_owned())),
        }
    }
}

/// What a frame says of its content before it (RFC 8878 section 3.1.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FrameHeader {
    content_bytes: Option<u64>,
    has_checksum: bool,
}

impl FrameHeader {
    fn read(beginning: &[u8]) -> io::Result<Self> {
        let short = || io::Error::new(io::ErrorKind::InvalidData, "the zstd frame ends early");
        let descriptor = *beginning.get(FRAME_MAGIC.len()).ok_or_else(short)?;
        if descriptor & 0b1000 != 0 {
            return Err(damaged("a bit that must be zero is set in its header"));
        }
        let single_segment = descriptor & 0b10_0000 != 0;
        let dictionary_bytes = [0, 1, 2, 4][usize::from(descriptor & 0b11)];
        let size_bytes = match descriptor >> 6 {
            0 => usize::from(single_segment),
            flag => 1 << flag,
        };
        let dictionary = FRAME_MAGIC.len() + 1 + usize::from(!single_segment);
        let size = dictionary + dictionary_bytes;
        let number = |from: usize, bytes: usize| {
            let field = beginning.get(from..from + bytes)?;
            let number = field
                .iter()
                .rev()
                .fold(0, |number, byte| number << 8 | u64::from(*byte));
            Some(number)
        };
        if number(dictionary, dictionary_bytes).ok_or_else(short)? != 0 {
            return Err(damaged("it needs a dictionary"));
        }
        let content_bytes = number(size, size_bytes).ok_or_else(short)?;
        Ok(Self {
            content_bytes: match size_bytes {
                0 => None,
                // A size in two bytes leaves out the first 256.
                2 => Some(content_bytes + 256),
                _ => Some(content_bytes),
            },
            has_checksum: descriptor & 0b100 != 0,
        })
    }
}

fn invalid(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

fn damaged(problem: impl std::fmt::Display) -> io::Error {
    invalid(format!("the zstd frame is damaged: {problem}"))
}

/// A frame that its reader shares with the check at its end: a fault anywhere in it means
/// that it can't be unpacked, whatever was read of it before.
pub(crate) struct SharedFrame<R: Read>(Arc<Mutex<Unpacking<R>>>);

struct Unpacking<R: Read> {
    frame: SingleFrame<R>,
    /// What was wrong with it.
    fault: Option<io::Error>,
}

impl<R: Read> Clone for SharedFrame<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R: Read> SharedFrame<R> {
    pub(crate) fn new(frame: SingleFrame<R>) -> Self {
        Self(Arc::new(Mutex::new(Unpacking { frame, fault: None })))
    }

    /// Unpacks what is left of it, and says what was wrong with any of it. Of a frame with very much left, which nobody
    /// wanted, the rest is left alone: a few bytes may stand for terabytes.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        let (mut block, mut drained) = (vec![0; DRAINED_BYTES], 0);
        while drained < DRAINED_BYTES_MAX {
            match self.read(&mut block)? {
                0 => break,
                count => drained += count as u64,
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for SharedFrame<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut unpacking = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fault) = &unpacking.fault {
            return Err(io::Error::new(fault.kind(), fault.to_string()));
        }
        let read = unpacking.frame.read(out);
        if let Err(error) = &read
            && error.kind() != io::ErrorKind::Interrupted
        {
            unpacking.fault = Some(io::Error::new(error.kind(), error.to_string()));
        }
        read
    }
}

impl<R: Read> Read for SingleFrame<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ended || out.is_empty() {
            return Ok(0);
        }
        let read = self.decoder.read(out);
        let count = read.map_err(|error| self.failed.take().unwrap_or_else(|| damaged(error)))?;
        self.decoded += count as u64;
        if self
            .header
            .content_bytes
            .is_some_and(|bytes| self.decoded > bytes)
        {
            return Err(damaged("it holds more bytes than its header states"));
        }
        if count == 0 {
            self.end()?;
            self.ended = true;
        }
        Ok(count)
    }
}
