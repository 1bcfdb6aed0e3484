//! What was recorded, keys, retention, gaps; and runs that can't be folded.

use indelible_evidence::{EventHeader, Header, RecordKind, hash::Commitment};

use super::story::{SECOND, Shown, Story, Told, event};
use crate::projections::{
    fold_run::{BodyBytes, FoldError, FoldRun},
    folds::{FoldName, Projections, StateError},
    measure::Value,
};

#[test]
fn records_are_counted_by_type_and_day() {
    let mut story = Story::new();
    story.kek(1);
    story.tell(event("com.example.a", &[]));
    story.wait(86_400);
    story.tell(event("com.example.b", &[]).shown(Shown::Missing));
    story.tell(event("com.example.a", &[]));
    let told = story.told();
    told.counts("records.events", &[1, 2, 3]);
    told.counts("records.key_events", &[0]);
    told.number("records.types", 2);
    told.number("records.days_with_events", 2);
    told.is("records.span", Value::Nanoseconds(86_400 * SECOND));
    assert_eq!(told.row("records.by_type", "com.example.a")[1], "2");
    assert_eq!(told.row("records.by_day", "2026-03-02")[1], "2");
    assert_eq!(told.projections.ends(), Some((0, 3)));
}

#[test]
fn nothing_says_nothing() {
    let told = Story::new().told();
    for name in [
        "records.span",
        "decisions.share_failed",
        "oversight.override_rate",
        "agents.coverage",
    ] {
        told.not_computable(name);
    }
    told.number("records.events", 0);
    assert_eq!(told.projections.ends(), None);
}

#[test]
fn key_events_are_told_and_malformed_ones_counted() {
    let mut story = Story::new();
    story.kek(0xab);
    story.malformed_key_event();
    story.hold(1, None);
    story.erase(&[1, 2], "contract ended");
    let told = story.told();
    told.counts("custody.kek_changes", &[0]);
    told.counts("custody.epochs", &[1]);
    told.counts("custody.malformed_statements", &[1]);
    told.counts("custody.holds", &[2]);
    told.counts("custody.erasures", &[3]);
    let kek = format!("provider aws-kms; KEK {}", "ab".repeat(16));
    assert_eq!(
        told.row("custody.key_events", "0")[2..],
        ["kek", kek.as_str()]
    );
    assert_eq!(
        told.row("custody.key_events", "1")[2..],
        ["epoch", "the statement is malformed"]
    );
    let hold = format!("hold {} on the whole ledger; case 12", "01".repeat(16));
    assert_eq!(told.row("custody.key_events", "2")[3], hold);
    assert_eq!(
        told.row("custody.key_events", "3")[3],
        "2 data keys; contract ended"
    );
    assert_eq!(told.row("custody.at_end", "-")[1], kek);
}

#[test]
fn an_erasure_under_a_hold_is_seen_across_a_cut() {
    let mut story = Story::new();
    story.hold(1, Some(&[1])); // 0
    story.erase(&[2], "free"); // 1
    story.erase(&[1], "held"); // 2
    story.release(1); // 3
    story.erase(&[1], "free again"); // 4
    story.hold(2, None); // 5
    story.release(9); // 6: placed before the range
    for shown in [
        Shown::Open,
        Shown::Sealed,
        Shown::Erased,
        Shown::Withheld,
        Shown::Archived,
        Shown::Missing,
    ] {
        story.tell(event("t", &[]).shown(shown)); // 7 to 12
    }
    story.tell(event("t", &[]).shown(Shown::Garbage)); // 13
    let told = story.told();
    told.counts("retention.holds_placed", &[0, 5]);
    told.counts("retention.holds_in_force", &[5]);
    told.counts("retention.erasures", &[1, 2, 4]);
    told.counts("retention.erasures_under_hold", &[2]);
    told.counts("retention.holds_released_placed_outside", &[6]);
    for (name, record) in [
        ("retention.bodies_open", 7),
        ("retention.bodies_sealed", 8),
        ("retention.bodies_erased", 9),
        ("retention.bodies_withheld", 10),
        ("retention.bodies_archived", 11),
        ("retention.bodies_missing", 12),
        ("retention.bodies_unreadable", 13),
    ] {
        told.counts(name, &[record]);
    }
    let day = told.row("retention.by_day", "2026-03-01");
    assert_eq!(day[1..], ["1", "1", "1", "1", "1", "1", "1"]);
    assert_eq!(
        told.row("retention.holds", "0")[3..6],
        ["1", "case 12", "3"]
    );
    assert_eq!(told.row("retention.erasures", "2")[2..], ["1", "held"]);
}

