//! The state from the log: the ledger's records are read in their order, the chain is recomputed, and the governance records
//! move the state. It begins at a kept state that a record of the chain names by its digest, or at the first record. Nothing
//! else is believed: no index, and nothing that is stored beside the log.

use std::ops::ControlFlow;

use indelible_evidence::{
    chain::ChainHasher,
    hash::ChainHash,
    header::{Header, RecordKind},
};
use indelible_governance::{
    digest::Digest,
    record::Entry,
    state::{Position, State},
};
use indelible_store::{TryScan, record::StoredRecord};

use super::{
    beginning::{Beginning, predecessor},
    compile::compile,
};
use crate::{
    core::Ledger,
    read::record::RecordView,
    state::{
        error::{AppendError, ReadError},
        govern_error::GovernError,
        governed::{Brought, Rules},
        proven_leaf::check_leaf,
        quarantine::on_damage,
    },
    write::ask::{Ask, DOCUMENT_TYPE, TakenUp},
};

/// How often a fold is tried: what was on its way when it began may be missing in it.
const TRIES: usize = 3;

/// What a fold found.
struct Folded {
    state: State,
    rules: Rules,
    size: u64,
    is_successor: bool,
    /// The first record that was read.
    from: u64,
    /// Records that moved the state since it was recorded last.
    since_state: u64,
}

/// Folds the ledger's records, and gives the state to the writer, unless that has it. Blocking.
pub(super) fn open(ledger: &Ledger) -> Result<(), GovernError> {
    let governed = &ledger.cell.governed;
    let _one_at_a_time = governed.folding();
    for _ in 0..TRIES {
        if governed.is_folded() {
            return Ok(());
        }
        let begun = ledger.core.environment.elapsed();
        let Folded {
            state,
            rules,
            size,
            is_successor,
            from,
            since_state,
        } = from_records(ledger)?;
        governed.put(rules);
        governed.set_since_state(since_state);
        governed.set_folded_from(from);
        let ask = Ask::TakeUp(Box::new(TakenUp {
            state: Box::new(state),
            size,
            is_successor,
        }));
        let taken = ledger.give(ask, 0)?.wait(&ledger.core.environment);
        match taken {
            Ok(_) => {
                governed.set_folded(true);
                let took = ledger.core.environment.elapsed().saturating_sub(begun);
                tracing::info!(
                    ledger = %ledger.cell.origin().name(),
                    from,
                    total = size,
                    waited_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                    "the state of a ledger's governance was read from its records"
                );
            }
            Err(AppendError::GateNotReady) => {}
            Err(error) => return Err(error.into()),
        }
    }
    match governed.is_folded() {
        true => Ok(()),
        false => Err(AppendError::GateNotReady.into()),
    }
}

/// What the records say, of a ledger that takes none, so that no writer has a state of it. Blocking.
pub(super) fn read(ledger: &Ledger) -> Result<State, GovernError> {
    if ledger.cell.encrypts_all() {
        return Err(GovernError::Encrypted);
    }
    let _one_at_a_time = ledger.cell.governed.folding();
    from_records(ledger).map(|folded| folded.state)
}

/// From a kept state on, if that comes out; what is damaged is told by the fold of all records.
fn from_records(ledger: &Ledger) -> Result<Folded, GovernError> {
    if let Some(beginning) = Beginning::kept(ledger)
        && let Ok(Ok(folded)) = fold(ledger, beginning)
    {
        return Ok(folded);
    }
    let all = fold(ledger, Beginning::nothing(&ledger.cell));
    on_damage(&ledger.cell, all)?
}

