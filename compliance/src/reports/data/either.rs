//! Criteria that stand for others of their clause: what clients tell of, and what the ledger's own gate recorded itself, are two
//! ways to show the same thing.

use std::collections::BTreeMap;

use super::finding::{CriterionFinding, OutcomeFacts};
use crate::{
    frameworks::{Clause, Criterion, Held, Threshold},
    number::shown_number,
    projections::measure::Measure,
    reports::words::{Open, criterion_words},
};

/// How much an outcome says for a group of which one that is met is enough: what is not decided may be met, and what has
/// nothing to look at says nothing.
fn rank(outcome: OutcomeFacts) -> u8 {
    match outcome {
        OutcomeFacts::Met => 4,
        OutcomeFacts::Undecided => 3,
        OutcomeFacts::NotMet => 2,
        OutcomeFacts::Vacuous => 1,
        OutcomeFacts::Shown => 0,
    }
}

fn group(criterion: &Criterion) -> Option<&str> {
    criterion.held.as_ref()?.either.as_deref()
}

/// Of each group of criteria of which one that is met is enough, leaves those that say most; the others are for information.
pub(super) fn choose(
    clause: &Clause,
    criteria: &mut [CriterionFinding],
    open: impl Fn(&CriterionFinding) -> Open,
) {
    let mut most = BTreeMap::<&str, u8>::new();
    for (criterion, finding) in clause.criteria.iter().zip(&*criteria) {
        if let Some(group) = group(criterion) {
            let most = most.entry(group).or_default();
            *most = rank(finding.outcome).max(*most);
        }
    }
    for (criterion, finding) in clause.criteria.iter().zip(criteria) {
        let most = group(criterion).and_then(|group| most.get(group));
        if most.is_some_and(|most| rank(finding.outcome) < *most) {
            finding.outcome = OutcomeFacts::Shown;
            finding.population = None;
            finding.threshold = None;
            let spread = finding.spread.as_ref();
            let value = (&finding.value, spread);
            finding.words = criterion_words(value, open(finding), None, finding.outcome, None);
        }
    }
}

/// The criteria that decide a clause.
pub(super) struct Deciding {
    /// Those of its criteria that are not passed over.
    pub(super) criteria: Vec<CriterionFinding>,
    /// Of these, those that show what its title names.
    pub(super) decisive: Vec<CriterionFinding>,
    /// How many are passed over: they say how something is of which there is nothing, and others decide what the title names.
    passed: u64,
}

impl Deciding {
    pub(super) fn of(clause: &Clause, findings: &[CriterionFinding]) -> Self {
        let pairs = || clause.criteria.iter().zip(findings);
        let is_decisive = |criterion: &Criterion, finding: &CriterionFinding| {
            let is_meant = criterion.held.as_ref().is_some_and(|held| held.decisive);
            is_meant && finding.outcome != OutcomeFacts::Shown
        };
        let others_decide = pairs().any(|(criterion, finding)| {
            is_decisive(criterion, finding) && finding.outcome != OutcomeFacts::Vacuous
        });
        let mut deciding = Self {
            criteria: Vec::new(),
            decisive: Vec::new(),
            passed: 0,
        };
        for (criterion, finding) in pairs() {
            if others_decide && is_of_nothing(criterion, finding) {
                deciding.passed += 1;
                continue;
            }
            if is_decisive(criterion, finding) {
                deciding.decisive.push(finding.clone());
            }
            deciding.criteria.push(finding.clone());
        }
        deciding
    }

    /// How many are passed over, in words.
    pub(super) fn passed_words(&self) -> Option<String> {
        match self.passed {
            0 => None,
            1 => Some(
                "1 says how something is that is not in these records, and is passed over"
                    .to_owned(),
            ),
            more => Some(format!(
                "{} say how something is that is not in these records, and are passed over",
                shown_number(more)
            )),
        }
    }
}

/// Whether a criterion says how something is of which there is nothing.
fn is_of_nothing(criterion: &Criterion, finding: &CriterionFinding) -> bool {
    let is_passable = criterion.held.as_ref().is_some_and(|held| held.where_any);
    is_passable && finding.outcome == OutcomeFacts::Vacuous
}

/// The records that show what came of it. That a part is too small, the records of the part don't show: those do that are not
/// of it.
pub(super) fn shown_by<'a>(
    measure: &'a Measure,
    outcome: OutcomeFacts,
    held: Option<&Held>,
) -> &'a [u64] {
    let is_lower = held.is_some_and(|held| matches!(held.threshold, Threshold::AtLeast(_)));
    match &measure.lacking {
        Some(lacking) if is_lower && outcome == OutcomeFacts::NotMet => lacking,
        _ => &measure.records,
    }
}
