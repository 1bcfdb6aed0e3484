//! Oversight, agents, data subjects, access.

use super::story::{NOON, SECOND, Shown, Story, Told, event};
use crate::projections::measure::Value;

fn decision(correlation: &str) -> Told {
    event(
        "ai.decision.v1",
        &[("system", "credit".into()), ("result", "pass".into())],
    )
    .correlated(correlation)
}

fn overridden(correlation: &str) -> Told {
    event("ai.override.v1", &[("reviewer", "hana".into())])
        .correlated(correlation)
        .with_digests(&["original_output", "final_output"])
}

#[test]
fn overrides_are_held_against_the_decisions_of_the_range() {
    let mut story = Story::new();
    for case in ["1", "2", "3", "4"] {
        story.tell(decision(case));
    }
    story.tell(overridden("2"));
    story.tell(overridden("2"));
    story.tell(overridden("earlier"));
    story.tell(decision("5").shown(Shown::Sealed));
    story.tell(overridden("5"));
    let intervention = &[
        ("reviewer", "ivo".into()),
        ("intervention", "confirm".into()),
    ];
    story.tell(event("ai.oversight.v1", intervention));
    let told = story.told();
    told.share("oversight.override_rate", 1, 4);
    assert_eq!(told.measure("oversight.override_rate").records, [4]);
    told.counts("oversight.overrides", &[4, 5, 6, 8]);
    told.counts("oversight.overrides_of_decisions_outside", &[6, 8]);
    told.counts("oversight.decisions_not_readable", &[7]);
    told.counts("oversight.interventions", &[9]);
    assert_eq!(
        told.row("oversight.by_reviewer", "hana")[..3],
        ["hana", "4", "0"]
    );
    assert_eq!(
        told.row("oversight.by_intervention", "confirm")[..2],
        ["confirm", "1"]
    );
}

fn reviewed(correlation: &str) -> Told {
    let facts = &[
        ("reviewer", "ivo".into()),
        ("intervention", "review".into()),
    ];
    event("ai.oversight.v1", facts).correlated(correlation)
}

/// From the first record of a decision to the first record of each kind of reaction to it.
#[test]
fn how_soon_humans_reacted_is_told() {
    let mut story = Story::new();
    story.tell(reviewed("2")); // 0: recorded before its decision
    story.wait(1);
    story.tell(decision("1")); // 1
    story.tell(decision("2")); // 2
    story.tell(decision("3")); // 3
    story.wait(60);
    story.tell(reviewed("1")); // 4: after 60 s
    story.tell(decision("1")); // 5: again, which does not start it anew
    story.wait(40);
    story.tell(overridden("1")); // 6: after 100 s
    story.wait(400);
    story.tell(overridden("3")); // 7: after 500 s
    story.tell(overridden("3")); // 8: the first counts
    story.tell(reviewed("elsewhere")); // 9
    let told = story.told();
    let span = |seconds| Value::Nanoseconds(seconds * SECOND);
    told.is("oversight.time_to_override_longest", span(500));
    assert_eq!(
        told.measure("oversight.time_to_override_longest").records,
        [7]
    );
    told.is("oversight.time_to_intervene_longest", span(60));
    assert_eq!(
        told.measure("oversight.time_to_intervene_longest").records,
        [4]
    );
    // Percentiles are the ends of buckets, at most 1/32 beyond.
    let Value::Nanoseconds(half) = told.measure("oversight.time_to_override_p50").value else {
        panic!("no span");
    };
    assert!((100 * SECOND..=104 * SECOND).contains(&half), "{half}");
    told.counts("oversight.interventions_before_decision", &[0]);
    // One before its decision answers none that these records hold.
    told.counts("oversight.interventions_on_decisions_outside", &[0, 9]);
    told.counts("oversight.overrides_before_decision", &[]);
    told.share("oversight.override_rate", 2, 4);
    let none = Story::new().told();
    none.not_computable("oversight.time_to_override_p95");
    none.not_computable("oversight.time_to_intervene_p95");
}

fn requested(id: &str, operator: Option<&str>) -> Told {
    let mut facts = vec![("approval_id", id.into()), ("agent", "ada".into())];
    facts.extend(operator.map(|operator| ("operator", operator.into())));
    event("ai.approval.requested.v1", &facts)
}

fn answered(how: &str, id: &str, reviewer: &str) -> Told {
    let facts = &[("approval_id", id.into()), ("reviewer", reviewer.into())];
    event(&format!("ai.approval.{how}.v1"), facts)
}

fn used(id: &str) -> Told {
    event(
        "ai.tool_call.v1",
        &[
            ("agent", "ada".into()),
            ("tool", "pay".into()),
            ("result", "ok".into()),
            ("approval_id", id.into()),
        ],
    )
}

