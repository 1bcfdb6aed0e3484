//! No clause stands higher than its records show, and none is called silent that is not.

use std::collections::BTreeMap;

use indelible_compliance::frameworks::{Criterion, Framework, SHIPPED, nothing_of};
use indelible_compliance::projections::catalogue::Catalogue;
use indelible_compliance::projections::measure::Value;
use indelible_compliance::reports::{CriterionFinding, OutcomeFacts, Report, State};
use proptest::prelude::*;

use crate::counterexamples::decision;
use crate::full;
use crate::ledger::{Told, claim, reports, state_of, states, subject_from, told};

/// Without the events of these types.
fn without(ledger: &[Told], types: &[&str]) -> Vec<Told> {
    let kept = ledger
        .iter()
        .filter(|event| !types.iter().any(|of| event.event_type.starts_with(of)));
    kept.cloned().collect()
}

/// The criterion of a clause, as `eu-ai-act 12(1)`, on a measure.
fn criterion(clause: &str, measure: &str, ledger: &[Told]) -> CriterionFinding {
    let reports = reports(&subject_from(0, ledger));
    let (framework, id) = clause.split_once(' ').expect("a framework");
    let mut clauses = reports
        .iter()
        .filter(|report| report.framework.id == framework)
        .flat_map(|report| &report.clauses);
    let clause = clauses.find(|clause| clause.id == id).expect("the clause");
    let mut criteria = clause.criteria.iter();
    let found = criteria.find(|criterion| criterion.measure == measure);
    found.expect("the criterion").clone()
}

fn mappings() -> Vec<Framework> {
    let read = SHIPPED
        .iter()
        .map(|shipped| shipped.read(&Catalogue::of_this_build()));
    read.collect::<Result<_, _>>().expect("mappings")
}

/// Decisions are there, and what is looked for beside them is not: that is no silence.
#[test]
fn what_is_absent_beside_its_population_is_not_met() {
    let whole = full::ledger();
    for (clause, measure, types) in [
        (
            "eu-ai-act 14(4)(d)",
            "oversight.overrides_linked",
            &["ai.override."][..],
        ),
        (
            "eu-ai-act 14(4)(e)",
            "agents.halts_by_human",
            &["ai.agent.halted.", "ai.agent.resumed."],
        ),
        (
            "eu-ai-act 14(4)(a)",
            "performance.calls",
            &["ai.performance."],
        ),
        (
            "eu-ai-act 12(2)(b)",
            "performance.recorded",
            &["ai.performance."],
        ),
        (
            "eu-ai-act 72(2)",
            "performance.recorded",
            &["ai.performance."],
        ),
        ("eu-ai-act 15(4)", "performance.calls", &["ai.performance."]),
        (
            "eu-ai-act 14(1)",
            "oversight.reviewers",
            &["ai.oversight.", "ai.override.", "ai.approval."],
        ),
    ] {
        let without = without(&whole, types);
        let found = criterion(clause, measure, &without);
        assert_eq!(
            found.outcome,
            OutcomeFacts::NotMet,
            "{clause}: {}",
            found.words
        );
        assert_eq!(state_of(clause, &without), State::NotEvidenced, "{clause}");
    }
}

/// Nothing is old enough, or the range is too short: that is silence.
#[test]
fn what_could_not_be_there_yet_is_vacuous() {
    let young: Vec<_> = full::ledger()
        .into_iter()
        .take_while(|event| event.day < 25)
        .collect();
    for (clause, measure, why) in [
        (
            "eu-ai-act 19(1)",
            "retention.kept_184d",
            "no event is 184 days old",
        ),
        (
            "nist-ai-rmf MEASURE 4.3",
            "performance.metrics_followed",
            "the range is shorter than 30 days",
        ),
    ] {
        let found = criterion(clause, measure, &young);
        assert_eq!(found.outcome, OutcomeFacts::Vacuous, "{}", found.words);
        assert!(found.words.ends_with(why), "{}", found.words);
        assert_eq!(claim(state_of(clause, &young)), 0, "{clause}");
    }
}

