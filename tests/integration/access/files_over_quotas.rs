//! A file whose events are more than a quota allows.

use std::time::{Duration, Instant};

use super::{quotas::away_from_midnight, *};

/// Tries of five seconds each would take longer.
const WAITED_MAX: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_of_a_file_is_told_at_once() {
    away_from_midnight().await;
    let place = Place::new();
    let (_open, address) = open_socket();
    let quotas =
        format!("listen = {address:?}\n[[quotas]]\non = [\"sales\"]\nevents_per_day = 3\n");
    let mut daemon = begin(&place, &quotas);
    daemon.await_serving().await;
    done(run_as(None, &address, &["ledger", "create", "sales"]));
    let event = |number: u32| {
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"e{number}\",\"source\":\"/s\",\"type\":\"com.example.sale.v1\"}}\n"
        )
    };
    let file = place.file("events.ndjson");
    fs::write(&file, (1..=5).map(event).collect::<String>()).unwrap();
    let append = ["append", "sales", file.to_str().unwrap(), "--timeout", "3"];
    // However the file is cut into messages, all that the quota allows is appended.
    let begun = Instant::now();
    let output = run_as(None, &address, &append);
    assert!(begun.elapsed() < WAITED_MAX, "{:?}", begun.elapsed());
    let told = said(&output);
    assert_eq!(output.status.code(), Some(6), "{told}");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("appended 3, repeated 0, refused 0"), "{text}");
    for words in [
        "appended 3, repeated 0; left, and not appended: ",
        "events.ndjson: line 4 (id e4) and all that follows it",
        "which is 3 until midnight, UTC",
        "reason: QUOTA_EXCEEDED",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("message "), "{told}");
    daemon.stop();
}
