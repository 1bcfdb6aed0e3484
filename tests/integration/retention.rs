//! Keep and let go: what rules of retention cover is gone once its time has come, from every file, and every proof stays.

mod archive;
mod end;
mod kills;
mod persons;
mod rules;

use std::{fs, path::Path};

use indelible_proto::v1::{
    self, ErasureStep, ErrorReason, GetReceiptRequest, GetStatusRequest, ListDisposalsRequest,
    PartState, ReleaseHoldRequest, RetentionAction, RetentionClock, RetentionParts,
    RetentionResult, RetentionRule, RunRetentionRequest, SetRetentionRequest, VerifyLedgerRequest,
};
use tonic::{Code, Status};

use crate::support::{
    Named,
    calls::{append, assert_refused, batch, create, event},
    command::{done, run},
    daemon::{Client, Daemon, Retention},
    faults::ShiftedClock,
    keys::{event_of, get, hold},
    place::Place,
    verifier::{export, verify, verify_receipt},
};

const DAY: i64 = 86_400;

/// A rule on all events of the tests' type, a day after they were recorded.
pub(crate) fn rule(name: &str, parts: RetentionParts) -> RetentionRule {
    RetentionRule {
        name: name.into(),
        action: RetentionAction::Erase.into(),
        parts: parts.into(),
        after_days: 1,
        clock: RetentionClock::Recorded.into(),
        basis: "GDPR Art. 5(1)(e)".into(),
        r#type: "com.example.decision.v1".into(),
        classification: String::new(),
    }
}

pub(crate) async fn set(
    retention: &mut Retention,
    ledger: &str,
    rules: Vec<RetentionRule>,
) -> Result<u64, Status> {
    let request = SetRetentionRequest {
        ledger: ledger.into(),
        rules,
        ..Default::default()
    };
    let answer = retention.set_retention(request).await?.into_inner();
    assert!(answer.recorded_time.is_some());
    Ok(answer.sequence)
}

/// Disposes, and checks that the steps are told in their order.
pub(crate) async fn dispose(
    retention: &mut Retention,
    ledger: &str,
) -> Result<RetentionResult, Status> {
    let request = RunRetentionRequest {
        ledger: ledger.into(),
    };
    let mut progress = retention.run_retention(request).await?.into_inner();
    let mut last = ErasureStep::Unspecified;
    while let Some(message) = progress.message().await? {
        let step = message.step();
        let ends_a_file = [ErasureStep::Releasing, ErasureStep::Archiving].contains(&last);
        let in_order = step >= last || ends_a_file;
        assert!(in_order, "{step:?} after {last:?}");
        last = step;
        if let Some(result) = message.result {
            assert_eq!(step, ErasureStep::Done);
            return Ok(result);
        }
    }
    panic!("a run ended without a result")
}

async fn disposals(retention: &mut Retention, ledger: &str) -> Vec<v1::Disposal> {
    let request = ListDisposalsRequest {
        ledger: ledger.into(),
        ..Default::default()
    };
    let answer = retention
        .list_disposals(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.next_page_token, "");
    answer.disposals
}

/// Whether any file below a directory has a word in it.
fn holds_word(directory: &Path, word: &str) -> bool {
    fs::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds_word(&path, word);
        }
        let bytes = fs::read(&path).unwrap_or_default();
        bytes
            .windows(word.len())
            .any(|window| window == word.as_bytes())
    })
}

async fn start(clock: &ShiftedClock, place: &Place) -> Daemon {
    let mut daemon = Daemon::spawn(clock.serve(place), place).unwrap();
    daemon.await_serving().await;
    daemon
}

async fn states(client: &mut Client, sequence: u64) -> (PartState, PartState) {
    let record = get(client, "audit", sequence, true).await;
    (record.body_state(), record.payload_state())
}

async fn assert_intact(client: &mut Client) {
    let request = VerifyLedgerRequest {
        ledger: "audit".into(),
    };
    let mut progress = client.verify_ledger(request).await.unwrap().into_inner();
    let mut last = None;
    while let Some(message) = progress.message().await.unwrap() {
        last = message.result;
    }
    let result = last.unwrap();
    assert!(result.intact, "{result:?}");
}

