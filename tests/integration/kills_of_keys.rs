//! The daemon is killed at every step of a rotation of the identity, of a new epoch and of an erasure: right before each
//! change of a file that they make, and under load. Whatever it is killed in, everything acknowledged is readable or
//! lawfully erased afterwards, what was recorded completes, what was not can be asked for again, and an auditor who
//! pinned the first key follows all of it.

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
    self, EraseDataSubjectRequest, ErasureStep, ErrorReason, FollowRecordsRequest, PartState,
    RotateEpochKeyRequest, RotateIdentityKeyRequest, event::Payload,
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

/// A store whose daemon is killed again and again, and what is known of it from outside.
struct Trial {
    place: Place,
    kill_point: KillPoint,
    named: Vec<Named>,
    /// Where each acknowledged event is.
    account: HashMap<String, u64>,
    erased: HashSet<String>,
    subjects: u64,
    /// What the daemon was killed before, and how often.
    hits: BTreeMap<String, u64>,
}

/// A daemon with its clients.
struct Running {
    daemon: Daemon,
    client: Client,
    keys: Keys,
}

impl Trial {
    async fn new() -> (Self, Running) {
        let place = Place::new();
        let mut trial = Self {
            kill_point: KillPoint::new(&place),
            place,
            named: Vec::new(),
            account: HashMap::new(),
            erased: HashSet::new(),
            subjects: 0,
            hits: BTreeMap::new(),
        };
        let mut running = trial.start().await;
        for name in LEDGERS {
            let created = create(&mut running.client, name).await;
            trial.named.push(Named::from(&created));
            append(&mut running.client, name, event("in the clear"))
                .await
                .unwrap();
        }
        trial.next_subject(&mut running).await;
        (trial, running)
    }

    async fn start(&self) -> Running {
        let command = self.kill_point.preload(serve(&self.place));
        let mut daemon = Daemon::spawn(command, &self.place).unwrap();
        daemon.await_serving().await;
        let (client, keys) = (daemon.client().await, daemon.keys().await);
        Running {
            daemon,
            client,
            keys,
        }
    }

    /// Appends some events of a new subject; returns it.
    async fn next_subject(&mut self, running: &mut Running) -> String {
        self.subjects += 1;
        let subject = format!("subject{}", self.subjects);
        let ids: Vec<_> = (0..EVENTS).map(|n| format!("{subject}/{n}")).collect();
        let events = ids.iter().map(|id| sealed(id)).collect();
        let answer = batch(&mut running.client, LEDGERS[0], events).await;
        let answer = answer.unwrap();
        let sequences = sequences(ids.len(), answer.appended.as_ref(), &answer.repeats);
        self.account.extend(ids.into_iter().zip(sequences));
        subject
    }

    /// Every acknowledged event is at its place: opened, with its own content, or erased if its subject is. Returns how
    /// many records of each kind each ledger has.
    async fn check(&self, client: &mut Client) -> Vec<Kinds> {
        let mut by_sequence: HashMap<u64, &str> = self
            .account
            .iter()
            .map(|(id, sequence)| (*sequence, id.as_str()))
            .collect();
        let mut all = Vec::new();
        for (name, is_first) in LEDGERS.into_iter().zip([true, false, false]) {
            let mut kinds = Kinds::new();
            for record in opened(client, name).await {
                *kinds.entry(record.kind().name().to_owned()).or_default() += 1;
                if is_first && let Some(id) = by_sequence.remove(&record.sequence) {
                    self.check_event(id, record);
                }
            }
            all.push(kinds);
        }
        assert!(by_sequence.is_empty(), "lost: {by_sequence:?}");
        all
    }

    fn check_event(&self, id: &str, record: v1::LedgerRecord) {
        if self.erased.contains(subject_of(id)) {
            let states = (record.body_state(), record.payload_state());
            assert_eq!(states, (PartState::Erased, PartState::Erased), "{id}");
            return;
        }
        let read = record.event.unwrap();
        let wanted = Payload::Plaintext(format!("payload of {id}").into_bytes().into());
        assert_eq!((read.id.as_str(), read.payload), (id, Some(wanted)));
    }

