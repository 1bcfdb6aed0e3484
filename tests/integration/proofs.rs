//! Receipts, checkpoints, consistency proofs, the daemon's own verification, and bundles: each is
//! verified by what an auditor would use.

use std::fs;

use indelible_evidence::{
    checkpoint::{Checkpoint, verify_identity},
    hash::TreeHash,
    note::{SignedNote, VerifierKey},
    tree::verify_consistency,
};
use indelible_proto::v1::{
    CheckpointKind, ErrorReason, GetCheckpointRequest, GetConsistencyProofRequest,
    GetReceiptRequest, SequenceRange, TimeRange, VerifyLedgerRequest, record_selection::Bounds,
};
use tonic::Code;

use crate::support::{
    Named,
    calls::{append, assert_refused, batch, create, event, events},
    command::run,
    daemon::{Client, Daemon},
    place::Place,
    verifier::{assert_verifies, export, of_bounds, verify, verify_receipt},
};

/// A daemon with a ledger of 602 records.
async fn filled(place: &Place) -> (Daemon, Client, Named) {
    let daemon = Daemon::start(place).await;
    let mut client = daemon.client().await;
    let ledger = Named::from(&create(&mut client, "audit").await);
    for first in 0..6 {
        batch(
            &mut client,
            "audit",
            events("e", first * 100..(first + 1) * 100),
        )
        .await
        .unwrap();
    }
    (daemon, client, ledger)
}

