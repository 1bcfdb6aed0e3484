//! The form of a policy, as a schema: AIGC's root keys and what each may hold.

use std::sync::OnceLock;

use crate::{
    json::{Limits, Object, Value, read},
    schema::{Schema, Violation},
};

/// The form, in Draft-07. Every key of the root is here, and no other is taken.
const FORM: &str = r#"{
    "type": "object",
    "properties": {
        "extends": {"type": "string", "minLength": 1},
        "composition_strategy": {"type": "string"},
        "policy_version": {"type": "string"},
        "description": {"type": "string"},
        "effective_date": {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"},
        "expiration_date": {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"},
        "roles": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "conditions": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "type": {"const": "boolean"},
                    "required": {"type": "boolean"},
                    "default": {"type": "boolean"}
                },
                "required": ["type"],
                "additionalProperties": false
            }
        },
        "tools": {
            "type": "object",
            "properties": {
                "allowed_tools": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "name": {"type": "string", "minLength": 1},
                            "max_calls": {"type": "integer", "minimum": 1}
                        },
                        "required": ["name"],
                        "additionalProperties": false
                    }
                }
            },
            "additionalProperties": false
        },
        "retry_policy": {
            "type": "object",
            "properties": {
                "max_retries": {"type": "integer", "minimum": 0},
                "backoff_ms": {"type": "integer", "minimum": 0}
            },
            "additionalProperties": false
        },
        "risk": {
            "type": "object",
            "properties": {
                "mode": {"enum": ["strict", "risk_scored", "warn_only"]},
                "threshold": {"type": "number", "minimum": 0, "maximum": 1},
                "factors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "name": {"type": "string", "minLength": 1},
                            "weight": {"type": "number", "minimum": 0, "maximum": 1},
                            "condition": {"type": "string", "minLength": 1}
                        },
                        "required": ["name", "weight", "condition"],
                        "additionalProperties": false
                    }
                }
            },
            "additionalProperties": false
        },
        "pre_conditions": {
            "type": "object",
            "properties": {
                "required": {
                    "oneOf": [
                        {"type": "array", "items": {"type": "string"}},
                        {"type": "object", "additionalProperties": {
                            "type": "object",
                            "properties": {
                                "type": {"type": "string"},
                                "pattern": {"type": "string"},
                                "enum": {"type": "array"},
                                "minLength": {"type": "integer", "minimum": 0},
                                "maxLength": {"type": "integer", "minimum": 0},
                                "minimum": {"type": "number"},
                                "maximum": {"type": "number"}
                            },
                            "additionalProperties": false
                        }}
                    ]
                },
                "optional": {}
            },
            "additionalProperties": false
        },
        "post_conditions": {
            "type": "object",
            "properties": {
                "required": {"type": "array", "items": {"type": "string"}},
                "optional": {"type": "array", "items": {"type": "string"}}
            },
            "additionalProperties": false
        },
        "output_schema": {"type": "object", "minProperties": 1},
        "guards": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "when": {
                        "type": "object",
                        "properties": {"condition": {"type": "string"}},
                        "required": ["condition"],
                        "additionalProperties": false
                    },
                    "then": {"type": "object"}
                },
                "required": ["when", "then"],
                "additionalProperties": false
            }
        }
    },
    "required": ["policy_version", "roles"],
    "additionalProperties": false
}"#;

/// What a policy violates of the form.
pub(super) fn violation(policy: &Object) -> Option<Violation> {
    form()?.check(&Value::Object(policy.clone()))
}

/// What a document that extends another violates: it may leave out what its base has.
pub(super) fn violation_of_part(policy: &Object) -> Option<Violation> {
    part()?.check(&Value::Object(policy.clone()))
}

fn text() -> Option<Value> {
    let limits = Limits {
        bytes: FORM.len(),
        levels: 16,
    };
    read(FORM.as_bytes(), limits).ok()
}

/// A test holds that the form is a schema.
fn form() -> Option<&'static Schema> {
    static COMPILED: OnceLock<Option<Schema>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(|| Schema::new(&text()?).ok());
    compiled.as_ref()
}

fn part() -> Option<&'static Schema> {
    static COMPILED: OnceLock<Option<Schema>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(|| {
        let mut form = text()?;
        if let Value::Object(form) = &mut form {
            form.remove("required");
        }
        Schema::new(&form).ok()
    });
    compiled.as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_a_schema() {
        assert!(form().is_some() && part().is_some());
        assert!(form().is_some_and(|form| form.unknown_keywords().is_empty()));
    }
}
