//! `indelible verify`: the daemon reads a whole ledger again and checks it.

use clap::Args;
use indelible_proto::v1::{VerificationResult, VerifyLedgerRequest};
use serde_json::json;

use crate::cli::{
    error::CliError,
    session::Session,
    ui::{
        progress::{Progress, Unit},
        table::{hex, printable},
    },
};

/// Verify a ledger inside the daemon, from its stored bytes
///
/// This is the operator's check. An auditor exports a bundle and verifies it with `indelible-verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Name or origin
    ledger: String,
}

impl Verify {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open().await?;
        let request = VerifyLedgerRequest {
            ledger: self.ledger.clone(),
        };
        let mut stream = client.verify_ledger(request).await?.into_inner();
        let mut progress = Progress::new(&session.output, "verifying", Unit::Records);
        while let Some(message) = stream.message().await? {
            progress.set(message.verified, Some(message.size));
            if let Some(result) = message.result {
                progress.clear();
                return report(session, &self.ledger, message.verified, &result);
            }
        }
        Err(CliError::Answer("it ended without a result"))
    }
}

fn report(
    session: &mut Session,
    ledger: &str,
    verified: u64,
    result: &VerificationResult,
) -> Result<(), CliError> {
    let intact = result.intact && result.findings.is_empty();
    if session.output.is_json() {
        let findings = result.findings.iter().map(|finding| {
            json!({"sequence": finding.sequence, "code": finding.code, "detail": finding.detail})
        });
        session.output.object(&json!({
            "ledger": ledger,
            "intact": intact,
            "verified": verified,
            "root_hash": hex(&result.root_hash),
            "findings": findings.collect::<Vec<_>>(),
            "unanswered": result.unanswered,
            "remarks": result.remarks,
        }))?;
    } else {
        for finding in &result.findings {
            let place = finding
                .sequence
                .map(|sequence| format!("record {sequence}: "));
            session.output.line(format_args!(
                "{}{}: {}",
                place.unwrap_or_default(),
                finding.code,
                finding.detail
            ))?;
        }
        for question in &result.unanswered {
            session
                .output
                .line(format_args!("can't be answered: {}", printable(question)))?;
        }
        for remark in &result.remarks {
            session
                .output
                .line(format_args!("note: {}", printable(remark)))?;
        }
        if intact {
            session.output.line(format_args!(
                "{ledger} is intact: {verified} records, root {}",
                hex(&result.root_hash)
            ))?;
        }
    }
    if intact {
        return match result.unanswered.len() {
            0 => Ok(()),
            _ => Err(CliError::Unanswered {
                what: ledger.to_owned(),
            }),
        };
    }
    let findings = match result.findings.len() {
        0 => "the daemon does not say why".to_owned(),
        1 => "one finding".to_owned(),
        count => format!("{count} findings"),
    };
    Err(CliError::NotIntact {
        what: ledger.to_owned(),
        findings,
    })
}
