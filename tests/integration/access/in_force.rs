//! What `status` says of what is in force.

use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use super::{net::Net, *};

const PATIENCE: Duration = Duration::from_secs(60);

/// One of two keys that nobody has, and a quota.
const REST: &str = "revoked_client_keys = [\"sha256:0000000000000000000000000000000000000000000000000000000000000001\"]\n\
    [[access]]\nprincipals = [\"unix:nobody\"]\nroles = [\"approver\"]\non = [\"*\"]\n\
    [[quotas]]\non = [\"sales\"]\nevents_per_day = 3\n";

fn digest(text: &str) -> String {
    indelible_interchange::hex::encode(&Sha256::digest(text))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_says_what_is_in_force_and_what_waits() {
    let (_open, socket) = open_socket();
    let net = Net::start(&format!("[\"127.0.0.1:0\", {socket:?}]"), REST)
        .await
        .unwrap();
    let status = || -> Value {
        let json = done(run_as(None, &socket, &["status", "--output", "json"]));
        serde_json::from_str(&json).unwrap()
    };
    let codes = |status: &Value| status["notices"].to_string();
    let file = net.place.file("indelible.toml");
    let before = fs::read_to_string(&file).unwrap();
    let first = status();
    let configuration = &first["configuration"];
    assert_eq!(configuration["file_sha256"], digest(&before).as_str());
    assert_eq!(configuration["waiting_for_restart"], serde_json::json!([]));
    assert_eq!(
        (
            &configuration["revoked_client_keys"],
            &configuration["quotas"]
        ),
        (&Value::from(1), &Value::from(1))
    );
    assert_eq!(first["two_people_required"], true);
    assert!(!codes(&first).contains("APPROVER_MISSING"), "{first}");

    // Other words alone are another file, and in force at once; a place to listen waits. Nobody approves any more.
    let after = before
        .replace("listen = [", "# Changed.\nlisten = [\"127.0.0.1:1\", ")
        .replace("\"approver\"", "\"reader\"")
        .replace(
            "revoked_client_keys = [",
            "revoked_client_keys = [\"sha256:0000000000000000000000000000000000000000000000000000000000000002\", ",
        );
    fs::write(&file, &after).unwrap();
    net.daemon.signal(libc::SIGHUP);
    let begun = Instant::now();
    let now = loop {
        let now = status();
        if now["configuration"]["file_sha256"] == digest(&after).as_str() {
            break now;
        }
        assert!(begun.elapsed() < PATIENCE, "{now}");
    };
    let configuration = &now["configuration"];
    assert_eq!(
        configuration["waiting_for_restart"],
        serde_json::json!(["listen"])
    );
    assert_eq!(configuration["revoked_client_keys"], 2);
    assert!(
        configuration["taken_time"].as_str() > first["configuration"]["taken_time"].as_str(),
        "{now}"
    );
    assert_eq!(now["two_people_required"], true, "for good");
    assert!(codes(&now).contains("APPROVER_MISSING"), "{now}");
    let text = done(run_as(None, &socket, &["status"]));
    for words in [
        digest(&after).as_str(),
        "waits for a restart  listen",
        "required for what can't be undone, for good",
        "revoked client keys  2",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    net.daemon.stop();
}
