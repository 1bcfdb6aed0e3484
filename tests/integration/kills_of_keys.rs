//! The daemon is killed at every step of a rotation of the identity, of a new epoch and of an erasure: right before each
//! change of a file that they make, and under load. Whatever it is killed in, everything acknowledged is readable or
//! lawfully erased afterwards, what was recorded completes, what was not can be asked for again, and an auditor who
//! pinned the first key follows all of it.

mod trial;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    self, EraseDataSubjectRequest, ErasureStep, ErrorReason, FollowRecordsRequest,
    IdentityRotationResult, PartState, RotateEpochKeyRequest, RotateIdentityKeyRequest,
    event::Payload,
};
use tokio::task::JoinHandle;
use tonic::{Code, Status};

use crate::support::{
    Named,
    calls::{append, assert_refused, batch, create, event, ledger, sequences},
    chance::Chance,
    command::done,
    daemon::{Client, Daemon, Keys, serve},
    keys::{erase, erasures},
    kill_point::KillPoint,
    place::Place,
    tier::{Counts, counts, report},
    verifier::{export, verify},
};

use trial::{Before, Running, Trial};

/// The ledgers of the store; all events but one are in the first.
const LEDGERS: [&str; 3] = ["audit", "second", "third"];
/// Events of a data subject before it is erased.
const EVENTS: usize = 4;
/// The changes of files among which one is drawn by lot while others append. What they append counts, too.
const CHANGES_UNDER_LOAD: std::ops::Range<u64> = 1..80;
/// An operation that changes files more often is killed before each of its first changes, and before some of the rest.
const CHANGES_MET_ONE_BY_ONE: u64 = 12;
/// No operation changes more files than this.
const CHANGES_MAX: u64 = 2_000;
/// How often an operation is asked for until it makes a change of a kind again that it made once.
const TRIES_FOR_KIND: usize = 8;
/// How long the daemon may take for what it does by itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the daemon is killed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Identity,
    Epoch,
    Erasure,
}

/// What a caller was told before the daemon was gone.
#[derive(Debug)]
enum Told {
    Nothing,
    /// The record of the erasure or of the epoch.
    Recorded(u64),
    Completed,
}

/// An event of a data subject, which its id begins with.
fn sealed(id: &str) -> v1::Event {
    v1::Event {
        data_subject: subject_of(id).to_owned(),
        ..event(id)
    }
}

fn subject_of(id: &str) -> &str {
    id.split_once('/').unwrap().0
}

/// A client that appends one event after the other until it is told to stop or the daemon is gone.
struct Writing {
    stop: Arc<AtomicBool>,
    task: JoinHandle<Vec<(String, Option<u64>)>>,
}

impl Writing {
    async fn start(daemon: &Daemon, name: &str) -> Self {
        let mut client = daemon.client().await;
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, name) = (Arc::clone(&stop), name.to_owned());
        let task = tokio::spawn(async move {
            let mut sent = Vec::new();
            while !stopped.load(Ordering::Acquire) {
                // Every other event is the first of its subject.
                let number = sent.len();
                let id = format!("{name}-{}/{number}", number / 2);
                let answer = append(&mut client, LEDGERS[0], sealed(&id)).await.ok();
                let sequence = answer.map(|acknowledgement| acknowledgement.sequence);
                sent.push((id, sequence));
                if sequence.is_none() {
                    break;
                }
            }
            sent
        });
        Self { stop, task }
    }

    /// All ids that were sent, with their sequence numbers where they were acknowledged.
    async fn finish(self) -> Vec<(String, Option<u64>)> {
        self.stop.store(true, Ordering::Release);
        self.task.await.unwrap()
    }
}

/// How many records of each kind a ledger has.
type Kinds = HashMap<String, u64>;

/// A new epoch is recorded or it is not; another one can be begun.
async fn epoch_again(running: &mut Running, told: Told) {
    if let Told::Recorded(sequence) = told {
        let records = opened(&mut running.client, LEDGERS[0]).await;
        assert_eq!(records[sequence as usize].kind().name(), "epoch");
    }
    rotate_epoch(&mut running.keys).await.unwrap();
}

/// All records of a ledger, opened.
async fn opened(client: &mut Client, name: &str) -> Vec<v1::LedgerRecord> {
    let size = ledger(client, name).await.size;
    let request = FollowRecordsRequest {
        ledger: name.to_owned(),
        start_sequence: 0,
        include_evidence: false,
        open_sealed: true,
        ..Default::default()
    };
    let mut following = client.follow_records(request).await.unwrap().into_inner();
    let mut records = Vec::new();
    while (records.len() as u64) < size {
        records.extend(following.message().await.unwrap().unwrap().records);
    }
    records
}

