//! The receipts of the records that a report names, fetched into a directory.

use std::{collections::BTreeSet, fs, path::Path};

use indelible_compliance::reports::{Report, counted};
use indelible_proto::v1::{ErrorReason, GetReceiptRequest};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    session::Session,
    ui::pending_file::{Inputs, Readers},
};

/// How many receipts one report fetches; each is a call and two files.
pub(crate) const RECEIPTS_MAX: usize = 1024;

/// What became of the receipts.
#[derive(Serialize)]
pub(crate) struct Receipts {
    pub(crate) directory: String,
    /// How many were written, each with its record.
    pub(crate) written: usize,
    /// The records that no published checkpoint covers yet.
    pub(crate) unpublished: Vec<u64>,
    /// How many more records the report names.
    pub(crate) left_out: usize,
}

/// Fetches them: `<sequence>.tlog-proof`, and the record that it proves as `<sequence>.cbor`. What is encrypted stays
/// so.
pub(crate) async fn fetch(
    session: &mut Session,
    report: &Report,
    directory: &Path,
    inputs: &Inputs,
) -> Result<Receipts, CliError> {
    let named = named(report);
    fs::create_dir_all(directory).map_err(|source| CliError::file(directory, source))?;
    let mut receipts = Receipts {
        directory: directory.display().to_string(),
        written: 0,
        unpublished: Vec::new(),
        left_out: named.len().saturating_sub(RECEIPTS_MAX),
    };
    let mut client = session.connection.open().await?;
    for sequence in named.into_iter().take(RECEIPTS_MAX) {
        let request = session.connection.request(GetReceiptRequest {
            // The origin, since another ledger may have the name by now.
            ledger: report.ledger.origin.clone(),
            sequence,
            ..GetReceiptRequest::default()
        });
        let answer = match client.get_receipt(request).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => match CliError::from(status) {
                error if is_unpublished(&error) => {
                    receipts.unpublished.push(sequence);
                    continue;
                }
                error => return Err(error),
            },
        };
        // What an epoch key alone vouches for is no proof for strangers.
        if answer.provisional {
            receipts.unpublished.push(sequence);
            continue;
        }
        let (proof, record) = (answer.receipt.as_bytes(), &answer.record_file);
        for (extension, readers, bytes) in [
            ("cbor", Readers::Owner, &**record),
            ("tlog-proof", Readers::Usual, proof),
        ] {
            let path = directory.join(format!("{sequence}.{extension}"));
            session.output.write_file(&path, readers, inputs, bytes)?;
        }
        receipts.written += 1;
    }
    Ok(receipts)
}

/// The records that clauses and their criteria name, ascending.
fn named(report: &Report) -> BTreeSet<u64> {
    let criteria = report.clauses.iter().flat_map(|clause| &clause.criteria);
    let of_criteria = criteria.flat_map(|criterion| &criterion.records);
    let of_clauses = report.clauses.iter().flat_map(|clause| &clause.records);
    of_clauses.chain(of_criteria).copied().collect()
}

fn is_unpublished(error: &CliError) -> bool {
    matches!(error, CliError::Daemon(refusal) if refusal.known_reason() == Some(ErrorReason::NotPublished))
}

impl Receipts {
    /// Says on standard error what there is, and what is missing.
    pub(crate) fn tell(&self, session: &mut Session) {
        let Self {
            directory,
            written,
            unpublished,
            left_out,
        } = self;
        session.output.remark(format_args!(
            "{} in {directory}: <sequence>.tlog-proof proves <sequence>.cbor",
            counted(*written as u64, "receipt", "receipts")
        ));
        if !unpublished.is_empty() {
            let sequences: Vec<_> = unpublished.iter().map(u64::to_string).collect();
            session.output.remark(format_args!(
                "no receipt yet of {}: no published checkpoint covers that; get it later with `indelible receipt`",
                sequences.join(", ")
            ));
        }
        if *left_out > 0 {
            session.output.remark(format_args!(
                "the report names {}; at most {RECEIPTS_MAX} receipts are fetched at once",
                counted(*left_out as u64, "record more", "records more")
            ));
        }
    }
}
