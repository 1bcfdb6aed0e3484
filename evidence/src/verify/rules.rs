//! What the key events of a ledger hold its other records to.

use std::collections::HashMap;

use crate::hash::DataKeyId;
use crate::header::Header;
use crate::key_event::{Encryption, Settings};
use crate::verdict::{Finding, FindingCode};

use super::disposals::Disposals;
use super::key_event::{KeyEvent, Statement};
use super::producers::Producers;
use super::record_facts::RecordFacts;

/// Takes in the key events of a ledger, and checks records against them.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The lawful settings, each with the record that put them in force.
    settings: Vec<(u64, Settings)>,
    /// After which record everything is encrypted: nothing takes that back.
    all_encrypted: Option<u64>,
    /// Whether any settings ask for signatures.
    signed_sources: bool,
    /// The ledger-wide data keys, each with the first record that names it.
    ledger_keys: HashMap<DataKeyId, u64>,
    /// The data keys that were destroyed, each with the first record that says so.
    erased_keys: HashMap<DataKeyId, u64>,
    /// The record at which the ledger's life ended.
    closed: Option<u64>,
    pub(super) producers: Producers,
    pub(super) disposals: Disposals,
}

impl Rules {
    /// Takes in the next key event that has the effect which it states, as custody says: one that is unlawful may
    /// have none.
    pub fn advance(&mut self, event: &KeyEvent) {
        let (sequence, time) = (event.sequence, event.time);
        match &event.statement {
            Ok(Statement::Genesis(genesis)) => {
                if let Some(settings) = &genesis.settings {
                    self.put_in_force(sequence, settings);
                }
            }
            Ok(Statement::Settings(change)) => self.put_in_force(sequence, &change.settings),
            Ok(Statement::DataKey(change)) => {
                self.ledger_keys.entry(change.data_key).or_insert(sequence);
            }
            Ok(Statement::Erasure(erasure)) => {
                for data_key in &erasure.data_keys {
                    self.erased_keys.entry(*data_key).or_insert(sequence);
                }
            }
            Ok(Statement::Hold(hold)) => self.disposals.hold(sequence, hold),
            Ok(Statement::Producer(change)) => self.producers.advance(sequence, change),
            Ok(Statement::Disposal(disposal)) => {
                let rule = self.settings.last();
                let rule = rule.and_then(|(_, settings)| settings.rule(&disposal.rule));
                if let Some(rule) = rule {
                    self.disposals.advance(sequence, time, disposal, rule);
                }
            }
            Ok(Statement::Closed(_)) => {
                self.closed.get_or_insert(sequence);
            }
            Ok(
                Statement::Epoch { .. }
                | Statement::Identity { .. }
                | Statement::Revocation(_)
                | Statement::Kek(_),
            )
            | Err(_) => {}
        }
    }

    fn put_in_force(&mut self, sequence: u64, settings: &Settings) {
        if settings.encryption == Encryption::All {
            self.all_encrypted.get_or_insert(sequence);
        }
        self.signed_sources |= !settings.signed_sources.is_empty();
        self.settings.push((sequence, settings.clone()));
    }

    /// The settings that are in force as far as the key events were taken in.
    pub(super) fn newest_settings(&self) -> Option<&Settings> {
        self.settings.last().map(|(_, settings)| settings)
    }

    /// The settings in force at a record, if there are any there.
    pub fn settings_at(&self, sequence: u64) -> Option<&Settings> {
        let before = self.settings.partition_point(|(at, _)| *at < sequence);
        let newest = self.settings.get(before.checked_sub(1)?)?;
        Some(&newest.1)
    }

    /// Whether events of that source must bear a producer's signature at a record.
    pub(super) fn wants_signature(&self, sequence: u64, source: &str) -> bool {
        self.signed_sources
            && self
                .settings_at(sequence)
                .is_some_and(|settings| settings.wants_signature(source))
    }

    /// What is unlawful in a record that is no key event, as far as its header shows. Of key events custody says it.
    pub fn check(&self, facts: &RecordFacts, mut found: impl FnMut(Finding)) {
        if facts.is_key_event {
            return;
        }
        let sequence = facts.sequence;
        let mut unlawful = |code, detail: String| found(Finding::of_record(code, sequence, detail));
        if let Some(closed) = self.closed.filter(|closed| *closed < sequence) {
            unlawful(FindingCode::RecordAfterClosed, after_closed(closed));
        }
        let all_encrypted = self.all_encrypted.filter(|since| *since < sequence);
        if let (Some(since), None, false) = (all_encrypted, facts.data_key, facts.is_of_daemon) {
            let detail =
                format!("it is not encrypted, but record {since} says that all events are");
            unlawful(FindingCode::NotEncrypted, detail);
        }
        let erased = facts.data_key.and_then(|key| self.erased_keys.get(&key));
        if let Some(erased) = erased.filter(|erased| **erased < sequence) {
            let detail = format!(
                "it is encrypted under a data key that was destroyed, as record {erased} says"
            );
            unlawful(FindingCode::ErasedKeyUsed, detail);
        }
        if let Some(data_key) = facts.data_key.filter(|_| facts.is_governance) {
            let named = self.ledger_keys.get(&data_key);
            if named.is_none_or(|named| *named >= sequence) {
                let detail = format!(
                    "it is a governance record under the data key {data_key}, but no earlier record makes that key \
                     the ledger's own"
                );
                unlawful(FindingCode::GovernanceKey, detail);
            }
        }
    }
}

impl Rules {
    /// The disposals that name the record of a header, by their own records, ascending.
    pub fn disposals_of(&self, header: &Header<'_>) -> Vec<u64> {
        let sequence = header.sequence;
        let candidates = self
            .disposals
            .candidates(sequence, sequence.saturating_add(1));
        let mut named = Vec::new();
        self.disposals.of(header, &candidates, |number| {
            named.extend(self.disposals.record(number));
        });
        named.sort_unstable();
        named.dedup();
        named
    }
}

impl RecordFacts {
    /// What `header` says, with what the disposals of the ledger did to the parts of its record.
    pub fn under(header: &Header<'_>, rules: &Rules) -> Self {
        let sequence = header.sequence;
        let candidates = rules
            .disposals
            .candidates(sequence, sequence.saturating_add(1));
        Self {
            disposed: rules.disposals.of(header, &candidates, |_| ()),
            ..Self::of(header)
        }
    }
}

pub(super) fn after_closed(closed: u64) -> String {
    format!("the ledger ended at record {closed}, and no such record may follow")
}