    /// An auditor who pinned the first key and knows a head of now accepts each ledger.
    async fn assert_verifies(&self, running: &mut Running) {
        let (bundle, head) = (self.place.file("bundle.tar"), self.place.file("head"));
        for named in &self.named {
            export(&mut running.client, &named.origin, None, &bundle).await;
            let checkpoint = done(&running.daemon, &["checkpoint", &named.origin]).data;
            fs::write(&head, checkpoint).unwrap();
            let known = ["--known-head", head.to_str().unwrap()];
            let verified = verify(&bundle, &named.verifier_key, &known);
            assert_eq!(verified.code, 0, "{verified:#?}");
            for question in ["integrity", "custody", "completeness"] {
                assert_eq!(verified.answer(question), "holds", "{verified:#?}");
            }
        }
    }

    /// Runs an operation, the daemon to be killed before the `nth` change of a file, with others appending or not.
    /// Starts it again and checks what there is. Where it completed before it could be killed, says how many changes it
    /// made.
    async fn killed(
        &mut self,
        mut running: Running,
        operation: Operation,
        nth: u64,
        load: Option<&str>,
    ) -> (Running, Option<u64>) {
        let subject = self.next_subject(&mut running).await;
        let kinds_before = self.check(&mut running.client).await;
        let writing = match load {
            Some(name) => Some(Writing::start(&running.daemon, name).await),
            None => None,
        };
        self.kill_point.arm(nth);
        let told = perform(&mut running.keys, operation, &subject).await;
        // Others go on appending until it is killed; without them it may have been too late.
        let sent = match writing {
            Some(writing) => {
                await_end(&mut running.daemon).await;
                writing.finish().await
            }
            None => Vec::new(),
        };
        let seen = self.kill_point.disarm();
        assert!(seen > 0, "{operation:?} changes files");
        let Some(hit) = self.kill_point.hit() else {
            assert!(matches!(told, Told::Completed), "{operation:?}: {told:?}");
            if operation == Operation::Erasure {
                self.erased.insert(subject);
            }
            return (running, Some(seen));
        };
        *self.hits.entry(hit).or_default() += 1;
        running.daemon.kill();

        let mut running = self.start().await;
        for (id, sequence) in sent {
            let sequence = match sequence {
                Some(sequence) => sequence,
                // Nothing is known of it: to send it again is safe.
                None => {
                    let again = append(&mut running.client, LEDGERS[0], sealed(&id)).await;
                    again.unwrap().sequence
                }
            };
            self.account.insert(id, sequence);
        }
        match operation {
            Operation::Identity => self.identity_again(&mut running, &kinds_before, told).await,
            Operation::Epoch => epoch_again(&mut running, told).await,
            Operation::Erasure => self.erasure_again(&mut running, subject, told).await,
        }
        self.check(&mut running.client).await;
        self.assert_verifies(&mut running).await;
        (running, None)
    }

    /// A rotation that was broken off goes on when it is asked for again, and does nothing twice.
    async fn identity_again(&self, running: &mut Running, before: &[Kinds], told: Told) {
        let count = |kinds: &Kinds| kinds.get("identity").copied().unwrap_or(0);
        let after_kill = self.check(&mut running.client).await;
        let new: Vec<_> = after_kill
            .iter()
            .zip(before)
            .map(|(after, before)| count(after) - count(before))
            .collect();
        let recorded = new.iter().sum::<u64>();
        assert!(new.iter().all(|new| *new <= 1), "{new:?}");
        // One ledger after the other.
        assert!(
            new.is_sorted_by(|earlier, later| earlier >= later),
            "{new:?}"
        );
        if matches!(told, Told::Completed) {
            assert_eq!(recorded, 3, "it was said to be complete");
        }
        let result = rotate_identity(&mut running.keys).await.unwrap();
        let left = if recorded == 3 { 3 } else { 3 - recorded };
        assert_eq!(result.rotated_ledgers.len() as u64, left, "{result:?}");
        let left = result.recovery_statements.len() + result.unrotated_ledgers.len();
        assert!(left == 0 && result.retired_key_count >= 1, "{result:?}");
        let rotated = self.check(&mut running.client).await;
        let least = u64::from(recorded == 3) + 1;
        for (after, before) in rotated.iter().zip(before) {
            assert_eq!(count(after), count(before) + least);
        }
    }

