//! Documents that are too long to be kept: passed over to their end, and counted.

use std::io::{self, BufRead};

use super::{
    Document, Documents,
    ending::{Ending, Step},
};

/// A document has more bytes than are kept of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the document has {bytes} bytes, and at most {bytes_max} are read of one: divide it into smaller ones"
)]
pub struct TooLong {
    /// How many it has.
    pub bytes: u64,
    /// How many one may have.
    pub bytes_max: u64,
}

/// What reading stops with where more would have to be kept than may be.
#[derive(Debug, thiserror::Error)]
#[error("more would have to be kept than may be")]
struct Marker;

pub(super) fn marked() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Marker)
}

pub(super) fn is_marked(problem: &io::Error) -> bool {
    problem.get_ref().is_some_and(|inner| inner.is::<Marker>())
}

/// Where in a document that is passed over the next byte stands.
enum Part {
    /// In what may be JSON still.
    Json(Ending),
    /// In a line with which the document ends.
    LastLine,
    /// In a line of one that is broken. It ends before a line that begins another one, as those do that are kept.
    BrokenLine,
    /// At the beginning of a line of it.
    BrokenLineBegins,
    /// Behind its end.
    End,
}

impl Part {
    /// Takes bytes as far as they belong to the document, and says how many do. `lines` are the ends of lines before them,
    /// and `last` the byte before them.
    fn feed(&mut self, bytes: &[u8], lines: u64, last: u8) -> usize {
        match self {
            Self::Json(ending) => {
                let (step, taken) = ending.feed(bytes);
                match step {
                    Step::Goes => {}
                    Step::Ends => *self = Self::End,
                    Step::Breaks => {
                        let before = bytes[..taken].last().copied().unwrap_or(last);
                        let is_over_lines = lines > 0 || bytes[..taken].contains(&b'\n');
                        *self = match (is_over_lines, before) {
                            (false, _) => Self::LastLine,
                            (true, b'\n') => Self::BrokenLineBegins,
                            (true, _) => Self::BrokenLine,
                        };
                    }
                }
                taken
            }
            Self::LastLine => match bytes.iter().position(|byte| *byte == b'\n') {
                None => bytes.len(),
                Some(end) => {
                    *self = Self::End;
                    end
                }
            },
            Self::BrokenLine => match bytes.iter().position(|byte| *byte == b'\n') {
                None => bytes.len(),
                Some(end) => {
                    *self = Self::BrokenLineBegins;
                    end + 1
                }
            },
            Self::BrokenLineBegins => {
                *self = match bytes.first() {
                    Some(b'{' | b'[') => Self::End,
                    _ => Self::BrokenLine,
                };
                0
            }
            Self::End => 0,
        }
    }
}

impl<R: BufRead> Documents<R> {
    /// Passes over the next document, keeping nothing of it.
    pub(super) fn pass_over(&mut self) -> io::Result<Document> {
        let begins = self.line;
        let (mut count, mut last) = (0_u64, b' ');
        let mut part = match self.bytes.get(self.begin) {
            Some(b'{' | b'[') => Part::Json(Ending::new()),
            _ => Part::LastLine,
        };
        while !matches!(part, Part::End) {
            if self.begin == self.bytes.len() {
                self.bytes.clear();
                self.begin = 0;
                if count > self.passed_over_bytes_max {
                    let text = format!(
                        "line {begins} begins a document of more than {} bytes, and nothing behind it is read: divide it into smaller ones",
                        self.passed_over_bytes_max
                    );
                    return Err(io::Error::new(io::ErrorKind::InvalidData, text));
                }
                if !self.read_on()? {
                    break;
                }
            }
            let bytes = &self.bytes[self.begin..];
            let taken = part.feed(bytes, self.line - begins, last);
            let taken_bytes = &bytes[..taken];
            last = taken_bytes.last().copied().unwrap_or(last);
            self.line += taken_bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
            self.begin += taken;
            count += taken as u64;
        }
        self.handed_out += count;
        let bytes_max = self.document_bytes_max as u64;
        Ok(Document {
            line: begins,
            json: Err(TooLong {
                bytes: count,
                bytes_max,
            }),
        })
    }
}
