//! A question about some of the records as of some size: integrity and custody over exactly these, beside the verdict
//! over all of the bundle.
//!
//! The tree only grows. So a bundle whose checkpoint is larger shows what an older one signed, if it holds enough of
//! the tree to give the root at that size; and what was recorded from that size on says nothing against what was
//! lawful and whole before. Two things do reach back: erasures take bodies away, and revocations take the word of the
//! key that signed at that size.

use std::collections::BTreeMap;

use crate::hash::TreeHash;
use crate::verdict::{Answer, Finding, FindingList};

use super::custody::Custody;
use super::erasures::Erasures;
use super::identities::Identities;
use super::key_event::KeyEvent;
use super::missing::{ALL_RECORDS, holds_unless};
use super::part_judgement::concerns_parts;
use super::record_facts::RecordFacts;

/// Which records are asked about, and as of which size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// As of the tree of this size; none means that of the bundle's checkpoint.
    pub size: Option<u64>,
    /// Which of the records below it.
    pub records: ScopeRecords,
}

/// Some of a ledger's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeRecords {
    /// All of them.
    All,
    /// Those of these sequence numbers, half open.
    Sequences {
        /// The first.
        from: u64,
        /// The one after the last.
        to: u64,
    },
    /// Those recorded in this time: half open, in nanoseconds since 1970 UTC, and none where it is open.
    Times {
        /// From then on.
        from: Option<u64>,
        /// Before then.
        to: Option<u64>,
    },
}

/// What is answered of a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scoped {
    /// As of which size.
    pub size: u64,
    /// The root of the tree of that size; none if the bundle does not hold enough of the tree to give it.
    pub root: Option<TreeHash>,
    /// Are these records unaltered?
    pub integrity: Answer,
    /// Were keys introduced and used by the rules of the format below that size, and does the word of the one that signs
    /// there still count?
    pub custody: Answer,
    /// How many of these records were erased since: those whose data keys an erasure after this size was the first to name, by
    /// the record of that erasure.
    pub erased_since: BTreeMap<u64, u64>,
    /// The size at which the key of that size was revoked since, if the word that it gave there is void.
    pub revoked_since: Option<u64>,
}

impl ScopeRecords {
    fn contain(&self, facts: &RecordFacts) -> bool {
        let within = |at: u64, from: Option<u64>, to: Option<u64>| {
            from.is_none_or(|from| at >= from) && to.is_none_or(|to| at < to)
        };
        match *self {
            Self::All => true,
            Self::Sequences { from, to } => within(facts.sequence, Some(from), Some(to)),
            Self::Times { from, to } => within(facts.time, from, to),
        }
    }
}

/// What was seen of a scope so far.
#[derive(Debug)]
pub(super) struct ScopeView {
    pub(super) size: u64,
    records: ScopeRecords,
    integrity: FindingList,
    custody_findings: FindingList,
    /// What is unlawful in records, if they turn out to be those that the checkpoint signs.
    unproven: FindingList,
    custody: Custody,
    erased_since: BTreeMap<u64, u64>,
}

/// What the judge knows at the end that a scope's answers rest on, too.
pub(super) struct ScopeGround<'a> {
    /// Whether the checkpoint is signed by the identity of its size.
    pub(super) signed: bool,
    /// Whether nothing could follow some finding.
    pub(super) stopped: bool,
    /// Whether headers, chain and tree were all read, and are those that the checkpoint signs.
    pub(super) complete: bool,
    /// What custody of the whole bundle lacks.
    pub(super) missing: &'a [String],
    /// Who the ledger's identity was at which size.
    pub(super) identities: &'a Identities,
}

impl ScopeView {
    /// Of a bundle whose checkpoint has `size` records.
    pub(super) fn new(scope: Scope, size: u64) -> Self {
        Self {
            size: scope.size.unwrap_or(size),
            records: scope.records,
            integrity: FindingList::default(),
            custody_findings: FindingList::default(),
            unproven: FindingList::default(),
            custody: Custody::new(),
            erased_since: BTreeMap::new(),
        }
    }

    fn contains(&self, facts: &RecordFacts) -> bool {
        facts.sequence < self.size && self.records.contain(facts)
    }

    /// Takes in a finding against the log itself. Wherever it stands, the tree below it is then not proven either.
    pub(super) fn found(&mut self, finding: &Finding) {
        if !concerns_parts(finding.code) {
            self.integrity.push(finding.clone());
        }
    }

    /// Takes in a finding against a body or payload.
    pub(super) fn found_part(&mut self, facts: &RecordFacts, finding: &Finding) {
        if self.contains(facts) {
            self.integrity.push(finding.clone());
        }
    }

    /// Takes in a finding against a key event.
    pub(super) fn custody_finding(&mut self, finding: &Finding) {
        if finding.sequence.is_none_or(|at| at < self.size) {
            self.custody_findings.push(finding.clone());
        }
    }

    /// Takes in what is unlawful in a record.
    pub(super) fn unlawful(&mut self, finding: &Finding) {
        if finding.sequence.is_none_or(|at| at < self.size) {
            self.unproven.push(finding.clone());
        }
    }

    /// The records are those that the checkpoint signs.
    pub(super) fn prove(&mut self) {
        let unproven = std::mem::take(&mut self.unproven);
        self.custody_findings.append(unproven);
    }

    /// The key events that were read are not those of the records.
    pub(super) fn forget_custody(&mut self) {
        self.custody_findings = FindingList::default();
    }

    pub(super) fn key_event(&mut self, event: &KeyEvent) {
        if event.sequence < self.size {
            let found = &mut self.custody_findings;
            let _ = self
                .custody
                .advance(event, None, |finding| found.push(finding));
        }
    }

    /// Takes in a record. All key events were taken in before.
    pub(super) fn record(&mut self, facts: &RecordFacts, erasures: &Erasures) {
        let erased_by = facts.data_key.and_then(|key| erasures.named_by(&key));
        if let Some(by) = erased_by.filter(|by| *by >= self.size)
            && self.contains(facts)
        {
            *self.erased_since.entry(by).or_default() += 1;
        }
    }

    pub(super) fn finish(self, root: Option<TreeHash>, ground: &ScopeGround<'_>) -> Scoped {
        let Self {
            size,
            integrity,
            mut custody_findings,
            custody,
            erased_since,
            ..
        } = self;
        if !ground.signed {
            custody_findings = FindingList::default();
        }
        if ground.complete {
            custody.finish(size, |finding| custody_findings.push(finding));
        }
        let revoked_since = ground.identities.revoked_below(size);
        let void = revoked_since.map(|revoked| {
            format!(
                "a checkpoint of size {size} that a trusted identity signed: the key events revoke the identity of that \
                 size at size {revoked}"
            )
        });
        let mut missing = ground.missing.to_vec();
        if root.is_none() && ground.complete {
            missing.insert(0, ALL_RECORDS.to_owned());
        }
        missing.extend(void);
        Scoped {
            size,
            root,
            integrity: integrity.into_answer(|| match ground.stopped || root.is_none() {
                true => Answer::unanswerable(ALL_RECORDS),
                false => Answer::Holds,
            }),
            custody: custody_findings.into_answer(|| holds_unless(missing)),
            erased_since,
            revoked_since,
        }
    }
}