    /// An erasure that is recorded completes by itself; one that is not was never begun, and can be asked for again.
    async fn erasure_again(&mut self, running: &mut Running, subject: String, told: Told) {
        let recorded = erasures(&mut running.keys, LEDGERS[0]).await;
        let begun = recorded.len() == self.erased.len() + 1;
        match told {
            Told::Nothing => assert_eq!(recorded.len() - usize::from(begun), self.erased.len()),
            Told::Recorded(sequence) => assert_eq!(recorded.last().unwrap().sequence, sequence),
            Told::Completed => assert!(begun && recorded.last().unwrap().complete),
        }
        if begun {
            let deadline = Instant::now() + PATIENCE;
            while !erasures(&mut running.keys, LEDGERS[0])
                .await
                .last()
                .unwrap()
                .complete
            {
                let log = running.daemon.log();
                assert!(Instant::now() < deadline, "it is not taken up:\n{log}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let again = erase(&mut running.keys, LEDGERS[0], &subject).await;
            assert_refused(again, Code::NotFound, ErrorReason::DataSubjectUnknown, "");
        } else {
            // Not recorded, so nothing is gone yet.
            self.check(&mut running.client).await;
            let erased = erase(&mut running.keys, LEDGERS[0], &subject)
                .await
                .unwrap();
            assert!(
                erased.complete && erased.event_count == EVENTS as u64,
                "{erased:?}"
            );
        }
        self.erased.insert(subject);
    }
}

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

async fn rotate_identity(keys: &mut Keys) -> Result<v1::IdentityRotationResult, Status> {
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

/// Kills the daemon in an operation: before each change of a file that it makes, or before as many as there is time for.
/// Then under load. It must have been met in all of these steps.
async fn at_every_step(operation: Operation, steps: &[&str]) {
    let Counts {
        kills_at_changes: kills_max,
        kills_at_changes_under_load: kills_under_load,
        ..
    } = *counts();
    let mut chance = Chance::new("kills of keys");
    let (mut trial, running) = Trial::new().await;
    let (mut running, changes) = trial.killed(running, operation, CHANGES_MAX, None).await;
    let changes = changes.expect("it has no so many changes");
    // The first ones are those of the commit and of what is destroyed; later ones are many, of files written anew.
    let each = if changes <= kills_max {
        changes
    } else {
        CHANGES_MET_ONE_BY_ONE
    };
    let (kills, rest) = (kills_max - each, changes - each);
    let spread = (0..kills.min(rest)).map(|kill| {
        let from = each + 1 + kill * rest / kills;
        let to = each + 1 + (kill + 1) * rest / kills;
        chance.within(from..to.max(from + 1))
    });
    let points: Vec<_> = (1..=each).chain(spread).collect();
    for nth in points {
        running = trial.killed(running, operation, nth, None).await.0;
    }
    for kill in 0..kills_under_load {
        let nth = chance.within(CHANGES_UNDER_LOAD);
        let load = format!("load{kill}");
        let (next, completed) = trial.killed(running, operation, nth, Some(&load)).await;
        assert_eq!(completed, None, "others go on until it is killed");
        running = next;
    }
    running.daemon.stop();
    report(format_args!(
        "{operation:?}: {changes} changes of files, killed before {}: {:?}",
        trial.hits.values().sum::<u64>(),
        trial.hits
    ));
    for step in steps {
        assert!(trial.hits.contains_key(*step), "{step} was never met");
    }
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
    let written_anew = ["write .sst", "write MANIFEST-"];
    at_every_step(Operation::Erasure, &[&COMMIT[..], &written_anew].concat()).await;
}
