//! What a daemon tells those who watch over it: probes over HTTP, and the service manager.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::net::{UnixDatagram, UnixListener},
    process::Command,
    time::{Duration, Instant},
};

use crate::support::{
    daemon::{Daemon, INDELIBLE, serve},
    place::Place,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// The status and the body of an answer.
fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// Where the log says that probes are answered.
fn probed(daemon: &Daemon) -> String {
    let log = daemon.log();
    let line = log.lines().find(|line| line.contains("probes are at"));
    let line = line.unwrap_or_else(|| panic!("{log}"));
    let (_, address) = line.split_once("address=").unwrap();
    address.trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn probes_are_told_one_word() {
    let place = Place::new();
    let mut command = serve(&place);
    command.args(["--health", "0.0.0.0:0"]);
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let address = probed(&daemon).replace("0.0.0.0", "127.0.0.1");
    for path in ["/livez", "/readyz", "/startupz"] {
        assert_eq!(get(&address, path), (200, "serving\n".to_owned()), "{path}");
    }
    let (status, told) = get(&address, "/metrics");
    assert_eq!(status, 404, "{told}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_manager_is_told_of_the_start_of_life_and_of_the_end() {
    let place = Place::new();
    let path = place.file("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let hear = |wanted: &str| {
        let deadline = Instant::now() + PATIENCE;
        let mut bytes = [0; 256];
        let mut heard = Vec::new();
        while Instant::now() < deadline {
            let Ok(count) = manager.recv(&mut bytes) else {
                continue;
            };
            heard.push(String::from_utf8_lossy(&bytes[..count]).into_owned());
            if heard.iter().any(|text| text.contains(wanted)) {
                return heard;
            }
        }
        panic!("{wanted} was never said: {heard:?}")
    };
    let mut command = serve(&place);
    command
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "200000");
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    let before = hear("READY=1");
    assert_eq!(before.len(), 1, "nothing before it serves: {before:?}");
    daemon.await_serving().await;
    hear("WATCHDOG=1");
    hear("WATCHDOG=1");
    let stopping = tokio::task::spawn_blocking(move || daemon.stop());
    hear("STOPPING=1");
    stopping.await.unwrap();
}

#[test]
fn a_daemon_that_hangs_is_not_waited_for_any_longer_than_it_is_asked() {
    let place = Place::new();
    let path = place.file("hanging.sock");
    // Connections are made, and nothing ever answers on them.
    let _hanging = UnixListener::bind(&path).unwrap();
    let address = format!("unix:{}", path.display());
    let begun = Instant::now();
    let told = Command::new(INDELIBLE)
        .args(["--address", &address, "status", "--wait", "1"])
        .output()
        .unwrap();
    assert!(!told.status.success(), "{told:?}");
    let remarks = String::from_utf8_lossy(&told.stderr);
    assert!(remarks.contains("does not answer"), "{remarks}");
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}
