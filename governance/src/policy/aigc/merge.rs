//! How a child and a guard change a policy, as AIGC has it.

use std::collections::BTreeSet;

use crate::json::{Object, Value};

/// How a child is laid over its base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strategy {
    /// Arrays are appended, objects merged, everything else replaced.
    Append,
    /// Of arrays, what both have.
    Intersect,
    /// Of arrays, what either has, once.
    Union,
    /// Every key of the child's root takes the place of the base's.
    Replace,
}

impl Strategy {
    pub(super) fn parse(name: Option<&Value>) -> Option<Self> {
        match name {
            None => Some(Self::Append),
            Some(Value::Text(name)) => match name.as_str() {
                "intersect" => Some(Self::Intersect),
                "union" => Some(Self::Union),
                "replace" => Some(Self::Replace),
                _ => None,
            },
            Some(_) => None,
        }
    }
}

/// Lays a child over its base.
pub(super) fn merge(base: &Object, over: &Object, strategy: Strategy) -> Object {
    let mut merged = base.clone();
    for (name, value) in over.members() {
        let value = match (merged.get(name), value, strategy) {
            (
                Some(Value::Object(base)),
                Value::Object(over),
                Strategy::Append | Strategy::Intersect | Strategy::Union,
            ) => Value::Object(merge(base, over, strategy)),
            (Some(Value::Array(base)), Value::Array(over), _) => {
                Value::Array(arrays(base, over, strategy))
            }
            (_, value, _) => value.clone(),
        };
        merged.set(name, value);
    }
    merged
}

fn arrays(base: &[Value], over: &[Value], strategy: Strategy) -> Vec<Value> {
    match strategy {
        Strategy::Append => [base, over].concat(),
        Strategy::Intersect => {
            let is_in_both = |value: &&Value| over.iter().any(|other| other.is_same(value));
            base.iter().filter(is_in_both).cloned().collect()
        }
        Strategy::Union => {
            let mut seen = BTreeSet::new();
            let all = base.iter().chain(over);
            all.filter(|value| seen.insert(value.aigc_bytes()))
                .cloned()
                .collect()
        }
        Strategy::Replace => over.to_vec(),
    }
}

/// What the guards that match make of a policy, in their order.
pub(super) fn guarded<'a>(policy: &Object, then: impl Iterator<Item = &'a Object>) -> Object {
    then.fold(policy.clone(), |policy, then| {
        merge(&policy, then, Strategy::Append)
    })
}
