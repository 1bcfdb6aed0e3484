//! Records in the forms that other systems take in: pure functions, read-only, without a clock or a socket.

pub mod cloudevents;
pub mod ocsf;
pub mod rows;

use indelible_proto::v1::{FactValue, fact_value::Value};
use serde_json::{Value as Json, json};

/// A fact as JSON.
fn fact(value: &FactValue) -> Json {
    match &value.value {
        None => Json::Null,
        Some(Value::Text(text)) => json!(text),
        Some(Value::Uint(uint)) => json!(uint),
        Some(Value::Boolean(boolean)) => json!(boolean),
    }
}
