//! What a report says of numbers that producers left out.

use indelible_compliance::reports::{CriterionFinding, OutcomeFacts, Report};

use crate::counterexamples::decision;
use crate::ledger::{Shown, Told, reports, subject_from, told};
use crate::page::first_screens;

fn numbered(numbers: &[u64]) -> Vec<Told> {
    let numbers = numbers.iter();
    let told = numbers.map(|number| decision().and("producer_sequence", *number));
    told.collect()
}

fn of_numbers(report: &Report) -> Vec<&CriterionFinding> {
    let criteria = report.clauses.iter().flat_map(|clause| &clause.criteria);
    let found = criteria.filter(|one| one.measure == "gaps.number_faults");
    found.collect()
}

fn eu_ai_act(ledger: &[Told]) -> Report {
    let mut reports = reports(&subject_from(0, ledger)).into_iter();
    let found = reports.find(|report| report.framework.id == "eu-ai-act");
    found.expect("a report")
}

#[track_caller]
fn first_screens_say(report: &Report, words: &str) {
    for screen in first_screens(report) {
        assert!(screen.contains(words), "{words}: {screen}");
    }
}

#[test]
fn numbers_that_are_missing_are_counted_as_numbers() {
    for (numbers, words, found) in [
        (
            &[1, 2, 100][..],
            "97 numbers of producers are missing, in 1 gap.",
            97,
        ),
        (
            &[1, 2, 5, 9],
            "5 numbers of producers are missing, in 2 gaps.",
            5,
        ),
        (&[1, 3], "1 number of a producer is missing.", 1),
        (
            &[1, 4, 4, 2],
            "2 numbers of producers were skipped, in 1 gap; 1 is given twice; 1 is lower than the one before.",
            4,
        ),
        (&[1, 1, 1], "2 numbers of producers are given twice.", 2),
    ] {
        let report = eu_ai_act(&numbered(numbers));
        first_screens_say(&report, words);
        first_screens_say(&report, &format!("found: {found};"));
    }
}

/// What is missing stays so, whatever is sealed, erased or withheld, of that producer or of another.
#[test]
fn what_is_missing_for_certain_is_not_met_whatever_can_not_be_read() {
    let note = told("com.example.note", &[]).from("urn:other");
    for how in [Shown::Sealed, Shown::Erased, Shown::Withheld] {
        for place in 0..4 {
            let mut ledger = numbered(&[1, 2, 100]);
            ledger.insert(place, note.shown(how));
            let report = eu_ai_act(&ledger);
            let missing = if place == 2 { 96 } else { 97 };
            for criterion in of_numbers(&report) {
                assert_eq!(criterion.outcome, OutcomeFacts::NotMet, "{criterion:?}");
            }
            let words = format!("{missing} numbers of producers are missing, in 1 gap.");
            first_screens_say(&report, &words);
        }
    }
    // What it may explain is not known to be missing.
    let mut ledger = numbered(&[1, 2, 4]);
    ledger.insert(2, note.shown(Shown::Sealed));
    for criterion in of_numbers(&eu_ai_act(&ledger)) {
        assert_eq!(criterion.outcome, OutcomeFacts::Undecided, "{criterion:?}");
    }
}
