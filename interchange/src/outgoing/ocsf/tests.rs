//! What the schema requires, for each class.

use indelible_proto::{time::timestamp, v1::FactValue};

use super::*;

fn record(event_type: &str, facts: &[(&str, &str)]) -> LedgerRecord {
    let facts = facts.iter().map(|(name, text)| {
        let value = Some(Value::Text((*text).to_owned()));
        ((*name).to_owned(), FactValue { value })
    });
    let event = Event {
        id: "1".to_owned(),
        source: "urn:s".to_owned(),
        r#type: event_type.to_owned(),
        time: "2026-05-01T12:00:00.5Z".to_owned(),
        actor: "caller".to_owned(),
        correlation_id: "c1".to_owned(),
        data_subject: "a person".to_owned(),
        facts: facts.collect(),
        ..Event::default()
    };
    LedgerRecord {
        sequence: 9,
        kind: RecordKind::Event.into(),
        recorded_time: Some(timestamp(1_800_000_000_123_456_789)),
        event: Some(event),
        ..LedgerRecord::default()
    }
}

/// The activities of each class that the schema gives a number, besides 0 (unknown) and 99 (other).
const ACTIVITIES: [(u64, &[&str]); 3] = [
    (6003, &["Create", "Read", "Update", "Delete"]),
    (
        3001,
        &[
            "Create",
            "Enable",
            "Password Change",
            "Password Reset",
            "Disable",
            "Delete",
            "Attach Policy",
            "Detach Policy",
            "Lock",
            "MFA Factor Enable",
            "MFA Factor Disable",
            "Unlock",
        ],
    ),
    (
        3004,
        &[
            "Create",
            "Read",
            "Update",
            "Delete",
            "Move",
            "Enroll",
            "Unenroll",
            "Enable",
            "Disable",
            "Activate",
            "Deactivate",
            "Suspend",
            "Resume",
        ],
    ),
];

/// Members of `metadata` that the schema knows and that are written here.
const METADATA: [&str; 12] = [
    "correlation_uid",
    "event_code",
    "log_name",
    "log_provider",
    "log_source",
    "logged_time",
    "original_event_uid",
    "original_time",
    "product",
    "profiles",
    "sequence",
    "uid",
];

/// What every class requires, and each of the three, with the numbers that the schema gives.
fn required(event: &Json) {
    for name in [
        "activity_id",
        "category_uid",
        "class_uid",
        "severity_id",
        "time",
        "type_uid",
    ] {
        assert!(event[name].is_u64(), "{name}: {event}");
    }
    assert_eq!(event["metadata"]["version"], VERSION);
    assert!(event["metadata"]["product"]["vendor_name"].is_string());
    let uid = event["class_uid"].as_u64().expect("a number");
    assert_eq!(
        event["type_uid"],
        uid * 100 + event["activity_id"].as_u64().expect("a number")
    );
    assert_eq!(event["category_uid"], uid / 1_000);
    let activity = event["activity_id"].as_u64().expect("a number");
    let (_, activities) = ACTIVITIES
        .iter()
        .find(|(class, _)| *class == uid)
        .expect("a class");
    if activity != OTHER {
        let place = usize::try_from(activity).expect("small") - 1;
        assert_eq!(event["activity_name"], activities[place], "{event}");
        let type_name = format!(
            "{}: {}",
            event["class_name"].as_str().expect("a name"),
            activities[place]
        );
        assert_eq!(event["type_name"], type_name);
    }
    assert!((1..=5).contains(&event["severity_id"].as_u64().expect("a number")));
    assert!(event["status_id"].as_u64().expect("a number") <= 2);
    let metadata = event["metadata"].as_object().expect("an object");
    for name in metadata.keys() {
        assert!(
            name == "version" || METADATA.contains(&name.as_str()),
            "{name}"
        );
    }
    let user = |user: &Json| {
        assert!(
            user["name"].is_string() && user["uid"].is_string(),
            "{event}"
        );
        assert!([1, OTHER].contains(&user["type_id"].as_u64().expect("a number")));
    };
    user(&event["actor"]["user"]);
    match uid {
        6003 => {
            assert!(event["api"]["operation"].is_string());
            assert!(event["src_endpoint"]["name"].is_string());
        }
        3001 => user(&event["user"]),
        3004 => {
            let entity = &event["entity"];
            assert!(entity["uid"].is_string() && entity["name"].is_string());
            // A kind with a number has the attribute of that kind; any other is named by `type`.
            match entity["type_id"].as_u64().expect("a number") {
                POLICY => assert_eq!(entity["policy"]["uid"], entity["uid"]),
                kind => assert_eq!(kind, OTHER),
            }
            assert!(entity["type"].is_string());
        }
        other => panic!("class {other}"),
    }
}

