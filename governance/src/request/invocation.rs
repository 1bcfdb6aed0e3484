//! The invocation that an AIGC policy sees.

use crate::{
    json::{Limits, Object, Value, read},
    limits::{INVOCATION_BYTES_MAX, INVOCATION_NESTING_LEVELS_MAX, TOOL_CALLS_MAX},
};

/// A call of a model, as an AIGC policy sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// The policy that the caller names.
    pub policy_file: Option<String>,
    /// Who offers the model; `internal` is oneself.
    pub model_provider: String,
    /// The model.
    pub model_identifier: String,
    /// The role in which the model is called.
    pub role: String,
    /// What goes in.
    pub input: Object,
    /// What came out, if it is known already.
    pub output: Option<Object>,
    /// What conditions, preconditions and risk factors look at.
    pub context: Object,
    /// The names of the tools that are called, if that is told at all.
    pub tool_calls: Option<Vec<String>>,
    /// The calls as they are told, if of any more than its name is.
    told_calls: Option<Value>,
}

/// Why a value is not an invocation, in AIGC's words where it has some.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvocationError {
    /// What is wrong.
    pub message: String,
    /// Which member, if it is one.
    pub field: Option<&'static str>,
}

/// The members that are text.
const TEXTS: [&str; 4] = ["policy_file", "model_provider", "model_identifier", "role"];
/// The members that are objects.
const OBJECTS: [&str; 3] = ["input", "output", "context"];

impl Invocation {
    /// Reads an invocation of JSON, within the limits.
    ///
    /// # Errors
    ///
    /// Why it is none: not JSON (NaN, half a character, too deep, too long), a member that is missing or of another kind.
    pub fn parse(json: &[u8], needs_output: bool) -> Result<Self, InvocationError> {
        let limits = Limits {
            bytes: INVOCATION_BYTES_MAX,
            levels: INVOCATION_NESTING_LEVELS_MAX,
        };
        let value = read(json, limits).map_err(|error| wrong(&error.without_contents(), None))?;
        Self::from_value(&value, needs_output)
    }

    /// Takes an invocation from a value. The output may be missing where the call is still to come.
    ///
    /// # Errors
    ///
    /// A member that is missing or of another kind.
    pub fn from_value(value: &Value, needs_output: bool) -> Result<Self, InvocationError> {
        let Value::Object(object) = value else {
            return Err(wrong("Invocation must be an object", None));
        };
        let is_needed = |name: &str| (name != "output" && name != "policy_file") || needs_output;
        let mut needed = TEXTS.iter().chain(&OBJECTS).filter(|name| is_needed(name));
        if needed.any(|name| object.get(name).is_none()) {
            return Err(wrong("Invocation is missing required fields", None));
        }
        let text = |name: &'static str| match object.get(name) {
            None if !is_needed(name) => Ok(String::new()),
            Some(Value::Text(text)) if !text.is_empty() => Ok(text.clone()),
            _ => {
                let problem = format!("Invocation field '{name}' must be a non-empty string");
                Err(wrong(&problem, Some(name)))
            }
        };
        let member = |name: &'static str| match object.get(name) {
            None if !is_needed(name) => Ok(None),
            Some(Value::Object(member)) => Ok(Some(member.clone())),
            _ => {
                let problem = format!("Invocation field '{name}' must be an object");
                Err(wrong(&problem, Some(name)))
            }
        };
        Ok(Self {
            policy_file: Some(text("policy_file")?).filter(|name| !name.is_empty()),
            model_provider: text("model_provider")?,
            model_identifier: text("model_identifier")?,
            role: text("role")?,
            input: member("input")?.unwrap_or_default(),
            output: member("output")?,
            context: member("context")?.unwrap_or_default(),
            tool_calls: tool_calls(object)?,
            told_calls: told_calls(object),
        })
    }

    /// It, as it is before the call.
    pub(super) fn before_output(&self) -> Self {
        Self {
            output: None,
            ..self.clone()
        }
    }

    /// All of it as one value. Calls of tools of which more than the name is told stand as they are.
    pub(super) fn to_value(&self) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut object = Object::default();
        if let Some(name) = &self.policy_file {
            object.set("policy_file", text(name));
        }
        object.set("model_provider", text(&self.model_provider));
        object.set("model_identifier", text(&self.model_identifier));
        object.set("role", text(&self.role));
        object.set("input", Value::Object(self.input.clone()));
        if let Some(output) = &self.output {
            object.set("output", Value::Object(output.clone()));
        }
        object.set("context", Value::Object(self.context.clone()));
        if let Some(calls) = &self.told_calls {
            object.set("tool_calls", calls.clone());
        } else if let Some(calls) = &self.tool_calls {
            let calls = calls.iter().map(|name| text(name)).collect();
            object.set("tool_calls", Value::Array(calls));
        }
        Value::Object(object)
    }
}

