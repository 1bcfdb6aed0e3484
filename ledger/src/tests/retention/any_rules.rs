//! Whatever the rules are, and whatever is held: what goes is what a rule covers, is past its age, and is under no hold.

use indelible_compliance::time::shortest;
use indelible_evidence::key_event::{RetentionClock, RetentionParts, RetentionRule};
use proptest::prelude::*;

use super::rig::{DAY, Rig, given, rule, verified_bundle};
use crate::tests::privacy::verified;

const TYPES: [&str; 2] = ["t", "u"];
const CLASSES: [Option<&str>; 2] = [None, Some("internal")];
const SUBJECTS: [Option<&str>; 3] = [None, Some("erika"), Some("max")];

/// An event, and how many days before the end it is recorded, and said to have happened.
#[derive(Clone, Debug)]
struct Any {
    event_type: usize,
    class: usize,
    subject: usize,
    recorded_days: u64,
    said_days: Option<u64>,
}

fn any_event() -> impl Strategy<Value = Any> {
    let said = prop::option::of(0..9_u64);
    (0..2_usize, 0..2_usize, 0..3_usize, 0..7_u64, said).prop_map(
        |(event_type, class, subject, recorded_days, said_days)| Any {
            event_type,
            class,
            subject,
            recorded_days,
            said_days,
        },
    )
}

fn any_rule() -> impl Strategy<Value = RetentionRule> {
    let of = (
        prop::option::of(0..2_usize),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    );
    (of, 1..8_u64).prop_map(|((event_type, classified, by_event, payloads), days)| {
        let clock = match by_event {
            true => RetentionClock::Event,
            false => RetentionClock::Recorded,
        };
        let parts = match payloads {
            true => RetentionParts::Payloads,
            false => RetentionParts::All,
        };
        let mut rule = rule("r").after(days).clock(clock).parts(parts).made();
        rule.event_type = event_type.map(|nth| TYPES[nth].to_owned());
        rule.classification = classified.then(|| "internal".to_owned());
        rule
    })
}

/// Whether a rule takes the body, and the payload, of an event under no hold.
fn takes(rule: &RetentionRule, event: &Any) -> (bool, bool) {
    let is_of_type = rule
        .event_type
        .as_deref()
        .is_none_or(|wanted| wanted == TYPES[event.event_type]);
    let is_of_class = rule.classification.is_none() || CLASSES[event.class].is_some();
    // An hour passes at the end, so a day more is a day and an hour.
    let days = match rule.clock {
        RetentionClock::Recorded => Some(event.recorded_days),
        RetentionClock::Event => event.said_days,
    };
    let is_old = days.is_some_and(|days| days >= rule.after_days);
    let takes = is_of_type && is_of_class && is_old;
    (takes && rule.parts == RetentionParts::All, takes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_goes_is_covered_and_old_enough_and_under_no_hold(
        mut events in prop::collection::vec(any_event(), 1..12),
        mut rules in prop::collection::vec(any_rule(), 1..4),
        held in prop::option::of(1..3_usize),
    ) {
        events.sort_by_key(|event| std::cmp::Reverse(event.recorded_days));
        for (nth, rule) in rules.iter_mut().enumerate() {
            rule.name = format!("rule {nth}");
        }
        let rig = Rig::new();
        let end = rig.now() + 7 * DAY;
        let (engine, ledger) = rig.open();
        let mut day = 7;
        let mut sequences = Vec::new();
        for (nth, event) in events.iter().enumerate() {
            rig.pass((day - event.recorded_days) * DAY);
            day = event.recorded_days;
            let said = event.said_days.map(|days| shortest(end - days * DAY));
            let id = format!("{nth}");
            let mut wanted = given(&id, "words")
                .typed(TYPES[event.event_type])
                .classified(CLASSES[event.class]);
            if let Some(subject) = SUBJECTS[event.subject] {
                wanted = wanted.of(subject);
            }
            if let Some(said) = &said {
                wanted = wanted.at(said);
            }
            sequences.push(rig.append(&ledger, wanted));
        }
        rig.pass(day * DAY + DAY / 24);
        ledger.set_retention(rules.clone(), None).unwrap();
        let held = held.filter(|nth| events.iter().any(|event| event.subject == *nth));
        if let Some(nth) = held {
            ledger.place_hold(SUBJECTS[nth], None).unwrap();
        }
        ledger.dispose(&mut |_| {}).unwrap();
        for (event, sequence) in events.iter().zip(&sequences) {
            let is_held = held == Some(event.subject);
            let gone = rules.iter().map(|rule| takes(rule, event));
            let gone = gone.fold((false, false), |a, b| (a.0 || b.0, a.1 || b.1));
            let expected = if is_held { (false, false) } else { gone };
            prop_assert_eq!(rig.parts(&ledger, *sequence), expected, "{:?}", event);
        }
        verified(&ledger);
        verified_bundle(&ledger);
        engine.drain().unwrap();
    }
}
