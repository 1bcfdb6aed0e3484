//! Receipts.

use super::*;

#[test]
fn receipts_are_checked() {
    use indelible_evidence::tree::inclusion_proof;
    use indelible_evidence::{Receipt, RecordFile};
    let mut bench = Bench::new();
    let record = bench.ledger.records[7].clone();
    let proof = {
        use indelible_evidence::bundle::RecordSource;
        let size = bench.ledger.size();
        inclusion_proof(7, size, |node| bench.ledger.node(node)).unwrap()
    };
    let receipt = Receipt {
        previous: bench.ledger.records[6].chain,
        certificate: None,
        genesis: None,
        identities: Vec::new(),
        index: 7,
        proof,
        checkpoint: bench.ledger.checkpoint(&[]),
    };
    let receipt = bench.file("receipt", receipt.to_string());
    let file = |record: &support::Record, header: &[u8]| {
        RecordFile {
            header: header.to_vec(),
            body: record.body.clone(),
            payload: record.payload.clone(),
            event_key: None,
        }
        .encode()
    };
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
