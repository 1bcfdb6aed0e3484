//! What an erasure would do, without doing it.

use std::fmt;

use indelible_compliance::reports::counted;
use indelible_evidence::limits::STATEMENT_DATA_KEYS_MAX;
use indelible_proto::v1::{EraseDataSubjectRequest, ErrorReason};
use serde::Serialize;

use crate::cli::{
    connection::Client,
    error::CliError,
    privacy::{
        backups::HoldingBackup,
        holding::{Holding, HoldingView, Holdings},
        not_looked_at,
        opened::{Decryptions, Opened, Source, trail_not_read},
        trail::{self, Recipient},
        unasked::UnaskedView,
    },
    session::Session,
    ui::{called::called, table::Table},
};

/// What an erasure leaves, wherever it is done, in a ledger that keeps an access trail or does not, and besides where the ledger
/// takes no records.
pub(super) fn remains(access_trail: Option<bool>, is_elsewhere: bool) -> Vec<&'static str> {
    let contents = is_elsewhere.then_some(CONTENTS);
    let always = [
        "the headers of the events: type, classification, recorded time, and hashes over what was there",
        not_looked_at::own_records(access_trail),
        "events that name the person elsewhere than as their data subject, or in another spelling",
        not_looked_at::ARCHIVED,
        "copies outside the data directory: bundles and other files that were exported, and backups",
    ];
    contents.into_iter().chain(always).collect()
}

/// What remains where the ledger takes no records.
const CONTENTS: &str = "the contents themselves, encrypted under keys that are destroyed: the ledger takes no records, so nothing in \
                        it may change";

/// Shows what an erasure would destroy in each ledger, and what would refuse it.
///
/// # Errors
/// If one of them would be refused.
pub(super) async fn dry_run(
    session: &mut Session,
    data_subject: &str,
    holdings: &Holdings,
    of_all: bool,
) -> Result<(), CliError> {
    let mut client = session.connection.open().await?;
    let ledgers = holdings.found.iter().map(|holding| &holding.ledger);
    let decryptions = Decryptions::read(session, ledgers).await?;
    let mut refused = Vec::new();
    for holding in &holdings.found {
        let of = (&decryptions, holding);
        let opened = opened(session, &mut client, of, data_subject).await?;
        let mut refusals = refusals(holding);
        refusals.extend(asked(session, holding).await?);
        let not_looked_at = match of_all {
            true => not_looked_at::by_all(holdings.may_be_more),
            false => not_looked_at::BY_ONE,
        };
        let view = DryRun::new(holding, opened, refusals, (of_all, not_looked_at));
        if !view.would_be_refused_by.is_empty() {
            refused.push(called(&holding.ledger));
        }
        session.output.item(&view)?;
    }
    if of_all {
        not_looked_at::tell(session, holdings.may_be_more)?;
    }
    for unasked in &holdings.unasked {
        session.output.item(&UnaskedView::new(unasked))?;
    }
    if !refused.is_empty() {
        return Err(CliError::WouldBeRefused { ledgers: refused });
    }
    holdings.check()
}

/// Who had the person's events decrypted, as far as the caller may know: an erasure takes no right to read.
async fn opened(
    session: &Session,
    client: &mut Client,
    (decryptions, holding): (&Decryptions, &Holding),
    data_subject: &str,
) -> Result<Opened, CliError> {
    let connection = &session.connection;
    match trail::sequences(connection, client, holding, data_subject).await {
        Ok(theirs) => {
            decryptions
                .of(session, client, &holding.ledger, &theirs)
                .await
        }
        Err(CliError::Daemon(refusal)) if refusal.is(ErrorReason::AccessDenied) => {
            let (source, lack) = match holding.ledger.access_trail {
                true => (Source::Trail, trail_not_read(&refusal.message)),
                false => {
                    let why = &refusal.message;
                    (
                        Source::System,
                        format!("which records are the person's was not read: {why}"),
                    )
                }
            };
            Ok(Opened {
                by: None,
                source,
                lack: Some(lack),
            })
        }
        Err(error) => Err(error),
    }
}

