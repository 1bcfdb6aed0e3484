//! One document, on its own.

use crate::{
    day::Day,
    digest::Digest,
    json::{Object, Value, repr},
    policy::{PolicyError, PolicyFault},
    schema::shown_path,
    yaml::{Content, Node, YamlError, read},
};

/// A document of a policy, as it was registered.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its name, as `extends` has it.
    pub name: String,
    /// The digest of its bytes.
    pub digest: Digest,
    node: Node,
    pub(super) policy: Object,
}

/// From which day to which, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dates {
    pub(super) from: Option<Day>,
    pub(super) to: Option<Day>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// It is not YAML, not a mapping, or has a date without quotes. Its form is looked at when it is composed.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, PolicyError> {
        let new = |fault, message: &str| PolicyError::new(fault, name, message);
        if !name.ends_with(".yaml") && !name.ends_with(".yml") {
            let detail = "its name must end in .yaml or .yml";
            return Err(new(PolicyFault::NotYaml, "Policy file must be YAML").because(detail));
        }
        let node = read(bytes).map_err(|error| {
            let failed = new(PolicyFault::NotYaml, "Policy YAML parsing failed");
            match error {
                YamlError::At { place, problem } => failed.at(place).because(problem),
                other => failed.because(other.to_string()),
            }
        })?;
        let Value::Object(policy) = node.to_value() else {
            let error = new(
                PolicyFault::NotAMapping,
                "Policy root must be a mapping object",
            );
            return Err(error.at(node.place));
        };
        if let Some((path, found)) = node.first_date()
            && let Content::Date { text, day } = &found.content
        {
            let written = day.map_or_else(
                || text.clone(),
                |day| {
                    let (year, month, day) = day.parts();
                    format!("datetime.date({year}, {month}, {day})")
                },
            );
            let message = format!(
                "Policy schema validation failed at {}: {written} is not of type 'string'",
                shown_path(&path)
            );
            return Err(new(PolicyFault::UnquotedDate, &message).at(found.place));
        }
        Ok(Self {
            name: name.to_owned(),
            digest: Digest::of(bytes),
            node,
            policy,
        })
    }

    /// The name of the document that it extends.
    pub fn extends(&self) -> Option<&str> {
        self.policy.get("extends").and_then(Value::as_text)
    }

    /// An error at what a path leads to.
    pub(super) fn error(
        &self,
        fault: PolicyFault,
        path: &[String],
        message: impl Into<String>,
    ) -> PolicyError {
        let place = self.node.nearest(path).place;
        PolicyError::new(fault, &self.name, message).at(place)
    }

    /// An error of the policy's form. `path` is that of the composed policy; it is nearest to here.
    pub(super) fn violation(&self, violation: &crate::schema::Violation) -> PolicyError {
        let fault = match (violation.keyword, violation.path.is_empty()) {
            ("additionalProperties", _) => PolicyFault::UnknownKey,
            _ => PolicyFault::Shape,
        };
        let path = shown_path(&violation.path);
        let message = format!(
            "Policy schema validation failed at {path}: {}",
            violation.message
        );
        let error = self.error(fault, &violation.path, message);
        // Of a key that is too many, the key itself.
        let members = self
            .node
            .nearest(&violation.path)
            .members()
            .unwrap_or_default();
        let mut keys = members.iter().map(|(key, _)| key);
        let quoted = |name: &str| violation.message.contains(&format!("('{name}'"));
        match keys.find(|key| fault == PolicyFault::UnknownKey && quoted(&key.name)) {
            Some(key) => error.at(key.place),
            None => error,
        }
    }

    /// The dates that it has of its own.
    pub(super) fn dates(&self) -> Result<Dates, PolicyError> {
        let day = |key: &str| match self.policy.get(key).and_then(Value::as_text) {
            None => Ok(None),
            Some(text) => Day::parse(text).map(Some).ok_or_else(|| {
                let shown = repr(&Value::Text(text.to_owned()));
                let message = format!("Invalid date format: {shown}; expected YYYY-MM-DD");
                self.error(PolicyFault::BadDate, &[key.to_owned()], message)
            }),
        };
        let (from, to) = (day("effective_date")?, day("expiration_date")?);
        match (from, to) {
            (Some(first), Some(last)) if first > last => {
                let message = format!("effective_date {first} is after expiration_date {last}");
                let path = ["effective_date".to_owned()];
                Err(self.error(PolicyFault::DatesReversed, &path, message))
            }
            _ => Ok(Dates { from, to }),
        }
    }
}
