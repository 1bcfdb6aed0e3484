//! Retention over a store in memory, under a clock that the test moves: what a rule covers goes once its time has come, and
//! nothing else does.

mod any_rules;
mod archive_away;
mod archive_broken_off;
mod archive_erased;
mod archive_read_back;
mod archive_rig;
mod broken_off;
mod doubts;
mod meddled;
mod rig;
mod scrubbed;
mod two_rules;

use std::time::Duration;

use indelible_evidence::key_event::{
    Disposal, RetentionAction, RetentionClock, RetentionParts, RetentionRule, Span,
};

use self::rig::{DAY, Rig, by_actor, given, rule, verified_bundle};
use crate::{
    AppendError, ArchiveError, Disposed, Engine, KeyEventError, KeyStateError, Ledger, NoticeCode,
    RuleSurvey,
    operations::record_key_event::{self, Statement},
    tests::privacy::{payload, verified},
};

fn disposed(ledger: &Ledger) -> Disposed {
    ledger.dispose(&mut |_| {}).unwrap()
}

fn counts(survey: &RuleSurvey) -> (u64, u64, u64) {
    (survey.due.records, survey.held.records, survey.undated)
}

#[test]
fn what_a_rule_covers_goes_once_its_time_has_come_and_every_proof_stays() {
    let rig = Rig::new();
    let (engine, ledger) = rig.open();
    let plain = rig.append(&ledger, given("a", "in the clear"));
    let sealed = rig.append(&ledger, given("b", "of erika").of("erika"));
    let other = rig.append(&ledger, given("c", "of another type").typed("u"));
    ledger
        .set_retention(vec![rule("old").typed("t").after(2).made()], None)
        .unwrap();
    rig.pass(DAY);
    let survey = &ledger.preview_retention().unwrap()[0];
    assert_eq!(counts(survey), (0, 0, 0));
    let size = ledger.summary().size;
    assert_eq!(disposed(&ledger).sequences, [0_u64; 0]);
    assert_eq!(
        ledger.summary().size,
        size,
        "nothing is recorded for nothing"
    );

    rig.pass(DAY);
    let young = rig.append(&ledger, given("d", "of today").of("erika"));
    let survey = &ledger.preview_retention().unwrap()[0];
    assert_eq!(counts(survey), (2, 0, 0));
    assert_eq!(survey.due.ends, Some((plain, sealed)));
    assert!(survey.due.bytes > 0 && survey.due.times.is_some());
    assert_eq!(ledger.summary().size, size + 1, "a preview records nothing");

    let done = disposed(&ledger);
    assert_eq!((done.sequences.len(), done.records), (1, 2));
    let (record, complete) = ledger.disposals().unwrap().remove(0);
    assert!(complete);
    assert_eq!(
        (record.sequence, record.rule.name.as_str()),
        (done.sequences[0], "old")
    );
    for gone in [plain, sealed] {
        assert_eq!(rig.parts(&ledger, gone), (true, true), "{gone}");
        assert_eq!(payload(&ledger, gone), None);
    }
    for (kept, text) in [(other, "of another type"), (young, "of today")] {
        assert_eq!(payload(&ledger, kept).unwrap(), text.as_bytes());
        assert_eq!(by_actor(&ledger, text), [kept]);
    }
    assert!(by_actor(&ledger, "in the clear").is_empty());
    verified(&ledger);
    // A repeat is still known, and the person's key still seals.
    let again = rig.again(&ledger, given("a", "in the clear"));
    assert_eq!(again, plain);
    rig.append(&ledger, given("e", "a new one").of("erika"));
    // What is gone is not past its time: a second run has nothing to do.
    assert_eq!(disposed(&ledger).sequences, [0_u64; 0]);
    let report = verified_bundle(&ledger);
    assert_eq!(
        (report.bundle.bodies.erased, report.bundle.payloads.erased),
        (2, 2)
    );
    engine.drain().unwrap();
}

#[test]
fn a_rule_on_payloads_leaves_bodies_and_what_finds_them() {
    let rig = Rig::new();
    let (engine, ledger) = rig.open();
    let secret = given("a", "kept words").with("a long conversation");
    let plain = rig.append(&ledger, secret);
    let sealed = rig.append(&ledger, given("b", "of erika").of("erika"));
    let rule = rule("chats")
        .parts(RetentionParts::Payloads)
        .after(1)
        .made();
    ledger.set_retention(vec![rule], None).unwrap();
    rig.pass(2 * DAY);
    assert_eq!(disposed(&ledger).records, 2);
    for sequence in [plain, sealed] {
        assert_eq!(rig.parts(&ledger, sequence), (false, true));
    }
    assert_eq!(by_actor(&ledger, "kept words"), [plain]);
    assert_eq!(by_actor(&ledger, "of erika"), [sealed]);
    // The same event is a repeat, whatever its payload was.
    assert_eq!(rig.again(&ledger, secret), plain);
    verified(&ledger);
    let report = verified_bundle(&ledger);
    assert_eq!(
        (report.bundle.bodies.erased, report.bundle.payloads.erased),
        (0, 2)
    );
    engine.drain().unwrap();
}

