//! A report says which of its records have recorded times after that of the checkpoint over them.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use indelible_compliance::{
    frameworks::shipped,
    projections::catalogue::Catalogue,
    reports::{Asked, ClauseFinding, OutcomeFacts, Report, State, View, Whose, assess, forms},
    survey::{Question, survey},
};
use indelible_evidence::{
    Body, Domain, FactValue, RecordKind,
    body::ComponentDigest,
    bundle::{Selection, TarSource},
    verify::Trust,
};
use support::{Ledger, salt};

#[path = "../../evidence/tests/bundle/support.rs"]
#[expect(dead_code, reason = "the tests of the evidence crate use more of it")]
mod support;

const DAY: i64 = 86_400_000_000_000;

/// A report over a ledger.
fn report(ledger: &mut Ledger, asked: Asked) -> Report {
    let tar = ledger.bundle(Selection::Whole);
    let question = Question {
        asked,
        whose: Whose::Clients,
        view: View::Bodies,
        with_tables: false,
        as_of: None,
    };
    let trust = Trust::in_key(ledger.key());
    let (subject, _) = survey(TarSource::new(&tar[..]), &trust, question, &|_| ()).unwrap();
    let framework = shipped("eu-ai-act", None).unwrap();
    let framework = framework.read(&Catalogue::of_this_build()).unwrap();
    assess(&framework, &framework.select(&[]).unwrap(), &subject).unwrap()
}

#[test]
fn a_clock_that_was_ahead_is_told_in_every_form() {
    let mut ledger = Ledger::new("ahead", 1);
    ledger.events(5);
    let right = report(&mut ledger, Asked::Whole);
    assert_eq!(right.recorded_ahead, None);
    ledger.time_shift = 3_650 * DAY;
    let first = ledger.size();
    ledger.events(3);
    let size = ledger.size();
    let whole = report(&mut ledger, Asked::Whole);
    let ahead = whole.recorded_ahead.as_ref().unwrap();
    assert_eq!((ahead.first, ahead.records), (first, 3));
    let said = "when a checkpoint over them was signed. A checkpoint is signed after its records";
    let on_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for form in [
        forms::text::text(&whole),
        forms::html::html(&whole),
        String::from_utf8(forms::oscal::oscal(&whole).unwrap()).unwrap(),
    ] {
        assert!(on_one_line(&form).contains(said), "{form}");
    }
    let text = on_one_line(&forms::text::text(&whole));
    let when = format!(
        "The recorded times of 3 records from record {first} on are later than 15 January 2027 08:01:40 UTC,"
    );
    assert!(text.contains(&when), "{text}");
    let csv = forms::csv::criteria(&whole);
    assert!(
        csv.contains("recorded-ahead") && !csv.contains("no-caveats"),
        "{csv}"
    );
    // Of a range, what lies in it.
    let from = Asked::Records {
        from: first + 2,
        to: size,
    };
    let ahead = report(&mut ledger, from).recorded_ahead.unwrap();
    assert_eq!((ahead.first, ahead.records), (first + 2, 1));
    let before = Asked::Records { from: 0, to: first };
    assert_eq!(report(&mut ledger, before).recorded_ahead, None);
    // The limit stands first wherever one text has all of them.
    let (limit, rest) = whole
        .headline
        .split_once(" nor that all records of a time by the calendar are in a range by it. ")
        .unwrap();
    assert!(
        limit.starts_with("The recorded times of 3 records from record"),
        "{limit}"
    );
    // At the same size another checkpoint may be signed later, so a report is not named by it.
    let unsaid = Report {
        recorded_ahead: None,
        headline: rest.to_owned(),
        ..whole.clone()
    };
    let json = unsaid.to_json().unwrap();
    assert_eq!(Report::from_json(&json).unwrap().id, whole.id);
    assert_eq!(Report::from_json(&whole.to_json().unwrap()).unwrap(), whole);
}

