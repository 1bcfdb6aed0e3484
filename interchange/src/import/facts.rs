//! Facts of each kind.

use indelible_proto::v1::{FactValue, fact_value};

pub(crate) fn text_fact(text: impl Into<String>) -> FactValue {
    FactValue {
        value: Some(fact_value::Value::Text(text.into())),
    }
}

pub(crate) fn boolean_fact(boolean: bool) -> FactValue {
    FactValue {
        value: Some(fact_value::Value::Boolean(boolean)),
    }
}

pub(crate) fn uint_fact(uint: u64) -> FactValue {
    FactValue {
        value: Some(fact_value::Value::Uint(uint)),
    }
}
