//! Times, logs and what is kept: ledgers that hide something, and the measures that show it.

use super::story::{Fact, NOON, SECOND, Shown, Story, event};
use crate::projections::measure::Value;

const DAY: u64 = 86_400;

#[test]
fn silence_does_not_stop_the_clock_of_a_request() {
    let mut story = Story::new();
    story.tell(
        event(
            "privacy.request.received.v1",
            &[("request_id", "r1".into())],
        )
        .with("right", "access")
        .with("received_at_ns", NOON),
    ); // 0
    story.tell(
        event(
            "privacy.request.received.v1",
            &[("request_id", "r2".into())],
        )
        .with("right", "objection"),
    ); // 1: since when?
    let told = story.told();
    told.counts("requests.late", &[]);
    assert_eq!(told.measure("requests.late").greatest(), Value::Count(1));
    told.counts("requests.objection_open_at_end", &[1]);
    // Nothing more is recorded, and the range is known to reach further.
    let mut silent = told.projections.clone();
    silent.reach(NOON + 200 * DAY * SECOND);
    let measures = silent.measures();
    assert_eq!(measures.0["requests.late"].records, [0, 1]);
    assert_eq!(measures.0["requests.access_late"].records, [0]);
}

#[test]
fn a_clock_that_was_ahead_stands_still_for_good() {
    let mut story = Story::new();
    let beat = |time: &str| event("com.example.beat", &[]).at(time);
    story.tell(beat("2026-03-01T12:00:00Z")); // 0
    story.wait(200 * DAY);
    story.tell(beat("2026-03-01T12:00:01Z")); // 1
    story.tell(beat("2026-03-04T12:00:01Z")); // 2
    story.tell(beat("2026-03-09T12:00:01Z")); // 3
    let told = story.told();
    told.number("records.same_time", 3);
    told.is("records.standstill", Value::Nanoseconds(8 * DAY * SECOND));
    assert_eq!(told.measure("records.standstill").records, [1]);
    told.share("records.share_of_days_with_live_events", 2, 201);
    told.is(
        "records.longest_gap",
        Value::Nanoseconds(200 * DAY * SECOND),
    );
    let mut cut = story.fold(0..2);
    crate::projections::pieces::Absorb::absorb(&mut cut, story.fold(2..4));
    assert_eq!(cut, told.projections);
}

#[test]
fn a_model_is_measured_all_the_time_that_it_is_used() {
    let used = |model: &str| {
        event("ai.performance.v1", &[("system", "credit".into())])
            .with("model", model)
            .with("model_version", "1")
    };
    let mut story = Story::new();
    for day in 0..100 {
        if day % 10 == 0 {
            story.tell(used("followed").with("metric.accuracy", "0.9"));
            story.tell(used("never"));
        }
        if day == 0 {
            story.tell(used("once").with("metric.accuracy", "0.01"));
        }
        story.wait(DAY);
    }
    story.tell(used("once"));
    let told = story.told();
    told.share("registry.share_models_measured_30d", 1, 3);
}

#[test]
fn the_ledger_s_own_records_and_imported_ones_are_nobody_s_acts() {
    let mut story = Story::new();
    let made = &[
        ("principal", "local".into()),
        ("framework", "gdpr".into()),
        ("report_id", "1".into()),
    ];
    story.tell(event("indelible.report.made.v1", made).from("urn:indelible:reports")); // 0
    story.tell(
        event("com.example.row", &[])
            .with("imported_from", "old")
            .at("2010-01-01T00:00:00Z")
            .from("urn:old"),
    ); // 1
    story.tell(event("com.example.beat", &[])); // 2
    let told = story.told();
    told.counts("records.own", &[0]);
    told.counts("records.imported", &[1]);
    told.counts("records.live", &[2]);
    told.number("gaps.sources", 1);
    told.not_computable("gaps.greatest_clock_distance");
    assert!(matches!(
        told.measure("gaps.imported_clock_distance").value,
        Value::Nanoseconds(_)
    ));
    told.counts("reviews.recorded", &[]);
}

#[test]
fn reads_are_unknown_where_there_was_no_trail() {
    let mut story = Story::new();
    story.tell(event("com.example.beat", &[])); // 0
    story.trail(true); // 1
    story.tell(event("com.example.beat", &[])); // 2
    let told = story.told();
    told.share("access.share_under_trail", 1, 2);
    told.is("access.trail_on", Value::Flag(false));
    let reads = told.measure("access.reads").greatest();
    assert!(matches!(reads, Value::NotComputable(_)), "{reads:?}");
    let later = super::ending::Ending {
        projections: story.fold(1..3),
    };
    later.is("access.trail_on", Value::Flag(true));
    assert_eq!(later.measure("access.reads").greatest(), Value::Count(0));
}

#[test]
fn what_was_erased_young_was_not_kept() {
    let mut story = Story::new();
    let letter = |shown: Shown| {
        let letter = event("com.example.letter", &[]).with("legal_basis", "none_unlawful");
        letter.about("ann", 1).shown(shown)
    };
    story.tell(letter(Shown::Erased)); // 0
    story.tell(letter(Shown::Open)); // 1
    story.tell(event("com.example.beat", &[]).with("retain_until_ns", NOON + DAY * SECOND)); // 2
    story.wait(10 * DAY);
    story.erase(&[1], "to hide evidence"); // 3
    story.wait(190 * DAY);
    story.tell(event("com.example.beat", &[])); // 4
    let told = story.told();
    told.share("retention.kept_184d", 2, 3);
    told.not_computable("retention.kept_366d");
    told.counts("subjects.erased_younger_184d", &[3]);
    told.counts("retention.kept_past_limit", &[2]);
    told.counts("subjects.without_known_basis", &[1]);
}

