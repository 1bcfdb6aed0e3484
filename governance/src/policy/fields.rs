//! Reads the keys of a mapping, and says where one is wrong.

use std::collections::BTreeSet;

use crate::{
    json::{Number, Value},
    money::NanoUsd,
    policy::{PolicyError, PolicyFault},
    real::Real,
    yaml::{Content, Node, YamlError, read},
};

/// The tree of a policy's document, which is a mapping.
pub(in crate::policy) fn document(name: &str, bytes: &[u8]) -> Result<Node, PolicyError> {
    let node = read(bytes).map_err(|error| match error {
        YamlError::At { place, problem } => {
            PolicyError::new(PolicyFault::NotYaml, name, problem).at(place)
        }
        other => PolicyError::new(PolicyFault::NotYaml, name, other.to_string()),
    })?;
    match node.members() {
        Some(_) => Ok(node),
        None => {
            let message = "the policy must be a mapping";
            Err(PolicyError::new(PolicyFault::NotAMapping, name, message).at(node.place))
        }
    }
}

/// A mapping of a document.
#[derive(Clone, Copy)]
pub(in crate::policy) struct Fields<'a> {
    pub(in crate::policy) document: &'a str,
    pub(in crate::policy) node: &'a Node,
}

impl<'a> Fields<'a> {
    /// A mapping with no other keys than these.
    pub(in crate::policy) fn new(
        document: &'a str,
        node: &'a Node,
        known: &[&str],
    ) -> Result<Self, PolicyError> {
        let fields = Self::with_others(document, node)?;
        let members = node.members().unwrap_or_default();
        match members.iter().find(|(key, _)| !known.contains(&&*key.name)) {
            None => Ok(fields),
            Some((key, _)) => {
                let message = format!(
                    "there is no key {:?} here; there are {}",
                    key.name,
                    known.join(", ")
                );
                Err(PolicyError::new(PolicyFault::UnknownKey, document, message).at(key.place))
            }
        }
    }

    /// A mapping that may have other keys than are known, which mean nothing.
    pub(in crate::policy) fn with_others(
        document: &'a str,
        node: &'a Node,
    ) -> Result<Self, PolicyError> {
        let fields = Self { document, node };
        match node.members() {
            Some(_) => Ok(fields),
            None => Err(fields.wrong(node, "this must be a mapping")),
        }
    }

    pub(in crate::policy) fn wrong(&self, node: &Node, message: impl Into<String>) -> PolicyError {
        PolicyError::new(PolicyFault::Shape, self.document, message).at(node.place)
    }