/// The clauses that claim something though not all that their titles name is met.
fn claims_too_much(report: &Report, framework: &Framework) -> Vec<String> {
    let mut wrong = Vec::new();
    for clause in &framework.clauses {
        let found = report.clauses.iter().find(|found| found.id == clause.id);
        let found = found.expect("the clause");
        let pairs = clause.criteria.iter().zip(&found.criteria);
        let decisive: Vec<_> = pairs
            .filter(|(criterion, _)| criterion.held.as_ref().is_some_and(|held| held.decisive))
            .collect();
        assert!(
            clause.kind.is_none() || !decisive.is_empty(),
            "{}",
            clause.id
        );
        // Others of its clause may stand for one.
        let is_stood_for = |criterion: &Criterion, outcome| {
            let held = criterion.held.as_ref();
            held.is_some_and(|held| match outcome {
                OutcomeFacts::Shown => held.either.is_some(),
                OutcomeFacts::Vacuous => held.where_any,
                _ => false,
            })
        };
        let is_met = |finding: &CriterionFinding| finding.outcome == OutcomeFacts::Met;
        let are_met = decisive.iter().any(|(_, finding)| is_met(finding))
            && decisive.iter().all(|(criterion, finding)| {
                is_met(finding) || is_stood_for(criterion, finding.outcome)
            });
        if claim(found.state) > 0 && !are_met {
            wrong.push(format!(
                "{} {} is {:?}",
                framework.id, clause.id, found.state
            ));
        }
    }
    wrong
}

/// Reasons of vacuous criteria that name a measure which is not 0.
fn false_reasons(report: &Report, values: &BTreeMap<String, Value>) -> Vec<String> {
    let mut wrong = Vec::new();
    for found in report.clauses.iter().flat_map(|clause| &clause.criteria) {
        let is_vacuous = found.outcome == OutcomeFacts::Vacuous;
        let named = found.population.as_ref().map(|of| &of.measure);
        let named = named.filter(|of| found.words.ends_with(&nothing_of(of)));
        if let Some(named) = named.filter(|_| is_vacuous)
            && values.get(named) != Some(&Value::Count(0))
        {
            wrong.push(format!("{}: {}", found.measure, found.words));
        }
        assert!(!is_vacuous || found.words.contains("nothing to look at: "));
    }
    wrong
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A full ledger without some of its types, with a little of it said otherwise, and perhaps cut short.
    #[test]
    fn no_clause_claims_what_its_title_names_and_nothing_shows(
        spoilt in prop::collection::vec((any::<usize>(), 0..48_usize), 0..3),
        gone in prop::collection::btree_set(0..30_usize, 0..12),
        days in prop_oneof![Just(400_u64), 0..60_u64],
    ) {
        let ledger = full::spoilt(&spoilt);
        let types: std::collections::BTreeSet<_> =
            ledger.iter().map(|event| event.event_type.clone()).collect();
        let gone: Vec<_> = types.iter().enumerate()
            .filter(|(at, _)| gone.contains(at))
            .map(|(_, name)| name.as_str())
            .collect();
        let mut ledger = without(&ledger, &gone);
        ledger.retain(|event| event.day <= days);
        let subject = subject_from(0, &ledger);
        let values = subject.measures.0.iter();
        let values: BTreeMap<_, _> = values.map(|(name, of)| (name.clone(), of.value.clone())).collect();
        for (report, framework) in reports(&subject).iter().zip(mappings()) {
            prop_assert_eq!(claims_too_much(report, &framework), Vec::<String>::new());
            prop_assert_eq!(false_reasons(report, &values), Vec::<String>::new());
        }
    }
}