#[test]
fn a_hold_stops_what_it_covers_and_one_on_the_ledger_stops_all() {
    let rig = Rig::new();
    let (engine, ledger) = rig.open();
    let plain = rig.append(&ledger, given("a", "x"));
    let held = rig.append(&ledger, given("b", "y").of("erika"));
    let other = rig.append(&ledger, given("c", "z").of("max"));
    ledger
        .set_retention(vec![rule("old").after(1).made()], None)
        .unwrap();
    rig.pass(2 * DAY);
    let (whole, _) = ledger.place_hold(None, None).unwrap();
    let refused = ledger.dispose(&mut |_| {}).unwrap_err();
    let held_by =
        |hold| KeyEventError::Append(AppendError::KeyState(KeyStateError::DisposalHeld { hold }));
    assert_eq!(refused.to_string(), held_by(whole).to_string());
    assert_eq!(counts(&ledger.preview_retention().unwrap()[0]), (0, 3, 0));
    let (erika, _) = ledger.place_hold(Some("erika"), None).unwrap();
    ledger.release_hold(whole).unwrap();
    assert_eq!(counts(&ledger.preview_retention().unwrap()[0]), (2, 1, 0));
    assert_eq!(disposed(&ledger).records, 2);
    assert_eq!(rig.parts(&ledger, held), (false, false));
    assert_eq!(payload(&ledger, held).unwrap(), b"y");
    for gone in [plain, other] {
        assert_eq!(rig.parts(&ledger, gone), (true, true));
    }
    verified(&ledger);
    let report = verified_bundle(&ledger);
    assert_eq!(report.bundle.bodies.erased, 2);
    // Released, it goes with the next run.
    ledger.release_hold(erika).unwrap();
    assert_eq!(disposed(&ledger).records, 1);
    assert_eq!(rig.parts(&ledger, held), (true, true));
    verified_bundle(&ledger);
    engine.drain().unwrap();
}

#[test]
fn an_age_counts_from_the_clock_that_the_rule_names() {
    let rig = Rig::new();
    let (engine, ledger) = rig.open();
    let (long_ago, today) = ("2001-01-01T00:00:00Z", rig.text_of_now());
    let old_news = rig.append(&ledger, given("a", "recorded now").at(long_ago));
    let undated = rig.append(&ledger, given("b", "says no time"));
    let sealed = rig.append(&ledger, given("c", "sealed").of("erika").at(long_ago));
    rig.pass(3 * DAY);
    let late = rig.append(&ledger, given("d", "said today, recorded later").at(&today));
    let by_event = rule("event").clock(RetentionClock::Event).after(5).made();
    let by_record = rule("recorded").typed("t").after(2).made();
    ledger.set_retention(vec![by_event.clone()], None).unwrap();
    let survey = &ledger.preview_retention().unwrap()[0];
    assert_eq!(counts(survey), (2, 0, 1));
    disposed(&ledger);
    for gone in [old_news, sealed] {
        assert_eq!(rig.parts(&ledger, gone), (true, true));
    }
    // Recorded long enough ago, and by its producer's word too young or of no age.
    for kept in [undated, late] {
        assert_eq!(rig.parts(&ledger, kept), (false, false), "{kept}");
    }
    verified_bundle(&ledger);
    ledger.set_retention(vec![by_record], None).unwrap();
    disposed(&ledger);
    assert_eq!(rig.parts(&ledger, undated), (true, true));
    assert_eq!(
        rig.parts(&ledger, late),
        (false, false),
        "it was recorded today"
    );
    ledger.set_retention(vec![by_event], None).unwrap();
    rig.pass(3 * DAY);
    disposed(&ledger);
    assert_eq!(
        rig.parts(&ledger, late),
        (true, true),
        "it was said six days ago"
    );
    verified(&ledger);
    verified_bundle(&ledger);
    engine.drain().unwrap();
}

#[test]
fn under_a_clock_that_is_not_believed_nothing_is_disposed_of() {
    let rig = Rig::new();
    let (engine, ledger) = rig.open();
    let kept = rig.append(&ledger, given("a", "x"));
    ledger
        .set_retention(vec![rule("old").after(365).made()], None)
        .unwrap();
    rig.jump(3_650 * DAY);
    for refused in [
        ledger.dispose(&mut |_| {}).map(drop),
        ledger.preview_retention().map(drop),
    ] {
        let refused = refused.unwrap_err();
        let is_clock = matches!(refused, KeyEventError::Append(AppendError::Clock(_)));
        assert!(is_clock, "{refused:?}");
    }
    assert_eq!(payload(&ledger, kept).unwrap(), b"x");
    assert_eq!(ledger.disposals().unwrap(), []);
    engine.drain().unwrap();
}

