//! Linking stored records once more, with all checks that their place in the ledger allows.

use indelible_evidence::{
    chain::ChainHasher,
    hash::ChainHash,
    tree::{Frontier, leaf_hash},
    verify::{
        Identities, KeyEvent, Statement, check_key_event,
        records::{RecordFacts, Succession},
    },
};

use crate::{
    read::record::RecordView,
    state::{event_identity::IndexHasher, shared::LedgerState},
    write::reserved::is_clients,
};

/// What a record leaves to the one after it.
pub(crate) struct Last {
    pub(crate) chain: ChainHash,
    pub(crate) succession: Succession,
    /// The last client event.
    pub(crate) event: Option<u64>,
}

impl Last {
    pub(crate) fn after(chain: ChainHash, time: u64, key_event: u64, event: Option<u64>) -> Self {
        Self {
            chain,
            succession: Succession::after(time, Some(key_event)),
            event,
        }
    }
}

/// Links stored records once more.
pub(crate) struct Replay<'a> {
    pub(crate) cell: &'a LedgerState,
    /// Of the whole ledger; a record is held against those before it.
    pub(crate) identities: Identities,
    pub(crate) hasher: ChainHasher,
    pub(crate) frontier: Frontier,
    pub(crate) last: Last,
}

impl Replay<'_> {
    pub(crate) fn record(&mut self, sequence: u64, value: &[u8]) -> Result<(), String> {
        let view = RecordView::check(self.cell, sequence, value.to_vec())
            .map_err(|error| error.to_string())?;
        let (stored, header) = (view.stored(), view.header());
        let chain = self.hasher.link(&self.last.chain, stored.header);
        if chain != stored.chain {
            return Err(format!("record {sequence} does not continue the chain"));
        }
        let mut fault = None;
        let succession = &mut self.last.succession;
        let facts = RecordFacts::of(&header);
        succession.advance(&facts, |finding| {
            fault.get_or_insert(finding.to_string());
        });
        // What the key events hold it to: encryption, governance's keys, the end of the ledger.
        self.cell.keys().rules().check(&facts, |finding| {
            fault.get_or_insert(finding.to_string());
        });
        if let Some(fault) = fault {
            return Err(fault);
        }
        match check_key_event(&header, &self.identities) {
            Some(event) => self.key_event(event)?,
            None => self.event(&view)?,
        }
        self.last.chain = chain;
        self.frontier.push(leaf_hash(&chain));
        Ok(())
    }

    /// A key event must be the identity key's, and bind the tree before it.
    fn key_event(&self, event: KeyEvent) -> Result<(), String> {
        match event.statement {
            Err(finding) => Err(finding.to_string()),
            Ok(Statement::Epoch { root, .. }) if root != self.frontier.root() => Err(format!(
                "the certificate {} binds another root than that of the tree before it",
                event.sequence
            )),
            Ok(_) => Ok(()),
        }
    }

    fn event(&mut self, view: &RecordView) -> Result<(), String> {
        // Without the key it is left for later: no key signs before.
        if let Ok(hasher) = self.cell.hasher() {
            check_identity(hasher, view)?;
        }
        if is_clients(self.cell, &view.header()) {
            self.last.event = Some(view.sequence());
        }
        Ok(())
    }
}

/// An event must be stored under its own identity, or a repeat of it would not be known as one.
pub(crate) fn check_identity(hasher: &IndexHasher, view: &RecordView) -> Result<(), String> {
    match view.body() {
        Some(body) if hasher.id(body.source, body.id).0 != view.stored().id_hash => Err(format!(
            "record {} is stored under another event's identity",
            view.sequence()
        )),
        _ => Ok(()),
    }
}