/// A decision that leaves nothing out.
fn decide(ledger: &mut Ledger) {
    let sequence = ledger.size();
    let id = format!("decision-{sequence}");
    let digest = |component| ComponentDigest {
        component,
        algorithm: "sha256",
        value: &[7; 32],
    };
    let fact = |name, value| (name, FactValue::Text(value));
    let mut body = Body {
        id: &id,
        source: "tests/decisions",
        facts: vec![
            fact("system", "credit"),
            fact("result", "pass"),
            fact("model", "scorer"),
            fact("model_version", "1"),
            fact("policy", "lending"),
            fact("policy_version", "1"),
        ],
        digests: vec![digest("input"), digest("output")],
        ..Body::default()
    };
    let mut bytes = Vec::new();
    body.encode_into(&mut bytes).unwrap();
    let body = (salt(sequence, Domain::Body), bytes);
    ledger.event_with(body, None, |header| {
        if let RecordKind::Event(event) = &mut header.kind {
            event.event_type = "ai.decision.v1";
        }
    });
}

fn clause<'r>(report: &'r Report, id: &str) -> &'r ClauseFinding {
    report
        .clauses
        .iter()
        .find(|clause| clause.id == id)
        .unwrap()
}

/// A month of decisions. It ends before the checkpoint is signed, or was written within a minute by a clock that ran ahead.
fn month(ahead: bool) -> Ledger {
    const DAYS: i64 = 40;
    let mut ledger = Ledger::new("month", 1);
    for day in 0..DAYS {
        ledger.time_shift = if ahead { day * DAY } else { 0 };
        decide(&mut ledger);
    }
    ledger
}

#[test]
fn nothing_that_goes_by_a_clock_that_was_wrong_is_decided() {
    let report = report(&mut month(true), Asked::Whole);
    assert!(report.recorded_ahead.is_some());
    let traced = clause(&report, "12(2)(a)");
    let again = &traced.criteria[0];
    assert_eq!(again.outcome, OutcomeFacts::Undecided, "{}", again.words);
    let why = "it goes by recorded times, and those of 39 records are wrong: the ledger's clock was ahead of a checkpoint \
               over them";
    assert!(again.words.ends_with(why), "{}", again.words);
    // A wrong clock shows neither that something was done in time nor that it was not.
    assert_eq!(traced.state, State::NotAssessable, "{:?}", traced.why);
    for clause in &report.clauses {
        assert_ne!(
            clause.state,
            State::Evidenced,
            "{}: {:?}",
            clause.id,
            clause.why
        );
        for criterion in &clause.criteria {
            let by_day = criterion.measure.contains("share_of_days");
            let every = criterion
                .threshold
                .as_ref()
                .and_then(|threshold| threshold.every);
            let late =
                criterion.measure.ends_with("_late") || criterion.measure.contains("_in_time");
            if by_day || every.is_some() || late {
                let decided = [OutcomeFacts::Met, OutcomeFacts::NotMet];
                assert!(
                    !decided.contains(&criterion.outcome),
                    "{}: {}",
                    criterion.measure,
                    criterion.words
                );
            }
        }
    }
    let oscal = String::from_utf8(forms::oscal::oscal(&report).unwrap()).unwrap();
    assert!(!oscal.contains("\"state\":\"satisfied\""), "{oscal}");
}

/// The same decisions by a clock that was right say the same of all that does not go by time.
#[test]
fn what_goes_by_no_clock_is_decided_all_the_same() {
    let wrong = report(&mut month(true), Asked::Whole);
    let right = report(&mut month(false), Asked::Whole);
    assert_eq!(right.recorded_ahead, None);
    for measure in [
        "decisions.share_with_input_digest",
        "decisions.share_with_model_and_version",
    ] {
        let of = |report: &Report| {
            let criteria = clause(report, "12(2)(a)").criteria.iter();
            let found: Vec<_> = criteria
                .filter(|one| one.measure == measure)
                .map(|one| one.outcome)
                .collect();
            found
        };
        assert_eq!(of(&wrong), of(&right));
        assert_eq!(of(&wrong), [OutcomeFacts::Met]);
    }
    let again = &clause(&right, "12(2)(a)").criteria[0];
    assert!(!again.words.contains("recorded times"), "{}", again.words);
}