#[test]
fn approvals_are_followed_from_the_request_to_the_use() {
    let mut story = Story::new();
    story.tell(requested("a", Some("olga"))); // 0
    story.tell(requested("b", None)); // 1
    story.tell(requested("c", Some("olga"))); // 2
    story.tell(requested("d", Some("olga"))); // 3
    story.wait(10);
    story.tell(answered("granted", "a", "olga")); // 4: her own agent's
    story.wait(20);
    story.tell(answered("granted", "b", "hana")); // 5
    story.tell(answered("denied", "c", "hana")); // 6
    story.tell(answered("granted", "c", "hana")); // 7: the first answer stands
    story.tell(answered("granted", "from before", "hana")); // 8
    story.tell(used("b")); // 9
    story.tell(used("b")); // 10: once is enough
    story.tell(used("c")); // 11: refused
    story.tell(used("d")); // 12: not answered
    story.tell(used("nobody's")); // 13
    story.tell(event(
        "ai.approval.granted.v1",
        &[("approval_id", "d".into())],
    )); // 14: by whom?
    let told = story.told();
    told.counts("oversight.approvals_requested", &[0, 1, 2, 3]);
    told.counts("oversight.approvals_resolved", &[0, 1, 2]);
    told.share("oversight.share_resolved", 3, 4);
    told.counts("oversight.approvals_unresolved", &[3]);
    told.counts("oversight.self_approvals", &[4]);
    told.counts("oversight.granted_operator_unknown", &[5]);
    told.counts("oversight.approvals_answered_twice", &[6]);
    told.counts("oversight.approvals_answered_unasked", &[8]);
    told.counts("oversight.approvals_used_again", &[10]);
    told.counts("oversight.approvals_used_without_grant", &[11, 12]);
    told.counts("oversight.approvals_used_outside", &[13]);
    told.counts("oversight.not_readable", &[14]);
    told.is(
        "oversight.time_to_decide_longest",
        Value::Nanoseconds(30 * SECOND),
    );
    assert_eq!(
        told.measure("oversight.time_to_decide_longest").records,
        [5]
    );
    // The middle one of 10, 30 and 30 seconds, rounded up to the end of its bucket.
    let Value::Nanoseconds(middle) = told.measure("oversight.time_to_decide_p50").value else {
        panic!("a span");
    };
    assert!((30 * SECOND..31 * SECOND).contains(&middle), "{middle}");
    assert_eq!(
        told.row("oversight.approvals_unresolved", "3")[1],
        "2026-03-01T12:00:00.000000000Z"
    );
}

#[test]
fn a_grant_after_the_request_ended_is_late_and_names_are_told_apart() {
    let mut story = Story::new();
    let request = &[
        ("approval_id", "a".into()),
        ("agent", "ada".into()),
        ("operator", "olga".into()),
        ("expires_at_ns", (NOON + 5 * SECOND).into()),
    ];
    story.tell(event("ai.approval.requested.v1", request).by("proxy"));
    story.wait(6);
    story.tell(answered("granted", "a", "proxy"));
    let told = story.told();
    told.counts("oversight.granted_after_expiry", &[1]);
    // Whoever sent the request asked, too.
    told.counts("oversight.self_approvals", &[1]);
}

fn resumed(by: &str, by_kind: &str) -> Told {
    event(
        "ai.agent.resumed.v1",
        &[
            ("agent", "ada".into()),
            ("by", by.into()),
            ("by_kind", by_kind.into()),
        ],
    )
}

fn present() -> Told {
    event(
        "ai.agent.present.v1",
        &[("agent", "ada".into()), ("state", "live".into())],
    )
}

#[test]
fn only_a_human_s_word_ends_a_halt() {
    let halt = &[
        ("agent", "ada".into()),
        ("by", "hana".into()),
        ("by_kind", "human".into()),
    ];
    let mut story = Story::new();
    story.tell(event(
        "ai.agent.declared.v1",
        &[("agent", "ada".into()), ("operator", "olga".into())],
    )); // 0
    story.tell(event("ai.agent.declared.v1", &[("agent", "idle".into())])); // 1
    story.tell(used("x")); // 2
    story.tell(event("ai.agent.halted.v1", halt)); // 3
    story.wait(60);
    story.tell(present()); // 4
    story.tell(used("x")); // 5
    story.tell(resumed("ada", "human")); // 6: says the agent
    story.tell(resumed("hana", "human").by("ada")); // 7: says the agent again
    story.tell(resumed("scheduler", "system")); // 8
    story.tell(used("x")); // 9
    story.told().number("agents.halted_at_end", 1);
    story.tell(resumed("hana", "human")); // 10
    story.tell(used("x")); // 11
    story.tell(event(
        "ai.agent.present.v1",
        &[("agent", "stranger".into()), ("state", "idle".into())],
    )); // 12
    let told = story.told();
    // A sign that it works is an act, too.
    told.counts("agents.acts_while_halted", &[4, 5, 9]);
    told.counts("agents.resumed_without_human", &[6, 7, 8]);
    told.counts("agents.resumes", &[6, 7, 8, 10]);
    told.number("agents.halted_at_end", 0);
    told.share("agents.coverage", 1, 2);
    told.number("agents.seen_undeclared", 1);
    told.number("agents.declared_without_operator", 1);
    told.is("agents.longest_silence", Value::Nanoseconds(60 * SECOND));
    assert_eq!(told.measure("agents.longest_silence").records, [4]);
    // The halt stands in the first part, the acts in the second.
    let mut early = story.fold(0..5);
    crate::projections::pieces::Absorb::absorb(&mut early, story.fold(5..13));
    assert_eq!(early, told.projections);
    // Over the second part alone nobody can say that it was halted.
    let late = super::ending::Ending {
        projections: story.fold(5..13),
    };
    late.number("agents.acts_while_halted", 0);
    late.not_computable("agents.coverage");
}

