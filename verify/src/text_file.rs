//! What may have happened to a text file on its way: byte order marks, other line ends, other encodings, blank lines.

use std::path::Path;

/// The byte order mark of UTF-8.
const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];
/// Those of UTF-16, little end first and big end first.
const UTF16_MARKS: [&[u8]; 2] = [&[0xff, 0xfe], &[0xfe, 0xff]];

/// What a file that can't be read says, with what happened to it in front, if that shows: who reads only of a signature
/// that does not hold suspects a forgery.
pub(crate) fn explained(path: &Path, bytes: &[u8], error: impl std::fmt::Display) -> String {
    let changes = changes(path, bytes);
    if changes.is_empty() {
        return error.to_string();
    }
    format!(
        "it was changed on its way, which says nothing about the evidence: {}. As it stands: {error}",
        changes.join("; ")
    )
}

/// What was changed in a file whose every byte counts, and how to undo it.
pub(crate) fn changes(path: &Path, bytes: &[u8]) -> Vec<String> {
    let file = path.display();
    // A binary file has bytes that look like line ends, and was ruined by nobody: what would undo that ruins it.
    if !is_utf16(bytes) && bytes.contains(&0) {
        return Vec::new();
    }
    if is_utf16(bytes) {
        return vec![format!(
            "it is UTF-16, as PowerShell writes files; \"iconv -f UTF-16 -t UTF-8 {file}\" writes it as UTF-8"
        )];
    }
    let mut changes = Vec::new();
    let rest = bytes.strip_prefix(UTF8_MARK);
    if rest.is_some() {
        changes.push(format!(
            "a byte order mark stands in front of it; \"tail -c +4 {file}\" leaves it out"
        ));
    }
    let rest = rest.unwrap_or(bytes);
    if rest.contains(&b'\r') {
        changes.push(format!(
            "its line ends were changed to CR LF; \"tr -d '\\r' < {file}\" changes them back"
        ));
    }
    let line_ends = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
    let first = rest.iter().position(|byte| !byte.is_ascii_whitespace());
    let last = rest.iter().rposition(|byte| !byte.is_ascii_whitespace());
    if let (Some(first), Some(last)) = (first, last) {
        if first > 0 {
            changes.push("blanks or blank lines stand before its first line; delete them".into());
        }
        if line_ends(&rest[last..]) > 1 {
            changes.push(
                "blank lines stand after its last line; delete them, so that one line end is left"
                    .into(),
            );
        }
    }
    if std::str::from_utf8(rest).is_err() {
        changes.push(
            "it is not UTF-8; an editor stored it in another encoding, so fetch it again".into(),
        );
    }
    changes
}

fn is_utf16(bytes: &[u8]) -> bool {
    let marked = UTF16_MARKS.iter().any(|mark| bytes.starts_with(mark));
    // Without a mark: text in which every other byte is zero.
    let zeros = |at: usize| bytes.iter().skip(at).step_by(2).all(|byte| *byte == 0);
    marked || bytes.len() >= 4 && bytes.len().is_multiple_of(2) && (zeros(0) || zeros(1))
}

/// A text that says the same whatever marks, blanks and encoding are around it, such as a key, which has a checksum of its
/// own.
pub(crate) fn plain_text(bytes: &[u8]) -> Option<String> {
    if !is_utf16(bytes) {
        let text = std::str::from_utf8(bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes)).ok()?;
        return Some(text.trim().to_owned());
    }
    let big = bytes.starts_with(UTF16_MARKS[1]) || bytes.first() == Some(&0);
    let units = bytes.chunks_exact(2).map(|pair| match big {
        true => u16::from_be_bytes([pair[0], pair[1]]),
        false => u16::from_le_bytes([pair[0], pair[1]]),
    });
    let text: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
    Some(text.trim_start_matches('\u{feff}').trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let text = format!("{}{text}", if mark { "\u{feff}" } else { "" });
        let bytes = |unit: u16| match big {
            true => unit.to_be_bytes(),
            false => unit.to_le_bytes(),
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn each_change_is_told_and_an_unchanged_file_is_not_accused() {
        let told = |bytes: &[u8]| changes(Path::new("head"), bytes).join("; ");
        let good = "origin\n3\nroot\n\n\u{2014} name c2ln\n";
        assert_eq!(told(good.as_bytes()), "");
        assert_eq!(told(b""), "");
        for (bytes, words) in [
            (format!("\u{feff}{good}").into_bytes(), "byte order mark"),
            (good.replace('\n', "\r\n").into_bytes(), "CR LF"),
            (format!("{good}\n").into_bytes(), "after its last line"),
            (format!("\n{good}").into_bytes(), "before its first line"),
            (utf16(good, false, true), "UTF-16"),
            (utf16(good, true, true), "UTF-16"),
            (utf16("ascii\n", false, false), "UTF-16"),
            (b"caf\xe9\n".to_vec(), "not UTF-8"),
        ] {
            assert!(told(&bytes).contains(words), "{words}: {}", told(&bytes));
        }
        let both = told(format!("\u{feff}{}", good.replace('\n', "\r\n")).as_bytes());
        assert!(both.contains("mark") && both.contains("CR LF"), "{both}");
        let explained = explained(Path::new("head"), b"x\r\n", "no signatures");
        assert!(explained.ends_with("no signatures") && explained.contains("CR LF"));
        assert_eq!(super::explained(Path::new("head"), b"x\n", "no"), "no");
    }

    #[test]
    fn a_key_is_read_through_marks_blanks_and_utf_16() {
        for bytes in [
            b"key\n".to_vec(),
            b"\xef\xbb\xbf  key \r\n\r\n".to_vec(),
            utf16("key\r\n", false, true),
            utf16("key", true, true),
            utf16("key\n", false, false),
        ] {
            assert_eq!(plain_text(&bytes).as_deref(), Some("key"), "{bytes:?}");
        }
        assert_eq!(plain_text(b"k\xe9y"), None);
    }
}
