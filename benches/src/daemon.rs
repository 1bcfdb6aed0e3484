//! The daemon under measurement: started on a scratch directory, spoken to, ended.

use std::{
    error::Error,
    ffi::OsStr,
    fs,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    DaemonState, GetLedgerRequest, GetStatusRequest, Ledger,
    ledger_service_client::LedgerServiceClient,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tonic::transport::Channel;

use crate::{
    Options,
    process::{Server, free_address},
};

/// The ledger that `indelible bench` appends to.
pub(crate) const LEDGER: &str = "bench";
const PASSPHRASE: &str = "only for measurements";

/// A running daemon.
pub(crate) struct Daemon {
    server: Server,
    address: SocketAddr,
    /// Where its state is asked for.
    url: String,
    runtime: Runtime,
    home: Home,
}

/// The directory that outlives a daemon: data, anchor and passphrase.
pub(crate) struct Home(TempDir);

impl Home {
    /// An empty one, with a passphrase.
    pub(crate) fn fresh(options: &Options) -> Result<Self, Box<dyn Error>> {
        let home = Self(tempfile::tempdir_in(&options.scratch)?);
        let passphrase = home.path().join("passphrase");
        fs::write(&passphrase, PASSPHRASE)?;
        fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600))?;
        Ok(home)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Daemon {
    /// Starts one on an empty data directory.
    pub(crate) fn start_fresh(options: &Options) -> Result<Self, Box<dyn Error>> {
        Self::start(options, Home::fresh(options)?)
    }

    /// Starts one on a directory that another left, and waits until it serves.
    pub(crate) fn start(options: &Options, home: Home) -> Result<Self, Box<dyn Error>> {
        let address = free_address()?;
        let listen = address.to_string();
        let arguments = ["--listen", &listen].map(OsStr::new);
        Self::start_with(
            options,
            home,
            address,
            format!("http://{address}"),
            &arguments,
        )
    }

    /// Starts one with these arguments of `serve`, and asks at `url` for its state. `address` is where load goes.
    pub(crate) fn start_with(
        options: &Options,
        home: Home,
        address: SocketAddr,
        url: String,
        arguments: &[&OsStr],
    ) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(&options.indelible);
        command.arg("serve").args(arguments);
        if !arguments.contains(&OsStr::new("--log-filter")) {
            command.args(["--log-filter", "warn"]);
        }
        command.arg("--data").arg(home.data());
        command
            .arg("--passphrase-file")
            .arg(home.path().join("passphrase"));
        let server = Server::start("indelible serve", &mut command)?;
        // A thread of its own closes our connections while nothing here waits for an
        // answer; the daemon would wait for them when it is to end.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let mut daemon = Self {
            server,
            address,
            url,
            runtime,
            home,
        };
        daemon.wait_until_serving()?;
        Ok(daemon)
    }

    fn wait_until_serving(&mut self) -> Result<(), Box<dyn Error>> {
        const TIME_MAX: Duration = Duration::from_secs(120);
        let start = Instant::now();
        while start.elapsed() < TIME_MAX {
            self.server.must_run()?;
            if self
                .state()
                .is_ok_and(|state| state == DaemonState::Serving)
            {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Err("the daemon does not serve after two minutes".into())
    }

    fn state(&self) -> Result<DaemonState, Box<dyn Error>> {
        self.runtime.block_on(async {
            let status = self.client().await?.get_status(GetStatusRequest {}).await?;
            Ok(status.into_inner().state())
        })
    }

    /// A new connection.
    pub(crate) async fn client(
        &self,
    ) -> Result<LedgerServiceClient<Channel>, tonic::transport::Error> {
        LedgerServiceClient::connect(self.url.clone()).await
    }

    /// Where asynchronous calls run.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn processor_seconds(&self) -> f64 {
        self.server.processor_seconds()
    }

    /// What it says of a ledger.
    pub(crate) fn ledger(&self, name: &str) -> Result<Ledger, Box<dyn Error>> {
        self.runtime.block_on(async {
            let request = GetLedgerRequest {
                ledger: name.into(),
            };
            let answer = self.client().await?.get_ledger(request).await?;
            answer
                .into_inner()
                .ledger
                .ok_or_else(|| "an answer without a ledger".into())
        })
    }

    /// Waits until a ledger's indexes have caught up and background work has ended.
    pub(crate) fn settle(&self, ledger: &str) -> Result<(), Box<dyn Error>> {
        const TIME_MAX: Duration = Duration::from_secs(300);
        let start = Instant::now();
        while start.elapsed() < TIME_MAX {
            let before = self.processor_seconds();
            thread::sleep(Duration::from_secs(1));
            let busy = self.processor_seconds() - before;
            let ledger = self.ledger(ledger)?;
            if ledger.indexed_size == ledger.size && busy < 0.05 {
                return Ok(());
            }
        }
        Err("the daemon is still busy after five minutes without load".into())
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.server.process()
    }

    /// Ends it as `kill -9` does and leaves its directory.
    pub(crate) fn kill(self) -> Result<Home, Box<dyn Error>> {
        self.server.kill()?;
        Ok(self.home)
    }

    /// Ends it in order and leaves its directory.
    pub(crate) fn stop(self) -> Result<Home, Box<dyn Error>> {
        self.server.stop()?;
        Ok(self.home)
    }
}
