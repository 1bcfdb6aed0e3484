//! The JSON format of CloudEvents, taken literally.

use indelible_proto::v1::fact_value::Value;

use super::*;

fn parse(json: &str) -> Event {
    event(json.as_bytes()).expect("an event")
}

fn refused(members: &str) -> String {
    let json = format!(r#"{{"id":"1","source":"s","type":"t",{members}}}"#);
    event(json.as_bytes()).expect_err("refused").to_string()
}

fn plaintext(event: &Event) -> &[u8] {
    match &event.payload {
        Some(Payload::Plaintext(bytes)) => bytes,
        other => panic!("no plaintext: {other:?}"),
    }
}

#[test]
fn attributes_and_extensions_find_their_place() {
    let event = parse(
        r#"{"specversion":"1.0","id":"1","source":"/s","type":"com.example.t","subject":"x",
        "time":"2026-11-20T09:30:00Z","actor":"a","correlationid":"c","causation_id":"d",
        "datasubject":"p","classification":"k","partition":"7","sampled":true,"size":12,"delta":-3,
        "ratio":0.50,"nothing":null,"facts":{"amount":"12.50"}}"#,
    );
    assert_eq!(
        (event.actor.as_str(), event.correlation_id.as_str()),
        ("a", "c")
    );
    assert_eq!(
        (event.causation_id.as_str(), event.data_subject.as_str()),
        ("d", "p")
    );
    assert_eq!(event.classification, "k");
    let facts: Vec<_> = event
        .facts
        .iter()
        .map(|(name, fact)| (name.as_str(), fact.value.clone()))
        .collect();
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    assert_eq!(
        facts,
        [
            ("amount", text("12.50")),
            ("delta", text("-3")),
            ("partition", text("7")),
            ("ratio", text("0.50")),
            ("sampled", Some(Value::Boolean(true))),
            ("size", Some(Value::Uint(12))),
        ]
    );
    assert_eq!(event.payload, None);
}

#[test]
fn data_is_what_the_media_type_says() {
    let of = |members: &str| {
        parse(&format!(
            r#"{{"id":"1","source":"s","type":"t",{members}}}"#
        ))
    };
    assert_eq!(
        plaintext(&of(r#""data":{"b": 1.0,"a":2}"#)),
        br#"{"b": 1.0,"a":2}"#
    );
    assert_eq!(plaintext(&of(r#""data":"x""#)), br#""x""#);
    let text = r#""datacontenttype":"text/plain","data":"x\u00e4""#;
    assert_eq!(plaintext(&of(text)), "xä".as_bytes());
    let object = r#""datacontenttype":"text/xml","data":{}"#;
    assert_eq!(plaintext(&of(object)), b"{}");
    assert_eq!(plaintext(&of(r#""data_base64":"/+8=""#)), [0xff, 0xef]);
    assert_eq!(of(r#""data":null"#).payload, None);
}

#[test]
fn a_batch_is_taken_apart_byte_for_byte() {
    let batch = b" [ {\"id\": 1} ,{}] ";
    assert_eq!(
        records(batch).expect("records"),
        [b"{\"id\": 1}".as_slice(), b"{}"]
    );
    assert_eq!(records(b"{}").expect("records"), [b"{}"]);
    assert_eq!(records(b"[]").expect("records").len(), 0);
    assert!(records(b"[{}").is_err());
}

#[test]
fn what_can_not_be_meant_is_refused() {
    for (members, problem) in [
        (r#""specversion":"0.3""#, "specversion: only 1.0"),
        (r#""subject":7"#, "subject is not text"),
        (r#""time":"""#, "time: "),
        (r#""datacontenttype":"""#, "datacontenttype: "),
        (
            r#""facts":{"datasubject":"erika"}"#,
            "facts.datasubject: it is not taken",
        ),
        (
            r#""data":1,"data_base64":"AA==""#,
            "data and data_base64 must not both be present",
        ),
        (r#""data_base64":"A""#, "data_base64 is not base64"),
        (r#""data_base64":"AB==""#, "data_base64 is not base64"),
        (r#""extension":{}"#, "extension is not text, a number"),
        (r#""facts":7"#, "facts: not a JSON object"),
        (r#""facts":{"a":[]}"#, "facts.a is not"),
        (r#""facts":{"a":1},"a":2"#, "field a occurs twice"),
        (
            r#""correlationid":"a","correlation_id":"a""#,
            "correlationid occurs twice",
        ),
        (r#""id":"2""#, "id occurs twice"),
        (
            r#""Time":"2026-11-28T10:00:00Z""#,
            "Time: is not an attribute; time is",
        ),
        (
            r#""dataSubject":"erika""#,
            "dataSubject: is not an attribute; datasubject is",
        ),
        (
            r#""data-subject":"erika""#,
            "is not an attribute; datasubject is",
        ),
        (
            r#""correlationId":"c""#,
            "is not an attribute; correlationid is",
        ),
        (
            r#""dataContentType":"text/plain""#,
            "is not an attribute; datacontenttype is",
        ),
        (
            r#""digests":[{"component":"c","algorithm":"a","value":"xy"}]"#,
            "digests[0].value is not hex",
        ),
        (r#""digests":{}"#, "digests: invalid type"),
        (
            r#""envelope":{"key_id":"k"},"data":1"#,
            "must be in data_base64",
        ),
        (
            r#""envelope":{"key":"k"},"data_base64":"AA==""#,
            "unknown field",
        ),
    ] {
        let refusal = refused(members);
        assert!(refusal.contains(problem), "{members}: {refusal}");
    }
    for name in ["id", "source", "type"] {
        let json =
            r#"{"id":"1","source":"s","type":"t"}"#.replace(&format!("\"{name}\":"), "\"x\":");
        let refusal = event(json.as_bytes()).expect_err("refused");
        assert_eq!(refusal, MapError::missing(name));
    }
}
