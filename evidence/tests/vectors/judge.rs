//! Receipts.

use indelible_evidence::{note::VerifierKey, receipt::Receipt, record_file::RecordFile};

use crate::{Outcome, Vector};

pub(crate) fn receipt(vector: &Vector) -> Outcome {
    let key = VerifierKey::parse(vector.text("key")).unwrap();
    let receipt = Receipt::parse(&vector.file("file")).map_err(|error| error.to_string())?;
    assert_eq!(
        receipt.to_string().as_bytes(),
        vector.file("file"),
        "{}",
        vector.name()
    );
    let record = RecordFile::decode(&vector.file("record")).map_err(|error| error.to_string())?;
    let verdict = receipt
        .verify(&record, &key)
        .map_err(|error| error.to_string())?;
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
