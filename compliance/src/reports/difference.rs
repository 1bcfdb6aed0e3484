//! Whether two reports are the same bytes, and if not, where they part.

use serde_json::Value;

use super::inert::inert;

/// How much of a value is shown.
const SHOWN_CHARS_MAX: usize = 200;

/// What comes of comparing two JSON texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The same bytes.
    Identical,
    /// The same content in other bytes: one of them was written again since.
    SameContent {
        /// The first byte that differs, from 0.
        offset: usize,
    },
    /// They part here.
    At {
        /// A JSON pointer, RFC 6901; empty for the whole.
        pointer: String,
        /// What the first has there, as JSON and shortened; none if nothing.
        first: Option<String>,
        /// What the second has there.
        second: Option<String>,
    },
    /// They part at this byte. Where that is in their content was not looked for, since they are large.
    AtByte {
        /// The first byte that differs, from 0.
        offset: usize,
    },
    /// One of them is no JSON.
    NotJson {
        /// Which: 1 or 2.
        which: u8,
        /// What is wrong with it.
        problem: String,
    },
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Identical => formatter.write_str("identical"),
            Self::SameContent { offset } => {
                write!(
                    formatter,
                    "the content is the same, but the bytes differ from byte {offset} on"
                )
            }
            Self::AtByte { offset } => write!(formatter, "differs from byte {offset} on"),
            Self::At {
                pointer,
                first,
                second,
            } => {
                let shown = |value: &Option<String>| value.clone().unwrap_or("nothing".to_owned());
                write!(
                    formatter,
                    "differs at {pointer:?}\n  first:  {}\n  second: {}",
                    shown(first),
                    shown(second)
                )
            }
            Self::NotJson { which, problem } => {
                let which = if *which == 1 { "first" } else { "second" };
                write!(formatter, "the {which} is not JSON: {problem}")
            }
        }
    }
}

/// Compares two reports. What comes first in the order of keys and items is reported; the `id`, which differs whenever
/// anything does, only if nothing else does.
pub fn first_difference(first: &[u8], second: &[u8]) -> Difference {
    if first == second {
        return Difference::Identical;
    }
    let parsed = |which: u8, bytes: &[u8]| {
        serde_json::from_slice::<Value>(bytes).map_err(|error| Difference::NotJson {
            which,
            problem: error.to_string(),
        })
    };
    let values = parsed(1, first).and_then(|first| Ok((first, parsed(2, second)?)));
    let (first_value, second_value) = match values {
        Ok(values) => values,
        Err(difference) => return difference,
    };
    let mut pointer = String::new();
    match walk(Some(&first_value), Some(&second_value), &mut pointer) {
        Some((first, second)) => Difference::At {
            pointer,
            first,
            second,
        },
        None => {
            let pairs = first.iter().zip(second);
            let same = pairs.take_while(|(first, second)| first == second).count();
            Difference::SameContent { offset: same }
        }
    }
}

type Shown = (Option<String>, Option<String>);

fn walk(first: Option<&Value>, second: Option<&Value>, pointer: &mut String) -> Option<Shown> {
    match (first, second) {
        (Some(first), Some(second)) if first == second => None,
        (Some(Value::Object(first)), Some(Value::Object(second))) => {
            let mut keys: Vec<_> = first.keys().chain(second.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            if pointer.is_empty() {
                keys.sort_by_key(|key| key.as_str() == "id");
            }
            keys.into_iter().find_map(|key| {
                let step = key.replace('~', "~0").replace('/', "~1");
                stepped(pointer, &step, first.get(key), second.get(key))
            })
        }
        (Some(Value::Array(first)), Some(Value::Array(second))) => {
            let longer = first.len().max(second.len());
            (0..longer).find_map(|index| {
                stepped(
                    pointer,
                    &index.to_string(),
                    first.get(index),
                    second.get(index),
                )
            })
        }
        (first, second) => Some((first.map(shown), second.map(shown))),
    }
}

fn stepped(
    pointer: &mut String,
    step: &str,
    first: Option<&Value>,
    second: Option<&Value>,
) -> Option<Shown> {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(step);
    let found = walk(first, second, pointer);
    if found.is_none() {
        pointer.truncate(length);
    }
    found
}

fn shown(value: &Value) -> String {
    let text = inert(&value.to_string());
    if text.chars().count() <= SHOWN_CHARS_MAX {
        return text;
    }
    let mut short: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(pointer: &str, first: Option<&str>, second: Option<&str>) -> Difference {
        Difference::At {
            pointer: pointer.to_owned(),
            first: first.map(str::to_owned),
            second: second.map(str::to_owned),
        }
    }

    #[test]
    fn the_first_difference_is_told_with_both_values() {
        let compare =
            |first: &str, second: &str| first_difference(first.as_bytes(), second.as_bytes());
        let one = r#"{"clauses":[{"id":"12(1)","state":"evidenced"}],"id":"x"}"#;
        assert_eq!(compare(one, one), Difference::Identical);
        assert_eq!(
            compare(
                one,
                r#"{"clauses":[{"id":"12(1)","state":"not_evidenced"}],"id":"y"}"#
            ),
            at(
                "/clauses/0/state",
                Some("\"evidenced\""),
                Some("\"not_evidenced\"")
            )
        );
        assert_eq!(
            compare(one, r#"{"clauses":[],"id":"y"}"#),
            at(
                "/clauses/0",
                Some(r#"{"id":"12(1)","state":"evidenced"}"#),
                None
            )
        );
        assert_eq!(
            compare(r#"{"id":1}"#, r#"{"id":2}"#),
            at("/id", Some("1"), Some("2"))
        );
        assert_eq!(
            compare(r#"{"a/b~":1}"#, r#"{"a/b~":[]}"#),
            at("/a~1b~0", Some("1"), Some("[]"))
        );
        assert_eq!(compare("1", "2"), at("", Some("1"), Some("2")));
        assert_eq!(
            compare("[1]", "[1] "),
            Difference::SameContent { offset: 3 }
        );
        let Difference::NotJson { which: 2, .. } = compare("1", "{") else {
            panic!("the second is no JSON");
        };
    }
}
