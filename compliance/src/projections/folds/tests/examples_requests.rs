//! What people asked for, and when they were answered.

use super::story::{NOON, SECOND, Shown, Story, Told, event};
use crate::projections::measure::Value;

const DAY: u64 = 86_400;

fn received(id: &str, right: &str) -> Told {
    let facts = &[("request_id", id.into()), ("right", right.into())];
    event("privacy.request.received.v1", facts)
}

fn extended(id: &str) -> Told {
    event("privacy.request.extended.v1", &[("request_id", id.into())])
}

fn answered(id: &str, outcome: &str) -> Told {
    let facts = &[("request_id", id.into()), ("outcome", outcome.into())];
    event("privacy.request.answered.v1", facts)
}

/// The story begins on 1 March 2026 at noon: a month ends with 1 April, three end with 1 June.
#[test]
fn a_month_is_enough_and_a_day_more_is_late() {
    let mut story = Story::new();
    story.tell(received("in time", "access")); // 0
    story.tell(received("late", "access")); // 1
    story.tell(received("extended", "erasure")); // 2
    story.tell(received("extended too late", "erasure")); // 3
    story.tell(received("open", "erasure")); // 4
    story.wait(31 * DAY);
    story.tell(answered("in time", "fulfilled")); // 5: 1 April, noon
    story.tell(extended("extended")); // 6
    story.wait(DAY / 2);
    story.tell(answered("late", "refused")); // 7: 2 April, midnight
    story.tell(extended("extended too late")); // 8
    story.wait(60 * DAY);
    story.tell(answered("extended", "partly")); // 9: 1 June, midnight
    story.tell(answered("extended too late", "fulfilled")); // 10
    story.tell(answered("of another range", "fulfilled")); // 11
    let told = story.told();
    told.counts("requests.received", &[0, 1, 2, 3, 4]);
    told.counts("requests.answered", &[5, 7, 9, 10]);
    told.counts("requests.refused", &[7]);
    told.counts("requests.open_at_end", &[4]);
    told.counts("requests.late", &[1, 3, 4]);
    told.counts("requests.answered_outside", &[11]);
    told.counts("requests.access_received", &[0, 1]);
    told.counts("requests.access_late", &[1]);
    told.counts("requests.access_open_at_end", &[]);
    told.counts("requests.erasure_late", &[3, 4]);
    told.counts("requests.erasure_open_at_end", &[4]);
    let longest = (31 * DAY + DAY / 2 + 60 * DAY) * SECOND;
    told.is(
        "requests.time_to_answer_longest",
        Value::Nanoseconds(longest),
    );
    assert_eq!(
        told.row("requests.by_right", "erasure"),
        ["erasure", "3", "2", "0", "2", "1", "2"]
    );
    assert_eq!(
        told.row("requests.open", "4")[1..],
        [
            "erasure",
            "2026-03-01T12:00:00.000000000Z",
            "2026-04-02T00:00:00.000000000Z",
            "true"
        ]
    );
}

#[test]
fn an_open_request_is_not_late_before_its_time() {
    let mut story = Story::new();
    story.tell(received("open", "access"));
    story.wait(20 * DAY);
    story.tell(event("t", &[]));
    let told = story.told();
    told.counts("requests.open_at_end", &[0]);
    told.counts("requests.late", &[]);
    told.not_computable("requests.access_time_to_answer_p95");
}

#[test]
fn a_request_counts_from_when_it_came_in_and_never_from_later() {
    let mut story = Story::new();
    let came_in = |id: &str, at: u64| {
        let mut told = received(id, "access");
        told.facts.push(("received_at_ns".to_owned(), at.into()));
        told
    };
    story.tell(came_in("before", NOON - 40 * DAY * SECOND)); // 0
    story.tell(came_in("from the future", NOON + 400 * DAY * SECOND)); // 1
    story.tell(answered("before", "fulfilled")); // 2
    story.wait(40 * DAY);
    story.tell(answered("from the future", "fulfilled")); // 3
    let told = story.told();
    told.counts("requests.late", &[0, 1]);
}

#[test]
fn what_can_not_be_read_of_requests_is_counted() {
    let mut story = Story::new();
    story.tell(received("1", "access").shown(Shown::Erased));
    story.tell(received("2", "a wish"));
    let told = story.told();
    told.counts("requests.not_readable", &[0, 1]);
    told.counts("requests.received", &[]);
}
