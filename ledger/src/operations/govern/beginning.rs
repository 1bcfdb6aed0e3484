//! Where a fold begins: at a state that is kept beside the log, if a record of the chain names exactly it; or at nothing.

use indelible_evidence::{
    chain::ChainHasher,
    hash::ChainHash,
    header::{RecordKind, SignedStatement},
    key_event::Genesis,
};
use indelible_governance::{
    record::Entry,
    state::{Position, State},
};

use super::stored_state::StoredState;
use crate::{
    core::Ledger,
    read::{proof::sound_record, record::RecordView},
    state::{error::ReadError, governed::Rules, shared::LedgerState},
    write::genesis::verifier_key,
};

/// What is known before the first record that a fold reads.
pub(super) struct Beginning {
    /// The first record that is read.
    pub(super) from: u64,
    /// The chain hash before it.
    pub(super) chain: ChainHash,
    pub(super) state: State,
    pub(super) rules: Rules,
    /// Whether the genesis names a ledger whose place this one takes.
    pub(super) is_successor: bool,
}

impl Beginning {
    /// Before the first record.
    pub(super) fn nothing(cell: &LedgerState) -> Self {
        Self {
            from: 0,
            chain: ChainHasher::start(cell.origin()),
            state: State::new(),
            rules: Rules::default(),
            is_successor: false,
        }
    }

    /// The newest kept state that can be taken up; none if there is none. One that can't be is told of, and passed over.
    pub(super) fn kept(ledger: &Ledger) -> Option<Self> {
        let (cell, store) = (&ledger.cell, &*ledger.core.store);
        let kept = StoredState::all(store, cell).unwrap_or_default();
        kept.into_iter().find_map(|kept| {
            let record = kept.label.record;
            match Self::at(ledger, &kept) {
                Ok(beginning) => Some(beginning),
                Err(reason) => {
                    tracing::warn!(
                        ledger = %cell.origin().name(),
                        sequence = record,
                        %reason,
                        "a kept state of a ledger's governance was not taken up; its records are read instead"
                    );
                    None
                }
            }
        })
    }

    /// A kept state, held against the record that names it. That record, and those of the policies, are proven by the
    /// signed tree.
    fn at(ledger: &Ledger, kept: &StoredState) -> Result<Self, String> {
        let cell = &ledger.cell;
        let sound = |sequence: u64| {
            let read = sound_record(cell, &*ledger.core.store, sequence);
            read.map_err(|error| error.to_string())
        };
        let sequence = kept.label.record;
        let view = sound(sequence)?;
        let entry = entry_of(&view)?;
        let Entry::Snapshot { digest, .. } = &entry else {
            return Err(format!("record {sequence} names no state"));
        };
        let mut state = State::restore(&kept.state, digest).map_err(|error| error.to_string())?;
        let mut rules = Rules::default();
        for rule in &kept.label.rules {
            take_rule(&mut rules, &sound(*rule)?)?;
        }
        check_rules(&state, &rules)?;
        let position = Position {
            sequence,
            time: view.header().time,
        };
        let applied = state.apply(position, &entry);
        applied.map_err(|misfit| misfit.to_string())?;
        let genesis = sound(0)?;
        let is_successor = match &genesis.header().kind {
            RecordKind::Genesis(signed) => {
                predecessor(cell, 0, signed).map_err(|error| error.to_string())?
            }
            _ => return Err("the first record is no genesis".to_owned()),
        };
        Ok(Self {
            from: sequence + 1,
            chain: view.chain_hash(),
            state,
            rules,
            is_successor,
        })
    }
}

/// The entry of a governance record.
pub(super) fn entry_of(view: &RecordView) -> Result<Entry, String> {
    let sequence = view.sequence();
    let header = view.header();
    let RecordKind::Governance(event) = &header.kind else {
        return Err(format!("record {sequence} is no governance record"));
    };
    let payload = view.payload();
    let payload = payload.ok_or_else(|| format!("the content of record {sequence} is gone"))?;
    let entry = Entry::decode(payload).map_err(|error| error.to_string())?;
    match event.event_type == entry.record_type() {
        true => Ok(entry),
        false => Err(format!("record {sequence} is not of its type")),
    }
}

fn take_rule(rules: &mut Rules, view: &RecordView) -> Result<(), String> {
    let sequence = view.sequence();
    let header = view.header();
    let RecordKind::Governance(event) = &header.kind else {
        return Err(format!("record {sequence} is no governance record"));
    };
    let payload = view.payload();
    let payload = payload.ok_or_else(|| format!("the content of record {sequence} is gone"))?;
    let body = view.body();
    let actor = body.as_ref().and_then(|body| body.actor);
    rules.read(sequence, event.event_type, payload, actor)?;
    Ok(())
}

/// The policies and bindings that were read are those of the state: none is missing, and none was replaced before it.
fn check_rules(state: &State, rules: &Rules) -> Result<(), String> {
    let of_state: Vec<_> = state.policies().iter().collect();
    let policies = rules.policies.iter();
    let read: Vec<_> = policies
        .map(|(digest, one)| (digest, &one.policy.kind))
        .collect();
    let bindings: Vec<_> = state.bindings().collect();
    let read_bindings = rules.bindings.values();
    let read_bindings: Vec<_> = read_bindings
        .map(|one| (one.bound.sequence, &one.binding))
        .collect();
    let documents = rules.policies.values();
    let mut documents = documents.flat_map(|one| &one.policy.documents);
    let are_there = documents.all(|(_, digest)| rules.documents.contains_key(digest));
    match of_state == read && bindings == read_bindings && are_there {
        true => Ok(()),
        false => Err("the records of its policies and bindings are not all named".to_owned()),
    }
}

/// Whether a genesis names a ledger whose place this one takes. It is believed only as the ledger's identity signed it:
/// whoever can write the catalogue must not choose.
pub(super) fn predecessor(
    cell: &LedgerState,
    sequence: u64,
    signed: &SignedStatement<'_>,
) -> Result<bool, ReadError> {
    let damaged = |what: String| ReadError::Damaged { sequence, what };
    let key = verifier_key(&cell.descriptor).map_err(|error| damaged(error.to_string()))?;
    let genesis = Genesis::verify(signed, &key).map_err(|error| damaged(error.to_string()))?;
    Ok(genesis.predecessor.is_some())
}
