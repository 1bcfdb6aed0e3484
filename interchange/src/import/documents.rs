//! Cuts an input into JSON documents: one a line, over many lines, or one right behind the other.
//!
//! A new document begins where one ends. What is no document stands for itself: a line that is cut does not take the
//! lines behind it along, and a document over many lines that is broken is one broken document. One that is too long to be
//! kept is passed over and counted, so that what stands behind it is read all the same.

mod ending;
mod passing;

use std::io::{self, BufRead};

use self::{
    ending::{Ending, Step},
    passing::{Part, is_marked, marked},
};
use crate::import::map_error::MapError;

/// The longest line, and the longest document: files that AWS delivers are below it.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How far one that is longer is read on to find its end. An input with one that is longer still is read no further.
pub const DOCUMENT_PASSED_OVER_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// How many bytes may be read once more for each one that was handed out, besides those of one whole document. Each cut
/// line is read up to where it can't be JSON any more, which may be far away; then the next line is read from its own
/// beginning.
const READ_AGAIN_MAX: u64 = 16;
/// What has been handed out is dropped once it is this long.
const HANDED_OUT_BYTES_MAX: usize = 256 * 1024;

/// One JSON document, or what should be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The line that it begins on, from 1.
    pub line: u64,
    /// Its bytes, without the white space around them, unless there are too many of them.
    pub json: Result<Vec<u8>, MapError>,
}

/// The documents of an input. White space between them is skipped, and so are byte order marks, which files have at
/// their beginning that were joined.
pub struct Documents<R> {
    input: R,
    /// What was read and not handed out, from `begin` on.
    bytes: Vec<u8>,
    begin: usize,
    /// The line of `begin`.
    line: u64,
    is_at_end: bool,
    ended: bool,
    /// How many bytes were handed out, and how many were looked at and left to be read again.
    handed_out: u64,
    left: u64,
    document_bytes_max: usize,
    passed_over_bytes_max: u64,
}

impl<R: BufRead> Documents<R> {
    /// Reads from the beginning of an input.
    pub fn new(input: R) -> Self {
        Self::within(input, DOCUMENT_BYTES_MAX, DOCUMENT_PASSED_OVER_BYTES_MAX)
    }

    fn within(input: R, document_bytes_max: usize, passed_over_bytes_max: u64) -> Self {
        Self {
            document_bytes_max,
            passed_over_bytes_max,
            input,
            bytes: Vec::new(),
            begin: 0,
            line: 1,
            is_at_end: false,
            ended: false,
            handed_out: 0,
            left: 0,
        }
    }

    /// Reads on; false at the end of the input.
    fn read_on(&mut self) -> io::Result<bool> {
        if self.is_at_end {
            return Ok(false);
        }
        if self.bytes.len() - self.begin > self.document_bytes_max {
            return Err(marked());
        }
        if self.begin > HANDED_OUT_BYTES_MAX {
            self.bytes.drain(..self.begin);
            self.begin = 0;
        }
        let read = self.input.fill_buf()?;
        let count = read.len();
        self.bytes.extend_from_slice(read);
        self.input.consume(count);
        self.is_at_end = count == 0;
        Ok(count > 0)
    }

    /// The byte so far behind `begin`.
    pub(in crate::import) fn byte(&mut self, at: usize) -> io::Result<Option<u8>> {
        while self.begin + at >= self.bytes.len() {
            if !self.read_on()? {
                return Ok(None);
            }
        }
        Ok(self.bytes.get(self.begin + at).copied())
    }

