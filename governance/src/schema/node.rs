//! A compiled schema: nodes that refer to each other by their places.

use std::collections::BTreeSet;

use crate::{
    json::{Number, Value},
    pattern::Pattern,
};

/// The name of Draft-07, as `$schema` has it.
pub const DRAFT_07: &str = "http://json-schema.org/draft-07/schema#";

/// A compiled schema.
#[derive(Debug, Clone)]
pub struct Schema {
    pub(super) nodes: Vec<Node>,
    /// Keywords that Draft-07 does not know, each with where it stands. They mean nothing.
    pub(super) unknown: Vec<String>,
}

/// The place of a schema among the nodes.
pub(super) type Place = usize;

/// The root's place.
pub(super) const ROOT: Place = 0;

#[derive(Debug, Clone)]
pub(super) enum Node {
    /// `true`, or what nothing was said of.
    Anything,
    /// `false`.
    Nothing,
    /// `$ref`.
    Reference(Place),
    /// All of these, in the order in which they are written.
    Keywords(Vec<Keyword>),
}

#[derive(Debug, Clone)]
pub(super) enum Keyword {
    Type(Vec<Type>),
    Enum(Vec<Value>),
    Const(Value),
    MultipleOf(Number),
    Maximum(Number),
    ExclusiveMaximum(Number),
    Minimum(Number),
    ExclusiveMinimum(Number),
    MaxLength(u64),
    MinLength(u64),
    Pattern(Pattern),
    /// One schema for all elements.
    Items(Place),
    /// One schema for each of the first elements.
    Tuple(Vec<Place>),
    /// For elements from this index on.
    AdditionalItems(usize, Place),
    MaxItems(u64),
    MinItems(u64),
    UniqueItems,
    Contains(Place),
    MaxProperties(u64),
    MinProperties(u64),
    Required(Vec<String>),
    Properties(Vec<(String, Place)>),
    PatternProperties(Vec<(Pattern, Place)>),
    AdditionalProperties(Additional),
    Dependencies(Vec<(String, Dependency)>),
    PropertyNames(Place),
    If(Place, Option<Place>, Option<Place>),
    AllOf(Vec<Place>),
    AnyOf(Vec<Place>),
    OneOf(Vec<Place>),
    /// With the schema as it is written.
    Not(Place, Value),
}

#[derive(Debug, Clone)]
pub(super) struct Additional {
    pub(super) schema: Place,
    pub(super) names: BTreeSet<String>,
    pub(super) patterns: Vec<Pattern>,
}

#[derive(Debug, Clone)]
pub(super) enum Dependency {
    Names(Vec<String>),
    Schema(Place),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl Type {
    const ALL: [(&'static str, Self); 7] = [
        ("null", Self::Null),
        ("boolean", Self::Boolean),
        ("integer", Self::Integer),
        ("number", Self::Number),
        ("string", Self::String),
        ("array", Self::Array),
        ("object", Self::Object),
    ];

    pub(super) fn parse(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, found)| *found)
    }

    pub(super) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, known)| *known == self);
        found.map_or("", |(name, _)| name)
    }

    pub(super) fn is_of(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Integer, Value::Number(number)) => number.is_integer(),
            (Self::Null, Value::Null)
            | (Self::Boolean, Value::Bool(_))
            | (Self::Number, Value::Number(_))
            | (Self::String, Value::Text(_))
            | (Self::Array, Value::Array(_))
            | (Self::Object, Value::Object(_)) => true,
            _ => false,
        }
    }
}

impl Schema {
    /// Keywords that Draft-07 does not know, as paths: `$.properties.a.prefixItems`. They mean nothing.
    pub fn unknown_keywords(&self) -> &[String] {
        &self.unknown
    }
}
