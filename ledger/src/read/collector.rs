//! Gathers a page of a list: what matches, proved with all that was looked at for it.

use std::ops::ControlFlow;

use indelible_store::Store;

use crate::{
    keys::keyring::Keyring,
    read::{
        filter::Sought,
        proof::Prover,
        record::{RecordView, unseal},
    },
    state::{error::ReadError, limits::LIST_EXAMINED_MAX, shared::LedgerState},
};

/// Some of the events that match, in sequence order or the newest first.
#[derive(Debug, Default)]
pub struct Page {
    /// The events.
    pub records: Vec<RecordView>,
    /// Where to go on; none when there is no more.
    pub next: Option<u64>,
}

/// How a record came to be looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// The index says that it has all that the filter asks for.
    ByIndex,
    /// It is the next one.
    InOrder,
}

/// Gathers a page and says when it is full.
pub(super) struct Collector<'a> {
    ledger: &'a LedgerState,
    keyring: &'a Keyring,
    sought: Sought<'a>,
    page: Page,
    limit: usize,
    bytes_left: usize,
    examined: usize,
    prover: Prover<'a>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(
        ledger: &'a LedgerState,
        store: &'a dyn Store,
        keyring: &'a Keyring,
        sought: Sought<'a>,
        limit: usize,
        bytes_max: usize,
    ) -> Self {
        Self {
            ledger,
            keyring,
            sought,
            page: Page::default(),
            limit,
            bytes_left: bytes_max,
            examined: 0,
            prover: Prover::new(ledger, store),
        }
    }

    /// The page, once all that was looked at for it is known to be the signed tree's: also what was left out.
    pub(super) fn finish(mut self) -> Result<Page, ReadError> {
        self.prover.end()?;
        Ok(self.page)
    }

    /// Takes the next record, unless the page is full.
    pub(super) fn offer(
        &mut self,
        mut view: RecordView,
        found: Found,
    ) -> Result<ControlFlow<()>, ReadError> {
        if self.is_full_for(&view) {
            return Ok(ControlFlow::Break(()));
        }
        self.prover.take(&mut view)?;
        self.judge(view, found)?;
        Ok(ControlFlow::Continue(()))
    }

    /// Takes records that ascend, the last of them first, unless the page is full.
    pub(super) fn offer_backwards(
        &mut self,
        mut views: Vec<RecordView>,
        found: Found,
    ) -> Result<ControlFlow<()>, ReadError> {
        for view in &mut views {
            self.prover.take(view)?;
        }
        // What comes next lies before these, so no run goes on.
        self.prover.end()?;
        while let Some(view) = views.pop() {
            if self.is_full_for(&view) {
                return Ok(ControlFlow::Break(()));
            }
            self.judge(view, found)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Whether a record has no place on the page any more: the next page begins with it.
    fn is_full_for(&mut self, view: &RecordView) -> bool {
        let is_full = self.page.records.len() == self.limit
            || (view.bytes() > self.bytes_left && !self.page.records.is_empty())
            || self.examined == LIST_EXAMINED_MAX;
        if is_full {
            self.page.next = Some(view.sequence());
        }
        is_full
    }

    /// Puts a record on the page if it matches.
    fn judge(&mut self, mut view: RecordView, found: Found) -> Result<(), ReadError> {
        let bytes = view.bytes();
        self.examined += 1;
        // What is sealed is opened to be looked at, and closed again: whether the caller may read it is not
        // for here to say.
        if self.sought.needs_body() {
            if let Some(away) = self.sought.undecided(&view) {
                return Err(Box::new(away.clone()).into());
            }
            unseal(self.ledger, self.keyring, &mut view)?;
        }
        if self.sought.matches(&view) {
            view.reseal();
            self.bytes_left = self.bytes_left.saturating_sub(bytes);
            self.page.records.push(view);
        } else if found == Found::ByIndex && !self.ledger.is_suspect() {
            self.check_absent(&view)?;
        }
        Ok(())
    }

    /// A record that the index names must match, unless its body is gone: an erasure takes its postings away later.
    fn check_absent(&self, view: &RecordView) -> Result<(), ReadError> {
        if view.body().is_none() && self.sought.admits_header(view) {
            return Ok(());
        }
        // What has no index is compared on the records that the index leaves.
        if self.sought.matches_what_is_indexed(view) {
            return Ok(());
        }
        Err(ReadError::Misindexed {
            sequence: view.sequence(),
            what: "it does not have what a list was filtered by".into(),
        })
    }
}