const GONE: (PartState, PartState) = (PartState::Erased, PartState::Erased);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_rule_lets_go_is_in_no_file_and_every_proof_stays() {
    let place = Place::new();
    let Some(clock) = ShiftedClock::new(&place) else {
        return;
    };
    let mut daemon = start(&clock, &place).await;
    let mut client = daemon.client().await;
    let mut retention = daemon.retention().await;
    let named = Named::from(&create(&mut client, "audit").await);
    let kept = v1::Event {
        r#type: "com.example.kept.v1".into(),
        ..event("morgenstern")
    };
    let events = vec![event("wacholder"), event_of("erika", "e1"), kept];
    batch(&mut client, "audit", events).await.unwrap();
    let receipt = GetReceiptRequest {
        ledger: "audit".into(),
        sequence: 2,
        wait_for_publication: true,
        ..Default::default()
    };
    let before = client.get_receipt(receipt).await.unwrap().into_inner();
    set(
        &mut retention,
        "audit",
        vec![rule("old", RetentionParts::All)],
    )
    .await
    .unwrap();
    let early = dispose(&mut retention, "audit").await.unwrap();
    assert_eq!((early.sequences.len(), early.record_count), (0, 0));

    clock.set(2 * DAY);
    append(&mut client, "audit", event("tulpenfeld"))
        .await
        .unwrap();
    let preview = done(
        &daemon,
        &["retention", "preview", "audit", "--output", "json"],
    )
    .json();
    assert_eq!(preview["due"]["records"], 2);
    assert_eq!(preview["held"]["records"], 0);
    assert_eq!(states(&mut client, 2).await.0, PartState::Present);
    let result = dispose(&mut retention, "audit").await.unwrap();
    assert!(result.complete && result.record_count == 2, "{result:?}");
    let listed = disposals(&mut retention, "audit").await;
    assert_eq!(listed.len(), 1);
    assert_eq!(result.sequences, [listed[0].sequence]);
    assert!(listed[0].complete);
    assert_eq!(listed[0].rule.as_ref().unwrap().name, "old");
    let shown = done(&daemon, &["retention", "list", "audit"]).text();
    assert!(
        shown.contains("complete") && shown.contains("GDPR Art. 5(1)(e)"),
        "{shown}"
    );

    for restarted in [false, true] {
        if restarted {
            daemon.stop();
            daemon = start(&clock, &place).await;
            client = daemon.client().await;
        }
        assert_eq!(states(&mut client, 2).await, GONE);
        assert_eq!(states(&mut client, 3).await, GONE);
        let open = (PartState::Present, PartState::Present);
        assert_eq!(states(&mut client, 4).await, open);
        assert_eq!(states(&mut client, 6).await, open);
        // A repeat is still known.
        let again = append(&mut client, "audit", event("wacholder")).await;
        let again = again.unwrap();
        assert!(
            again.repeat && again.sequence == 2 && again.erased,
            "{again:?}"
        );
        assert_intact(&mut client).await;
    }
    let (receipt, record) = (place.file("receipt"), place.file("record"));
    fs::write(&receipt, &before.receipt).unwrap();
    fs::write(&record, &before.record_file).unwrap();
    let verified = verify_receipt(&receipt, &record, &named.verifier_key);
    assert_eq!(verified.code, 0, "{verified:#?}");
    let bundle = place.file("bundle.tar");
    export(&mut client, &named.origin, None, &bundle).await;
    let verified = verify(&bundle, &named.verifier_key, &[]);
    assert_eq!(verified.code, 0, "{verified:#?}");
    for question in ["integrity", "custody"] {
        assert_eq!(verified.answer(question), "holds", "{verified:#?}");
    }
    let told = verified.report.to_string();
    assert!(
        told.contains("\"old\""),
        "the verdict tells of the disposal: {told}"
    );
    daemon.stop();
    fs::remove_file(&bundle).unwrap();
    for word in ["wacholder", "actor of e1"] {
        assert!(!holds_word(&place.data(), word), "{word} is still there");
    }
    // What stays is found, though compression may cut any one word to pieces.
    let kept = ["morgenstern", "tulpenfeld", named.origin.as_str()];
    assert!(
        kept.iter().any(|word| holds_word(&place.data(), word)),
        "the search finds nothing"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holds_and_a_clock_that_is_not_believed_stop_it() {
    let place = Place::new();
    let Some(clock) = ShiftedClock::new(&place) else {
        return;
    };
    let daemon = start(&clock, &place).await;
    let mut client = daemon.client().await;
    let (mut retention, mut keys) = (daemon.retention().await, daemon.keys().await);
    create(&mut client, "audit").await;
    let events = vec![event("a"), event_of("erika", "e1")];
    batch(&mut client, "audit", events).await.unwrap();
    let rules = vec![rule("chats", RetentionParts::Payloads)];
    set(&mut retention, "audit", rules).await.unwrap();

    // Ten years ahead: the clock is not believed, and nothing goes.
    clock.set(3_650 * DAY);
    let refused = dispose(&mut retention, "audit").await;
    assert_refused(
        refused,
        Code::FailedPrecondition,
        ErrorReason::ClockUnconfirmed,
        "",
    );
    let refused = run(&daemon, &["retention", "preview", "audit"]);
    let is_clock = refused.code == 1 && refused.remarks.contains("CLOCK_UNCONFIRMED");
    assert!(is_clock, "{refused:?}");
    let status = client.get_status(GetStatusRequest {}).await.unwrap();
    assert!(status.into_inner().clock.unwrap().unconfirmed);
    clock.set(2 * DAY);
    assert!(disposals(&mut retention, "audit").await.is_empty());

    let whole = hold(&mut keys, "audit", None).await;
    let refused = dispose(&mut retention, "audit").await;
    assert_refused(
        refused,
        Code::FailedPrecondition,
        ErrorReason::DisposalHeld,
        "",
    );
    let erika = hold(&mut keys, "audit", Some("erika")).await;
    let release = |hold: &[u8]| ReleaseHoldRequest {
        ledger: "audit".into(),
        hold_id: hold.to_vec().into(),
    };
    keys.release_hold(release(&whole)).await.unwrap();
    let result = dispose(&mut retention, "audit").await.unwrap();
    assert_eq!(result.record_count, 1, "{result:?}");
    let (due, held) = (
        result.surveys[0].due.as_ref(),
        result.surveys[0].held.as_ref(),
    );
    assert_eq!(
        (due.unwrap().record_count, held.unwrap().record_count),
        (1, 1)
    );
    let payload_gone = (PartState::Present, PartState::Erased);
    assert_eq!(states(&mut client, 2).await, payload_gone);
    assert_eq!(
        states(&mut client, 3).await,
        (PartState::Present, PartState::Present)
    );
    keys.release_hold(release(&erika)).await.unwrap();
    let result = done(
        &daemon,
        &["retention", "run", "audit", "--yes", "--output", "json"],
    )
    .json();
    assert_eq!(result["records"], 1);
    assert_eq!(
        states(&mut client, 3).await,
        (PartState::Present, PartState::Erased)
    );
    assert_intact(&mut client).await;
    daemon.stop();
}
