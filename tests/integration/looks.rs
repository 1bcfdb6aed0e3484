//! How text looks: nothing that is shown turns it or hides some of it, and no name passes for one of the daemon's own.

use indelible_compliance::reports::inert::steers;
use indelible_proto::v1::{self, ErrorReason, event::Payload, fact_value};
use serde_json::Value;
use tonic::Code;

use crate::support::{
    calls::{append, assert_refused, create, event},
    command::done,
    daemon::Daemon,
    place::Place,
};

/// Reads as *mkadmin*, and as *admin*.
const TURNED: &str = "mk\u{202e}nimda\u{200b}\u{2066}\u{feff}";

fn hostile() -> v1::Event {
    let fact = v1::FactValue {
        value: Some(fact_value::Value::Text(TURNED.into())),
    };
    v1::Event {
        subject: TURNED.into(),
        actor: TURNED.into(),
        correlation_id: TURNED.into(),
        datacontenttype: "application/json".into(),
        facts: [("f".to_owned(), fact)].into(),
        payload: Some(Payload::Plaintext(
            format!("\"{TURNED}\"").into_bytes().into(),
        )),
        ..event(TURNED)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_is_shown_turns_text_or_hides_some() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let sequence = append(&mut client, "audit", hostile())
        .await
        .unwrap()
        .sequence;
    let at = sequence.to_string();
    for arguments in [
        &["get", "audit", &at][..],
        &["list", "audit"],
        &["tail", "audit"],
        &["--output", "json", "get", "audit", &at],
        &["--output", "json", "list", "audit"],
        &["export-events", "audit", "--out", "-", "--form", "csv"],
        &["export-events", "audit", "--out", "-", "--form", "ndjson"],
        &[
            "export-events",
            "audit",
            "--out",
            "-",
            "--form",
            "cloudevents",
        ],
        &["export-events", "audit", "--out", "-", "--form", "ocsf"],
    ] {
        let shown = done(&daemon, arguments).text();
        let steering = shown.chars().find(|c| steers(*c) && !"\r\n".contains(*c));
        assert_eq!(steering, None, "{arguments:?}: {shown}");
        assert!(shown.contains("202e"), "{arguments:?}: {shown}");
    }
    // Programs read the same text, and the payload's bytes are its own.
    let record = done(&daemon, &["--output", "json", "get", "audit", &at]).json();
    assert_eq!(record["event"]["actor"], TURNED);
    assert!(record["event"]["data_base64"].is_string(), "{record}");
    let line = done(
        &daemon,
        &[
            "export-events",
            "audit",
            "--out",
            "-",
            "--form",
            "cloudevents",
        ],
    );
    let line: Value = serde_json::from_slice(&line.data).unwrap();
    assert_eq!(line["actor"], TURNED);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_look_like_the_daemons_are_refused() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let of_source = |source: &str| v1::Event {
        source: source.into(),
        ..event("a")
    };
    let of_type = |event_type: &str| v1::Event {
        r#type: event_type.into(),
        ..event("a")
    };
    for source in [
        "urn:indelible:access",
        "URN:INDELIBLE:ACCESS",
        "urn:ind\u{200b}elible:access",
        "urn:ind\u{435}lible:access",
    ] {
        let refused = append(&mut client, "audit", of_source(source)).await;
        let reason = ErrorReason::FieldInvalid;
        assert_refused(refused, Code::InvalidArgument, reason, "event.source");
    }
    for event_type in [
        "indelible.access.decrypted.v1",
        "Indelible.x",
        "ind\u{435}lible.x",
    ] {
        let refused = append(&mut client, "audit", of_type(event_type)).await;
        let reason = ErrorReason::FieldInvalid;
        assert_refused(refused, Code::InvalidArgument, reason, "event.type");
    }
    for free in ["urn:example:indelible", "https://indelible.example/"] {
        append(
            &mut client,
            "audit",
            v1::Event {
                id: free.into(),
                ..of_source(free)
            },
        )
        .await
        .unwrap();
    }
    let imported = of_type("indelible.import.x.v1");
    append(&mut client, "audit", imported).await.unwrap();
    daemon.stop();
}
