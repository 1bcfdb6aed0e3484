//! Rules of retention, disposals, and what lies past its time.

use indelible_evidence::key_event::{
    RetentionAction, RetentionClock, RetentionParts, RetentionRule,
};

use super::story::{Shown, Story, event};
use crate::projections::record::PayloadState;

const DAY_SECONDS: u64 = 86_400;

fn rule(name: &str, after_days: u64) -> RetentionRule {
    RetentionRule {
        name: name.to_owned(),
        action: RetentionAction::Erase,
        parts: RetentionParts::All,
        after_days,
        clock: RetentionClock::Recorded,
        basis: "GDPR Art. 5(1)(e)".to_owned(),
        event_type: None,
        classification: None,
    }
}

/// What a random story keeps and lets go.
pub(super) fn kept(story: &mut Story, what: u8) -> u64 {
    match what % 4 {
        0 => story.trail(true),
        1 => story.trail(false),
        2 => story.retain(&[rule("old", u64::from(what / 64) + 1)]),
        _ => story.dispose("old"),
    }
}

#[test]
fn what_a_rule_covers_and_is_there_past_its_time_is_counted() {
    let mut story = Story::new();
    let mut typed = rule("b", 3);
    typed.event_type = Some("u".to_owned());
    typed.classification = Some("internal".to_owned());
    let mut payloads = rule("c", 1);
    payloads.parts = RetentionParts::Payloads;
    let mut said = rule("d", 1);
    said.clock = RetentionClock::Event;
    story.retain(&[rule("a", 10), typed, payloads, said]); // 0
    for shown in [Shown::Open, Shown::Sealed, Shown::Erased, Shown::Garbage] {
        story.tell(event("u", &[]).classified("internal").shown(shown)); // 1 to 4
    }
    story.tell(event("u", &[])); // 5: of another classification
    story.tell(event("t", &[]).classified("internal")); // 6: of another type
    story.wait(4 * DAY_SECONDS);
    story.tell(event("u", &[]).classified("internal")); // 7: too young
    let told = story.told();
    told.number("disposals.rules_in_force", 4);
    told.number("disposals.overdue_bodies", 3);
    told.counts("disposals.made", &[]);
    assert_eq!(
        told.row("disposals.rules", "b")[1..7],
        ["erase", "all", "3", "recorded", "u", "internal"]
    );
    // Ten days are long enough for all of the first day's.
    story.wait(8 * DAY_SECONDS);
    story.dispose("a"); // 8
    let told = story.told();
    told.number("disposals.overdue_bodies", 5 + 1);
    told.counts("disposals.made", &[8]);
    assert_eq!(told.row("disposals.made", "8")[2], "a");
    // Where no rule is in force any more, nothing is past its time.
    story.retain(&[]);
    let told = story.told();
    told.number("disposals.rules_in_force", 0);
    told.number("disposals.overdue_bodies", 0);
}

#[test]
fn what_was_left_out_may_be_past_its_time() {
    let mut story = Story::new();
    story.retain(&[rule("a", 1)]);
    story.tell(event("t", &[]).shown(Shown::Withheld));
    story.wait(3 * DAY_SECONDS);
    story.tell(event("t", &[]));
    let told = story.told();
    let measure = &told.projections.measures().0["disposals.overdue_bodies"];
    assert_eq!(measure.unread.count(), 1);
}

fn on_payloads(name: &str, after_days: u64) -> RetentionRule {
    RetentionRule {
        parts: RetentionParts::Payloads,
        ..rule(name, after_days)
    }
}

#[test]
fn payloads_that_are_past_their_time_or_gone_are_contents() {
    let mut story = Story::new();
    story.retain(&[on_payloads("p", 10)]); // 0
    for _ in 0..3 {
        story.tell(event("t", &[]).with_payload(PayloadState::There)); // 1 to 3
    }
    story.tell(event("t", &[])); // 4: has none
    story.wait(12 * DAY_SECONDS);
    story.tell(event("t", &[]).with_payload(PayloadState::There)); // 5: too young
    let told = story.told();
    told.number("disposals.overdue_bodies", 0);
    told.number("disposals.overdue_payloads", 3);
    told.number("disposals.overdue_contents", 3);
    // Bodies are all there, and half of the payloads are not.
    let mut story = Story::new();
    story.tell(event("t", &[]).with_payload(PayloadState::There)); // 0
    story.tell(event("t", &[]).with_payload(PayloadState::Erased)); // 1
    story.tell(event("t", &[]).with_payload(PayloadState::Archived)); // 2
    story.tell(event("t", &[]).with_payload(PayloadState::Missing)); // 3
    story.tell(event("t", &[])); // 4
    story.wait(200 * DAY_SECONDS);
    story.tell(event("t", &[]).with_payload(PayloadState::Withheld)); // 5
    let told = story.told();
    told.share("retention.kept_184d", 2, 4);
    told.counts("retention.contents_erased", &[1]);
    told.counts("retention.contents_archived", &[2]);
    let at_hand = told.measure("retention.at_hand_90d");
    assert_eq!(at_hand.unread.once, 1, "{at_hand:?}");
}

#[test]
fn what_a_disposal_erased_has_the_age_that_it_had_then() {
    let mut story = Story::new();
    story.retain(&[
        rule("old", 400),
        on_payloads("payloads", 30),
        rule("young", 30),
    ]); // 0
    story.tell(event("t", &[])); // 1
    story.wait(40 * DAY_SECONDS);
    story.dispose_of("payloads", 0..2); // 2: record 1 has none
    let told = story.told();
    told.counts("disposals.erased_younger_184d", &[]);
    told.counts("disposals.erasing", &[2]);
    story.dispose_of("young", 0..2); // 3
    let told = story.told();
    told.counts("disposals.erased_younger_184d", &[3]);
    told.counts("disposals.erased_younger_2192d", &[3]);
    // What is older than that is not young, whatever the rule would allow.
    let mut story = Story::new();
    story.retain(&[rule("old", 400), rule("young", 30)]); // 0
    story.tell(event("t", &[]).with_payload(PayloadState::Erased)); // 1
    story.wait(200 * DAY_SECONDS);
    story.tell(event("t", &[])); // 2
    story.dispose_of("young", 1..3); // 3: record 2 is not due
    let told = story.told();
    told.counts("disposals.erased_younger_184d", &[]);
    told.counts("disposals.erased_younger_366d", &[3]);
    assert_eq!(
        told.measure("disposals.erased_younger_184d").population,
        Some(1)
    );
}

#[test]
fn a_disposal_whose_rule_or_records_are_not_there_may_have_erased_what_was_young() {
    let mut story = Story::new();
    story.retain(&[rule("young", 30)]); // 0
    story.tell(event("t", &[])); // 1
    story.wait(40 * DAY_SECONDS);
    story.tell(event("t", &[])); // 2
    story.dispose_of("young", 0..2); // 3
    let late = story.fold(2..4).measures().0;
    assert_eq!(late["disposals.erased_younger_184d"].unread.once, 1);
    assert_eq!(late["disposals.erased_younger_184d"].population, Some(1));
    // What a hold on a person's key spares, nobody sees in the disposal.
    story.hold(1, Some(&[1]));
    let told = story.told();
    assert_eq!(told.measure("disposals.erased_younger_184d").unread.once, 1);
}
