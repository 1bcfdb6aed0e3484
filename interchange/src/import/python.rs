//! JSON as Python reads and writes it: what checksums and HMACs of the systems that we import from are made over.
//!
//! It is not RFC 8785: integers have any length, floats keep Python's shortest form, keys are sorted by code point.

mod read;
mod write;

pub(super) use self::write::{Form, float_text};
use super::MapError;

/// How deep a document may nest. Python itself stops at about a thousand.
const DEPTH_MAX: usize = 64;

/// Digits of one integer. Python itself stops at 4,300.
const INTEGER_DIGITS_MAX: usize = 4_300;

/// A JSON value that loses nothing which Python keeps.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// `null`
    Null,
    /// A truth value.
    Boolean(bool),
    /// An integer of any length: its digits, with a minus sign where it has one.
    Integer(String),
    /// A float; finite.
    Float(f64),
    /// Text.
    Text(String),
    /// An array.
    Array(Vec<Value>),
    /// An object.
    Object(Object),
}

/// The members of an object, sorted by name, no name twice.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Object(Vec<(String, Value)>);

impl Object {
    /// Reads a document that is one object.
    ///
    /// # Errors
    ///
    /// When it is not JSON, not an object, or holds what Python's canonical form can't: NaN, an infinity, a lone
    /// surrogate, a name twice.
    pub(super) fn parse(json: &[u8]) -> Result<Self, MapError> {
        match read::document(json)? {
            Value::Object(object) => Ok(object),
            _ => Err(MapError::NotAnObject),
        }
    }

    /// The member of a name; `null` counts as absent.
    pub(super) fn of(&self, name: &str) -> Option<&Value> {
        self.member(name).filter(|value| **value != Value::Null)
    }

    /// The member of a name, `null` included.
    pub(super) fn member(&self, name: &str) -> Option<&Value> {
        let place = self
            .0
            .binary_search_by(|(member, _)| member.as_str().cmp(name));
        place.ok().map(|place| &self.0[place].1)
    }

    /// The text of a member, if it is there.
    ///
    /// # Errors
    ///
    /// When it is something else than text.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, MapError> {
        match self.of(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(_) => Err(MapError::wrong_type(name, "text")),
        }
    }

    /// The text of a member that must be there and not be empty.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub(super) fn required_text(&self, name: &str) -> Result<&str, MapError> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| MapError::missing(name))
    }

    /// An unsigned integer, if it is there.
    ///
    /// # Errors
    ///
    /// When it is something else.
    pub(super) fn unsigned(&self, name: &str) -> Result<Option<u64>, MapError> {
        match self.of(name) {
            None => Ok(None),
            Some(Value::Integer(digits)) => digits
                .parse()
                .map(Some)
                .map_err(|_| MapError::wrong_type(name, "an unsigned integer of 64 bits")),
            Some(_) => Err(MapError::wrong_type(name, "an unsigned integer")),
        }
    }

    /// An object that is a member, if it is there.
    ///
    /// # Errors
    ///
    /// When it is something else.
    pub(super) fn object(&self, name: &str) -> Result<Option<&Self>, MapError> {
        match self.of(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(MapError::wrong_type(name, "an object")),
        }
    }

    /// Puts a member in, in the place of one of that name if there is one.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        match self
            .0
            .binary_search_by(|(member, _)| member.as_str().cmp(name))
        {
            Ok(place) => self.0[place].1 = value,
            Err(place) => self.0.insert(place, (name.to_owned(), value)),
        }
    }

    /// All members, in their order.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The bytes of the canonical form, without the members that are named.
    pub(super) fn canonical(&self, form: Form, without: &[&str]) -> Vec<u8> {
        let mut text = String::new();
        let members = self.members().filter(|(name, _)| !without.contains(name));
        write::object(&mut text, form, members);
        text.into_bytes()
    }

    /// Every value inside, however deep, in the order in which it is written.
    pub(super) fn each_mut(&mut self, visit: &mut dyn FnMut(&mut Value)) {
        for (_, value) in &mut self.0 {
            value.each_mut(visit);
        }
    }
}

impl Value {
    fn each_mut(&mut self, visit: &mut dyn FnMut(&mut Self)) {
        match self {
            Self::Array(elements) => {
                for element in elements {
                    element.each_mut(visit);
                }
            }
            Self::Object(object) => object.each_mut(visit),
            scalar => visit(scalar),
        }
    }

    /// A value's own text: of text itself, of a number or truth value as it is written.
    pub(super) fn scalar_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Integer(digits) => Some(digits.clone()),
            Self::Float(float) => Some(float_text(*float)),
            Self::Boolean(boolean) => Some(boolean.to_string()),
            Self::Null | Self::Array(_) | Self::Object(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