/// Damage to what is stored is one thing, records that no gate of this build would have written another.
fn fold(ledger: &Ledger, beginning: Beginning) -> Result<Result<Folded, GovernError>, ReadError> {
    let (cell, store) = (&ledger.cell, &*ledger.core.store);
    let size = cell.size();
    let Beginning {
        from,
        mut chain,
        state,
        rules,
        is_successor,
    } = beginning;
    let mut folding = Folding {
        state,
        rules,
        is_successor,
        since_state: 0,
        refused: None,
    };
    let mut hasher = ChainHasher::new();
    let mut expected = from;
    store.try_scan(cell.id, from, size, |sequence, value| {
        if sequence != expected {
            return Err(damaged(expected, "it is missing from the store"));
        }
        expected += 1;
        chain = linked(&mut hasher, &chain, sequence, value)?;
        let header = StoredRecord::decode(value).map(|stored| Header::decode(stored.header));
        match header
            .as_ref()
            .map(|header| header.as_ref().map(|header| &header.kind))
        {
            Ok(Ok(RecordKind::Governance(_))) => {
                folding.take(&RecordView::check(cell, sequence, value.to_vec())?);
            }
            Ok(Ok(RecordKind::Genesis(signed))) => {
                folding.is_successor = predecessor(cell, sequence, signed)?;
            }
            _ => {}
        }
        let goes_on = folding.refused.is_none() && !ledger.core.is_draining();
        Ok::<_, ReadError>(match goes_on {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        })
    })?;
    if ledger.core.is_draining() {
        return Ok(Err(AppendError::Draining.into()));
    }
    if let Some(reason) = folding.refused {
        return Ok(Err(GovernError::Unusable { reason }));
    }
    if expected != size {
        return Err(damaged(expected, "it is missing from the store"));
    }
    if let Some(last) = size.checked_sub(1) {
        check_leaf(cell, store, last, &chain)?;
    }
    Ok(Ok(Folded {
        state: folding.state,
        rules: folding.rules,
        size,
        is_successor: folding.is_successor,
        from,
        since_state: folding.since_state,
    }))
}

/// The chain at a record, which must be the one that is stored with it.
fn linked(
    hasher: &mut ChainHasher,
    previous: &ChainHash,
    sequence: u64,
    value: &[u8],
) -> Result<ChainHash, ReadError> {
    let stored =
        StoredRecord::decode(value).map_err(|error| damaged(sequence, &error.to_string()))?;
    let chain = hasher.link(previous, stored.header);
    match chain == stored.chain {
        true => Ok(chain),
        false => Err(damaged(sequence, "it does not continue the chain")),
    }
}

fn damaged(sequence: u64, what: &str) -> ReadError {
    ReadError::Damaged {
        sequence,
        what: what.to_owned(),
    }
}

struct Folding {
    state: State,
    rules: Rules,
    /// Whether the genesis names a ledger whose place this one takes.
    is_successor: bool,
    since_state: u64,
    /// Why the fold can't go on.
    refused: Option<String>,
}

impl Folding {
    fn take(&mut self, view: &RecordView) {
        let taken = self.one(view);
        self.refused = taken
            .err()
            .map(|reason| format!("record {}: {reason}", view.sequence()));
    }

    fn one(&mut self, view: &RecordView) -> Result<(), String> {
        let header = view.header();
        let payload = view
            .payload()
            .ok_or("its content is sealed, erased or archived")?;
        let event = header.kind.event().ok_or("it is no governance record")?;
        let sequence = view.sequence();
        let body = view.body();
        let actor = body.as_ref().and_then(|body| body.actor);
        let entry = self
            .rules
            .read(sequence, event.event_type, payload, actor)?;
        let Some(entry) = entry else {
            return Ok(());
        };
        let position = Position {
            sequence,
            time: header.time,
        };
        self.since_state = match &entry {
            Entry::Snapshot { .. } => 0,
            _ => self.since_state + 1,
        };
        self.state
            .apply(position, &entry)
            .map_err(|misfit| misfit.to_string())
    }
}

impl Rules {
    /// Takes in what a governance record says of policies and bindings, which are compiled, and gives its entry; none of a
    /// document. Records come in their order. `actor` is who made it.
    ///
    /// # Errors
    /// Why it is no governance record that a gate of this build would have written.
    pub fn read(
        &mut self,
        sequence: u64,
        event_type: &str,
        payload: &[u8],
        actor: Option<&str>,
    ) -> Result<Option<Entry>, String> {
        if event_type == DOCUMENT_TYPE {
            let bytes = bytes::Bytes::copy_from_slice(payload);
            let document = Brought::Document(Digest::of(&bytes), bytes);
            self.take(sequence, None, document);
            return Ok(None);
        }
        let entry = Entry::decode(payload).map_err(|error| error.to_string())?;
        if event_type != entry.record_type() {
            return Err("its type is not that of its content".to_owned());
        }
        let brought = match &entry {
            Entry::Binding(binding) => {
                let bound = compile(binding, self).map_err(|error| error.to_string())?;
                Brought::Bound(Box::new(bound), actor.unwrap_or_default().to_owned())
            }
            _ => Brought::Nothing,
        };
        self.take(sequence, Some(&entry), brought);
        Ok(Some(entry))
    }
}
