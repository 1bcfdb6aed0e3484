//! Against what AIGC wrote, and against what its verifier does not see.

mod events;

use indelible_proto::v1::fact_value::Value as Fact;
use serde_json::{Value as Json, json};

use super::*;
use crate::import::checked::{BROKEN_TYPE, HmacKey, Verdict};

const CHAINS: &str = include_str!("../../../../tests/data/aigc/aigc_chain.json");
const SIGNED: &str = include_str!("../../../../tests/data/aigc/aigc_signing.json");
const ENFORCED: &str = include_str!("../../../../tests/data/aigc/aigc_enforce.json");
const RECORDED: &str = include_str!("../../../../tests/data/aigc/aigc_recorded_1.4.jsonl");
const KEY: [u8; 32] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31,
];

fn ring() -> Keyring {
    let mut keys = Keyring::default();
    keys.add(&KEY, 0, 0, false).expect("a key");
    keys
}

fn key() -> HmacKey {
    ring().all().next().expect("a key").clone()
}

fn vector(file: &str, id: &str) -> Json {
    let file: Json = serde_json::from_str(file).expect("vectors");
    let vectors = file["vectors"].as_array().expect("a list").clone();
    let found = vectors.into_iter().find(|vector| vector["id"] == id);
    found.unwrap_or_else(|| panic!("no vector {id}"))
}

fn chain(id: &str) -> Vec<Json> {
    vector(CHAINS, id)["artifacts"]
        .as_array()
        .expect("a list")
        .clone()
}

fn examine(artifacts: &[Json], keys: Keyring) -> Vec<Examined> {
    let mut importer = Aigc::new(keys, "claims".to_owned());
    let examine = |(line, artifact): (u64, &Json)| {
        let json = artifact.to_string();
        let spot = Spot { file: 0, line };
        importer
            .examine(json.as_bytes(), spot)
            .expect("an artifact")
    };
    (1..).zip(artifacts).map(examine).collect()
}

/// The findings of each artifact but for those on keys and signatures.
fn placed(artifacts: &[Json]) -> Vec<Vec<Code>> {
    let unrelated = [Code::Unsigned, Code::NoKey, Code::ChainedThenSigned];
    let codes = |examined: Examined| {
        let codes = examined.findings.into_iter().map(|finding| finding.code);
        codes.filter(|code| !unrelated.contains(code)).collect()
    };
    examine(artifacts, Keyring::default())
        .into_iter()
        .map(codes)
        .collect()
}

fn codes(artifact: &Json, keys: Keyring) -> Vec<Code> {
    let examined = examine(std::slice::from_ref(artifact), keys).remove(0);
    examined
        .findings
        .into_iter()
        .map(|finding| finding.code)
        .collect()
}

/// Chains and signs artifacts as a host would that signs last.
fn chained_and_signed(count: usize) -> Vec<Json> {
    chained(count, "planner", true)
}

fn chained(count: usize, role: &str, is_signed: bool) -> Vec<Json> {
    let mut previous = Json::Null;
    (0..count)
        .map(|index| {
            let mut artifact = chain("chain-intact")[0].clone();
            artifact["metadata"] = json!({ "n": index });
            artifact["role"] = json!(role);
            artifact["chain_index"] = json!(index);
            artifact["previous_audit_checksum"] = previous.clone();
            let parsed = |artifact: &Json| {
                Object::parse(artifact.to_string().as_bytes()).expect("an object")
            };
            let unsummed = parsed(&artifact).canonical(Form::Whole, &["checksum"]);
            artifact["checksum"] = json!(hex::encode(&Sha256::digest(unsummed)));
            previous = artifact["checksum"].clone();
            if !is_signed {
                return artifact;
            }
            let unsigned = parsed(&artifact).canonical(Form::Whole, &["signature"]);
            artifact["signature"] = json!(key().authenticate(&unsigned));
            artifact
        })
        .collect()
}

