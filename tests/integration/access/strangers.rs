//! Clients that nobody here wrote, over TLS with certificates and over the Unix socket: Python's grpcio, Node's
//! @grpc/grpc-js, Go's grpc, and buf.

use std::{
    env,
    process::{Command, Stdio},
};

use indelible_proto::v1::ledger_service_client::LedgerServiceClient;

use super::{
    certificates::{host, workload},
    net::Net,
};
use crate::support::calls::create;

/// What a client ends with whose libraries can't be had here.
const NOT_RUN: i32 = 77;

/// Demands that every client runs.
const VARIABLE: &str = "REQUIRE_STRANGERS";

/// How many checks a client makes at least.
const CHECKS_MIN: usize = 8;

const CLIENTS: [&str; 4] = ["python", "node", "go", "buf"];

fn access() -> String {
    let names = CLIENTS.map(|client| format!("\"spiffe://strangers.example/{client}\""));
    format!(
        "[[access]]\nprincipals = [\"dns:maker.example\"]\nroles = [\"operator\"]\non = [\"*\"]\n\
         [[access]]\nprincipals = [{}]\nroles = [\"writer\", \"reader\"]\non = [\"theirs\"]\n",
        names.join(", ")
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_nobody_here_wrote_call_with_certificates_and_over_the_socket() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("socket");
    let listen = format!("[\"127.0.0.1:0\", \"unix:{}\"]", socket.display());
    let net = Net::start(&listen, &access()).await.unwrap();
    let maker = net.issue("maker", host("maker.example"));
    let mut maker = LedgerServiceClient::new(net.channel(Some(&maker)).await);
    for ledger in ["theirs", "foreign"] {
        create(&mut maker, ledger).await;
    }
    for client in CLIENTS {
        let files = net.issue(
            client,
            workload(&format!("spiffe://strangers.example/{client}")),
        );
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/strangers/clients/run");
        let output = Command::new(program)
            .arg(client)
            .env("ADDRESS", net.address().trim_start_matches("https://"))
            .env("SOCKET", &socket)
            .env("CA", &net.ca)
            .env("CERT", &files.certificate)
            .env("KEY", &files.key)
            .env("LEDGER", "theirs")
            .env("FOREIGN", "foreign")
            .env("ABSENT", "nowhere")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let told = format!("{said}\n{}", String::from_utf8_lossy(&output.stderr));
        if output.status.code() == Some(NOT_RUN) && env::var_os(VARIABLE).is_none() {
            eprintln!("{told}");
            continue;
        }
        assert!(output.status.success(), "{client}: {told}");
        let passed = said.lines().filter(|line| line.starts_with("ok ")).count();
        assert!(passed >= CHECKS_MIN, "{client}: {told}");
    }
    net.daemon.stop();
}
