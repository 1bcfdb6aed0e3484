//! The real daemon, as a process.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    key_service_client::KeyServiceClient, ledger_service_client::LedgerServiceClient,
    retention_service_client::RetentionServiceClient,
};
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::place::Place;

/// What tests call the daemon with.
pub(crate) type Client = LedgerServiceClient<Channel>;

/// What tests erase, hold and rotate with.
pub(crate) type Keys = KeyServiceClient<Channel>;

/// What tests keep and let go with.
pub(crate) type Retention = RetentionServiceClient<Channel>;

/// The program under test.
pub(crate) const INDELIBLE: &str = env!("CARGO_BIN_EXE_indelible");

/// A daemon that can't be had by then never will be.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running daemon. Dropping it kills it.
pub(crate) struct Daemon {
    child: Child,
    address: String,
    log: Log,
}

/// What one daemon has logged: the file's bytes from its start on.
struct Log {
    path: PathBuf,
    from: usize,
}

impl Log {
    fn new(path: PathBuf) -> Self {
        let from = fs::metadata(&path).map_or(0, |file| file.len());
        Self {
            path,
            from: usize::try_from(from).unwrap(),
        }
    }

    fn text(&self) -> String {
        let bytes = fs::read(&self.path).unwrap_or_default();
        String::from_utf8_lossy(&bytes[self.from..]).into_owned()
    }
}

/// The command that runs a daemon over a place, on a port of the system's choice.
pub(crate) fn serve(place: &Place) -> Command {
    let mut command = Command::new(INDELIBLE);
    serve_arguments(&mut command, place);
    command
}

/// Adds what makes a program's command line that of a daemon.
pub(crate) fn serve_arguments(command: &mut Command, place: &Place) {
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(place.data())
        .arg("--passphrase-file")
        .arg(place.passphrase())
        .stdin(Stdio::null());
}

impl Daemon {
    /// Starts a daemon and waits until it serves.
    pub(crate) async fn start(place: &Place) -> Self {
        let mut daemon = Self::begin(place);
        daemon.await_serving().await;
        daemon
    }

    /// Starts a daemon; it listens, and is perhaps still recovering.
    pub(crate) fn begin(place: &Place) -> Self {
        Self::spawn(serve(place), place).unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// Runs a command that becomes a daemon. The error is what it logged instead of listening.
    pub(crate) fn spawn(mut command: Command, place: &Place) -> Result<Self, String> {
        let log = Log::new(place.log());
        let to_log = File::options()
            .create(true)
            .append(true)
            .open(&log.path)
            .unwrap();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(to_log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        // An object, beside a log for programs.
        let told: Option<serde_json::Value> = serde_json::from_str(&line).ok();
        let told = told.and_then(|told| Some(told["address"].as_str()?.to_owned()));
        let words = line.trim_end().strip_prefix("listening on ");
        match words.map(str::to_owned).or(told) {
            Some(address) => Ok(Self {
                child,
                address,
                log,
            }),
            None => {
                let status = child.wait().unwrap();
                Err(format!("the daemon ended with {status}:\n{}", log.text()))
            }
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// A connection of its own.
    pub(crate) async fn connect(&self) -> Channel {
        connect(&self.address).await.unwrap()
    }

    /// A client with a connection of its own.
    pub(crate) async fn client(&self) -> Client {
        LedgerServiceClient::new(self.connect().await).max_decoding_message_size(16 << 20)
    }

    /// A client for keys, erasures and holds, with a connection of its own.
    pub(crate) async fn keys(&self) -> Keys {
        KeyServiceClient::new(self.connect().await)
    }

    /// A client for rules of retention and disposals, with a connection of its own.
    pub(crate) async fn retention(&self) -> Retention {
        RetentionServiceClient::new(self.connect().await)
    }

    /// What health says, of the whole daemon.
    pub(crate) async fn health(&self) -> Option<ServingStatus> {
        let mut client = HealthClient::new(connect(&self.address).await.ok()?);
        let answer = client.check(HealthCheckRequest::default()).await.ok()?;
        Some(answer.into_inner().status())
    }

    /// What health says of one service.
    pub(crate) async fn health_of(&self, service: &str) -> Result<ServingStatus, tonic::Status> {
        let mut client = HealthClient::new(self.connect().await);
        let request = HealthCheckRequest {
            service: service.to_owned(),
        };
        let answer = client.check(request).await?;
        Ok(answer.into_inner().status())
    }

    /// Waits until health says SERVING.
    pub(crate) async fn await_serving(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.health().await != Some(ServingStatus::Serving) {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the daemon ended with {status}:\n{}", self.log());
            }
            assert!(
                Instant::now() < deadline,
                "the daemon does not serve:\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until health says SERVING, or the daemon has ended; whether it serves.
    pub(crate) async fn serves_or_ends(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if self.health().await == Some(ServingStatus::Serving) {
                return true;
            }
            if self.ended().is_some() {
                return false;
            }
            assert!(Instant::now() < deadline, "neither:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        self.log.text()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: i32) {
        let process = i32::try_from(self.child.id()).unwrap();
        #[expect(
            unsafe_code,
            reason = "the standard library sends no signal but SIGKILL; the process is our child and not reaped yet"
        )]
        // SAFETY: kill takes two numbers and touches no memory.
        let sent = unsafe { libc::kill(process, signal) };
        assert_eq!(sent, 0, "{}", std::io::Error::last_os_error());
    }

    /// How it has ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Ends it without warning.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it has ended; returns how, and what it has logged.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, self.log());
            }
            assert!(
                Instant::now() < deadline,
                "the daemon does not end:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as an operator does, and checks that it ended well.
    pub(crate) fn stop(self) {
        self.signal(libc::SIGTERM);
        let (status, log) = self.wait();
        assert!(status.success(), "{status}:\n{log}");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It has ended already, or is to.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Gives the store's own ledger a successor, as its operator does who has put an older copy in the store's place. No daemon
/// may have the store.
pub(crate) fn repair_system(place: &Place) {
    let repaired = Command::new(INDELIBLE)
        .args(["system", "succeed", "--yes", "--data"])
        .arg(place.data())
        .arg("--passphrase-file")
        .arg(place.passphrase())
        .output()
        .unwrap();
    assert!(repaired.status.success(), "{repaired:?}");
}

/// Connects to a daemon.
pub(crate) async fn connect(address: &str) -> Result<Channel, tonic::transport::Error> {
    let endpoint = Endpoint::from_shared(address.to_owned()).unwrap();
    endpoint
        .tcp_nodelay(true)
        .connect_timeout(Duration::from_secs(5))
        .connect()
        .await
}