    /// The first byte of the next document, still unread.
    pub(in crate::import) fn skip_space(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.byte(0)? {
                Some(byte) if byte.is_ascii_whitespace() => self.pass(byte),
                Some(0xef) => {
                    // The mark may be cut by the end of what was read.
                    let _third = self.byte(BYTE_ORDER_MARK.len() - 1)?;
                    if !self.bytes[self.begin..].starts_with(BYTE_ORDER_MARK) {
                        return Ok(Some(0xef));
                    }
                    self.begin += BYTE_ORDER_MARK.len();
                }
                found => return Ok(found),
            }
        }
    }

    /// The line of the next byte.
    pub(in crate::import) fn line(&self) -> u64 {
        self.line
    }

    /// Passes over the next byte, which was looked at.
    pub(in crate::import) fn pass(&mut self, byte: u8) {
        self.begin += 1;
        self.line += u64::from(byte == b'\n');
    }

    /// Hands out so many bytes.
    fn take(&mut self, count: usize) -> io::Result<Option<Document>> {
        if count > self.document_bytes_max {
            return Err(marked());
        }
        let json = &self.bytes[self.begin..self.begin + count];
        let lines = json.iter().filter(|byte| **byte == b'\n').count() as u64;
        let document = Document {
            line: self.line,
            json: Ok(json.trim_ascii().to_vec()),
        };
        self.begin += count;
        self.line += lines;
        self.handed_out += count as u64;
        Ok(Some(document))
    }

    /// Passes over the next document, keeping nothing of it.
    fn pass_over(&mut self) -> io::Result<Document> {
        let begins = self.line;
        let (mut count, mut last) = (0_u64, b' ');
        let mut part = Part::begin(self.bytes.get(self.begin).copied());
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
            json: Err(MapError::TooLong {
                bytes: count,
                bytes_max,
            }),
        })
    }

    /// Where the line ends that holds the byte at this place, behind it.
    fn line_end(&mut self, from: usize) -> io::Result<usize> {
        let mut at = from;
        while let Some(byte) = self.byte(at)? {
            if byte == b'\n' {
                break;
            }
            at += 1;
        }
        Ok(at)
    }

    /// The next document, read without minding where errors before it were.
    pub(in crate::import) fn next_document(&mut self) -> io::Result<Option<Document>> {
        match self.kept_document() {
            Err(problem) if is_marked(&problem) => self.pass_over().map(Some),
            found => found,
        }
    }

    /// The next document, which has nothing handed out if it is too long to be kept.
    fn kept_document(&mut self) -> io::Result<Option<Document>> {
        let Some(first) = self.skip_space()? else {
            return Ok(None);
        };
        if !matches!(first, b'{' | b'[') {
            let end = self.line_end(0)?;
            return self.take(end);
        }
        let mut ending = Ending::new();
        let mut at = 0;
        loop {
            if self.begin + at >= self.bytes.len() && !self.read_on()? {
                return self.unfinished(at);
            }
            let (step, taken) = ending.feed(&self.bytes[self.begin + at..]);
            at += taken;
            match step {
                Step::Goes => {}
                Step::Ends => return self.take(at),
                Step::Breaks => return self.broken(at),
            }
        }
    }

    /// The input ends in a document.
    fn unfinished(&mut self, end: usize) -> io::Result<Option<Document>> {
        match self.cut_line(end)? {
            Some(line) => self.take(line),
            None => self.take(end),
        }
    }

    /// The byte at this place can't follow on those before it.
    fn broken(&mut self, at: usize) -> io::Result<Option<Document>> {
        let first_line = self.line_end(0)?;
        if at <= first_line {
            return self.take(first_line);
        }
        if let Some(line) = self.cut_line(at)? {
            return self.take(line);
        }
        // Documents over many lines begin in the first column.
        let begins_here = self.bytes[self.begin + at - 1] == b'\n';
        if begins_here && matches!(self.byte(at)?, Some(b'{' | b'[')) {
            return self.take(at);
        }
        let mut end = at;
        loop {
            end = self.line_end(end)?;
            match self.byte(end + 1)? {
                None | Some(b'{' | b'[') => return self.take(end),
                Some(_) => end += 1,
            }
        }
    }

    /// The end of the first line, if it is one that was cut: the next one begins a document, and this one is not the
    /// beginning of an array with an element a line. What was looked at behind it is read again; where that has become too
    /// much, lines are not told apart any more, and the document is one that is broken.
    fn cut_line(&mut self, looked_at: usize) -> io::Result<Option<usize>> {
        let end = self.line_end(0)?;
        self.left += looked_at.saturating_sub(end) as u64;
        if self.left > self.document_bytes_max as u64 + READ_AGAIN_MAX * self.handed_out {
            return Ok(None);
        }
        let begins = matches!(self.byte(end + 1)?, Some(b'{' | b'['));
        let line = self.bytes[self.begin..self.begin + end].trim_ascii_end();
        Ok((begins && !line.ends_with(b"[")).then_some(end))
    }
}

impl<R: BufRead> Iterator for Documents<R> {
    type Item = io::Result<Document>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let document = self.next_document().transpose();
        self.ended = !matches!(document, Some(Ok(_)));
        document
    }
}

#[cfg(test)]
mod tests;
