//! A daemon that believes an issuer.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use indelible_proto::v1::{GetStatusRequest, ledger_service_client::LedgerServiceClient};
use tonic::{
    Request, Status,
    transport::{Certificate, ClientTlsConfig, Endpoint},
};

use super::{
    begin,
    certificates::{Authority, host},
    done,
    issuer::NAME,
    open_socket,
};
use crate::support::{
    daemon::{Client, Daemon, INDELIBLE},
    place::Place,
};

/// What must have happened by then.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A daemon with TLS that believes one issuer, and a socket for the operator.
pub(super) struct Rig {
    pub(super) place: Place,
    pub(super) daemon: Daemon,
    pub(super) ca: PathBuf,
    socket: String,
    _open: tempfile::TempDir,
}

impl Rig {
    pub(super) async fn start(keys: &str, rest: &str) -> Self {
        let place = Place::new();
        let authority = Authority::new();
        let ca = authority.write(&place, "ca.pem");
        let own = authority.issue(&place, "daemon", host("localhost"));
        let (open, socket) = open_socket();
        let text = format!(
            "listen = [\"127.0.0.1:0\", {socket:?}]\nmetrics = \"127.0.0.1:0\"\n[limits]\n{rest}\n[tls]\ncertificate = {:?}\n\
             key = {:?}\n[[issuers]]\nissuer = {NAME:?}\naudiences = [\"indelible\"]\ngroups_claim = \"groups\"\n\
             leeway_seconds = 0\n{keys}\n[[access]]\nprincipals = [\"jwt-group:{NAME}#ops\"]\n\
             roles = [\"operator\", \"writer\", \"reader\"]\non = [\"@store\"]\n",
            own.certificate, own.key
        );
        let rig = Self {
            daemon: begin(&place, &text),
            place,
            ca,
            socket,
            _open: open,
        };
        rig.eventually("serving", || rig.daemon.log().contains("serving"))
            .await;
        rig
    }

    pub(super) async fn eventually(&self, what: &str, is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(
                begun.elapsed() < PATIENCE,
                "never {what:?}:\n{}",
                self.daemon.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(super) fn address(&self) -> String {
        let (_, port) = self.daemon.address().rsplit_once(':').unwrap();
        format!("https://localhost:{port}")
    }

    pub(super) async fn client(&self) -> Result<Client, tonic::transport::Error> {
        let ca = Certificate::from_pem(fs::read(&self.ca).unwrap());
        let endpoint = Endpoint::from_shared(self.address()).unwrap();
        let tls = ClientTlsConfig::new().ca_certificate(ca);
        Ok(LedgerServiceClient::new(
            endpoint.tls_config(tls)?.connect().await?,
        ))
    }

    /// How a call with this token is answered, over a connection of its own.
    pub(super) async fn asks(&self, token: Option<&str>) -> Result<(), Status> {
        let mut client = self.client().await.unwrap();
        let request = bearing(GetStatusRequest {}, token);
        client.get_status(request).await.map(drop)
    }

    /// The operator's look at the daemon.
    pub(super) fn status(&self) -> String {
        let mut command = Command::new(INDELIBLE);
        command.args(["--address", &self.socket, "status", "--output", "json"]);
        done(command.output().unwrap())
    }
}

pub(super) fn bearing<T>(message: T, token: Option<&str>) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().unwrap();
        request.metadata_mut().insert("authorization", value);
    }
    request
}
