//! What the operating system refuses, in the store of the real daemon: a lack of resources and failing devices are told
//! as what they are, and never as damage.

use std::time::{Duration, Instant};

use indelible_proto::v1::{ErrorReason, LedgerState};
use serde_json::Value;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    quarantine::notice,
    support::{
        calls::{append, batch, create, event, events, ledger, refusal},
        command::run,
        daemon::{Client, Daemon},
        faults::{FailingCalls, store_files},
        place::{Place, copy},
    },
};

/// How long a notice may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the system says, the reason that clients get, and the cause in its metadata.
const READS: [(&str, Code, ErrorReason, &str); 5] = [
    (
        "EMFILE",
        Code::ResourceExhausted,
        ErrorReason::ResourcesExhausted,
        "open_files",
    ),
    (
        "ENFILE",
        Code::ResourceExhausted,
        ErrorReason::ResourcesExhausted,
        "open_files_of_machine",
    ),
    (
        "ENOMEM",
        Code::ResourceExhausted,
        ErrorReason::ResourcesExhausted,
        "memory",
    ),
    (
        "EIO",
        Code::Unavailable,
        ErrorReason::StorageFailed,
        "device",
    ),
    (
        "ESTALE",
        Code::Unavailable,
        ErrorReason::StorageFailed,
        "directory_gone",
    ),
];

fn cause(status: &Status) -> String {
    let details = status.get_details_error_info().unwrap();
    details.metadata.get("cause").cloned().unwrap_or_default()
}

async fn await_notice(client: &mut Client, code: &str, word: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let status = client.get_status(indelible_proto::v1::GetStatusRequest {});
        let notices = status.await.unwrap().into_inner().notices;
        let mut of_code = notices.iter().filter(|one| one.code().name() == code);
        if of_code.any(|one| one.detail.contains(word)) {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "no {code} with {word}: {notices:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A store whose records lie in tables after the next start. No daemon has it open, and the index is complete, so that the
/// next one reads no old record of its own accord.
async fn with_tables() -> Place {
    let place = Place::new();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    create(&mut client, "other").await;
    for batch_number in 0..8 {
        let ids = events(&format!("b{batch_number}-"), 0..1_000);
        batch(&mut client, "audit", ids).await.unwrap();
    }
    let deadline = Instant::now() + PATIENCE;
    for name in ["audit", "other"] {
        loop {
            let found = ledger(&mut client, name).await;
            if found.indexed_size == found.size {
                break;
            }
            assert!(Instant::now() < deadline, "not indexed: {found:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    daemon.stop();
    place
}

/// Another place with a copy of a store. Each has had few starts, and so few tables that none are put together: the tables
/// that are there after a start are the ones that stay.
fn copy_of(original: &Place) -> Place {
    let place = Place::new();
    copy(&original.data(), &place.data());
    copy(&original.anchor(), &place.anchor());
    place
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_system_keeps_from_being_read_is_not_damage() {
    let original = with_tables().await;
    for (error, code, reason, name) in READS {
        let place = copy_of(&original);
        let daemon = Daemon::start(&place).await;
        let mut client = daemon.client().await;
        let tables = store_files(&place, "sst");
        let Some(tracer) = FailingCalls::begin(&daemon, "pread64", error, 1, &tables) else {
            return;
        };
        // Nobody has read this record since the start, so it is in no memory.
        let request = indelible_proto::v1::GetRecordRequest {
            ledger: "audit".into(),
            record: Some(indelible_proto::v1::get_record_request::Record::Sequence(
                4_000,
            )),
            ..Default::default()
        };
        let answered = client.get_record(request).await;
        let status = answered.expect_err(error);
        assert_eq!(refusal(&status).0, code, "{error}: {status:?}");
        assert_eq!(refusal(&status).1, Some(reason), "{error}");
        assert_eq!(cause(&status), name, "{error}");
        assert!(status.get_details_retry_info().is_some(), "{error}");
        let verified = run(&daemon, &["verify", "audit", "--output", "json"]);
        assert_eq!(verified.code, 6, "{error}: {verified:?}");
        let answer = verified.json();
        assert_eq!(answer["findings"], Value::Array(Vec::new()), "{error}");
        assert_eq!(answer["unanswered"].as_array().map(Vec::len), Some(1));
        let notice = match reason {
            ErrorReason::ResourcesExhausted => "RESOURCES_EXHAUSTED",
            _ => "STORAGE_FAILED",
        };
        await_notice(&mut client, notice, name).await;
        let tables_now = store_files(&place, "sst");
        assert_eq!(tables_now, tables, "the store put tables together");
        drop(tracer);
        is_well_again(daemon, client).await;
    }
}

/// All is well again, without a restart, and no ledger has been touched.
async fn is_well_again(daemon: Daemon, mut client: Client) {
    let verified = run(&daemon, &["verify", "audit"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    for name in ["audit", "other"] {
        assert_eq!(ledger(&mut client, name).await.state(), LedgerState::Open);
        append(&mut client, name, event("after")).await.unwrap();
    }
    assert!(!daemon.log().contains("damaged"), "{}", daemon.log());
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_the_system_refuses_says_why() {
    for (error, code, word) in [
        ("EROFS", "STORAGE_FAILED", "volume_read_only"),
        ("ENOSPC", "RESOURCES_EXHAUSTED", "volume_full"),
        ("EIO", "STORAGE_FAILED", "device"),
    ] {
        let place = Place::new();
        let daemon = Daemon::start(&place).await;
        let mut client = daemon.client().await;
        create(&mut client, "audit").await;
        append(&mut client, "audit", event("a")).await.unwrap();
        let logs = store_files(&place, "log");
        let Some(tracer) = FailingCalls::begin(&daemon, "write", error, 1, &logs) else {
            return;
        };
        let status = append(&mut client, "audit", event("b")).await.unwrap_err();
        assert_eq!(refusal(&status).1, Some(ErrorReason::OutcomeUnknown));
        drop(tracer);
        let stopped = notice(&mut client, "LEDGER_STOPPED").await;
        assert!(stopped.detail.contains("The cause: "), "{}", stopped.detail);
        await_notice(&mut client, code, word).await;
        daemon.signal(libc::SIGTERM);
        daemon.wait();
        let daemon = Daemon::start(&place).await;
        let mut client = daemon.client().await;
        append(&mut client, "audit", event("b")).await.unwrap();
        daemon.stop();
    }
}
