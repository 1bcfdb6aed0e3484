//! VerifyLedger: the operator's check, with its progress.

use std::time::{Duration, Instant};

use bytes::Bytes;
use indelible_ledger::{Finding, Ledger, VerifyOutcome};
use indelible_proto::v1;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::authorise::{Action, Caller, Gate, Scope};
use super::slots::Slots;
use crate::limits::PROGRESS_INTERVAL_MS;

pub(super) type Verifying = ReceiverStream<Result<v1::VerifyLedgerResponse, Status>>;

pub(super) async fn verify_ledger(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::VerifyLedgerRequest>,
) -> Result<Response<Verifying>, Status> {
    let caller = Caller::of(&request);
    let name = request.into_inner().ledger;
    let ledger = gate
        .authorise(&caller, Action::Verify, Scope::Ledger(&name))?
        .ledger()?;
    let slot = slots.verification()?;
    let gate = gate.clone();
    let (sender, receiver) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        verify(&ledger, &gate, &sender);
        drop(slot);
    });
    Ok(Response::new(ReceiverStream::new(receiver)))
}

fn verify(
    ledger: &Ledger,
    gate: &Gate,
    sender: &mpsc::Sender<Result<v1::VerifyLedgerResponse, Status>>,
) {
    let interval = Duration::from_millis(PROGRESS_INTERVAL_MS);
    let mut told = Instant::now();
    let outcome = ledger.verify(&mut |verified, size| {
        if told.elapsed() >= interval {
            told = Instant::now();
            // Progress never waits for a client that does not read it.
            let _unheard = sender.try_send(Ok(progress(verified, size, None)));
        }
    });
    let size = outcome.size;
    // Afterwards: what was found may have put it there.
    let system_quarantined = gate.check_system().is_err();
    let result = result(outcome, system_quarantined);
    // The result does wait. A client that is gone needs none.
    let _gone = sender.blocking_send(Ok(progress(size, size, Some(result))));
}

fn progress(
    done: u64,
    total: u64,
    result: Option<v1::VerificationResult>,
) -> v1::VerifyLedgerResponse {
    v1::VerifyLedgerResponse {
        done,
        total,
        result,
    }
}

fn result(outcome: VerifyOutcome, system_quarantined: bool) -> v1::VerificationResult {
    v1::VerificationResult {
        intact: outcome.findings.is_empty(),
        findings: outcome.findings.into_iter().map(finding).collect(),
        root_hash: Bytes::copy_from_slice(outcome.root.as_bytes()),
        unanswered: outcome.unanswered,
        remarks: outcome.remarks,
        system_quarantined,
    }
}

fn finding(finding: Finding) -> v1::Finding {
    v1::Finding {
        sequence: finding.sequence,
        code: finding.code.as_str().to_owned(),
        detail: finding.detail,
    }
}
