//! What a rescue says: of each ledger what was written and what was not.

use std::fmt;

use indelible_compliance::reports::counted;
use indelible_ledger::{
    NamedRecipient, Rescued, RescuedLedger, ShelfError, Shortfall, Unopened, UnopenedKey,
};
use serde::Serialize;

use crate::cli::ui::{size::bytes_for_people, table::Table};

/// What was written of one ledger.
#[derive(Serialize)]
pub(super) struct Bundle {
    ledger: String,
    origin: String,
    /// The key to verify it with, as the store says itself.
    verifier_key: String,
    /// The bundle; null if there is none.
    pub(super) file: Option<String>,
    records: u64,
    tar_bytes: u64,
    /// Encrypted events that the bundle opens.
    pub(super) events_opened: u64,
    /// Events that are in the clear.
    events_clear: u64,
    /// Events that were erased.
    events_erased: u64,
    /// Events in the archive, which are not in the bundle.
    events_archived: u64,
    /// Events that stay encrypted, since their keys could not be opened.
    pub(super) events_sealed: u64,
    /// Of the events that are opened or in the clear, how many had a payload that was erased.
    payloads_erased: u64,
    pub(super) keys_not_opened: u64,
    keys_without_copy: u64,
    /// How many keys could not be opened for which reason.
    pub(super) not_opened_reasons: Vec<Reason>,
    /// The keys that could not be opened, as many as are told.
    not_opened: Vec<KeyNotOpened>,
    /// Records after the last checkpoint that was signed with the time, which are not in the bundle.
    pub(super) records_unsigned: u64,
    /// Records with something that is in the archive, and could not be read there.
    pub(super) records_lacking_archived: u64,
    /// Why the first of them could not be read; null if all could.
    archive_problem: Option<String>,
    /// Checkpoints that no bundle can be made under, and why not.
    checkpoints_passed_over: Vec<String>,
    /// The acknowledged records that are missing, the first and the last; null if none are known to be.
    records_missing: Option<[u64; 2]>,
    /// Why the ledger may be older than what was acknowledged; null if nothing says so.
    pub(super) older: Option<String>,
    /// Why there is no bundle; null if there is one.
    problem: Option<String>,
    #[serde(skip)]
    pub(super) is_older: bool,
    #[serde(skip)]
    pub(super) archive_fault: Option<ShelfError>,
}

/// How many keys could not be opened for one reason.
#[derive(Serialize)]
pub(super) struct Reason {
    reason: &'static str,
    pub(super) keys: u64,
    events: u64,
    #[serde(skip)]
    pub(super) why: Unopened,
}

/// A key that could not be opened.
#[derive(Serialize)]
struct KeyNotOpened {
    data_key: String,
    /// The first event under it that stays encrypted.
    first_sequence: u64,
    /// How many such events there are.
    events: u64,
    reason: &'static str,
    detail: String,
}

impl From<UnopenedKey> for KeyNotOpened {
    fn from(key: UnopenedKey) -> Self {
        Self {
            data_key: key.id.to_string(),
            first_sequence: key.first,
            events: key.events,
            reason: key.why.name(),
            detail: key.detail,
        }
    }
}

/// Why a ledger has no bundle.
pub(super) enum NotWritten {
    /// It may be older than what was acknowledged.
    Older,
    /// Something else.
    Other(String),
}

impl Bundle {
    /// What became of a ledger.
    pub(super) fn new(
        ledger: RescuedLedger,
        file: Option<String>,
        rescued: Rescued,
        problem: Option<NotWritten>,
    ) -> Self {
        let older = ledger.shortfall.as_ref().map(ToString::to_string);
        let is_older = matches!(problem, Some(NotWritten::Older));
        let problem = problem.map(|problem| match problem {
            NotWritten::Other(problem) => problem,
            NotWritten::Older => format!(
                "{}. Who was erased since would be opened again, so nothing of the ledger is written: take the newest copy of the \
                 data directory, or say --behind-anchor if there is none",
                older.as_deref().unwrap_or_default()
            ),
        });
        let reasons = rescued.unopened.reasons.iter();
        let reasons = reasons.map(|(why, keys, events)| Reason {
            reason: why.name(),
            keys: *keys,
            events: *events,
            why: *why,
        });
        Self {
            records_missing: match &ledger.shortfall {
                Some(Shortfall::Missing { from, to, .. }) => Some([*from, to.saturating_sub(1)]),
                _ => None,
            },
            ledger: ledger.name,
            origin: ledger.origin,
            verifier_key: ledger.verifier_key,
            file,
            records: rescued.records,
            tar_bytes: rescued.bytes,
            events_opened: rescued.events.opened,
            events_clear: rescued.events.clear,
            events_erased: rescued.events.erased,
            events_archived: rescued.events.archived,
            events_sealed: rescued.events.sealed,
            payloads_erased: rescued.events.payloads_erased,
            keys_not_opened: rescued.unopened.keys(),
            keys_without_copy: rescued.unopened.keys_of(Unopened::NoCopy),
            not_opened_reasons: reasons.collect(),
            not_opened: rescued.unopened.told.into_iter().map(Into::into).collect(),
            records_unsigned: rescued.unsigned,
            records_lacking_archived: rescued.archive_away,
            archive_problem: rescued.archive_fault.as_ref().map(archive_problem),
            checkpoints_passed_over: rescued.checkpoints_passed_over,
            older,
            problem,
            is_older,
            archive_fault: rescued.archive_fault,
        }
    }

