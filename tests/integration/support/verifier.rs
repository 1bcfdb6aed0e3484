//! The real offline verifier, as a process.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use indelible_proto::v1::{ExportBundleRequest, RecordSelection, record_selection::Bounds};
use serde_json::Value;

use super::daemon::{Client, INDELIBLE};

/// What the verifier answered.
#[derive(Debug)]
pub(crate) struct Verified {
    /// Its exit code.
    pub(crate) code: i32,
    /// Its verdict in JSON; null if it gave none.
    pub(crate) report: Value,
    /// What it wrote on standard error.
    pub(crate) complaint: String,
}

impl Verified {
    /// The answer to one of the four questions.
    pub(crate) fn answer(&self, question: &str) -> &str {
        self.report["verdict"][question]["answer"]
            .as_str()
            .unwrap_or_default()
    }
}

/// `indelible-verify`, which the workspace builds beside the daemon.
pub(crate) fn program() -> PathBuf {
    let program = Path::new(INDELIBLE).with_file_name("indelible-verify");
    assert!(
        program.is_file(),
        "{} is not there: run `cargo build --workspace` first",
        program.display()
    );
    program
}

/// Verifies a bundle.
pub(crate) fn verify(bundle: &Path, key: &str, more: &[&str]) -> Verified {
    let mut command = Command::new(program());
    command
        .arg(bundle)
        .args(["--key", key, "--output", "json"])
        .args(more);
    run(command)
}

/// Verifies a receipt.
pub(crate) fn verify_receipt(receipt: &Path, record: &Path, key: &str) -> Verified {
    let mut command = Command::new(program());
    command
        .arg("receipt")
        .arg(receipt)
        .arg("--record")
        .arg(record);
    command.args(["--key", key, "--output", "json"]);
    run(command)
}

fn run(mut command: Command) -> Verified {
    let output = command.output().unwrap();
    Verified {
        code: output.status.code().unwrap(),
        report: serde_json::from_slice(&output.stdout).unwrap_or_default(),
        complaint: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Exports a bundle to a file.
pub(crate) async fn export(client: &mut Client, ledger: &str, bounds: Option<Bounds>, to: &Path) {
    let request = ExportBundleRequest {
        ledger: ledger.to_owned(),
        selection: bounds.map(of_bounds),
        withhold_payloads: false,
        without_archived: false,
        disclose_keys: false,
        purpose: String::new(),
    };
    let mut chunks = client.export_bundle(request).await.unwrap().into_inner();
    let mut bundle = Vec::new();
    while let Some(message) = chunks.message().await.unwrap() {
        bundle.extend_from_slice(&message.chunk);
    }
    fs::write(to, bundle).unwrap();
}

/// A selection of these bounds, as of now.
pub(crate) fn of_bounds(bounds: Bounds) -> RecordSelection {
    RecordSelection {
        bounds: Some(bounds),
        as_of_size: 0,
    }
}

/// Exports a whole ledger and verifies it offline: integrity and custody must hold over all of it.
pub(crate) async fn assert_verifies(client: &mut Client, ledger: &super::Named, file: &Path) {
    export(client, &ledger.origin, None, file).await;
    let verified = verify(file, &ledger.verifier_key, &[]);
    assert_eq!(verified.code, 0, "{verified:#?}");
    assert_eq!(verified.answer("integrity"), "holds", "{verified:#?}");
    assert_eq!(verified.answer("custody"), "holds", "{verified:#?}");
}
