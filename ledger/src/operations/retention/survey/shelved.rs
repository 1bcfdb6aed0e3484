//! Archived parts that rules which erase cover. A file of the archive goes as a whole, so such a part is due once all that
//! its file still holds is.

use std::collections::{BTreeMap, HashSet};

use indelible_evidence::{
    commitment::PartKind,
    key_event::{RetentionAction, RetentionRule, Span},
    verify::records::RecordFacts,
};
use indelible_store::record::{Part, StoredRecord};

use super::{left::Left, touched::Touched};
use crate::{
    read::archived::part_of,
    state::{orders::DisposalRecord, shared::LedgerState},
};

/// Parts of a record that lie in the archive and are not erased, and which of them a rule that erases covers.
pub(super) struct InArchive {
    parts: Vec<PartKind>,
    covered: Vec<PartKind>,
}

impl InArchive {
    pub(super) fn of(facts: &RecordFacts, stored: &StoredRecord<'_>) -> Self {
        let is_there = |kind: &PartKind| {
            part_of(stored, *kind) == Part::Archived && !facts.disposed.erased(*kind)
        };
        let kinds = [PartKind::Body, PartKind::Payload].into_iter();
        Self {
            parts: kinds.filter(is_there).collect(),
            covered: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether a rule would erase one of them.
    pub(super) fn concerns(&self, rule: &RetentionRule) -> bool {
        let contains = |kind: &PartKind| rule.parts.contain(*kind);
        rule.action == RetentionAction::Erase && self.parts.iter().any(contains)
    }

    /// A rule that erases covers what it is about.
    pub(super) fn cover(&mut self, rule: &RetentionRule) {
        let contains = |kind: &&PartKind| rule.parts.contain(**kind);
        self.covered.extend(self.parts.iter().filter(contains));
    }

    /// Whether one of them is covered by no rule.
    pub(super) fn keeps_something(&self) -> bool {
        let is_kept = |kind: &PartKind| !self.covered.contains(kind);
        self.parts.iter().any(is_kept)
    }
}

/// The files that a record's parts lie in, by the disposals that made them.
pub(super) type Files = Vec<u64>;

/// Records of the same files that a rule covers.
#[derive(Default)]
struct Group {
    touched: Touched,
    spans: Vec<Span>,
}

/// Parts that are not in the archive, of records whose other parts are.
#[derive(Default)]
struct Beside {
    /// What is left of them for a rule that archives if the files stay.
    if_kept: Touched,
    /// The same if the files go, and with them what the rule that erases covers.
    if_gone: Touched,
}

/// What of the archive each rule covers.
pub(super) struct Shelved {
    archives: Vec<DisposalRecord>,
    /// Files with something that no rule covers now.
    kept: HashSet<u64>,
    /// What each rule covers, by the files.
    groups: Vec<BTreeMap<Files, Group>>,
    /// What is left for each rule, by the files.
    beside: Vec<BTreeMap<Files, Beside>>,
}

/// What a rule covers of the archive.
#[derive(Default)]
pub(super) struct Ripe {
    /// What goes, since its files go.
    pub(super) due: Touched,
    pub(super) spans: Vec<Span>,
    /// What waits for the rest of its files.
    pub(super) waiting: Touched,
}

impl Shelved {
    pub(super) fn new(cell: &LedgerState, rules: usize) -> Self {
        let mut archives = cell.keys().disposals().to_vec();
        archives.retain(DisposalRecord::archives);
        Self {
            archives,
            kept: HashSet::new(),
            groups: (0..rules).map(|_| BTreeMap::new()).collect(),
            beside: (0..rules).map(|_| BTreeMap::new()).collect(),
        }
    }

    /// The files that may hold parts of a record.
    pub(super) fn files_of(&self, sequence: u64) -> Files {
        let archives = self.archives.iter();
        let holding = archives.filter(|archive| archive.covers(sequence));
        holding.map(|archive| archive.sequence).collect()
    }

    /// A rule covers a record of these files.
    pub(super) fn cover(
        &mut self,
        rule: usize,
        files: &Files,
        sequence: u64,
        bytes: u64,
        time: u64,
    ) {
        let Some(groups) = self.groups.get_mut(rule) else {
            return;
        };
        let group = groups.entry(files.clone()).or_default();
        group.touched.see(sequence, bytes, time);
        match group.spans.last_mut() {
            Some(span) if span.to == sequence => span.to = sequence + 1,
            _ => group.spans.push(Span {
                from: sequence,
                to: sequence + 1,
            }),
        }
    }

    /// Something of a record is left for a rule that archives; how much depends on whether these files go.
    pub(super) fn leave(
        &mut self,
        rule: usize,
        files: &Files,
        sequence: u64,
        left: &Left,
        time: u64,
    ) {
        let Some(beside) = self.beside.get_mut(rule) else {
            return;
        };
        let beside = beside.entry(files.clone()).or_default();
        let both = [
            (&mut beside.if_kept, left.most),
            (&mut beside.if_gone, left.least),
        ];
        for (touched, bytes) in both {
            if let Some(bytes) = bytes {
                touched.see(sequence, bytes, time);
            }
        }
    }

    /// These files hold something that no rule covers now.
    pub(super) fn keep(&mut self, files: &Files) {
        self.kept.extend(files);
    }

    /// What each rule covers, where the records below a size were looked at.
    pub(super) fn finish(mut self, seen: u64) -> Vec<Ripe> {
        let is_unseen =
            |archive: &&DisposalRecord| archive.spans.last().is_some_and(|span| span.to > seen);
        let unseen = self.archives.iter().filter(is_unseen);
        self.kept.extend(unseen.map(|archive| archive.sequence));
        // What lies in two files keeps both.
        loop {
            let before = self.kept.len();
            for files in self.groups.iter().flat_map(BTreeMap::keys) {
                if files.iter().any(|file| self.kept.contains(file)) {
                    self.kept.extend(files);
                }
            }
            if self.kept.len() == before {
                break;
            }
        }
        let kept = &self.kept;
        let is_kept = |files: &Files| files.iter().any(|file| kept.contains(file));
        let of_rule = |(groups, beside): (BTreeMap<Files, Group>, BTreeMap<Files, Beside>)| {
            let mut ripe = Ripe::default();
            for (files, beside) in beside {
                ripe.due.take_in(match is_kept(&files) {
                    true => &beside.if_kept,
                    false => &beside.if_gone,
                });
            }
            for (files, group) in groups {
                match is_kept(&files) {
                    true => ripe.waiting.take_in(&group.touched),
                    false => {
                        ripe.due.take_in(&group.touched);
                        ripe.spans.extend(group.spans);
                    }
                }
            }
            ripe
        };
        let of_rules = self.groups.into_iter().zip(self.beside);
        of_rules.map(of_rule).collect()
    }
}

/// Spans in their order, those that touch joined.
pub(super) fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|span| span.from);
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => joined.push(span),
        }
    }
    joined
}
