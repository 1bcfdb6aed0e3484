//! The zstd frame around a tar: exactly one, with a small window, and nothing after it.

use std::io::{self, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::input::Failed;

/// What a zstd frame begins with.
pub(crate) const FRAME_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The greatest window that a frame may have.
const WINDOW_BYTES_MAX: u64 = 8 << 20;

/// Decodes one frame, and refuses what follows it. What is wrong with a frame is `InvalidData`.
pub(crate) struct SingleFrame<R: Read> {
    decoder: StreamingDecoder<R, FrameDecoder>,
    failed: Failed,
    ended: bool,
}

impl<R: Read> SingleFrame<R> {
    /// Reads the frame's header. `failed` knows whether it was `source` itself that failed.
    pub(crate) fn new(source: R, failed: Failed) -> io::Result<Self> {
        let decoder = StreamingDecoder::new_with_max_window_size(source, WINDOW_BYTES_MAX);
        let decoder =
            decoder.map_err(|error| failed.take().unwrap_or_else(|| invalid(error.to_string())))?;
        Ok(Self {
            decoder,
            failed,
            ended: false,
        })
    }

    /// The frame has ended, and nothing may follow it. Its checksum, if it has one, is left alone: every byte of the
    /// tar within is verified by better means.
    fn end(&mut self) -> io::Result<()> {
        let mut byte = [0u8; 1];
        match self.decoder.get_mut().read(&mut byte)? {
            0 => Ok(()),
            _ => Err(invalid("bytes follow the zstd frame".to_owned())),
        }
    }
}

fn invalid(problem: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

impl<R: Read> Read for SingleFrame<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.ended || out.is_empty() {
            return Ok(0);
        }
        let read = self.decoder.read(out);
        let count = read.map_err(|error| {
            self.failed
                .take()
                .unwrap_or_else(|| invalid(format!("the zstd frame is damaged: {error}")))
        })?;
        if count == 0 {
            self.end()?;
            self.ended = true;
        }
        Ok(count)
    }
}
