//! Many people, half of them erased: nothing that the process ever wrote has one of those any more, in the clear
//! or as a wrapped key, and every other one is there.
//!
//! What is looked for was drawn by lot, 24 characters of 64 for each attribute, so that a compressed table holds nearly
//! all of it as it is: a part that was there before in its block is rare. That such a search finds what there is, is
//! shown by events in the clear, and by the wrapped keys of those who were not erased.

mod needles;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::{self, File},
    io::{BufRead as _, BufReader},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use indelible_proto::v1::{
    self, FactValue, FollowRecordsRequest, ListErasuresRequest, PartState, event::Payload,
    fact_value,
};
use indelible_store::{
    Catalog as _, KeyRing as _,
    rocks::{RocksStore, RocksTuning},
};

use crate::support::{
    Named,
    calls::{batch, create, ledger},
    chance::Chance,
    daemon::{Client, Daemon, Keys},
    keys::erase,
    place::{Place, copy},
    tier::{counts, report},
    verifier::{assert_verifies, export},
};

use needles::Needles;

/// Events of each.
const EVENTS: usize = 2;
/// Events in the clear, of nobody.
const CLEAR: usize = 200;
/// Events of one batch.
const BATCH: usize = 250;
/// What is compared of each thing that is looked for.
const NEEDLE_BYTES: usize = 12;
/// How long the daemon may take for what it does by itself.
const PATIENCE: Duration = Duration::from_secs(60);

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn canary(chance: &mut Chance) -> String {
    let mut letter = || char::from(LETTERS[chance.within(0..64) as usize]);
    (0..24).map(|_| letter()).collect()
}

/// An event with a canary wherever its client can leave something; returns them, too.
fn event(chance: &mut Chance, subject: &str) -> (v1::Event, Vec<String>) {
    let drawn: Vec<_> = (0..7).map(|_| canary(chance)).collect();
    let [id, about, actor, correlation, causation, fact, payload] = &drawn[..] else {
        unreachable!("seven were drawn")
    };
    let fact = FactValue {
        value: Some(fact_value::Value::Text(fact.clone())),
    };
    let event = v1::Event {
        id: id.clone(),
        source: "urn:canaries".into(),
        r#type: "com.example.decision.v1".into(),
        subject: about.clone(),
        actor: actor.clone(),
        correlation_id: correlation.clone(),
        causation_id: causation.clone(),
        data_subject: subject.to_owned(),
        facts: BTreeMap::from([("name".to_owned(), fact)]),
        payload: Some(Payload::Plaintext(payload.clone().into_bytes().into())),
        ..v1::Event::default()
    };
    (event, drawn)
}

/// Somebody of whom there are events.
struct Subject {
    name: String,
    events: Vec<(u64, v1::Event)>,
    canaries: Vec<String>,
    data_key: indelible_evidence::DataKeyId,
}

impl Subject {
    fn is_doomed(number: usize) -> bool {
        number.is_multiple_of(2)
    }
}

/// All that the daemon wrote lies here, in memory if possible: what is erased is written anew five hundred times.
fn place() -> (Option<tempfile::TempDir>, Place) {
    match tempfile::tempdir_in("/dev/shm") {
        Ok(memory) => {
            let place = Place::at(memory.path());
            (Some(memory), place)
        }
        Err(_) => (None, Place::new()),
    }
}

/// Appends all events, many subjects to a batch.
async fn seed(client: &mut Client, chance: &mut Chance) -> (Vec<Subject>, Vec<String>) {
    let mut subjects: Vec<_> = (0..counts().subjects)
        .map(|_| Subject {
            name: canary(chance),
            events: Vec::new(),
            canaries: Vec::new(),
            data_key: indelible_evidence::DataKeyId::from_bytes([0; 16]),
        })
        .collect();
    let (mut clear, mut sent) = (Vec::new(), Vec::new());
    for _ in 0..EVENTS {
        for (number, subject) in subjects.iter_mut().enumerate() {
            let (event, canaries) = event(chance, &subject.name);
            subject.canaries.extend(canaries);
            sent.push((Some(number), event));
        }
    }
    for _ in 0..CLEAR {
        let (event, canaries) = event(chance, "");
        clear.extend(canaries);
        sent.push((None, event));
    }
    for batched in sent.chunks(BATCH) {
        let events = batched.iter().map(|(_, event)| event.clone()).collect();
        let answer = batch(client, "audit", events).await.unwrap();
        let first = answer.appended.unwrap().first_sequence;
        for (sequence, (number, event)) in (first..).zip(batched) {
            if let Some(number) = number {
                subjects[*number].events.push((sequence, event.clone()));
            }
        }
    }
    for subject in &mut subjects {
        let name = subject.name.clone();
        subject.canaries.push(name);
    }
    (subjects, clear)
}

