//! Strangers' text, made such that it steers neither a terminal nor a page.

use std::fmt::Write as _;

/// What characters that steer a terminal, a page or a reader's eye become: visible escapes. They are control
/// characters, those that turn the direction of text, and those that take no space.
pub(crate) fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let steering = c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' |
                '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if steering => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
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
    }
}