/// The calls of tools as they are told, if of any more than its name is.
fn told_calls(object: &Object) -> Option<Value> {
    let told = object.get("tool_calls")?;
    let Value::Array(calls) = told else {
        return None;
    };
    let is_more = |call: &Value| matches!(call, Value::Object(call) if call.len() > 1);
    calls.iter().any(is_more).then(|| told.clone())
}

fn tool_calls(object: &Object) -> Result<Option<Vec<String>>, InvocationError> {
    let field = Some("tool_calls");
    let calls = match object.get("tool_calls") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(calls)) => calls,
        Some(_) => {
            let problem = "Invocation field 'tool_calls' must be a list";
            return Err(wrong(problem, field));
        }
    };
    if calls.len() > TOOL_CALLS_MAX {
        let problem = format!("Invocation field 'tool_calls' has more than {TOOL_CALLS_MAX} items");
        return Err(wrong(&problem, field));
    }
    let name = |call: &Value| {
        let name = call.as_object()?.get("name")?.as_text()?;
        (!name.is_empty()).then(|| name.to_owned())
    };
    let names: Option<Vec<_>> = calls.iter().map(name).collect();
    let nameless = || {
        wrong(
            "Each item of 'tool_calls' must be an object with a non-empty 'name'",
            field,
        )
    };
    names.map(Some).ok_or_else(nameless)
}

fn wrong(message: &str, field: Option<&'static str>) -> InvocationError {
    let message = message.to_owned();
    InvocationError { message, field }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"policy_file":"p","model_provider":"x","model_identifier":"m","role":"r","input":{},"output":{},"context":{}}"#;

    #[test]
    fn an_invocation_without_output_is_one_before_the_call() {
        let without = WHOLE.replace(r#""output":{},"#, "");
        assert!(Invocation::parse(without.as_bytes(), false).is_ok());
        assert!(Invocation::parse(without.as_bytes(), true).is_err());
        let value = Invocation::parse(WHOLE.as_bytes(), true)
            .unwrap()
            .to_value();
        assert!(Invocation::from_value(&value, true).is_ok());
    }

    #[test]
    fn tool_calls_that_are_none_are_refused_by_name() {
        for calls in [
            r#"{"name":"a"}"#,
            "[{}]",
            r#"[{"name":1}]"#,
            r#"[{"name":""}]"#,
            r#"["a"]"#,
        ] {
            let json = WHOLE.replace("{\"policy", &format!("{{\"tool_calls\":{calls},\"policy"));
            let error = Invocation::parse(json.as_bytes(), true).unwrap_err();
            assert_eq!(error.field, Some("tool_calls"), "{calls}");
        }
    }

    #[test]
    fn each_kind_of_bad_text_has_a_reason_of_its_own() {
        let of = |input: &str| {
            let json = WHOLE.replace("\"input\":{}", &format!("\"input\":{{\"a\":{input}}}"));
            Invocation::parse(json.as_bytes(), true)
                .unwrap_err()
                .message
        };
        assert!(of("NaN").contains("NaN"));
        assert!(of(r#""\ud83d""#).contains("lone surrogate"));
        assert!(of(&"[".repeat(5_000)).contains("nests deeper"));
        assert!(of(&format!("\"{}\"", "x".repeat(10_000_000))).contains("10000"));
    }
}
