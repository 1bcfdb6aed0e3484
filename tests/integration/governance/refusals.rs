//! Calls that come to nothing: each leaves its trace, and no contents.

use indelible_proto::v1::{
    CompleteDecisionRequest, EventFilter, HeartbeatRequest, ListEventsRequest,
    ReleaseDecisionRequest, event::Payload, ledger_service_client::LedgerServiceClient,
};
use serde_json::Value;
use tonic::transport::Channel;

use super::*;
use crate::support::command::{done, run_with};

const REFUSED: &str = "indelible.governance.refused.v1";

/// What the records of a type say, oldest first.
async fn told(ledgers: &mut LedgerServiceClient<Channel>, event_type: &str) -> Vec<Value> {
    let list = ListEventsRequest {
        ledger: LEDGER.into(),
        filter: Some(EventFilter {
            types: vec![event_type.into()],
            ..EventFilter::default()
        }),
        ..ListEventsRequest::default()
    };
    let listed = ledgers.list_events(list).await.unwrap().into_inner();
    let payloads = listed
        .records
        .into_iter()
        .filter_map(|record| match record.event?.payload? {
            Payload::Plaintext(bytes) => serde_json::from_slice(&bytes).ok(),
            Payload::Envelope(_) => None,
        });
    payloads.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_completion_release_or_heartbeat_leaves_its_trace() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut ledgers = daemon.client().await;
    create(&mut ledgers, LEDGER).await;
    let mut client = Client::new(daemon.connect().await);
    govern(&mut client, "version: \"1\"\n").await;
    let complete = CompleteDecisionRequest {
        ledger: LEDGER.into(),
        decision: 77,
        ..CompleteDecisionRequest::default()
    };
    let release = ReleaseDecisionRequest {
        ledger: LEDGER.into(),
        decision: 77,
    };
    let heartbeat = HeartbeatRequest {
        ledger: LEDGER.into(),
        agent: "somebody else's".into(),
    };
    // Equal ones are counted, and no record is made of each.
    for _ in 0..3 {
        assert!(client.complete_decision(complete.clone()).await.is_err());
    }
    assert!(client.release_decision(release).await.is_err());
    assert!(client.heartbeat(heartbeat).await.is_err());
    let wrong = DecideRequest {
        kind: "anything".into(),
        ..request("1", "s")
    };
    assert!(client.decide(wrong).await.is_err());
    let refused = told(&mut ledgers, REFUSED).await;
    let calls: Vec<_> = refused.iter().map(|one| one["call"].as_str()).collect();
    let wanted = ["complete", "release", "heartbeat", "decide"];
    assert_eq!(calls, wanted.map(Some), "{refused:?}");
    assert_eq!(refused[0]["decision"], 77);
    assert_eq!(refused[0]["reason"], "GOVERNANCE_REFUSED");
    assert_eq!(refused[0]["detail"], "not-open");
    assert_eq!(refused[0]["principal"], "insecure:local");
    assert_eq!(refused[2]["agent"], "somebody else's");
    assert_eq!(refused[3]["detail"], "kind");
    assert!(refused.iter().all(|one| one["count"] == 1));
    // What was counted is on record before the daemon stops.
    daemon.stop();
    let daemon = Daemon::start(&place).await;
    let refused = told(&mut daemon.client().await, REFUSED).await;
    let last = refused.last().unwrap();
    assert_eq!(
        (&last["call"], &last["count"]),
        (&"complete".into(), &2.into())
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_invocation_is_a_denial_on_record_without_its_contents() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut ledgers = daemon.client().await;
    create(&mut ledgers, LEDGER).await;
    let mut client = Client::new(daemon.connect().await);
    govern(&mut client, "version: \"1\"\n").await;
    let deep = "[".repeat(5_000);
    let wrong = [
        (r#"{"secret": NaN}"#, "NaN"),
        (r#"{"secret": "\ud83d"}"#, "lone surrogate"),
        (deep.as_str(), "nests deeper"),
        (r#"{"secret": 1, "secret": 2}"#, "there twice"),
        (r#"["secret"]"#, "must be an object"),
    ];
    for (place, (json, word)) in wrong.into_iter().enumerate() {
        let malformed = DecideRequest {
            invocation_json: json.as_bytes().to_vec().into(),
            ..request(&format!("m{place}"), "s")
        };
        let denied = decide(&mut client, malformed.clone()).await.unwrap();
        assert_eq!(denied.verdict(), DecisionVerdict::Deny, "{json}");
        assert_eq!(denied.code, "INVOCATION_VALIDATION_ERROR");
        assert!(denied.message.contains(word), "{}", denied.message);
        let told = String::from_utf8_lossy(&denied.decision_json).into_owned();
        assert!(!told.contains("secret"), "{told}");
        // The same again is the same decision, and other bytes are another request.
        let again = decide(&mut client, malformed.clone()).await.unwrap();
        assert!(again.repeated && again.place == denied.place);
        let other = DecideRequest {
            invocation_json: b"NaN ".to_vec().into(),
            ..malformed
        };
        let refused = decide(&mut client, other).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::AlreadyExists);
    }
    let arguments = DecideRequest {
        arguments_json: b"{\"to\": Infinity}".to_vec().into(),
        ..request("a", "s")
    };
    let denied = decide(&mut client, arguments).await.unwrap();
    assert_eq!(denied.code, "MALFORMED_REQUEST");
    // The command says where a decision stands, whatever it is.
    let json =
        r#"{"source": "/agents", "id": "c", "kind": "named", "action": "a", "session": "s"}"#;
    let shown = run_with(&daemon, &["decide", LEDGER, "-"], json.as_bytes()).text();
    assert!(shown.contains("standing"), "{shown}");
    // All of it is in order for whoever has the bundle.
    let (bundle, key) = (place.file("agents.tar"), place.file("agents.vkey"));
    let [out, vkey] = [&bundle, &key].map(|path| path.to_str().unwrap());
    done(&daemon, &["export", LEDGER, "--out", out]);
    std::fs::write(&key, done(&daemon, &["ledger", "key", LEDGER]).text()).unwrap();
    let found = done(&daemon, &["replay", out, "--key", vkey, "--output", "json"]).json();
    assert_eq!(found["result"], "identical", "{found}");
    daemon.stop();
}
