//! How a payload is shown: as text if it is text, else in base64, and always with its length and digest.

use data_encoding::{BASE64, HEXLOWER};
use indelible_compliance::reports::counted;
use sha2::{Digest as _, Sha256};

use super::record::ShownPayload;

/// How deep JSON may nest to be set in lines; deeper than this nobody reads it.
const DEPTH_MAX: usize = 64;

/// What is to be shown.
pub(super) enum Content<'a> {
    Text(&'a str),
    Base64(String),
}

impl ShownPayload {
    /// The payload, if it can be read: text if it is UTF-8.
    pub(super) fn content(&self) -> Option<Content<'_>> {
        let bytes = self.bytes.as_deref()?;
        Some(match std::str::from_utf8(bytes) {
            Ok(text) => Content::Text(text),
            Err(_) => Content::Base64(BASE64.encode(bytes)),
        })
    }

    /// Its SHA-256, if it can be read.
    pub(super) fn sha256(&self) -> Option<String> {
        let bytes = self.bytes.as_deref()?;
        Some(HEXLOWER.encode(&Sha256::digest(bytes)))
    }

    /// Its state, length and digest, for people.
    pub(super) fn words(&self) -> String {
        let mut words = self.state.words().to_owned();
        if let Some(length) = self.length {
            words += &format!(", {}", counted(length as u64, "byte", "bytes"));
        }
        if let Some(digest) = self.sha256() {
            words += &format!(", SHA-256 {digest}");
        }
        words
    }
}

/// A text of at most that many bytes for people, and how many were left out; JSON is set in lines, with nothing but
/// blanks changed between its tokens.
pub(super) fn readable(text: &str, bytes_max: usize) -> (String, usize) {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (shown, left_out) = (&text[..end], text.len() - end);
    let lines = match left_out {
        0 => set_in_lines(shown),
        _ => None,
    };
    (lines.unwrap_or_else(|| shown.to_owned()), left_out)
}

/// JSON set in lines; none if it is not an object or an array, or nests deeply.
fn set_in_lines(text: &str) -> Option<String> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut within, mut escaped) = (0_usize, false, false);
    let mut all = text.chars();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    while let Some(c) = all.next() {
        if within {
            out.push(c);
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => within = false,
                _ => {}
            }
            continue;
        }
        match c {
            ' ' | '\t' | '\r' | '\n' => {}
            '"' => {
                within = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                let close = if c == '{' { '}' } else { ']' };
                let rest = all.as_str().trim_start();
                if rest.starts_with(close) {
                    all = rest[1..].chars();
                    out.push(close);
                    continue;
                }
                depth += 1;
                if depth > DEPTH_MAX {
                    return None;
                }
                line(&mut out, depth);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_set_in_lines_and_no_token_changes() {
        let text = r#"{"a":[1,2.50,{"b \"{": "x, y: {z}"}],"c":{},"d":[ ],"a":1e400}"#;
        let (shown, left_out) = readable(text, 1_000);
        assert_eq!(left_out, 0);
        let wanted = "{\n  \"a\": [\n    1,\n    2.50,\n    {\n      \"b \\\"{\": \"x, y: {z}\"\n    }\n  ],\n  \"c\": {},\n  \"d\": [],\n  \"a\": 1e400\n}";
        assert_eq!(shown, wanted);
        for plain in ["plain", "{not json}", "", &"[".repeat(5_000), "12 {}"] {
            assert_eq!(readable(plain, 10_000).0, plain);
        }
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(readable(&deep, 10_000).0, deep);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(readable("aäb", 2), ("a".to_owned(), 3));
        assert_eq!(readable("aäb", 4), ("aäb".to_owned(), 0));
    }
}
