//! Callers who bring a token of an issuer.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    process::Command,
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    AppendStreamRequest, CreateLedgerRequest, FollowRecordsRequest, GetStatusRequest,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use super::{
    believer::{PATIENCE, Rig, bearing},
    done,
    issuer::{Host, Key, claims, set, unsigned},
};
use crate::support::{
    calls::event,
    chance::Chance,
    daemon::INDELIBLE,
    place::Place,
    tier::{counts, report},
};

fn reason(status: &Status) -> String {
    status.get_details_error_info().unwrap().reason
}

fn ledger() -> CreateLedgerRequest {
    CreateLedgerRequest {
        name: "audit".into(),
        ..Default::default()
    }
}

fn follow() -> FollowRecordsRequest {
    FollowRecordsRequest {
        ledger: "audit".into(),
        ..Default::default()
    }
}

fn url(host: &Host) -> String {
    format!("keys_url = {:?}", host.url)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_an_issuer_says_who_calls() {
    let (ed, ec) = (Key::ed25519("ed", 1), Key::p256("ec"));
    let issuer = Host::start(&[&ed, &ec]);
    let rig = Rig::start(&url(&issuer), "").await;
    rig.eventually("the keys", || {
        rig.daemon.log().contains("took the keys of an issuer")
    })
    .await;
    let operator = claims("alice", &["staff", "ops"], 600);
    for key in [&ed, &ec] {
        rig.asks(Some(&key.sign(&operator))).await.unwrap();
    }
    // Who is known and may not is told from who is not known.
    let other = rig
        .asks(Some(&ed.sign(&claims("bob", &["staff"], 600))))
        .await
        .unwrap_err();
    assert_eq!(
        (other.code(), reason(&other)),
        (Code::PermissionDenied, "ACCESS_DENIED".into())
    );
    assert!(
        other.message().contains("jwt:https://id.example.org#bob"),
        "{}",
        other.message()
    );
    let nobody = rig.asks(None).await.unwrap_err();
    assert_eq!(reason(&nobody), "CALLER_UNKNOWN");

    let with = |name: &str, value: serde_json::Value| {
        let mut changed = operator.clone();
        changed[name] = value;
        changed
    };
    let forged = Key::ed25519("ed", 2);
    let genuine = ed.sign(&operator);
    // Of these, the bearer of a genuine token is told what is wrong with it, and a stranger nothing.
    for (token, told) in [
        (
            ed.sign(&with("aud", "other".into())),
            Some("for another audience"),
        ),
        (ed.sign(&claims("alice", &["ops"], -1)), Some("expired")),
        (
            ed.sign(&with("nbf", operator["exp"].clone())),
            Some("not valid yet"),
        ),
        (ed.sign(&with("iss", "https://evil.example".into())), None),
        (ed.sign(&with("aud", serde_json::Value::Null)), None),
        (unsigned(&operator), None),
        (ed.sign_with_the_public_key(&operator), None),
        (forged.sign(&operator), None),
        (format!("{genuine}A"), None),
        ("idlt_00000000".to_owned(), None),
        ("nonsense".to_owned(), None),
    ] {
        let refused = rig.asks(Some(&token)).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused)),
            (Code::Unauthenticated, "TOKEN_NOT_ACCEPTED".into()),
            "{token}"
        );
        let said = refused.message();
        match told {
            Some(told) => assert!(said.contains(told), "{told}: {said}"),
            None => assert!(
                !said.contains("issuer of") && !said.contains("key"),
                "{said}"
            ),
        }
    }
    // A connection that was somebody's is the next token's alone.
    let mut client = rig.client().await.unwrap();
    for (token, is_well) in [
        (Some(genuine.as_str()), true),
        (None, false),
        (Some(&*forged.sign(&operator)), false),
        (Some(&genuine), true),
    ] {
        let answered = client.get_status(bearing(GetStatusRequest {}, token)).await;
        assert_eq!(answered.is_ok(), is_well);
    }
    // The command line reads it from a file that is its owner's.
    let file = rig.place.file("token");
    fs::write(&file, &genuine).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(INDELIBLE);
        command
            .args(["--address", &rig.address(), "--ca"])
            .arg(&rig.ca);
        command
            .arg("--token-file")
            .arg(&file)
            .args(arguments)
            .output()
            .unwrap()
    };
    done(command(&["ledger", "create", "audit"]));
    let log = rig.daemon.log();
    for part in genuine.split('.') {
        assert!(!log.contains(part), "the log holds a token");
    }
    rig.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_rotate_are_taken_and_those_that_go_end_open_streams() {
    let (old, new) = (Key::ed25519("old", 1), Key::ed25519("new", 2));
    let issuer = Host::start(&[&old]);
    let limits = "failed_authentications_per_minute = 0\nconnections_per_address = 0";
    let rig = Rig::start(&url(&issuer), limits).await;
    rig.eventually("the keys", || {
        rig.daemon.log().contains("took the keys of an issuer")
    })
    .await;
    let who = claims("alice", &["ops"], 600);
    let (before, after) = (old.sign(&who), new.sign(&who));
    // Keys that nobody has published yet don't make the daemon ask again and again.
    let asked = issuer.asked();
    for number in 0..50 {
        let unknown = Key::ed25519(&format!("unknown-{number}"), 9);
        assert!(rig.asks(Some(&unknown.sign(&who))).await.is_err());
    }
    assert!(
        issuer.asked() <= asked + 1,
        "{} more",
        issuer.asked() - asked
    );
    rig.daemon.stop();

    // A new key is asked for at once, and its first token waits for it.
    let rig = Rig::start(&url(&issuer), limits).await;
    rig.eventually("the keys", || {
        rig.daemon.log().contains("took the keys of an issuer")
    })
    .await;
    let mut client = rig.client().await.unwrap();
    client
        .create_ledger(bearing(ledger(), Some(&before)))
        .await
        .unwrap();
    let following = client
        .follow_records(bearing(follow(), Some(&before)))
        .await;
    let mut following = following.unwrap().into_inner();
    assert!(following.message().await.unwrap().is_some());
    issuer.publish(&[&new]);
    rig.asks(Some(&after)).await.unwrap();
    assert_eq!(
        reason(&rig.asks(Some(&before)).await.unwrap_err()),
        "TOKEN_NOT_ACCEPTED"
    );
    let ended = ended(&mut following).await;
    assert_eq!(reason(&ended), "TOKEN_NOT_ACCEPTED");
    rig.daemon.stop();
}