#[test]
fn its_own_chains_are_read_as_it_reads_them() {
    assert_eq!(placed(&chain("chain-intact")), vec![Vec::<Code>::new(); 4]);
    assert_eq!(
        placed(&chain("chain-modify-last"))[3],
        [Code::ContentAltered]
    );
    assert_eq!(placed(&chain("chain-duplicate"))[2], [Code::Duplicate]);
    let middle = placed(&chain("chain-strip-checksum-middle-and-modify"));
    assert_eq!(middle[1], [Code::ChecksumMissing]);
    assert_eq!(middle[2], [Code::LinkBroken]);
    let other = placed(&chain("chain-other-chain-id"));
    assert_eq!(other[2], [Code::ContentAltered, Code::HeadMissing]);
    assert_eq!(other[3], [Code::IndexWrong, Code::LinkBroken]);
}

#[test]
fn a_stripped_checksum_does_not_hide_a_change() {
    let vector = vector(CHAINS, "chain-strip-checksum-last-and-modify");
    assert_eq!(vector["valid"], true, "its own verifier is fooled");
    let found = placed(&chain("chain-strip-checksum-last-and-modify"));
    assert_eq!(found[3], [Code::ChecksumMissing]);
}

#[test]
fn a_chain_without_any_checksum_is_never_called_verified() {
    let mut artifacts = chained_and_signed(1);
    artifacts[0]
        .as_object_mut()
        .expect("an object")
        .remove("checksum");
    assert_eq!(placed(&artifacts)[0], [Code::LegacyChecksum]);
}

#[test]
fn what_was_taken_out_or_moved_is_seen_and_a_cut_tail_can_not_be() {
    let whole = chained_and_signed(5);
    let standing = |artifacts: &[Json]| -> Vec<Verdict> {
        examine(artifacts, ring())
            .iter()
            .map(Examined::standing)
            .collect()
    };
    assert_eq!(standing(&whole), [Verdict::Verified; 5]);
    let without = |place: usize| {
        let mut artifacts = whole.clone();
        artifacts.remove(place);
        artifacts
    };
    assert_eq!(placed(&without(2))[2], [Code::IndexWrong, Code::LinkBroken]);
    assert_eq!(placed(&without(0))[0], [Code::HeadMissing]);
    assert_eq!(standing(&without(0))[0], Verdict::Unverified);
    let mut swapped = whole.clone();
    swapped.swap(1, 2);
    assert_eq!(placed(&swapped)[1], [Code::IndexWrong, Code::LinkBroken]);
    // Nothing in the format says where a chain ends: every verdict says that it can't be answered.
    assert_eq!(standing(&whole[..3]), [Verdict::Verified; 3]);
    let verdict =
        crate::import::checked::FileVerdict::new(SYSTEM, String::new(), 0, &Default::default());
    assert_eq!(verdict.completeness, "unanswerable");
}

#[test]
fn a_recomputed_chain_is_not_verified_without_its_signatures() {
    // Anyone can make such a chain: its checksums need no key.
    let forged = chained(3, "evil", false);
    assert_eq!(placed(&forged), vec![Vec::<Code>::new(); 3]);
    for artifact in examine(&forged, ring()) {
        assert_eq!(artifact.standing(), Verdict::Unverified);
    }
}

#[test]
fn signatures_are_checked_as_they_were_made() {
    let artifact = |id: &str| vector(SIGNED, id)["artifact"].clone();
    assert_eq!(codes(&artifact("sign-basic"), ring()), []);
    assert_eq!(
        codes(&artifact("sign-tampered"), ring()),
        [Code::SignatureInvalid]
    );
    assert_eq!(codes(&artifact("sign-null"), ring()), [Code::Unsigned]);
    assert_eq!(
        codes(&artifact("sign-basic"), Keyring::default()),
        [Code::NoKey]
    );
    let mut wrong = Keyring::default();
    wrong
        .add(b"another key of enough bytes", 0, 0, false)
        .expect("a key");
    assert_eq!(
        codes(&artifact("sign-wrong-key"), wrong),
        [Code::SignatureInvalid]
    );
}

#[test]
fn signing_and_chaining_are_told_apart_by_their_order() {
    let artifact = |id: &str| vector(SIGNED, id)["artifact"].clone();
    // Its own verifier calls the one signature and the other checksum broken.
    assert_eq!(
        codes(&artifact("sign-then-chain"), ring()),
        [Code::SignedThenChained]
    );
    assert_eq!(
        codes(&artifact("chain-then-sign"), ring()),
        [Code::ChainedThenSigned]
    );
    // Its place is not under the signature, so it is not verified; what was signed last is.
    let standing = |id: &str| examine(&[artifact(id)], ring())[0].standing();
    assert_eq!(standing("sign-then-chain"), Verdict::Unverified);
    assert_eq!(standing("chain-then-sign"), Verdict::Verified);
    let mut changed = artifact("sign-then-chain");
    changed["role"] = json!("evil");
    assert_eq!(
        codes(&changed, ring()),
        [Code::ContentAltered, Code::SignatureInvalid]
    );
}