    /// The records that are in no bundle, since no checkpoint with the time is signed over them.
    fn unsigned(&self) -> String {
        let (first, count) = (self.records, self.records_unsigned);
        let last = first + count.saturating_sub(1);
        match count {
            0 => String::new(),
            1 => format!("record {first}"),
            _ => format!("records {first} to {last}"),
        }
    }
}

/// Why a file of the archive could not be read. A rescue reads no configuration.
fn archive_problem(fault: &ShelfError) -> String {
    match fault {
        ShelfError::NoDirectory { file } => {
            format!("{file} is needed, and no archive was named: name it with --archive")
        }
        fault => fault.to_string(),
    }
}

/// A recipient that `_system` names.
#[derive(Serialize)]
pub(super) struct Recipient {
    pub(super) recipient: String,
    /// The first record of `_system` that names it, and the last.
    pub(super) first_record: u64,
    pub(super) last_record: u64,
    /// Whether the identity that was given is its own.
    pub(super) is_given: bool,
}

impl Recipient {
    /// As it is named; `given` are those of the identities.
    pub(super) fn new(named: NamedRecipient, given: &[String]) -> Self {
        Self {
            is_given: given.contains(&named.recipient),
            recipient: named.recipient,
            first_record: named.first,
            last_record: named.last,
        }
    }
}

/// What was written of all.
#[derive(Serialize)]
pub(super) struct Answer {
    /// Whether an anchor was looked at.
    pub(super) anchor: bool,
    pub(super) ledgers: Vec<Bundle>,
    /// What is stored of ledgers, and can't be read as one, and ledgers that are not there.
    pub(super) unreadable: Vec<String>,
    /// Copies of ledgers under other numbers, which were passed over.
    pub(super) copies_passed_over: Vec<String>,
    /// Known heads that are of no ledger of this store.
    pub(super) foreign_heads: Vec<String>,
    /// What was found in the store that the daemon does not write.
    pub(super) store_differs: Vec<String>,
    /// Whose identities open the copies, as far as `_system` tells: looked up if there are copies for others.
    pub(super) recipients: Vec<Recipient>,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, one) in self.ledgers.iter().enumerate() {
            if at > 0 {
                f.write_str("\n\n")?;
            }
            one.fmt(f)?;
        }
        for unreadable in &self.unreadable {
            write!(f, "\n\nnot readable: {unreadable}")?;
        }
        for copy in &self.copies_passed_over {
            write!(f, "\n\npassed over: {copy}")?;
        }
        for foreign in &self.foreign_heads {
            write!(f, "\n\nforeign: {foreign}")?;
        }
        for differs in &self.store_differs {
            write!(f, "\n\nthe store is not as a daemon leaves it: {differs}")?;
        }
        if !self.anchor {
            f.write_str(
                "\n\nno anchor was looked at: an older copy of the data directory, in which people are not erased yet, goes \
                 unnoticed unless something else in it, or a known head, shows it",
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("ledger", &self.ledger)
            .row("origin", &self.origin);
        if let Some(problem) = &self.problem {
            table.row("not written", problem);
            return table.fmt(f);
        }
        let bytes = bytes_for_people(self.tar_bytes);
        table
            .row("bundle", self.file.as_deref().unwrap_or_default())
            .row("verifier key", &self.verifier_key)
            .row(
                "records",
                format_args!("{} ({bytes} unpacked)", self.records),
            )
            .row_if("older copy", self.older.as_deref().unwrap_or_default());
        for checkpoint in &self.checkpoints_passed_over {
            table.row("checkpoint passed over", checkpoint);
        }
        table.row("events opened", self.events_opened);
        let rows = [
            ("in the clear", self.events_clear),
            ("erased", self.events_erased),
            ("with an erased payload", self.payloads_erased),
            ("archived, not in it", self.events_archived),
            ("in the archive, not read", self.records_lacking_archived),
            ("still encrypted", self.events_sealed),
        ];
        for (what, count) in rows.into_iter().filter(|(_, count)| *count > 0) {
            table.row(what, count);
        }
        table
            .row_if(
                "archive",
                self.archive_problem.as_deref().unwrap_or_default(),
            )
            .row_if("not signed, so not in it", &self.unsigned());
        for key in &self.not_opened {
            let events = counted(key.events, "event", "events");
            table.row(
                "not opened",
                format_args!(
                    "data key {} ({events}, the first is record {}): {}",
                    key.data_key, key.first_sequence, key.detail
                ),
            );
        }
        let more = self.keys_not_opened - self.not_opened.len() as u64;
        if more > 0 {
            table.row("not opened", format_args!("{more} more data keys"));
        }
        table.fmt(f)
    }
}
