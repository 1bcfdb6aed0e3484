//! Regular expressions as Python has them, so far as they can be matched in linear time. What can't be is refused when a
//! policy is registered, with the reason, and never found out at a decision.

use regex::{Regex, RegexBuilder};

use crate::limits::PATTERN_BYTES_MAX;

/// A regular expression.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    source: String,
}

/// Why a text is not taken as a regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Something that needs backtracking.
    #[error("the pattern {pattern:?} has {what}, which takes unlimited time; write it without")]
    Backtracks {
        /// The pattern.
        pattern: String,
        /// What of it.
        what: &'static str,
    },
    /// Something after the end.
    #[error("the pattern {pattern:?} goes on after `$`; write what must follow before it")]
    AfterEnd {
        /// The pattern.
        pattern: String,
    },
    /// Something that Python does not know.
    #[error("the pattern {pattern:?} has \\p, which Python does not know; name the characters")]
    Unknown {
        /// The pattern.
        pattern: String,
    },
    /// Not a regular expression, or too large a one.
    #[error("the pattern {pattern:?} is not valid: {problem}")]
    Invalid {
        /// The pattern.
        pattern: String,
        /// What is wrong.
        problem: String,
    },
}

impl Pattern {
    /// Reads a regular expression of Python.
    ///
    /// # Errors
    ///
    /// Why it is not taken.
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        let translated = translate(pattern)?;
        let built = RegexBuilder::new(&translated)
            .size_limit(PATTERN_BYTES_MAX)
            .dfa_size_limit(PATTERN_BYTES_MAX)
            .build();
        let regex = built.map_err(|error| {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            PatternError::Invalid {
                pattern: pattern.to_owned(),
                problem: last.trim_start_matches("error: ").to_owned(),
            }
        })?;
        let source = pattern.to_owned();
        Ok(Self { regex, source })
    }

    /// Whether it matches somewhere in a text.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The text with each match replaced, and whether there was one.
    pub fn replaced(&self, text: &str, with: &str) -> Option<String> {
        let replaced = self.regex.replace_all(text, regex::NoExpand(with));
        match replaced {
            std::borrow::Cow::Borrowed(_) => None,
            std::borrow::Cow::Owned(replaced) => Some(replaced),
        }
    }

    /// The pattern as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }
}

/// The same for the library: its `$` is the very end, Python's may have a newline behind it.
fn translate(pattern: &str) -> Result<String, PatternError> {
    let backtracks = |what| PatternError::Backtracks {
        pattern: pattern.to_owned(),
        what,
    };
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut in_class = false;
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        let mut taken = first.len_utf8();
        match first {
            '\\' => {
                let letter = after.chars().next().unwrap_or_default();
                taken += letter.len_utf8().min(after.len());
                match letter {
                    '1'..='9' if !in_class => return Err(backtracks("a back-reference")),
                    'p' | 'P' => {
                        let pattern = pattern.to_owned();
                        return Err(PatternError::Unknown { pattern });
                    }
                    'Z' if !in_class => out.push_str("\\z"),
                    _ => out.push_str(&rest[..taken]),
                }
            }
            '[' if !in_class => {
                in_class = true;
                let skipped = usize::from(after.starts_with('^'));
                // A bracket that comes first is one of the class.
                let bracket = usize::from(after[skipped..].starts_with(']'));
                out.push_str(&rest[..=skipped]);
                out.push_str(if bracket == 1 { "\\]" } else { "" });
                taken += skipped + bracket;
            }
            // In Python, a class inside a class is two characters.
            '[' => out.push_str("\\["),
            '&' | '~' | '-' if in_class && after.starts_with(first) => {
                out.push('\\');
                out.push(first);
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '(' if !in_class => {
                if let Some(what) = backtracking(after) {
                    return Err(backtracks(what));
                }
                out.push('(');
            }
            '*' | '+' | '?' | '}' if !in_class && after.starts_with('+') => {
                return Err(backtracks("a possessive quantifier"));
            }
            '$' if !in_class => {
                if !ends(after) {
                    let pattern = pattern.to_owned();
                    return Err(PatternError::AfterEnd { pattern });
                }
                out.push_str("(?:\\n?\\z)");
            }
            other => out.push(other),
        }
        rest = &rest[taken..];
    }
    Ok(out)
}

/// What of a group can't be matched in linear time, by what follows its parenthesis.
fn backtracking(after: &str) -> Option<&'static str> {
    let groups = [
        ("?=", "a look-around"),
        ("?!", "a look-around"),
        ("?<=", "a look-around"),
        ("?<!", "a look-around"),
        ("?P=", "a back-reference"),
        ("?(", "a back-reference"),
        ("?>", "an atomic group"),
    ];
    let found = groups.iter().find(|(begins, _)| after.starts_with(begins));
    found.map(|(_, what)| *what)
}

/// Whether nothing can follow: only ends of groups, and other alternatives.
fn ends(mut rest: &str) -> bool {
    loop {
        match rest.chars().next() {
            None => return true,
            Some(')') => rest = &rest[1..],
            Some('|') => match closing(&rest[1..]) {
                None => return true,
                Some(after) => rest = after,
            },
            Some(_) => return false,
        }
    }
}

/// What follows the parenthesis that closes the group which a text is inside of.
fn closing(text: &str) -> Option<&str> {
    let (mut open, mut in_class, mut escaped) = (0_usize, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => open += 1,
            ')' if !in_class && open == 0 => return Some(&text[at + 1..]),
            ')' if !in_class => open -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_match(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern).unwrap().is_match(text)
    }

    #[test]
    fn what_python_matches_is_matched() {
        for (pattern, text, matches) in [
            ("^a$", "a", true),
            ("^a$", "a\n", true),
            ("^a$", "a\n\n", false),
            ("^a\\Z", "a\n", false),
            ("^(a|b$)", "b\n", true),
            ("\\d", "٣", true),
            ("\\w", "é", true),
            ("(?i)ABC", "abc", true),
            ("(?P<x>a)b", "ab", true),
            ("b", "abc", true),
            ("[]a]", "]", true),
            ("[^]a]", "]", false),
            ("[[a]", "[", true),
            ("[a$]", "$", true),
            ("a|b$|c", "c", true),
        ] {
            assert_eq!(is_match(pattern, text), matches, "{pattern} {text:?}");
        }
    }

    #[test]
    fn what_can_not_be_matched_in_linear_time_is_refused_by_name() {
        let of = |pattern: &str| Pattern::new(pattern).unwrap_err();
        for pattern in [
            "(?=a)",
            "(?<!a)b",
            "(a)\\1",
            "(?P<x>a)(?P=x)",
            "a++b",
            "a{2}+",
            "(?>a)",
        ] {
            assert!(
                matches!(of(pattern), PatternError::Backtracks { .. }),
                "{pattern}"
            );
        }
        assert!(matches!(of("a$b"), PatternError::AfterEnd { .. }));
        assert!(matches!(of("(a$|c)b"), PatternError::AfterEnd { .. }));
        assert!(matches!(of("\\p{L}"), PatternError::Unknown { .. }));
        assert!(matches!(of("("), PatternError::Invalid { .. }));
        assert!(matches!(
            of("(((a{99}){99}){99}){99}"),
            PatternError::Invalid { .. }
        ));
    }
}
