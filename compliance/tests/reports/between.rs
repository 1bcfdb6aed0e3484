//! What lies between the records that count, or may count, and is not looked at.

use indelible_compliance::reports::{Asked, CriterionFinding, OutcomeFacts, Whose};

use crate::event_time::{days_ago, decision, imported, period};
use crate::full;
use crate::ledger::{Shown, Told, reports, subject_asked, told};

/// What came of a measure in the first mapping that asks for it.
fn held(ledger: &[Told], asked: Asked, whose: Whose, measure: &str) -> CriterionFinding {
    let reports = reports(&subject_asked(ledger, asked, whose));
    let clauses = reports.iter().flat_map(|report| &report.clauses);
    let mut held = clauses
        .flat_map(|clause| &clause.criteria)
        .filter(|one| one.outcome != OutcomeFacts::Shown);
    let one = held.find(|one| one.measure == measure);
    one.expect("a criterion").clone()
}

fn by_event_time(ledger: &[Told], asked: Asked, measure: &str) -> OutcomeFacts {
    held(ledger, asked, Whose::Clients, measure).outcome
}

fn share_reviewed(ledger: &[Told]) -> CriterionFinding {
    let share = "reviews.share_of_records";
    held(ledger, Asked::Whole, Whose::OtherSystems, share)
}

/// A review of everything before it, after letters of another system.
fn reviewed(letters: u64) -> Vec<Told> {
    let letter = imported(told("com.example.letter", &[]));
    let review = told(
        "log.review.v1",
        &[
            ("reviewer", "hana".into()),
            ("first", 1.into()),
            ("last", letters.into()),
            ("findings", 0.into()),
        ],
    );
    let mut ledger = vec![Told::erasure()];
    ledger.extend((0..letters).map(|_| letter.clone()));
    ledger.push(imported(review));
    ledger
}

/// What is left out stands between the numbers that a review names, and what nobody can read may be left out.
#[test]
fn places_among_imports_decide_nothing_where_anything_else_lies_or_may_lie() {
    let ledger = reviewed(20);
    assert_eq!(share_reviewed(&ledger).outcome, OutcomeFacts::Met);
    // The ledger's own records are no events between them, whether they can be read or not.
    let made = told(
        "indelible.report.made.v1",
        &[
            ("principal", "hana".into()),
            ("framework", "gdpr".into()),
            ("report_id", "r".into()),
        ],
    );
    for made in [made.clone(), made.shown(Shown::Sealed)] {
        let mut reported = ledger.clone();
        reported.push(made);
        assert_eq!(share_reviewed(&reported).outcome, OutcomeFacts::Met);
    }
    let mut live = ledger.clone();
    live.insert(3, told("com.example.letter", &[]));
    let beside = share_reviewed(&live);
    assert_eq!(beside.outcome, OutcomeFacts::Undecided);
    let said = "it goes by where records stand, and 1 event of these records was not imported, or may not have been";
    assert!(beside.words.ends_with(said), "{}", beside.words);
    for shown in Shown::LESS {
        let mut less = ledger.clone();
        less[7] = less[7].shown(shown);
        let share = share_reviewed(&less);
        assert_eq!(share.outcome, OutcomeFacts::Undecided, "{shown:?}");
        let asked = subject_asked(&less, Asked::Whole, Whose::OtherSystems);
        let headline = reports(&asked).swap_remove(0).headline;
        let caveat = "Of 1 event it is not known whether it was imported; it weighs like what can't be read.";
        assert!(headline.contains(caveat), "{headline}");
    }
}

/// A request of the period that stands open at its end was answered later, outside the period. What was recorded late
/// does not make the period longer.
#[test]
fn a_period_by_event_time_ends_with_itself() {
    let request = told(
        "privacy.request.received.v1",
        &[
            ("request_id", "r".into()),
            ("right", "access".into()),
            ("received_at_ns", full::at(9).into()),
        ],
    );
    let answer = told(
        "privacy.request.answered.v1",
        &[("request_id", "r".into()), ("outcome", "fulfilled".into())],
    );
    let late = days_ago(decision("late").on_day(100), 90);
    let ledger = [
        Told::erasure(),
        request.on_day(9),
        answer.on_day(20),
        late,
        decision("last").on_day(100),
    ];
    let of = |to| by_event_time(&ledger, period(5, to), "requests.late");
    assert_eq!(of(15), OutcomeFacts::Met);
    assert_eq!(of(99), OutcomeFacts::Met);
    let unanswered = [ledger[0].clone(), ledger[1].clone(), ledger[4].clone()];
    let late = by_event_time(&unanswered, period(5, 99), "requests.late");
    assert_eq!(late, OutcomeFacts::NotMet);
}

/// How often something fits into a period by event time is not known while its ends are open and something may lie there.
#[test]
fn a_rate_is_asked_for_over_the_longest_that_a_period_can_be() {
    let mut ledger = vec![Told::erasure()];
    ledger.extend((0..40).map(|day| decision(&day.to_string()).on_day(day)));
    let recorded = "decisions.recorded";
    let of = |ledger: &[Told], asked| by_event_time(ledger, asked, recorded);
    assert_eq!(of(&ledger, period(0, 40)), OutcomeFacts::Met);
    ledger.push(
        told("com.example.note", &[])
            .on_day(40)
            .shown(Shown::Sealed),
    );
    // Once a week was enough in forty days, and is not in ten years.
    assert_eq!(of(&ledger, period(0, 40)), OutcomeFacts::Met);
    assert_eq!(of(&ledger, period(0, 3_650)), OutcomeFacts::Undecided);
    let open = Asked::EventPeriod {
        records: None,
        from: None,
        to: None,
    };
    assert_eq!(of(&ledger, open), OutcomeFacts::Undecided);
}