#[test]
fn reviews_are_people_s_and_of_records_that_were_there() {
    let review = |first: u64, last: u64, findings: u64| {
        event("log.review.v1", &[("reviewer", "hana".into())])
            .with("first", first)
            .with("last", last)
            .with("findings", findings)
    };
    let mut story = Story::new();
    for _ in 0..4 {
        story.tell(event("com.example.beat", &[])); // 0 to 3
    }
    story.tell(review(0, 1, 0)); // 4
    story.tell(review(1, 2, 2)); // 5
    story.tell(review(0, 900, 0)); // 6: looked into the future
    story.wait(9 * DAY);
    story.tell(event("com.example.beat", &[])); // 7
    let told = story.told();
    told.counts("reviews.recorded", &[4, 5]);
    told.counts("reviews.impossible", &[6]);
    told.share("reviews.share_of_records", 3, 8);
    told.share("reviews.share_of_days", 1, 10);
    told.counts("reviews.findings_without_incident", &[5]);
    told.is(
        "reviews.longest_time_between",
        Value::Nanoseconds(9 * DAY * SECOND),
    );
}

#[test]
fn a_source_says_how_long_it_is_never_silent_for() {
    let state = |state: &str| event("log.state.v1", &[("state", state.into())]).from("urn:a");
    let mut story = Story::new();
    story.tell(state("started").with("heartbeat_seconds", 60)); // 0
    story.wait(50);
    story.tell(event("com.example.beat", &[]).from("urn:a")); // 1
    story.told().number("logging.sources_silent", 0);
    story.wait(70);
    story.tell(state("failed")); // 2
    story.wait(500);
    story.told().number("logging.failures_open_at_end", 1);
    story.tell(state("recovered").with("heartbeat_seconds", 60)); // 3
    let told = story.told();
    told.number("logging.sources_silent", 1);
    told.counts("logging.failures_without_cause", &[2]);
    told.number("logging.failures_open_at_end", 0);
    told.is("logging.longest_failure", Value::Nanoseconds(500 * SECOND));
    for cut in 1..4 {
        let mut early = story.fold(0..cut);
        crate::projections::pieces::Absorb::absorb(&mut early, story.fold(cut..4));
        assert_eq!(early, told.projections, "{cut}");
    }
}

#[test]
fn breaches_consents_and_attempts_are_judged() {
    let breach = |facts: &[(&str, Fact)]| {
        let breach = event("privacy.breach.v1", facts);
        breach.with("breach_id", "b1")
    };
    let consent = |status: &str| {
        event("privacy.consent.v1", &[("consent_id", "c1".into())]).with("status", status)
    };
    let visit = |consent: &str| {
        event("com.example.visit", &[("legal_basis", "consent".into())]).with("consent_id", consent)
    };
    let mut story = Story::new();
    story.tell(breach(&[
        ("aware_at_ns", NOON.into()),
        ("high_risk", true.into()),
    ])); // 0
    story.tell(consent("given")); // 1
    story.tell(visit("c1")); // 2
    story.tell(consent("withdrawn")); // 3
    story.tell(visit("c1")); // 4
    story.tell(visit("never given")); // 5
    story.tell(event(
        "com.example.visit",
        &[("legal_basis", "consent".into())],
    )); // 6
    story.wait(73 * 3_600);
    story.tell(breach(&[("to", "authority".into())])); // 7
    let tried = event("access.attempt.v1", &[("principal", "eve".into())]);
    story.tell(tried.with("result", "denied").with("origin", "10.0.0.9")); // 8
    let told = story.told();
    told.counts("breaches.late_72h_unexplained", &[0]);
    told.share("breaches.share_in_time", 0, 1);
    told.counts("breaches.high_risk_not_told", &[0]);
    told.counts("consents.used_after_withdrawal", &[4]);
    told.counts("consents.used_unknown", &[5]);
    told.share("consents.share_naming_consent", 3, 4);
    told.counts("attempts.failed", &[8]);
    told.share("attempts.share_with_origin", 1, 1);
}

#[test]
fn a_producer_that_starts_anew_breaks_its_numbers() {
    let mut story = Story::new();
    for number in [5_000_u64, 5_001, 1, 2, 3, 1, 2, 3] {
        story.tell(event("com.example.beat", &[]).with("producer_sequence", number));
    }
    story.tell(event("com.example.beat", &[]).from("urn:quiet")); // 8
    let told = story.told();
    told.number("gaps.numbers_skipped", 0);
    told.counts("gaps.number_faults", &[2, 5]);
    told.share("gaps.share_numbered", 8, 9);
    told.share("gaps.share_with_time", 0, 9);
}

#[test]
fn the_ledger_s_own_key_is_no_person_s() {
    let mut story = Story::new();
    story.ledger_key(7); // 0
    let mut beat = event("com.example.beat", &[]);
    beat.data_key = Some(7);
    story.tell(beat.clone()); // 1
    story.tell(event("com.example.letter", &[]).about("ann", 1)); // 2
    let told = story.told();
    told.number("subjects.data_keys", 2);
    told.number("subjects.people_keys", 1);
    told.counts("subjects.on_people", &[2]);
    // What can't be read may name a person.
    story.tell(beat.shown(Shown::Sealed)); // 3
    let on_people = story.told().measure("subjects.without_known_basis");
    assert_eq!(on_people.greatest(), Value::Count(2));
}
