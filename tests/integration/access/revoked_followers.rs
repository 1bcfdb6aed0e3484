//! A client whose key is revoked learns it, and a follower does not look like one of a quiet ledger.

use std::time::{Duration, Instant};

use super::{certificates::host, net::Net, tls::key_digest, *};

/// Ten handshakes, a second apart, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

const ROLES: &str = "[[access]]\nprincipals = [\"dns:operator.example\"]\nroles = [\"operator\", \"reader\"]\non = [\"@store\"]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_whose_key_is_revoked_ends_and_says_so() {
    let net = Net::start("\"127.0.0.1:0\"", ROLES).await.unwrap();
    let files = net.issue("operator", host("operator.example"));
    let address = net.address();
    let command = |arguments: &[&str]| {
        let mut command = Command::new(INDELIBLE);
        command.args(["--address", &address, "--ca"]).arg(&net.ca);
        command.arg("--cert").arg(&files.certificate);
        command.arg("--cert-key").arg(&files.key).args(arguments);
        command.stdin(Stdio::null());
        command
    };
    done(command(&["ledger", "create", "sales"]).output().unwrap());
    let mut follow = command(&["tail", "sales", "--follow", "--quiet"]);
    let log = net.place.file("follower.log");
    let shown = net.place.file("follower.out");
    follow.stderr(fs::File::create(&log).unwrap());
    follow.stdout(fs::File::create(&shown).unwrap());
    let mut follower = follow.spawn().unwrap();
    let begun = Instant::now();
    // It follows once it has shown what is there.
    while fs::read_to_string(&shown).unwrap().is_empty() {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(50));
    }

    let file = net.place.file("indelible.toml");
    let before = fs::read_to_string(&file).unwrap();
    let revoked = format!(
        "revoked_client_keys = [{:?}]\n[[access]]",
        key_digest(&files)
    );
    fs::write(&file, before.replacen("[[access]]", &revoked, 1)).unwrap();
    net.daemon.signal(libc::SIGHUP);
    net.logs("is not valid any more").await;
    let refused = command(&["status"]).output().unwrap();
    let told = said(&refused);
    assert_eq!(refused.status.code(), Some(3), "{told}");
    assert!(told.contains("revoked"), "{told}");

    let begun = Instant::now();
    let code = loop {
        if let Some(status) = follower.try_wait().unwrap() {
            break status.code();
        }
        if begun.elapsed() > PATIENCE {
            follower.kill().unwrap();
            panic!("it follows on: {}", fs::read_to_string(&log).unwrap());
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let told = fs::read_to_string(&log).unwrap();
    assert_eq!(code, Some(3), "{told}");
    assert!(
        told.contains("revoked") && told.contains("certificate"),
        "{told}"
    );
    net.daemon.stop();
}
