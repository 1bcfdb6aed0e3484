//! Clocks that jump: what is recorded under a wrong time can't be taken back, so a clock that is far ahead is not believed
//! until somebody confirms it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use indelible_proto::{
    time::timestamp,
    v1::{AcceptClockRequest, ClockStatus, CreateLedgerRequest, ErrorReason, GetStatusRequest},
};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::{
    quarantine::notice,
    support::{
        calls::{append, assert_refused, create, event, records},
        command::{done, run},
        daemon::{Client, Daemon},
        faults::ShiftedClock,
        keys::{create_encrypting_all, event_of},
        place::Place,
    },
};

const DAY: i64 = 86_400;
/// Seconds of the true clock.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

async fn clock_of(client: &mut Client) -> ClockStatus {
    let status = client.get_status(GetStatusRequest {}).await.unwrap();
    status.into_inner().clock.unwrap()
}

async fn start(clock: &ShiftedClock, place: &Place) -> Daemon {
    let mut daemon = Daemon::spawn(clock.serve(place), place).unwrap();
    daemon.await_serving().await;
    daemon
}

async fn await_log(daemon: &Daemon, words: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !daemon.log().contains(words) {
        assert!(Instant::now() < deadline, "{words}: {}", daemon.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_ahead_is_not_believed_until_it_is_confirmed() {
    let place = Place::new();
    let Some(clock) = ShiftedClock::new(&place) else {
        return;
    };
    let daemon = start(&clock, &place).await;
    let mut client = daemon.client().await;
    create_encrypting_all(&mut client, "audit").await;
    append(&mut client, "audit", event("before")).await.unwrap();
    let erika = event_of("erika", "e1");
    append(&mut client, "audit", erika).await.unwrap();

    // Ten years ahead: nothing is recorded, and everything is read.
    clock.set(3_650 * DAY);
    let refused = append(&mut client, "audit", event("ahead")).await;
    let details = refused.as_ref().unwrap_err().get_details_error_info();
    let metadata = details.unwrap().metadata;
    assert!(metadata["now"] > metadata["newest"], "{metadata:?}");
    assert_refused(
        refused,
        Code::FailedPrecondition,
        ErrorReason::ClockUnconfirmed,
        "",
    );
    let request = CreateLedgerRequest {
        name: "another".into(),
        ..Default::default()
    };
    let refused = client.create_ledger(request).await;
    assert_refused(
        refused,
        Code::FailedPrecondition,
        ErrorReason::ClockUnconfirmed,
        "",
    );
    for command in [
        &["hold", "place", "audit"][..],
        &["keys", "rotate", "data", "audit"],
        &["keys", "rotate", "epoch", "audit"],
        &["keys", "rotate", "identity", "--yes"],
        &["keys", "rotate", "kek"],
    ] {
        let refused = run(&daemon, command);
        assert!(
            refused.code == 1 && refused.remarks.contains("CLOCK_UNCONFIRMED"),
            "{command:?}: {refused:?}"
        );
    }
    let tried = ["erase", "audit", "--subject", "erika", "--dry-run"];
    let refused = run(&daemon, &tried);
    assert_eq!(refused.code, 1, "{refused:?}");
    let said = refused.text();
    assert!(said.contains("clock is not confirmed"), "{said}");
    let size = crate::support::calls::ledger(&mut client, "audit")
        .await
        .size;
    assert_eq!(
        records(&mut client, "audit", 0, size).await.len() as u64,
        size
    );
    done(&daemon, &["verify", "audit"]);
    // An export can't be recorded either, and so it is refused.
    let bundle = place.file("bundle.tar");
    let out = bundle.to_str().unwrap();
    let exported = run(&daemon, &["export", "audit", "--out", out]);
    let is_refused = exported.code == 1 && exported.remarks.contains("CLOCK_UNCONFIRMED");
    assert!(is_refused, "{exported:?}");
    assert!(clock_of(&mut client).await.unconfirmed);
    notice(&mut client, "CLOCK_UNCONFIRMED").await;
    await_log(&daemon, "the clock is not believed").await;

    // Set right, it is believed again.
    clock.set(0);
    append(&mut client, "audit", event("right")).await.unwrap();
    await_log(&daemon, "the clock is believed again").await;

    // A few days are believed, and told from then on when the clock is right.
    clock.set(3 * DAY);
    let ahead = append(&mut client, "audit", event("days")).await.unwrap();
    assert!(ahead.recorded_time.unwrap().seconds > now() + 2 * DAY);
    clock.set(0);
    let behind = clock_of(&mut client).await.behind_seconds;
    assert!(behind.abs_diff(3 * 86_400) < 100, "{behind}");
    append(&mut client, "audit", event("behind")).await.unwrap();
    notice(&mut client, "CLOCK_BEHIND").await;
    await_log(&daemon, "the clock is behind the newest recorded time").await;
    clock.set(3 * DAY + 100);
    await_log(&daemon, "the clock is not behind the newest recorded time").await;
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_is_held_against_what_the_store_knows_and_a_person_decides() {
    let place = Place::new();
    let Some(clock) = ShiftedClock::new(&place) else {
        return;
    };
    let daemon = start(&clock, &place).await;
    create(&mut daemon.client().await, "audit").await;
    daemon.stop();

    // A week is believed, and so is what a stopped daemon would find after a day.
    clock.set(6 * DAY);
    let daemon = start(&clock, &place).await;
    append(&mut daemon.client().await, "audit", event("a"))
        .await
        .unwrap();
    daemon.stop();

    clock.set(100 * DAY);
    let daemon = start(&clock, &place).await;
    let mut client = daemon.client().await;
    let refused = append(&mut client, "audit", event("b")).await;
    assert_refused(
        refused,
        Code::FailedPrecondition,
        ErrorReason::ClockUnconfirmed,
        "",
    );
    // What was seen is confirmed and nothing else.
    let request = |seconds: i64| AcceptClockRequest {
        time: Some(timestamp(u64::try_from(seconds).unwrap() * 1_000_000_000)),
    };
    let refused = client.accept_clock(request(now())).await;
    assert_refused(
        refused,
        Code::InvalidArgument,
        ErrorReason::FieldInvalid,
        "time",
    );
    let refused = run(&daemon, &["clock", "accept"]);
    assert_eq!(refused.code, 2, "nobody can be asked: {refused:?}");
    done(&daemon, &["clock", "accept", "--yes"]);
    assert!(!clock_of(&mut client).await.unconfirmed);
    // Nothing is recorded, and the next start knows it all the same.
    daemon.stop();
    let daemon = start(&clock, &place).await;
    append(&mut daemon.client().await, "audit", event("b"))
        .await
        .unwrap();
    daemon.stop();

    // An operator who knows it in advance.
    clock.set(1_000 * DAY);
    let mut command = clock.serve(&place);
    let until = indelible_compliance::time::shortest(
        u64::try_from(now() + 1_001 * DAY).unwrap() * 1_000_000_000,
    );
    command.args(["--clock-right-until", &until]);
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    append(&mut daemon.client().await, "audit", event("c"))
        .await
        .unwrap();
    daemon.stop();

    // Years that no record can have, and that the transport does not know.
    for ahead in [300 * 366 * DAY, 9_000 * 366 * DAY] {
        clock.set(ahead);
        let daemon = start(&clock, &place).await;
        let refused = append(&mut daemon.client().await, "audit", event("d")).await;
        assert_refused(
            refused,
            Code::FailedPrecondition,
            ErrorReason::ClockUnconfirmed,
            "",
        );
        assert!(!daemon.log().contains("panicked"), "{}", daemon.log());
        daemon.stop();
    }
}
