//! What of a record is left for a rule: parts that are there, and that no rule which comes before it takes.

use indelible_evidence::{
    commitment::PartKind,
    key_event::{RetentionAction, RetentionRule},
    verify::records::RecordFacts,
};
use indelible_store::record::{Part, StoredRecord};

use crate::read::archived::part_of;

const KINDS: [PartKind; 2] = [PartKind::Body, PartKind::Payload];

/// Parts of a record that rules take in the run which is surveyed. Rules that erase come first, and what one rule takes is not
/// there to be archived by another.
#[derive(Default)]
pub(super) struct Taken {
    parts: Vec<PartKind>,
    /// Taken only if the files of the archive go in which the rest of the record lies.
    with_files: Vec<PartKind>,
}

/// Bytes of the parts that are left for a rule; none where no part is.
pub(super) struct Left {
    /// If nothing goes but what is sure to go.
    pub(super) most: Option<u64>,
    /// If the files go, too.
    pub(super) least: Option<u64>,
}

impl Taken {
    pub(super) fn by(&mut self, rule: &RetentionRule) {
        let parts = KINDS.into_iter().filter(|kind| rule.parts.contain(*kind));
        self.parts.extend(parts);
    }

    pub(super) fn with_files_by(&mut self, rule: &RetentionRule) {
        let parts = KINDS.into_iter().filter(|kind| rule.parts.contain(*kind));
        self.with_files.extend(parts);
    }

    /// What is left for a rule. One that erases names what it covers, whoever else does.
    pub(super) fn left_for(
        &self,
        rule: &RetentionRule,
        facts: &RecordFacts,
        stored: &StoredRecord<'_>,
    ) -> Left {
        let archives = rule.action == RetentionAction::Archive;
        let without = |taken: &[&[PartKind]]| {
            let is_left = |kind: &PartKind| !archives || !taken.concat().contains(kind);
            let left = KINDS.into_iter().filter(is_left);
            left.filter_map(|kind| bytes_left(rule, facts, kind, part_of(stored, kind)))
                .reduce(|a, b| a + b)
        };
        Left {
            most: without(&[&self.parts]),
            least: without(&[&self.parts, &self.with_files]),
        }
    }
}

/// Bytes of a part that a rule is about and that is there, unless it is recorded as erased.
pub(crate) fn bytes_left(
    rule: &RetentionRule,
    facts: &RecordFacts,
    kind: PartKind,
    part: Part<'_>,
) -> Option<u64> {
    match part {
        Part::Present { bytes, .. } if rule.parts.contain(kind) && !facts.disposed.erased(kind) => {
            Some(bytes.len() as u64)
        }
        _ => None,
    }
}
