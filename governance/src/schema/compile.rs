//! From a document to nodes, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    json::{Object, Value},
    limits::{SCHEMA_DEPTH_LEVELS_MAX, SCHEMA_NODES_MAX},
    pattern::Pattern,
    schema::{
        error::SchemaError,
        node::{Additional, DRAFT_07, Dependency, Keyword, Node, Place, ROOT, Schema},
        pointer,
        values::{Path, array, count, divisor, join, keyword, names, number, pattern, types},
        violation::shown_path,
    },
};

/// Keywords that Draft-07 knows and that say nothing about whether a value is valid.
const ANNOTATIONS: &[&str] = &[
    "$comment",
    "$id",
    "$schema",
    "additionalItems",
    "contentEncoding",
    "contentMediaType",
    "default",
    "definitions",
    "description",
    "else",
    "examples",
    "format",
    "readOnly",
    "then",
    "title",
    "writeOnly",
];

impl Schema {
    /// Compiles a document.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and where.
    pub fn new(document: &Value) -> Result<Self, SchemaError> {
        let mut compiler = Compiler {
            root: document,
            nodes: Vec::new(),
            known: BTreeMap::new(),
            unknown: Vec::new(),
        };
        compiler.at(&[])?;
        let Compiler { nodes, unknown, .. } = compiler;
        for (place, path) in nodes.iter().map(|(path, _)| path).enumerate() {
            let mut next = place;
            for _ in 0..nodes.len() {
                match nodes[next].1 {
                    Node::Reference(to) if to == place => {
                        let path = shown_path(path);
                        return Err(SchemaError::Cycle { path });
                    }
                    Node::Reference(to) => next = to,
                    _ => break,
                }
            }
        }
        let nodes = nodes.into_iter().map(|(_, node)| node).collect();
        Ok(Self { nodes, unknown })
    }
}

struct Compiler<'a> {
    root: &'a Value,
    nodes: Vec<(Path, Node)>,
    known: BTreeMap<Path, Place>,
    unknown: Vec<String>,
}

