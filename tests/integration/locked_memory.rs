//! A system that locks no memory: the daemon goes on, and says that opened keys may reach the swap.

use std::process::Command;

use indelible_proto::v1::GetStatusRequest;

use crate::support::{
    calls::{append, create},
    daemon::{Daemon, INDELIBLE, serve_arguments},
    keys::{event_of, get},
    place::Place,
};

/// The command of a daemon that may lock no memory: the limit is zero, and the right to ignore it is taken away where
/// the test has it.
fn without_locked_memory(place: &Place) -> Command {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt as _;
        own.uid() == 0
    });
    let mut command = match is_root {
        true => {
            let mut command = Command::new("setpriv");
            command.args([
                "--bounding-set=-ipc_lock",
                "--inh-caps=-ipc_lock",
                "prlimit",
            ]);
            command
        }
        false => Command::new("prlimit"),
    };
    command.args(["--memlock=0:0", INDELIBLE]);
    serve_arguments(&mut command, place);
    command
}

async fn notices(daemon: &Daemon) -> Vec<String> {
    let status = daemon.client().await.get_status(GetStatusRequest {}).await;
    let notices = status.unwrap().into_inner().notices;
    let names = notices.iter().map(|notice| notice.code().name().to_owned());
    names.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_memory_is_locked_keys_are_used_and_the_status_says_so() {
    let place = Place::new();
    let mut daemon = Daemon::spawn(without_locked_memory(&place), &place).unwrap();
    daemon.await_serving().await;
    assert!(
        notices(&daemon)
            .await
            .contains(&"KEYS_NOT_LOCKED".to_owned())
    );
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    let appended = append(&mut client, "audit", event_of("erika", "e1")).await;
    let record = get(&mut client, "audit", appended.unwrap().sequence, true).await;
    assert_eq!(record.event, Some(event_of("erika", "e1")));
    daemon.stop();
}
