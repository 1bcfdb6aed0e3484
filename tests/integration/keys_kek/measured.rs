//! How long it takes.

use super::*;

/// Moves many keys while one client appends, and prints how fast, and how long the appends took meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: docs/performance.md says how it is run"]
async fn measure_moving_keys() {
    let keys = std::env::var("INDELIBLE_KEYS").ok();
    let keys = keys.and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let place = place();
    let daemon = start(&place, A, &[]).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    seed(&mut client, &named.origin, keys).await;
    let writing = Writing::start(&daemon, &named.origin, "before").await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    tell(
        "appends, nothing else going on",
        writing.finish().await.latencies,
    );
    daemon.stop();

    let (mut current, mut previous) = (B, A);
    for round in 0..3 {
        let daemon = start(&place, current, &[previous]).await;
        notices(&mut daemon.client().await, &["KEK_ROTATION_DUE"]).await;
        let writing = Writing::start(&daemon, &named.origin, &format!("round-{round}")).await;
        let begun = Instant::now();
        let (rotated, moving) = rotate(&daemon).await.unwrap();
        let whole = begun.elapsed();
        tell(
            "appends while keys move and files are written anew",
            writing.finish().await.latencies,
        );
        eprintln!(
            "{} keys moved in {moving:?}, {:.0}/s; {whole:?} with the check and the purge",
            rotated.moved_key_count,
            rotated.moved_key_count as f64 / moving.as_secs_f64()
        );
        daemon.stop();
        (current, previous) = (previous, current);
    }
}

fn tell(what: &str, mut latencies: Vec<Duration>) {
    latencies.sort_unstable();
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    eprintln!(
        "{what}: {} of them, p50 {:?}, p99 {:?}, longest {:?}",
        latencies.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
