//! Against what Code Atelier wrote, and against what its verifiers do not see.

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

fn rotation(id: &str) -> Vec<Json> {
    rows(ROTATIONS, id, "rows")
}

#[test]
fn a_rotation_is_followed_and_a_missing_key_breaks_nothing() {
    let honest = rotation("rot-old-key-missing");
    assert_eq!(codes(&honest, both()), vec![Vec::<Code>::new(); 5]);
    let only = |field| codes(&honest, ring(&[field]));
    let missing = vec![Code::KeyMissing];
    let none = Vec::new();
    assert_eq!(
        only("secret2_hex"),
        [&missing, &missing, &missing, &missing, &none].map(Clone::clone)
    );
    assert_eq!(
        only("secret_hex"),
        [&none, &none, &none, &none, &missing].map(Clone::clone)
    );
    // The table of key versions is not needed: the markers say the same.
    assert_eq!(
        codes(&rotation("rot-no-key-versions"), both()),
        vec![Vec::<Code>::new(); 5]
    );
}

#[test]
fn what_is_forged_around_a_rotation_is_seen() {
    assert_eq!(
        codes(&rotation("rot-row-tampered"), both())[0],
        [Code::ContentAltered]
    );
    let old = codes(&rotation("rot-post-row-signed-with-old-key"), both());
    assert_eq!(old[4], [Code::WrongKey]);
    // Its own rotation-aware verifier never looks at a link.
    let deleted = codes(&rotation("rot-row-deleted-not-noticed"), both());
    assert_eq!(deleted[1], [Code::LinkBroken, Code::SequenceGap]);
}

#[test]
fn a_marker_that_does_not_bind_both_keys_moves_nothing() {
    let mut rows = rotation("rot-old-key-missing");
    rows[3]["hmac_next"] = json!("00".repeat(32));
    let found = codes(&rows, both());
    assert_eq!(found[3], [Code::MarkerInvalid]);
    // Whoever has no key can't make one that turns altered rows into unverified ones.
    let metadata = &mut rows[3]["record"]["metadata"];
    metadata["outgoing_fingerprint"] = json!("aa".repeat(32));
    metadata["incoming_fingerprint"] = json!("bb".repeat(32));
    rows[0]["record"]["agent_id"] = json!("x");
    let found = codes(&rows, ring(&["secret_hex"]));
    assert_eq!(found[0], [Code::ContentAltered]);
    assert_eq!(found[3], [Code::ContentAltered]);
}

#[test]
fn a_secret_in_base64_is_known_in_both_its_forms() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    // The tool that rotates decodes the secret, and the writer takes its text.
    let text = STANDARD.encode(secret("secret2_hex"));
    let mut keys = one();
    let (bytes, distinct) = (SECRET_BYTES_MIN, SECRET_DISTINCT_BYTES_MIN);
    keys.add(format!("{text}\n").as_bytes(), bytes, distinct, true)
        .expect("a secret");
    let mut rows = rotation("rot-old-key-missing");
    assert_eq!(codes(&rows, keys.clone()), vec![Vec::<Code>::new(); 5]);
    let row = Row::parse(rows[4].to_string().as_bytes()).expect("a row");
    let as_text = keys
        .numbered()
        .find(|(number, _)| *number == (1, 0))
        .expect("a key")
        .1;
    rows[4]["record"]["hmac"] = json!(as_text.authenticate(&row.payload()));
    assert_eq!(codes(&rows, keys)[4], [Code::KeyForm]);
}

