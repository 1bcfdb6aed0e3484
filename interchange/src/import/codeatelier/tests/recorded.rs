//! What the system itself answered, recorded by running it, beside what is found here.

use super::{
    rotations::rotation,
    signatures::{signed, signing_keys},
    *,
};
use crate::import::codeatelier::rotation::{Expected, Rotations};

fn vectors(text: &str, prefix: &str) -> Vec<Json> {
    let vectors = file(text)["vectors"].as_array().expect("vectors").clone();
    let vectors: Vec<_> = vectors
        .into_iter()
        .filter(|vector| vector["id"].as_str().expect("an id").starts_with(prefix))
        .collect();
    assert!(!vectors.is_empty(), "{prefix}");
    vectors
}

/// Its table of key versions says which key is in force from which number on. Here the markers of the rotations say it:
/// a marker is the last row under the key before.
#[test]
fn the_key_in_force_is_the_one_that_its_table_of_versions_names() {
    for vector in vectors(ROTATIONS, "active-key-") {
        let versions = vector["key_versions"].as_array().expect("versions");
        let from = |version: &Json| version[1].as_u64().expect("a number");
        let changes = versions[1..].iter().map(|version| {
            let number = |version: &Json| version[0].as_u64().expect("a version") as usize;
            let before = versions
                .iter()
                .find(|other| number(other) + 1 == number(version));
            let before = before.expect("the version before");
            (from(version) - 1, (number(before), 0), (number(version), 0))
        });
        let rotations = Rotations::of(changes);
        let sequence = vector["seq"].as_u64().expect("a number");
        let expected = rotations.expected(sequence);
        match vector["active_version"].as_u64() {
            Some(version) => {
                assert_eq!(expected, Expected::Key((version as usize, 0)), "{vector}");
            }
            // Before its first number there is no row. A row that claims to stand there is held against the first key.
            None => {
                assert!(sequence < from(&versions[0]));
                assert_eq!(expected, Expected::Key((1, 0)));
            }
        }
    }
}

#[test]
fn with_the_new_key_missing_the_rows_under_the_old_one_still_hold() {
    let honest = rotation("rot-new-key-missing");
    assert_eq!(
        codes(&honest, both()),
        vec![Vec::<Code>::new(); honest.len()]
    );
    let old = codes(&honest, ring(&["secret_hex"]));
    assert!(old.contains(&vec![Code::KeyMissing]), "{old:?}");
    assert!(
        old.iter().flatten().all(|code| *code == Code::KeyMissing),
        "{old:?}"
    );
}

/// Two of the six it takes for signed, and they are not.
#[test]
fn its_answers_on_signatures_and_ours() {
    let registered = |change: &dyn Fn(&mut Json)| signing_keys(change);
    let nothing = |_: &mut Json| ();
    let stripped = |row: &mut Json| {
        row["signature"] = Json::Null;
        row["signing_key_fingerprint"] = Json::Null;
    };
    let unsigned = |row: &mut Json| {
        stripped(row);
        row["signature_status"] = json!("unsigned");
    };
    let without_signature = |row: &mut Json| row["signature"] = Json::Null;
    type Change<'a> = &'a dyn Fn(&mut Json);
    let cases: [(&str, &str, Change<'_>, Change<'_>, &[Code]); 6] = [
        ("ed-signed", "signed", &nothing, &nothing, &[]),
        (
            "ed-revoked-at-same-seq",
            "revoked_key",
            &nothing,
            &|key| key["revoked_at_chain_seq"] = json!(5),
            &[Code::SignatureRevoked],
        ),
        (
            "ed-no-signature-no-fingerprint",
            "legacy_unsigned",
            &unsigned,
            &nothing,
            &[Code::SignatureAbsent],
        ),
        (
            "ed-stripped-signature-claims-signed",
            "signed",
            &stripped,
            &nothing,
            &[Code::SignatureStripped],
        ),
        (
            "ed-fingerprint-without-signature",
            "invalid_signature",
            &without_signature,
            &nothing,
            &[Code::SignatureStripped],
        ),
        (
            "ed-key-registered-for-another-agent-and-later-seq",
            "signed",
            &nothing,
            &|key| {
                key["agent_id"] = json!("another");
                key["activated_at_chain_seq"] = json!(9);
            },
            &[Code::SignatureOtherAgent],
        ),
    ];
    let recorded = vectors(SIGNED, "ed-");
    assert_eq!(recorded.len(), cases.len());
    for (vector, (id, status, of_row, of_key, codes)) in recorded.iter().zip(cases) {
        assert_eq!(
            (&vector["id"], &vector["status"]),
            (&json!(id), &json!(status))
        );
        let mut row = signed();
        of_row(&mut row);
        let examined = examine_with(&[row], one(), registered(of_key)).remove(0);
        let found: Vec<_> = examined
            .findings
            .iter()
            .map(|finding| finding.code)
            .collect();
        assert_eq!(found, codes, "{id}");
    }
}

#[test]
fn a_row_without_an_hmac_is_a_stand_in_and_kept() {
    for stripped in [json!(""), Json::Null, json!("0000")] {
        let mut all = rows(CHAINS, "chain-intact", "records");
        all[1]["hmac"] = stripped.clone();
        let found = codes(&all, one());
        assert_eq!(found[1], [Code::Placeholder], "{stripped}");
        assert!(found[2].contains(&Code::LinkBroken));
        let examined = examine_with(&all, one(), SigningKeys::default());
        let event = examined[1].event.as_ref().expect("an event");
        assert_eq!(event.r#type, BROKEN_TYPE);
        assert_eq!(
            (examined[0].key, examined[1].key),
            (KeyFit::Fits, KeyFit::NotAsked)
        );
    }
    let other = examine_with(
        &rows(CHAINS, "chain-intact", "records"),
        ring(&["secret2_hex"]),
        SigningKeys::default(),
    );
    assert!(
        other
            .iter()
            .all(|examined| examined.key == KeyFit::FitsNone)
    );
}
