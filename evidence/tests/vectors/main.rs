//! The golden vectors of `tests/vectors`, which a program in another language made from the specification
//! alone. What they call good must be accepted and give the named values, what they call bad be refused.

#![expect(clippy::unwrap_used, reason = "what can't be had fails the test")]

mod judge;
mod proofs;
mod records;
mod signed;

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::Value;

/// One vector of the index.
pub(crate) struct Vector(Value);

/// What a reader of the format makes of a vector: nothing, or why it is refused.
type Outcome = Result<(), String>;

/// Judges a vector.
type Judge = fn(&Vector) -> Outcome;

/// How each kind of vector is read. Bundles are the program's, and are tested with it.
const KINDS: [(&str, Judge); 18] = [
    ("cbor", records::cbor),
    ("origin", records::origin),
    ("header", records::header),
    ("body", records::body),
    ("record-file", records::record_file),
    ("commitment", records::commitment),
    ("chain", proofs::chain),
    ("tree-root", proofs::tree_root),
    ("inclusion", proofs::inclusion),
    ("consistency", proofs::consistency),
    ("cover", proofs::cover),
    ("tile-index", proofs::tile_index),
    ("file-names", proofs::file_names),
    ("signature", signed::signature),
    ("vkey", signed::vkey),
    ("note", signed::note),
    ("checkpoint", signed::checkpoint),
    ("key-event", signed::key_event),
];

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "tests", "vectors"]
        .iter()
        .collect()
}

impl Vector {
    fn text(&self, key: &str) -> &str {
        self.0[key]
            .as_str()
            .unwrap_or_else(|| panic!("{} has no text {key}", self.name()))
    }

    fn name(&self) -> &str {
        self.0["name"].as_str().unwrap()
    }

    fn is_good(&self) -> bool {
        match self.text("result") {
            "good" => true,
            "bad" => false,
            other => panic!("{} is {other}", self.name()),
        }
    }

    fn number(&self, key: &str) -> u64 {
        self.0[key]
            .as_u64()
            .unwrap_or_else(|| panic!("{} has no number {key}", self.name()))
    }

    fn bytes(&self, key: &str) -> Vec<u8> {
        unhex(self.text(key))
    }

    fn list(&self, key: &str) -> &[Value] {
        self.0[key].as_array().unwrap()
    }

    fn byte_strings(&self, key: &str) -> Vec<Vec<u8>> {
        self.list(key)
            .iter()
            .map(|item| unhex(item.as_str().unwrap()))
            .collect()
    }

    fn file(&self, key: &str) -> Vec<u8> {
        fs::read(folder().join(self.text(key))).unwrap()
    }
}

fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2) && text.is_ascii(), "{text}");
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn vectors() -> Vec<Vector> {
    let index = fs::read(folder().join("index.json")).unwrap();
    let mut index: Value = serde_json::from_slice(&index).unwrap();
    assert_eq!(
        (&index["format"], &index["version"]),
        (&"indelible-vectors".into(), &0.into())
    );
    let Value::Array(vectors) = index["vectors"].take() else {
        panic!("the index is none")
    };
    vectors.into_iter().map(Vector).collect()
}

#[test]
fn every_vector_is_judged_as_it_says() {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for vector in vectors() {
        let kind = vector.text("kind").to_owned();
        if kind == "receipt" || kind.starts_with("bundle-") {
            continue;
        }
        let (_, judge) = KINDS
            .iter()
            .find(|(name, _)| *name == kind)
            .unwrap_or_else(|| panic!("{kind}"));
        let outcome = judge(&vector);
        if outcome.is_ok() != vector.is_good() {
            wrong.push(format!("{}: {outcome:?}", vector.name()));
        }
        *counts.entry(kind).or_default() += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(
        counts.len(),
        KINDS.len(),
        "each kind has vectors: {counts:?}"
    );
}

#[test]
fn every_receipt_is_judged_as_it_says() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for vector in vectors()
        .iter()
        .filter(|vector| vector.text("kind") == "receipt")
    {
        let outcome = judge::receipt(vector);
        if outcome.is_ok() != vector.is_good() {
            wrong.push(format!("{}: {outcome:?}", vector.name()));
        }
        count += 1;
    }
    assert!(wrong.is_empty() && count > 0, "{wrong:#?}");
}
