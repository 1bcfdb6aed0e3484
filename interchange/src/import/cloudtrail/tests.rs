//! The mapping, on the records that the project keeps and on odd ones.

use std::{
    collections::{BTreeSet, HashSet},
    io::{BufRead as _, BufReader},
};

use flate2::bufread::GzDecoder;
use indelible_evidence::{
    body::{Body, FactValue as BodyFact, check_event_type},
    limits::PAYLOAD_BYTES_MAX,
};
use indelible_proto::v1::fact_value::Value;

use super::*;

fn event(record: &[u8]) -> Result<Event, MapError> {
    super::event(record, &Rules::default())
}

const RECORDS: &[u8] = include_bytes!("../../../../tests/data/cloudtrail.ndjson.gz");

fn real_records() -> Vec<Vec<u8>> {
    let lines = BufReader::new(GzDecoder::new(RECORDS)).split(b'\n');
    lines.map(|line| line.expect("a line")).collect()
}

fn fact(event: &Event, name: &str) -> Option<Value> {
    event.facts.get(name)?.value.clone()
}

fn optional(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Encodes what the daemon would, with the checks of the evidence format.
fn check_limits(event: &Event) {
    let mut body = Body {
        id: &event.id,
        source: &event.source,
        subject: optional(&event.subject),
        time: optional(&event.time),
        datacontenttype: optional(&event.datacontenttype),
        actor: optional(&event.actor),
        correlation_id: optional(&event.correlation_id),
        causation_id: None,
        data_subject: None,
        producer: None,
        traceparent: None,
        facts: event
            .facts
            .iter()
            .map(|(name, fact)| {
                let value = match fact.value.as_ref().expect("a value") {
                    Value::Text(text) => BodyFact::Text(text),
                    Value::Uint(uint) => BodyFact::Uint(*uint),
                    Value::Boolean(boolean) => BodyFact::Boolean(*boolean),
                };
                (name.as_str(), value)
            })
            .collect(),
        digests: Vec::new(),
        envelope: None,
    };
    body.encode_into(&mut Vec::new())
        .expect("within the limits");
    check_event_type(&event.r#type).expect("a type");
}

#[test]
fn every_real_record_maps_within_the_limits() {
    let records = real_records();
    assert_eq!(records.len(), 2_900);
    let (mut identities, mut types) = (HashSet::new(), BTreeSet::new());
    for record in &records {
        let event = event(record).expect("an event");
        check_limits(&event);
        assert!(!event.actor.is_empty(), "somebody always acts");
        let Some(Payload::Plaintext(payload)) = &event.payload else {
            panic!("the record is the payload");
        };
        assert_eq!(payload, record);
        assert!(payload.len() <= PAYLOAD_BYTES_MAX);
        types.insert(event.r#type.clone());
        assert!(identities.insert((event.source, event.id)));
    }
    assert!(types.contains("com.amazonaws.cloudtrail.iam.CreateAccessKey"));
    assert!(types.iter().all(|name| name.starts_with(TYPE_PREFIX)));
}

#[test]
fn a_record_keeps_its_meaning() {
    let record = br#"{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"P:s",
        "arn":"arn:aws:sts::123:assumed-role/r/s","accountId":"123","accessKeyId":"K","sessionContext":{
        "sessionIssuer":{"arn":"arn:aws:iam::123:role/r"},"attributes":{"mfaAuthenticated":"false"}}},
        "eventTime":"2023-07-10T11:42:23Z","eventSource":"s3.amazonaws.com","eventName":"GetBucketAcl",
        "awsRegion":"us-east-1","sourceIPAddress":"10.0.0.1","userAgent":"","requestID":"R","eventID":"E",
        "readOnly":true,"resources":[{"type":"x"},{"ARN":"arn:aws:s3:::b"}],"errorCode":"AccessDenied",
        "eventType":"AwsApiCall","recipientAccountId":"456"}"#;
    let event = event(record).expect("an event");
    assert_eq!(event.id, "E");
    assert_eq!(event.source, "aws:cloudtrail/456/s3.amazonaws.com");
    assert_eq!(event.r#type, "com.amazonaws.cloudtrail.s3.GetBucketAcl");
    assert_eq!(event.subject, "arn:aws:s3:::b");
    assert_eq!(event.time, "2023-07-10T11:42:23Z");
    assert_eq!(event.actor, "arn:aws:sts::123:assumed-role/r/s");
    assert_eq!(event.correlation_id, "R");
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    assert_eq!(fact(&event, "error_code"), text("AccessDenied"));
    assert_eq!(
        fact(&event, "session_issuer"),
        text("arn:aws:iam::123:role/r")
    );
    assert_eq!(fact(&event, "read_only"), Some(Value::Boolean(true)));
    assert_eq!(
        fact(&event, "mfa_authenticated"),
        Some(Value::Boolean(false))
    );
    assert_eq!(
        fact(&event, "user_agent"),
        None,
        "what is empty is left out"
    );
}

#[test]
fn names_are_never_cut_and_descriptions_are() {
    let long = "ä".repeat(600);
    let record = format!(
        r#"{{"eventID":"E","userAgent":"{long}\u0007","resources":[{{"ARN":"{long}"}}],
        "userIdentity":{{"arn":"{long}","userName":"bob"}}}}"#
    );
    let event = event(record.as_bytes()).expect("an event");
    check_limits(&event);
    assert_eq!(event.subject, "");
    assert_eq!(event.actor, "bob");
    let Some(Value::Text(agent)) = fact(&event, "user_agent") else {
        panic!("a user agent");
    };
    assert_eq!(agent, "ä".repeat(512));
}

