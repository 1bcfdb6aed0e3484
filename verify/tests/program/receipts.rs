//! Receipts.

use super::*;
use indelible_evidence::bundle::RecordSource;
use indelible_evidence::tree::inclusion_proof;
use indelible_evidence::{DataKeyId, Receipt, RecordFile};

/// The receipt of a record of a ledger that has its first identity still.
fn receipt_of(ledger: &mut Ledger, index: u64) -> Receipt {
    let size = ledger.size();
    let proof = inclusion_proof(index, size, |node| ledger.node(node)).unwrap();
    Receipt {
        previous: ledger.records[usize::try_from(index - 1).unwrap()].chain,
        certificate: None,
        genesis: None,
        identities: Vec::new(),
        index,
        proof,
        checkpoint: ledger.checkpoint(&[]),
    }
}

fn record_file(record: &support::Record, header: &[u8]) -> Vec<u8> {
    RecordFile {
        header: header.to_vec(),
        body: record.body.clone(),
        payload: record.payload.clone(),
        event_key: None,
    }
    .encode()
}

/// What is said of a receipt and a record file, in both forms.
fn said(receipt: &Path, record: &Path, key: &str) -> (i32, String, Value) {
    let run = |output: &str| {
        program()
            .arg("receipt")
            .arg(receipt)
            .arg("--record")
            .arg(record)
            .args(["--key", key, "--output", output])
            .output()
            .unwrap()
    };
    let (text, json) = (run("text"), run("json"));
    assert_eq!(text.status.code(), json.status.code());
    let words = [&text.stdout[..], &text.stderr[..]].concat();
    (
        text.status.code().unwrap(),
        String::from_utf8(words).unwrap(),
        serde_json::from_slice(&json.stdout).unwrap(),
    )
}

/// The receipt of a record after one rotation, whose record is record `introduced`.
fn rotated_receipt(ledger: &mut Ledger, introduced: u64, index: u64) -> Receipt {
    let header = |at: u64| ledger.records[usize::try_from(at).unwrap()].header.clone();
    let (genesis, identity) = (header(0), header(introduced));
    Receipt {
        genesis: Some(genesis),
        identities: vec![identity],
        ..receipt_of(ledger, index)
    }
}

#[test]
fn what_a_key_event_states_is_shown_with_its_receipt() {
    let mut bench = Bench::new();
    let erased = bench.ledger.size();
    bench.ledger.erase(&[DataKeyId::from_bytes([7; 16])]);
    let receipt = receipt_of(&mut bench.ledger, erased);
    let receipt = bench.file("receipt", receipt.to_string());
    let record = bench.ledger.records.last().unwrap().clone();
    let record = bench.file("record", record_file(&record, &record.header));
    let (code, text, json) = said(&receipt, &record, &bench.ledger.key().to_string());
    assert_eq!(code, 0, "{text}");
    let key = "07".repeat(16);
    assert!(text.contains("asked for") && text.contains(&key), "{text}");
    assert_eq!(json["statement"]["basis"], "asked for");
    assert_eq!(json["statement"]["data_keys"][0], key.as_str());
}

#[test]
fn the_record_of_another_receipt_is_a_mismatch_and_accuses_nobody() {
    let mut bench = Bench::new();
    let receipt = receipt_of(&mut bench.ledger, 2);
    let receipt = bench.file("receipt", receipt.to_string());
    let other = bench.ledger.records[9].clone();
    let other = bench.file("nine", record_file(&other, &other.header));
    let (code, text, json) = said(&receipt, &other, &bench.ledger.key().to_string());
    assert_eq!(code, 1, "{text}");
    assert!(!text.contains("BROKEN"), "{text}");
    assert!(
        text.contains("these two files don't belong together"),
        "{text}"
    );
    assert_eq!(json["result"], "mismatch");
}

#[test]
fn of_the_record_of_an_identity_it_is_said_what_is_in_which_tree() {
    let mut bench = Bench::new();
    let introduced = bench.ledger.size();
    bench.ledger.rotate(signing_key(7));
    let key = bench.ledger.key().to_string();
    let about = |bench: &mut Bench, index: u64| {
        let receipt = rotated_receipt(&mut bench.ledger, introduced, index);
        let receipt = bench.file("receipt", receipt.to_string());
        let record = bench.ledger.records[usize::try_from(index).unwrap()].clone();
        let record = bench.file("record", record_file(&record, &record.header));
        let (code, text, json) = said(&receipt, &record, &key);
        assert_eq!(code, 0, "{text}");
        assert_eq!(json["provisional"], true);
        let provisos = json["provisos"].as_array().unwrap().clone();
        for proviso in &provisos {
            assert_eq!(proviso["sequence"], introduced);
            assert!(text.contains(proviso["detail"].as_str().unwrap()), "{text}");
        }
        (text, provisos[0]["about"].clone())
    };
    let (text, about_own) = about(&mut bench, introduced);
    assert_eq!(about_own, "own_identity");
    assert!(!text.contains("nothing shows"), "{text}");
    assert!(
        text.contains("introduced the identity that vouches for it"),
        "{text}"
    );
    let (text, about_other) = about(&mut bench, 5);
    assert_eq!(about_other, "identity");
    assert!(text.contains("record 5 is in the tree"), "{text}");
    assert!(
        text.contains(&format!("not that record {introduced} is in the tree")),
        "{text}"
    );
}