/// How a stream ends.
async fn ended<T>(stream: &mut tonic::Streaming<T>) -> Status {
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < PATIENCE, "it goes on");
        match tokio::time::timeout(PATIENCE, stream.message())
            .await
            .unwrap()
        {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it ended without an error"),
            Err(status) => return status,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_can_t_be_fetched_again_are_not_believed_for_long() {
    let key = Key::ed25519("ed", 1);
    let issuer = Host::start(&[&key]);
    issuer.fail();
    let rig = Rig::start(&format!("{}\nstale_seconds = 4", url(&issuer)), "").await;
    let token = key.sign(&claims("alice", &["ops"], 600));
    // Never fetched is as good as old.
    assert!(rig.asks(Some(&token)).await.is_err());
    rig.eventually("a notice", || {
        rig.status().contains("ISSUER_KEYS_NOT_TAKEN")
    })
    .await;
    for round in 0..2 {
        issuer.publish(&[&key]);
        let begun = Instant::now();
        while rig.asks(Some(&token)).await.is_err() {
            assert!(
                begun.elapsed() < PATIENCE,
                "{round}: the keys are not taken"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(!rig.status().contains("ISSUER_KEYS_NOT_TAKEN"));
        // While they are fetched again they are not old.
        tokio::time::sleep(Duration::from_secs(5)).await;
        rig.asks(Some(&token)).await.unwrap();
        issuer.fail();
        let begun = Instant::now();
        while rig.asks(Some(&token)).await.is_ok() {
            assert!(
                begun.elapsed() < Duration::from_secs(6),
                "{round}: old keys are believed"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(rig.status().contains("ISSUER_KEYS_NOT_TAKEN"));
    }
    rig.daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_lasts_ends_with_its_token() {
    let key = Key::p256("ec");
    let place = Place::new();
    let file = place.file("keys.json");
    fs::write(&file, set(&[&key])).unwrap();
    let rig = Rig::start(&format!("keys_file = {file:?}"), "").await;
    rig.eventually("the keys", || {
        rig.daemon.log().contains("took the keys of an issuer")
    })
    .await;
    let mut client = rig.client().await.unwrap();
    let lasting = key.sign(&claims("alice", &["ops"], 600));
    client
        .create_ledger(bearing(ledger(), Some(&lasting)))
        .await
        .unwrap();
    let short = key.sign(&claims("alice", &["ops"], 4));
    let begun = Instant::now();
    let following = client.follow_records(bearing(follow(), Some(&short))).await;
    let mut following = following.unwrap().into_inner();
    let goes_on = client
        .follow_records(bearing(follow(), Some(&lasting)))
        .await;
    let mut goes_on = goes_on.unwrap().into_inner();
    let (sender, receiver) = mpsc::channel(1);
    let streaming = client
        .append_stream(bearing(ReceiverStream::new(receiver), Some(&short)))
        .await;
    let mut acknowledged = streaming.unwrap().into_inner();
    let mut sent = 0;
    let ended_stream = loop {
        let message = AppendStreamRequest {
            ledger: "audit".into(),
            events: vec![event(&format!("e{sent}"))],
        };
        // Whoever does not read any more takes no message either.
        let _gone = sender.send(message).await;
        sent += 1;
        match acknowledged.message().await {
            Ok(Some(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
            Ok(None) => panic!("it ended without an error"),
            Err(status) => break status,
        }
        assert!(begun.elapsed() < PATIENCE, "the stream goes on");
    };
    assert_eq!(reason(&ended_stream), "TOKEN_NOT_ACCEPTED");
    assert!(
        sent > 10 && begun.elapsed() >= Duration::from_secs(3),
        "{sent}"
    );
    assert_eq!(reason(&ended(&mut following).await), "TOKEN_NOT_ACCEPTED");
    assert_eq!(
        reason(&rig.asks(Some(&short)).await.unwrap_err()),
        "TOKEN_NOT_ACCEPTED"
    );
    // Another call of the same connection is not touched.
    assert!(goes_on.message().await.unwrap().is_some());
    rig.asks(Some(&lasting)).await.unwrap();
    rig.daemon.stop();
}

/// Tokens with characters that were changed, and texts that never were one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_sent_as_a_token_is_refused_and_harms_nothing() {
    let (key, calls) = (Key::ed25519("ed", 1), counts().token_calls);
    let issuer = Host::start(&[&key]);
    let limits = "failed_authentications_per_minute = 0";
    let rig = Rig::start(&url(&issuer), limits).await;
    rig.eventually("the keys", || {
        rig.daemon.log().contains("took the keys of an issuer")
    })
    .await;
    let genuine = format!("Bearer {}", key.sign(&claims("alice", &["ops"], 36_000)));
    let mut chance = Chance::new("whatever is sent as a token");
    let mut client = rig.client().await.unwrap();
    let asked = issuer.asked();
    let begun = Instant::now();
    for _ in 0..calls {
        let mut text = genuine.clone().into_bytes();
        for _ in 0..chance.within(1..4) {
            if text.is_empty() {
                break;
            }
            let at = chance.within(0..text.len() as u64) as usize;
            let byte = chance.within(0x20..0x7f) as u8;
            match chance.within(0..5) {
                0 => text.insert(at, byte),
                1 => drop(text.remove(at)),
                2 if at > 0 => text.truncate(at),
                _ => text[at] = byte,
            }
        }
        // In whatever case, the scheme is the same.
        let is_the_same =
            text.eq_ignore_ascii_case(genuine.as_bytes()) && text[7..] == genuine.as_bytes()[7..];
        let mut request = Request::new(GetStatusRequest {});
        let value = std::str::from_utf8(&text).unwrap().parse().unwrap();
        request.metadata_mut().insert("authorization", value);
        match client.get_status(request).await {
            Ok(_) => assert!(is_the_same, "{text:?}"),
            Err(status) => assert_eq!(status.code(), Code::Unauthenticated, "{status:?}"),
        }
    }
    let mut request = Request::new(GetStatusRequest {});
    request
        .metadata_mut()
        .insert("authorization", genuine.parse().unwrap());
    client.get_status(request).await.unwrap();
    let minutes = begun.elapsed().as_secs() as usize / 60 + 1;
    // Once a minute for keys that nobody knows, and every five minutes anyhow.
    assert!(
        issuer.asked() - asked <= 2 * minutes,
        "{}",
        issuer.asked() - asked
    );
    let lines = rig.daemon.log().matches("refused a token").count();
    assert_eq!(lines, 5, "the log has a line for each");
    rig.daemon.stop();
    report(format_args!(
        "{calls} calls with what is not a token, none accepted"
    ));
}