impl Compiler<'_> {
    /// The place of the schema that a path leads to, compiled if it is not yet.
    fn at(&mut self, path: &[String]) -> Result<Place, SchemaError> {
        if let Some(place) = self.known.get(path) {
            return Ok(*place);
        }
        if self.nodes.len() >= SCHEMA_NODES_MAX || path.len() > SCHEMA_DEPTH_LEVELS_MAX {
            return Err(SchemaError::TooLarge);
        }
        let place = self.nodes.len();
        debug_assert!(place != ROOT || path.is_empty());
        self.nodes.push((path.to_vec(), Node::Anything));
        self.known.insert(path.to_vec(), place);
        let node = match pointer::follow(self.root, path) {
            Some(Value::Bool(true)) => Node::Anything,
            Some(Value::Bool(false)) => Node::Nothing,
            Some(Value::Object(object)) => self.object(object, path)?,
            _ => return Err(keyword(path, "a schema: an object, true or false")),
        };
        self.nodes[place].1 = node;
        Ok(place)
    }

    fn object(&mut self, schema: &Object, path: &[String]) -> Result<Node, SchemaError> {
        if let Some(draft) = schema.get("$schema") {
            let draft = draft.as_text().unwrap_or("no text");
            if draft.trim_end_matches('#') != DRAFT_07.trim_end_matches('#') {
                let (path, draft) = (shown_path(path), draft.to_owned());
                return Err(SchemaError::OtherDraft { path, draft });
            }
        }
        if let Some(reference) = schema.get("$ref") {
            let Some(reference) = reference.as_text() else {
                return Err(keyword(&join(path, "$ref"), "text"));
            };
            let nowhere = || SchemaError::Reference {
                path: shown_path(&join(path, "$ref")),
                reference: reference.to_owned(),
            };
            let steps = pointer::steps(reference).ok_or_else(nowhere)?;
            pointer::follow(self.root, &steps).ok_or_else(nowhere)?;
            return Ok(Node::Reference(self.at(&steps)?));
        }
        let mut keywords = Vec::new();
        for (name, value) in schema.members() {
            let path = join(path, name);
            match self.keyword(schema, name, value, &path)? {
                Some(keyword) => keywords.push(keyword),
                None if ANNOTATIONS.contains(&name) || name == "uniqueItems" => {}
                None => self.unknown.push(shown_path(&path)),
            }
        }
        if let (Some(Value::Array(items)), Some(_)) =
            (schema.get("items"), schema.get("additionalItems"))
        {
            let place = self.at(&join(path, "additionalItems"))?;
            keywords.push(Keyword::AdditionalItems(items.len(), place));
        }
        // What is nowhere referred to must be a schema all the same.
        if let Some(definitions) = schema.get("definitions") {
            self.each(definitions, &join(path, "definitions"))?;
        }
        Ok(match keywords.is_empty() {
            true => Node::Anything,
            false => Node::Keywords(keywords),
        })
    }

    fn keyword(
        &mut self,
        schema: &Object,
        name: &str,
        value: &Value,
        path: &[String],
    ) -> Result<Option<Keyword>, SchemaError> {
        Ok(Some(match name {
            "type" => Keyword::Type(types(value, path)?),
            "enum" => Keyword::Enum(array(value, path)?.to_vec()),
            "const" => Keyword::Const(value.clone()),
            "multipleOf" => Keyword::MultipleOf(divisor(value, path)?),
            "maximum" => Keyword::Maximum(number(value, path)?),
            "exclusiveMaximum" => Keyword::ExclusiveMaximum(number(value, path)?),
            "minimum" => Keyword::Minimum(number(value, path)?),
            "exclusiveMinimum" => Keyword::ExclusiveMinimum(number(value, path)?),
            "maxLength" => Keyword::MaxLength(count(value, path)?),
            "minLength" => Keyword::MinLength(count(value, path)?),
            "pattern" => Keyword::Pattern(pattern(value, path)?),
            "items" => match value {
                Value::Array(_) => Keyword::Tuple(self.list(value, path)?),
                _ => Keyword::Items(self.at(path)?),
            },
            "maxItems" => Keyword::MaxItems(count(value, path)?),
            "minItems" => Keyword::MinItems(count(value, path)?),
            "uniqueItems" => match value {
                Value::Bool(true) => Keyword::UniqueItems,
                Value::Bool(false) => return Ok(None),
                _ => return Err(keyword(path, "true or false")),
            },
            "contains" => Keyword::Contains(self.at(path)?),
            "maxProperties" => Keyword::MaxProperties(count(value, path)?),
            "minProperties" => Keyword::MinProperties(count(value, path)?),
            "required" => Keyword::Required(names(value, path)?),
            "properties" => Keyword::Properties(self.each(value, path)?),
            "patternProperties" => Keyword::PatternProperties(self.patterns(value, path)?),
            "additionalProperties" => self.additional(schema, path)?,
            "dependencies" => Keyword::Dependencies(self.dependencies(value, path)?),
            "propertyNames" => Keyword::PropertyNames(self.at(path)?),
            "if" => self.branches(schema, path)?,
            "allOf" => Keyword::AllOf(self.list(value, path)?),
            "anyOf" => Keyword::AnyOf(self.list(value, path)?),
            "oneOf" => Keyword::OneOf(self.list(value, path)?),
            "not" => Keyword::Not(self.at(path)?, value.clone()),
            _ => return Ok(None),
        }))
    }

    fn list(&mut self, value: &Value, path: &[String]) -> Result<Vec<Place>, SchemaError> {
        let Value::Array(schemas) = value else {
            return Err(keyword(path, "an array of schemas"));
        };
        if schemas.is_empty() {
            return Err(keyword(path, "an array of at least one schema"));
        }
        let places = 0..schemas.len();
        places
            .map(|at| self.at(&join(path, &at.to_string())))
            .collect()
    }

    fn each(
        &mut self,
        value: &Value,
        path: &[String],
    ) -> Result<Vec<(String, Place)>, SchemaError> {
        let Value::Object(schemas) = value else {
            return Err(keyword(path, "an object of schemas"));
        };
        let names = schemas.members().map(|(name, _)| name);
        names
            .map(|name| Ok((name.to_owned(), self.at(&join(path, name))?)))
            .collect()
    }

    fn patterns(
        &mut self,
        value: &Value,
        path: &[String],
    ) -> Result<Vec<(Pattern, Place)>, SchemaError> {
        let each = self.each(value, path)?;
        let compiled = each.into_iter().map(|(name, place)| {
            let path = join(path, &name);
            Ok((pattern(&Value::Text(name), &path)?, place))
        });
        compiled.collect()
    }

    fn additional(&mut self, schema: &Object, path: &[String]) -> Result<Keyword, SchemaError> {
        let members = |name| schema.get(name).and_then(Value::as_object);
        let named = members("properties").into_iter().flat_map(Object::members);
        let names: BTreeSet<_> = named.map(|(name, _)| name.to_owned()).collect();
        let patterned = members("patternProperties")
            .into_iter()
            .flat_map(Object::members);
        let patterns = patterned.map(|(name, _)| pattern(&Value::Text(name.to_owned()), path));
        Ok(Keyword::AdditionalProperties(Additional {
            schema: self.at(path)?,
            names,
            patterns: patterns.collect::<Result<_, _>>()?,
        }))
    }

    fn dependencies(
        &mut self,
        value: &Value,
        path: &[String],
    ) -> Result<Vec<(String, Dependency)>, SchemaError> {
        let Value::Object(members) = value else {
            return Err(keyword(path, "an object of names or schemas"));
        };
        let of = |(name, value): (&str, &Value)| {
            let path = join(path, name);
            let dependency = match value {
                Value::Array(_) => Dependency::Names(names(value, &path)?),
                _ => Dependency::Schema(self.at(&path)?),
            };
            Ok((name.to_owned(), dependency))
        };
        members.members().map(of).collect()
    }

    fn branches(&mut self, schema: &Object, path: &[String]) -> Result<Keyword, SchemaError> {
        let condition = self.at(path)?;
        let above = &path[..path.len() - 1];
        let mut branch = |name| match schema.get(name) {
            None => Ok(None),
            Some(_) => self.at(&join(above, name)).map(Some),
        };
        let (then, otherwise) = (branch("then")?, branch("else")?);
        Ok(Keyword::If(condition, then, otherwise))
    }
}
