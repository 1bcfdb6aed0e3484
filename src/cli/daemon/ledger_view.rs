//! Ledgers, as they are shown.

use std::fmt;

use indelible_proto::v1::{Encryption, Ledger, LedgerState};
use serde::Serialize;

use super::scrub_view::ScrubView;
use crate::cli::ui::{
    called::called_beside_origin,
    columns::{Column, Row},
    ledger_state::ledger_state,
    paint::Paint,
    root::root_text,
    table::Table,
    time,
};

/// One ledger.
#[derive(Serialize)]
pub(crate) struct LedgerView<'a> {
    name: &'a str,
    origin: &'a str,
    verifier_key: &'a str,
    state: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    state_reason: &'a str,
    size: u64,
    published_size: u64,
    indexed_size: u64,
    projected_size: u64,
    root_hash: String,
    created_time: String,
    last_event_sequence: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    predecessor_origin: &'a str,
    encrypts: &'static str,
    access_trail: bool,
    checks_events: bool,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    signed_sources: &'a [String],
    settings_since: Option<u64>,
    scrub: Option<ScrubView<'a>>,
}

impl<'a> LedgerView<'a> {
    /// The view of a ledger.
    #[must_use]
    pub(crate) fn new(ledger: &'a Ledger) -> Self {
        Self {
            name: &ledger.name,
            origin: &ledger.origin,
            verifier_key: &ledger.verifier_key,
            state: ledger_state(ledger.state()),
            state_reason: &ledger.state_reason,
            size: ledger.size,
            published_size: ledger.published_size,
            indexed_size: ledger.indexed_size,
            projected_size: ledger.projected_size,
            root_hash: root_text(&ledger.root_hash),
            created_time: time::to_text(ledger.created_time.as_ref()),
            last_event_sequence: ledger.last_event_sequence,
            predecessor_origin: &ledger.predecessor_origin,
            encrypts: encryption(ledger.encryption()),
            access_trail: ledger.access_trail,
            checks_events: ledger.checks_events,
            signed_sources: &ledger.signed_sources,
            settings_since: ledger.settings_sequence,
            scrub: ledger.scrub.as_ref().map(ScrubView::new),
        }
    }
}

/// The columns of a list of ledgers.
pub(crate) const LEDGER_COLUMNS: &[Column] = &[
    Column::text("name"),
    Column::text("state"),
    Column::number("records"),
    Column::text("created"),
    Column::text("origin"),
];

/// The row of a ledger.
pub(crate) fn ledger_row(ledger: &Ledger) -> Row {
    let state = ledger.state();
    let is_bad = matches!(state, LedgerState::Quarantined | LedgerState::Stopped);
    Row {
        cells: vec![
            called_beside_origin(ledger),
            ledger_state(state).to_owned(),
            ledger.size.to_string(),
            time::for_people(ledger.created_time.as_ref()),
            ledger.origin.clone(),
        ],
        paint: is_bad.then_some(Paint::Bad),
    }
}

impl fmt::Display for LedgerView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("name", self.name)
            .row("origin", self.origin)
            .row("verifier key", self.verifier_key)
            .row("state", self.state)
            .row_if("because", self.state_reason)
            .row("size", self.size)
            .row("published", self.published_size)
            .row("indexed", self.indexed_size)
            .row("projected", self.projected_size)
            .row("root", &self.root_hash)
            .row("created", &self.created_time)
            .row("encrypts", self.encrypts)
            .row_if("access trail", if self.access_trail { "kept" } else { "" })
            .row_if("events", if self.checks_events { "checked" } else { "" })
            .row_if("signed sources", &self.signed_sources.join(" "))
            .row_if("settings", &settings(self.settings_since))
            .row_if("succeeds", self.predecessor_origin);
        if let Some(scrub) = &self.scrub {
            table.row("scrub", scrub);
        }
        table.fmt(f)
    }
}

/// Since when the ledger's own records say its settings; nothing where they always did.
fn settings(since: Option<u64>) -> String {
    match since {
        Some(0) => String::new(),
        Some(since) => {
            format!(
                "recorded in record {since}; before that record, the settings are the operator's word"
            )
        }
        None => "not recorded yet: the settings are the operator's word".to_owned(),
    }
}

/// What is encrypted, in the words of `ledger create --encrypt`.
fn encryption(encryption: Encryption) -> &'static str {
    match encryption {
        Encryption::Unspecified | Encryption::DataSubjects => "subjects",
        Encryption::All => "all",
    }
}