    pub(in crate::policy) fn member(&self, key: &str) -> Option<&'a Node> {
        self.node.member(key)
    }

    pub(in crate::policy) fn text(&self, key: &str) -> Result<Option<&'a str>, PolicyError> {
        let Some(node) = self.member(key) else {
            return Ok(None);
        };
        self.text_of(node, key).map(Some)
    }

    pub(in crate::policy) fn text_of(
        &self,
        node: &'a Node,
        key: &str,
    ) -> Result<&'a str, PolicyError> {
        match &node.content {
            Content::Scalar {
                text,
                value: Value::Text(_),
                ..
            } if !text.is_empty() => Ok(text),
            _ => Err(self.wrong(node, format!("{key} must be text; put it in quotes"))),
        }
    }

    pub(in crate::policy) fn required(&self, key: &str) -> Result<&'a str, PolicyError> {
        let missing = || self.wrong(self.node, format!("{key} is missing"));
        self.text(key)?.ok_or_else(missing)
    }

    /// An integer from 1 to a limit.
    pub(in crate::policy) fn count(&self, key: &str, max: u64) -> Result<Option<u64>, PolicyError> {
        self.integer(key, 1, max)
    }

    /// An integer between two limits.
    pub(in crate::policy) fn integer(
        &self,
        key: &str,
        min: u64,
        max: u64,
    ) -> Result<Option<u64>, PolicyError> {
        let Some(node) = self.member(key) else {
            return Ok(None);
        };
        let number = match &node.content {
            Content::Scalar {
                value: Value::Number(number @ (Number::Small(_) | Number::Large(_))),
                ..
            } => number.as_u64(),
            _ => None,
        };
        let number = number.filter(|number| (min..=max).contains(number));
        let wrong = || {
            self.wrong(
                node,
                format!("{key} must be an integer from {min} to {max}"),
            )
        };
        number.ok_or_else(wrong).map(Some)
    }

    /// A finite number between two limits, both included.
    pub(in crate::policy) fn real(
        &self,
        key: &str,
        (min, max): (f64, f64),
    ) -> Result<Option<Real>, PolicyError> {
        let Some(node) = self.member(key) else {
            return Ok(None);
        };
        let number = match &node.content {
            Content::Scalar {
                value: Value::Number(number),
                ..
            } => Real::new(number.as_f64()),
            _ => None,
        };
        let number = number.filter(|number| (min..=max).contains(&number.get()));
        let wrong = || self.wrong(node, format!("{key} must be a number from {min} to {max}"));
        number.ok_or_else(wrong).map(Some)
    }

    /// `true` or `false`.
    pub(in crate::policy) fn truth(&self, key: &str) -> Result<Option<bool>, PolicyError> {
        let Some(node) = self.member(key) else {
            return Ok(None);
        };
        match &node.content {
            Content::Scalar {
                value: Value::Bool(truth),
                ..
            } => Ok(Some(*truth)),
            _ => Err(self.wrong(node, format!("{key} must be true or false"))),
        }
    }

    /// An amount of dollars, exactly as it is written, with or without quotes.
    pub(in crate::policy) fn usd(&self, key: &str) -> Result<Option<NanoUsd>, PolicyError> {
        let Some(node) = self.member(key) else {
            return Ok(None);
        };
        let Content::Scalar { text, .. } = &node.content else {
            return Err(self.wrong(
                node,
                format!("{key} must be an amount of dollars, such as 12.50"),
            ));
        };
        let amount = NanoUsd::parse_usd(text);
        amount
            .map(Some)
            .map_err(|error| self.wrong(node, format!("{key}: {error}")))
    }

    pub(in crate::policy) fn choice<T: Copy>(
        &self,
        key: &str,
        known: &[(&str, T)],
    ) -> Result<Option<T>, PolicyError> {
        let Some(name) = self.text(key)? else {
            return Ok(None);
        };
        match known.iter().find(|(known, _)| *known == name) {
            Some((_, choice)) => Ok(Some(*choice)),
            None => {
                let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
                let node = self.member(key).unwrap_or(self.node);
                Err(self.wrong(node, format!("{key} must be one of {}", names.join(", "))))
            }
        }
    }

    /// The elements of a list, of which there may be so many; an absent list is empty.
    pub(in crate::policy) fn list(&self, key: &str, max: usize) -> Result<&'a [Node], PolicyError> {
        let Some(node) = self.member(key) else {
            return Ok(&[]);
        };
        match node.elements() {
            None => Err(self.wrong(node, format!("{key} must be a list"))),
            Some(elements) if elements.len() > max => {
                let message = format!(
                    "{key} has {} entries, at most {max} are allowed",
                    elements.len()
                );
                Err(PolicyError::new(PolicyFault::TooMany, self.document, message).at(node.place))
            }
            Some(elements) => Ok(elements),
        }
    }

    /// A list of names, none twice.
    pub(in crate::policy) fn names(
        &self,
        key: &str,
        max: usize,
    ) -> Result<BTreeSet<String>, PolicyError> {
        let mut names = BTreeSet::new();
        for node in self.list(key, max)? {
            let name = self.text_of(node, key)?;
            if !names.insert(name.to_owned()) {
                return Err(self.wrong(node, format!("{key} has {name:?} twice")));
            }
        }
        Ok(names)
    }
}
