//! A policy with all its bases, composed.

use std::collections::BTreeSet;

use crate::{
    digest::Digest,
    json::{Object, Value, repr},
    limits::POLICY_EXTENDS_LEVELS_MAX,
    policy::{
        PolicyError, PolicyFault,
        aigc::{
            document::{Dates, Document},
            merge::{Strategy, merge},
            shape,
            window::Window,
        },
    },
};

/// A policy with all its bases.
#[derive(Debug, Clone)]
pub struct Chain {
    /// The policy, then what it extends, and so on.
    documents: Vec<Document>,
    /// The policy of each level as it is composed: the last base first, the policy itself last.
    pub(super) levels: Vec<Object>,
    /// The days on which all of them are in force.
    pub(super) window: Window,
}

impl Chain {
    /// Reads a policy, takes its bases from `find`, and composes them.
    ///
    /// # Errors
    ///
    /// What is wrong with one of the documents, and in which.
    pub fn resolve(
        name: &str,
        bytes: &[u8],
        find: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<Self, PolicyError> {
        let mut documents = vec![Document::read(name, bytes)?];
        loop {
            let last = &documents[documents.len() - 1];
            let Some(extends) = last.policy.get("extends") else {
                break;
            };
            let path = ["extends".to_owned()];
            let Some(base) = extends.as_text() else {
                let message = "extends must be the name of one policy";
                return Err(last.error(PolicyFault::Shape, &path, message));
            };
            if documents.iter().any(|document| document.name == base) {
                let message = format!("Circular extends detected: {base}");
                return Err(last.error(PolicyFault::Cycle, &path, message));
            }
            if documents.len() == POLICY_EXTENDS_LEVELS_MAX {
                let message = format!(
                    "a policy may have {POLICY_EXTENDS_LEVELS_MAX} levels of extends; this one has more"
                );
                return Err(last.error(PolicyFault::TooManyLevels, &path, message));
            }
            let Some(bytes) = find(base) else {
                let message = "Policy file does not exist";
                return Err(last.error(PolicyFault::MissingBase, &path, message));
            };
            documents.push(Document::read(base, &bytes)?);
        }
        let levels = compose(&documents)?;
        let window = window(&documents)?;
        Ok(Self {
            documents,
            levels,
            window,
        })
    }

    /// The documents: the policy, then what it extends, and so on.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// The policy as it is composed.
    pub fn policy(&self) -> &Object {
        // There is one level for each document, and so one at least.
        &self.levels[self.levels.len() - 1]
    }

    /// The document that the policy itself is.
    pub(super) fn document(&self) -> &Document {
        &self.documents[0]
    }

    /// The digest of the composed policy, which decisions name. Every level counts, since every level decides.
    pub fn digest(&self) -> Digest {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        for document in &self.documents {
            parts.push(document.digest.as_bytes().to_vec());
        }
        parts.extend(self.levels.iter().map(Object::aigc_bytes));
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        Digest::of_parts("indelible 2026 composed policy v1", &parts)
    }
}

fn compose(documents: &[Document]) -> Result<Vec<Object>, PolicyError> {
    let mut levels: Vec<Object> = Vec::with_capacity(documents.len());
    for document in documents.iter().rev() {
        let mut policy = document.policy.clone();
        if let Some(base) = levels.last() {
            if let Some(violation) = shape::violation_of_part(&policy) {
                return Err(document.violation(&violation));
            }
            let strategy = policy.remove("composition_strategy");
            let Some(strategy) = Strategy::parse(strategy.as_ref()) else {
                let found = strategy.as_ref().map_or_else(String::new, repr);
                let message = format!(
                    "Invalid composition_strategy: {found}; expected one of ('intersect', 'union', 'replace')"
                );
                let path = ["composition_strategy".to_owned()];
                return Err(document.error(PolicyFault::UnknownStrategy, &path, message));
            };
            policy.remove("extends");
            policy = merge(base, &policy, strategy);
            weakening(document, base, &policy)?;
        } else {
            policy.remove("composition_strategy");
        }
        if let Some(violation) = shape::violation(&policy) {
            return Err(document.violation(&violation));
        }
        document.dates()?;
        levels.push(policy);
    }
    Ok(levels)
}

/// What AIGC holds of a child: no new role, and every postcondition.
fn weakening(document: &Document, base: &Object, merged: &Object) -> Result<(), PolicyError> {
    let error = |key: &str, words: &str, names: &BTreeSet<&str>| {
        let names = names.iter().map(|name| Value::Text((*name).to_owned()));
        let names = repr(&Value::Array(names.collect()));
        let message = format!("Composition weakening: child policy {words}: {names}");
        Err(document.error(PolicyFault::Weakening, &[key.to_owned()], message))
    };
    let (before, after) = (roles(base), roles(merged));
    let added: BTreeSet<_> = after.difference(&before).copied().collect();
    if !added.is_empty() {
        return error(
            "roles",
            "adds roles that the base policy does not have",
            &added,
        );
    }
    let (before, after) = (postconditions(base), postconditions(merged));
    let removed: BTreeSet<_> = before.difference(&after).copied().collect();
    if !removed.is_empty() {
        let words = "removes required postconditions from base policy";
        return error("post_conditions", words, &removed);
    }
    Ok(())
}

fn texts(value: Option<&Value>) -> BTreeSet<&str> {
    let elements = value.and_then(Value::as_array).unwrap_or_default();
    elements.iter().filter_map(Value::as_text).collect()
}

fn roles(policy: &Object) -> BTreeSet<&str> {
    texts(policy.get("roles"))
}

fn postconditions(policy: &Object) -> BTreeSet<&str> {
    let block = policy.get("post_conditions").and_then(Value::as_object);
    texts(block.and_then(|block| block.get("required")))
}

/// The dates of every document count.
fn window(documents: &[Document]) -> Result<Window, PolicyError> {
    let mut window = Window::default();
    for document in documents {
        let Dates { from, to } = document.dates()?;
        window.from = window.from.max(from);
        window.to = match (window.to, to) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    Ok(window)
}