#[test]
fn nothing_is_evidenced_by_one_record_or_on_one_day() {
    let one = decision().and("producer_sequence", 1_u64).by("service");
    let whole = full::ledger();
    let released: Vec<_> = whole
        .iter()
        .take_while(|event| event.day == 0)
        .cloned()
        .collect();
    let old = [one.clone(), one.clone().on_day(400)];
    for ledger in [vec![one], released, old.to_vec()] {
        for (clause, state) in states(&ledger) {
            assert_ne!(state, State::Evidenced, "{clause}");
        }
    }
    let numbered = [decision().and("producer_sequence", 499_u64)];
    for clause in ["eu-ai-act 12(1)", "iso-42001 A.6.2.8"] {
        assert_eq!(claim(state_of(clause, &numbered)), 0, "{clause}");
        let late = criterion(clause, "gaps.sources_beginning_late", &numbered);
        assert_eq!(late.words, "1", "{clause}");
    }
}

/// A bound on the time between two of a thing says nothing where there is one.
#[test]
fn the_time_between_takes_two() {
    let note = told("com.example.note", &[]).by("desk");
    let review = told("log.review.v1", &[("reviewer", "l.audit".into())]).by("l.audit");
    let of = |ledger: &[Told]| {
        let measure = "reviews.longest_time_between";
        criterion("hipaa §164.312(b)", measure, ledger).outcome
    };
    let one = [note.clone(), review.clone()];
    assert_eq!(of(&one), OutcomeFacts::Vacuous);
    assert_eq!(claim(state_of("hipaa §164.312(b)", &one)), 0);
    let two = [note.clone(), review.clone(), review.clone().on_day(10)];
    assert_eq!(of(&two), OutcomeFacts::Met);
    // The end of the range shows that too much passed.
    let alone = [review, note.on_day(40)];
    assert_eq!(of(&alone), OutcomeFacts::NotMet);
    let time = told("com.example.note", &[]).by("desk");
    let backward = criterion(
        "pci-dss 10.6",
        "gaps.times_backward",
        &[time, full::attempt_of(1)],
    );
    assert_eq!(backward.outcome, OutcomeFacts::Met);
    let backward = criterion(
        "pci-dss 10.6",
        "gaps.times_backward",
        &[full::attempt_of(1)],
    );
    assert_eq!(backward.outcome, OutcomeFacts::Vacuous);
}

/// Nobody was answered or told yet, and nobody had to be.
#[test]
fn what_is_not_due_is_no_answer() {
    let request = |right: &str| {
        told(
            "privacy.request.received.v1",
            &[
                ("request_id", "r".into()),
                ("right", right.into()),
                ("received_at_ns", full::at(0).into()),
            ],
        )
    };
    let note = told("com.example.note", &[]).on_day(5);
    for (clause, right) in [
        ("eu-ai-act 86(1)", "explanation"),
        ("gdpr 15(1)", "access"),
        ("gdpr 17(1)", "erasure"),
        ("gdpr 12(3)", "access"),
    ] {
        let open = [request(right), note.clone()];
        assert_eq!(state_of(clause, &open), State::NotAssessable, "{clause}");
        let late = [request(right), note.clone().on_day(50)];
        assert_eq!(state_of(clause, &late), State::NotEvidenced, "{clause}");
    }
    let breach = told(
        "privacy.breach.v1",
        &[
            ("breach_id", "b".into()),
            ("aware_at_ns", full::at(0).into()),
        ],
    );
    let explained = breach.clone().and("delay_reason", "we look into it");
    for clause in ["gdpr 33(1)", "hipaa §164.404(b)"] {
        for breach in [&breach, &explained] {
            let open = [breach.clone(), note.clone().on_day(1)];
            assert_eq!(state_of(clause, &open), State::NotAssessable, "{clause}");
            let late = [breach.clone(), note.clone().on_day(90)];
            assert_eq!(state_of(clause, &late), State::NotEvidenced, "{clause}");
        }
    }
}
