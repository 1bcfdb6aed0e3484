//! The parts of a token as JSON. A name that comes twice is refused, since another reader may take the other one. What is
//! wrong is told in words.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use crate::limits::SECOND_NS;

/// Seconds since 1970 that a time may say: up to the year 2500, so that nanoseconds fit.
const SECONDS_MAX: u64 = 16_725_225_600;

/// What says how it is signed. Keys that a header itself holds or points to (`jwk`, `jku`, `x5u`) are not looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) kid: Option<String>,
    /// What a reader must understand, which is nothing here.
    crit: Option<Value>,
}

/// What it says of whom, until when. Times are nanoseconds since 1970 UTC.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) sub: String,
    #[serde(default, deserialize_with = "one_or_more")]
    pub(super) aud: Vec<String>,
    #[serde(deserialize_with = "time")]
    pub(super) exp: u64,
    #[serde(default, deserialize_with = "maybe_time")]
    pub(super) nbf: Option<u64>,
    #[serde(default, deserialize_with = "maybe_time")]
    pub(super) iat: Option<u64>,
}

impl Header {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let header: Self =
            serde_json::from_slice(bytes).map_err(|_| "its header is not JSON with an alg")?;
        match header.crit {
            None => Ok(header),
            Some(_) => Err("its header has critical extensions"),
        }
    }
}

/// All claims of a token, those that nothing here reads included.
#[derive(Debug)]
pub(super) struct Every(Value);

impl Every {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let once: Once = serde_json::from_slice(bytes)
            .map_err(|_| "its claims are not a JSON object in which each name comes once")?;
        Ok(Self(Value::Object(once.0)))
    }

    /// The claims that every issuer's tokens may have.
    pub(super) fn known(&self) -> Result<Claims, &'static str> {
        Claims::deserialize(&self.0).map_err(|_| "a claim is missing, or is of another kind")
    }

    /// The groups of a claim: a list of texts, or one text. What is no text names no group.
    pub(super) fn groups(&self, claim: &str) -> Vec<&str> {
        match self.0.get(claim) {
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
            Some(value) => value.as_str().into_iter().collect(),
            None => Vec::new(),
        }
    }
}

/// An object in which each name comes once.
struct Once(Map<String, Value>);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Once;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Once, A::Error> {
                let mut once = Map::new();
                while let Some((name, value)) = members.next_entry()? {
                    if once.insert(name, value).is_some() {
                        return Err(A::Error::custom("a name comes twice"));
                    }
                }
                Ok(Once(once))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        One(String),
        More(Vec<String>),
    }
    Ok(match Form::deserialize(deserializer)? {
        Form::One(text) => vec![text],
        Form::More(texts) => texts,
    })
}

/// Seconds, perhaps with a fraction, which is cut off.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let seconds = number.as_u64().or_else(|| {
        let seconds = number.as_f64()?.floor();
        let fits = (0.0..=SECONDS_MAX as f64).contains(&seconds);
        fits.then_some(seconds as u64)
    });
    match seconds {
        Some(seconds) if seconds <= SECONDS_MAX => Ok(seconds * SECOND_NS),
        _ => Err(D::Error::custom("not a time")),
    }
}

fn maybe_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    time(deserializer).map(Some)
}
