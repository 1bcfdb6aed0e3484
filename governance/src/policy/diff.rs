//! What differs between two policies, in words.

use std::{collections::BTreeSet, fmt};

use crate::{
    json::{Object, Value},
    policy::{PolicyError, aigc::Chain, fields::document},
};

/// The member by which an entry of a list is called.
const NAME: &str = "name";

/// What is otherwise at one place of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The keys that lead there, with a point between them; an entry of a list by its name, or else by its value or place.
    pub path: String,
    /// What stood there; none: nothing did.
    pub before: Option<Value>,
    /// What stands there; none: nothing does.
    pub after: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => {
                write!(f, "{path} was {}, and is {}", text(before), text(after))
            }
            (None, Some(after)) => write!(f, "{path} is new: {}", text(after)),
            (Some(before), None) => write!(f, "{path} is gone; it was {}", text(before)),
            (None, None) => write!(f, "{path} is the same"),
        }
    }
}

fn text(value: &Value) -> String {
    String::from_utf8_lossy(&value.aigc_bytes()).into_owned()
}

/// What differs between two documents of the kinds `gate` and `aegis`, in the order of their keys' names. Comments, the order
/// of keys, and in which form a number is written are no difference.
///
/// # Errors
///
/// The first document that is not a mapping of YAML.
pub fn documents(
    (name, bytes): (&str, &[u8]),
    (other, of_other): (&str, &[u8]),
) -> Result<Vec<Difference>, PolicyError> {
    let before = document(name, bytes)?.to_value();
    let after = document(other, of_other)?.to_value();
    Ok(values(&before, &after))
}

/// What differs between two AIGC policies, each composed with all that it extends.
pub fn chains(before: &Chain, after: &Chain) -> Vec<Difference> {
    let mut found = Vec::new();
    objects(&mut found, "", before.policy(), after.policy());
    found
}

fn values(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&mut found, "", before, after);
    found
}

fn compare(found: &mut Vec<Difference>, path: &str, before: &Value, after: &Value) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => objects(found, path, before, after),
        (Value::Array(before), Value::Array(after)) => lists(found, path, before, after),
        _ if before.is_same(after) => {}
        _ => found.push(Difference {
            path: path.to_owned(),
            before: Some(before.clone()),
            after: Some(after.clone()),
        }),
    }
}

fn objects(found: &mut Vec<Difference>, path: &str, before: &Object, after: &Object) {
    let both = before.sorted().chain(after.sorted());
    let names: BTreeSet<_> = both.map(|(name, _)| name).collect();
    for name in names {
        let path = match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        either(found, path, before.get(name), after.get(name));
    }
}

/// Entries that have names are those of the same name. Of others the order counts, unless all are plain: what is in a list of
/// roles is a set.
fn lists(found: &mut Vec<Difference>, path: &str, before: &[Value], after: &[Value]) {
    if let (Some(old), Some(new)) = (named(before), named(after)) {
        let mut names: Vec<_> = old.iter().map(|(name, _)| *name).collect();
        names.extend(new.iter().map(|(name, _)| *name));
        let names: BTreeSet<_> = names.into_iter().collect();
        for name in names {
            let of = |all: &[(&str, &Value)]| {
                let mut all = all.iter();
                all.find(|(other, _)| *other == name)
                    .map(|(_, value)| (*value).clone())
            };
            let path = format!("{path}[{name}]");
            either(found, path, of(&old).as_ref(), of(&new).as_ref());
        }
        return;
    }
    let is_plain = |value: &Value| !matches!(value, Value::Object(_) | Value::Array(_));
    if before.iter().chain(after).all(is_plain) {
        let lacks = |all: &[Value], one: &Value| !all.iter().any(|other| other.is_same(one));
        for gone in before.iter().filter(|one| lacks(after, one)) {
            either(found, path.to_owned(), Some(gone), None);
        }
        for new in after.iter().filter(|one| lacks(before, one)) {
            either(found, path.to_owned(), None, Some(new));
        }
        return;
    }
    for at in 0..before.len().max(after.len()) {
        either(
            found,
            format!("{path}[{at}]"),
            before.get(at),
            after.get(at),
        );
    }
}

/// The entries with their names, if all have one and none has that of another.
fn named(list: &[Value]) -> Option<Vec<(&str, &Value)>> {
    let name = |value: &'_ Value| value.as_object()?.get(NAME)?.as_text().map(str::to_owned);
    let names: BTreeSet<_> = list.iter().filter_map(name).collect();
    if names.len() < list.len() {
        return None;
    }
    let pair = |value| Some((Value::as_object(value)?.get(NAME)?.as_text()?, value));
    list.iter().map(pair).collect()
}

fn either(
    found: &mut Vec<Difference>,
    path: String,
    before: Option<&Value>,
    after: Option<&Value>,
) {
    match (before, after) {
        (Some(before), Some(after)) => compare(found, &path, before, after),
        (None, None) => {}
        (before, after) => found.push(Difference {
            path,
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

#[cfg(test)]
mod tests;
