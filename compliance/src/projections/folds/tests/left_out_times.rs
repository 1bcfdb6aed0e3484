//! Times that may be left out, and what is not said of an event that leaves one out; times that no state can hold.

use super::story::{NOON, SECOND, Story, Told, event};
use crate::projections::measure::Value;

fn request(kind: &str, id: &str) -> Told {
    event(
        &format!("privacy.request.{kind}.v1"),
        &[("request_id", id.into())],
    )
}

fn received(id: &str) -> Told {
    request("received", id).with("right", "access")
}

fn answered(id: &str) -> Told {
    request("answered", id).with("outcome", "fulfilled")
}

#[track_caller]
fn why(story: &Story, name: &str) -> String {
    match story.told().measure(name).value {
        Value::NotComputable(why) => why,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn a_request_that_was_answered_is_not_called_unanswered() {
    let mut story = Story::new();
    story.tell(received("r1"));
    for name in ["requests.share_in_time", "requests.access_share_in_time"] {
        assert!(
            why(&story, name).ends_with("1 request is open; when it came in is not recorded")
                || why(&story, name)
                    == "1 request for access is open; when it came in is not recorded"
        );
    }
    story.tell(answered("r1"));
    let name = "requests.share_in_time";
    assert_eq!(
        why(&story, name),
        "1 request was answered; when it came in is not recorded"
    );
    assert_eq!(
        why(&story, "requests.erasure_share_in_time"),
        "no request for erasure was answered after it came in, and none is due"
    );
    story.tell(received("r2"));
    story.tell(answered("r2"));
    story.tell(received("r3"));
    assert_eq!(
        why(&story, name),
        "2 requests were answered; when they came in is not recorded; 1 request is open; when it came in is not recorded"
    );
}

#[test]
fn a_request_of_which_nobody_knows_the_answer_is_not_called_unanswered() {
    let mut story = Story::new();
    story.tell(answered("r1"));
    story.wait(10);
    story.tell(received("r1").with("received_at_ns", NOON + 5 * SECOND));
    let early = "no request is known to have been answered after it came in";
    let name = "requests.share_with_answer_digest";
    assert_eq!(why(&story, name), early);
    story.tell(answered("r1"));
    assert_eq!(why(&story, name), early);
    assert_eq!(
        why(&story, "requests.share_in_time"),
        "1 request has several answers, the first of them from before it came in, so it is not known which counts"
    );
}

fn breach(to: &str) -> Told {
    event(
        "privacy.breach.v1",
        &[("breach_id", "b".into()), ("to", to.into())],
    )
}

#[test]
fn a_breach_that_was_told_of_is_not_called_untold() {
    let names = [
        "breaches.share_notified_in_time",
        "breaches.share_told_in_time",
    ];
    let mut story = Story::new();
    story.tell(breach("authority"));
    assert_eq!(
        names.map(|name| why(&story, name)),
        [
            "an authority was told of 1 breach; when it became known is not recorded",
            "no person concerned was told of a breach, and the time for it is over for none",
        ]
    );
    story.tell(breach("person"));
    assert_eq!(
        why(&story, names[1]),
        "the people concerned were told of 1 breach; when it became known is not recorded"
    );
    let mut story = Story::new();
    story.wait(10);
    story.tell(
        breach("authority")
            .with("notified_at_ns", NOON)
            .with("aware_at_ns", NOON + SECOND),
    );
    assert_eq!(
        why(&story, names[0]),
        "an authority was told of 1 breach before it became known, by what is recorded"
    );
}

#[test]
fn an_incident_that_may_be_due_is_not_called_not_due() {
    let mut story = Story::new();
    let name = "incidents.share_serious_told";
    let incident = event(
        "ai.incident.v1",
        &[("incident_id", "i".into()), ("status", "opened".into())],
    );
    let serious = incident.with("severity", "high").with("serious", true);
    story.tell(serious);
    assert_eq!(
        why(&story, name),
        "no authority was told of 1 serious incident; since when it is known, or what harm it did, is not recorded"
    );
}

/// A time before 1970 is one, and so is one that nanoseconds can't count.
#[test]
fn a_time_that_no_state_can_hold_is_no_missing_time() {
    let note = || event("com.example.note", &[]).from("urn:a");
    let mut story = Story::new();
    story.tell(note().at("2026-03-01T12:00:00Z"));
    story.tell(note().at("1969-12-31T23:59:59Z"));
    story.tell(note().at("9999-12-31T23:59:59Z"));
    let told = story.told();
    told.share("gaps.share_with_time", 3, 3);
    told.number("gaps.times_unreadable", 0);
    told.counts("gaps.times_backward", &[1]);
    told.is(
        "gaps.greatest_clock_distance",
        Value::Nanoseconds(u64::MAX - NOON),
    );
    story.tell(note().at("1969-13-31T23:59:59Z"));
    let told = story.told();
    told.share("gaps.share_with_time", 3, 4);
    told.counts("gaps.times_unreadable", &[3]);
}

/// Without a trail an opening leaves no trace: that none is recorded is no number of openings.
#[test]
fn a_ledger_without_a_trail_does_not_tell_that_nothing_was_opened() {
    let names = [
        "access.reads",
        "access.without_purpose",
        "access.reads_by_local",
        "access.records_opened",
        "access.principals",
    ];
    let beat = || event("com.example.beat", &[]);
    let mut story = Story::new();
    story.trail(false);
    story.tell(beat());
    for name in names {
        assert_eq!(
            why(&story, name),
            "the ledger kept no access trail for these events, so who opened what is not recorded"
        );
        assert_eq!(story.told().measure(name).unread.count(), 0);
    }
    story.trail(true);
    story.tell(beat());
    for name in names {
        assert_eq!(
            why(&story, name),
            "for 1 of 2 events it is not recorded that an access trail was kept, so who opened what is not recorded"
        );
    }
    let mut story = Story::new();
    story.trail(true);
    story.tell(beat());
    story.told().number("access.reads", 0);
}

#[test]
fn decisions_that_are_not_there_are_not_called_unreadable() {
    let mut story = Story::new();
    story.trail(false);
    let names = [
        "decisions.share_failed",
        "oversight.override_rate",
        "oversight.share_decisions_told",
    ];
    for name in names {
        assert_eq!(
            why(&story, name),
            "no client's event tells of a decision",
            "{name}"
        );
    }
    story.tell(event("ai.decision.v1", &[("result", "pass".into())]));
    for name in names {
        assert_eq!(
            why(&story, name),
            "no client's event that tells of a decision can be read and fits its type",
            "{name}"
        );
    }
}

/// That nothing can be read is not said where there is nothing.
#[test]
fn nothing_is_not_called_unreadable() {
    let mut story = Story::new();
    story.trail(false);
    for name in [
        "gaps.share_numbered",
        "gaps.share_with_time",
        "records.share_with_actor",
    ] {
        assert_eq!(
            why(&story, name),
            "no live event is among these records",
            "{name}"
        );
    }
    let closed = event("com.example.beat", &[]).shown(super::story::Shown::Sealed);
    story.tell(closed);
    for name in [
        "gaps.share_numbered",
        "gaps.share_with_time",
        "records.share_with_actor",
    ] {
        assert_eq!(
            why(&story, name),
            "no live event among these records can be read",
            "{name}"
        );
    }
}
