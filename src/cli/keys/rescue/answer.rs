//! What a rescue says: of each ledger what was written and what was not, and whether something is left.

use std::fmt;

use indelible_compliance::reports::counted;
use indelible_ledger::{Rescued, RescuedLedger, Shortfall, Unopened, UnopenedKey};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    exit::Exit,
    ui::{size::bytes_for_people, table::Table},
};

/// What was written of one ledger.
#[derive(Serialize)]
pub(super) struct Bundle {
    ledger: String,
    origin: String,
    /// The key to verify it with, as the store says itself.
    verifier_key: String,
    /// The bundle; null if there is none.
    file: Option<String>,
    records: u64,
    tar_bytes: u64,
    /// Encrypted events that the bundle opens.
    events_opened: u64,
    /// Events that are in the clear.
    events_clear: u64,
    /// Events that were erased.
    events_erased: u64,
    /// Events in the archive, which are not in the bundle.
    events_archived: u64,
    /// Events that stay encrypted, since their keys could not be opened.
    events_sealed: u64,
    /// Of the events that are opened or in the clear, how many had a payload that was erased.
    payloads_erased: u64,
    keys_not_opened: u64,
    keys_without_copy: u64,
    /// How many keys could not be opened for which reason.
    not_opened_reasons: Vec<Reason>,
    /// The keys that could not be opened, as many as are told.
    not_opened: Vec<KeyNotOpened>,
    /// Records after the last checkpoint that was signed with the time, which are not in the bundle.
    records_unsigned: u64,
    /// Records with something that is in the archive, and could not be read there.
    records_lacking_archived: u64,
    /// The acknowledged records that are missing, the first and the last; null if none are known to be.
    records_missing: Option<[u64; 2]>,
    /// Why the ledger may be older than what was acknowledged; null if nothing says so.
    older: Option<String>,
    /// Why there is no bundle; null if there is one.
    problem: Option<String>,
    #[serde(skip)]
    is_older: bool,
}

/// How many keys could not be opened for one reason.
#[derive(Serialize)]
struct Reason {
    reason: &'static str,
    keys: u64,
    events: u64,
    #[serde(skip)]
    why: Unopened,
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
            older,
            problem,
            is_older,
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

/// What was written of all.
#[derive(Serialize)]
pub(super) struct Answer {
    /// Whether an anchor was looked at.
    pub(super) anchor: bool,
    pub(super) ledgers: Vec<Bundle>,
    /// What is stored of ledgers, and can't be read as one, and ledgers that are not there.
    pub(super) unreadable: Vec<String>,
}

impl Answer {
    fn sum(&self, of: impl Fn(&Bundle) -> u64) -> u64 {
        self.ledgers.iter().map(of).sum()
    }

    /// A script must notice what was not rescued.
    pub(super) fn check(&self) -> Result<(), CliError> {
        let left = self.left();
        match left.is_empty() {
            true => Ok(()),
            false => Err(CliError::Serve {
                exit: Exit::Refused,
                problem: format!("not everything was rescued: {}", left.join("; ")),
            }),
        }
    }

    /// What was not rescued, in words.
    fn left(&self) -> Vec<String> {
        let mut left = Vec::new();
        let count = |is: &dyn Fn(&Bundle) -> bool| {
            self.ledgers.iter().filter(|bundle| is(bundle)).count() as u64
        };
        let ledgers = |number| counted(number, "ledger", "ledgers");
        let older = count(&|one| one.is_older);
        if older > 0 {
            left.push(format!(
                "{} not opened, since acknowledged records are missing or may be (--behind-anchor opens what is there)",
                was(older, &ledgers(older))
            ));
        }
        let lost = self.unreadable.len() as u64 + count(&|one| one.file.is_none() && !one.is_older);
        if lost > 0 {
            left.push(format!("{} could not be written", ledgers(lost)));
        }
        let opened_older = count(&|one| one.file.is_some() && one.older.is_some());
        if opened_older > 0 {
            left.push(format!(
                "{} written though acknowledged records are missing or may be: who was erased by these may be in the bundle",
                was(opened_older, &ledgers(opened_older))
            ));
        }
        left.extend(self.sealed());
        let unsigned = self.sum(|one| one.records_unsigned);
        if unsigned > 0 {
            left.push(format!(
                "{} not signed with the time when the daemon stopped, and {} in no bundle",
                was(unsigned, &counted(unsigned, "record", "records")),
                if unsigned == 1 { "is" } else { "are" }
            ));
        }
        let away = self.sum(|one| one.records_lacking_archived);
        if away > 0 {
            let records = counted(away, "record", "records");
            left.push(format!(
                "contents of {records} are in the archive, which could not be read: name it with --archive"
            ));
        }
        left
    }

    /// What stays encrypted, and why.
    fn sealed(&self) -> Option<String> {
        let keys = self.sum(|one| one.keys_not_opened);
        if keys == 0 {
            return None;
        }
        let of = |why: Unopened| {
            let reasons = self.ledgers.iter().flat_map(|one| &one.not_opened_reasons);
            let of = reasons.filter(|reason| reason.why == why);
            of.map(|reason| reason.keys).sum::<u64>()
        };
        let whys = [
            (Unopened::NoCopy, "without a copy"),
            (
                Unopened::OtherRecipients,
                "with a copy for other recipients",
            ),
            (Unopened::Missing, "missing"),
            (Unopened::Damaged, "damaged"),
            (Unopened::WrongCopy, "with a copy that is not the right one"),
            (Unopened::Erased, "erased, as _system tells"),
        ];
        let whys = whys.map(|(why, words)| (of(why), words));
        let whys: Vec<_> = (whys.iter().filter(|(keys, _)| *keys > 0))
            .map(|(keys, words)| format!("{keys} {words}"))
            .collect();
        let events = counted(self.sum(|one| one.events_sealed), "event", "events");
        let all = counted(keys, "data key", "data keys");
        let hint = match self.sum(|one| one.events_opened) {
            0 if of(Unopened::OtherRecipients) > 0 => {
                ". The identity opens none of the copies in this store: the record configuration_loaded of _system says which \
                 recipients were named, and from when; name the identity of one of them"
            }
            0 if of(Unopened::NoCopy) == keys => {
                ". None of them has a copy: [rescue] named no recipients when this copy of the store was made, or somebody took \
                 the copies away. Only the KEK opens what is encrypted"
            }
            _ => "",
        };
        Some(format!(
            "{events} of {all} stay encrypted ({}){hint}",
            whys.join(", ")
        ))
    }
}

fn was(number: u64, words: &str) -> String {
    format!("{words} {}", if number == 1 { "was" } else { "were" })
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
            .row_if("older copy", self.older.as_deref().unwrap_or_default())
            .row("events opened", self.events_opened);
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
        table.row_if("not signed, so not in it", &self.unsigned());
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
