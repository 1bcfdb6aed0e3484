//! AIGC's artifacts, beside those that it wrote.

use indelible_governance::{
    artifact::{ArtifactVersion, Enforced, chained},
    evaluate::aigc::{Part, evaluate},
    json::{Object, Value},
    policy::{
        Compatibility,
        aigc::{Chain, Compiled},
    },
    request::Invocation,
};

use crate::reading::{document, member, text};

#[test]
fn chains_and_signatures_are_over_what_aigc_says() {
    let file = document(include_str!("../../../tests/data/aigc/aigc_chain.json"));
    let intact = member(&file, "vectors").as_array().unwrap().iter();
    let intact = intact.filter(|vector| text(vector, "id") == "chain-intact");
    let mut links = 0;
    for artifact in intact.flat_map(|vector| member(vector, "artifacts").as_array().unwrap()) {
        let mut bare = artifact.as_object().unwrap().clone();
        for name in [
            "chain_id",
            "chain_index",
            "previous_audit_checksum",
            "checksum",
        ] {
            bare.remove(name);
        }
        let index = match member(artifact, "chain_index") {
            Value::Number(number) => number.as_u64().unwrap(),
            other => panic!("{other:?}"),
        };
        let previous = member(artifact, "previous_audit_checksum").as_text();
        let (ours, checksum) = chained(bare, text(artifact, "chain_id"), index, previous);
        assert_eq!(checksum, text(artifact, "checksum"));
        assert_eq!(ours.aigc_bytes(), artifact.aigc_bytes());
        links += 1;
    }
    assert!(links >= 2, "{links}");
}

/// Artifacts as AIGC 0.3.3 wrote them: made again of what they say of the act.
#[test]
fn artifacts_of_the_later_version_have_its_members() {
    let recorded = include_str!("../../../tests/data/aigc/aigc_recorded_1.4.jsonl");
    let theirs: Vec<_> = recorded.lines().map(document).collect();
    let policy = "policy_version: '1.0'\nroles: [planner]\n";
    let chain = Chain::resolve("p.yaml", policy.as_bytes(), &|_| None).unwrap();
    let policy = Compiled::new(&chain, Compatibility::Aigc03).unwrap();
    let mut same = 0;
    for theirs in theirs
        .iter()
        .filter(|one| text(one, "policy_version") == "1.0")
    {
        let mut whole = Object::default();
        for name in ["model_provider", "model_identifier", "role", "context"] {
            whole.set(name, member(theirs, name).clone());
        }
        // What went in and out the artifact has as digests alone.
        for name in ["input", "output"] {
            whole.set(name, Value::Object(Object::default()));
        }
        whole.set("policy_file", member(theirs, "policy_file").clone());
        let invocation = Invocation::from_value(&Value::Object(whole), true).unwrap();
        let evaluation = evaluate(&policy, &invocation, None, Part::Whole);
        let seconds = match member(theirs, "timestamp") {
            Value::Number(number) => number.as_u64().unwrap(),
            other => panic!("{other:?}"),
        };
        let enforced = Enforced {
            policy_file: text(theirs, "policy_file"),
            policy_version: text(theirs, "policy_version"),
            invocation: &invocation,
            trail: &evaluation.trail,
            failure: evaluation.failure.as_ref(),
            seconds,
        };
        let mut ours = enforced.artifact(ArtifactVersion::V14);
        for name in ["input_checksum", "output_checksum", "signature"] {
            ours.set(name, member(theirs, name).clone());
        }
        let bare = |mut artifact: Object| {
            for name in [
                "chain_id",
                "chain_index",
                "previous_audit_checksum",
                "checksum",
            ] {
                artifact.remove(name);
            }
            artifact.aigc_bytes()
        };
        let theirs = bare(theirs.as_object().unwrap().clone());
        assert_eq!(
            String::from_utf8(bare(ours)).unwrap(),
            String::from_utf8(theirs).unwrap()
        );
        same += 1;
    }
    assert!(same >= 3, "{same}");
}
