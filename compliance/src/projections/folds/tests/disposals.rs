//! Rules of retention, disposals, and what lies past its time.

use indelible_evidence::key_event::{
    RetentionAction, RetentionClock, RetentionParts, RetentionRule,
};

use super::story::{Shown, Story, event};

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
