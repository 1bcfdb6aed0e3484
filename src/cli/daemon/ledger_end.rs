//! `indelible ledger end`: the end of a ledger's life.

mod bundle;

use std::{fmt, path::PathBuf};

use clap::Args;
use indelible_compliance::reports::counted;
use indelible_interchange::hex;
use indelible_proto::v1::{
    EndLedgerRequest, EndLedgerResponse, EndLedgerResult, GetLedgerRequest,
    request_approval_request::Act,
};
use serde::Serialize;

use self::bundle::{Bundle, Sealed};
use crate::cli::{
    approvals::two_people::TwoPeople,
    error::CliError,
    privacy::backups::HoldingBackup,
    session::Session,
    ui::{
        confirm,
        erasing::{Erasing, Step, complete, follow},
        table::{Table, printable, yes_or_no},
    },
};

/// End a ledger for good, once a bundle has all of it
///
/// Export the ledger first (`indelible export`), verify the bundle (`indelible-verify`), and keep it where it will be found. A
/// bundle that does not verify, or lacks contents that are in the archive, is refused.
/// A record says that the ledger ended, and names the bundle by its SHA-256. Then every data key of the ledger is destroyed:
/// what was encrypted can't be read any more. Headers, proofs and what was never encrypted stay, and the name is kept. Under
/// any hold it is refused. This can't be undone. It asks for the ledger's name on a terminal; without one it needs --yes.
#[derive(Debug, Args)]
pub(crate) struct End {
    /// Name or origin
    ledger: String,
    /// The bundle that has all of the ledger, as it is kept: a .tar.zst or .tar
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// Why; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Take a bundle from which contents are left out: they are in the archive, or it was exported without payloads
    #[arg(long)]
    contents_left_out: bool,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    two_people: TwoPeople,
}

impl End {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let bundle = Bundle::read(&self.bundle)?;
        bundle.check_is_of(&self.bundle, &self.ledger)?;
        let key = verifier_key(session, &bundle.origin).await?;
        let sealed = bundle::check_whole(&self.bundle, &key, self.contents_left_out)?;
        if let Some(unreadable) = sealed.words() {
            session.output.remark(&unreadable);
        }
        let wanted = EndLedgerRequest {
            // By its origin, so that no other ledger of that name is meant.
            ledger: bundle.origin.clone(),
            bundle_size: bundle.size,
            bundle_sha256: bundle.sha256.to_vec().into(),
            reason: self.reason.clone().unwrap_or_default(),
            approval_id: self.two_people.approval_id()?,
        };
        if self.two_people.asks() {
            let reason = self.reason.iter();
            let said: Vec<_> = reason.map(|text| ("--reason", text.as_str())).collect();
            return self
                .two_people
                .ask(session, Act::EndLedger(wanted), &said)
                .await;
        }
        if !self.yes {
            let question = format!(
                "This ends {} for good and destroys all of its data keys. {} has its {}.",
                bundle.origin,
                self.bundle.display(),
                counted(bundle.size, "record", "records")
            );
            confirm::ledger(&mut session.output, &question, &self.ledger)?;
        }
        let mut client = session.connection.open_retention().await?;
        let stream = client.end_ledger(wanted).await?.into_inner();
        let result = follow(&mut session.output, stream).await?;
        report(session, (&bundle, sealed), &result)
    }
}

/// The key under which the ledger's bundle verifies.
async fn verifier_key(session: &Session, ledger: &str) -> Result<String, CliError> {
    let mut client = session.connection.open().await?;
    let request = session.connection.request(GetLedgerRequest {
        ledger: ledger.to_owned(),
    });
    let answer = client.get_ledger(request).await?.into_inner();
    let ledger = answer.ledger.ok_or(CliError::Answer("no ledger in it"))?;
    Ok(ledger.verifier_key)
}

impl Erasing for EndLedgerResponse {
    type Result = EndLedgerResult;

    fn told(self) -> Step<EndLedgerResult> {
        Step {
            step: self.step(),
            recorded: Some(self.sequence),
            done: self.done,
            total: self.total,
            result: self.result,
        }
    }

    fn recorded(sequence: u64) -> String {
        format!("record {sequence} ends the ledger: from here on it can't be undone")
    }

    fn goes_on(sequence: u64) -> String {
        format!("the ledger ended, as record {sequence} says, and the daemon will complete it")
    }
}

fn report(
    session: &mut Session,
    (bundle, sealed): (&Bundle, Sealed),
    result: &EndLedgerResult,
) -> Result<(), CliError> {
    session.output.answer(&Ended {
        origin: &bundle.origin,
        sequence: result.sequence,
        erasures: &result.erasure_sequences,
        data_keys: result.data_key_count,
        events: result.event_count,
        bundle_sha256: hex::encode(&bundle.sha256),
        sealed_bodies: sealed.bodies,
        sealed_payloads: sealed.payloads,
        complete: result.complete,
        older_copies: &result.older_copy_paths,
        backups: OLDER_BACKUPS,
        in_backups: result.backups.iter().map(HoldingBackup::new).collect(),
    })?;
    complete(result.complete, result.sequence, &result.older_copy_paths)
}

/// What the end can't reach. Every answer says it, so that nobody believes that backups are ended, too.
const OLDER_BACKUPS: &str = "backups made before the end still hold the keys, wrapped under a KEK: delete those backups, or \
                             destroy that KEK once nothing needs it";

/// A ledger that ended.
#[derive(Serialize)]
struct Ended<'a> {
    origin: &'a str,
    sequence: u64,
    /// The records that say which data keys are destroyed.
    erasures: &'a [u64],
    data_keys: u64,
    events: u64,
    bundle_sha256: String,
    /// Bodies and payloads that the bundle has encrypted, and without their keys.
    sealed_bodies: u64,
    sealed_payloads: u64,
    complete: bool,
    older_copies: &'a [String],
    /// What the end can't reach.
    backups: &'static str,
    /// Backups that may still hold the keys.
    in_backups: Vec<HoldingBackup>,
}

impl Ended<'_> {
    /// What can't be read in the bundle; empty if all can.
    fn not_readable(&self) -> String {
        match (self.sealed_bodies, self.sealed_payloads) {
            (0, 0) => String::new(),
            (bodies, payloads) => format!(
                "{} and {} in the bundle, which are encrypted, and whose keys are destroyed",
                counted(bodies, "body", "bodies"),
                counted(payloads, "payload", "payloads")
            ),
        }
    }
}

impl fmt::Display for Ended<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("ended", self.origin)
            .row("record", self.sequence)
            .row("data keys", self.data_keys)
            .row("events", self.events)
            .row("bundle", format!("SHA-256 {}", self.bundle_sha256))
            .row_if("not readable", &self.not_readable())
            .row("complete", yes_or_no(self.complete));
        for directory in self.older_copies {
            table.row("older copy", printable(directory));
        }
        table.row("backups", self.backups);
        for backup in &self.in_backups {
            table.row(backup.heading(), backup);
        }
        table.fmt(f)
    }
}
