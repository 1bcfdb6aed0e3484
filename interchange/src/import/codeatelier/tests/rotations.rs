//! Changes of the secret.

use super::*;

pub(super) fn rotation(id: &str) -> Vec<Json> {
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
