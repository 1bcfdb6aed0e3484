//! The receipt of one record.

mod provisos;
mod shown;

use std::io::Read;
use std::path::Path;

use indelible_evidence::RecordFile;
use indelible_evidence::limits::{
    BODY_BYTES_MAX, HEADER_BYTES_MAX, PAYLOAD_BYTES_MAX, RECEIPT_BYTES_MAX,
};
use indelible_evidence::receipt::{Receipt, ReceiptError, ReceiptFailure};

use crate::arguments::ReceiptRequest;
use crate::failure::{Failure, with_sources};
use crate::file_kind::FileKind;
use crate::input::open_bytes;
use crate::later_identity;
use crate::other_ledger::refuse_receipt;
use crate::output::{Output, print};
use crate::text_file::explained;
use shown::{in_json, text};

/// More than any record file has.
const RECORD_BYTES_MAX: usize = HEADER_BYTES_MAX + BODY_BYTES_MAX + PAYLOAD_BYTES_MAX + 1024;

/// Verifies a receipt and prints what it proves. Gives the exit code.
pub(crate) fn verify(request: &ReceiptRequest) -> Result<u8, Failure> {
    let note = read(&request.receipt, RECEIPT_BYTES_MAX, FileKind::Receipt)?;
    let receipt = Receipt::parse(&note).map_err(|error| not_a_receipt(request, &note, &error))?;
    refuse_receipt(&receipt, &request.key)?;
    let bytes = read(&request.record, RECORD_BYTES_MAX, FileKind::RecordFile)?;
    let record = RecordFile::decode(&bytes).map_err(|error| {
        let other = other_kind(&request.record, &bytes, FileKind::RecordFile);
        other.unwrap_or_else(|| malformed(&request.record, &error))
    })?;
    let verdict = receipt.verify(&record, &request.key);
    if verdict.is_err() {
        later_identity::refuse_receipt(&receipt, &record, &request.key)?;
    }
    let code = match &verdict {
        Ok(_) => 0,
        Err(error) => match error.failure() {
            ReceiptFailure::Malformed => {
                let of_record = matches!(error, ReceiptError::Record(_));
                let path = if of_record {
                    &request.record
                } else {
                    &request.receipt
                };
                return Err(malformed(path, error));
            }
            ReceiptFailure::Refused => 1,
            ReceiptFailure::Unjudged => 4,
        },
    };
    let shown = match request.output {
        Output::Text => text(&verdict, &record),
        Output::Json => in_json(&verdict, &record),
    };
    print(shown.as_bytes())?;
    Ok(code)
}

fn read(path: &Path, bytes_max: usize, wanted: FileKind) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read =
        open_bytes(path).and_then(|file| file.take(bytes_max as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| Failure::input(path, error))?;
    if bytes.len() > bytes_max {
        let too_long = || {
            let path = path.display();
            Failure::Malformed(format!("{path}: longer than {bytes_max} bytes"))
        };
        return Err(other_kind(path, &bytes, wanted).unwrap_or_else(too_long));
    }
    Ok(bytes)
}

/// What a file is that is not what it was given as, where that shows.
fn other_kind(path: &Path, bytes: &[u8], wanted: FileKind) -> Option<Failure> {
    let kind = FileKind::of(bytes).filter(|kind| *kind != wanted)?;
    let (name, swapped) = match (wanted, kind) {
        (FileKind::Receipt, FileKind::RecordFile) => (
            "receipt",
            "; give the receipt first, and the record file with --record",
        ),
        (FileKind::Receipt, _) => ("receipt", ""),
        _ => ("record file", ""),
    };
    Some(Failure::Malformed(format!(
        "{}: not a {name}: {kind}{swapped}",
        path.display()
    )))
}

/// What is not a receipt, as what it is, or with what happened to it, if that shows.
fn not_a_receipt(request: &ReceiptRequest, text: &[u8], error: &ReceiptError) -> Failure {
    let path = &request.receipt;
    if let Some(other) = other_kind(path, text, FileKind::Receipt) {
        return other;
    }
    let why = explained(path, text, with_sources(error));
    Failure::Malformed(format!("{}: {why}", path.display()))
}

fn malformed(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::Malformed(format!("{}: {}", path.display(), with_sources(error)))
}
