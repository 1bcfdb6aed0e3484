//! Criteria that are not met, as what happened. A mapping says what it wants ("no halted agent acted"); whoever reads a
//! report in ten seconds wants to know what was found.

mod measures;

use crate::reports::{
    data::CriterionFinding,
    words::{counted, shown_number},
};

/// What happened, where the measure of a criterion counts what ought not to be.
pub(crate) fn happened(criterion: &CriterionFinding, count: u64) -> Option<String> {
    let of_numbers = || numbers(criterion).filter(|_| count > 0);
    of_numbers().or_else(|| counted_as(&criterion.measure, count))
}

/// What is wrong with the numbers of producers, each kind of it by itself; none if the criterion is about something
/// else, or does not say.
fn numbers(criterion: &CriterionFinding) -> Option<String> {
    let part = |name: &str| {
        let part = criterion.parts.iter().find(|part| part.measure == name);
        part.map_or(0, |part| part.count)
    };
    let (skipped, gaps) = (part("gaps.numbers_skipped"), part("gaps.jumps"));
    let (repeated, backward) = (part("gaps.numbers_repeated"), part("gaps.numbers_backward"));
    // One that is lower than the one before may be one that was missing there.
    let missing = match (skipped, backward) {
        (1, 0) => "is missing",
        (1, _) => "was skipped",
        (_, 0) => "are missing",
        _ => "were skipped",
    };
    let kinds = [
        (skipped, missing.to_owned()),
        (repeated, does(repeated, "given twice")),
        (backward, does(backward, "lower than the one before")),
    ];
    let mut sentence = String::new();
    for (number, words) in kinds.into_iter().filter(|(number, _)| *number > 0) {
        if sentence.is_empty() {
            let whose = counted(number, "number of a producer", "numbers of producers");
            sentence = format!("{whose} {words}");
        } else {
            sentence.push_str(&format!("; {} {words}", shown_number(number)));
        }
        if words == missing && number > 1 {
            sentence.push_str(&format!(", in {}", counted(gaps, "gap", "gaps")));
        }
    }
    (!sentence.is_empty()).then_some(sentence)
}

fn does(number: u64, what: &str) -> String {
    let verb = if number == 1 { "is" } else { "are" };
    format!("{verb} {what}")
}

fn counted_as(measure: &str, count: u64) -> Option<String> {
    let (_, one, more) = measures::HAPPENED
        .iter()
        .find(|(name, _, _)| *name == measure)?;
    Some(match count {
        0 => return None,
        1 => (*one).to_owned(),
        _ => more.replace('#', &shown_number(count)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        frameworks::{Limit, SHIPPED, Threshold},
        projections::{catalogue::Catalogue, folds::Projections},
    };

    #[test]
    fn every_measure_is_one_that_there_is() {
        let measures = Projections::default().measures();
        for (name, _, more) in measures::HAPPENED {
            assert!(measures.0.contains_key(*name), "{name}");
            assert_eq!(more.matches('#').count(), 1, "{name}");
        }
    }

    /// What counts what ought not to be, in any mapping, is said as what happened.
    #[test]
    fn every_count_that_ought_to_be_small_has_words() {
        for shipped in SHIPPED {
            let framework = shipped
                .read(&Catalogue::of_this_build())
                .expect("a mapping");
            for criterion in framework.clauses.iter().flat_map(|clause| &clause.criteria) {
                let held = criterion.held.as_ref().map(|held| &held.threshold);
                if matches!(held, Some(Threshold::AtMost(Limit::Count(_)))) {
                    let said = counted_as(&criterion.measure, 2);
                    assert!(said.is_some(), "{}", criterion.measure);
                }
            }
        }
    }

    #[test]
    fn one_is_not_several() {
        let said = |count| counted_as("agents.acts_while_halted", count);
        assert_eq!(said(0), None);
        assert_eq!(
            said(1).as_deref(),
            Some("An agent acted once while it was halted")
        );
        assert_eq!(
            said(1_021).as_deref(),
            Some("Agents acted 1,021 times while they were halted")
        );
    }
}
