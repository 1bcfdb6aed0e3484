//! What is taken out of messages before they are recorded or answered: keys, tokens, addresses and numbers of people.

use crate::pattern::{Pattern, PatternError};

/// Names and patterns that every binding has. Case does not count.
const BUILT_IN: [(&str, &str); 4] = [
    ("api_key", r"(?i)(?:sk|key|api[_-]?key)[_-][A-Za-z0-9]{16,}"),
    ("bearer_token", r"(?i)Bearer\s+[A-Za-z0-9._\-]{20,}"),
    (
        "email",
        r"(?i)[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+",
    ),
    ("ssn", r"\b\d{3}-\d{2}-\d{4}\b"),
];

/// Patterns by name.
#[derive(Debug, Clone)]
pub struct Redaction {
    patterns: Vec<(String, Pattern)>,
}

/// A text without what must not be in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text.
    pub text: String,
    /// The names of the patterns that were found, in the order in which they are tried.
    pub found: Vec<String>,
}

impl Redaction {
    /// The patterns that every binding has, and these besides. One of a built-in name takes that one's place.
    ///
    /// # Errors
    ///
    /// A pattern that is not taken.
    pub fn new(own: &[(String, String)]) -> Result<Self, PatternError> {
        let mut patterns = Vec::with_capacity(BUILT_IN.len() + own.len());
        let is_replaced = |name: &str| own.iter().any(|(other, _)| other == name);
        for (name, pattern) in BUILT_IN.iter().filter(|(name, _)| !is_replaced(name)) {
            patterns.push(((*name).to_owned(), Pattern::new(pattern)?));
        }
        for (name, pattern) in own {
            patterns.push((name.clone(), Pattern::new(pattern)?));
        }
        Ok(Self { patterns })
    }

    /// The text without what they match.
    pub fn apply(&self, text: &str) -> Redacted {
        let mut redacted = Redacted {
            text: text.to_owned(),
            found: Vec::new(),
        };
        for (name, pattern) in &self.patterns {
            let mark = format!("[REDACTED:{name}]");
            if let Some(text) = pattern.replaced(&redacted.text, &mark) {
                redacted.text = text;
                redacted.found.push(name.clone());
            }
        }
        redacted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_of_ones_own_is_tried_last() {
        let own = [("order".to_owned(), r"\b[A-Z]{2}\d{6}\b".to_owned())];
        let redaction = Redaction::new(&own).unwrap();
        let redacted = redaction.apply("a@b.co asks for AB123456");
        assert_eq!(redacted.text, "[REDACTED:email] asks for [REDACTED:order]");
        assert_eq!(redacted.found, ["email", "order"]);
        let wrong = [("x".to_owned(), "(".to_owned())];
        assert!(Redaction::new(&wrong).is_err());
    }
}
