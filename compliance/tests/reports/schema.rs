//! Every report is of its published schema: a checker of the few keywords that the schemas use. One that it does not
//! know is a failure, so that nothing in a schema goes unchecked.

use serde_json::{Map, Value, json};

use crate::fixture::{forged, report_of, subject, with_closed_bodies};
use crate::verifications::{broken_verification, lawful_verification};

const REPORT: &str = include_str!("../../schemas/report.schema.json");
const VERIFICATION: &str = include_str!("../../schemas/verification.schema.json");
const MAPPING: &str = include_str!("../../schemas/mapping.schema.json");

struct Schema(Value);

impl Schema {
    fn new(text: &str) -> Self {
        Self(serde_json::from_str(text).expect("a schema is JSON"))
    }

    /// What is wrong with a value; nothing if it is of the schema.
    fn problem(&self, value: &Value) -> Option<String> {
        self.check(&self.0, value, "").err()
    }

    fn check(&self, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
        let schema = schema.as_object().expect("a schema is an object");
        for (keyword, asked) in schema {
            let fits = match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" | "properties" => true,
                "$ref" => {
                    let name = asked
                        .as_str()
                        .and_then(|name| name.strip_prefix("#/$defs/"))
                        .expect("a definition");
                    self.check(&self.0["$defs"][name], value, place)?;
                    true
                }
                "type" => is_of_type(value, asked.as_str().expect("one type")),
                "const" => value == asked,
                "enum" => asked.as_array().expect("values").contains(value),
                "minimum" => value.as_u64() >= asked.as_u64(),
                "maximum" => value.as_u64() <= asked.as_u64(),
                "minLength" => {
                    value.as_str().map(|text| text.chars().count() as u64) >= asked.as_u64()
                }
                "maxLength" => {
                    value.as_str().map(|text| text.chars().count() as u64) <= asked.as_u64()
                }
                "minItems" => value.as_array().map(|items| items.len() as u64) >= asked.as_u64(),
                "maxItems" => value.as_array().map(|items| items.len() as u64) <= asked.as_u64(),
                "pattern" => matches_pattern(
                    value.as_str().unwrap_or_default(),
                    asked.as_str().expect("a pattern"),
                ),
                "required" => {
                    let names = asked.as_array().expect("names").iter();
                    names
                        .clone()
                        .all(|name| value.get(name.as_str().expect("a name")).is_some())
                }
                "additionalProperties" => {
                    assert_eq!(asked, &json!(false), "only closed objects are checked");
                    self.properties(schema, value, place)?;
                    true
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(asked, item, &format!("{place}/{index}"))?;
                    }
                    true
                }
                "oneOf" => {
                    let alternatives = asked.as_array().expect("alternatives").iter();
                    alternatives
                        .filter(|schema| self.check(schema, value, place).is_ok())
                        .count()
                        == 1
                }
                unknown => panic!("the checker does not know {unknown:?}"),
            };
            if !fits {
                return Err(format!("{place} is not of {keyword} {asked}: {value}"));
            }
        }
        Ok(())
    }

    fn properties(
        &self,
        schema: &Map<String, Value>,
        value: &Value,
        place: &str,
    ) -> Result<(), String> {
        for (name, value) in value.as_object().into_iter().flatten() {
            match schema["properties"].get(name) {
                Some(schema) => self.check(schema, value, &format!("{place}/{name}"))?,
                None => return Err(format!("{place}/{name} is unknown")),
            }
        }
        Ok(())
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        unknown => panic!("the checker does not know the type {unknown:?}"),
    }
}

