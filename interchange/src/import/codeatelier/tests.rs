//! Against what Code Atelier wrote, and against what its verifiers do not see.

mod events;
mod rotations;
mod signatures;

use indelible_proto::v1::fact_value::Value as Fact;
use serde_json::{Value as Json, json};

use super::*;
use crate::import::{
    checked::{BROKEN_TYPE, Verdict, Weight},
    python::{Form, Object, Value},
};

mod recorded;

const CHAINS: &str = include_str!("../../../../tests/data/codeatelier/codeatelier_chain.json");
const HMACS: &str = include_str!("../../../../tests/data/codeatelier/codeatelier_hmac.json");
const ROTATIONS: &str =
    include_str!("../../../../tests/data/codeatelier/codeatelier_rotation.json");
const SIGNED: &str = include_str!("../../../../tests/data/codeatelier/codeatelier_ed25519.json");

fn file(text: &str) -> Json {
    serde_json::from_str(text).expect("vectors")
}

fn secret(field: &str) -> Vec<u8> {
    let hex = file(CHAINS)["meta"][field]
        .as_str()
        .expect("a secret")
        .to_owned();
    crate::hex::decode(&hex).expect("hexadecimal").to_vec()
}

fn ring(secrets: &[&str]) -> Keyring {
    let mut keys = Keyring::default();
    for field in secrets {
        let (bytes, distinct) = (SECRET_BYTES_MIN, SECRET_DISTINCT_BYTES_MIN);
        keys.add(&secret(field), bytes, distinct, true)
            .expect("a secret");
    }
    keys
}

fn one() -> Keyring {
    ring(&["secret_hex"])
}

fn both() -> Keyring {
    ring(&["secret_hex", "secret2_hex"])
}

fn rows(file_text: &str, id: &str, field: &str) -> Vec<Json> {
    let vectors = file(file_text)["vectors"]
        .as_array()
        .expect("a list")
        .clone();
    let vector = vectors.into_iter().find(|vector| vector["id"] == id);
    let vector = vector.unwrap_or_else(|| panic!("no vector {id}"));
    vector[field].as_array().expect("rows").clone()
}

fn examine_with(rows: &[Json], keys: Keyring, signing: SigningKeys) -> Vec<Examined> {
    let mut importer = CodeAtelier::new(keys, signing);
    for row in rows {
        importer.survey(row.to_string().as_bytes());
    }
    let mut importer = importer.afresh();
    let examine = |(line, row): (u64, &Json)| {
        let spot = Spot { file: 0, line };
        importer
            .examine(row.to_string().as_bytes(), spot)
            .expect("a row")
    };
    (1..).zip(rows).map(examine).collect()
}

fn codes(rows: &[Json], keys: Keyring) -> Vec<Vec<Code>> {
    let codes = |examined: Examined| {
        let codes = examined.findings.into_iter().map(|finding| finding.code);
        // The vectors' clock stands still or goes back.
        codes.filter(|code| *code != Code::TimeBack).collect()
    };
    let examined = examine_with(rows, keys, SigningKeys::default());
    examined.into_iter().map(codes).collect()
}

fn standings(rows: &[Json], keys: Keyring) -> Vec<Verdict> {
    let examined = examine_with(rows, keys, SigningKeys::default());
    examined.iter().map(Examined::standing).collect()
}

/// Gives a row the HMAC that it would have had.
fn authenticated(mut row: Json, secret_field: &str) -> Json {
    row["hmac"] = json!("1");
    let parsed = Row::parse(row.to_string().as_bytes()).expect("a row");
    let keys = ring(&[secret_field]);
    let key = keys.all().next().expect("a key");
    row["hmac"] = json!(key.authenticate(&parsed.payload()));
    row
}

fn row(change: &dyn Fn(&mut Json)) -> Json {
    let mut row = rows(CHAINS, "chain-intact", "records")[0].clone();
    change(&mut row);
    authenticated(row, "secret_hex")
}

#[test]
fn its_own_payloads_and_hmacs_are_made_again() {
    // Read as the importer reads, since integers of any length are among them.
    let file = Object::parse(HMACS.as_bytes()).expect("vectors");
    let Some(Value::Array(vectors)) = file.of("vectors") else {
        panic!("no vectors");
    };
    for vector in vectors {
        let Value::Object(vector) = vector else {
            panic!("no vector");
        };
        let id = vector.text("id").expect("an id");
        let record = vector
            .object("record")
            .expect("a record")
            .expect("a record");
        let row = Row::parse(&record.canonical(Form::Ascii, &[])).expect("a row");
        if let Some(expected) = vector.text("canonical_payload").expect("text") {
            let payload = String::from_utf8(row.payload()).expect("UTF-8");
            assert_eq!(payload, expected, "{id:?}");
        }
        if let Some(expected) = vector.text("created_at_text").expect("text") {
            assert_eq!(row.created_at, expected, "{id:?}");
        }
        let keys = one();
        let key = keys.all().next().expect("a key");
        assert_eq!(key.authenticate(&row.payload()), row.hmac, "{id:?}");
        assert_eq!(vector.text("hmac"), Ok(Some(row.hmac.as_str())));
    }
    assert_eq!(vectors.len(), 11);
}

