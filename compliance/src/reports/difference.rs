//! Whether two reports are the same bytes, and if not, where they part.

mod repeated;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::{inert::inert, words::counted};

/// How much of a value is shown.
const SHOWN_CHARS_MAX: usize = 200;
/// How many parts that differ are told one by one.
pub const PARTS_TOLD_MAX: usize = 16;
/// What names an item of a list, the best first.
const NAMING: [&str; 7] = [
    "id",
    "measure",
    "name",
    "code",
    "sequence",
    "control-id",
    "title",
];
/// What an item of some lists is called; of others, the list's own name says it.
const ITEMS: [(&str, &str); 10] = [
    ("caveats", "caveat"),
    ("clauses", "clause"),
    ("criteria", "criterion"),
    ("findings", "finding"),
    ("observations", "observation"),
    ("projections", "projection"),
    ("props", "property"),
    ("records", "record"),
    ("resources", "resource"),
    ("tables", "table"),
];

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
    In {
        /// The first parts that differ, in the order of keys and items; one or more.
        parts: Vec<Part>,
        /// How many more do.
        omitted: u64,
    },
    /// They part at this byte. Where that is in their content was not looked for, since they are large.
    AtByte {
        /// The first byte that differs, from 0.
        offset: usize,
    },
    /// One of them has a member twice, so that it says two things at once.
    Repeated {
        /// Which: 1 or 2.
        which: u8,
        /// A JSON pointer to the member.
        pointer: String,
    },
    /// One of them is no JSON.
    NotJson {
        /// Which: 1 or 2.
        which: u8,
        /// What is wrong with it.
        problem: String,
    },
}

/// A part in which two texts differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// A JSON pointer, RFC 6901, into the first, or into the second where the first has nothing; empty for the whole.
    pub pointer: String,
    /// What it belongs to, by name: `clause 12(1), criterion decisions.recorded`. Empty where nothing has a name.
    pub belongs_to: String,
    /// What the first has there, as JSON and shortened; none if nothing.
    pub first: Option<String>,
    /// What the second has there.
    pub second: Option<String>,
}

impl std::fmt::Display for Part {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |value: &Option<String>| value.clone().unwrap_or("nothing".to_owned());
        let of = match self.belongs_to.is_empty() {
            true => String::new(),
            false => format!(", {}", self.belongs_to),
        };
        write!(
            formatter,
            "differs at {:?}{of}\n  the file says:     {}\n  the evidence says: {}",
            self.pointer,
            shown(&self.first),
            shown(&self.second)
        )
    }
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
            Self::In { parts, omitted } => {
                for (place, part) in parts.iter().enumerate() {
                    let before = if place == 0 { "" } else { "\n" };
                    write!(formatter, "{before}{part}")?;
                }
                match omitted {
                    0 => Ok(()),
                    more => write!(
                        formatter,
                        "\nand in {}",
                        counted(*more, "more part", "more parts")
                    ),
                }
            }
            Self::NotJson { which, problem } => {
                write!(formatter, "{} is not JSON: {problem}", named(*which))
            }
            Self::Repeated { which, pointer } => {
                write!(
                    formatter,
                    "{} has the member {pointer:?} more than once, so that readers take it for different things; rely on \
                     nothing in it",
                    named(*which)
                )
            }
        }
    }
}

/// What the two are where a report is compared.
fn named(which: u8) -> &'static str {
    match which {
        1 => "the file",
        _ => "what the evidence gives",
    }
}

/// Compares two JSON texts. The `id`, which differs whenever anything does, comes last.
pub fn difference(first: &[u8], second: &[u8]) -> Difference {
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
    for (which, bytes) in [(1, first), (2, second)] {
        if let Some(pointer) = repeated::member(bytes) {
            return Difference::Repeated { which, pointer };
        }
    }
    let mut walk = Walk::default();
    walk.compare(Some(&first_value), Some(&second_value));
    if walk.parts.is_empty() {
        let pairs = first.iter().zip(second);
        let offset = pairs.take_while(|(first, second)| first == second).count();
        return Difference::SameContent { offset };
    }
    Difference::In {
        parts: walk.parts,
        omitted: walk.omitted,
    }
}

/// A walk through two values at once.
#[derive(Default)]
struct Walk {
    pointer: String,
    names: Vec<String>,
    parts: Vec<Part>,
    omitted: u64,
}

