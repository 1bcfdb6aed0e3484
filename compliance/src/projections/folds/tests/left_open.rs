//! What stands open until a range ends, what came before it began, and what is hidden between two records.

use super::story::{NOON, SECOND, Shown, Story, Told, event};
use crate::projections::{
    folds::Projections,
    measure::{Measure, Value},
};

const DAY: u64 = 86_400;

fn measure(projections: &Projections, name: &str) -> Measure {
    projections.measures().0[name].clone()
}

/// Nothing more is recorded until the range ends.
#[test]
fn what_stands_open_does_so_until_the_range_ends() {
    let mut story = Story::new();
    story.tell(
        event("log.state.v1", &[("state", "started".into())]).with("heartbeat_seconds", 3_600_u64),
    ); // 0
    story.tell(
        event("privacy.request.received.v1", &[("request_id", "r".into())])
            .with("right", "access")
            .with("received_at_ns", NOON),
    ); // 1
    story.tell(
        event("ai.incident.v1", &[("incident_id", "i".into())])
            .with("status", "opened")
            .with("severity", "high")
            .with("serious", true)
            .with("aware_at_ns", NOON),
    ); // 2
    story.tell(event("privacy.breach.v1", &[("breach_id", "b".into())]).with("aware_at_ns", NOON)); // 3
    story.tell(event("log.review.v1", &[("reviewer", "l.audit".into())])); // 4
    let names = [
        "requests.late",
        "requests.access_late",
        "incidents.serious_told_late",
        "breaches.late_72h",
        "breaches.late_72h_unexplained",
        "breaches.late_60d",
        "logging.sources_silent",
    ];
    let mut projections = story.told().projections;
    for name in names {
        assert_eq!(measure(&projections, name).value, Value::Count(0), "{name}");
    }
    let nothing_due = measure(&projections, "requests.share_in_time");
    assert!(matches!(nothing_due.value, Value::NotComputable(_)));
    assert_eq!(nothing_due.population, Some(0));
    projections.reach(NOON + 200 * DAY * SECOND);
    for name in names {
        assert_eq!(measure(&projections, name).value, Value::Count(1), "{name}");
    }
    let share = |part, whole| Value::Share { part, whole };
    for (name, value) in [
        ("requests.access_share_in_time", share(0, 1)),
        ("breaches.share_notified_in_time", share(0, 1)),
        ("breaches.share_told_in_time", share(0, 1)),
        ("records.share_of_days_with_live_events", share(1, 201)),
        ("reviews.share_of_days", share(1, 201)),
        (
            "reviews.longest_time_between",
            Value::Nanoseconds(200 * DAY * SECOND),
        ),
        ("records.span", Value::Nanoseconds(200 * DAY * SECOND)),
    ] {
        assert_eq!(measure(&projections, name).value, value, "{name}");
    }
}

/// A report, an opening and a key event are records, and nothing that a review covers.
#[test]
fn making_a_report_lowers_no_share_of_what_was_reviewed() {
    let mut story = Story::new();
    let own = || {
        event("indelible.report.made.v1", &[("principal", "local".into())])
            .with("framework", "pci-dss")
            .with("report_id", "r")
            .from("urn:indelible:access")
    };
    story.trail(true); // 0
    for _ in 0..4 {
        story.tell(event("com.example.note", &[])); // 1, 3, 5, 7
        story.tell(own()); // 2, 4, 6, 8
    }
    let review = |first: u64, last: u64| {
        event("log.review.v1", &[("reviewer", "l.audit".into())])
            .with("first", first)
            .with("last", last)
    };
    story.tell(review(0, 5)); // 9: three notes of five events
    let share = |part, whole| Value::Share { part, whole };
    let name = "reviews.share_of_records";
    story.told().is(name, share(3, 5));
    story.tell(own());
    story.kek(3);
    story.told().is(name, share(3, 5));
    for cut in 0..story.len() {
        let mut states = story.fold(0..cut);
        crate::projections::pieces::Absorb::absorb(&mut states, story.fold(cut..story.len()));
        assert_eq!(measure(&states, name).value, share(3, 5), "{cut}");
    }
    // Whoever reviews nothing but reports reviewed nothing.
    let mut story = Story::new();
    for _ in 0..9 {
        story.tell(own());
    }
    story.tell(event("com.example.note", &[]));
    story.tell(review(0, 8));
    story.told().is(name, share(0, 2));
}

/// A reason goes with a notification, and stands for none.
#[test]
fn a_breach_that_nobody_was_notified_of_is_not_explained() {
    let breach = |to: Option<&str>| {
        let told = event("privacy.breach.v1", &[("breach_id", "b".into())])
            .with("aware_at_ns", NOON)
            .with("delay_reason", "we looked into it");
        match to {
            Some(to) => told.with("to", to),
            None => told,
        }
    };
    for (to, unexplained) in [(None, 1), (Some("person"), 1), (Some("authority"), 0)] {
        let mut story = Story::new();
        story.wait(10 * DAY);
        story.tell(breach(to));
        story.wait(10 * DAY);
        story.tell(event("com.example.note", &[]));
        let told = story.told();
        told.number("breaches.late_72h", 1);
        told.number("breaches.late_72h_unexplained", unexplained);
    }
}

