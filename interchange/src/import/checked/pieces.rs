//! Cuts an input into records without holding more than one: the documents of the input, and the elements of its
//! arrays.

use std::io::{self, BufRead};

use indelible_evidence::limits::PAYLOAD_BYTES_MAX;

use crate::import::{documents::Documents, map_error::MapError};

/// The longest record: it becomes a payload.
pub const RECORD_BYTES_MAX: usize = PAYLOAD_BYTES_MAX;

/// One record, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The line that it begins on, from 1.
    pub line: u64,
    /// Its number in the array, from 1, if it stands in one.
    pub element: Option<u64>,
    /// Its bytes, without the white space around them.
    pub record: Result<Vec<u8>, MapError>,
}

/// The records of an input.
pub struct Pieces<R> {
    input: Documents<R>,
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Between documents.
    Outside,
    /// In an array behind so many elements.
    Array(u64),
    Ended,
}

impl<R: BufRead> Pieces<R> {
    /// Reads from the beginning of an input.
    pub fn new(input: R) -> Self {
        Self {
            input: Documents::new(input),
            shape: Shape::Outside,
        }
    }

    fn next_outside(&mut self) -> io::Result<Option<Piece>> {
        let Some(document) = self.input.next_document()? else {
            return Ok(None);
        };
        let record = match document.json {
            Ok(json) if json.len() <= RECORD_BYTES_MAX => Ok(json),
            Ok(_) | Err(_) => Err(too_long()),
        };
        Ok(Some(Piece {
            line: document.line,
            element: None,
            record,
        }))
    }

    /// The next element, or nothing where the array ends.
    fn next_element(&mut self, before: u64) -> io::Result<Option<Piece>> {
        let first = self.input.skip_space()?;
        match (first, before) {
            (Some(b']'), _) => {
                self.input.pass(b']');
                self.shape = Shape::Outside;
                return Ok(None);
            }
            (Some(b','), 1..) => self.input.pass(b','),
            (_, 0) => {}
            _ => {
                return Ok(Some(self.torn(
                    before,
                    "a comma or the end of the array is missing after an element",
                )));
            }
        }
        let Some(byte) = self.input.skip_space()? else {
            return Ok(Some(self.torn(before, "the array has no end")));
        };
        if byte == b']' || byte == b',' {
            return Ok(Some(
                self.torn(before, "an element of the array is missing"),
            ));
        }
        let line = self.input.line();
        let Some(record) = self.element()? else {
            return Ok(Some(
                self.torn(before, "the input ends inside an element of the array"),
            ));
        };
        self.shape = Shape::Array(before + 1);
        Ok(Some(Piece {
            line,
            element: Some(before + 1),
            record,
        }))
    }

