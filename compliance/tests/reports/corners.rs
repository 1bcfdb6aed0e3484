//! Corners in which a report once said more than the evidence shows.

use indelible_compliance::reports::{
    Asked, CaveatCode, CriterionFinding, OutcomeFacts, Report, State, Whose,
};

use crate::counterexamples::{decision, many, with};
use crate::full;
use crate::ledger::{Shown, Told, claim, reports, state_of, subject_asked, subject_from, told};

fn criteria(reports: &[Report]) -> Vec<(String, CriterionFinding)> {
    let clauses = reports.iter().flat_map(|report| {
        let clauses = report.clauses.iter();
        clauses.map(move |clause| (&report.framework.id, clause))
    });
    let criteria = clauses.flat_map(|(framework, clause)| {
        let named = move |one: &CriterionFinding| {
            let name = format!("{framework} {} {}", clause.id, one.measure);
            (name, one.clone())
        };
        clause.criteria.iter().map(named)
    });
    criteria.collect()
}

fn criterion(name: &str, ledger: &[Told]) -> CriterionFinding {
    let all = criteria(&reports(&subject_from(0, ledger)));
    let found = all.into_iter().find(|(of, _)| of == name);
    found.unwrap_or_else(|| panic!("there is no {name}")).1
}

#[test]
fn a_clause_claims_nothing_while_one_thing_that_its_title_names_is_not_so() {
    let whole = full::ledger();
    for clause in ["eu-ai-act 12(1)", "eu-ai-act 12(2)(a)", "pci-dss 10.2"] {
        assert!(claim(state_of(clause, &whole)) > 0, "{clause}");
    }
    let again = with([told(
        "com.example.note",
        &[("producer_sequence", 3_u64.into())],
    )]);
    for clause in ["eu-ai-act 12(1)", "pci-dss 10.2", "iso-42001 A.6.2.8"] {
        assert_eq!(state_of(clause, &again), State::NotEvidenced, "{clause}");
    }
    let without_policy = with(many(200, |_| decision()));
    let clause = "eu-ai-act 12(2)(a)";
    assert_eq!(state_of(clause, &without_policy), State::NotEvidenced);
    // Whoever makes the number unreadable gains nothing.
    let mut lost = again;
    if let Some(last) = lost.last_mut() {
        *last = last.shown(Shown::Misfit);
    }
    assert_eq!(claim(state_of("eu-ai-act 12(1)", &lost)), 0);
}

#[test]
fn nothing_is_said_to_be_done_again_and_again_within_seconds() {
    let ledger = many(10, |_| decision());
    let found = criterion("eu-ai-act 12(2)(a) decisions.recorded", &ledger);
    assert_eq!(found.outcome, OutcomeFacts::Vacuous, "{}", found.words);
    assert!(
        found
            .words
            .ends_with("how often something was so, which takes 7 days"),
        "{}",
        found.words
    );
    assert_eq!(claim(state_of("eu-ai-act 12(2)(a)", &ledger)), 0);
    let days = criterion(
        "eu-ai-act 12(1) records.share_of_days_with_live_events",
        &ledger,
    );
    assert_eq!(days.outcome, OutcomeFacts::Vacuous, "{}", days.words);
    let mut long = ledger;
    long.extend(many(10, |_| decision().on_day(8)));
    let found = criterion("eu-ai-act 12(2)(a) decisions.recorded", &long);
    assert_eq!(found.outcome, OutcomeFacts::Met, "{}", found.words);
}

fn request(answered_on: u64) -> [Told; 2] {
    let facts = [
        ("request_id", "r".into()),
        ("right", "access".into()),
        ("received_at_ns", full::at(0).into()),
    ];
    let answer = [("request_id", "r".into()), ("outcome", "fulfilled".into())];
    let answer = told("privacy.request.answered.v1", &answer).with(&["answer"]);
    [
        told("privacy.request.received.v1", &facts),
        answer.on_day(answered_on),
    ]
}