#[test]
fn every_convention_has_its_class() {
    for (event_type, facts, class, activity) in [
        ("ai.decision.v1", &[("model", "m")][..], 6003, 99),
        ("ai.tool_call.v1", &[("tool", "t")], 6003, 99),
        ("ai.performance.v1", &[], 6003, 99),
        ("ai.agent.declared.v1", &[("agent", "a")], 3001, 1),
        ("ai.agent.resumed.v1", &[("agent", "a")], 3001, 2),
        (
            "ai.agent.halted.v1",
            &[("agent", "a"), ("by", "h"), ("by_kind", "human")],
            3001,
            5,
        ),
        (
            "ai.policy.registered.v1",
            &[("policy", "p"), ("policy_version", "2")],
            3004,
            1,
        ),
        (
            "ai.approval.granted.v1",
            &[("approval_id", "r"), ("reviewer", "h")],
            3004,
            3,
        ),
        ("ai.override.v1", &[("reviewer", "h")], 3004, 3),
        (
            "privacy.request.received.v1",
            &[("request_id", "r"), ("right", "access")],
            3004,
            1,
        ),
        (
            "privacy.request.answered.v1",
            &[("request_id", "r"), ("outcome", "fulfilled")],
            3004,
            3,
        ),
        ("com.example.anything", &[], 6003, 99),
    ] {
        let event = event("localhost/a/0", &record(event_type, facts));
        required(&event);
        assert_eq!(event["class_uid"], class, "{event_type}");
        assert_eq!(event["activity_id"], activity, "{event_type}");
        assert_eq!(event["time"], 1_777_636_800_500_u64);
        assert_eq!(event["metadata"]["logged_time"], 1_800_000_000_123_u64);
        assert_eq!(event["metadata"]["original_event_uid"], "1");
        assert_eq!(event["metadata"]["log_source"], "urn:s");
        assert!(!event.to_string().contains("a person"), "{event_type}");
    }
}

#[test]
fn who_acted_on_what_is_told() {
    let halted = record(
        "ai.agent.halted.v1",
        &[("agent", "a"), ("by", "h"), ("by_kind", "human")],
    );
    let halted = event("l", &halted);
    assert_eq!(halted["user"]["name"], "a");
    assert_eq!(halted["actor"]["user"]["name"], "h");
    assert_eq!(halted["severity_id"], 3);
    let failed = record(
        "ai.decision.v1",
        &[("result", "fail"), ("system", "claims")],
    );
    let failed = event("l", &failed);
    assert_eq!(
        (&failed["status_id"], &failed["api"]["service"]["name"]),
        (&json!(2), &json!("claims"))
    );
    assert_eq!(failed["activity_name"], "ai.decision.v1");
}

#[test]
fn the_ledgers_own_records_and_unreadable_ones_are_events_too() {
    let own = LedgerRecord {
        kind: RecordKind::Erasure.into(),
        ..LedgerRecord::default()
    };
    let own = event("l", &own);
    required(&own);
    assert_eq!(
        (&own["class_uid"], &own["activity_id"]),
        (&json!(3004), &json!(4))
    );
    let mut erased = record("ai.decision.v1", &[]);
    erased.event = Some(Event {
        r#type: "ai.decision.v1".to_owned(),
        ..Event::default()
    });
    erased.set_body_state(PartState::Erased);
    let erased = event("l", &erased);
    required(&erased);
    assert_eq!(erased["unmapped"]["body"], "erased");
    assert_eq!(erased["status_id"], 0);
}

#[test]
fn times_are_read_to_the_millisecond_or_replaced_and_told() {
    for (text, milliseconds) in [
        (
            "2026-05-01T12:00:00.123456789012Z",
            Some(1_777_636_800_123_i64),
        ),
        ("1969-07-20T20:17:40Z", Some(-14_182_940_000)),
        ("1969-12-31T23:59:59.9995Z", Some(-1)),
        ("2026-05-01T12:00:00+23:59", Some(1_777_550_460_000)),
        ("2026-05-01T12:00:00+25:00", None),
        ("2026-05-01T12:00Z", None),
        ("noon", None),
    ] {
        let mut record = record("t", &[]);
        record.event.as_mut().expect("an event").time = text.to_owned();
        let event = event("l", &record);
        let expected = milliseconds.unwrap_or(1_800_000_000_123);
        assert_eq!(event["time"], expected, "{text}");
        assert_eq!(time_is_replaced(&record), milliseconds.is_none(), "{text}");
        assert_eq!(event["metadata"]["original_time"], text);
    }
    assert!(!time_is_replaced(&LedgerRecord::default()));
}

#[test]
fn an_event_carries_the_fingerprint_of_all_the_rest_of_it() {
    let record = LedgerRecord {
        sequence: 7,
        kind: RecordKind::Event.into(),
        event: Some(Event {
            id: "\u{e4}\n\u{1f}\u{202e}".to_owned(),
            source: "/s".to_owned(),
            r#type: "t".to_owned(),
            ..Event::default()
        }),
        ..LedgerRecord::default()
    };
    let check = |mut event: Json| {
        let attestation = &mut event["attestation_list"][0];
        let fingerprint = attestation.as_object_mut().unwrap().remove("fingerprint");
        let fingerprint = fingerprint.expect("a fingerprint");
        assert_eq!(fingerprint["algorithm_id"], 3);
        assert_eq!(attestation["chain_uid"], "a.example/l/0123456789ab");
        let digest = hex::encode(&Sha256::digest(event.to_string()));
        fingerprint["value"] == digest
    };
    // The canonical form has names in their order; a build of serde_json that keeps another one would break that.
    assert_eq!(json!({ "b": 1, "a": 2 }).to_string(), r#"{"a":2,"b":1}"#);
    let made = event("a.example/l/0123456789ab", &record);
    assert_eq!(made["metadata"]["profiles"][0], "record_integrity");
    assert!(check(made.clone()));
    for (member, value) in [("time", json!(1)), ("class_name", json!("x"))] {
        let mut altered = made.clone();
        altered[member] = value;
        assert!(!check(altered), "{member}");
    }
    let mut moved = made;
    moved["attestation_list"][0]["uid"] = json!("a.example/l/0123456789ab/8");
    assert!(!check(moved));
}
