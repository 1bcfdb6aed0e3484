//! Where a document ends that is too long to be kept, as its bytes pass by.

use std::io;

use super::ending::{Ending, Step};

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
pub(super) enum Part {
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
    /// Before the first byte, which is this one.
    pub(super) fn begin(first: Option<u8>) -> Self {
        match first {
            Some(b'{' | b'[') => Self::Json(Ending::new()),
            _ => Self::LastLine,
        }
    }

    /// Takes bytes as far as they belong to the document, and says how many do. `lines` are the ends of lines before them,
    /// and `last` the byte before them.
    pub(super) fn feed(&mut self, bytes: &[u8], lines: u64, last: u8) -> usize {
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
