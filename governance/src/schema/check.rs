//! Holds a value against a schema.

use std::cell::Cell;

use crate::{
    json::{Object, Value, repr},
    limits::{SCHEMA_DEPTH_LEVELS_MAX, SCHEMA_STEPS_MAX},
    schema::{
        keyword::simple,
        node::{Additional, Dependency, Keyword, Node, Place, ROOT, Schema},
        violation::{Violation, unexpected},
    },
};

impl Schema {
    /// The violation that tells most: the one nearest to the root, and of those the first that is not of `anyOf` or
    /// `oneOf`. None: the value is valid. A value that takes too many steps to check is not.
    pub fn check(&self, value: &Value) -> Option<Violation> {
        let check = Check {
            schema: self,
            steps: Cell::new(SCHEMA_STEPS_MAX),
        };
        if check.holds(ROOT, value, 0) {
            return None;
        }
        let mut found = Vec::new();
        check.steps.set(SCHEMA_STEPS_MAX);
        check.collect(ROOT, value, &mut Vec::new(), &mut found, 0);
        let rank = |violation: &Violation| {
            let is_weak = matches!(violation.keyword, "anyOf" | "oneOf");
            (violation.path.len(), is_weak)
        };
        let costly = || Violation {
            path: Vec::new(),
            keyword: "$ref",
            message: format!("checking takes more than {SCHEMA_STEPS_MAX} steps"),
        };
        Some(found.into_iter().min_by_key(rank).unwrap_or_else(costly))
    }
}

struct Check<'a> {
    schema: &'a Schema,
    /// How many steps are left.
    steps: Cell<usize>,
}