#[test]
fn what_is_held_on_a_person_goes_with_the_key() {
    let mut story = Story::new();
    let about = |subject: &str, key: u8| {
        event("com.example.letter", &[("legal_basis", "contract".into())]).about(subject, key)
    };
    story.tell(about("ann", 1)); // 0
    story.tell(about("ann", 1).shown(Shown::Erased)); // 1
    story.tell(about("ben", 2).shown(Shown::Sealed)); // 2
    story.ledger_key(3); // 3
    let mut plain = event("com.example.letter", &[]).about("cat", 3);
    plain.data_key = None;
    story.tell(plain); // 4
    story.wait(5);
    story.erase(&[1, 9], "Art. 17 request 44"); // 5
    story.tell(about("ann", 1)); // 6: too late
    let told = story.told();
    told.number("subjects.data_keys", 2);
    told.number("subjects.data_keys_erased", 2);
    told.number("subjects.named", 2);
    told.counts("subjects.erasures", &[5]);
    told.counts("subjects.events_under_erased_keys", &[0, 1, 6]);
    told.counts("subjects.events_after_erasure", &[6]);
    told.counts("subjects.erased_keys_with_bodies", &[5]);
    told.counts("subjects.without_basis", &[4]);
    told.counts("subjects.in_the_clear", &[4]);
    let key = "01".repeat(16);
    let row = told.row("subjects.by_data_key", &key);
    assert_eq!(row[1..3], ["false", "3"]);
    assert_eq!(
        row[5..11],
        [
            "2",
            "1",
            "5",
            "2026-03-01T12:00:05.000000000Z",
            "Art. 17 request 44",
            "1"
        ]
    );
    assert_eq!(
        told.row("subjects.by_data_key", &"03".repeat(16))[1..3],
        ["true", "0"]
    );
    assert_eq!(
        told.row("subjects.by_name", "ann")[4..6],
        [key.as_str(), "contract"]
    );
    assert_eq!(told.row("subjects.by_legal_basis", "contract")[1], "2");
}

#[test]
fn who_read_what_is_counted() {
    let mut story = Story::new();
    let read = |who: &str, events: u64, purpose: Option<&str>| {
        let mut facts = vec![
            ("principal", who.into()),
            ("call", "get".into()),
            ("events", events.into()),
            ("first_sequence", 0.into()),
            ("last_sequence", 99.into()),
            ("sequences", "0,99".into()),
        ];
        facts.extend(purpose.map(|purpose| ("purpose", purpose.into())));
        event("indelible.access.decrypted.v1", &facts).from("urn:indelible:access")
    };
    story.tell(read("hana", 40, Some("audit")));
    story.tell(read("hana", 2, None));
    story.tell(read("ivo", 1, Some("support")));
    let made = &[
        ("principal", "hana".into()),
        ("framework", "gdpr".into()),
        ("report_id", "1".into()),
    ];
    story.tell(event("indelible.report.made.v1", made));
    story.tell(read("mallory", 9, None).from("urn:client")); // 4
    let told = story.told();
    told.counts("access.reads", &[0, 1, 2]);
    told.number("access.records_opened", 43);
    told.counts("access.without_purpose", &[1]);
    told.number("access.principals", 2);
    told.counts("access.reports_made", &[3]);
    told.counts("access.not_the_daemons", &[4]);
    assert_eq!(
        told.row("access.by_principal", "hana")[..4],
        ["hana", "2", "42", "1"]
    );
    assert_eq!(
        told.row("access.by_purpose", "ivo")[..3],
        ["ivo", "support", "1"]
    );
    assert_eq!(
        told.row("access.reports", "gdpr")[..3],
        ["gdpr", "hana", "1"]
    );
}
