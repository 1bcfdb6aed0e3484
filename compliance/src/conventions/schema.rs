//! The conventions as JSON Schemas and as tables for people, made from the same lines as the readers.

use serde_json::{Map, Value, json};

use crate::conventions::{
    COMMON, DECIMAL_PATTERN, EventSpec, FactKind, FactSpec, SPECS, WHOLE_MAX,
};

/// The JSON Schema (2020-12) of events of one type, in the form that `indelible append` reads: CloudEvents' attributes,
/// `facts` as an object and `digests` as an array.
pub fn schema(spec: &EventSpec) -> Value {
    let attribute = || json!({"type": "string", "minLength": 1});
    let mut properties = Map::new();
    for name in ["id", "source"].iter().chain(spec.attributes) {
        properties.insert((*name).to_owned(), attribute());
    }
    properties.insert("type".to_owned(), json!({"const": spec.event_type}));
    properties.insert("facts".to_owned(), facts(spec));
    let has_digest = |component: &&str| json!({"contains": {"properties": {"component": {"const": component}}, "required": ["component"]}});
    let mut digests = json!({"type": "array"});
    if !spec.digests.is_empty() {
        digests["allOf"] = spec.digests.iter().map(has_digest).collect();
    }
    properties.insert("digests".to_owned(), digests);
    let mut required = vec!["id", "source", "type"];
    required.extend(spec.attributes);
    if spec.facts.iter().any(|fact| fact.required) {
        required.push("facts");
    }
    if !spec.digests.is_empty() {
        required.push("digests");
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:indelible:event:{}", spec.event_type),
        "title": spec.event_type,
        "description": spec.meaning.trim(),
        "type": "object",
        "properties": properties,
        "required": required,
    })
}

fn facts(spec: &EventSpec) -> Value {
    let mut properties = Map::new();
    for fact in spec.facts {
        let mut property = value(fact.kind);
        property["description"] = fact.meaning.trim().into();
        properties.insert(fact.name.to_owned(), property);
    }
    for fact in COMMON {
        properties
            .entry(fact.name)
            .or_insert_with(|| value(fact.kind));
    }
    let required: Vec<_> = spec
        .facts
        .iter()
        .filter(|fact| fact.required)
        .map(|fact| fact.name)
        .collect();
    let mut facts = json!({
        "type": "object",
        "maxProperties": indelible_evidence::limits::FACTS_MAX,
        "properties": properties,
        "required": required,
    });
    if let Some(prefix) = spec.decimals {
        let pattern = format!("^{}", prefix.replace('.', "\\."));
        facts["patternProperties"] = json!({pattern: value(FactKind::Decimal)});
    }
    facts
}

fn value(kind: FactKind) -> Value {
    let decimal = |pattern: &str| {
        json!({"anyOf": [
            {"type": "string", "pattern": pattern},
            {"type": "integer", "minimum": 0, "maximum": WHOLE_MAX},
        ]})
    };
    match kind {
        FactKind::Text => json!({"type": "string", "minLength": 1}),
        FactKind::Uint => {
            json!({"type": "integer", "minimum": 0, "maximum": indelible_evidence::limits::UINT_MAX})
        }
        FactKind::Boolean => json!({"type": "boolean"}),
        FactKind::Decimal => decimal(DECIMAL_PATTERN),
        FactKind::Amount => decimal(&DECIMAL_PATTERN.replace("-?", "")),
        FactKind::Choice(words) => json!({"enum": words}),
    }
}

/// The reference of all types, as Markdown.
pub fn reference() -> String {
    SPECS.iter().map(section).collect()
}

fn section(spec: &EventSpec) -> String {
    let named = |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    let mut text = format!("### {}\n\n{}\n\n", spec.event_type, spec.meaning.trim());
    text.push_str("| fact | what it is | what it says |\n| --- | --- | --- |\n");
    for FactSpec {
        name,
        kind,
        required,
        meaning,
    } in spec.facts
    {
        let kind = match kind {
            FactKind::Text => "text".to_owned(),
            FactKind::Uint => "unsigned integer".to_owned(),
            FactKind::Boolean => "truth value".to_owned(),
            FactKind::Decimal => "decimal".to_owned(),
            FactKind::Amount => "decimal from 0".to_owned(),
            FactKind::Choice(words) => named(words),
        };
        let name = if *required {
            format!("**`{name}`**")
        } else {
            format!("`{name}`")
        };
        text.push_str(&format!("| {name} | {kind} | {} |\n", meaning.trim()));
    }
    text.push('\n');
    if !spec.attributes.is_empty() {
        text.push_str(&format!(
            "Attributes that must be there: {}.\n\n",
            named(spec.attributes)
        ));
    }
    if !spec.digests.is_empty() {
        text.push_str(&format!(
            "Digests that must be there: {}.\n\n",
            named(spec.digests)
        ));
    }
    if !spec.more_digests.is_empty() {
        text.push_str(&format!(
            "Digests where they exist: {}.\n\n",
            named(spec.more_digests)
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const WRITE: &str = "cargo run --example conventions -p indelible-compliance";

    #[test]
    fn the_published_schemas_are_those_of_the_readers() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
        let mut published: Vec<_> = std::fs::read_dir(&directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            // Those of reports and mappings lie beside them.
            .filter(|name| !name.ends_with(".schema.json"))
            .collect();
        published.sort_unstable();
        let mut names: Vec<_> = SPECS
            .iter()
            .map(|spec| format!("{}.json", spec.event_type))
            .collect();
        names.sort_unstable();
        assert_eq!(published, names, "{WRITE}");
        for spec in SPECS {
            let file = directory.join(format!("{}.json", spec.event_type));
            let published: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            assert_eq!(published, schema(spec), "{WRITE}");
        }
    }

    #[test]
    fn the_documentation_has_the_reference() {
        let page = include_str!("../../../docs/events.md");
        assert!(page.contains(&reference()), "{WRITE}");
    }
}
