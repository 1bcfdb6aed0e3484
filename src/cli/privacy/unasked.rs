//! A ledger that could not say what it has.

use std::fmt;

use indelible_proto::v1::Ledger;
use serde::Serialize;

use crate::cli::{
    error::Refusal,
    ui::{
        called::called,
        ledger_state::ledger_state,
        table::{Table, printable},
    },
};

/// A ledger that could not say what it has.
pub(crate) struct Unasked {
    pub(crate) ledger: Ledger,
    pub(super) why: Box<Refusal>,
}

/// A ledger that could not say what it has.
#[derive(Serialize)]
pub(crate) struct UnaskedView<'a> {
    ledger: &'a str,
    #[serde(skip)]
    called: String,
    origin: &'a str,
    state: &'static str,
    /// Why it is not known what the ledger has.
    unknown: String,
    reason: Option<&'a str>,
}

impl<'a> UnaskedView<'a> {
    pub(crate) fn new(unasked: &'a Unasked) -> Self {
        let Unasked { ledger, why } = unasked;
        Self {
            ledger: &ledger.name,
            called: called(ledger),
            origin: &ledger.origin,
            state: ledger_state(ledger.state()),
            unknown: why.to_string(),
            reason: why.reason.as_deref(),
        }
    }
}

impl UnaskedView<'_> {
    /// The ledger, and why it could not say what it has.
    pub(crate) fn in_few_words(&self) -> String {
        format!("{}: {}", self.called, self.unknown)
    }

    /// For somebody who reads what was found elsewhere.
    pub(crate) fn sentence(&self) -> String {
        let (ledger, why) = (printable(&self.called), printable(&self.unknown));
        format!("Ledger {ledger} could not be asked, so that there may be more: {why}.")
    }
}

impl fmt::Display for UnaskedView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("ledger", self.ledger)
            .row("origin", self.origin)
            .row("state", self.state)
            .row("events", format!("not known: {}", self.unknown));
        table.fmt(f)
    }
}
