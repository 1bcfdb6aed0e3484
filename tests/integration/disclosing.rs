//! Bundles that disclose event keys: an auditor reads with them what is encrypted, and nobody reads it without.

use std::fs;

use indelible_proto::v1::{ExportBundleRequest, SequenceRange, record_selection::Bounds};

use crate::support::{
    Named,
    calls::{append, create, event},
    command::done,
    daemon::{Client, Daemon},
    keys::{erase, event_of},
    place::Place,
    verifier::{of_bounds, verify},
};

async fn exported(client: &mut Client, request: ExportBundleRequest) -> Vec<u8> {
    let mut chunks = client.export_bundle(request).await.unwrap().into_inner();
    let mut bundle = Vec::new();
    while let Some(message) = chunks.message().await.unwrap() {
        bundle.extend_from_slice(&message.chunk);
    }
    bundle
}

fn request(disclose_keys: bool) -> ExportBundleRequest {
    ExportBundleRequest {
        ledger: "audit".into(),
        selection: None,
        withhold_payloads: false,
        without_archived: false,
        disclose_keys,
        purpose: String::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_reads_what_a_bundle_discloses_and_nothing_else() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    let events = [
        event_of("erika", "e1"),
        event_of("max", "m1"),
        event("plain"),
        event_of("erika", "e2"),
    ];
    for event in events {
        append(&mut client, "audit", event).await.unwrap();
    }
    let file = place.file("bundle.tar");
    let check = |bundle: &[u8], bodies: (u64, u64), payloads: (u64, u64)| {
        fs::write(&file, bundle).unwrap();
        let verified = verify(&file, &named.verifier_key, &[]);
        assert_eq!(verified.code, 0, "{verified:#?}");
        let told = &verified.report["bundle"];
        for (part, (there, opened)) in [("bodies", bodies), ("payloads", payloads)] {
            assert_eq!(told[part]["opened"], opened, "{part}: {told:#}");
            let counts = ["present", "opened", "encrypted"];
            let counts = counts.map(|state| told[part][state].as_u64().unwrap());
            assert_eq!(counts.iter().sum::<u64>(), there, "{part}: {told:#}");
        }
    };

    let closed = exported(&mut client, request(false)).await;
    check(&closed, (4, 0), (4, 0));
    let open = exported(&mut client, request(true)).await;
    check(&open, (4, 3), (4, 3));
    for secret in [&b"payload of e1"[..], b"actor of e1", b"erika"] {
        let found = open.windows(secret.len()).any(|window| window == secret);
        assert!(!found, "{}", String::from_utf8_lossy(secret));
    }
    let withheld = ExportBundleRequest {
        withhold_payloads: true,
        without_archived: false,
        ..request(true)
    };
    check(&exported(&mut client, withheld).await, (4, 3), (0, 0));
    let part = ExportBundleRequest {
        selection: Some(of_bounds(Bounds::SequenceRange(SequenceRange {
            start: 3,
            end: 5,
        }))),
        ..request(true)
    };
    check(&exported(&mut client, part).await, (2, 1), (2, 1));

    let written = place.file("by-hand.tar.zst");
    let to = written.to_str().unwrap();
    let answer = done(
        &daemon,
        &["export", "audit", "--out", to, "--disclose-keys"],
    );
    assert!(
        answer.remarks.contains("even after an erasure"),
        "{answer:?}"
    );
    let verified = verify(&written, &named.verifier_key, &[]);
    assert_eq!(verified.report["bundle"]["bodies"]["opened"], 3);
    let answer = done(&daemon, &["export", "audit", "--out", to]);
    assert!(!answer.remarks.contains("discloses"), "{answer:?}");

    let mut keys = daemon.keys().await;
    erase(&mut keys, "audit", "erika").await.unwrap();
    check(&exported(&mut client, request(true)).await, (2, 1), (2, 1));
    // Disclosure is final: the copy from before still opens.
    check(&open, (4, 3), (4, 3));
    daemon.stop();
}

/// A bundle that could disclose nothing is not called one that anybody can read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_of_nothing_to_open_is_said_to_open_nothing() {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    for event in [event_of("erika", "e1"), event_of("max", "m1")] {
        append(&mut client, "audit", event).await.unwrap();
    }
    erase(&mut daemon.keys().await, "audit", "erika")
        .await
        .unwrap();
    let bundle = place.file("bundle.tar");
    let to = bundle.to_str().unwrap();
    let export = ["export", "audit", "--disclose-keys", "--out", to];
    let erased = done(
        &daemon,
        &[&export[..], &["--from", "2", "--to", "3"]].concat(),
    );
    assert!(
        erased.remarks.contains("discloses no event key"),
        "{erased:?}"
    );
    let there = done(
        &daemon,
        &[&export[..], &["--from", "3", "--to", "4"]].concat(),
    );
    assert!(
        there.remarks.contains("anybody who gets a copy"),
        "{there:?}"
    );
    daemon.stop();
}