async fn checkpoint(client: &mut Client, kind: CheckpointKind) -> String {
    let request = GetCheckpointRequest {
        ledger: "audit".into(),
        kind: kind.into(),
    };
    client
        .get_checkpoint(request)
        .await
        .unwrap()
        .into_inner()
        .checkpoint
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_verify_offline_provisional_and_published() {
    let place = Place::new();
    let (daemon, mut client, ledger) = filled(&place).await;
    let (receipt, record) = (place.file("receipt"), place.file("record"));
    let newest = append(&mut client, "audit", event("newest"))
        .await
        .unwrap()
        .sequence;
    let mut seen = [false, false];
    for (sequence, wait) in [
        (newest, false),
        (newest, true),
        (0, true),
        (1, true),
        (2, true),
        (257, true),
    ] {
        let request = GetReceiptRequest {
            ledger: "audit".into(),
            sequence,
            wait_for_publication: wait,
            disclose_key: false,
            ..Default::default()
        };
        let answer = client.get_receipt(request).await.unwrap().into_inner();
        assert!(!(wait && answer.provisional));
        seen[usize::from(answer.provisional)] = true;
        fs::write(&receipt, &answer.receipt).unwrap();
        fs::write(&record, &answer.record_file).unwrap();
        let verified = verify_receipt(&receipt, &record, &ledger.verifier_key);
        assert_eq!(verified.code, 0, "record {sequence}: {verified:#?}");
        assert_eq!(
            verified.report["provisional"], answer.provisional,
            "{:#}",
            verified.report
        );
        let mut other = answer.record_file.to_vec();
        let middle = other.len() / 2;
        other[middle] ^= 1;
        fs::write(&record, other).unwrap();
        let altered = verify_receipt(&receipt, &record, &ledger.verifier_key);
        assert_ne!(altered.code, 0, "an altered record {sequence} passed");
    }
    assert_eq!(
        seen,
        [true, true],
        "published and provisional receipts were both to be seen"
    );
    let beyond = GetReceiptRequest {
        ledger: "audit".into(),
        sequence: newest + 1,
        wait_for_publication: false,
        disclose_key: false,
        ..Default::default()
    };
    assert_refused(
        client.get_receipt(beyond).await,
        Code::NotFound,
        ErrorReason::RecordUnknown,
        "",
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checkpoints_grow_consistently() {
    let place = Place::new();
    let (daemon, mut client, ledger) = filled(&place).await;
    let key = VerifierKey::parse(&ledger.verifier_key).unwrap();
    let committed = checkpoint(&mut client, CheckpointKind::Committed).await;
    let committed =
        Checkpoint::parse_text(&SignedNote::parse(committed.as_bytes()).unwrap().text).unwrap();
    assert_eq!(
        (committed.size, committed.origin.as_str()),
        (602, ledger.origin.as_str())
    );
    let wait = GetReceiptRequest {
        ledger: "audit".into(),
        sequence: 601,
        wait_for_publication: true,
        disclose_key: false,
        ..Default::default()
    };
    client.get_receipt(wait).await.unwrap();
    let published = checkpoint(&mut client, CheckpointKind::Published).await;
    let published =
        verify_identity(&SignedNote::parse(published.as_bytes()).unwrap(), &key).unwrap();
    assert_eq!(published.checkpoint, committed);

    let proof = |from_size, to_size| GetConsistencyProofRequest {
        ledger: "audit".into(),
        from_size,
        to_size,
    };
    let hash = |bytes: &[u8]| TreeHash::try_from(bytes).unwrap();
    for (from, to) in [
        (1, 602),
        (2, 3),
        (255, 257),
        (256, 512),
        (601, 602),
        (602, 602),
        (17, 0),
    ] {
        let answer = client
            .get_consistency_proof(proof(from, to))
            .await
            .unwrap()
            .into_inner();
        let hashes: Vec<_> = answer.hashes.iter().map(|bytes| hash(bytes)).collect();
        let (old, new) = (hash(&answer.from_root_hash), hash(&answer.to_root_hash));
        assert_eq!(answer.to_size, if to == 0 { 602 } else { to });
        assert!(
            verify_consistency(from, answer.to_size, &old, &new, &hashes),
            "{from} to {to}"
        );
        if answer.to_size == 602 {
            assert_eq!(new, committed.root);
        }
    }
    let zero = client.get_consistency_proof(proof(0, 5)).await;
    assert_refused(
        zero,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "from_size",
    );
    let reversed = client.get_consistency_proof(proof(9, 8)).await;
    assert_refused(
        reversed,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "from_size",
    );
    let beyond = client.get_consistency_proof(proof(9, 603)).await;
    assert_refused(beyond, Code::OutOfRange, ErrorReason::SizeOutOfRange, "");
    let lost = client.get_consistency_proof(proof(603, 0)).await;
    assert_refused(lost, Code::OutOfRange, ErrorReason::SizeOutOfRange, "");
    for sizes in [&["603"][..], &["9", "603"]] {
        let asked = run(&daemon, &[&["consistency", "audit"], sizes].concat());
        assert_eq!(asked.code, 1, "{asked:?}");
        assert!(
            asked.remarks.contains("the ledger has lost records"),
            "{asked:?}"
        );
    }
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_daemon_verifies_a_ledger_and_tells_of_its_progress() {
    let place = Place::new();
    let (daemon, mut client, _ledger) = filled(&place).await;
    let request = VerifyLedgerRequest {
        ledger: "audit".into(),
    };
    let mut progress = client.verify_ledger(request).await.unwrap().into_inner();
    let mut messages = Vec::new();
    while let Some(message) = progress.message().await.unwrap() {
        messages.push(message);
    }
    let last = messages.pop().unwrap();
    assert_eq!((last.done, last.total), (602, 602));
    let result = last.result.unwrap();
    assert!(result.intact && result.findings.is_empty());
    assert!(messages.iter().all(|message| message.result.is_none()));
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bundles_verify_offline_whole_and_in_part() {
    let place = Place::new();
    let (daemon, mut client, ledger) = filled(&place).await;
    let whole = place.file("whole.tar");
    assert_verifies(&mut client, &ledger, &whole).await;

    let times: Vec<_> = crate::support::calls::records(&mut client, "audit", 0, 602)
        .await
        .iter()
        .map(|record| record.recorded_time)
        .collect();
    let range = |from, to| {
        let (start, end) = (from, to);
        Bounds::SequenceRange(SequenceRange { start, end })
    };
    let period = TimeRange {
        start: times[202],
        end: times[402],
    };
    let parts = [
        (range(0, 0), 0, 602),
        (range(100, 300), 100, 300),
        (range(0, 1), 0, 1),
        (range(601, 602), 601, 602),
        (Bounds::RecordedTimeRange(period), 202, 402),
    ];
    let part = place.file("part.tar");
    for (bounds, from, to) in parts {
        export(&mut client, "audit", Some(bounds), &part).await;
        let verified = verify(&part, &ledger.verifier_key, &[]);
        assert_eq!(verified.code, 0, "{bounds:?}: {verified:#?}");
        assert_eq!(verified.answer("integrity"), "holds");
        assert_eq!(verified.report["bundle"]["from"], from, "{bounds:?}");
        assert_eq!(verified.report["bundle"]["to"], to, "{bounds:?}");
    }
    let empty = indelible_proto::v1::ExportBundleRequest {
        ledger: "audit".into(),
        selection: Some(of_bounds(range(600, 700))),
        withhold_payloads: false,
        without_archived: false,
        disclose_keys: false,
        purpose: String::new(),
    };
    let refused = match client.export_bundle(empty).await {
        Ok(answer) => answer.into_inner().message().await.map(drop),
        Err(status) => Err(status),
    };
    assert_refused(refused, Code::OutOfRange, ErrorReason::SelectionEmpty, "");

    // The verifier is no rubber stamp: another key, another byte.
    let other = create(&mut client, "other").await;
    assert_ne!(verify(&whole, &other.verifier_key, &[]).code, 0);
    let mut bytes = fs::read(&whole).unwrap();
    let place_of = |text: &[u8], bytes: &[u8]| {
        bytes
            .windows(text.len())
            .position(|window| window == text)
            .unwrap()
    };
    let at = place_of(b"payload of e345", &bytes);
    bytes[at] ^= 1;
    fs::write(&part, bytes).unwrap();
    let altered = verify(&part, &ledger.verifier_key, &[]);
    assert_eq!(
        (altered.code, altered.answer("integrity")),
        (1, "broken"),
        "{altered:#?}"
    );
    let finding = &altered.report["verdict"]["integrity"]["findings"][0];
    assert_eq!(finding["sequence"], 347, "{finding:#}");
    daemon.stop();
}