impl Check<'_> {
    /// Counts a step; false if none is left.
    fn step(&self, depth: usize) -> bool {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        left > 0 && depth <= SCHEMA_DEPTH_LEVELS_MAX
    }

    fn holds(&self, place: Place, value: &Value, depth: usize) -> bool {
        if !self.step(depth) {
            return false;
        }
        match &self.schema.nodes[place] {
            Node::Anything => true,
            Node::Nothing => false,
            Node::Reference(to) => self.holds(*to, value, depth + 1),
            Node::Keywords(keywords) => {
                let mut keywords = keywords.iter();
                keywords.all(|keyword| self.satisfies(keyword, value, depth))
            }
        }
    }

    fn satisfies(&self, keyword: &Keyword, value: &Value, depth: usize) -> bool {
        let mut stop = false;
        self.parts(keyword, value, depth, &mut |part, value, _| {
            stop = stop || !self.holds(part, value, depth + 1);
            !stop
        });
        !stop && self.message(keyword, value, depth, false).is_none()
    }

    /// The schemas that a keyword holds against parts of the value, until it is told to stop. What a keyword says besides is
    /// in `message`.
    fn parts(
        &self,
        keyword: &Keyword,
        value: &Value,
        depth: usize,
        visit: &mut dyn FnMut(Place, &Value, Option<String>) -> bool,
    ) {
        match (keyword, value) {
            (Keyword::Items(schema), Value::Array(elements)) => {
                let mut elements = elements.iter().enumerate();
                elements.all(|(at, element)| visit(*schema, element, Some(at.to_string())));
            }
            (Keyword::Tuple(schemas), Value::Array(elements)) => {
                let mut pairs = schemas.iter().zip(elements).enumerate();
                pairs.all(|(at, (schema, element))| visit(*schema, element, Some(at.to_string())));
            }
            (Keyword::AdditionalItems(from, schema), Value::Array(elements))
                if !self.is_nothing(*schema) =>
            {
                let mut rest = elements.iter().enumerate().skip(*from);
                rest.all(|(at, element)| visit(*schema, element, Some(at.to_string())));
            }
            (Keyword::Properties(properties), Value::Object(object)) => {
                let mut properties = properties.iter();
                properties.all(|(name, schema)| match object.get(name) {
                    Some(value) => visit(*schema, value, Some(name.clone())),
                    None => true,
                });
            }
            (Keyword::PatternProperties(patterns), Value::Object(object)) => {
                let mut patterns = patterns.iter();
                patterns.all(|(pattern, schema)| {
                    let mut members = object.members();
                    members.all(|(name, value)| {
                        !pattern.is_match(name) || visit(*schema, value, Some(name.to_owned()))
                    })
                });
            }
            (Keyword::AdditionalProperties(additional), Value::Object(object))
                if !self.is_nothing(additional.schema) =>
            {
                let mut extra = extra(additional, object);
                extra.all(|(name, value)| visit(additional.schema, value, Some(name.to_owned())));
            }
            (Keyword::Dependencies(dependencies), Value::Object(object)) => {
                let mut dependencies = dependencies.iter();
                dependencies.all(|(name, dependency)| match dependency {
                    Dependency::Schema(schema) if object.get(name).is_some() => {
                        visit(*schema, value, None)
                    }
                    _ => true,
                });
            }
            (Keyword::PropertyNames(schema), Value::Object(object)) => {
                let mut names = object.members();
                names.all(|(name, _)| visit(*schema, &Value::Text(name.to_owned()), None));
            }
            (Keyword::If(condition, then, otherwise), value) => {
                let branch = match self.holds(*condition, value, depth + 1) {
                    true => then,
                    false => otherwise,
                };
                if let Some(branch) = branch {
                    visit(*branch, value, None);
                }
            }
            (Keyword::AllOf(schemas), value) => {
                let mut schemas = schemas.iter();
                schemas.all(|schema| visit(*schema, value, None));
            }
            _ => {}
        }
    }

    /// What a keyword says against the value as a whole. Words are only made where they are wanted.
    fn message(
        &self,
        keyword: &Keyword,
        value: &Value,
        depth: usize,
        wants_words: bool,
    ) -> Option<(&'static str, String)> {
        let problem = |name, words: &dyn Fn() -> String| {
            let words = if wants_words { words() } else { String::new() };
            Some((name, words))
        };
        match (keyword, value) {
            (Keyword::Contains(schema), Value::Array(elements)) => {
                let mut elements = elements.iter();
                match elements.any(|element| self.holds(*schema, element, depth + 1)) {
                    true => None,
                    false => problem("contains", &|| {
                        format!("None of {} are valid under the given schema", repr(value))
                    }),
                }
            }
            (Keyword::AnyOf(schemas), value) => {
                let mut schemas = schemas.iter();
                match schemas.any(|schema| self.holds(*schema, value, depth + 1)) {
                    true => None,
                    false => problem("anyOf", &|| under_none(value)),
                }
            }
            (Keyword::OneOf(schemas), value) => {
                let holding = schemas.iter();
                let holding = holding.filter(|schema| self.holds(**schema, value, depth + 1));
                match holding.take(2).count() {
                    1 => None,
                    0 => problem("oneOf", &|| under_none(value)),
                    _ => problem("oneOf", &|| {
                        format!("{} is valid under more than one schema", repr(value))
                    }),
                }
            }
            (Keyword::Not(schema, written), value) => match self.holds(*schema, value, depth + 1) {
                false => None,
                true => problem("not", &|| {
                    let (value, written) = (repr(value), repr(written));
                    format!("{value} should not be valid under {written}")
                }),
            },
            (Keyword::AdditionalItems(from, schema), Value::Array(elements))
                if self.is_nothing(*schema) && elements.len() > *from =>
            {
                problem("additionalItems", &|| {
                    let extra = unexpected(&elements[*from..]);
                    format!("Additional items are not allowed {extra}")
                })
            }
            (Keyword::AdditionalProperties(additional), Value::Object(object))
                if self.is_nothing(additional.schema) =>
            {
                extra(additional, object).next()?;
                problem("additionalProperties", &|| {
                    let mut names: Vec<_> =
                        extra(additional, object).map(|(name, _)| name).collect();
                    names.sort_unstable();
                    let names = names.into_iter().map(|name| Value::Text(name.to_owned()));
                    let names: Vec<_> = names.collect();
                    let extra = unexpected(&names);
                    format!("Additional properties are not allowed {extra}")
                })
            }
            (keyword, value) => {
                let (name, words) = simple(keyword, value)?;
                problem(name, &|| words(value))
            }
        }
    }

    fn is_nothing(&self, place: Place) -> bool {
        matches!(self.schema.nodes[place], Node::Nothing)
    }

    fn collect(
        &self,
        place: Place,
        value: &Value,
        path: &mut Vec<String>,
        found: &mut Vec<Violation>,
        depth: usize,
    ) {
        if !self.step(depth) {
            return;
        }
        let keywords = match &self.schema.nodes[place] {
            Node::Anything => return,
            Node::Nothing => {
                let message = format!("False schema does not allow {}", repr(value));
                found.push(Violation {
                    path: path.clone(),
                    keyword: "false",
                    message,
                });
                return;
            }
            Node::Reference(to) => return self.collect(*to, value, path, found, depth + 1),
            Node::Keywords(keywords) => keywords,
        };
        for keyword in keywords {
            if let Some((name, message)) = self.message(keyword, value, depth, true) {
                found.push(Violation {
                    path: path.clone(),
                    keyword: name,
                    message,
                });
            }
            self.parts(keyword, value, depth, &mut |part, value, step| {
                let below = step.is_some();
                path.extend(step);
                self.collect(part, value, path, found, depth + 1);
                if below {
                    path.pop();
                }
                true
            });
        }
    }
}

fn under_none(value: &Value) -> String {
    format!(
        "{} is not valid under any of the given schemas",
        repr(value)
    )
}

/// The members that no property and no pattern names.
fn extra<'a>(
    additional: &'a Additional,
    object: &'a Object,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    object.members().filter(|(name, _)| {
        let mut patterns = additional.patterns.iter();
        !additional.names.contains(*name) && !patterns.any(|pattern| pattern.is_match(name))
    })
}
