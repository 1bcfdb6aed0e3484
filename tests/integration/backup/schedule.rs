//! The schedule: backups by themselves, and a notice as long as there is none.

use std::time::{Duration, Instant};

use super::*;
use crate::support::calls::create;

const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the status is as it is to be.
async fn await_status(daemon: &Daemon, is_so: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let status = done(daemon, &["status", "--output", "json"]).json();
        if is_so(&status) {
            return status;
        }
        assert!(Instant::now() < deadline, "{status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn has_newest(status: &Value) -> bool {
    status["backup"]["newest"]
        .as_str()
        .is_some_and(|newest| !newest.is_empty())
}

fn tells_of_a_failure(status: &Value) -> bool {
    let notices = status["notices"].as_array().unwrap();
    notices
        .iter()
        .any(|notice| notice["code"] == "BACKUP_FAILED")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_made_by_itself_and_its_age_can_be_watched() {
    let place = Place::new();
    fs::create_dir(backups(&place)).unwrap();
    let hours = [("INDELIBLE__BACKUP__EVERY_HOURS", "24")];
    let daemon = start_with(&place, &hours).await;
    let status = await_status(&daemon, has_newest).await;
    assert_eq!(status["backup"]["every_seconds"], 86_400);
    assert_eq!(verify(&place).code, 0);
    daemon.stop();
    // The next one is not due yet.
    let daemon = start_with(&place, &hours).await;
    let again = await_status(&daemon, has_newest).await;
    assert_eq!(again["backup"]["newest"], status["backup"]["newest"]);
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_fails_is_a_notice_until_one_is_made() {
    let place = Place::new();
    let daemon = start_with(&place, &[("INDELIBLE__BACKUP__EVERY_HOURS", "1")]).await;
    create(&mut daemon.client().await, "audit").await;
    await_status(&daemon, tells_of_a_failure).await;
    fs::create_dir(backups(&place)).unwrap();
    back_up(&daemon);
    await_status(&daemon, |status| !tells_of_a_failure(status)).await;
    daemon.stop();
}
