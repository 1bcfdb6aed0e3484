//! Fields named on the command line.

use indelible_proto::v1::fact_value::Value;

use super::*;

fn mapping() -> Mapping {
    let field = |name: &str| Some(name.to_owned());
    Mapping {
        id: Some("meta.id".to_owned()),
        source: Origin::Value("urn:app".to_owned()),
        event_type: Origin::Field("kind".to_owned()),
        subject: field("order"),
        time: field("at"),
        actor: field("user.name"),
        correlation_id: None,
        causation_id: None,
        data_subject: None,
        classification: field("billing"),
        facts: ["paid", "user.dotted", "absent"]
            .map(|name| FactField {
                name: format!("f.{name}"),
                field: name.to_owned(),
            })
            .to_vec(),
    }
}

#[test]
fn fields_become_attributes_and_the_record_the_payload() {
    let record = br#"{"meta":{"id":17}, "kind":"paid","order":null,"at":"2026-11-20T09:30:00Z",
        "user":{"name":"eve"},"user.dotted":"first","paid":true}"#;
    let event = mapping()
        .event(record, &Rules::default())
        .expect("an event");
    assert_eq!(
        (event.id.as_str(), event.source.as_str()),
        ("17", "urn:app")
    );
    assert_eq!(
        (event.r#type.as_str(), event.subject.as_str()),
        ("paid", "")
    );
    assert_eq!(
        (event.actor.as_str(), event.classification.as_str()),
        ("eve", "billing")
    );
    assert_eq!(
        event.payload,
        Some(Payload::Plaintext(record.to_vec().into()))
    );
    let value = |name: &str| event.facts.get(name).and_then(|fact| fact.value.clone());
    assert_eq!(value("f.paid"), Some(Value::Boolean(true)));
    assert_eq!(
        value("f.user.dotted"),
        Some(Value::Text("first".to_owned()))
    );
    assert_eq!(event.facts.len(), 2);
}

#[test]
fn a_record_without_what_identifies_it_is_refused() {
    let refused = |record: &str| {
        let refusal = mapping().event(record.as_bytes(), &Rules::default());
        refusal.expect_err("refused")
    };
    assert_eq!(refused(r#"{"kind":"k"}"#), MapError::missing("meta.id"));
    assert_eq!(
        refused(r#"{"meta":{"id":""},"kind":"k"}"#),
        MapError::missing("meta.id")
    );
    assert_eq!(refused(r#"{"meta":{"id":"1"}}"#), MapError::missing("kind"));
    let refusal = refused(r#"{"meta":{"id":[1]},"kind":"k"}"#).to_string();
    assert!(
        refusal.starts_with("field meta.id is not text"),
        "{refusal}"
    );
    assert_eq!(refused("7"), MapError::NotAnObject);
}

#[test]
fn a_record_without_the_time_that_it_should_have_is_refused() {
    for at in ["", r#","at":null"#, r#","at":"""#] {
        let record = format!(r#"{{"meta":{{"id":1}},"kind":"paid"{at}}}"#);
        assert_eq!(
            mapping().event(record.as_bytes(), &Rules::default()),
            Err(MapError::missing("at")),
            "{record}"
        );
    }
}

#[test]
fn whoever_asks_learns_which_fields_a_record_has() {
    let fields: Vec<String> = mapping().optional_fields().map(str::to_owned).collect();
    assert_eq!(
        fields,
        ["order", "user.name", "paid", "user.dotted", "absent"]
    );
    let record = br#"{"user":{"name":"eve"},"order":null,"paid":false}"#;
    let has = |field: &String| Mapping::has(record, field);
    assert_eq!(
        fields.iter().map(has).collect::<Vec<_>>(),
        [false, true, true, false, false]
    );
}
