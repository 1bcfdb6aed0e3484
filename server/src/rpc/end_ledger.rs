//! EndLedger: the end of a ledger on a thread of its own, which continues whether or not the client listens.

use data_encoding::HEXLOWER;
use indelible_ledger::{EndLedger, Ended, SystemFact};
use indelible_proto::v1::{self, ErasureStep};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{
    audit::act::Act,
    authorise::{Action, Caller, Gate, Scope, Wish},
    backups::of_orders,
    refusal::Refusal,
    slots::Slots,
    teller::{MESSAGES_AHEAD_MAX, Progress, Teller, Tells},
    wanted,
};

type Message = Result<v1::EndLedgerResponse, Status>;

pub(super) type Ending = ReceiverStream<Message>;

pub(super) async fn end(
    gate: &Gate,
    slots: &Slots,
    request: Request<v1::EndLedgerRequest>,
) -> Result<Response<Ending>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let what = (Action::CloseLedger, Scope::Ledger(&request.ledger));
    let permit = gate.authorise_act(&caller, what, Wish::Act(&request.approval_id))?;
    let end = wanted::end(&request)?;
    let target = permit.target()?;
    let wanted = wanted::end_ledger(&permit, &target, &request)?;
    // Whoever ends a ledger is told which backups hold its keys still, so that must be known.
    gate.known_backups()?;
    let slot = slots.erasure()?;
    let digest = SystemFact::Text(HEXLOWER.encode(&end.bundle_sha256));
    let facts = vec![
        ("bundle_size", SystemFact::Uint(end.bundle_size)),
        ("bundle_sha256", digest),
    ];
    let act = permit.begin_wanted("EndLedger", facts, &wanted).await?;
    let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD_MAX);
    let gate = gate.clone();
    tokio::task::spawn_blocking(move || {
        let backups = |orders: &[u64]| of_orders(&gate, &target, orders);
        carry_out(act, &end, &backups, sender);
        drop(slot);
    });
    Ok(Response::new(ReceiverStream::new(receiver)))
}

fn carry_out(
    act: Act,
    end: &EndLedger,
    backups: &dyn Fn(&[u64]) -> Vec<v1::Backup>,
    sender: mpsc::Sender<Message>,
) {
    let mut teller = Teller::new(sender);
    let ended = match act.ledger() {
        Ok(ledger) => {
            let ended = ledger.end(end, &mut |progress| teller.tell(progress));
            ended.map_err(Refusal::from)
        }
        Err(refusal) => Err(refusal),
    };
    teller.end(match ended {
        Ok(ended) => {
            act.done(vec![
                ("sequence", SystemFact::Uint(ended.sequence)),
                ("data_key_count", SystemFact::Uint(ended.data_keys)),
                ("events", SystemFact::Uint(ended.events)),
            ]);
            let backups = backups(&ended.erasures);
            Ok(done(&ended, backups))
        }
        Err(refusal) => {
            act.refused(&refusal);
            Err(refusal)
        }
    });
}

impl Tells for v1::EndLedgerResponse {
    fn of(progress: Progress) -> Self {
        Self {
            step: progress.step.into(),
            sequence: progress.recorded.unwrap_or_default(),
            done: progress.done,
            total: progress.total,
            result: None,
        }
    }

    fn recorded(sequence: u64) -> String {
        format!(
            "the ledger ended, as record {sequence} says, and its keys will all be destroyed at the daemon's next start"
        )
    }
}

fn done(ended: &Ended, backups: Vec<v1::Backup>) -> v1::EndLedgerResponse {
    let older = ended.evidence.iter();
    v1::EndLedgerResponse {
        step: ErasureStep::Done.into(),
        sequence: ended.sequence,
        done: ended.events,
        total: ended.events,
        result: Some(v1::EndLedgerResult {
            sequence: ended.sequence,
            erasure_sequences: ended.erasures.clone(),
            data_key_count: ended.data_keys,
            event_count: ended.events,
            complete: ended.evidence.is_empty(),
            older_copy_paths: older.map(|path| path.display().to_string()).collect(),
            backups,
        }),
    }
}