async fn await_end(daemon: &mut Daemon) {
    let deadline = Instant::now() + PATIENCE;
    while daemon.ended().is_none() {
        assert!(Instant::now() < deadline, "it was not killed");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn rotate_identity(keys: &mut Keys) -> Result<IdentityRotationResult, Status> {
    let request = RotateIdentityKeyRequest::default();
    let mut progress = keys.rotate_identity_key(request).await?.into_inner();
    while let Some(message) = progress.message().await? {
        if let Some(result) = message.result {
            return Ok(result);
        }
    }
    Err(Status::internal("it ended without a result"))
}

async fn rotate_epoch(keys: &mut Keys) -> Result<u64, Status> {
    let request = RotateEpochKeyRequest {
        ledger: LEDGERS[0].into(),
        ..RotateEpochKeyRequest::default()
    };
    Ok(keys.rotate_epoch_key(request).await?.into_inner().sequence)
}

/// Asks for an operation, and says how much of an answer came.
async fn perform(keys: &mut Keys, operation: Operation, subject: &str) -> Told {
    match operation {
        Operation::Identity => match rotate_identity(keys).await {
            Ok(_) => Told::Completed,
            Err(_) => Told::Nothing,
        },
        Operation::Epoch => match rotate_epoch(keys).await {
            Ok(_) => Told::Completed,
            Err(_) => Told::Nothing,
        },
        Operation::Erasure => {
            let request = EraseDataSubjectRequest {
                ledger: LEDGERS[0].into(),
                data_subject: subject.to_owned(),
                basis: "GDPR Art. 17(1)(a)".to_owned(),
                ..Default::default()
            };
            let mut told = Told::Nothing;
            let Ok(progress) = keys.erase_data_subject(request).await else {
                return told;
            };
            let mut progress = progress.into_inner();
            while let Ok(Some(message)) = progress.message().await {
                told = match message.step() {
                    ErasureStep::Done => Told::Completed,
                    _ => Told::Recorded(message.sequence),
                };
            }
            told
        }
    }
}

/// Kills the daemon in an operation: before each change of a file that it makes, or before its first ones, one of each kind
/// that it makes, and as many of the rest as there is time for. Then under load. It must have been met in all of these steps.
async fn at_every_step(operation: Operation, steps: &[&str]) {
    let Counts {
        kills_at_changes: kills_max,
        kills_at_changes_under_load: kills_under_load,
        ..
    } = *counts();
    let mut chance = Chance::new("kills of keys");
    let (mut trial, running) = Trial::new().await;
    let too_late = Before::any(CHANGES_MAX);
    let (mut running, kinds) = trial.killed(running, operation, too_late, None).await;
    let kinds = kinds.expect("it has no so many changes");
    let changes = kinds.values().sum::<u64>();
    // The first ones are those of the commit and of what is destroyed; later ones are many, of files written anew.
    let each = if changes <= kills_max {
        changes
    } else {
        CHANGES_MET_ONE_BY_ONE
    };
    for nth in 1..=each {
        let before = Before::any(nth);
        running = trial.killed(running, operation, before, None).await.0;
    }
    running = one_of_each_kind(&mut trial, running, operation, &kinds, &mut chance).await;
    for step in steps {
        let hits = &trial.hits;
        assert!(hits.contains_key(*step), "{step} was not met: {hits:?}");
    }
    let kills = kills_max.saturating_sub(trial.hits.values().sum());
    let rest = changes - each;
    for kill in 0..kills.min(rest) {
        let from = each + 1 + kill * rest / kills;
        let to = each + 1 + (kill + 1) * rest / kills;
        let before = Before::any(chance.within(from..to.max(from + 1)));
        running = trial.killed(running, operation, before, None).await.0;
    }
    for kill in 0..kills_under_load {
        let before = Before::any(chance.within(CHANGES_UNDER_LOAD));
        let load = format!("load{kill}");
        let (next, completed) = trial.killed(running, operation, before, Some(&load)).await;
        assert_eq!(completed, None, "others go on until it is killed");
        running = next;
    }
    running.daemon.stop();
    report(format_args!(
        "{operation:?}: {changes} changes of files, killed before {}: {:?}",
        trial.hits.values().sum::<u64>(),
        trial.hits
    ));
}

/// Kills the daemon before a change of each kind that it has not been killed before yet. Which change of the kind, chance
/// decides. How many there are differs from one time to the next, so it may come too late.
async fn one_of_each_kind(
    trial: &mut Trial,
    mut running: Running,
    operation: Operation,
    kinds: &BTreeMap<String, u64>,
    chance: &mut Chance,
) -> Running {
    for (kind, count) in kinds {
        let mut made = *count;
        for _ in 0..TRIES_FOR_KIND {
            if trial.hits.contains_key(kind) {
                break;
            }
            let before = Before {
                nth: chance.within(1..made + 1),
                kind: Some(kind),
            };
            let (next, completed) = trial.killed(running, operation, before, None).await;
            running = next;
            let made_now = completed.and_then(|kinds| kinds.get(kind).copied());
            made = made_now.unwrap_or(made);
        }
        // Some come by themselves, and not with each operation. Those that it must be met in are its own.
        if !trial.hits.contains_key(kind) {
            report(format_args!("{operation:?}: no {kind} came again"));
        }
    }
    running
}

/// The records' log and the anchor, which each commit goes through.
const COMMIT: [&str; 4] = [
    "write .log",
    "sync .log",
    "write data.anchor",
    "sync data.anchor",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_of_the_identity_is_killed_at_every_step() {
    at_every_step(Operation::Identity, &COMMIT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_epoch_is_killed_at_every_step() {
    at_every_step(Operation::Epoch, &COMMIT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_is_killed_at_every_step() {
    let written_anew = [
        "write .sst",
        "sync .sst",
        "truncate .sst",
        "unlink .sst",
        "write MANIFEST-",
    ];
    at_every_step(Operation::Erasure, &[&COMMIT[..], &written_anew].concat()).await;
}
