//! Cuts an input into JSON documents: one a line, or the whole input as one when it is written over many lines.

use std::io::{self, BufRead, Read as _};

use serde::de::IgnoredAny;

/// The longest line, and the longest document: files that AWS delivers are below it.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One JSON document, or what should be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The line that it begins on, from 1.
    pub line: u64,
    /// Its bytes, without the white space around them.
    pub json: Vec<u8>,
}

/// The documents of an input. Empty lines are skipped.
pub struct Documents<R> {
    input: R,
    line: u64,
    first: bool,
    ended: bool,
}

impl<R: BufRead> Documents<R> {
    /// Reads from the beginning of an input.
    pub fn new(input: R) -> Self {
        Self {
            input,
            line: 0,
            first: true,
            ended: false,
        }
    }

    fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let limit = (DOCUMENT_BYTES_MAX + 1) as u64;
        (&mut self.input).take(limit).read_until(b'\n', &mut line)?;
        self.line += 1;
        if line.len() > DOCUMENT_BYTES_MAX {
            return Err(self.too_long());
        }
        Ok((!line.is_empty()).then_some(line))
    }

    /// The rest of the input behind a first line that is only the beginning of a document.
    fn rest(&mut self, mut document: Vec<u8>) -> io::Result<Vec<u8>> {
        let limit = (DOCUMENT_BYTES_MAX + 1 - document.len()) as u64;
        (&mut self.input).take(limit).read_to_end(&mut document)?;
        if document.len() > DOCUMENT_BYTES_MAX {
            return Err(self.too_long());
        }
        Ok(document)
    }

    fn too_long(&self) -> io::Error {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "line {} begins a document of more than {DOCUMENT_BYTES_MAX} bytes",
                self.line
            ),
        )
    }

    fn next_document(&mut self) -> io::Result<Option<Document>> {
        while let Some(line) = self.next_line()? {
            let mut json = line.trim_ascii();
            if self.line == 1 {
                json = json.strip_prefix(BYTE_ORDER_MARK).unwrap_or(json);
            }
            if json.is_empty() {
                continue;
            }
            let begins = self.line;
            let unfinished = self.first && is_unfinished(json);
            let json = json.to_vec();
            self.first = false;
            let json = if unfinished {
                self.rest([&json, b"\n".as_slice()].concat())?
            } else {
                json
            };
            return Ok(Some(Document {
                line: begins,
                json: json.trim_ascii().to_vec(),
            }));
        }
        Ok(None)
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

/// Valid so far, but not at its end.
fn is_unfinished(json: &[u8]) -> bool {
    matches!(serde_json::from_slice::<IgnoredAny>(json), Err(problem) if problem.is_eof())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(input: &str) -> Vec<(u64, String)> {
        Documents::new(input.as_bytes())
            .map(|document| {
                let document = document.expect("readable");
                (
                    document.line,
                    String::from_utf8(document.json).expect("UTF-8"),
                )
            })
            .collect()
    }

    #[test]
    fn one_document_a_line_with_its_line_number() {
        let found = documents("\u{feff}{\"a\":1}\r\n\n  {\"a\":2}  \n{\"a\":3}");
        let expected = [(1, "{\"a\":1}"), (3, "{\"a\":2}"), (4, "{\"a\":3}")];
        assert_eq!(found, expected.map(|(line, json)| (line, json.to_owned())));
    }

    #[test]
    fn a_document_over_many_lines_is_one() {
        let input = "\n[\n  {\"a\": 1},\n  {\"a\": 2}\n]\n";
        assert_eq!(documents(input), [(2, input.trim().to_owned())]);
    }

    #[test]
    fn a_line_that_is_cut_is_passed_on_as_it_is() {
        let found = documents("{\"a\":1}\n{\"a\":\n{\"a\":3}\n");
        assert_eq!(found[1], (2, "{\"a\":".to_owned()));
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn a_line_without_end_is_an_error_and_the_last_thing() {
        let endless = io::BufReader::new(io::repeat(b' '));
        let mut documents = Documents::new(endless);
        let problem = documents.next().expect("an item").expect_err("an error");
        assert_eq!(problem.kind(), io::ErrorKind::InvalidData);
        assert!(documents.next().is_none());
    }
}
