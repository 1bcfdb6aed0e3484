//! Orders about what is kept and what goes, as their records say them: holds, erasures and disposals.

use std::collections::BTreeSet;

use indelible_evidence::{
    hash::{DataKeyId, HoldId},
    header::Header,
    key_event::{Archive, Disposal, RetentionAction, RetentionRule, Span},
};

/// Something that keeps data keys from being erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Names it.
    pub id: HoldId,
    /// The record that placed it.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The data keys that it covers; none means the whole ledger.
    pub data_keys: Option<BTreeSet<DataKeyId>>,
    /// Why, as whoever placed it said.
    pub reason: Option<String>,
}

/// An erasure, as its record says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureRecord {
    /// The record.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The data keys that it destroys.
    pub data_keys: Vec<DataKeyId>,
    /// The legal basis.
    pub basis: String,
    /// The origin of the ledger whose record it is, where that is another one: this one takes no records.
    pub recorded_in: Option<String>,
}

/// A disposal on record. Which parts of which records it names, the rule says and the headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisposalRecord {
    /// The record.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The rule, as it was in force there.
    pub rule: RetentionRule,
    /// The spans of records among which it names some.
    pub spans: Vec<Span>,
    /// The file that holds the parts, if the rule archives.
    pub archive: Option<Archive>,
}

impl DisposalRecord {
    /// Whether a record lies in one of its spans.
    pub(crate) fn covers(&self, sequence: u64) -> bool {
        let before = self.spans.partition_point(|span| span.to <= sequence);
        let span = self.spans.get(before);
        span.is_some_and(|span| span.from <= sequence)
    }

    /// Whether it moves parts to an archive, and destroys nothing.
    pub fn archives(&self) -> bool {
        self.rule.action == RetentionAction::Archive
    }

    /// What the record of a header says, under the rule in force there.
    pub(crate) fn of(header: &Header<'_>, disposal: Disposal, rule: &RetentionRule) -> Self {
        Self {
            sequence: header.sequence,
            time: header.time,
            rule: rule.clone(),
            spans: disposal.spans,
            archive: disposal.archive,
        }
    }
}

/// Those of some disposals, by their records, that destroy something.
pub(crate) fn destroying(disposals: &[DisposalRecord], mut named: Vec<u64>) -> Vec<u64> {
    let archives = |sequence: &u64| {
        let found = disposals.binary_search_by_key(sequence, |disposal| disposal.sequence);
        let found = found.ok().and_then(|at| disposals.get(at));
        found.is_some_and(DisposalRecord::archives)
    };
    named.retain(|sequence| !archives(sequence));
    named
}

/// The files of those disposals that archived something and have a record in one of their spans, oldest first.
pub(crate) fn archives_of(disposals: &[DisposalRecord], sequence: u64) -> Vec<Archive> {
    let covering = disposals
        .iter()
        .filter(|disposal| disposal.covers(sequence));
    covering
        .filter_map(|disposal| disposal.archive.clone())
        .collect()
}
