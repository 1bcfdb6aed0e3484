//! What an expression comes to.

use std::cmp::Ordering;

use crate::{
    expression::term::{Expression, ExpressionError, Operator, Term},
    json::{Number, Object, Value, float_text, repr},
};

/// What the names of an expression mean.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The role of whoever asks.
    pub role: &'a str,
    /// The conditions that have a value.
    pub conditions: &'a [(String, bool)],
    /// The context of the request.
    pub context: &'a Object,
}

impl Scope<'_> {
    fn condition(&self, name: &str) -> Option<bool> {
        let found = self.conditions.iter().find(|(known, _)| known == name);
        found.map(|(_, truth)| *truth)
    }

    fn value(&self, name: &str) -> Value {
        if name == "role" {
            return Value::Text(self.role.to_owned());
        }
        match self.condition(name) {
            Some(truth) => Value::Bool(truth),
            None => self.context.get(name).cloned().unwrap_or(Value::Null),
        }
    }
}

impl Expression {
    /// Whether it is true.
    ///
    /// # Errors
    ///
    /// A condition without a value, or values without an order.
    pub fn is_true(&self, scope: &Scope<'_>) -> Result<bool, ExpressionError> {
        truth(&self.root, scope)
    }
}

fn truth(term: &Term, scope: &Scope<'_>) -> Result<bool, ExpressionError> {
    match term {
        // Every term is looked at, so that no error hides behind the first.
        Term::Any(terms) => terms
            .iter()
            .try_fold(false, |any, term| Ok(truth(term, scope)? || any)),
        Term::All(terms) => terms
            .iter()
            .try_fold(true, |all, term| Ok(truth(term, scope)? && all)),
        Term::Not(term) => truth(term, scope).map(|truth| !truth),
        Term::Condition(name) => scope.condition(name).ok_or_else(|| {
            let name = name.clone();
            ExpressionError::Unknown { name }
        }),
        Term::Compare {
            name,
            operator,
            with,
        } => compare(&scope.value(name), *operator, &with.0),
        Term::In { element, name } => Ok(is_in(element, &scope.value(name))),
    }
}

fn compare(left: &Value, operator: Operator, right: &Value) -> Result<bool, ExpressionError> {
    match operator {
        Operator::Equal => return Ok(is_equal(left, right)),
        Operator::NotEqual => return Ok(!is_equal(left, right)),
        _ => {}
    }
    let (Some(one), Some(other)) = (number(left), number(right)) else {
        return Err(ExpressionError::NotNumeric {
            left: repr(left),
            operator: operator.text(),
            right: repr(right),
        });
    };
    let order = one.compare(&other);
    Ok(match operator {
        Operator::Less => order == Ordering::Less,
        Operator::Greater => order == Ordering::Greater,
        Operator::AtMost => order != Ordering::Greater,
        _ => order != Ordering::Less,
    })
}

/// To Python a truth value is a number, and null counts as 0 where there must be an order.
fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Null => Some(Number::Small(0)),
        Value::Bool(truth) => Some(Number::Small(i64::from(*truth))),
        Value::Number(number) => Some(number.clone()),
        _ => None,
    }
}

fn is_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Bool(truth), Value::Number(number))
        | (Value::Number(number), Value::Bool(truth)) => {
            number.compare(&Number::Small(i64::from(*truth))).is_eq()
        }
        _ => left.is_same(right),
    }
}

/// Whether a text is an element of an array, by its text; a key of an object; or a part of a text.
fn is_in(element: &str, value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|other| text_of(other) == element),
        Value::Object(object) => object.get(element).is_some(),
        Value::Text(text) => text.contains(element),
        _ => false,
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(Number::Float(float)) => float_text(*float),
        other => repr(other),
    }
}
