//! A JSON value that loses nothing which Python keeps.

use crate::import::map_error::MapError;

/// A JSON value that loses nothing which Python keeps.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::import) enum Value {
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
pub(in crate::import) struct Object(pub(super) Vec<(String, Value)>);

impl Object {
    /// The member of a name; `null` counts as absent.
    pub(in crate::import) fn of(&self, name: &str) -> Option<&Value> {
        self.member(name).filter(|value| **value != Value::Null)
    }

    /// The member of a name, `null` included.
    pub(in crate::import) fn member(&self, name: &str) -> Option<&Value> {
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
    pub(in crate::import) fn text(&self, name: &str) -> Result<Option<&str>, MapError> {
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
    pub(in crate::import) fn required_text(&self, name: &str) -> Result<&str, MapError> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| MapError::missing(name))
    }

    /// An unsigned integer, if it is there.
    ///
    /// # Errors
    ///
    /// When it is something else.
    pub(in crate::import) fn unsigned(&self, name: &str) -> Result<Option<u64>, MapError> {
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
    pub(in crate::import) fn object(&self, name: &str) -> Result<Option<&Self>, MapError> {
        match self.of(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(MapError::wrong_type(name, "an object")),
        }
    }

    /// Puts a member in, in the place of one of that name if there is one.
    pub(in crate::import) fn set(&mut self, name: &str, value: Value) {
        match self
            .0
            .binary_search_by(|(member, _)| member.as_str().cmp(name))
        {
            Ok(place) => self.0[place].1 = value,
            Err(place) => self.0.insert(place, (name.to_owned(), value)),
        }
    }

    /// All members, in their order.
    pub(in crate::import) fn members(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Every value inside, however deep, in the order in which it is written.
    pub(in crate::import) fn each_mut(&mut self, visit: &mut dyn FnMut(&mut Value)) {
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
}
