//! What a criterion claims is so by the records, and by what a reader takes its words to mean.

use std::collections::BTreeMap;

use indelible_compliance::frameworks::SHIPPED;
use indelible_compliance::projections::catalogue::Catalogue;
use indelible_compliance::reports::{
    CriterionFinding, OutcomeFacts, State, ValueFacts,
    forms::{csv, text},
};

use crate::ledger::{Fact, Shown, Told, reports, state_of, subject_from, told};

/// The criterion of a clause on a measure.
pub(crate) fn criterion(clause: &str, measure: &str, ledger: &[Told]) -> CriterionFinding {
    let (framework, id) = clause.split_once(' ').expect("two names");
    let reports = reports(&subject_from(0, ledger));
    let mut clauses = reports
        .iter()
        .filter(|report| report.framework.id == framework)
        .flat_map(|report| &report.clauses);
    let clause = clauses.find(|clause| clause.id == id).expect("the clause");
    let mut criteria = clause.criteria.iter();
    let found = criteria.find(|one| one.measure == measure);
    found.expect("the criterion").clone()
}

fn outcome(clause: &str, measure: &str, ledger: &[Told]) -> OutcomeFacts {
    criterion(clause, measure, ledger).outcome
}

fn is(name: &str) -> Fact {
    name.into()
}

/// A breach that nobody was told of, and that is not due.
#[test]
fn what_is_not_due_is_not_said_to_be_done() {
    let aware = (crate::full::at(0)) + 1;
    let breach = told(
        "privacy.breach.v1",
        &[("breach_id", is("b")), ("aware_at_ns", aware.into())],
    );
    let ledger = [breach];
    for (clause, measure) in [
        ("gdpr 33(1)", "breaches.late_72h_unexplained"),
        ("hipaa §164.404(b)", "breaches.late_60d"),
    ] {
        let found = criterion(clause, measure, &ledger);
        assert_ne!(found.outcome, OutcomeFacts::NotMet, "{}", found.words);
        assert!(found.says.contains("known to be late"), "{}", found.says);
    }
}

/// Whatever is asked of deadlines says what stands open.
#[test]
fn no_sentence_on_a_deadline_claims_what_is_only_not_due() {
    for shipped in SHIPPED {
        let framework = shipped
            .read(&Catalogue::of_this_build())
            .expect("a mapping");
        let criteria = framework.clauses.iter().flat_map(|clause| &clause.criteria);
        for one in criteria.filter(|one| one.held.is_some()) {
            let on_deadlines = [
                "late",
                "in_time",
                "serious_told",
                "looked_after",
                "unexplained",
            ];
            let mut parts = on_deadlines.iter();
            let is_on_deadlines = parts.any(|part| one.measure.ends_with(part));
            let says = &one.says;
            let leaves_open = [
                "late",
                "due",
                "is not over",
                "as of the last record",
                "should have been",
            ];
            assert!(
                !is_on_deadlines || leaves_open.iter().any(|words| says.contains(words)),
                "{}: {says}",
                one.measure
            );
        }
    }
}

#[test]
fn who_recorded_a_release_must_be_known_to_be_another() {
    let release = |approver: &str| {
        told(
            "ai.model.released.v1",
            &[
                ("model", is("m")),
                ("model_version", is("1")),
                ("approved_by", is(approver)),
            ],
        )
    };
    let measure = "registry.models_approved_by_author";
    let of = |ledger: &[Told]| outcome("soc2 CC8.1", measure, ledger);
    assert_eq!(of(&[release("boss")]), OutcomeFacts::Undecided);
    assert_eq!(of(&[release("boss").by("clerk")]), OutcomeFacts::Met);
    assert_eq!(of(&[release("boss").by("boss")]), OutcomeFacts::NotMet);
    let both = [release("boss").by("boss"), release("boss")];
    assert_eq!(of(&both), OutcomeFacts::NotMet);
    let found = criterion("soc2 CC8.1", measure, &[release("boss")]);
    assert!(
        found.words.contains("leaves open what decides"),
        "{}",
        found.words
    );
}

fn attempt(behind: u64) -> Told {
    let attempt = crate::full::attempt_of(0);
    Told { behind, ..attempt }
}