#[test]
fn a_change_of_keys_without_its_marker_is_told() {
    let mut rows = rotation("rot-old-key-missing");
    rows.remove(3);
    let found = codes(&rows, both());
    assert_eq!(found[3], [Code::RotationUnseen, Code::SequenceGap]);
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

fn signing_keys(change: &dyn Fn(&mut Json)) -> SigningKeys {
    let mut key = json!({
        "agent_id": "billing-agent",
        "public_key_pem": file(SIGNED)["meta"]["public_key_pem"],
        "activated_at_chain_seq": 1,
    });
    change(&mut key);
    SigningKeys::read(key.to_string().as_bytes()).expect("keys")
}

fn signed() -> Json {
    let meta = &file(SIGNED)["meta"];
    let mut row = rows(CHAINS, "chain-intact", "records")[0].clone();
    row["signature"] = meta["signature_b64"].clone();
    row["signing_key_fingerprint"] = meta["fingerprint"].clone();
    row["signature_status"] = json!("signed");
    row["chain_seq"] = json!(5);
    row
}

#[test]
fn signatures_are_checked_against_registered_keys_alone() {
    let found = |change: &dyn Fn(&mut Json), keys: SigningKeys| -> Vec<Code> {
        let mut row = signed();
        change(&mut row);
        let examined = examine_with(&[row], one(), keys).remove(0);
        examined
            .findings
            .into_iter()
            .map(|finding| finding.code)
            .collect()
    };
    let registered = || signing_keys(&|_| ());
    let row = Row::parse(signed().to_string().as_bytes()).expect("a row");
    let expected = file(SIGNED)["meta"]["signed_bytes"]
        .as_str()
        .expect("text")
        .to_owned();
    assert_eq!(String::from_utf8(row.signed_payload()), Ok(expected));

    assert_eq!(found(&|_| (), registered()), []);
    assert_eq!(
        found(&|_| (), SigningKeys::default()),
        [Code::SigningKeyMissing]
    );
    let status = |row: &mut Json| row["signature_status"] = json!("unsigned");
    assert_eq!(
        found(&status, registered()),
        [],
        "the status counts for nothing"
    );
    let stripped = |row: &mut Json| {
        row["signature"] = Json::Null;
        row["signing_key_fingerprint"] = Json::Null;
    };
    assert_eq!(found(&stripped, registered()), [Code::SignatureStripped]);
    assert_eq!(
        found(&stripped, SigningKeys::default()),
        [Code::SignatureStripped]
    );
    let silently = |row: &mut Json| {
        stripped(row);
        row["signature_status"] = json!("unsigned");
    };
    assert_eq!(found(&silently, registered()), [Code::SignatureAbsent]);
    let fingerprint_alone = |row: &mut Json| row["signature"] = Json::Null;
    assert_eq!(
        found(&fingerprint_alone, registered()),
        [Code::SignatureStripped]
    );
    let forged = |row: &mut Json| row["signature"] = json!("AA==");
    assert_eq!(found(&forged, registered()), [Code::SignatureInvalid]);
    let unnumbered = |row: &mut Json| row["chain_seq"] = Json::Null;
    assert_eq!(found(&unnumbered, registered()), []);

    let other = signing_keys(&|key| key["agent_id"] = json!("another"));
    assert_eq!(found(&|_| (), other), [Code::SignatureOtherAgent]);
    let later = signing_keys(&|key| key["activated_at_chain_seq"] = json!(6));
    assert_eq!(found(&|_| (), later.clone()), [Code::SignatureEarly]);
    assert_eq!(found(&unnumbered, later), [Code::SigningKeyBounds]);
    let revoked = |seq| signing_keys(&move |key| key["revoked_at_chain_seq"] = json!(seq));
    assert_eq!(found(&|_| (), revoked(5)), [Code::SignatureRevoked]);
    assert_eq!(found(&|_| (), revoked(6)), []);
}

#[test]
fn keys_that_can_not_be_used_are_told_with_their_line() {
    let read = |text: &str| {
        let read = SigningKeys::read(text.as_bytes());
        read.expect_err("refused").to_string()
    };
    assert_eq!(read("{}"), "line 1: field key_fingerprint is missing");
    assert_eq!(
        read("\n{\"key_fingerprint\":\"a\",\"revoked_at_chain_seq\":1}"),
        "line 2: field key_fingerprint: no key of it stands before its revocation"
    );
    assert_eq!(
        read(r#"{"agent_id":"a","public_key_pem":"x"}"#),
        "line 1: field public_key_pem is not an Ed25519 key in PEM"
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
        "duplicate: the same artifact stands in this file twice (the first one in line 2)"
    );
    assert!(examined[5].event.is_none());
    assert_eq!(examined[6].findings[0].code, Code::IdConflict);
    assert_eq!(examined[6].findings[0].detail, "in line 2");
    let event = examined[6].event.as_ref().expect("an event");
    assert_eq!(event.r#type, BROKEN_TYPE);
    assert_ne!(event.id, "00000000-0000-0000-0000-000000000002");
}

#[test]
fn rows_become_events_of_the_conventions() {
    let event = |kind: &str, metadata: Json| {
        let row = row(&|row| {
            row["kind"] = json!(kind);
            row["metadata"] = metadata.clone();
        });
        let examined = examine_with(&[row], one(), SigningKeys::default()).remove(0);
        examined.event.expect("an event")
    };
    for (kind, metadata, expected) in [
        ("tool.call", json!({"tool": "read"}), "ai.tool_call.v1"),
        ("tool.call", json!({}), "codeatelier.row.v1"),
        (
            "llm.result",
            json!({"token_usage": {"total_tokens": 7}}),
            "ai.performance.v1",
        ),
        (
            "llm.error",
            json!({"error_type": "Timeout"}),
            "ai.performance.v1",
        ),
        (
            "scope.violation",
            json!({"tool": "t", "api": null, "reason": "r"}),
            "ai.violation.v1",
        ),
        (
            "budget.exceeded",
            json!({"cap": "c", "used": 1.5, "limit": 1}),
            "ai.violation.v1",
        ),
        (
            "loop.detected",
            json!({"tool_name": "t", "count": 6, "action": "raise"}),
            "ai.violation.v1",
        ),
        (
            "contract.post_violation",
            json!({"tool": "t"}),
            "ai.violation.v1",
        ),
        (
            "approval.requested",
            json!({"request_id": "r1"}),
            "ai.approval.requested.v1",
        ),
        (
            "approval.granted",
            json!({"request_id": "r1", "granted_by": "h"}),
            "ai.approval.granted.v1",
        ),
        (
            "approval.granted",
            json!({"request_id": "r1"}),
            "codeatelier.row.v1",
        ),
        (
            "approval.denied",
            json!({"request_id": "r1", "denied_by": "h"}),
            "ai.approval.denied.v1",
        ),
        (
            "gates.escalated",
            json!({"request_id": "r1", "by_user_id": "h"}),
            "ai.oversight.v1",
        ),
        (
            "agent.halted",
            json!({"halted_by": "h", "reason": "x"}),
            "ai.agent.halted.v1",
        ),
        ("audit.correction", json!({}), "codeatelier.row.v1"),
    ] {
        let event = event(kind, metadata);
        assert_eq!(event.r#type, expected, "{kind}");
        crate::import::conventions::assert_fits(&event);
        assert_eq!(event.id, "00000000-0000-0000-0000-000000000001");
        let imported = event.facts["imported_kind"].value.clone();
        assert_eq!(imported, Some(Fact::Text(kind.to_owned())));
    }
    let result = event("llm.result", json!({"token_usage": {"total_tokens": 7}}));
    assert_eq!(result.facts["tokens"].value, Some(Fact::Uint(7)));
    assert_eq!(result.facts["error"].value, Some(Fact::Boolean(false)));
}

#[test]
fn what_is_no_row_is_told() {
    let refused = |change: &dyn Fn(&mut Json)| {
        let mut row = rows(CHAINS, "chain-intact", "records")[0].clone();
        change(&mut row);
        let mut importer = CodeAtelier::new(one(), SigningKeys::default());
        let refused = importer.examine(row.to_string().as_bytes(), Spot { file: 0, line: 1 });
        refused.expect_err("refused").to_string()
    };
    assert_eq!(
        refused(&|row| row["event_id"] = json!("7")),
        "field event_id is not a UUID"
    );
    assert_eq!(
        refused(&|row| row["metadata"] = json!("{}")),
        "field metadata is not an object"
    );
    assert_eq!(
        refused(&|row| row["hmac"] = Json::Null),
        "field hmac is missing"
    );
    assert_eq!(
        refused(&|row| row["created_at"] = json!("2026-05-01T12:00:00")),
        "field created_at is not a time with an offset"
    );
    assert_eq!(
        refused(&|row| row["created_at"] = json!("2026-05-01T12:00:00.1234567Z")),
        "field created_at: it is finer than microseconds, which its system does not write"
    );
}