#[test]
fn records_without_much_in_them_still_map() {
    let event = event(br#"{"eventID":"E","eventType":"AwsCloudTrailInsight","userIdentity":null}"#);
    let event = event.expect("an event");
    check_limits(&event);
    assert_eq!(event.source, "aws:cloudtrail/-/-");
    assert_eq!(
        event.r#type,
        "com.amazonaws.cloudtrail.AwsCloudTrailInsight"
    );
    assert_eq!(event.actor, "");
}

#[test]
fn what_is_no_record_is_refused_with_the_reason() {
    let refused = |record: &[u8]| event(record).expect_err("refused").to_string();
    assert_eq!(refused(b"{}"), "field eventID is missing");
    assert_eq!(refused(br#"{"eventID":""}"#), "field eventID is missing");
    assert_eq!(refused(b"[]"), "not a JSON object");
    assert_eq!(
        refused(br#"{"eventID":"1","eventID":"2"}"#),
        "field eventID occurs twice"
    );
    assert_eq!(refused(br#"{"eventID":1}"#), "field eventID is not text");
    assert!(
        refused(br#"{"eventID":"\ud83d"}"#).contains("eventID has a lone surrogate at byte 13")
    );
    assert!(refused(br#"{"eventID":"1","userIdentity":{"arn":"a","arn":"b"}}"#).contains("twice"));
    assert!(refused(b"\xff").starts_with("not JSON: "));
}

#[test]
fn a_field_of_another_type_only_leaves_its_own_fact_out() {
    for (field, left_out) in [
        (r#""readOnly":"maybe""#, "read_only"),
        (r#""readOnly":1"#, "read_only"),
        (r#""managementEvent":[]"#, "management_event"),
        (
            r#""recipientAccountId":111122223333"#,
            "recipient_account_id",
        ),
        (r#""eventName":{"a":"\ud83d"}"#, "event_name"),
        (r#""userAgent":"cut \ud83d""#, "user_agent"),
        (r#""userIdentity":"root""#, "identity_type"),
        (
            r#""userIdentity":{"type":7,"userName":["x"]}"#,
            "identity_type",
        ),
        (
            r#""userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":1}}}"#,
            "mfa_authenticated",
        ),
        (
            r#""userIdentity":{"sessionContext":[],"principalId":null}"#,
            "session_issuer",
        ),
        (r#""resources":"all""#, "subject"),
        (r#""resources":[null,7,{"ARN":8}]"#, "subject"),
        (r#""eventTime":1793527200"#, "event_time"),
    ] {
        let record = format!(r#"{{"eventID":"E","awsRegion":"r",{field}}}"#);
        let event = event(record.as_bytes()).unwrap_or_else(|error| panic!("{field}: {error}"));
        check_limits(&event);
        assert_eq!(fact(&event, left_out), None, "{field}");
        assert_eq!(
            fact(&event, "aws_region"),
            Some(Value::Text("r".to_owned()))
        );
        assert_eq!((event.subject.as_str(), event.time.as_str()), ("", ""));
        assert_eq!(
            event.payload,
            Some(Payload::Plaintext(record.into_bytes().into()))
        );
    }
    let of =
        |field: &str| event(format!(r#"{{"eventID":"E",{field}}}"#).as_bytes()).expect("an event");
    let read_only = fact(&of(r#""readOnly":"true""#), "read_only");
    assert_eq!(read_only, Some(Value::Boolean(true)));
    let mfa = r#""userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":false}}}"#;
    assert_eq!(
        fact(&of(mfa), "mfa_authenticated"),
        Some(Value::Boolean(false))
    );
    assert_eq!(of(r#""resources":[null,{"ARN":"a"}]"#).subject, "a");
    let noon = of(r#""eventTime":"noon""#);
    assert_eq!(
        (noon.time.as_str(), fact(&noon, "event_time")),
        ("", Some(Value::Text("noon".to_owned())))
    );
}