impl Walk {
    fn compare(&mut self, first: Option<&Value>, second: Option<&Value>) {
        match (first, second) {
            (Some(first), Some(second)) if first == second => {}
            (Some(Value::Object(first)), Some(Value::Object(second))) => {
                let mut keys: Vec<_> = first.keys().chain(second.keys()).collect();
                keys.sort_unstable();
                keys.dedup();
                if self.pointer.is_empty() {
                    keys.sort_by_key(|key| key.as_str() == "id");
                }
                for key in keys {
                    let step = key.replace('~', "~0").replace('/', "~1");
                    self.step(&step, None, first.get(key), second.get(key));
                }
            }
            (Some(Value::Array(first)), Some(Value::Array(second))) => self.lists(first, second),
            (first, second) => self.tell(first, second),
        }
    }

    /// Items that have names are compared with those of the same names, others with those in the same place.
    fn lists(&mut self, first: &[Value], second: &[Value]) {
        let list = self
            .pointer
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        if let Some(pairs) = paired(first, second) {
            for (place, one, other) in pairs {
                let named = one.or(other).and_then(|item| name_of(&list, item));
                self.step(&place.to_string(), named, one, other);
            }
            return;
        }
        for place in 0..first.len().max(second.len()) {
            let (one, other) = (first.get(place), second.get(place));
            let named = one.or(other).and_then(|item| name_of(&list, item));
            self.step(&place.to_string(), named, one, other);
        }
    }

    fn step(
        &mut self,
        step: &str,
        named: Option<String>,
        first: Option<&Value>,
        second: Option<&Value>,
    ) {
        let (length, depth) = (self.pointer.len(), self.names.len());
        self.pointer.push('/');
        self.pointer.push_str(step);
        self.names.extend(named);
        self.compare(first, second);
        self.pointer.truncate(length);
        self.names.truncate(depth);
    }

    fn tell(&mut self, first: Option<&Value>, second: Option<&Value>) {
        if self.parts.len() == PARTS_TOLD_MAX {
            self.omitted += 1;
            return;
        }
        self.parts.push(Part {
            pointer: self.pointer.clone(),
            belongs_to: self.names.join(", "),
            first: first.map(shown),
            second: second.map(shown),
        });
    }
}

/// What names an item, if anything does.
fn name(item: &Value) -> Option<&Value> {
    let mut keys = NAMING.iter();
    let found = keys.find_map(|key| item.get(key));
    found.filter(|name| name.is_string() || name.is_u64())
}

/// What an item of a list is, with its name: `clause 12(1)`.
fn name_of(list: &str, item: &Value) -> Option<String> {
    let known = ITEMS.iter().find(|(name, _)| *name == list);
    let kind = known.map_or(list, |(_, kind)| kind);
    let name = match name(item)? {
        Value::String(text) => shortened(text),
        other => other.to_string(),
    };
    Some(match kind {
        "" => name,
        kind => format!("{} {name}", inert(kind)),
    })
}

type Pair<'a> = (usize, Option<&'a Value>, Option<&'a Value>);

/// The items of two lists by their names, each with its place: none unless all have names of their own and those that both
/// lists have stand in the same order.
fn paired<'a>(first: &'a [Value], second: &'a [Value]) -> Option<Vec<Pair<'a>>> {
    let names = |list: &'a [Value]| -> Option<Vec<String>> {
        let names = list.iter().map(|item| name(item).map(Value::to_string));
        let names: Vec<_> = names.collect::<Option<_>>()?;
        let unique: BTreeSet<_> = names.iter().collect();
        (unique.len() == names.len()).then_some(names)
    };
    let (one, other) = (names(first)?, names(second)?);
    let places: BTreeMap<_, _> = other.iter().zip(0..).collect();
    let in_both = one.iter().filter_map(|name| places.get(name));
    if !in_both.clone().zip(in_both.skip(1)).all(|(a, b)| a < b) {
        return None;
    }
    let mut pairs = Vec::new();
    let mut next = 0;
    for ((place, name), item) in one.iter().enumerate().zip(first) {
        let beside: Option<usize> = places.get(name).copied();
        if let Some(beside) = beside {
            pairs.extend((next..beside).map(|place| (place, None, second.get(place))));
            next = beside + 1;
        }
        pairs.push((
            place,
            Some(item),
            beside.and_then(|beside| second.get(beside)),
        ));
    }
    pairs.extend((next..second.len()).map(|place| (place, None, second.get(place))));
    Some(pairs)
}

fn shown(value: &Value) -> String {
    shortened(&value.to_string())
}

/// A text without characters that steer a terminal, and cut where it is long.
#[must_use]
pub fn shortened(text: &str) -> String {
    let text = inert(text);
    if text.chars().count() <= SHOWN_CHARS_MAX {
        return text;
    }
    let mut short: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    short.push('…');
    short
}
