//! `indelible receipt`: the proof that a record is in a ledger.

use std::path::PathBuf;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use clap::Args;
use indelible_proto::v1::GetReceiptRequest;
use serde::Serialize;

use crate::cli::{
    error::CliError,
    session::Session,
    ui::pending_file::{Inputs, Readers},
};

/// Get the receipt of a record: a C2SP tlog-proof that it is in the ledger
///
/// `indelible-verify receipt FILE --record FILE --key KEY` checks it against the record, offline.
#[derive(Debug, Args)]
pub(crate) struct Receipt {
    /// Name or origin
    ledger: String,
    /// The record's sequence number
    sequence: u64,
    /// Write the receipt to a file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the record, which the receipt is checked against, to a file
    #[arg(long, value_name = "FILE")]
    record_out: Option<PathBuf>,
    /// Wait until the identity key has signed a checkpoint that covers the record, as long as --timeout allows
    #[arg(long)]
    wait: bool,
    /// Disclose the key of this one event in the record's file: anybody who has the file can then read it
    #[arg(long)]
    decrypt: bool,
    /// Why, for the ledger's access trail; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT", requires = "decrypt")]
    purpose: Option<String>,
}

/// The receipt with its record, for programs; people get the receipt alone.
#[derive(Serialize)]
struct ReceiptAnswer<'a> {
    sequence: u64,
    provisional: bool,
    receipt: &'a str,
    record_file: String,
}

impl Receipt {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let paths = [self.out.as_deref(), self.record_out.as_deref()];
        session
            .output
            .check(paths.into_iter().flatten(), &Inputs::NONE)?;
        let mut client = session.connection.open().await?;
        let request = session.connection.request(GetReceiptRequest {
            ledger: self.ledger,
            sequence: self.sequence,
            wait_for_publication: self.wait,
            disclose_key: self.decrypt,
            purpose: self.purpose.unwrap_or_default(),
        });
        let answer = client.get_receipt(request).await?.into_inner();
        if let Some(path) = &self.record_out {
            let output = &mut session.output;
            output.write_file(path, Readers::Owner, &Inputs::NONE, &answer.record_file)?;
        }
        if let Some(path) = &self.out {
            let (output, receipt) = (&mut session.output, answer.receipt.as_bytes());
            output.write_file(path, Readers::Usual, &Inputs::NONE, receipt)?;
        }
        if answer.provisional {
            session.output.remark(
                "provisional: only the epoch key has signed for this record yet; --wait waits for the \
                 identity key",
            );
        }
        if session.output.is_json() {
            return session.output.object(&ReceiptAnswer {
                sequence: self.sequence,
                provisional: answer.provisional,
                receipt: &answer.receipt,
                record_file: BASE64.encode(&answer.record_file),
            });
        }
        if self.out.is_some() {
            return Ok(());
        }
        session.output.bytes(answer.receipt.as_bytes())
    }
}