#[test]
fn what_is_due_goes_by_itself_and_what_can_t_go_is_told() {
    let rig = Rig::every(Duration::from_millis(20));
    let (engine, ledger) = rig.open();
    let gone = rig.append(&ledger, given("a", "x"));
    ledger
        .set_retention(vec![rule("old").after(1).made()], None)
        .unwrap();
    let told = || {
        let notices = engine.status().notices;
        notices
            .iter()
            .any(|notice| notice.code == NoticeCode::RetentionFailed)
    };
    // Not believed, the clock disposes of nothing, and that is told.
    rig.jump(3_650 * DAY);
    rig.until("it is not told", told);
    assert_eq!(rig.parts(&ledger, gone), (false, false));
    rig.jump(0);
    rig.until("it is told on", || !told());
    assert_eq!(rig.parts(&ledger, gone), (false, false));
    rig.pass(2 * DAY);
    rig.until("it does not go", || {
        ledger.disposals().unwrap().iter().any(|(_, done)| *done)
    });
    assert_eq!(rig.parts(&ledger, gone), (true, true));
    engine.drain().unwrap();
}

/// Records a disposal of the first records, as if it had been planned before something else came.
fn record(
    engine: &Engine,
    rule: &RetentionRule,
    to: u64,
) -> Result<crate::NewRange, KeyEventError> {
    let cell = engine.cell("l").unwrap();
    let statement = Statement::Disposal {
        statement: Disposal {
            origin: cell.origin().clone(),
            rule: rule.name.clone(),
            spans: vec![Span { from: 0, to }],
            archive: None,
        },
        rule: Box::new(rule.clone()),
    };
    record_key_event::record(&engine.core, &cell, &statement)
}

#[test]
fn what_came_between_plan_and_record_is_not_passed_over() {
    let rig = Rig::new();
    let (engine, ledger) = rig.open();
    rig.append(&ledger, given("a", "x"));
    let planned = rule("old").after(1).made();
    ledger.set_retention(vec![planned.clone()], None).unwrap();
    rig.pass(2 * DAY);
    let (hold, _) = ledger.place_hold(None, None).unwrap();
    let state = |error: KeyEventError| match error {
        KeyEventError::Append(AppendError::KeyState(error)) => error,
        other => panic!("{other:?}"),
    };
    let held = state(record(&engine, &planned, 3).unwrap_err());
    assert_eq!(held, KeyStateError::DisposalHeld { hold });
    ledger.release_hold(hold).unwrap();
    let longer = rule("old").after(400).made();
    ledger
        .set_retention(vec![longer], Some("kept longer".into()))
        .unwrap();
    let changed = state(record(&engine, &planned, 3).unwrap_err());
    assert_eq!(changed, KeyStateError::RuleChanged { rule: "old".into() });
    assert_eq!(ledger.disposals().unwrap(), []);
    engine.drain().unwrap();
}

#[test]
fn rules_that_this_version_can_t_carry_out_are_refused_by_name() {
    let rig = Rig::new();
    let (engine, ledger) = rig.open();
    let field = |rules| match ledger.set_retention(rules, None) {
        Err(KeyEventError::Field(violation)) => violation.field,
        other => panic!("{other:?}"),
    };
    let made = |change: &dyn Fn(&mut RetentionRule)| {
        let mut rule = rule("r").made();
        change(&mut rule);
        vec![rule]
    };
    assert_eq!(
        field(made(&|rule| rule.name = String::new())),
        "rules[0].name"
    );
    assert_eq!(
        field(made(&|rule| rule.name = "a\u{7}".into())),
        "rules[0].name"
    );
    assert_eq!(
        field(made(&|rule| rule.basis = String::new())),
        "rules[0].basis"
    );
    assert_eq!(
        field(made(&|rule| rule.after_days = 0)),
        "rules[0].after_days"
    );
    assert_eq!(
        field(made(&|rule| rule.after_days = u64::MAX)),
        "rules[0].after_days"
    );
    assert_eq!(
        field(made(&|rule| rule.event_type = Some(String::new()))),
        "rules[0].type"
    );
    let archive = |rule: &mut RetentionRule| rule.action = RetentionAction::Archive;
    let refused = ledger.set_retention(made(&archive), None);
    assert!(matches!(
        refused,
        Err(KeyEventError::Archive(ArchiveError::NotConfigured))
    ));
    assert_eq!(
        field(made(&|rule| rule.parts = RetentionParts::Bodies)),
        "rules[0].parts"
    );
    assert_eq!(field(vec![rule("a").made(), rule("a").made()]), "rules");
    let many = (0..33).map(|nth| rule(&format!("{nth}")).made()).collect();
    assert_eq!(field(many), "rules");
    let long = (0..20).map(|nth| rule(&format!("{nth}")).basis(&"x".repeat(1_000)).made());
    assert_eq!(field(long.collect()), "rules");
    // As many as there may be, in any order, have room.
    let most: Vec<_> = (0..32)
        .rev()
        .map(|nth| rule(&format!("{nth:02}")).made())
        .collect();
    ledger.set_retention(most, Some("x".repeat(1_024))).unwrap();
    assert_eq!(ledger.retention().len(), 32);
    assert!(ledger.retention().is_sorted_by(|a, b| a.name < b.name));
    // The other settings stayed, and none are left.
    ledger.set_retention(Vec::new(), None).unwrap();
    assert_eq!(ledger.retention(), []);
    engine.drain().unwrap();
}
