//! Open files: connections never take those of the store.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::process::CommandExt as _,
    process::Command,
    time::Duration,
};

use indelible_proto::v1::{GetStatusRequest, LedgerState};

use crate::support::{
    calls::{batch, create, large, ledger},
    command::run,
    daemon::{Daemon, serve},
    hostile::raise_own_limit,
    place::Place,
    tier::{counts, report},
};

/// Connections that say nothing.
const IDLE: usize = 1_100;
/// What is appended beside them: enough for several logs of the store.
const APPENDED_MIB: usize = 100;
/// The type of a GOAWAY frame, and its error code for a peer that wants too much.
const GOAWAY: u8 = 7;
const ENHANCE_YOUR_CALM: [u8; 4] = [0, 0, 0, 0xb];

/// Limits the open files of a command.
fn limited(command: &mut Command, soft: u64, hard: u64) {
    let limit = libc::rlimit {
        rlim_cur: soft,
        rlim_max: hard,
    };
    let set = move || {
        #[expect(unsafe_code, reason = "the standard library sets no limits of a child")]
        // SAFETY: setrlimit reads one rlimit, which is this closure's own.
        match unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        }
    };
    #[expect(
        unsafe_code,
        reason = "what runs between fork and exec is one system call"
    )]
    // SAFETY: setrlimit is async-signal-safe, and nothing is allocated.
    unsafe {
        command.pre_exec(set)
    };
}

/// What a connection that is refused is told: the error code and the words of GOAWAY.
fn told(mut stream: &TcpStream) -> ([u8; 4], String) {
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    // A client that begins as every client does.
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let mut rest = &bytes[..];
    while let [a, b, c, kind, _, _, _, _, _, payload @ ..] = rest {
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        if *kind == GOAWAY {
            let words = String::from_utf8_lossy(&payload[8..length]).into_owned();
            return (payload[4..8].try_into().unwrap(), words);
        }
        rest = &payload[length..];
    }
    panic!("no GOAWAY in {bytes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_never_stop_a_ledger() {
    raise_own_limit();
    for files in counts().open_files {
        // A machine that allows fewer is asked for as many as it allows.
        let files = (*files).min(most_allowed());
        let place = Place::new();
        let mut command = serve(&place);
        limited(&mut command, files, files);
        let mut daemon = Daemon::spawn(command, &place).unwrap();
        daemon.await_serving().await;
        let mut client = daemon.client().await;
        create(&mut client, "audit").await;
        let address = daemon.address().strip_prefix("http://").unwrap().to_owned();
        let idle: Vec<TcpStream> = (0..IDLE)
            .map(|_| TcpStream::connect(&address).unwrap())
            .collect();
        // Many are refused at once, and not each of these is waited for.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let one_more = TcpStream::connect(&address).unwrap();
        let (code, words) = tokio::task::spawn_blocking(move || told(&one_more))
            .await
            .unwrap();
        assert_eq!(code, ENHANCE_YOUR_CALM);
        assert!(words.contains("CONNECTIONS_MAX"), "{words}");
        // The connection may be gone before the request is on its way: then nothing but that is known of it.
        let tries = (0..20).map(|_| run(&daemon, &["status"]));
        let refused = tries
            .inspect(|refused| assert_eq!(refused.code, 6, "{}", refused.remarks))
            .find(|refused| refused.remarks.contains("CONNECTIONS_MAX"))
            .unwrap();
        for part in ["reason: CONNECTIONS_MAX", "ss -tnp"] {
            assert!(refused.remarks.contains(part), "{}", refused.remarks);
        }
        for number in 0..APPENDED_MIB / 4 {
            let events = (0..4).map(|event| large(&format!("{number}-{event}"), (1 << 20) - 4_096));
            batch(&mut client, "audit", events.collect()).await.unwrap();
        }
        let after = ledger(&mut client, "audit").await;
        assert_eq!(after.state(), LedgerState::Open, "{}", daemon.log());
        assert!(after.size >= APPENDED_MIB as u64);
        let status = client.get_status(GetStatusRequest {}).await.unwrap();
        let notices = status.into_inner().notices;
        let few = notices
            .iter()
            .any(|notice| notice.code().name() == "OPEN_FILES_FEW");
        assert_eq!(few, files < 2_048);
        drop(idle);
        daemon.stop();
        report(format_args!(
            "{files} open files, {IDLE} idle connections, {APPENDED_MIB} MiB appended"
        ));
    }
}

/// How many files this process may ever have open.
fn most_allowed() -> u64 {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let columns: Vec<&str> = line.unwrap().split_ascii_whitespace().collect();
    columns[4].parse().unwrap_or(u64::MAX)
}

#[test]
fn a_daemon_with_too_few_open_files_does_not_start() {
    let place = Place::new();
    let mut command = serve(&place);
    limited(&mut command, 255, 255);
    let ended = command.output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    let words = String::from_utf8_lossy(&ended.stderr);
    assert!(words.contains("LimitNOFILE"), "{words}");
    assert!(!place.data().exists(), "it opened nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_soft_limit_is_raised_to_the_hard_one() {
    let place = Place::new();
    let mut command = serve(&place);
    limited(&mut command, 300, 4_096);
    let mut daemon = Daemon::spawn(command, &place).unwrap();
    daemon.await_serving().await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", daemon.process())).unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let columns: Vec<&str> = line.unwrap().split_ascii_whitespace().collect();
    assert_eq!(columns[3..5], ["4096", "4096"]);
    daemon.stop();
}