#[test]
fn times_are_read_as_databases_write_them() {
    for text in [
        "2026-05-01T12:00:00.100000+00:00",
        "2026-05-01 12:00:00.1+00",
        "2026-05-01T14:00:00.1+02:00",
        "2026-05-01T12:00:00.1Z",
    ] {
        let row = row(&|row| row["created_at"] = json!(text));
        let row = Row::parse(row.to_string().as_bytes()).expect("a row");
        assert_eq!(row.created_at, "2026-05-01T12:00:00.100000+00:00", "{text}");
    }
}

#[test]
fn its_own_chains_are_read_as_it_reads_them() {
    let found = |id| codes(&rows(CHAINS, id, "records"), one());
    assert_eq!(found("chain-intact"), vec![Vec::<Code>::new(); 5]);
    assert_eq!(found("chain-metadata-edited")[2], [Code::ContentAltered]);
    let edited = found("chain-prev-hash-edited");
    assert_eq!(edited[1], [Code::ContentAltered, Code::LinkBroken]);
    assert_eq!(edited[2], []);
    let fork = found("chain-fork");
    assert_eq!(
        (fork[3].as_slice(), fork[4].as_slice()),
        ([Code::Fork].as_slice(), [].as_slice())
    );
    for codes in found("chain-foreign-key") {
        assert_eq!(codes, [Code::ContentAltered]);
    }
}

#[test]
fn deleted_rows_are_seen_where_something_shows_them() {
    let middle = codes(&rows(CHAINS, "chain-middle-deleted", "records"), one());
    assert_eq!(
        middle[2],
        [Code::LinkBroken],
        "one of its verifiers does not see it"
    );
    // Neither of its verifiers sees that the head is gone. Whether it was deleted or left out can't be told.
    let head = rows(CHAINS, "chain-head-deleted", "records");
    assert_eq!(codes(&head, one())[0], [Code::HeadMissing]);
    assert_eq!(standings(&head, one())[0], Verdict::Unverified);
    // A tail that is gone leaves no trace in its session; the next number that another session took does.
    let mut rows = rows(CHAINS, "chain-intact", "records");
    rows.truncate(3);
    let other = row(&|row| {
        row["session_id"] = json!("00000000-0000-0000-0000-000000000abd");
        row["event_id"] = json!("00000000-0000-0000-0000-0000000000ff");
    });
    rows.push(other);
    assert_eq!(standings(&rows, one()), [Verdict::Verified; 4]);
    for (row, seq) in rows.iter_mut().zip([1, 2, 3, 9]) {
        row["chain_seq"] = json!(seq);
    }
    let found = codes(&rows, one());
    assert_eq!(found[3], [Code::SequenceGap]);
}

#[test]
fn swapped_rows_are_seen_whether_they_are_numbered_or_not() {
    let mut swapped = rows(CHAINS, "chain-intact", "records");
    swapped.swap(2, 3);
    assert_eq!(codes(&swapped, one())[2], [Code::LinkBroken]);
    // The number is outside the HMAC: swapping it alone moves the row.
    for (row, seq) in swapped.iter_mut().zip(1..) {
        row["chain_seq"] = json!(seq);
    }
    assert_eq!(codes(&swapped, one())[2], [Code::LinkBroken]);
    let mut backwards = rows(CHAINS, "chain-intact", "records");
    for (row, seq) in backwards.iter_mut().zip([1, 2, 4, 3, 5]) {
        row["chain_seq"] = json!(seq);
    }
    assert_eq!(codes(&backwards, one())[3], [Code::OrderWrong]);
}

#[test]
fn a_time_that_goes_back_is_told_and_breaks_nothing() {
    let fork = rows(CHAINS, "chain-fork", "records");
    let examined = examine_with(&fork, one(), SigningKeys::default());
    let codes: Vec<Code> = examined[3]
        .findings
        .iter()
        .map(|finding| finding.code)
        .collect();
    assert_eq!(codes, [Code::Fork, Code::TimeBack]);
    assert_eq!(Code::TimeBack.weight(), Weight::Note);
}

