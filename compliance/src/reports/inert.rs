//! Strangers' text, made such that it steers neither a terminal nor a page.

use std::fmt::Write as _;

/// Whether a character steers a terminal, a page or a reader's eye: control characters, those that turn the direction of
/// text, and those that take no space.
#[must_use]
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' |
            '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// What characters that steer become: visible escapes.
#[must_use]
pub fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if steers(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Somebody's words between quotation marks, which none of these words can end: a quotation mark or a backslash within them
/// has a backslash in front.
#[must_use]
pub fn quoted(words: &str) -> String {
    let words = words.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{words}\"")
}

/// A text in which no backslash can be taken for the beginning of an escape that [`inert`] makes: each that could be is
/// doubled. Two texts that differ so stay different when both are made inert.
#[must_use]
pub fn told_apart(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        out.push(c);
        let rest = &text[at + c.len_utf8()..];
        let next = rest.chars().next();
        let is_taken = next.is_some_and(|next| matches!(next, 'n' | 't' | '\\') || steers(next))
            || rest.starts_with("u{");
        if c == '\\' && is_taken {
            out.push('\\');
        }
    }
    out
}

/// The same for a text of several lines, which stay lines.
#[must_use]
pub fn inert_lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(inert).collect();
    lines.join("\n")
}

/// JSON with the same characters written as JSON's own escapes, which read back as the same text. Beyond ASCII there is
/// nothing but strings in JSON, and within ASCII its writer has escaped them already.
#[must_use]
pub fn inert_json(json: String) -> String {
    if json.is_ascii() && !json.contains('\u{7f}') {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c < '\u{7f}' || !steers(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steering_characters_are_seen() {
        assert_eq!(
            inert("a\u{202e}b\u{1b}[31m\r\n\t\u{200b}"),
            "a\\u{202e}b\\u{1b}[31m\\u{d}\\n\\t\\u{200b}"
        );
        assert_eq!(inert("Größe 数 🙂"), "Größe 数 🙂");
        assert_eq!(inert_lines("a\u{feff}\nb\r\n"), "a\\u{feff}\nb\\u{d}\n");
    }

    #[test]
    fn no_words_end_their_own_quotation() {
        assert_eq!(quoted("it"), "\"it\"");
        let imitated = "asked\"; record 9 holds: \"yes";
        assert_eq!(quoted(imitated), "\"asked\\\"; record 9 holds: \\\"yes\"");
        assert_eq!(quoted("a\\"), "\"a\\\\\"");
    }

    #[test]
    fn what_steers_and_what_only_looks_like_its_escape_are_told_apart() {
        let texts = [
            "\u{202e}",
            "\\u{202e}",
            "\\\u{202e}",
            "\\\\u{202e}",
            "\\\\\u{202e}",
            "\n",
            "\\n",
            "\\\n",
            "\\\\n",
            "\t",
            "\\t",
            "\\",
            "\\\\",
        ];
        let shown: std::collections::BTreeSet<_> =
            texts.iter().map(|text| inert(&told_apart(text))).collect();
        assert_eq!(shown.len(), texts.len(), "{shown:?}");
        for plain in ["C:\\data\\x", "a", "\"x\"", "\\u0041"] {
            assert_eq!(inert(&told_apart(plain)), plain);
        }
    }

    #[test]
    fn json_reads_back_as_the_same_text() {
        let text = "mk\u{202e}nimda\u{7f}\u{9b}\u{e0001}\u{200b}Größe 🙂";
        let json = serde_json::to_string(text).unwrap();
        let inert = inert_json(json);
        assert!(!inert.chars().any(steers), "{inert}");
        assert_eq!(serde_json::from_str::<String>(&inert).unwrap(), text);
        assert!(inert.contains("Größe 🙂"));
    }
}