/// Each record that another one names, and the measure that would speak against a clause if it were not there.
#[test]
fn what_is_hidden_or_came_before_accuses_nobody() {
    let mut story = Story::new();
    let override_of = |case: &str| {
        event("ai.override.v1", &[("reviewer", "a.berg".into())])
            .correlated(case)
            .with_digests(&["original_output", "final_output"])
    };
    let decision = event("ai.decision.v1", &[("system", "credit".into())])
        .with("result", "pass")
        .with("agent", "scorer")
        .with("model", "m")
        .with("model_version", "1")
        .correlated("case");
    story.tell(event("ai.model.released.v1", &[("model", "m".into())]).with("model_version", "1")); // 0
    story.tell(event("ai.agent.declared.v1", &[("agent", "scorer".into())]).with("operator", "x")); // 1
    story.tell(decision); // 2
    story.tell(override_of("case")); // 3
    let halt = |kind: &str| {
        event(
            &format!("ai.agent.{kind}.v1"),
            &[("agent", "scorer".into())],
        )
        .with("by", "x")
        .with("by_kind", "human")
    };
    story.tell(halt("halted")); // 4
    story.tell(halt("resumed")); // 5
    story.tell(
        event("ai.tool_call.v1", &[("agent", "scorer".into())])
            .with("tool", "pay")
            .with("result", "ok"),
    ); // 6
    for (hidden, name) in [
        (0, "registry.models_used_before_release"),
        (1, "agents.seen_undeclared"),
        (2, "oversight.overrides_of_decisions_outside"),
        (5, "agents.acts_while_halted"),
    ] {
        story.told().number(name, 0);
        let mut closed = story.clone();
        closed.show(|at| (at == hidden).then_some(Shown::Sealed));
        let found = measure(&closed.told().projections, name);
        assert_eq!(found.value, Value::Count(1), "{name}");
        let least = found.least();
        assert_ne!(least, Value::Count(1), "{name} is certain");
    }
    let late = story.fold(2..story.len());
    for name in [
        "registry.models_used_before_release",
        "agents.seen_undeclared",
    ] {
        let found = measure(&late, name);
        assert_eq!(found.value, Value::Count(1), "{name}");
        assert!(found.unread.earlier, "{name}");
    }
}

/// A start and nothing after it shows no silence; nor do numbers and times of which there is one.
#[test]
fn what_takes_two_is_taken_of_nothing_where_there_is_one() {
    let note = |number: u64| {
        event("com.example.note", &[])
            .with("producer_sequence", number)
            .at("2026-03-01T12:00:00Z")
    };
    let mut story = Story::new();
    story.tell(
        event("log.state.v1", &[("state", "started".into())]).with("heartbeat_seconds", 3_600_u64),
    );
    story.tell(note(499).from("urn:other"));
    let of = |story: &Story, name: &str| measure(&story.told().projections, name).population;
    for name in [
        "gaps.number_faults",
        "gaps.times_backward",
        "logging.sources_silent",
    ] {
        assert_eq!(of(&story, name), Some(0), "{name}");
    }
    story.told().number("gaps.sources_beginning_late", 1);
    story.wait(2 * 3_600);
    story.tell(note(500).from("urn:other"));
    for name in [
        "gaps.number_faults",
        "gaps.times_backward",
        "logging.sources_silent",
    ] {
        assert_eq!(of(&story, name), Some(1), "{name}");
    }
}

/// An act that nobody can read may show whom it names and whoever sent it; what says that a name is an agent's may show
/// that this one sent others.
#[test]
fn one_hidden_event_may_show_more_than_one_agent() {
    let halt = event("ai.agent.halted.v1", &[("agent", "bot-1".into())])
        .with("by", "hana")
        .with("by_kind", "human");
    let act = event("ai.decision.v1", &[("system", "credit".into())])
        .with("result", "pass")
        .with("agent", "bot-2")
        .by("bot-1");
    let of = |events: [&Told; 2], name: &str| {
        let mut story = Story::new();
        for event in events {
            story.tell(event.clone());
        }
        measure(&story.told().projections, name)
    };
    let (hidden_halt, hidden_act) = (
        halt.clone().shown(Shown::Sealed),
        act.clone().shown(Shown::Sealed),
    );
    for name in ["agents.seen", "agents.seen_undeclared"] {
        let open = of([&halt, &act], name);
        assert_eq!((open.value, open.unread.count()), (Value::Count(2), 0));
        for events in [[&hidden_halt, &act], [&halt, &hidden_act]] {
            let less = of(events, name);
            let Value::Count(greatest) = less.greatest() else {
                panic!("{name}: {less:?}");
            };
            assert!(greatest >= 2, "{name}: {less:?}");
            // It is one event, whatever it may show.
            assert_eq!(less.unread.count(), 1, "{name}");
        }
    }
}
