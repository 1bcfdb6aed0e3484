//! Signatures of agents.

use super::*;

pub(super) fn signing_keys(change: &dyn Fn(&mut Json)) -> SigningKeys {
    let mut key = json!({
        "agent_id": "billing-agent",
        "public_key_pem": file(SIGNED)["meta"]["public_key_pem"],
        "activated_at_chain_seq": 1,
    });
    change(&mut key);
    SigningKeys::read(key.to_string().as_bytes()).expect("keys")
}

pub(super) fn signed() -> Json {
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
        "line 2: field key_fingerprint: the file has no key with this fingerprint before its revocation"
    );
    assert_eq!(
        read(r#"{"agent_id":"a","public_key_pem":"x"}"#),
        "line 1: field public_key_pem is not an Ed25519 key in PEM"
    );
}
