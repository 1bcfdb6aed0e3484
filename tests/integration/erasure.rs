//! A person is erased: what they said can't be read any more, and every proof stays valid. A hold refuses it.

mod certificate;
mod commands;
mod elsewhere;
mod in_flight;

use std::{fs, path::Path, time::Duration};

use indelible_proto::v1::{
    self, EraseDataSubjectRequest, ErrorReason, EventFilter, GetReceiptRequest, ListEventsRequest,
    ListHoldsRequest, PartState, PlaceHoldRequest, ReleaseHoldRequest, VerifyLedgerRequest,
};
use tonic::Code;

use crate::support::{
    Named,
    calls::{append, assert_refused, batch, create, event, hex, ledger},
    command::{done, run, run_with},
    daemon::{Client, Daemon, Keys},
    keys::{erase, erasures, event_of, get, hold},
    place::Place,
    verifier::{export, verify, verify_receipt},
};

const BASIS: &str = "GDPR Art. 17(1)(a)";

/// A ledger with events of two people and of nobody: 2, 3, 6 are Erika's, 4 Max's, 5 nobody's.
async fn filled(place: &Place) -> (Daemon, Client, Keys, Named) {
    let daemon = Daemon::start(place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    let events = vec![
        event_of("erika", "e1"),
        event_of("erika", "e2"),
        event_of("max", "m1"),
        event("plain"),
        event_of("erika", "e3"),
    ];
    batch(&mut client, "audit", events).await.unwrap();
    let keys = daemon.keys().await;
    (daemon, client, keys, named)
}

async fn by_actor(client: &mut Client, actor: &str) -> Vec<u64> {
    let request = ListEventsRequest {
        ledger: "audit".into(),
        filter: Some(EventFilter {
            actor: actor.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let answer = client.list_events(request).await.unwrap().into_inner();
    answer
        .records
        .iter()
        .map(|record| record.sequence)
        .collect()
}

/// Whether any file below a directory has a word in it.
fn holds_word(directory: &Path, word: &[u8]) -> Option<std::path::PathBuf> {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let found = if path.is_dir() {
            holds_word(&path, word)
        } else {
            let bytes = fs::read(&path).unwrap_or_default();
            bytes
                .windows(word.len())
                .any(|window| window == word)
                .then_some(path)
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_erased_is_gone_and_every_proof_stays_valid() {
    let place = Place::new();
    let (mut daemon, mut client, mut keys, named) = filled(&place).await;
    let request = GetReceiptRequest {
        ledger: "audit".into(),
        sequence: 2,
        wait_for_publication: true,
        disclose_key: false,
        ..Default::default()
    };
    let before = client
        .get_receipt(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(by_actor(&mut client, "actor of e1").await, [2]);

    let erased = erase(&mut keys, "audit", "erika").await.unwrap();
    assert_eq!((erased.sequence, erased.event_count), (7, 3));
    assert!(erased.complete && erased.older_copy_paths.is_empty());
    assert_eq!(erased.data_key_ids.len(), 1);
    assert!(erased.backup_advice.contains(&hex(&erased.kek_id)));

    for restarted in [false, true] {
        if restarted {
            daemon.stop();
            daemon = Daemon::start(&place).await;
            client = daemon.client().await;
            keys = daemon.keys().await;
        }
        for sequence in [2, 3, 6] {
            for decrypt in [false, true] {
                let record = get(&mut client, "audit", sequence, decrypt).await;
                assert_eq!(record.body_state(), PartState::Erased);
                assert_eq!(record.payload_state(), PartState::Erased);
                assert_eq!(record.data_key_id, erased.data_key_ids[0]);
                let event = record.event.unwrap();
                assert_eq!(event.r#type, "com.example.decision.v1");
                assert_eq!((event.id.as_str(), event.payload), ("", None));
            }
        }
        let others = get(&mut client, "audit", 4, true).await.event.unwrap();
        assert_eq!(others, event_of("max", "m1"));
        assert_eq!(by_actor(&mut client, "actor of e1").await, [0_u64; 0]);
        assert_eq!(by_actor(&mut client, "actor of m1").await, [4]);

        let record = get(&mut client, "audit", 7, false).await;
        assert_eq!((record.kind().name(), record.event), ("erasure", None));
        let listed = erasures(&mut keys, "audit").await;
        assert_eq!(listed.len(), 1);
        assert_eq!(
            (
                listed[0].sequence,
                listed[0].basis.as_str(),
                listed[0].complete
            ),
            (7, BASIS, true)
        );
        assert_eq!(listed[0].data_key_ids, erased.data_key_ids);

        // A repeat is still known: nothing is appended, and nobody comes back.
        let again = append(&mut client, "audit", event_of("erika", "e1"))
            .await
            .unwrap();
        assert_eq!(
            (again.sequence, again.repeat, again.erased),
            (2, true, true)
        );
        let twice = erase(&mut keys, "audit", "erika").await;
        assert_refused(twice, Code::NotFound, ErrorReason::DataSubjectUnknown, "");
    }

    // The receipt from before proves what it proved; a new one has nothing to show but the header.
    let (receipt, record) = (place.file("receipt"), place.file("record"));
    let after = client.get_receipt(request).await.unwrap().into_inner();
    for answer in [before, after] {
        fs::write(&receipt, &answer.receipt).unwrap();
        fs::write(&record, &answer.record_file).unwrap();
        let verified = verify_receipt(&receipt, &record, &named.verifier_key);
        assert_eq!(verified.code, 0, "{verified:#?}");
    }
    let bundle = place.file("bundle.tar");
    export(&mut client, &named.origin, None, &bundle).await;
    let verified = verify(&bundle, &named.verifier_key, &[]);
    assert_eq!(verified.code, 0, "{verified:#?}");
    for question in ["integrity", "custody"] {
        assert_eq!(verified.answer(question), "holds", "{verified:#?}");
    }
    assert!(
        verified.report.to_string().contains(BASIS),
        "the verdict tells of the erasure: {:#}",
        verified.report
    );
    let request = VerifyLedgerRequest {
        ledger: "audit".into(),
    };
    let mut progress = client.verify_ledger(request).await.unwrap().into_inner();
    let mut last = None;
    while let Some(message) = progress.message().await.unwrap() {
        last = message.result;
    }
    assert!(last.unwrap().intact);
    daemon.stop();
    for word in ["erika", "actor of e", "payload of e1"] {
        let found = holds_word(&place.data(), word.as_bytes());
        assert_eq!(found, None, "{word:?} is still there");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_comes_back_begins_anew() {
    let place = Place::new();
    let (daemon, mut client, mut keys, _named) = filled(&place).await;
    let first = erase(&mut keys, "audit", "erika").await.unwrap();
    let again = append(&mut client, "audit", event_of("erika", "e4"))
        .await
        .unwrap();
    assert!(!again.repeat);
    let record = get(&mut client, "audit", again.sequence, true).await;
    assert_eq!(record.event, Some(event_of("erika", "e4")));
    assert_ne!(record.data_key_id, first.data_key_ids[0]);
    let second = erase(&mut keys, "audit", "erika").await.unwrap();
    assert_eq!(second.event_count, 1);
    assert_eq!(second.data_key_ids, [record.data_key_id]);
    assert_eq!(erasures(&mut keys, "audit").await.len(), 2);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_a_hold_nothing_is_erased() {
    let place = Place::new();
    let (mut daemon, _, mut keys, _named) = filled(&place).await;
    let on_erika = hold(&mut keys, "audit", Some("erika")).await;
    let refused = erase(&mut keys, "audit", "erika").await;
    let status = refused.as_ref().unwrap_err();
    let details = tonic_types::StatusExt::get_details_error_info(status).unwrap();
    let named: String = on_erika.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(details.metadata["hold"], named);
    assert_refused(
        refused,
        Code::FailedPrecondition,
        ErrorReason::ErasureHeld,
        "",
    );
    // Others are not under it.
    erase(&mut keys, "audit", "max").await.unwrap();

    let on_all = hold(&mut keys, "audit", None).await;
    daemon.kill();
    daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    keys = daemon.keys().await;
    append(&mut client, "audit", event_of("moritz", "o1"))
        .await
        .unwrap();
    let refused = erase(&mut keys, "audit", "moritz").await;
    assert_refused(
        refused,
        Code::FailedPrecondition,
        ErrorReason::ErasureHeld,
        "",
    );
    let request = ListHoldsRequest {
        ledger: "audit".into(),
        ..Default::default()
    };
    let holds = keys.list_holds(request).await.unwrap().into_inner().holds;
    let found: Vec<_> = holds
        .iter()
        .map(|hold| {
            (
                hold.hold_id.to_vec(),
                hold.whole_ledger,
                hold.data_key_ids.len(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [(on_erika.clone(), false, 1), (on_all.clone(), true, 0)]
    );
    assert_eq!(holds[0].reason, "claim 2026/118");

    let release = |hold: &[u8]| ReleaseHoldRequest {
        ledger: "audit".into(),
        hold_id: hold.to_vec().into(),
    };
    keys.release_hold(release(&on_all)).await.unwrap();
    erase(&mut keys, "audit", "moritz").await.unwrap();
    let refused = erase(&mut keys, "audit", "erika").await;
    assert_refused(
        refused,
        Code::FailedPrecondition,
        ErrorReason::ErasureHeld,
        "",
    );
    keys.release_hold(release(&on_erika)).await.unwrap();
    let twice = keys.release_hold(release(&on_erika)).await;
    assert_refused(twice, Code::NotFound, ErrorReason::HoldUnknown, "");
    let odd = keys.release_hold(release(&on_erika[1..])).await;
    assert_refused(
        odd,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "hold_id",
    );
    erase(&mut keys, "audit", "erika").await.unwrap();
    assert_eq!(
        get(&mut client, "audit", 2, true).await.body_state(),
        PartState::Erased
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_t_be_erased_or_held_is_refused_by_name() {
    let place = Place::new();
    let (daemon, mut client, mut keys, _named) = filled(&place).await;
    let size = ledger(&mut client, "audit").await.size;
    let unknown = erase(&mut keys, "audit", "nobody").await;
    assert_refused(unknown, Code::NotFound, ErrorReason::DataSubjectUnknown, "");
    let elsewhere = erase(&mut keys, "elsewhere", "erika").await;
    assert_refused(elsewhere, Code::NotFound, ErrorReason::LedgerUnknown, "");
    let request = |subject: &str, basis: &str| EraseDataSubjectRequest {
        ledger: "audit".into(),
        data_subject: subject.into(),
        basis: basis.into(),
        ..Default::default()
    };
    for (request, field) in [
        (request("", BASIS), "data_subject"),
        (request("erika", ""), "basis"),
        (request("erika", "a\nb"), "basis"),
        (request("erika", &"x".repeat(1_025)), "basis"),
    ] {
        let refused = match keys.erase_data_subject(request).await {
            Ok(answer) => answer.into_inner().message().await,
            Err(status) => Err(status),
        };
        assert_refused(
            refused,
            Code::InvalidArgument,
            ErrorReason::FieldInvalid,
            field,
        );
    }
    let place_hold = |subject: Option<&str>, reason: &str| PlaceHoldRequest {
        ledger: "audit".into(),
        data_subject: subject.map(str::to_owned),
        reason: reason.into(),
    };
    let unknown = keys.place_hold(place_hold(Some("nobody"), "")).await;
    assert_refused(unknown, Code::NotFound, ErrorReason::DataSubjectUnknown, "");
    for (request, field) in [
        (place_hold(Some(""), ""), "data_subject"),
        (place_hold(None, "a\u{1}b"), "reason"),
    ] {
        let refused = keys.place_hold(request).await;
        assert_refused(
            refused,
            Code::InvalidArgument,
            ErrorReason::FieldInvalid,
            field,
        );
    }
    assert_eq!(
        ledger(&mut client, "audit").await.size,
        size,
        "nothing was recorded"
    );
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_does_not_stop_an_erasure() {
    let place = Place::new();
    let (daemon, mut client, mut keys, _named) = filled(&place).await;
    for first in (0..3_000).step_by(1_000) {
        let events: Vec<v1::Event> = (first..first + 1_000)
            .map(|number| event_of("erika", &format!("more{number}")))
            .collect();
        batch(&mut client, "audit", events).await.unwrap();
    }
    let request = EraseDataSubjectRequest {
        ledger: "audit".into(),
        data_subject: "erika".into(),
        basis: BASIS.into(),
        ..Default::default()
    };
    let mut progress = keys.erase_data_subject(request).await.unwrap().into_inner();
    let first = progress.message().await.unwrap().unwrap();
    assert_eq!(first.step(), v1::ErasureStep::Recorded);
    drop(progress);
    drop(keys);
    let mut keys = daemon.keys().await;
    for attempt in 0.. {
        let listed = erasures(&mut keys, "audit").await;
        if listed[0].complete {
            break;
        }
        assert!(attempt < 600, "it is never complete");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        get(&mut client, "audit", 2, true).await.body_state(),
        PartState::Erased
    );
    daemon.stop();
}
