//! `indelible verify`: the daemon reads a whole ledger again and checks it.

use std::fmt;

use clap::Args;
use indelible_compliance::reports::counted;
use indelible_proto::v1::{Finding, VerificationResult, VerifyLedgerRequest};
use serde::Serialize;

use crate::cli::{
    error::{CliError, Verified},
    session::Session,
    ui::{
        progress::{Progress, Unit},
        root::root_text,
        table::printable,
    },
};

/// The code of a finding about a file of the archive.
const ARCHIVE_DAMAGED: &str = "archive-damaged";

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
            progress.set(message.done, Some(message.total));
            if let Some(result) = message.result {
                progress.clear();
                return report(session, &self.ledger, message.done, &result);
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
    session.output.answer(&VerifyAnswer {
        ledger,
        intact,
        verified,
        root_hash: root_text(&result.root_hash),
        findings: result.findings.iter().map(FindingView::new).collect(),
        unanswered: &result.unanswered,
        remarks: &result.remarks,
    })?;
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
    let of = what_is_not_intact(result);
    let what = match of {
        Verified::Archive => format!("the archive of {ledger}"),
        _ => ledger.to_owned(),
    };
    Err(CliError::NotIntact { what, findings, of })
}

/// The ledger, or its archive alone: that is another damage, and something else is to be done about it. What is to be done about
/// the ledger also depends on what the daemon does now.
fn what_is_not_intact(result: &VerificationResult) -> Verified {
    let findings = &result.findings;
    let mut codes = findings.iter().map(|finding| finding.code.as_str());
    if !findings.is_empty() && codes.all(|code| code == ARCHIVE_DAMAGED) {
        return Verified::Archive;
    }
    match result.system_quarantined {
        true => Verified::StoreWithoutSystem,
        false => Verified::Store,
    }
}

/// What the daemon found.
#[derive(Serialize)]
struct VerifyAnswer<'a> {
    ledger: &'a str,
    intact: bool,
    verified: u64,
    root_hash: String,
    findings: Vec<FindingView<'a>>,
    unanswered: &'a [String],
    remarks: &'a [String],
}

/// One thing that is wrong.
#[derive(Serialize)]
struct FindingView<'a> {
    sequence: Option<u64>,
    code: &'a str,
    detail: &'a str,
}

impl<'a> FindingView<'a> {
    fn new(finding: &'a Finding) -> Self {
        Self {
            sequence: finding.sequence,
            code: &finding.code,
            detail: &finding.detail,
        }
    }
}

impl fmt::Display for VerifyAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = self.findings.iter().map(FindingView::to_string);
        let unanswered = self.unanswered.iter();
        let unanswered = unanswered.map(|open| format!("can't be answered: {}", printable(open)));
        let remarks = self.remarks.iter();
        let remarks = remarks.map(|remark| format!("note: {}", printable(remark)));
        let mut lines: Vec<_> = findings.chain(unanswered).chain(remarks).collect();
        if self.intact {
            let (ledger, records, root) = (self.ledger, self.verified, &self.root_hash);
            let sound = match self.unanswered.is_empty() {
                true => format!("what is stored of {ledger} agrees"),
                false => format!("what could be checked of {ledger} is sound"),
            };
            let records = counted(records, "record", "records");
            lines.push(format!("{sound}: {records}, root {root}"));
        }
        f.write_str(&lines.join("\n"))
    }
}

impl fmt::Display for FindingView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(sequence) = self.sequence {
            write!(f, "record {sequence}: ")?;
        }
        write!(f, "{}: {}", self.code, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_archive_is_no_damaged_store() {
        let finding = |code: &str| Finding {
            code: code.to_owned(),
            ..Finding::default()
        };
        let of = |findings: &[Finding]| {
            what_is_not_intact(&VerificationResult {
                findings: findings.to_vec(),
                ..VerificationResult::default()
            })
        };
        let advice = |findings: &[Finding]| advice(of(findings));
        let archive = advice(&[finding(ARCHIVE_DAMAGED), finding(ARCHIVE_DAMAGED)]);
        assert!(archive.contains("Put the right copy"), "{archive}");
        assert!(!archive.contains("keep the data directory"), "{archive}");
        for store in [
            &[][..],
            &[finding("leaf-mismatch")],
            &[finding(ARCHIVE_DAMAGED), finding("leaf-mismatch")],
        ] {
            let store = advice(store);
            assert!(store.contains("keep the data directory"), "{store}");
        }
    }

    fn advice(of: Verified) -> String {
        let error = CliError::NotIntact {
            what: "audit".to_owned(),
            findings: String::new(),
            of,
        };
        error.to_text()
    }

    #[test]
    fn nobody_is_told_to_export_while_the_daemon_exports_nothing() {
        let result = |system_quarantined| VerificationResult {
            system_quarantined,
            ..VerificationResult::default()
        };
        let usual = advice(what_is_not_intact(&result(false)));
        assert!(usual.contains("before anything else"), "{usual}");
        assert!(!usual.contains("_system"), "{usual}");
        let without = advice(what_is_not_intact(&result(true)));
        assert!(without.contains("the daemon exports nothing"), "{without}");
        assert!(without.contains("indelible system succeed"), "{without}");
    }
}
