//! A daemon on the network, with one authority for its own certificate and everybody else's.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rcgen::SanType;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use super::{
    certificates::{Authority, Files, host},
    serve,
};
use crate::support::{
    daemon::{Daemon, INDELIBLE},
    kill_point::KillPoint,
    place::Place,
};

/// What must have happened by then.
const PATIENCE: Duration = Duration::from_secs(60);

/// The daemon and the authority.
pub(super) struct Net {
    pub(super) place: Place,
    pub(super) daemon: Daemon,
    pub(super) ca: PathBuf,
    authority: Authority,
    /// Where the daemon is killed, if it can be.
    pub(super) kill_point: Option<KillPoint>,
}

fn program(kill_point: Option<&KillPoint>) -> Command {
    let command = Command::new(INDELIBLE);
    match kill_point {
        Some(kill_point) => kill_point.preload(command),
        None => command,
    }
}

impl Net {
    /// Starts a daemon that takes callers with and without a certificate. `listen` is TOML, and so is `access`. The error
    /// is what the daemon logged instead of listening.
    pub(super) async fn start(listen: &str, access: &str) -> Result<Self, String> {
        Self::start_at(Place::new(), None, listen, access).await
    }

    /// The same for a daemon that can be killed at a change of a file.
    pub(super) async fn killable(access: &str) -> Self {
        let place = Place::new();
        let kill_point = KillPoint::new(&place);
        let net = Self::start_at(place, Some(kill_point), "\"127.0.0.1:0\"", access);
        net.await.unwrap()
    }

    async fn start_at(
        place: Place,
        kill_point: Option<KillPoint>,
        listen: &str,
        access: &str,
    ) -> Result<Self, String> {
        let authority = Authority::new();
        let ca = authority.write(&place, "ca.pem");
        let own = authority.issue(&place, "daemon", host("localhost"));
        let text = format!(
            "listen = {listen}\n[tls]\ncertificate = {:?}\nkey = {:?}\nclient_ca = {ca:?}\n\
             client_certificates = \"optional\"\n{access}\n",
            own.certificate, own.key
        );
        let command = serve(program(kill_point.as_ref()), &place, &text);
        let daemon = Daemon::spawn(command, &place)?;
        let net = Self {
            place,
            daemon,
            ca,
            authority,
            kill_point,
        };
        net.logs("serving").await;
        Ok(net)
    }

    /// Stops the daemon and starts it again on the same configuration.
    pub(super) async fn restart(self) -> Self {
        self.again(Daemon::stop).await
    }

    /// Kills the daemon, if it was not killed yet, and starts it again on the same configuration.
    pub(super) async fn killed(self) -> Self {
        self.again(Daemon::kill).await
    }

    async fn again(self, end: impl FnOnce(Daemon)) -> Self {
        let Self {
            place,
            daemon,
            ca,
            authority,
            kill_point,
        } = self;
        end(daemon);
        let mut command = program(kill_point.as_ref());
        command
            .arg("serve")
            .arg("--config")
            .arg(place.file("indelible.toml"))
            .stdin(Stdio::null());
        let net = Self {
            daemon: Daemon::spawn(command, &place).unwrap(),
            place,
            ca,
            authority,
            kill_point,
        };
        net.logs("serving").await;
        net
    }

    /// Waits until the daemon has said so in its log.
    pub(super) async fn logs(&self, words: &str) {
        let begun = Instant::now();
        while !self.daemon.log().contains(words) {
            assert!(
                begun.elapsed() < PATIENCE,
                "never {words:?}:\n{}",
                self.daemon.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Issues a certificate for a client.
    pub(super) fn issue(&self, name: &str, names: Vec<SanType>) -> Files {
        self.authority.issue(&self.place, name, names)
    }

    /// Where it is on the network.
    pub(super) fn address(&self) -> String {
        let (_, port) = self.daemon.address().rsplit_once(':').unwrap();
        format!("https://localhost:{port}")
    }

    /// A connection of a client, with its certificate or without.
    pub(super) async fn channel(&self, client: Option<&Files>) -> Channel {
        let ca = Certificate::from_pem(fs::read(&self.ca).unwrap());
        let mut tls = ClientTlsConfig::new().ca_certificate(ca);
        if let Some(client) = client {
            let (pem, key) = (fs::read(&client.certificate), fs::read(&client.key));
            tls = tls.identity(Identity::from_pem(pem.unwrap(), key.unwrap()));
        }
        let endpoint = Endpoint::from_shared(self.address()).unwrap();
        let endpoint = endpoint.tls_config(tls).unwrap().tcp_nodelay(true);
        endpoint.connect().await.unwrap()
    }
}