fn checked(file: &str, verdict: &str, broken: u64) -> Told {
    let mut facts = vec![
        ("import_system", "aigc".into()),
        ("verdict", verdict.into()),
        ("file_sha256", file.into()),
        ("artifacts", 3.into()),
        ("verified", 0.into()),
        ("unverified", 3.into()),
        ("broken", broken.into()),
    ];
    if broken > 0 {
        facts.push(("first_broken_line", 2.into()));
        facts.push(("first_broken_finding", "link_broken".into()));
    }
    event("indelible.import.checked.v1", &facts)
}

/// A file that was checked without the key first, or with a wrong one, and with the right one later, is one file, and
/// verified; that it was called broken is told. One that is found broken after it was verified is broken.
#[test]
fn imported_files_are_told_by_what_checking_them_came_to() {
    let mut story = Story::new();
    story.tell(checked("aa", "unverified", 0)); // 0
    story.tell(checked("aa", "verified", 0)); // 1
    story.tell(checked("bb", "broken", 1)); // 2
    story.tell(checked("bb", "verified", 0)); // 3
    story.tell(checked("cc", "unverified", 0)); // 4
    let forged = &[("import_finding", "content_altered".into())];
    story.tell(event("indelible.import.broken.v1", forged)); // 5
    story.tell(event("indelible.import.checked.v1", &[])); // 6
    story.tell(checked("dd", "verified", 0)); // 7
    story.tell(checked("dd", "broken", 1)); // 8
    story.tell(checked("dd", "unverified", 0)); // 9
    let told = story.told();
    told.counts("imports.checks", &[0, 1, 2, 3, 4, 7, 8, 9]);
    told.number("imports.files", 4);
    told.counts("imports.files_verified", &[0, 2]);
    told.number("imports.files_once_broken", 1);
    told.counts("imports.files_broken", &[7]);
    told.counts("imports.files_unverified", &[4]);
    told.counts("imports.artifacts_forged", &[5]);
    told.counts("imports.not_readable", &[6]);
    told.counts("access.not_readable", &[]);
    let table = told.projections.table("imports.files").expect("a table");
    assert_eq!(table.rows.len(), 4);
}

fn numbered(source: &str, number: u64) -> Told {
    event("t", &[("producer_sequence", number.into())]).from(source)
}

#[test]
fn holes_doubles_and_silence_are_found_by_source() {
    let mut story = Story::new();
    for number in [1, 2, 5, 5, 4, 5] {
        story.tell(numbered("urn:a", number));
    }
    story.tell(numbered("urn:b", u64::MAX >> 1)); // 6
    story.wait(3_600);
    story.tell(numbered("urn:a", 6)); // 7
    story.tell(event("t", &[]).from("urn:quiet")); // 8
    let told = story.told();
    told.counts("gaps.jumps", &[2]);
    told.number("gaps.numbers_skipped", 2);
    told.counts("gaps.numbers_repeated", &[3]);
    told.counts("gaps.numbers_backward", &[4]);
    told.number("gaps.sources", 3);
    told.number("gaps.sources_without_numbers", 1);
    told.is("gaps.longest_silence", Value::Nanoseconds(3_600 * SECOND));
    assert_eq!(told.measure("gaps.longest_silence").records, [7]);
    let row = told.row("gaps.by_source", "urn:b");
    assert_eq!(
        row[4..9],
        ["-", "-", "3600000000000", "1", "9223372036854775807"]
    );
}

/// A number may lie in a body that can't be read: that is no proof that it was skipped, and none that it was not.
#[test]
fn a_number_that_a_closed_body_may_have_is_not_called_skipped() {
    let closed = [
        Shown::Sealed,
        Shown::Erased,
        Shown::Withheld,
        Shown::Archived,
        Shown::Missing,
        Shown::Garbage,
    ];
    for shown in closed {
        let mut story = Story::new();
        story.tell(numbered("urn:a", 1)); // 0
        story.tell(numbered("urn:b", 1)); // 1
        story.tell(numbered("urn:a", 2).shown(shown)); // 2
        story.tell(numbered("urn:a", 3)); // 3
        story.tell(numbered("urn:b", 4)); // 4: one of its two may lie in record 2
        story.tell(numbered("urn:a", 5)); // 5: nothing lies in between
        let told = story.told();
        told.counts("gaps.jumps_not_decidable", &[3]);
        told.number("gaps.numbers_not_decidable", 2);
        told.counts("gaps.jumps", &[4, 5]);
        told.number("gaps.numbers_skipped", 2);
        let row = told.row("gaps.by_source", "urn:b");
        assert_eq!(row[10..13], ["1", "1", "1"]);
    }
}

#[test]
fn a_closed_body_before_the_first_number_explains_nothing_behind_it() {
    let mut story = Story::new();
    story.tell(numbered("urn:a", 1).shown(Shown::Erased));
    story.tell(numbered("urn:a", 2));
    story.tell(numbered("urn:a", 4));
    story.tell(numbered("urn:a", 5).shown(Shown::Erased));
    let told = story.told();
    told.number("gaps.numbers_skipped", 1);
    told.number("gaps.numbers_not_decidable", 0);
}