    /// Reads one value to its end, as far as brackets and quotes tell.
    fn element(&mut self) -> io::Result<Option<Result<Vec<u8>, MapError>>> {
        let mut record = Vec::new();
        let (mut bytes, mut depth, mut in_text, mut escaped) = (0_usize, 0_usize, false, false);
        while let Some(byte) = self.input.byte(0)? {
            let ends_before = !in_text && depth == 0 && matches!(byte, b',' | b']');
            if ends_before {
                break;
            }
            self.input.pass(byte);
            bytes += 1;
            if bytes <= RECORD_BYTES_MAX {
                record.push(byte);
            }
            if in_text {
                in_text = escaped || byte != b'"';
                escaped = byte == b'\\' && !escaped;
                continue;
            }
            match byte {
                b'"' => in_text = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if in_text || depth > 0 || self.input.byte(0)?.is_none() {
            return Ok(None);
        }
        Ok(Some(if bytes > RECORD_BYTES_MAX {
            Err(too_long())
        } else {
            Ok(record.trim_ascii().to_vec())
        }))
    }

    /// The array can't be read on from here.
    fn torn(&mut self, before: u64, problem: &str) -> Piece {
        self.shape = Shape::Ended;
        Piece {
            line: self.input.line(),
            element: (before > 0).then_some(before + 1),
            record: Err(MapError::NotJson {
                problem: problem.to_owned(),
            }),
        }
    }

    fn next_piece(&mut self) -> io::Result<Option<Piece>> {
        loop {
            match self.shape {
                Shape::Array(before) => {
                    let found = self.next_element(before)?;
                    // Something may follow on an array that ended.
                    if found.is_some() {
                        return Ok(found);
                    }
                }
                Shape::Ended => return Ok(None),
                Shape::Outside => match self.input.skip_space()? {
                    Some(b'[') => {
                        self.input.pass(b'[');
                        self.shape = Shape::Array(0);
                    }
                    _ => return self.next_outside(),
                },
            }
        }
    }
}

impl<R: BufRead> Iterator for Pieces<R> {
    type Item = io::Result<Piece>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_piece();
        if next.is_err() {
            self.shape = Shape::Ended;
        }
        next.transpose()
    }
}

fn too_long() -> MapError {
    MapError::Invalid {
        field: "the record".to_owned(),
        problem: format!("it has more than {RECORD_BYTES_MAX} bytes, so no payload can hold it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(input: &str) -> Vec<String> {
        Pieces::new(input.as_bytes())
            .map(|piece| {
                let piece = piece.expect("readable");
                let record = match piece.record {
                    Ok(bytes) => String::from_utf8(bytes).expect("UTF-8"),
                    Err(problem) => problem.to_string(),
                };
                format!("{}/{}: {record}", piece.line, piece.element.unwrap_or(0))
            })
            .collect()
    }

    #[test]
    fn lines_and_arrays_give_the_same_records() {
        let lines = pieces("\u{feff}{\"a\":1}\n\n  {\"b\":[2]} \r\n3");
        assert_eq!(lines, ["1/0: {\"a\":1}", "3/0: {\"b\":[2]}", "4/0: 3"]);
        let array = pieces("\n[\n{\"a\":\"]},\\\"\"} ,\n {\"b\":\n[2]}\n]\n");
        assert_eq!(array, ["3/1: {\"a\":\"]},\\\"\"}", "4/2: {\"b\":\n[2]}"]);
        assert!(pieces("").is_empty());
        assert!(pieces(" [ ] ").is_empty());
    }

    #[test]
    fn documents_and_arrays_may_follow_one_another() {
        let joined =
            "{\"a\":1}{\"a\":2}[3,4]\u{feff}[][{\"a\":5}]\n{\n\"a\":6\n}\n\u{feff}{\"a\":7}";
        assert_eq!(
            pieces(joined),
            [
                "1/0: {\"a\":1}",
                "1/0: {\"a\":2}",
                "1/1: 3",
                "1/2: 4",
                "1/1: {\"a\":5}",
                "2/0: {\n\"a\":6\n}",
                "5/0: {\"a\":7}",
            ]
        );
    }

    #[test]
    fn a_torn_array_is_told_where() {
        for (input, last) in [
            (
                "[{}",
                "1/0: not JSON: the input ends inside an element of the array",
            ),
            ("[{},", "1/2: not JSON: the array has no end"),
            ("[{},]", "1/2: not JSON: an element of the array is missing"),
            ("[{} {}]", "1/1: {} {}"),
            ("[{}]\n[]", "1/1: {}"),
            ("[{}]\n]", "2/0: ]"),
            (
                "[{}\n",
                "2/0: not JSON: the input ends inside an element of the array",
            ),
        ] {
            let found = pieces(input);
            let found = found.last().map(String::as_str);
            assert_eq!(found, Some(last), "{input}");
        }
    }

    #[test]
    fn a_record_that_is_too_long_is_passed_over() {
        let long = format!("\"{}\"", "x".repeat(RECORD_BYTES_MAX));
        for input in [format!("{long}\n{{}}\n"), format!("[{long},\n{{}}]")] {
            let found = pieces(&input);
            assert!(found[0].contains("more than 1048576 bytes"), "{}", found[0]);
            assert!(found[1].ends_with(": {}"));
        }
    }
}
