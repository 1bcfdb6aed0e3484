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
pub(super) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads an object.
    pub(super) fn parse(json: &'a [u8]) -> Result<Self, MapError> {
        let text = std::str::from_utf8(json).map_err(not_json)?;
        if !text.trim_start().starts_with('{') {
            // What is not JSON at all deserves to be told so.
            serde_json::from_str::<de::IgnoredAny>(text).map_err(not_json)?;
            return Err(MapError::NotAnObject);
        }
        let Pairs(members) = serde_json::from_str(text).map_err(not_json)?;
        let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(MapError::Duplicate {
                field: pair[0].to_owned(),
            });
        }
        Ok(Self(members))
    }

    /// Takes a member out; `null` counts as absent.
    pub(super) fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        let place = self.0.iter().position(|(member, _)| member == name)?;
        let (_, value) = self.0.remove(place);
        (value.get() != "null").then_some(value)
    }

    /// Takes out a member that is text.
    pub(super) fn take_text(&mut self, name: &str) -> Result<Option<String>, MapError> {
        self.take(name)
            .map(|value| text(value).ok_or_else(|| MapError::wrong_type(name, "text")))
            .transpose()
    }

    /// Takes out a member that is text and must be there.
    pub(super) fn take_required_text(&mut self, name: &str) -> Result<String, MapError> {
        self.take_text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| MapError::missing(name))
    }

    /// What has not been taken, but for `null`.
    pub(super) fn rest(self) -> impl Iterator<Item = (String, &'a RawValue)> {
        self.0
            .into_iter()
            .filter(|(_, value)| value.get() != "null")
    }

    /// The member at a path: a name, or names joined by dots. A name that has dots in it comes first.
    pub(super) fn at_path(&self, path: &str) -> Result<Option<&'a RawValue>, MapError> {
        if let Some((_, value)) = self.0.iter().find(|(name, _)| name == path) {
            return Ok((value.get() != "null").then_some(*value));
        }
        let Some((name, rest)) = path.split_once('.') else {
            return Ok(None);
        };
        match self.0.iter().find(|(member, _)| member == name) {
            Some((_, value)) if value.get().starts_with('{') => {
                Self::parse(value.get().as_bytes())?.at_path(rest)
            }
            _ => Ok(None),
        }
    }
}

/// A JSON string's text; nothing for another value.
pub(super) fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// A scalar as a fact: booleans and unsigned integers as such, other numbers as the text that was sent.
pub(super) fn fact(name: &str, value: &RawValue) -> Result<FactValue, MapError> {
    let json = value.get();
    if let Ok(boolean) = serde_json::from_str::<bool>(json) {
        return Ok(boolean_fact(boolean));
    }
    if let Some(text) = text(value) {
        return Ok(text_fact(text));
    }
    if json.starts_with(['{', '[']) {
        return Err(MapError::wrong_type(
            name,
            "text, a number or a truth value",
        ));
    }
    Ok(match json.parse::<u64>() {
        Ok(uint) if uint <= UINT_MAX => uint_fact(uint),
        _ => text_fact(json),
    })
}

/// A parser's complaint as an error.
pub(super) fn not_json(problem: impl fmt::Display) -> MapError {
    MapError::NotJson {
        problem: problem.to_string(),
    }
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