/// How far clocks are apart is not left open because they are.
#[test]
fn clocks_that_are_apart_fail_the_criterion_on_clocks() {
    let measure = "gaps.greatest_clock_distance";
    let near = [attempt(0), attempt(60)];
    assert_eq!(outcome("pci-dss 10.6", measure, &near), OutcomeFacts::Met);
    let apart = [attempt(0), attempt(3_600)];
    let found = criterion("pci-dss 10.6", measure, &apart);
    assert_eq!(found.outcome, OutcomeFacts::NotMet, "{}", found.words);
    assert_eq!(state_of("pci-dss 10.6", &apart), State::NotEvidenced);
}

#[test]
fn a_distance_of_clocks_has_no_end_at_104_days() {
    let years = 3 * 365 * 86_400;
    let found = criterion(
        "pci-dss 10.6",
        "gaps.greatest_clock_distance",
        &[attempt(years)],
    );
    let ValueFacts::Span(span) = found.value else {
        panic!("{}", found.words);
    };
    assert_eq!(span.seconds, years);
}

/// A time that nanoseconds can't say is still to come all the same.
#[test]
fn a_time_beyond_all_nanoseconds_is_told() {
    let far = Told {
        own_time: Some("9999-12-31T00:00:00Z"),
        ..told("com.example.note", &[])
    };
    for report in reports(&subject_from(0, std::slice::from_ref(&far))) {
        let said = text::text(&report);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("gave it the time after "), "{said}");
        assert!(csv::criteria(&report).contains("event-times-ahead"));
    }
}

/// A score is no part of anything.
#[test]
fn a_risk_score_is_shown_as_it_was_given() {
    let scored = crate::counterexamples::decision().and("risk_score", "7.5");
    let found = criterion(
        "eu-ai-act 12(2)(a)",
        "decisions.greatest_risk_score",
        &[scored],
    );
    assert_eq!(found.words, "7.5");
    for report in reports(&subject_from(
        0,
        &[crate::counterexamples::decision().and("risk_score", "0.25")],
    )) {
        for form in [text::text(&report), csv::criteria(&report)] {
            assert!(!form.contains("of 1,000,000"), "{form}");
        }
    }
}

fn override_of(case: &str) -> Told {
    told(
        "ai.override.v1",
        &[("reviewer", is("a.berg")), ("system", is("credit"))],
    )
    .of(case)
    .with(&["original_output", "final_output"])
}

/// What was recorded before what it would answer answers nothing.
#[test]
fn an_override_before_its_decision_answers_none() {
    let decision = crate::counterexamples::decision().of("c");
    let clause = "eu-ai-act 14(4)(d)";
    let early = [override_of("c"), decision.clone()];
    let outside = "oversight.overrides_of_decisions_outside";
    assert_eq!(outcome(clause, outside, &early), OutcomeFacts::NotMet);
    let after = [decision.clone(), override_of("c")];
    assert_eq!(outcome(clause, outside, &after), OutcomeFacts::Met);
    let subject = subject_from(0, &early);
    let rate = &subject.measures.0["oversight.override_rate"];
    let none = indelible_compliance::projections::measure::Value::Share { part: 0, whole: 1 };
    assert_eq!(rate.value, none);
    assert!(rate.records.is_empty());
    let notice = |kind| told("privacy.notice.v1", &[("kind", is(kind))]).of("c");
    let told_of =
        |ledger: &[Told]| outcome("eu-ai-act 26(11)", "oversight.share_decisions_told", ledger);
    assert_eq!(
        told_of(&[notice("decision"), decision.clone()]),
        OutcomeFacts::NotMet
    );
    assert_eq!(
        told_of(&[decision.clone(), notice("use")]),
        OutcomeFacts::NotMet
    );
    assert_eq!(told_of(&[decision, notice("decision")]), OutcomeFacts::Met);
}

#[test]
fn whoever_was_told_before_an_incident_was_told_of_something_else() {
    let incident = |status: &str| {
        told(
            "ai.incident.v1",
            &[
                ("incident_id", is("i")),
                ("status", is(status)),
                ("severity", is("high")),
                ("serious", true.into()),
            ],
        )
    };
    let to = |whom: &str| {
        told(
            "ai.incident.reported.v1",
            &[("incident_id", is("i")), ("to", is(whom))],
        )
    };
    let people = |ledger: &[Told]| {
        let measure = "incidents.share_closed_serious_told_people";
        outcome("iso-42001 A.8.4", measure, ledger)
    };
    let early = [to("person"), incident("opened"), incident("closed")];
    assert_eq!(people(&early), OutcomeFacts::NotMet);
    let after = [incident("opened"), to("person"), incident("closed")];
    assert_eq!(people(&after), OutcomeFacts::Met);
    let early = [to("authority"), incident("opened")];
    let found = criterion("soc2 CC7.4", "incidents.share_serious_told", &early);
    assert_ne!(found.outcome, OutcomeFacts::Met, "{}", found.words);
}