/// The patterns of the schemas: by what they are.
fn matches_pattern(text: &str, pattern: &str) -> bool {
    let hexadecimal = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let shaped = |shape: &str| {
        let fits = |(byte, shape): (u8, u8)| {
            if shape == b'0' {
                byte.is_ascii_digit()
            } else {
                byte == shape
            }
        };
        text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
    };
    match pattern {
        "^[0-9a-f]{64}$" => text.len() == 64 && hexadecimal(text),
        "^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$" => {
            let parts: Vec<_> = text.split('-').collect();
            let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
            lengths == [8, 4, 4, 4, 12]
                && parts.iter().all(|part| hexadecimal(part))
                && parts[2].starts_with('5')
                && parts[3].starts_with(['8', '9', 'a', 'b'])
        }
        "^[A-Za-z0-9+/]{43}=$" => {
            let digits = text.strip_suffix('=').unwrap_or_default();
            digits.len() == 43
                && digits
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
        }
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => shaped("0000-00-00"),
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{9}Z$" => {
            shaped("0000-00-00T00:00:00.000000000Z")
        }
        unknown => panic!("the checker does not know the pattern {unknown:?}"),
    }
}

#[test]
fn every_report_is_of_its_schema() {
    let schema = Schema::new(REPORT);
    for subject in [subject(), with_closed_bodies(), forged()] {
        let json = report_of(&subject).to_json().expect("JSON");
        let value: Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(schema.problem(&value), None);
        for (pointer, wrong) in [
            ("/id", json!("6ba7b810-9dad-11d1-80b4-00c04fd430c8")),
            ("/clauses/0/state", json!("compliant")),
            ("/range/first_time", json!("2026-09-01")),
            (
                "/clauses/0/criteria/0/value",
                json!({ "count": 1, "flag": true }),
            ),
            ("/evidence/bodies/open", json!(-1)),
            ("/evidence/bodies", json!({ "open": 1 })),
            ("/headline", json!("")),
        ] {
            let mut value = value.clone();
            *value.pointer_mut(pointer).expect("there") = wrong;
            assert!(schema.problem(&value).is_some(), "{pointer}");
        }
        let mut more = value.clone();
        more["compliant"] = json!(true);
        assert_eq!(
            schema.problem(&more),
            Some("/compliant is unknown".to_owned())
        );
    }
}

#[test]
fn every_verification_is_of_its_schema() {
    let schema = Schema::new(VERIFICATION);
    for verification in [lawful_verification(), broken_verification()] {
        let value = serde_json::from_slice(&verification.to_json().expect("JSON")).expect("JSON");
        assert_eq!(schema.problem(&value), None);
    }
}

/// The keys that the reader of mappings names when it meets another are those of the schema.
#[test]
fn the_schema_of_mappings_has_the_readers_keys() {
    let schema = Schema::new(MAPPING).0;
    let keys = |object: &Value| {
        let keys = object["properties"].as_object().expect("properties").keys();
        let mut keys: Vec<_> = keys.cloned().collect();
        keys.sort_unstable();
        keys
    };
    let allowed_at = |line: &str| {
        let text = crate::fixture::EXAMPLE.replacen(
            line,
            &format!("{line}\n{}intruder: 1", indent(line)),
            1,
        );
        let error = indelible_compliance::frameworks::Framework::read(
            "m",
            &text,
            &crate::fixture::example_catalogue(),
        );
        let error = error.expect_err("an unknown key").to_string();
        let allowed = error
            .split("expected one of ")
            .nth(1)
            .unwrap_or_else(|| panic!("{error}"));
        let mut keys: Vec<_> = allowed.split(", ").map(str::to_owned).collect();
        keys.sort_unstable();
        keys
    };
    assert_eq!(keys(&schema), allowed_at("version: 3"));
    assert_eq!(
        keys(&schema["$defs"]["clause"]),
        allowed_at("    kind: record-keeping")
    );
    assert_eq!(
        keys(&schema["$defs"]["criterion"]),
        allowed_at("        at_least: 1")
    );
    assert_eq!(
        keys(&schema["properties"]["sources"]["items"]),
        allowed_at("    kind: primary")
    );
    assert_eq!(
        keys(&schema["properties"]["applies"]["items"]),
        allowed_at("    source: delay")
    );
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}
