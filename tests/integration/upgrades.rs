//! The upgrade of a store of an earlier layout, by the real daemon: killed wherever it changes a file, confirmed, and taken
//! back.

use std::fs;

use indelible_proto::v1::LedgerState;

use crate::{
    administrator::support::Scene,
    support::{
        calls::{append, event, ledger},
        command::run,
        daemon::{Daemon, INDELIBLE, serve},
        kill_point::KillPoint,
        place::Place,
    },
};

/// Changes of files between two kills: of each kind at least one is met.
const STRIDE: usize = 3;

fn live(place: &Place) -> String {
    fs::read_to_string(place.data().join("live")).unwrap()
}

fn upgrade(place: &Place, arguments: &[&str]) -> (i32, String) {
    let output = std::process::Command::new(INDELIBLE)
        .arg("upgrade")
        .args(arguments)
        .arg("--data")
        .arg(place.data())
        .output()
        .unwrap();
    let words = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(words).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_that_is_killed_before_any_change_goes_on_at_the_next_start() {
    let scene = Scene::of_layout_3("stopped");
    let place = &scene.place;
    let kill_point = KillPoint::new(place);
    let mut killed = 0;
    for nth in (1..200).step_by(STRIDE) {
        scene.put_back();
        assert!(live(place).contains("layout 3"));
        kill_point.arm(nth, None);
        let daemon = Daemon::spawn(kill_point.preload(serve(place)), place);
        let upgraded = match daemon {
            // It was killed before it could listen, or while it recovers.
            Err(_) => false,
            Ok(mut daemon) => loop {
                if daemon.ended().is_some() {
                    break false;
                }
                if live(place).contains("layout 4") {
                    break true;
                }
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            },
        };
        kill_point.disarm();
        killed += u64::from(kill_point.hit().is_some());
        let daemon = Daemon::start(place).await;
        let mut client = daemon.client().await;
        let found = ledger(&mut client, "plain").await;
        assert_eq!(found.state(), LedgerState::Open, "{nth}: {found:?}");
        append(&mut client, "plain", event("after")).await.unwrap();
        assert_eq!(run(&daemon, &["verify", "personal"]).code, 0, "{nth}");
        daemon.stop();
        assert!(live(place).contains("layout 4"), "{nth}");
        if upgraded {
            break;
        }
    }
    assert!(killed > 3, "hardly a change was met: {killed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_is_taken_back_before_anything_is_recorded_and_confirmed_afterwards() {
    let scene = Scene::of_layout_3("stopped");
    let place = &scene.place;
    // A daemon that upgrades the store and then does not start: its passphrase is another.
    let right = fs::read(place.passphrase()).unwrap();
    fs::write(place.passphrase(), "another one\n").unwrap();
    let ended = serve(place).output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    fs::write(place.passphrase(), right).unwrap();
    assert!(live(place).contains("layout 4"));
    let (code, told) = upgrade(place, &["status"]);
    assert!(code == 0 && told.contains("store-0001"), "{told}");
    let (code, told) = upgrade(place, &["revert"]);
    assert!(code == 0 && told.contains("in layout 3"), "{told}");
    assert_eq!(live(place), "indelible-store layout 3 live store-0001\n");

    let daemon = Daemon::start(place).await;
    let mut client = daemon.client().await;
    let told = crate::quarantine::notice(&mut client, "UPGRADE_UNCONFIRMED").await;
    assert!(told.detail.contains("store-0001"), "{}", told.detail);
    let (code, told) = upgrade(place, &["confirm", "--yes"]);
    assert!(
        code == 6
            && told.contains("is held by process")
            && told.contains("stop that process first"),
        "{code}: {told}"
    );
    daemon.stop();
    let (code, told) = upgrade(place, &["revert"]);
    assert!(
        code == 8 && told.contains("records were made since"),
        "{code}: {told}"
    );
    let (code, told) = upgrade(place, &["confirm", "--yes"]);
    assert!(code == 0 && told.contains("store-0001"), "{told}");
    assert!(!place.data().join("store-0001").exists());
    let daemon = Daemon::start(place).await;
    assert_eq!(run(&daemon, &["verify", "personal"]).code, 0);
    daemon.stop();
}

#[test]
fn there_is_nothing_to_confirm_or_take_back_without_a_store() {
    let place = Place::new();
    for command in ["confirm", "revert"] {
        let (code, told) = upgrade(&place, &[command]);
        assert_eq!(code, 2, "{told}");
        assert!(!place.data().exists(), "{command} made a directory");
    }
}
