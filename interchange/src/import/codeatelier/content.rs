//! Whether a row's content is what its HMAC was made over, and under which key.

use std::collections::BTreeSet;

use crate::import::{
    checked::{Code, Finding, HmacKey, Keyring},
    codeatelier::{
        rotation::{Expected, Rotations},
        row::Row,
    },
    python::Value,
};

/// Models that are remembered, to find the one that a drain dropped.
const MODELS_MAX: usize = 64;

/// Numbers of one row that a database may have rewritten; each doubles what is tried.
const REWRITTEN_MAX: usize = 8;

/// From here on, Python writes a float with an exponent, and PostgreSQL without one.
const EXPONENT_FROM: f64 = 1e16;

/// The models that rows name.
#[derive(Debug, Clone, Default)]
pub(super) struct Models(BTreeSet<String>);

impl Models {
    /// Takes in a row's model.
    pub(super) fn survey(&mut self, row: &Row) {
        if let Some(model) = &row.model
            && self.0.len() < MODELS_MAX
            && !self.0.contains(model)
        {
            self.0.insert(model.clone());
        }
    }
}

/// What is to be said of a row's content.
pub(super) fn check(
    row: &Row,
    ordinal: u64,
    keys: &Keyring,
    rotations: &mut Rotations,
    models: &Models,
) -> Vec<Finding> {
    if row.hmac.bytes().all(|digit| digit == b'0') {
        return vec![Finding::new(Code::Placeholder)];
    }
    if keys.is_empty() {
        return vec![Finding::new(Code::NoKey)];
    }
    let expected = rotations.expected(ordinal);
    let mut findings = Vec::new();
    let found = under_a_key(row, keys, &expected, models, &mut findings);
    match (&expected, found) {
        (Expected::Unknown(fingerprint), None) => {
            let detail = format!("fingerprint {fingerprint}");
            return vec![Finding::about(Code::KeyMissing, detail)];
        }
        (_, None) => {
            let detail = "altered, or under a secret that was not given";
            return vec![Finding::about(Code::ContentAltered, detail)];
        }
        (Expected::Any, Some(key)) => {
            if rotations.changes_to(key) {
                findings.push(Finding::new(Code::RotationUnseen));
            }
        }
        (Expected::Key(expected), Some(key)) if *expected == key => {}
        (Expected::Key(expected), Some(key)) if expected.0 == key.0 => {
            findings.push(Finding::new(Code::KeyForm));
        }
        (Expected::Key(_) | Expected::Unknown(_), Some(_)) => {
            findings.push(Finding::new(Code::WrongKey));
        }
    }
    if row.is_rotation() {
        findings.extend(rotations.check_marker(ordinal));
    }
    findings
}

/// The key that a row's HMAC is under, the expected one tried first: its file and its form.
fn under_a_key(
    row: &Row,
    keys: &Keyring,
    expected: &Expected,
    models: &Models,
    findings: &mut Vec<Finding>,
) -> Option<(usize, usize)> {
    let mut ring: Vec<((usize, usize), &HmacKey)> = keys.numbered().collect();
    if let Expected::Key(first) = expected {
        ring.sort_by_key(|(number, _)| number != first);
    }
    let fits = |payload: &[u8]| {
        let mut keys = ring.iter();
        keys.find(|(_, key)| key.authenticate(payload) == row.hmac)
            .map(|(number, _)| *number)
    };
    if let Some(key) = fits(&row.payload()) {
        return Some(key);
    }
    // An HMAC that holds proves each of these, so that trying them can't call a forgery genuine.
    for candidate in with_floats_restored(row) {
        if let Some(key) = fits(&candidate.payload()) {
            findings.push(Finding::new(Code::FloatsRestored));
            return Some(key);
        }
    }
    if row.model.is_none() {
        for model in &models.0 {
            let mut candidate = row.clone();
            candidate.model = Some(model.clone());
            if let Some(key) = fits(&candidate.payload()) {
                let detail = format!("model {model}");
                findings.push(Finding::about(Code::ModelRestored, detail));
                return Some(key);
            }
        }
    }
    None
}

/// The row as it may have been before a JSONB column rewrote its floats: large integers as floats, and zeros with
/// their sign, in every combination.
fn with_floats_restored(row: &Row) -> Vec<Row> {
    let mut rewritten = 0;
    let mut probe = row.metadata.clone();
    probe.each_mut(&mut |value| rewritten += usize::from(restored(value).is_some()));
    if rewritten == 0 || rewritten > REWRITTEN_MAX {
        return Vec::new();
    }
    let all = 1_usize << rewritten;
    // All of them at once is the most likely by far.
    (1..all)
        .rev()
        .map(|chosen| {
            let mut candidate = row.clone();
            let mut place = 0;
            candidate.metadata.each_mut(&mut |value| {
                if let Some(before) = restored(value) {
                    if chosen & (1 << place) != 0 {
                        *value = before;
                    }
                    place += 1;
                }
            });
            candidate
        })
        .collect()
}

/// The float that PostgreSQL may have made this value from.
fn restored(value: &Value) -> Option<Value> {
    let float = match value {
        Value::Integer(digits) => {
            let float: f64 = digits.parse().ok()?;
            // PostgreSQL writes the digits that it was given, and zeros behind them; so does Rust.
            let is_one = float.abs() >= EXPONENT_FROM && format!("{float}") == *digits;
            is_one.then_some(float)?
        }
        Value::Float(zero) if *zero == 0.0 && zero.is_sign_positive() => -0.0,
        _ => return None,
    };
    Some(Value::Float(float))
}