fn of_agent(event_type: &str, agent: &str) -> Told {
    told(
        event_type,
        &[
            ("agent", is(agent)),
            ("by", is("m.rossi")),
            ("by_kind", is("human")),
        ],
    )
    .by("m.rossi")
}

/// An agent that is only known as the sender of what it does is seen all the same.
#[test]
fn an_agent_that_sends_its_acts_is_seen() {
    let act = crate::counterexamples::decision().by("bot");
    let seen = |ledger: &[Told]| {
        let subject = subject_from(0, ledger);
        subject.measures.0["agents.seen"].value.clone()
    };
    let one = indelible_compliance::projections::measure::Value::Count(1);
    assert_eq!(seen(&[of_agent("ai.agent.halted.v1", "bot"), act]), one);
    let violation = told(
        "ai.violation.v1",
        &[("kind", is("policy")), ("agent", is("bot"))],
    );
    assert_eq!(seen(&[violation]), one);
}

#[test]
fn to_halt_what_is_nowhere_shows_nothing() {
    let act = crate::counterexamples::decision().and("agent", "bot");
    let halts = |ledger: &[Told]| outcome("eu-ai-act 14(4)(e)", "agents.halts_by_human", ledger);
    let ghost = of_agent("ai.agent.halted.v1", "ghost");
    assert_eq!(halts(&[act.clone(), ghost.clone()]), OutcomeFacts::NotMet);
    let there = of_agent("ai.agent.halted.v1", "bot");
    assert_eq!(halts(&[act.clone(), there]), OutcomeFacts::Met);
    // What can't be read may be an act of it.
    let hidden = act.shown(Shown::Sealed);
    assert_eq!(halts(&[act, ghost, hidden]), OutcomeFacts::Undecided);
}

#[test]
fn what_was_not_halted_nothing_resumes() {
    let act = crate::counterexamples::decision().and("agent", "bot");
    let resumed =
        |ledger: &[Told]| outcome("eu-ai-act 14(4)(e)", "agents.resumed_without_human", ledger);
    let (halt, end) = (
        of_agent("ai.agent.halted.v1", "bot"),
        of_agent("ai.agent.resumed.v1", "bot"),
    );
    assert_eq!(resumed(&[act.clone(), end.clone()]), OutcomeFacts::Vacuous);
    assert_eq!(
        resumed(&[act.clone(), end.clone(), halt.clone()]),
        OutcomeFacts::Vacuous
    );
    assert_eq!(resumed(&[act, halt, end]), OutcomeFacts::Met);
}

/// A reader who finds one sentence twice finds one outcome.
#[test]
fn one_sentence_has_one_outcome_in_a_report() {
    for shipped in SHIPPED {
        let framework = shipped
            .read(&Catalogue::of_this_build())
            .expect("a mapping");
        let mut over = BTreeMap::new();
        let criteria = framework.clauses.iter().flat_map(|clause| &clause.criteria);
        for one in criteria {
            let Some(held) = &one.held else { continue };
            let key = (&one.measure, &one.says);
            let known = over
                .entry(key)
                .or_insert((&held.of, &held.threshold, held.every));
            assert_eq!(
                *known,
                (&held.of, &held.threshold, held.every),
                "{} {}: {}",
                framework.id,
                one.measure,
                one.says
            );
        }
    }
}

/// That an event does not fit its type is certain, whatever it would have been.
#[test]
fn what_does_not_fit_is_certain() {
    let misfit = told("ai.decision.v1", &[("result", is("pass"))]);
    for clause in ["eu-ai-act 12(1)", "iso-42001 8.1"] {
        let found = criterion(clause, "gaps.misfits", &[misfit.clone(), misfit.clone()]);
        assert_eq!(
            found.outcome,
            OutcomeFacts::NotMet,
            "{clause}: {}",
            found.words
        );
    }
}