#[test]
fn what_the_holder_of_the_key_rewrites_can_not_be_seen() {
    // Nothing in the rows tells a session that was written anew from one that was not: only what is imported early
    // enough can't be rewritten later.
    let rewritten = rows(CHAINS, "chain-session-rewritten-with-key", "records");
    assert_eq!(standings(&rewritten, one()), [Verdict::Verified; 3]);
}

#[test]
fn without_a_secret_nothing_is_verified_and_no_hmac_is_broken() {
    for id in ["chain-intact", "chain-metadata-edited", "chain-foreign-key"] {
        for standing in standings(&rows(CHAINS, id, "records"), Keyring::default()) {
            assert_eq!(standing, Verdict::Unverified, "{id}");
        }
    }
    // That a link does not fit shows without any key.
    let fork = codes(&rows(CHAINS, "chain-fork", "records"), Keyring::default());
    assert_eq!(fork[3], [Code::NoKey, Code::Fork]);
}

#[test]
fn the_status_column_is_a_fact_and_no_proof() {
    let edited = rows(CHAINS, "chain-status-column-edited", "records");
    let examined = examine_with(&edited, one(), SigningKeys::default());
    assert_eq!(examined[0].standing(), Verdict::Verified);
    let event = examined[0].event.as_ref().expect("an event");
    let claimed = event.facts["claimed_signature_status"].value.clone();
    assert_eq!(claimed, Some(Fact::Text("revoked_key".to_owned())));
}

#[test]
fn floats_that_the_database_rewrote_do_not_break_an_honest_row() {
    let before =
        row(&|row| row["metadata"] = json!({"a": 1e16, "b": [1.5e300], "c": -0.0, "d": 1.0}));
    let text = before.to_string();
    let written = |float: f64| json!(float).to_string();
    let after = text
        .replace(&written(1e16), "10000000000000000")
        .replace(&written(1.5e300), &format!("15{}", "0".repeat(299)))
        .replace("-0.0", "0.0");
    assert!(after.contains("10000000000000000") && after.contains("15000"));
    let found = |json: &str| -> Vec<Code> {
        let mut importer = CodeAtelier::new(one(), SigningKeys::default());
        let examined = importer.examine(json.as_bytes(), Spot { file: 0, line: 1 });
        let findings = examined.expect("a row").findings.into_iter();
        findings.map(|finding| finding.code).collect()
    };
    assert_eq!(found(&text), []);
    assert_eq!(found(&after), [Code::FloatsRestored]);
    // A change that no database makes stays one.
    let altered = after.replace("10000000000000000", "10000000000000001");
    assert_eq!(found(&altered), [Code::ContentAltered]);
}

#[test]
fn a_drained_row_is_told_from_a_forged_one() {
    let mut rows = rows(CHAINS, "chain-intact", "records");
    rows.truncate(2);
    rows[1]["model"] = json!("gpt-4o");
    rows[1] = authenticated(rows[1].clone(), "secret_hex");
    // After an outage the source begins a second root, and drops the model that the HMAC covers.
    let mut drained = rows[0].clone();
    drained["event_id"] = json!("00000000-0000-0000-0000-0000000000aa");
    drained["model"] = json!("gpt-4o");
    drained["prev_hash"] = Json::Null;
    let mut drained = authenticated(drained, "secret_hex");
    drained["model"] = Json::Null;
    rows.push(drained);
    let found = codes(&rows, one());
    assert_eq!(found[2], [Code::ModelRestored, Code::SecondRoot]);
    rows[2]["model"] = json!("another");
    assert_eq!(
        codes(&rows, one())[2],
        [Code::ContentAltered, Code::SecondRoot]
    );
}

#[test]
fn an_id_that_comes_twice_with_other_content_takes_nobodys_place() {
    let mut rows = rows(CHAINS, "chain-intact", "records");
    let mut twin = rows[1].clone();
    twin["signature_status"] = json!("signed");
    rows.push(rows[1].clone());
    rows.push(twin);
    let examined = examine_with(&rows, one(), SigningKeys::default());
    assert_eq!(
        examined[5].findings[0].to_string(),
        "duplicate: the same artifact is in this file twice (the first one in line 2)"
    );
    assert!(examined[5].event.is_none());
    assert_eq!(examined[6].findings[0].code, Code::IdConflict);
    assert_eq!(examined[6].findings[0].detail, "in line 2");
    let event = examined[6].event.as_ref().expect("an event");
    assert_eq!(event.r#type, BROKEN_TYPE);
    assert_ne!(event.id, "00000000-0000-0000-0000-000000000002");
}
