//! What a value violates, in the words of Python's `jsonschema`.

use crate::json::{Value, repr};

/// A keyword that a value does not satisfy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where in the value: keys and indexes.
    pub path: Vec<String>,
    /// Which keyword.
    pub keyword: &'static str,
    /// What is wrong.
    pub message: String,
}

/// A path as AIGC writes it: `$.a.0`.
pub fn shown_path(path: &[String]) -> String {
    let mut shown = "$".to_owned();
    for step in path {
        shown.push('.');
        shown.push_str(step);
    }
    shown
}

/// `('a', 'b' were unexpected)`.
pub(super) fn unexpected(extra: &[Value]) -> String {
    let shown: Vec<_> = extra.iter().map(repr).collect();
    let verb = if extra.len() == 1 { "was" } else { "were" };
    format!("({} {verb} unexpected)", shown.join(", "))
}

/// Too little of something: one at least is "non-empty".
pub(super) fn too_few(value: &Value, min: u64, otherwise: &str) -> String {
    let problem = if min == 1 {
        "should be non-empty"
    } else {
        otherwise
    };
    format!("{} {problem}", repr(value))
}

/// Too much of something: none is "expected to be empty".
pub(super) fn too_many(value: &Value, max: u64, otherwise: &str) -> String {
    let problem = if max == 0 {
        "is expected to be empty"
    } else {
        otherwise
    };
    format!("{} {problem}", repr(value))
}
