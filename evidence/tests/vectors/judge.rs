//! Receipts.

use indelible_evidence::{
    note::VerifierKey,
    receipt::{Receipt, ReceiptError, ReceiptFailure, ReceiptVerdict},
    record_file::RecordFile,
};
use serde_json::{Value, json};

use crate::{Outcome, Vector};

pub(crate) fn receipt(vector: &Vector) -> Outcome {
    let verdict = verify(vector);
    let exit = match &verdict {
        Ok(_) => 0,
        Err(Refusal::RecordFile) => 3,
        Err(Refusal::Receipt(error)) => exit(error),
    };
    let exits = vector.list("exit");
    assert!(exits.contains(&exit.into()), "{}: {exit}", vector.name());
    if let Err(Refusal::Receipt(ReceiptError::Unjudged(unknown))) = &verdict {
        let told = unknown
            .iter()
            .map(|key| json!([format!("{:#04x}", key.signature_type), key.sequence]));
        let told: Value = told.collect();
        assert_eq!(told, vector.0["unknown"], "{}", vector.name());
    }
    let verdict = verdict.map_err(|refusal| format!("{refusal:?}"))?;
    if vector.is_good() {
        assert_eq!(
            verdict.sequence,
            vector.number("index"),
            "{}",
            vector.name()
        );
        assert_eq!(
            vector.0["provisional"],
            verdict.is_provisional(),
            "{}",
            vector.name()
        );
    }
    Ok(())
}

#[derive(Debug)]
enum Refusal {
    RecordFile,
    Receipt(ReceiptError),
}

fn verify(vector: &Vector) -> Result<ReceiptVerdict, Refusal> {
    let key = VerifierKey::parse(vector.text("key")).unwrap();
    let receipt = Receipt::parse(&vector.file("file")).map_err(Refusal::Receipt)?;
    assert_eq!(
        receipt.to_string().as_bytes(),
        vector.file("file"),
        "{}",
        vector.name()
    );
    let record = RecordFile::decode(&vector.file("record")).map_err(|_| Refusal::RecordFile)?;
    receipt.verify(&record, &key).map_err(Refusal::Receipt)
}

/// The code with which the program ends.
fn exit(error: &ReceiptError) -> u64 {
    match error.failure() {
        ReceiptFailure::Malformed => 3,
        ReceiptFailure::Refused => 1,
        ReceiptFailure::Unjudged => 4,
    }
}