/// All records, opened, by sequence number.
async fn opened(client: &mut Client) -> Vec<v1::LedgerRecord> {
    let size = ledger(client, "audit").await.size;
    let request = FollowRecordsRequest {
        ledger: "audit".into(),
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

/// How many erasures are recorded and complete.
async fn complete(keys: &mut Keys) -> usize {
    let request = ListErasuresRequest {
        ledger: "audit".into(),
        page_size: 1_000,
        ..Default::default()
    };
    let answer = keys.list_erasures(request).await.unwrap().into_inner();
    answer.erasures.iter().filter(|it| it.complete).count()
}

/// The wrapped data keys that a copy of the data directory has.
fn wrapped_keys(copy: &Path) -> HashMap<indelible_evidence::DataKeyId, Vec<u8>> {
    let store = RocksStore::open(copy, &RocksTuning::default())
        .unwrap()
        .store;
    let (ledger, _) = store.ledgers().unwrap().remove(1);
    let keys = store
        .data_keys(ledger, None, 2 * counts().subjects)
        .unwrap();
    keys.into_iter().map(|(id, key)| (id, key.value)).collect()
}

/// What is random in a wrapped key: its end.
fn random(wrapped: &[u8]) -> &[u8] {
    &wrapped[wrapped.len() - NEEDLE_BYTES..]
}

fn copied(place: &Place, name: &str) -> (tempfile::TempDir, PathBuf) {
    let elsewhere = tempfile::tempdir().unwrap();
    let path = elsewhere.path().join(name);
    copy(&place.data(), &path);
    (elsewhere, path)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_people_those_who_are_erased_are_nowhere_and_the_others_all_there() {
    let mut chance = Chance::new("canaries");
    let (_memory, place) = place();
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let named = Named::from(&create(&mut client, "audit").await);
    let (mut subjects, clear) = seed(&mut client, &mut chance).await;
    for record in opened(&mut client).await {
        let subject = record
            .event
            .as_ref()
            .map(|event| event.data_subject.clone());
        let owner = subjects
            .iter_mut()
            .find(|it| Some(&it.name) == subject.as_ref());
        if let Some(owner) = owner {
            owner.data_key = record.data_key_id.as_ref().try_into().unwrap();
        }
    }
    daemon.stop();

    // A backup from before, which is not the daemon's any more: it shows which wrapped key was whose.
    let (backup, before) = copied(&place, "before");
    let wrapped = wrapped_keys(&before);
    drop(backup);
    assert_eq!(wrapped.len(), counts().subjects);
    let (doomed, kept): (Vec<_>, Vec<_>) =
        (0..counts().subjects).partition(|n| Subject::is_doomed(*n));
    let keys =
        |of: &[usize]| Needles::of(of.iter().map(|n| random(&wrapped[&subjects[*n].data_key])));
    let canaries =
        |of: &[usize]| Needles::of(of.iter().flat_map(|n| subjects[*n].canaries.clone()));
    let root = place.data().parent().unwrap().to_owned();
    assert_eq!(
        keys(&doomed).in_files(&root).len(),
        doomed.len(),
        "the search finds keys"
    );

    let mut daemon = Daemon::start(&place).await;
    let mut service = daemon.keys().await;
    for (done, number) in doomed.iter().enumerate() {
        if done == doomed.len() / 3 {
            // It is killed as soon as this one is recorded.
            let request = v1::EraseDataSubjectRequest {
                ledger: "audit".into(),
                data_subject: subjects[*number].name.clone(),
                basis: "GDPR Art. 17(1)(a)".into(),
                ..Default::default()
            };
            let progress = service.erase_data_subject(request).await;
            let mut progress = progress.unwrap().into_inner();
            progress.message().await.unwrap().unwrap();
            daemon.kill();
            daemon = Daemon::start(&place).await;
            service = daemon.keys().await;
            continue;
        }
        let erased = erase(&mut service, "audit", &subjects[*number].name).await;
        let erased = erased.unwrap();
        let all = (true, EVENTS as u64);
        assert_eq!((erased.complete, erased.event_count), all);
    }
    let deadline = Instant::now() + PATIENCE;
    while complete(&mut service).await < doomed.len() {
        assert!(
            Instant::now() < deadline,
            "the one that was broken off is not taken up"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    // Everything that it ever wrote, its log and the exports that it makes now included.
    let mut client = daemon.client().await;
    export(&mut client, &named.origin, None, &place.file("bundle.tar")).await;
    let log = daemon.log();
    let look = |needles: &Needles| {
        let mut found = needles.in_files(&root);
        needles.find_in(log.as_bytes(), &mut found);
        needles.find_in(&fs::read(place.log()).unwrap(), &mut found);
        found.len()
    };
    assert_eq!(
        look(&canaries(&doomed)),
        0,
        "somebody who was erased is in a file"
    );
    assert_eq!(
        look(&keys(&doomed)),
        0,
        "the key of somebody who was erased is in a file"
    );
    let found = keys(&kept).in_files(&root).len();
    assert!(
        found * 10 >= kept.len() * 9,
        "{found} found; compression may hide a few"
    );
    let in_clear = Needles::of(&clear);
    let found = in_clear.in_files(&place.data()).len();
    assert!(
        found * 100 >= clear.len() * 99,
        "the search finds canaries: {found}"
    );
    assert_eq!(
        look(&canaries(&kept)),
        0,
        "what is sealed is in the clear in a file"
    );

    // Everybody else is there, opened; of those who were erased there are the headers.
    let records = opened(&mut client).await;
    for (number, subject) in subjects.iter().enumerate() {
        for (sequence, event) in &subject.events {
            let record = &records[usize::try_from(*sequence).unwrap()];
            if Subject::is_doomed(number) {
                let states = (record.body_state(), record.payload_state());
                assert_eq!(states, (PartState::Erased, PartState::Erased));
            } else {
                assert_eq!(record.event.as_ref(), Some(event));
            }
        }
    }
    assert_verifies(&mut client, &named, &place.file("bundle.tar")).await;

    // What was read and sent is not wiped from the memory of the process that did; a start begins without it.
    let doomed_canaries = canaries(&doomed);
    let remembered = doomed_canaries.in_memory(daemon.process());
    drop((client, service));
    daemon.stop();
    let daemon = Daemon::start(&place).await;
    opened(&mut daemon.client().await).await;
    match doomed_canaries.in_memory(daemon.process()) {
        Some(found) => assert_eq!(found.len(), 0, "a start finds somebody who was erased"),
        None => eprintln!("the search of the memory did NOT run: it needs the right to read it"),
    }
    let kept_there = canaries(&kept).in_memory(daemon.process());
    assert!(
        kept_there.is_none_or(|found| !found.is_empty()),
        "the search finds what was just read"
    );
    daemon.stop();
    let (_after, path) = copied(&place, "after");
    let left: HashSet<_> = wrapped_keys(&path).into_keys().collect();
    let expected: HashSet<_> = kept.iter().map(|n| subjects[*n].data_key).collect();
    assert_eq!(
        left, expected,
        "the keys that there are, are those of the others"
    );
    report(format_args!(
        "{} of {} erased; of their {} canaries the process that had erased them still had {:?} in its memory",
        doomed.len(),
        counts().subjects,
        doomed_canaries.count,
        remembered.map(|found| found.len())
    ));
}
