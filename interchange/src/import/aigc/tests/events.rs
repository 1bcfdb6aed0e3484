//! What an artifact becomes.

use super::*;

#[test]
fn an_artifact_becomes_a_decision() {
    let mut artifact = chain("chain-intact")[1].clone();
    artifact["risk_score"] = json!(0.1 + 0.2);
    artifact["context"] = json!({ "session_id": "s1" });
    artifact["failure_gate"] = json!("tool_validation");
    artifact["enforcement_result"] = json!("FAIL");
    let json = artifact.to_string();
    let mut importer = Aigc::new(Keyring::default(), "claims".to_owned());
    let mut examine = |line| importer.examine(json.as_bytes(), Spot { file: 0, line });
    // The checksum is no longer its own; the event below is of the same artifact with a right one.
    let forged = examine(1).expect("an artifact").event.expect("an event");
    assert_eq!(forged.r#type, BROKEN_TYPE);
    let from = Some(Fact::Text("aigc".to_owned()));
    assert_eq!(forged.facts["imported_from"].value, from);
    let digest = hex::encode(&Sha256::digest(b"x"));
    let object = Object::parse(json.as_bytes()).expect("an object");
    let event = event::event(&object, json.as_bytes(), &digest, "claims").expect("an event");
    assert_eq!(event.r#type, "ai.decision.v1");
    assert_eq!(event.id, digest);
    assert_eq!(event.time, "2023-11-14T22:13:20Z");
    let fact = |name: &str| event.facts[name].value.clone().expect("a value");
    assert_eq!(event.facts["imported_from"].value, from);
    assert_eq!(fact("system"), Fact::Text("claims".to_owned()));
    assert_eq!(fact("result"), Fact::Text("fail".to_owned()));
    assert_eq!(
        fact("failed_gate"),
        Fact::Text("tool_validation".to_owned())
    );
    assert_eq!(fact("risk_score"), Fact::Text("0.3".to_owned()));
    assert_eq!(fact("model"), Fact::Text("gpt-4".to_owned()));
    assert_eq!(fact("session"), Fact::Text("s1".to_owned()));
    assert_eq!(event.digests.len(), 2);
    assert_eq!(
        event.payload,
        Some(indelible_proto::v1::event::Payload::Plaintext(
            json.clone().into()
        ))
    );
}

#[test]
fn what_is_no_artifact_is_told() {
    let refused = |change: &dyn Fn(&mut Json)| {
        let mut artifact = chain("chain-intact")[0].clone();
        change(&mut artifact);
        let mut importer = Aigc::new(Keyring::default(), String::new());
        let refused = importer.examine(artifact.to_string().as_bytes(), Spot { file: 0, line: 1 });
        refused.expect_err("refused").to_string()
    };
    assert_eq!(
        refused(&|artifact| artifact["audit_schema_version"] = json!("9.9")),
        "field audit_schema_version: \"9.9\" is unknown; 1.2, 1.3, 1.4 are understood"
    );
    assert_eq!(
        refused(&|artifact| *artifact = json!([])),
        "not a JSON object"
    );
    assert_eq!(
        refused(&|artifact| artifact["enforcement_result"] = json!("MAYBE")),
        "field enforcement_result: \"MAYBE\" is neither PASS nor FAIL"
    );
    assert_eq!(
        refused(&|artifact| artifact["timestamp"] = json!(-1)),
        "field timestamp is not an unsigned integer of 64 bits"
    );
    assert_eq!(
        refused(&|artifact| artifact["input_checksum"] = json!("abc")),
        "field input_checksum is not a SHA-256 in hexadecimal"
    );
    assert_eq!(
        refused(&|artifact| {
            artifact
                .as_object_mut()
                .expect("an object")
                .remove("chain_id");
        }),
        "field chain_index: it is present, but chain_id is missing"
    );
}