#[test]
fn an_unsigned_failure_before_the_pipeline_is_named() {
    let mut artifact = vector(SIGNED, "sign-null")["artifact"].clone();
    artifact["enforcement_result"] = json!("FAIL");
    artifact["metadata"] = json!({ "pre_pipeline_failure": true });
    assert_eq!(codes(&artifact, ring()), [Code::UnsignedPrePipeline]);
}

#[test]
fn a_repeat_adds_nothing() {
    let artifacts = chained_and_signed(2);
    let mut importer = Aigc::new(ring(), "claims".to_owned());
    let mut examine = |file, line, artifact: &Json| {
        let json = serde_json::to_string_pretty(artifact).expect("JSON");
        importer
            .examine(json.as_bytes(), Spot { file, line })
            .expect("an artifact")
    };
    assert!(examine(0, 1, &artifacts[0]).event.is_some());
    // In another file of the same import it is only a repeat, in the same file it stands where none belongs.
    let elsewhere = examine(1, 1, &artifacts[0]);
    assert_eq!((elsewhere.event, elsewhere.findings), (None, Vec::new()));
    assert_eq!(examine(1, 2, &artifacts[1]).standing(), Verdict::Verified);
}

#[test]
fn artifacts_as_it_writes_them_are_read() {
    // Signed passes and a signed failure; a failure before the pipeline; and a chain that nobody signed.
    let expected: [&[Code]; 7] = [
        &[],
        &[],
        &[],
        &[Code::UnsignedPrePipeline],
        &[Code::Unsigned],
        &[Code::Unsigned],
        &[Code::Unsigned],
    ];
    let mut importer = Aigc::new(ring(), "claims".to_owned());
    let mut met = 0;
    for ((line, json), expected) in (1..).zip(RECORDED.lines()).zip(expected) {
        let spot = Spot { file: 0, line };
        let examined = importer
            .examine(json.as_bytes(), spot)
            .expect("an artifact");
        let codes: Vec<Code> = examined
            .findings
            .iter()
            .map(|finding| finding.code)
            .collect();
        assert_eq!(codes, expected, "line {line}");
        let event = examined.event.expect("an event");
        crate::import::conventions::assert_fits(&event);
        met += 1;
    }
    assert_eq!(met, 7);
}

/// Every artifact that its enforcement made of a recorded run says what the run came to.
#[test]
fn what_enforcement_made_is_the_decision_that_it_came_to() {
    let file: Json = serde_json::from_str(ENFORCED).expect("vectors");
    let mut read = 0;
    for vector in file["vectors"].as_array().expect("a list") {
        let (id, expected) = (&vector["id"], &vector["expected"]);
        let artifact = &expected["artifact"];
        if artifact.is_null() {
            continue;
        }
        let examined = examine(std::slice::from_ref(artifact), ring()).remove(0);
        let event = examined.event.expect("a first one is an event");
        let text = |name: &str| {
            let fact = event.facts.get(name)?.value.as_ref()?;
            match fact {
                Fact::Text(text) => Some(text.as_str()),
                _ => None,
            }
        };
        let result = expected["result"].as_str().expect("PASS or FAIL");
        assert_eq!(text("result"), Some(&*result.to_lowercase()), "{id}");
        assert_eq!(
            text("failed_gate"),
            expected["failure_gate"].as_str(),
            "{id}"
        );
        for (digest, field) in event
            .digests
            .iter()
            .zip(["input_checksum", "output_checksum"])
        {
            let hex: String = digest
                .value
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(Some(&*hex), expected[field].as_str(), "{id}");
        }
        assert_eq!(event.digests.len(), 2, "{id}");
        let known = indelible_compliance::conventions::Decision::TYPE;
        assert_eq!(event.r#type, known, "{id}: {:?}", examined.findings);
        read += 1;
    }
    assert!(read > 40, "{read}");
}