#[test]
fn a_deadline_is_not_met_by_events_without_times_of_their_producers() {
    let name = "gdpr 15(1) requests.access_share_in_time";
    let [asked, answered] = request(9);
    let timed = [asked.clone(), answered.clone()];
    assert_eq!(criterion(name, &timed).outcome, OutcomeFacts::Met);
    let untimed = [asked, answered.untimed()];
    let found = criterion(name, &untimed);
    assert_eq!(found.outcome, OutcomeFacts::Undecided, "{}", found.words);
    assert!(
        found.words.contains("gave 1 of these events no time"),
        "{}",
        found.words
    );
    assert_eq!(claim(state_of("gdpr 15(1)", &untimed)), 0);
}

#[test]
fn one_event_that_can_not_be_read_is_one_event() {
    let mut ledger = full::ledger();
    let whole = criteria(&reports(&subject_from(0, &ledger)));
    for kind in [
        "ai.decision.v1",
        "privacy.request.answered.v1",
        "ai.approval.granted.v1",
    ] {
        let place = ledger.iter().position(|event| event.event_type == kind);
        let place = place.expect("one of them");
        ledger[place] = ledger[place].shown(Shown::Sealed);
        let one = criteria(&reports(&subject_from(0, &ledger)));
        for ((name, now), (_, then)) in one.iter().zip(&whole) {
            assert!(now.unread <= then.unread + 1, "{name}: {}", now.words);
        }
        ledger[place] = ledger[place].shown(Shown::Open);
    }
}

/// Whoever can't read a decision knows as much as before of what no decision touches.
#[test]
fn a_sealed_decision_leaves_what_it_can_not_touch() {
    let mut ledger = full::ledger();
    let place = ledger
        .iter()
        .position(|event| event.event_type == "ai.decision.v1");
    let place = place.expect("a decision");
    let whole = criteria(&reports(&subject_from(0, &ledger)));
    ledger[place] = ledger[place].shown(Shown::Sealed);
    let sealed = criteria(&reports(&subject_from(0, &ledger)));
    let untouched = [
        "requests.",
        "breaches.",
        "incidents.",
        "reviews.",
        "attempts.",
        "uses.",
        "oversight.self_approvals",
        "oversight.approvals",
        "agents.halts",
        "agents.declared",
        "registry.models_released",
        "registry.datasets",
        "registry.tools",
    ];
    for ((name, now), (_, then)) in sealed.iter().zip(&whole) {
        let measure = &now.measure;
        if untouched.iter().any(|fold| measure.starts_with(fold)) {
            assert_eq!(now.outcome, then.outcome, "{name}: {}", now.words);
        }
    }
}

#[test]
fn a_time_that_is_still_to_come_is_said() {
    let said = |ledger: &[Told]| {
        let report = reports(&subject_from(0, ledger)).remove(0);
        let mut caveats = report.caveats.into_iter();
        caveats.find(|caveat| caveat.code == CaveatCode::EventTimesAhead)
    };
    let note = told("com.example.note", &[]);
    assert_eq!(said(&[note.clone(), note.clone().on_day(9)]), None);
    let mut early = note.clone();
    early.ahead = 400 * 86_400;
    let said = said(&[note.clone(), early, note.on_day(9)]).expect("a caveat");
    assert!(
        said.text
            .starts_with("The producer of record 1 gave it the time 5 April 2027"),
        "{}",
        said.text
    );
}

#[test]
fn what_the_ledger_records_itself_lessens_no_report_on_imports() {
    let import = |day: u64| decision().and("imported_from", "legacy").on_day(day);
    let ledger: Vec<_> = (0..40).map(import).collect();
    let outcomes = |ledger: &[Told]| {
        let subject = subject_asked(ledger, Asked::Whole, Whose::OtherSystems);
        let all = criteria(&reports(&subject));
        let outcomes = all.into_iter().map(|(name, one)| (name, one.outcome));
        outcomes.collect::<Vec<_>>()
    };
    let mut with_reports = ledger.clone();
    let made = told(
        "indelible.report.made.v1",
        &[
            ("principal", "hana".into()),
            ("framework", "gdpr".into()),
            ("report_id", "r".into()),
        ],
    );
    let made = made.on_day(39);
    with_reports.push(made.clone());
    with_reports.push(made.shown(Shown::Sealed));
    assert_eq!(outcomes(&with_reports), outcomes(&ledger));
}
