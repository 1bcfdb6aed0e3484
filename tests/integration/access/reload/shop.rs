//! A daemon with a ledger, and a configuration that changes.

use std::{
    fs,
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    AppendStreamRequest, AppendStreamResponse, GetStatusRequest,
    ledger_service_client::LedgerServiceClient,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use super::super::{
    certificates::{host, workload},
    net::Net,
};
use crate::support::{
    calls::{create, event},
    daemon::Client,
};

/// What must have happened by then.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

const OPERATOR: &str = "[[access]]\nprincipals = [\"dns:operator.example\"]\nroles = [\"operator\", \"reader\"]\non = [\"@store\"]\n";

/// Somebody with these roles on the ledger, beside the operator.
pub(super) fn bound(roles: &[&str]) -> String {
    match roles {
        [] => OPERATOR.to_owned(),
        roles => format!(
            "{OPERATOR}[[access]]\nprincipals = [\"spiffe://shop.example/till\"]\nroles = {roles:?}\non = [\"sales\"]\n"
        ),
    }
}

/// A daemon with a ledger, its operator, and somebody whose roles change.
pub(super) struct Shop {
    pub(super) net: Net,
    pub(super) operator: Client,
    pub(super) till: Client,
}

impl Shop {
    pub(super) async fn start(roles: &[&str]) -> Self {
        let net = Net::start("\"127.0.0.1:0\"", &bound(roles)).await.unwrap();
        let files = net.issue("operator", host("operator.example"));
        let mut operator = LedgerServiceClient::new(net.channel(Some(&files)).await);
        create(&mut operator, "sales").await;
        let files = net.issue("till", workload("spiffe://shop.example/till"));
        let till = LedgerServiceClient::new(net.channel(Some(&files)).await);
        Self {
            net,
            operator,
            till,
        }
    }

    /// Writes what the configuration says of access.
    pub(super) fn write(&self, access: &str) {
        let file = self.net.place.file("indelible.toml");
        let text = fs::read_to_string(&file).unwrap();
        let (before, rest) = text.split_once("[[access]]").unwrap();
        let (_, kek) = rest.split_once("[kek]").unwrap();
        fs::write(&file, format!("{before}{access}\n[kek]{kek}")).unwrap();
    }

    /// Has the daemon take it at once.
    pub(super) async fn take(&self, access: &str) {
        let told = |log: &str| log.matches("took bindings and rates").count();
        let before = told(&self.net.daemon.log());
        self.write(access);
        self.net.daemon.signal(libc::SIGHUP);
        let begun = Instant::now();
        while told(&self.net.daemon.log()) == before {
            assert!(begun.elapsed() < PATIENCE, "{}", self.net.daemon.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) async fn notices(&mut self) -> Vec<(String, String)> {
        let status = self.operator.get_status(GetStatusRequest {}).await;
        let notices = status.unwrap().into_inner().notices;
        let told = notices.iter();
        told.map(|notice| (notice.code().name().to_owned(), notice.detail.clone()))
            .collect()
    }

    /// Opens an append stream, and has one event acknowledged.
    pub(super) async fn stream(
        &mut self,
    ) -> (
        mpsc::Sender<AppendStreamRequest>,
        Streaming<AppendStreamResponse>,
    ) {
        let (sender, receiver) = mpsc::channel(8);
        sender.send(message("s0")).await.unwrap();
        let answers = self.till.append_stream(ReceiverStream::new(receiver)).await;
        let mut answers = answers.unwrap().into_inner();
        answers.message().await.unwrap().unwrap();
        (sender, answers)
    }
}

pub(super) fn message(id: &str) -> AppendStreamRequest {
    AppendStreamRequest {
        ledger: "sales".into(),
        events: vec![event(id)],
    }
}
