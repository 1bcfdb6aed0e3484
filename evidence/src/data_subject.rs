//! Names of data subjects: which are found again by whoever asks, and which words of others name somebody. The format itself
//! takes any text; those who write ask.

/// What is wrong with the name of a data subject that nobody would find again.
pub const NOT_FINDABLE: &str = "begins or ends with a blank, or has a character that can't be seen: nobody who asks by the \
                                name as they read it would find what is held under it; send it without";

/// Names that are shorter are not looked for in other words: they stand in many.
const LOOKED_FOR_CHARS_MIN: usize = 3;
/// The same of numbers, since articles of laws have some.
const LOOKED_FOR_DIGITS_MIN: usize = 4;

/// Whether a name of a data subject is the one that people read: no blank around it, and nothing in it that can't be seen.
#[must_use]
pub fn is_findable(name: &str) -> bool {
    name.trim() == name && !name.chars().any(is_unseen)
}

/// Characters that are not seen, or are seen as a blank and are not one.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' |
            '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' |
            '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' |
            '\u{e0000}'..='\u{e0fff}')
}

/// Whether words that are kept for ever name a data subject: as a word or words of their own, in small letters or
/// capitals. Names of one or two characters, and numbers of up to three digits, are not looked for.
#[must_use]
pub fn names(words: &str, data_subject: &str) -> bool {
    let name = data_subject.trim().to_lowercase();
    let is_number = name.chars().all(|c| c.is_ascii_digit());
    let least = match is_number {
        true => LOOKED_FOR_DIGITS_MIN,
        false => LOOKED_FOR_CHARS_MIN,
    };
    if name.chars().count() < least {
        return false;
    }
    let words = words.to_lowercase();
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    words.match_indices(&name).any(|(at, found)| {
        let before = words[..at].chars().next_back();
        let after = words[at + found.len()..].chars().next();
        let is_part_before = is_word(before) && is_word(found.chars().next());
        let is_part_after = is_word(after) && is_word(found.chars().next_back());
        !is_part_before && !is_part_after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_one_that_is_read() {
        for name in [
            "person-12",
            "Erika Mustermann",
            "O’Neill",
            "José",
            "李小龙",
            "a:b/c?d",
            ".",
        ] {
            assert!(is_findable(name), "{name:?}");
        }
        for name in [
            " x ",
            "x ",
            "\tx",
            "a\u{200b}b",
            "a\u{a0}b",
            "\u{feff}x",
            "a\u{ad}b",
            "a\u{202e}b",
            "a\u{2028}b",
            "x\u{3000}",
            "a\nb",
        ] {
            assert!(!is_findable(name), "{name:?}");
        }
    }

    #[test]
    fn words_that_name_somebody_are_told_from_others() {
        for (words, name) in [
            ("bob asked", "bob"),
            ("Request of BOB.", "bob"),
            ("request of erika mustermann, by post", "Erika Mustermann"),
            ("customer-93 asked", "customer-93"),
            ("claim of 471199", "471199"),
            ("(bob@example.org)", "bob@example.org"),
            ("§ 17: +49 30 1", "+49 30 1"),
        ] {
            assert!(names(words, name), "{words}: {name}");
        }
        for (words, name) in [
            ("GDPR Art. 17(1)(a)", "17"),
            ("GDPR Art. 17(1)(a)", "a"),
            ("discobob asked", "bob"),
            ("customer-931", "customer-93"),
            ("GDPR Art. 17(1)(a)", "erika"),
            ("", "bob"),
            ("bob", ""),
        ] {
            assert!(!names(words, name), "{words}: {name}");
        }
    }
}
