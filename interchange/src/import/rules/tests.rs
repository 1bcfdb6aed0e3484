//! Nobody's data is stored unencrypted by mistake, and whatever is imported says so.

use super::*;
use crate::import::{
    Format, cloudevents, cloudtrail,
    ndjson::{FactField, Mapping, Origin},
};

fn keeping() -> Rules {
    Rules {
        without_data_subject: WithoutDataSubject::Keep,
        ..Rules::default()
    }
}

fn refusing() -> Rules {
    Rules {
        without_data_subject: WithoutDataSubject::Refuse,
        ..Rules::default()
    }
}

fn mapping() -> Mapping {
    Mapping {
        id: Some("id".to_owned()),
        source: Origin::Value("/s".to_owned()),
        event_type: Origin::Value("t".to_owned()),
        subject: None,
        time: None,
        actor: None,
        correlation_id: None,
        causation_id: None,
        data_subject: None,
        classification: None,
        facts: Vec::new(),
    }
}

fn by_person(facts: &[(&str, &str)]) -> Format {
    let fact = |(name, field): &(&str, &str)| FactField {
        name: (*name).to_owned(),
        field: (*field).to_owned(),
    };
    Format::Ndjson(Box::new(Mapping {
        data_subject: Some("customer".to_owned()),
        facts: facts.iter().map(fact).collect(),
        ..mapping()
    }))
}

