//! The tree of a document.

use crate::{
    day::Day,
    json::{Object, Value},
    yaml::place::Place,
};

/// A node of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub content: Content,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Text, a number, a truth value or null.
    Scalar {
        /// As it is written, after escapes.
        text: String,
        /// Whether it is written without quotes.
        is_plain: bool,
        /// What it means.
        value: Value,
    },
    /// A date without quotes, which other readers make something else of.
    Date {
        /// As it is written.
        text: String,
        /// Which day, if it is one and no time.
        day: Option<Day>,
    },
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping, in the order in which it is written; no key twice.
    Mapping(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Its text.
    pub name: String,
    /// Where it stands.
    pub place: Place,
}

impl Content {
    pub(super) fn text(text: &str) -> Self {
        Self::Scalar {
            text: text.to_owned(),
            is_plain: false,
            value: Value::Text(text.to_owned()),
        }
    }
}

impl Node {
    /// The same without places. A date without quotes becomes its text; see [`Node::first_date`].
    pub fn to_value(&self) -> Value {
        match &self.content {
            Content::Scalar { value, .. } => value.clone(),
            Content::Date { text, .. } => Value::Text(text.clone()),
            Content::Sequence(elements) => {
                Value::Array(elements.iter().map(Self::to_value).collect())
            }
            Content::Mapping(members) => {
                let mut object = Object::default();
                for (key, node) in members {
                    object.set(&key.name, node.to_value());
                }
                Value::Object(object)
            }
        }
    }

    /// The members of a mapping.
    pub fn members(&self) -> Option<&[(Key, Self)]> {
        match &self.content {
            Content::Mapping(members) => Some(members),
            _ => None,
        }
    }

    /// The member of a mapping.
    pub fn member(&self, name: &str) -> Option<&Self> {
        let mut members = self.members()?.iter();
        members
            .find(|(key, _)| key.name == name)
            .map(|(_, node)| node)
    }

    /// The elements of a sequence.
    pub fn elements(&self) -> Option<&[Self]> {
        match &self.content {
            Content::Sequence(elements) => Some(elements),
            _ => None,
        }
    }

    /// The node that a path leads to, or the last on the way that is there. Each step is a key or an index.
    pub fn nearest(&self, path: &[String]) -> &Self {
        let Some((step, rest)) = path.split_first() else {
            return self;
        };
        let next = match &self.content {
            Content::Mapping(_) => self.member(step),
            Content::Sequence(elements) => step.parse().ok().and_then(|at: usize| elements.get(at)),
            _ => None,
        };
        next.map_or(self, |next| next.nearest(rest))
    }

    /// The first date without quotes: its path, and the node.
    pub fn first_date(&self) -> Option<(Vec<String>, &Self)> {
        match &self.content {
            Content::Date { .. } => Some((Vec::new(), self)),
            Content::Scalar { .. } => None,
            Content::Sequence(elements) => (0_usize..).zip(elements).find_map(|(at, node)| {
                let (path, found) = node.first_date()?;
                Some(([vec![at.to_string()], path].concat(), found))
            }),
            Content::Mapping(members) => members.iter().find_map(|(key, node)| {
                let (path, found) = node.first_date()?;
                Some(([vec![key.name.clone()], path].concat(), found))
            }),
        }
    }

    /// How many nodes it has, itself included.
    pub(super) fn count(&self) -> usize {
        let below: usize = match &self.content {
            Content::Scalar { .. } | Content::Date { .. } => 0,
            Content::Sequence(elements) => elements.iter().map(Self::count).sum(),
            Content::Mapping(members) => members.iter().map(|(_, node)| node.count()).sum(),
        };
        below + 1
    }
}