/// What stands against an erasure, as far as it was told with what the ledger has.
fn refusals(holding: &Holding) -> Vec<String> {
    let mut refusals = Vec::new();
    if !holding.takes_erasures() {
        refusals.push("the ledger is not open".to_owned());
    }
    if holding.found.clock_unconfirmed {
        refusals.push("the daemon's clock is not confirmed".to_owned());
    }
    if holding.found.data_key_ids.len() > STATEMENT_DATA_KEYS_MAX {
        refusals.push(format!(
            "the person has more data keys than the {STATEMENT_DATA_KEYS_MAX} that one record can name"
        ));
    }
    match holding.found.holds.len() {
        0 => {}
        1 => refusals.push("a hold is in force".to_owned()),
        held => refusals.push(format!("{held} holds are in force")),
    }
    refusals
}

/// What stands against it beyond that: whether the caller may erase at all, only the daemon knows. It is asked for an erasure
/// of nobody, on no legal basis, which it refuses for that once nothing else stands against it.
async fn asked(session: &Session, holding: &Holding) -> Result<Option<String>, CliError> {
    let mut client = session.connection.open_keys().await?;
    let of_nobody = EraseDataSubjectRequest {
        ledger: holding.ledger.origin.clone(),
        data_subject: String::new(),
        basis: String::new(),
        approval_id: String::new(),
    };
    let Err(status) = client.erase_data_subject(of_nobody).await else {
        return Err(CliError::Answer("an erasure of nobody was begun"));
    };
    match CliError::from(status) {
        CliError::Daemon(refusal) if refusal.is(ErrorReason::FieldInvalid) => Ok(None),
        CliError::Daemon(refusal) if refusal.reason.is_some() => Ok(Some(refusal.message)),
        error => Err(error),
    }
}

/// What would become of one ledger.
#[derive(Serialize)]
struct DryRun<'a> {
    #[serde(flatten)]
    holding: HoldingView<'a>,
    /// How many events would lose body and payload; none if the erasure would be refused.
    would_be_erased: u64,
    would_be_refused_by: Vec<String>,
    remains: Vec<&'static str>,
    /// Of how many events contents lie in the archive, whose files an erasure leaves as they are.
    archived_events: u64,
    /// What to do about backups, as the erasure would say it.
    backups: &'a str,
    /// Backups that would still hold what was erased; null where the daemon does not know which there are.
    in_backups: Option<Vec<HoldingBackup>>,
    not_looked_at: &'static [&'static str],
    #[serde(skip)]
    of_all: bool,
    /// Who had these events decrypted, and may have kept them; null where it is not known.
    opened_by: Option<Vec<Recipient>>,
    opened_by_as_told_by: Source,
    /// Why it is not known, or what is not among it.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_by_lack: Option<String>,
    #[serde(skip)]
    readers: Table,
}

impl<'a> DryRun<'a> {
    fn new(
        holding: &'a Holding,
        opened: Opened,
        refusals: Vec<String>,
        (of_all, not_looked_at): (bool, &'static [&'static str]),
    ) -> Self {
        let mut readers = Table::default();
        opened.rows(&mut readers, "opened by");
        Self {
            holding: HoldingView::new(holding),
            would_be_erased: match refusals.is_empty() {
                true => holding.events_with_content(),
                false => 0,
            },
            would_be_refused_by: refusals,
            remains: remains(Some(holding.ledger.access_trail), !holding.is_open()),
            archived_events: holding.found.archived_event_count,
            backups: &holding.found.backup_advice,
            in_backups: (!holding.found.backups_unknown).then(|| {
                holding
                    .found
                    .backups
                    .iter()
                    .map(HoldingBackup::new)
                    .collect()
            }),
            not_looked_at,
            of_all,
            opened_by: opened.by,
            opened_by_as_told_by: opened.source,
            opened_by_lack: opened.lack,
            readers,
        }
    }
}

impl fmt::Display for DryRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        match &self.would_be_refused_by[..] {
            [] => {
                let erased = format!(
                    "body and payload of {}; nothing was erased now",
                    counted(self.would_be_erased, "event", "events")
                );
                table.row("would be erased", erased);
            }
            refusals => drop(table.row("would be refused", refusals.join(", "))),
        }
        for remains in &self.remains {
            table.row("would remain", remains);
        }
        if self.archived_events > 0 {
            let events = counted(self.archived_events, "event", "events");
            table.row("in the archive", format_args!("contents of {events}"));
        }
        table.row_if("backups", self.backups);
        for backup in self.in_backups.iter().flatten() {
            table.row(backup.heading(), backup);
        }
        // Of many it is said once, after the last.
        if !self.of_all {
            for place in self.not_looked_at {
                table.row("not looked at", place);
            }
        }
        writeln!(f, "{}\n{table}\n{}", self.holding, self.readers)
    }
}