#[test]
fn a_wrong_fact_beside_it_does_not_lose_a_number_and_a_wrong_number_may_be_any() {
    let mut story = Story::new();
    story.tell(numbered("urn:a", 1));
    let wrong = [("legal_basis", 7.into()), ("producer_sequence", 2.into())];
    story.tell(event("t", &wrong).from("urn:a"));
    story.tell(numbered("urn:a", 3));
    let text = [("producer_sequence", "4".into())];
    story.tell(event("t", &text).from("urn:a"));
    story.tell(numbered("urn:a", 5));
    story.tell(numbered("urn:b", 1));
    story.tell(event("t", &text).from("urn:a"));
    story.tell(numbered("urn:b", 3));
    let told = story.told();
    told.counts("gaps.misfits", &[1, 3, 6]);
    told.counts("gaps.jumps_not_decidable", &[4]);
    told.counts("gaps.jumps", &[7]);
}

#[test]
fn times_that_go_back_are_found_and_so_are_those_that_are_none() {
    let mut story = Story::new();
    for time in [
        "2026-03-01T12:00:00Z",
        "2026-03-01T11:00:00Z",
        "2026-03-01T14:00:00+02:00",
        "noon",
    ] {
        let mut told = event("t", &[]);
        told.time = Some(time.to_owned());
        story.tell(told);
    }
    let told = story.told();
    told.counts("gaps.times_backward", &[1]);
    told.counts("gaps.times_unreadable", &[3]);
    told.is(
        "gaps.greatest_clock_distance",
        Value::Nanoseconds(3_600 * SECOND),
    );
}

#[test]
fn what_does_not_fit_is_counted_and_says_why() {
    let mut story = Story::new();
    story.tell(event("ai.decision.v1", &[("system", "credit".into())]));
    story.tell(event("ai.decision.v1", &[("system", "credit".into())]));
    story.tell(event("com.example.t", &[("producer_sequence", "1".into())]));
    story.tell(event("ai.decision.v1", &[]).shown(Shown::Garbage));
    let told = story.told();
    told.counts("gaps.misfits", &[0, 1, 2]);
    told.counts("gaps.bodies_unreadable", &[3]);
    told.counts("decisions.not_readable", &[0, 1, 3]);
    let row = told.row("gaps.misfits", "ai.decision.v1");
    assert_eq!(row[1..3], ["ai.decision.v1: fact result is missing", "2"]);
}

#[test]
fn a_range_that_is_not_whole_is_not_folded() {
    let header = |sequence, time| {
        let (body, payload, sealed) = (Commitment::from_bytes([1; 32]), None, None);
        let event = EventHeader {
            event_type: "t",
            classification: None,
            body,
            payload,
            sealed,
        };
        Header {
            sequence,
            time,
            prior_key_event: 0,
            kind: RecordKind::Event(event),
        }
        .encode()
    };
    let mut run = FoldRun::new();
    run.record(&header(7, 100), BodyBytes::Erased).unwrap();
    let order = FoldError::Order {
        expected: 8,
        found: 9,
    };
    assert_eq!(run.record(&header(9, 100), BodyBytes::Erased), Err(order));
    assert_eq!(
        run.record(&header(7, 100), BodyBytes::Erased)
            .unwrap_err()
            .to_string(),
        "record 7 comes next, but record 8 is expected"
    );
    assert_eq!(
        run.record(&header(8, 99), BodyBytes::Erased),
        Err(FoldError::Time { sequence: 8 })
    );
    assert!(matches!(
        run.record(b"\xa0", BodyBytes::Erased),
        Err(FoldError::Header { after: Some(7), .. })
    ));
    run.record(&header(8, 100), BodyBytes::Erased).unwrap();
    assert_eq!(run.finish().records(), 2);
}

#[test]
fn stored_states_of_other_folds_are_refused() {
    let stored = Story::new().told().projections.encode();
    assert!(Projections::decode(stored.as_bytes()).is_ok());
    assert!(Projections::are_encoded_in(stored.as_bytes()));
    // One of an older version of a single fold is not used: a daemon over an older store folds again.
    for fold in FoldName::ALL {
        let (name, version) = (fold.as_str(), fold.version());
        let [now, before] = [version, version - 1].map(|version| format!("{name} {version}"));
        let other = stored.replacen(&now, &before, 1);
        assert_ne!(other, stored, "{name}");
        assert!(!Projections::are_encoded_in(other.as_bytes()), "{name}");
        assert!(matches!(
            Projections::decode(other.as_bytes()),
            Err(StateError::OtherFolds { .. })
        ));
    }
    assert!(matches!(
        Projections::decode(b"{}"),
        Err(StateError::Malformed(_))
    ));
    assert_eq!(FoldName::parse("decisions"), Some(FoldName::Decisions));
    assert_eq!(FoldName::parse("Decisions"), None);
}
