//! GetReceipt, GetCheckpoint and GetConsistencyProof.

use bytes::Bytes;
use indelible_evidence::hash::TreeHash;
use indelible_ledger::{Access, Ledger, ReadError};
use indelible_proto::v1::{self, CheckpointKind};
use tonic::{Request, Response, Status};

use super::{
    authorise::{Action, Caller, Gate, Scope},
    blocking::blocking,
    opened::Opened,
    read::opening,
    refusal::Refusal,
};

pub(super) async fn get_receipt(
    gate: &Gate,
    request: Request<v1::GetReceiptRequest>,
) -> Result<Response<v1::GetReceiptResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let permit = gate.authorise(&caller, Action::Prove, Scope::Ledger(&request.ledger))?;
    let opening = opening(
        gate,
        &caller,
        &request.ledger,
        (Action::Decrypt, "receipt"),
        request.disclose_key,
        &request.purpose,
    )?;
    let ledger = permit.ledger()?;
    if request.wait_for_publication {
        await_publication(gate, &ledger, request.sequence).await?;
    }
    let opened = opening.as_ref().map(|_| Opened::begin(&ledger));
    let answer = blocking(move || receipt(&ledger, request.sequence, opening.as_ref())).await?;
    Ok(Opened::attach(opened, Response::new(answer)))
}

/// Waits until the call's deadline at most: the call is dropped then, and this with it.
async fn await_publication(gate: &Gate, ledger: &Ledger, sequence: u64) -> Result<(), Status> {
    let size = *ledger.watch().borrow();
    if sequence >= size {
        return Err(Refusal::from(ReadError::NoRecord { sequence, size }).into());
    }
    let mut draining = gate.draining();
    tokio::select! {
        published = ledger.wait_published(sequence + 1) => {
            published.map_err(|error| Refusal::from(error).into())
        }
        () = draining.begun() => Err(Refusal::draining().into()),
    }
}

fn receipt(
    ledger: &Ledger,
    sequence: u64,
    opening: Option<&Access>,
) -> Result<v1::GetReceiptResponse, Refusal> {
    let (receipt, mut record, provisional) = ledger.receipt(sequence)?;
    if let Some(access) = opening {
        let mut views = [ledger.record(sequence)?];
        ledger.open_for(access, &mut views)?;
        record = views[0].record_file();
    }
    Ok(v1::GetReceiptResponse {
        receipt: receipt.to_string(),
        record_file: record.encode().into(),
        provisional,
    })
}

pub(super) async fn get_checkpoint(
    gate: &Gate,
    request: Request<v1::GetCheckpointRequest>,
) -> Result<Response<v1::GetCheckpointResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = gate
        .authorise(&caller, Action::Prove, Scope::Ledger(&request.ledger))?
        .ledger()?;
    let note = match CheckpointKind::try_from(request.kind) {
        Ok(CheckpointKind::Unspecified | CheckpointKind::Published) => ledger
            .published_checkpoint()
            .ok_or_else(|| Refusal::from(ReadError::NotPublished))?,
        Ok(CheckpointKind::Committed) => ledger.committed_checkpoint().map_err(Refusal::from)?,
        Err(_) => {
            return Err(Refusal::field("kind", "is not a kind that this daemon knows").into());
        }
    };
    Ok(Response::new(v1::GetCheckpointResponse {
        checkpoint: note.to_string(),
    }))
}

pub(super) async fn get_consistency_proof(
    gate: &Gate,
    request: Request<v1::GetConsistencyProofRequest>,
) -> Result<Response<v1::GetConsistencyProofResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let ledger = gate
        .authorise(&caller, Action::Prove, Scope::Ledger(&request.ledger))?
        .ledger()?;
    let answer = blocking(move || consistency(&ledger, request.from_size, request.to_size)).await?;
    Ok(Response::new(answer))
}

fn consistency(
    ledger: &Ledger,
    from: u64,
    to: u64,
) -> Result<v1::GetConsistencyProofResponse, Refusal> {
    if from == 0 {
        return Err(Refusal::field("from_size", "must be at least 1"));
    }
    let summary = ledger.summary();
    let to = match to {
        // The call is well formed: the ledger is not that large, or not any more.
        0 if from > summary.size => {
            let (to, size) = (from, summary.size);
            return Err(ReadError::NoProof { from, to, size }.into());
        }
        0 if from > summary.published_size => return Err(ReadError::NotPublished.into()),
        0 => summary.published_size,
        to => to,
    };
    if to < from {
        return Err(Refusal::field(
            "from_size",
            format!("must not be larger than to_size, which is {to}"),
        ));
    }
    Ok(v1::GetConsistencyProofResponse {
        hashes: ledger.consistency(from, to)?.iter().map(hash).collect(),
        from_root_hash: hash(&ledger.root_at(from)?),
        to_root_hash: hash(&ledger.root_at(to)?),
        to_size: to,
    })
}

fn hash(hash: &TreeHash) -> Bytes {
    Bytes::copy_from_slice(hash.as_bytes())
}