fn cloudevent(members: &str) -> String {
    format!(r#"{{"id":"1","source":"/s","type":"t",{members}}}"#)
}

/// The data subject of a record that is taken, or why it is refused.
fn taken(format: &Format, record: &str, rules: &Rules) -> Result<String, String> {
    let event = format.event(record.as_bytes(), rules);
    event
        .map(|event| event.data_subject)
        .map_err(|problem| problem.to_string())
}

#[test]
fn an_empty_place_for_the_data_subject_is_refused_by_its_name() {
    for name in ["datasubject", "data_subject"] {
        for value in [r#""""#, r#""  ""#, r#""\n""#, "null"] {
            let record = cloudevent(&format!("\"{name}\":{value}"));
            let refusal = taken(&Format::CloudEvents, &record, &Rules::default()).expect_err(value);
            let told = format!("field {name}: it names no data subject");
            assert!(refusal.starts_with(&told), "{record}: {refusal}");
            let kept = taken(&Format::CloudEvents, &record, &keeping());
            assert_eq!(kept.as_deref(), Ok(""), "{record}");
        }
        let record = cloudevent(&format!("\"{name}\":\"erika\""));
        for rules in [Rules::default(), keeping(), refusing()] {
            let named = taken(&Format::CloudEvents, &record, &rules);
            assert_eq!(named.as_deref(), Ok("erika"));
        }
    }
    // Without the place nothing is unclear, unless every event must name somebody.
    let about_nobody = cloudevent(r#""subject":"x""#);
    assert!(taken(&Format::CloudEvents, &about_nobody, &Rules::default()).is_ok());
    assert!(taken(&Format::CloudEvents, &about_nobody, &refusing()).is_err());
}

#[test]
fn a_record_without_the_field_that_names_the_person_is_refused() {
    let format = by_person(&[]);
    for record in [
        r#"{"id":"1"}"#,
        r#"{"id":"1","customer":null}"#,
        r#"{"id":"1","customer":""}"#,
        r#"{"id":"1","customer":" "}"#,
        r#"{"id":"1","Customer":"erika"}"#,
    ] {
        for rules in [Rules::default(), refusing()] {
            let refusal = taken(&format, record, &rules).expect_err(record);
            let told = "field customer: it names no data subject";
            assert!(refusal.starts_with(told), "{record}: {refusal}");
        }
        assert_eq!(taken(&format, record, &keeping()).as_deref(), Ok(""));
    }
    let named = taken(&format, r#"{"id":"1","customer":7}"#, &Rules::default());
    assert_eq!(named.as_deref(), Ok("7"));
    let object = taken(&format, r#"{"id":"1","customer":{}}"#, &keeping());
    assert!(object.is_err(), "{object:?}");
}

#[test]
fn another_spelling_of_the_data_subject_is_refused_wherever_it_stands() {
    for members in [
        r#""dataSubject":"erika""#,
        r#""data-subject":"erika""#,
        r#""datasubjects":"erika""#,
        r#""dataSubjectId":"erika""#,
        r#""facts":{"data_subject":"erika"}"#,
        r#""facts":{"dataSubject":"erika"}"#,
        r#""facts":"{\"DATA_SUBJECT\":\"erika\"}""#,
        r#""facts":{"data_subject":null}"#,
        r#""dataSubject":null"#,
    ] {
        let record = cloudevent(members);
        let refusal = taken(&Format::CloudEvents, &record, &Rules::default()).expect_err(members);
        assert!(refusal.contains("datasubject"), "{members}: {refusal}");
    }
    let format = Format::Ndjson(Box::new(mapping()));
    for name in [
        "data_subject",
        "dataSubject",
        "datasubject",
        "data-subject-id",
    ] {
        let record = format!(r#"{{"id":"1","{name}":null}}"#);
        let refusal = taken(&format, &record, &Rules::default()).expect_err(name);
        assert!(
            refusal.starts_with(&format!("field {name}: it is not taken")),
            "{refusal}"
        );
        assert!(taken(&format, &record, &keeping()).is_ok());
    }
    let as_fact = by_person(&[("data_subject", "other")]);
    let record = r#"{"id":"1","customer":"erika"}"#;
    assert!(taken(&as_fact, record, &Rules::default()).is_err());
}

#[test]
fn a_text_that_is_personal_by_its_name_needs_a_data_subject() {
    let record = cloudevent(r#""facts":{"user_email":"e@example.com"}"#);
    let refusal = taken(&Format::CloudEvents, &record, &Rules::default()).expect_err("refused");
    assert!(
        refusal.starts_with("field user_email: it seems to be about a person"),
        "{refusal}"
    );
    assert!(taken(&Format::CloudEvents, &record, &keeping()).is_ok());
    for members in [
        r#""datasubject":"erika","facts":{"user_email":"e@example.com"}"#,
        r#""facts":{"email":true}"#,
        r#""facts":{"email":""}"#,
        r#""facts":{"user_name":"root"}"#,
    ] {
        let taken = taken(
            &Format::CloudEvents,
            &cloudevent(members),
            &Rules::default(),
        );
        assert!(taken.is_ok(), "{members}: {taken:?}");
    }
    let format = Format::Ndjson(Box::new(Mapping {
        facts: vec![FactField {
            name: "who".to_owned(),
            field: "user.email".to_owned(),
        }],
        ..mapping()
    }));
    // What the fact is called here says nothing of a person any more; the field that it is taken from does.
    let record = r#"{"id":"1","user":{"email":"e@example.com"}}"#;
    assert!(taken(&format, record, &Rules::default()).is_err());
    assert!(taken(&format, record, &keeping()).is_ok());
    assert!(taken(&format, r#"{"id":"1","user":{}}"#, &Rules::default()).is_ok());
}

#[test]
fn an_event_that_is_put_together_by_hand_is_held_against_the_same() {
    let event = |data_subject: &str, fact: &str| Event {
        data_subject: data_subject.to_owned(),
        facts: [(fact.to_owned(), text_fact("erika"))].into(),
        ..Event::default()
    };
    for (data_subject, fact, is_taken) in [
        ("", "system", true),
        ("", "user_email", false),
        ("erika", "user_email", true),
        ("", "dataSubject", false),
        ("erika", "data_subject", false),
    ] {
        let event = event(data_subject, fact);
        let checked = Rules::default().check(&event);
        assert_eq!(checked.is_ok(), is_taken, "{data_subject} {fact}");
        assert_eq!(keeping().check(&event), Ok(()));
        assert_eq!(
            refusing().check(&event).is_ok(),
            data_subject == "erika" && is_taken
        );
    }
}

#[test]
fn an_event_about_two_people_is_not_one_event() {
    let two = r#"["erika","max"]"#;
    for rules in [Rules::default(), keeping()] {
        let record = cloudevent(&format!("\"datasubject\":{two}"));
        let refusal = taken(&Format::CloudEvents, &record, &rules).expect_err("refused");
        assert!(
            refusal.starts_with("field datasubject: an event has one data subject"),
            "{refusal}"
        );
        let record = format!(r#"{{"id":"1","customer":{two}}}"#);
        let refusal = taken(&by_person(&[]), &record, &rules).expect_err("refused");
        assert!(
            refusal.starts_with("field customer: an event has one data subject"),
            "{refusal}"
        );
    }
}

#[test]
fn every_imported_record_says_what_it_was_imported_from() {
    let from = |format: &Format, record: &str| {
        let rules = Rules::importing(format.system());
        let event = format.event(record.as_bytes(), &rules).expect("an event");
        match event
            .facts
            .get(IMPORTED)
            .and_then(|fact| fact.value.clone())
        {
            Some(Value::Text(from)) => from,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        from(&Format::CloudTrail, r#"{"eventID":"1"}"#),
        "cloudtrail"
    );
    let ndjson = Format::Ndjson(Box::new(mapping()));
    assert_eq!(from(&ndjson, r#"{"id":"1"}"#), "ndjson");
    let cloudevents = |members: &str| from(&Format::CloudEvents, &cloudevent(members));
    assert_eq!(cloudevents(r#""subject":"x""#), "cloudevents");
    // It keeps what it says already, and what another ledger says of it.
    assert_eq!(cloudevents(r#""facts":{"imported_from":"aigc"}"#), "aigc");
    let position = r#""indelibleposition":"a.example/l/0123456789ab#7:00""#;
    assert_eq!(cloudevents(position), "a.example/l/0123456789ab");
    // What a producer appends is its own.
    for (format, record) in [
        (Format::CloudTrail, r#"{"eventID":"1"}"#.to_owned()),
        (Format::CloudEvents, cloudevent(position)),
    ] {
        let event = format.event(record.as_bytes(), &Rules::default());
        assert!(!event.expect("an event").facts.contains_key(IMPORTED));
    }
    let rules = Rules::importing("x");
    let other = cloudevent(r#""facts":{"imported_from":7}"#);
    let refusal = Format::CloudEvents.event(other.as_bytes(), &rules);
    assert!(refusal.is_err(), "{refusal:?}");
}

#[test]
fn a_mark_that_has_no_room_is_told() {
    let with = |count: usize| {
        let facts: Vec<_> = (0..count).map(|fact| format!("\"f{fact}\":1")).collect();
        let record = cloudevent(&format!("\"facts\":{{{}}}", facts.join(",")));
        Format::CloudEvents.event(record.as_bytes(), &Rules::importing("x"))
    };
    assert_eq!(
        with(FACTS_MAX - 1).expect("an event").facts.len(),
        FACTS_MAX
    );
    let refusal = with(FACTS_MAX).expect_err("refused").to_string();
    assert!(
        refusal.starts_with("field facts: with 32 facts there is no room for imported_from"),
        "{refusal}"
    );
}

#[test]
fn an_id_from_the_content_is_the_same_for_the_same_bytes_and_no_others() {
    let by_content = Rules {
        id_from_content: true,
        ..Rules::default()
    };
    let no_field = Format::Ndjson(Box::new(Mapping {
        id: None,
        ..mapping()
    }));
    for (format, record, field) in [
        (Format::CloudTrail, r#"{"eventName":"x"}"#, "eventID"),
        (Format::CloudTrail, r#"{"eventID":"","a":1}"#, "eventID"),
        (Format::CloudEvents, r#"{"source":"/s","type":"t"}"#, "id"),
        (Format::Ndjson(Box::new(mapping())), r#"{"a":1}"#, "id"),
        (no_field, r#"{"id":"unused"}"#, "id"),
    ] {
        let id = |record: &str, rules: &Rules| {
            let event = format.event(record.as_bytes(), rules);
            event.map(|event| event.id)
        };
        assert_eq!(
            id(record, &Rules::default()),
            Err(MapError::missing(field)),
            "{record}"
        );
        let first = id(record, &by_content).expect("an id");
        let digest = hex::encode(&Sha256::digest(record));
        assert_eq!(first, format!("sha256:{digest}"));
        assert_eq!(id(record, &by_content), Ok(first.clone()));
        let other = record.replace(['x', 't', '1'], "2").replace("unused", "y");
        assert_ne!(
            id(&other.replace("\"2ype\"", "\"type\""), &by_content),
            Ok(first)
        );
    }
    // An id of another kind is wrong, not missing.
    let wrong = cloudtrail::event(br#"{"eventID":7}"#, &by_content);
    assert_eq!(wrong, Err(MapError::wrong_type("eventID", "text")));
    let wrong = cloudevents::event_by(br#"{"id":7,"source":"s","type":"t"}"#, &by_content);
    assert_eq!(wrong, Err(MapError::wrong_type("id", "text")));
}
