//! What is recorded before what it would answer answers nothing, and who approves their own looks after nobody.

use super::story::{NOON, SECOND, Shown, Story, Told, event};
use crate::projections::measure::Value;

const DAY: u64 = 86_400;

fn asked(id: &str, right: &str, received: u64) -> Told {
    let facts = [("request_id", id.into()), ("right", right.into())];
    event("privacy.request.received.v1", &facts).with("received_at_ns", received)
}

fn answered(id: &str) -> Told {
    let facts = [("request_id", id.into()), ("outcome", "fulfilled".into())];
    event("privacy.request.answered.v1", &facts)
}

#[test]
fn an_answer_before_its_request_answers_nothing() {
    let mut story = Story::new();
    let early = story.tell(answered("r"));
    story.wait(DAY);
    let request = story.tell(asked("r", "access", NOON + DAY * SECOND));
    let told = story.told();
    told.counts("requests.answered_early", &[early]);
    told.counts("requests.open_at_end", &[request]);
    told.counts("requests.answered", &[]);
    story.wait(40 * DAY);
    story.tell(event("com.example.note", &[]));
    story.told().counts("requests.late", &[request]);
    // Which of several answers is meant nobody knows.
    story.tell(answered("r"));
    let told = story.told();
    let late = told.measure("requests.late");
    assert_eq!(late.value, Value::Count(0));
    assert_eq!((late.unread.unsaid, late.unread.count()), (1, 0));
}

#[test]
fn an_erasure_before_a_request_does_not_fulfil_it() {
    let name = "requests.erasure_share_fulfilled_by_erasures";
    let mut story = Story::new();
    story.erase(&[1], "they asked");
    story.wait(DAY);
    story.tell(asked("e", "erasure", NOON + DAY * SECOND));
    story.tell(answered("e"));
    let told = story.told();
    assert!(matches!(told.measure(name).value, Value::NotComputable(_)));
    assert_eq!(told.measure(name).population, Some(1));
    story.wait(DAY);
    story.erase(&[2], "they asked");
    story.told().share(name, 1, 1);
}

#[test]
fn a_notification_before_anybody_was_aware_is_not_in_time() {
    let mut story = Story::new();
    story.tell(
        event("privacy.breach.v1", &[("breach_id", "b".into())])
            .with("aware_at_ns", NOON)
            .with("to", "authority")
            .with("notified_at_ns", NOON - DAY * SECOND),
    );
    story.tell(
        event("ai.incident.v1", &[("incident_id", "i".into())])
            .with("status", "opened")
            .with("severity", "high")
            .with("serious", true)
            .with("harm", "death")
            .with("aware_at_ns", NOON),
    );
    story.tell(
        event("ai.incident.reported.v1", &[("incident_id", "i".into())])
            .with("to", "authority")
            .with("reported_at_ns", NOON - DAY * SECOND),
    );
    let told = story.told();
    for (name, unsaid) in [
        ("breaches.share_notified_in_time", 1),
        ("breaches.late_72h_unexplained", 1),
        ("incidents.share_serious_told", 1),
        ("incidents.serious_told_late", 1),
    ] {
        let measure = told.measure(name);
        assert_eq!(measure.unread.unsaid, unsaid, "{name}");
        let claims = matches!(measure.least(), Value::Share { part: 1.., .. });
        assert!(!claims, "{name}: {:?}", measure.least());
    }
}

fn approval(kind: &str, id: &str, who: (&str, &str)) -> Told {
    let facts = [("approval_id", id.into()), (who.0, who.1.into())];
    event(&format!("ai.approval.{kind}.v1"), &facts)
}

#[test]
fn an_approval_before_its_request_approves_nothing() {
    let mut story = Story::new();
    let early = story.tell(approval("granted", "a", ("reviewer", "hana")));
    let request = story.tell(approval("requested", "a", ("agent", "scorer")));
    let told = story.told();
    told.counts("oversight.approvals_answered_early", &[early]);
    told.counts("oversight.approvals_unresolved", &[request]);
    told.counts("oversight.approvals_resolved", &[]);
}

#[test]
fn who_approves_their_own_is_no_reviewer() {
    let reviewers = |story: &Story| story.told().measure("oversight.reviewers").value;
    let mut story = Story::new();
    let declared = [("agent", "scorer".into()), ("operator", "hana".into())];
    story.tell(event("ai.agent.declared.v1", &declared));
    story.tell(approval("requested", "a", ("agent", "scorer")));
    story.tell(approval("granted", "a", ("reviewer", "hana")));
    assert_eq!(reviewers(&story), Value::Count(0));
    story.tell(approval("requested", "b", ("agent", "scorer")));
    story.tell(approval("granted", "b", ("reviewer", "ivo")));
    assert_eq!(reviewers(&story), Value::Count(1));
    // A declaration that can't be read may tie this one to the agent, too.
    story.tell(event("ai.agent.declared.v1", &declared).shown(Shown::Sealed));
    let told = story.told();
    let least = told.measure("oversight.reviewers").least();
    assert_eq!(least, Value::Count(0));
}

#[test]
fn who_answers_second_may_be_a_reviewer_whatever_else_is_closed() {
    let told = |shown: Option<Shown>| {
        let mut story = Story::new();
        let declared = [("agent", "scorer".into()), ("operator", "hana".into())];
        story.tell(event("ai.agent.declared.v1", &declared));
        story.tell(approval("requested", "a", ("agent", "scorer")));
        let first = approval("granted", "a", ("reviewer", "ivo"));
        story.tell(match shown {
            Some(shown) => first.shown(shown),
            None => first,
        });
        story.tell(approval("granted", "a", ("reviewer", "hana")));
        story.told()
    };
    let reviewers = |shown| told(shown).measure("oversight.reviewers");
    let open = reviewers(None);
    assert_eq!(
        (open.least(), open.greatest()),
        (Value::Count(1), Value::Count(2))
    );
    // With the first answer closed, the second looks like the first, and like one to an agent of her own.
    let closed = reviewers(Some(Shown::Sealed));
    assert_eq!(
        (closed.least(), closed.greatest()),
        (Value::Count(0), Value::Count(2))
    );
}

#[test]
fn who_is_kept_from_something_did_not_do_it() {
    let mut story = Story::new();
    let halt = [
        ("agent", "scorer".into()),
        ("by", "hana".into()),
        ("by_kind", "human".into()),
    ];
    story.tell(event("ai.agent.halted.v1", &halt));
    let call = |result: &str| {
        let facts = [
            ("agent", "scorer".into()),
            ("tool", "pay".into()),
            ("result", result.into()),
        ];
        event("ai.tool_call.v1", &facts)
    };
    story.tell(call("refused"));
    story.told().counts("agents.acts_while_halted", &[]);
    let made = story.tell(call("ok"));
    story.told().counts("agents.acts_while_halted", &[made]);
}
