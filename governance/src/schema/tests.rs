use super::*;
use crate::json::{Limits, Value, read};

const LIMITS: Limits = Limits {
    bytes: 100_000,
    levels: 500,
};

fn value(json: &str) -> Value {
    read(json.as_bytes(), LIMITS).unwrap()
}

/// What a value violates: the path and the message.
fn violation(schema: &str, json: &str) -> Option<(String, String)> {
    let schema = Schema::new(&value(schema)).unwrap();
    let violation = schema.check(&value(json))?;
    Some((shown_path(&violation.path), violation.message))
}

fn is_valid(schema: &str, json: &str) -> bool {
    violation(schema, json).is_none()
}

/// A schema, a value that satisfies it, one that does not, and what is said of it.
const KEYWORDS: &[(&str, &str, &str, &str)] = &[
    (
        r#"{"type":"integer"}"#,
        "1.0",
        "1.5",
        "1.5 is not of type 'integer'",
    ),
    (
        r#"{"type":["string","null"]}"#,
        "null",
        "1",
        "1 is not of type 'string', 'null'",
    ),
    (
        r#"{"type":"number"}"#,
        "1",
        "true",
        "True is not of type 'number'",
    ),
    (
        r#"{"enum":["a",1]}"#,
        "1.0",
        "true",
        "True is not one of ['a', 1]",
    ),
    (r#"{"const":[1]}"#, "[1.0]", "[true]", "[1] was expected"),
    (
        r#"{"maximum":1}"#,
        "1.0",
        "2",
        "2 is greater than the maximum of 1",
    ),
    (
        r#"{"minimum":18446744073709551617}"#,
        "18446744073709551617",
        "18446744073709551616",
        "18446744073709551616 is less than the minimum of 18446744073709551617",
    ),
    (
        r#"{"exclusiveMaximum":1}"#,
        "0",
        "1",
        "1 is greater than or equal to the maximum of 1",
    ),
    (
        r#"{"exclusiveMinimum":1}"#,
        "2",
        "1",
        "1 is less than or equal to the minimum of 1",
    ),
    (
        r#"{"multipleOf":0.5}"#,
        "1.5",
        "1.2",
        "1.2 is not a multiple of 0.5",
    ),
    (
        r#"{"multipleOf":3}"#,
        "18446744073709551615",
        "4",
        "4 is not a multiple of 3",
    ),
    (
        r#"{"minLength":2}"#,
        r#""éé""#,
        r#""é""#,
        "'é' is too short",
    ),
    (
        r#"{"minLength":1}"#,
        r#""a""#,
        r#""""#,
        "'' should be non-empty",
    ),
    (
        r#"{"maxLength":1}"#,
        r#""😀""#,
        r#""ab""#,
        "'ab' is too long",
    ),
    (
        r#"{"pattern":"^a\\d$"}"#,
        r#""a1""#,
        r#""b""#,
        "'b' does not match '^a\\\\d$'",
    ),
    (
        r#"{"items":{"type":"null"}}"#,
        "[null]",
        "[1]",
        "1 is not of type 'null'",
    ),
    (
        r#"{"items":[true,false]}"#,
        "[1]",
        "[1,2]",
        "False schema does not allow 2",
    ),
    (
        r#"{"items":[true],"additionalItems":false}"#,
        "[1]",
        "[1,2,3]",
        "Additional items are not allowed (2, 3 were unexpected)",
    ),
    (
        r#"{"items":[true],"additionalItems":{"type":"null"}}"#,
        "[1,null]",
        "[1,2]",
        "2 is not of type 'null'",
    ),
    (r#"{"minItems":1}"#, "[1]", "[]", "[] should be non-empty"),
    (
        r#"{"maxItems":0}"#,
        "[]",
        "[1]",
        "[1] is expected to be empty",
    ),
    (
        r#"{"uniqueItems":true}"#,
        "[1,true,\"1\"]",
        "[1,1.0]",
        "[1, 1.0] has non-unique elements",
    ),
    (
        r#"{"contains":{"const":1}}"#,
        "[0,1]",
        "[0]",
        "None of [0] are valid under the given schema",
    ),
    (
        r#"{"required":["a"]}"#,
        r#"{"a":1}"#,
        "{}",
        "'a' is a required property",
    ),
    (
        r#"{"minProperties":2}"#,
        r#"{"a":1,"b":2}"#,
        "{}",
        "{} does not have enough properties",
    ),
    (
        r#"{"maxProperties":1}"#,
        "{}",
        r#"{"a":1,"b":"x"}"#,
        "{'a': 1, 'b': 'x'} has too many properties",
    ),
    (
        r#"{"properties":{"a":{"type":"null"}}}"#,
        "{}",
        r#"{"a":1}"#,
        "1 is not of type 'null'",
    ),
    (
        r#"{"patternProperties":{"^a":{"type":"null"}}}"#,
        r#"{"b":1}"#,
        r#"{"a":1}"#,
        "1 is not of type 'null'",
    ),
    (
        r#"{"properties":{"a":true},"patternProperties":{"^b":true},"additionalProperties":false}"#,
        r#"{"a":1,"bb":1}"#,
        r#"{"d":1,"c":1}"#,
        "Additional properties are not allowed ('c', 'd' were unexpected)",
    ),
    (
        r#"{"additionalProperties":{"type":"null"}}"#,
        r#"{"a":null}"#,
        r#"{"a":1}"#,
        "1 is not of type 'null'",
    ),
    (
        r#"{"dependencies":{"a":["b"]}}"#,
        r#"{"b":1}"#,
        r#"{"a":1}"#,
        "'b' is a dependency of 'a'",
    ),
    (
        r#"{"dependencies":{"a":{"required":["b"]}}}"#,
        "{}",
        r#"{"a":1}"#,
        "'b' is a required property",
    ),
    (
        r#"{"propertyNames":{"maxLength":1}}"#,
        r#"{"a":1}"#,
        r#"{"ab":1}"#,
        "'ab' is too long",
    ),
    (
        r#"{"if":{"const":1},"then":{"type":"null"},"else":{"type":"string"}}"#,
        r#""a""#,
        "1",
        "1 is not of type 'null'",
    ),
    (
        r#"{"allOf":[{"type":"string"},{"minLength":1}]}"#,
        r#""a""#,
        "1",
        "1 is not of type 'string'",
    ),
    (
        r#"{"anyOf":[{"type":"string"},{"minimum":1}]}"#,
        "1",
        "0",
        "0 is not valid under any of the given schemas",
    ),
    (
        r#"{"oneOf":[{"minimum":1},{"maximum":1}]}"#,
        "0",
        "1",
        "1 is valid under more than one schema",
    ),
    (
        r#"{"not":{"type":"null"}}"#,
        "1",
        "null",
        "None should not be valid under {'type': 'null'}",
    ),
    (
        r##"{"$ref":"#/definitions/a~1b%20","minimum":9,"definitions":{"a/b ":{"type":"integer"}}}"##,
        "1",
        "null",
        "None is not of type 'integer'",
    ),
];

#[test]
fn every_keyword_holds_what_satisfies_it_and_names_what_does_not() {
    for (schema, valid, invalid, message) in KEYWORDS {
        assert_eq!(violation(schema, valid), None, "{schema} {valid}");
        let found = violation(schema, invalid).map(|(_, message)| message);
        assert_eq!(found.as_deref(), Some(*message), "{schema} {invalid}");
    }
}

#[test]
fn what_python_does_not_assert_is_not_asserted() {
    for format in ["email", "date", "ipv4", "uri"] {
        assert!(is_valid(&format!(r#"{{"format":"{format}"}}"#), r#""x""#));
    }
    assert!(is_valid(r#"{"contentEncoding":"base64"}"#, r#""?""#));
}

#[test]
fn a_multiple_of_a_double_goes_by_the_quotient() {
    for (of, number) in [("0.1", "0.3"), ("0.01", "4.35"), ("0.01", "19.99")] {
        assert!(
            !is_valid(&format!(r#"{{"multipleOf":{of}}}"#), number),
            "{number}"
        );
    }
    assert!(is_valid(r#"{"multipleOf":0.01}"#, "4.25"));
    assert!(
        is_valid(r#"{"multipleOf":5e-324}"#, "1e300"),
        "the quotient is infinite, the remainder is 0"
    );
}

#[test]
fn the_violation_nearest_to_the_root_is_told() {
    let schema = r#"{"properties":{"a":{"type":"null"}},"required":["b"]}"#;
    let found = violation(schema, r#"{"a":1}"#).unwrap();
    assert_eq!(
        found,
        ("$".to_owned(), "'b' is a required property".to_owned())
    );
    let found = violation(schema, r#"{"a":1,"b":2}"#).unwrap();
    assert_eq!(found.0, "$.a");
}

#[test]
fn what_is_no_schema_of_draft_07_is_refused_with_its_path() {
    let wrong = |json: &str| Schema::new(&value(json)).unwrap_err();
    let draft = wrong(r#"{"$schema":"https://json-schema.org/draft/2020-12/schema"}"#);
    assert!(matches!(draft, SchemaError::OtherDraft { .. }));
    for (json, path) in [
        (r#"{"type":"text"}"#, "$.type"),
        (r#"{"type":[]}"#, "$.type"),
        (r#"{"properties":{"a":1}}"#, "$.properties.a"),
        (
            r#"{"properties":{"a":{"minLength":-1}}}"#,
            "$.properties.a.minLength",
        ),
        (r#"{"required":"a"}"#, "$.required"),
        (r#"{"multipleOf":0}"#, "$.multipleOf"),
        (r#"{"exclusiveMinimum":true}"#, "$.exclusiveMinimum"),
        (r#"{"pattern":"("}"#, "$.pattern"),
        (r#"{"allOf":[]}"#, "$.allOf"),
        (
            r#"{"definitions":{"a":{"items":3}}}"#,
            "$.definitions.a.items",
        ),
        (r##"{"$ref":"#/definitions/a"}"##, "$.$ref"),
        (r#"{"$ref":"https://example.com/a.json"}"#, "$.$ref"),
    ] {
        assert_eq!(wrong(json).path(), path, "{json}");
    }
    let cycle = r##"{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/a"}}}"##;
    assert!(matches!(wrong(cycle), SchemaError::Cycle { .. }));
    assert!(matches!(
        wrong(r##"{"$ref":"#"}"##),
        SchemaError::Cycle { .. }
    ));
    assert_eq!(wrong("3").path(), "$");
}

#[test]
fn keywords_of_other_drafts_are_named_and_mean_nothing() {
    let schema = Schema::new(&value(
        r#"{"prefixItems":[false],"properties":{"a":{"$defs":{}}}}"#,
    ));
    let schema = schema.unwrap();
    assert_eq!(
        schema.unknown_keywords(),
        ["$.prefixItems", "$.properties.a.$defs"]
    );
    assert_eq!(schema.check(&value("[1]")), None);
}

#[test]
fn a_schema_that_refers_to_itself_checks_what_is_finite() {
    let tree =
        r##"{"type":"object","properties":{"next":{"$ref":"#"}},"additionalProperties":false}"##;
    assert!(is_valid(tree, r#"{"next":{"next":{}}}"#));
    assert_eq!(
        violation(tree, r#"{"next":{"next":{"x":1}}}"#).unwrap().0,
        "$.next.next"
    );
}

#[test]
fn checking_ends_where_it_would_take_for_ever() {
    let mut schema = r##"{"definitions":{"a0":{"type":"null"}"##.to_owned();
    for level in 1..40 {
        let last = format!(r##"{{"$ref":"#/definitions/a{}"}}"##, level - 1);
        schema.push_str(&format!(r#","a{level}":{{"allOf":[{last},{last}]}}"#));
    }
    schema.push_str(r##"},"$ref":"#/definitions/a39"}"##);
    assert!(
        !is_valid(&schema, "null"),
        "two to the power of 39 steps are refused"
    );
    let anyhow = r##"{"allOf":[{"$ref":"#/definitions/a"}],"definitions":{"a":{"allOf":[{"$ref":"#/definitions/a"}]}}}"##;
    assert!(!is_valid(anyhow, "1"), "a loop through allOf ends, too");
}
