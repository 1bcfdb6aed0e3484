//! A JSON object as its members' own bytes, so that what is passed on is exactly what was sent.

use std::fmt;

use indelible_proto::v1::FactValue;
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use crate::import::{
    facts::{boolean_fact, text_fact, uint_fact},
    map_error::MapError,
};

/// Unsigned integers in evidence end here.
const UINT_MAX: u64 = i64::MAX as u64;

/// The members of one JSON object, in their order, no name twice.
pub(super) struct Members<'a> {
    members: Vec<(String, &'a RawValue)>,
    record: Record,
}

/// Where the text begins that values are read from, to say at which byte of it something is wrong.
#[derive(Clone, Copy)]
pub(super) struct Record(usize);

impl<'a> Members<'a> {
    /// Reads an object that is a whole record.
    pub(super) fn parse(json: &'a [u8]) -> Result<Self, MapError> {
        Self::within(Record(json.as_ptr().addr()), json)
    }

    /// Reads an object that is a part of a record.
    pub(super) fn within(record: Record, json: &'a [u8]) -> Result<Self, MapError> {
        let text = std::str::from_utf8(json).map_err(not_json)?;
        if !text.trim_start().starts_with('{') {
            // What is not JSON at all deserves to be told so.
            serde_json::from_str::<de::IgnoredAny>(text).map_err(not_json)?;
            return Err(MapError::NotAnObject);
        }
        let Pairs(members) =
            serde_json::from_str(text).map_err(|problem| unreadable(text, &problem))?;
        let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(MapError::Duplicate {
                field: pair[0].to_owned(),
            });
        }
        Ok(Self { members, record })
    }

    /// Where the record begins.
    pub(super) fn record(&self) -> Record {
        self.record
    }

    /// A member; `null` counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        let (_, value) = self.members.iter().find(|(member, _)| member == name)?;
        (value.get() != "null").then_some(*value)
    }

    /// Takes a member out; `null` counts as absent.
    pub(super) fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        let value = self.take_as_it_is(name)?;
        (value.get() != "null").then_some(value)
    }

    /// The names of all members, with those of `null`.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_str())
    }

    /// Takes a member out, also where it is `null`.
    pub(super) fn take_as_it_is(&mut self, name: &str) -> Option<&'a RawValue> {
        let place = self.members.iter().position(|(member, _)| member == name)?;
        Some(self.members.remove(place).1)
    }

    /// Takes out a member that is text.
    pub(super) fn take_text(&mut self, name: &str) -> Result<Option<String>, MapError> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        match self.record.text(name, value)? {
            None => Err(MapError::wrong_type(name, "text")),
            found => Ok(found),
        }
    }

    /// Takes out a member that is text and must be there.
    pub(super) fn take_required_text(&mut self, name: &str) -> Result<String, MapError> {
        self.take_filled_text(name)?
            .ok_or_else(|| MapError::missing(name))
    }

    /// Takes out a member that is text and not empty.
    pub(super) fn take_filled_text(&mut self, name: &str) -> Result<Option<String>, MapError> {
        Ok(self.take_text(name)?.filter(|text| !text.is_empty()))
    }

    /// What has not been taken, but for `null`.
    pub(super) fn rest(self) -> impl Iterator<Item = (String, &'a RawValue)> {
        self.members
            .into_iter()
            .filter(|(_, value)| value.get() != "null")
    }

    /// The member at a path: a name, or names joined by dots. A name that has dots in it comes first.
    pub(super) fn at_path(&self, path: &str) -> Result<Option<&'a RawValue>, MapError> {
        if let Some((_, value)) = self.members.iter().find(|(name, _)| name == path) {
            return Ok((value.get() != "null").then_some(*value));
        }
        let Some((name, rest)) = path.split_once('.') else {
            return Ok(None);
        };
        match self.members.iter().find(|(member, _)| member == name) {
            Some((_, value)) if value.get().starts_with('{') => {
                Self::within(self.record, value.get().as_bytes())?.at_path(rest)
            }
            _ => Ok(None),
        }
    }
}

impl Record {
    /// A JSON string's text; nothing for another value. A string with half of a character in it is not text.
    pub(super) fn text(self, name: &str, value: &RawValue) -> Result<Option<String>, MapError> {
        let json = value.get();
        if !json.starts_with('"') {
            return Ok(None);
        }
        // Everything else about the string was checked when its record was.
        serde_json::from_str(json).map(Some).map_err(|_| {
            let before = json.as_ptr().addr().saturating_sub(self.0);
            MapError::LoneSurrogate {
                field: name.to_owned(),
                byte: before + lone_surrogate(json).unwrap_or(0) + 1,
            }
        })
    }

    /// A scalar as a fact: booleans and unsigned integers as such, other numbers as the text that was sent.
    pub(super) fn fact(self, name: &str, value: &RawValue) -> Result<FactValue, MapError> {
        if let Some(text) = self.text(name, value)? {
            return Ok(text_fact(text));
        }
        let json = value.get();
        match json.as_bytes().first() {
            Some(b't') => Ok(boolean_fact(true)),
            Some(b'f') => Ok(boolean_fact(false)),
            Some(b'-' | b'0'..=b'9') => Ok(match json.parse::<u64>() {
                Ok(uint) if uint <= UINT_MAX => uint_fact(uint),
                _ => text_fact(json),
            }),
            _ => Err(MapError::wrong_type(
                name,
                "text, a number or a truth value",
            )),
        }
    }
}

/// One JSON value as a fact, as an importer reads it.
///
/// # Errors
///
/// When it is not JSON, has half of a character in it, or is an object, an array or `null`.
pub fn typed_fact(name: &str, json: &str) -> Result<FactValue, MapError> {
    let value: &RawValue = serde_json::from_str(json).map_err(not_json)?;
    Record(value.get().as_ptr().addr()).fact(name, value)
}

/// Where in a JSON string the first half of a character begins that has no other half.
fn lone_surrogate(json: &str) -> Option<usize> {
    let unit = |place: usize| {
        let digits = json.get(place..place + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut place = 0;
    while let Some(found) = json[place..].find('\\') {
        place += found;
        match unit(place) {
            Some(0xd800..=0xdbff) if matches!(unit(place + 6), Some(0xdc00..=0xdfff)) => {
                place += 12
            }
            Some(0xd800..=0xdfff) => return Some(place),
            _ => place += 2,
        }
    }
    None
}

/// A parser's complaint as an error. Its lines count from where the record begins, and readers have the file's beside it.
pub(super) fn not_json(problem: impl fmt::Display) -> MapError {
    let said = problem.to_string();
    let problem = match said.rsplit_once(" at line 1 column ") {
        Some((what, column)) => format!("{what}, at its byte {column}"),
        None => said
            .replace(" at line ", ", in its line ")
            .replace(" column ", ", byte "),
    };
    MapError::NotJson { problem }
}

/// The same of an object whose values are not looked into: what is JSON all the same has half of a character in a name.
fn unreadable(text: &str, problem: &serde_json::Error) -> MapError {
    if serde_json::from_str::<de::IgnoredAny>(text).is_ok() {
        let lines = text.split_inclusive('\n').take(problem.line() - 1);
        return MapError::LoneSurrogate {
            field: "(a name)".to_owned(),
            byte: lines.map(str::len).sum::<usize>() + problem.column(),
        };
    }
    not_json(problem)
}

struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
                    members.push(member);
                }
                Ok(Pairs(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests;