#[test]
fn the_key_of_a_later_identity_is_named_and_nothing_is_called_broken() {
    let mut bench = Bench::new();
    let introduced = bench.ledger.size();
    bench.ledger.rotate(signing_key(7));
    let public = signing_key(7).verifying_key().to_bytes();
    let origin = bench.ledger.origin.clone();
    let newest = indelible_evidence::VerifierKey::new(
        origin.as_str(),
        indelible_evidence::SignatureType::Ed25519,
        public,
    );
    let newest = newest.unwrap().to_string();
    let receipt = rotated_receipt(&mut bench.ledger, introduced, 5);
    let receipt = bench.file("receipt", receipt.to_string());
    let record = bench.ledger.records[5].clone();
    let record = bench.file("record", record_file(&record, &record.header));
    let wanted = format!("record {introduced} introduced it");
    let (code, text, json) = said(&receipt, &record, &newest);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains(&wanted) && !text.contains("BROKEN"), "{text}");
    assert_eq!(json["result"], "usage");

    for selection in [Selection::Whole, Selection::Range { from: 4, to: 9 }] {
        let bundle = bench.ledger.bundle(selection);
        let bundle = bench.file("bundle.tar", bundle);
        for command in [&[][..], &["records"], &["identities"]] {
            let mut program = program();
            let output = program
                .args(command)
                .arg(&bundle)
                .args(["--key", &newest])
                .output()
                .unwrap();
            let told = [&output.stdout[..], &output.stderr[..]].concat();
            let told = String::from_utf8(told).unwrap();
            assert_eq!(output.status.code(), Some(2), "{command:?}: {told}");
            assert!(told.contains(&wanted) && !told.contains("BROKEN"), "{told}");
        }
    }
    // A stranger's key is none of this ledger's, and then it is broken.
    let stranger = signing_key(9).verifying_key().to_bytes();
    let stranger = indelible_evidence::VerifierKey::new(
        origin.as_str(),
        indelible_evidence::SignatureType::Ed25519,
        stranger,
    );
    let stranger = stranger.unwrap().to_string();
    let bundle = bench.ledger.bundle(Selection::Whole);
    let bundle = bench.file("bundle.tar", bundle);
    let output = program()
        .arg(&bundle)
        .args(["--key", &stranger])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said(&receipt, &record, &stranger).0, 1);
}

#[test]
fn another_file_in_the_place_of_one_is_named_for_what_it_is() {
    let mut bench = Bench::new();
    let receipt = receipt_of(&mut bench.ledger, 2).to_string();
    let receipt = bench.file("receipt", receipt);
    let record = bench.ledger.records[2].clone();
    let record = bench.file("record", record_file(&record, &record.header));
    let bundle = bench.file("bundle.tar", &bench.tar);
    let packed = bench.file("bundle.tar.zst", compressed(&bench.tar));
    let key = bench.ledger.key().to_string();
    let key_file = bench.file("key", &key);
    let json = bench.file("report.json", "{\"format\":\"x\"}");
    for (first, second, words) in [
        (&bundle, &record, "not a receipt: it is an archive"),
        (&packed, &record, "not a receipt: it is an archive"),
        (&record, &receipt, "give the receipt first"),
        (&receipt, &receipt, "not a record file: it is a receipt"),
        (&receipt, &bundle, "not a record file: it is an archive"),
        (&receipt, &key_file, "not a record file: it is a key"),
        (&key_file, &record, "not a receipt: it is a key"),
        (&json, &record, "not a receipt: it is JSON"),
    ] {
        let (code, text, json) = said(first, second, &key);
        assert_eq!(code, 3, "{text}");
        assert!(text.contains(words), "{words}: {text}");
        assert!(!text.contains("tr -d"), "{text}");
        assert_eq!(json["result"], "malformed");
        assert_eq!(json["exit_code"], 3);
    }
    assert_eq!(bench.code(&record, &[]), 3);
}

#[test]
fn receipts_are_checked() {
    let mut bench = Bench::new();
    let record = bench.ledger.records[7].clone();
    let receipt = receipt_of(&mut bench.ledger, 7);
    let receipt = bench.file("receipt", receipt.to_string());
    let file = record_file;
    let key = bench.ledger.key().to_string();
    let run = |record: &Path, output: &str| {
        program()
            .arg("receipt")
            .arg(&receipt)
            .arg("--record")
            .arg(record)
            .args(["--key", &key, "--output", output])
            .output()
            .unwrap()
    };
    let good = bench.file("record", file(&record, &record.header));
    assert_eq!(run(&good, "text").status.code(), Some(0));
    let value: Value = serde_json::from_slice(&run(&good, "json").stdout).unwrap();
    assert_eq!(
        (&value["result"], &value["sequence"]),
        (&"holds".into(), &7.into())
    );
    let text = String::from_utf8(run(&good, "text").stdout).unwrap();
    told_of(&record, &value, &text);
    let other = bench.ledger.records[8].clone();
    let code = |record: &Path| run(record, "text").status.code();
    let other_file = file(&other, &other.header);
    assert_eq!(code(&bench.file("other", other_file)), Some(1));
    let mixed = file(&other, &record.header);
    assert_eq!(code(&bench.file("mixed", mixed)), Some(1));
    assert_eq!(code(&bench.file("junk", "junk")), Some(3));
    assert_eq!(code(&bench.folder.path().join("nowhere")), Some(5));
}

/// Both forms tell what the record is, and its payload's length and digest.
fn told_of(record: &support::Record, value: &Value, text: &str) {
    let payload = record.payload.as_ref().unwrap().1.as_slice();
    assert_eq!(value["type"], "tests.happened");
    assert_eq!(value["payload_bytes"], payload.len());
    let digest = data_encoding::HEXLOWER.encode(&support::sha256(payload));
    assert_eq!(value["payload_sha256"], digest.as_str());
    assert!(text.contains("of type \"tests.happened\""), "{text}");
    let told = format!("; {} bytes, SHA-256 {digest}", payload.len());
    assert!(text.contains(&told), "{text}");
}
