//! Files from before an erasure, put back in whole or in part: who was erased stays closed, or the command says that it can't
//! tell.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    administrator::support::{CATALOGUE, Entry, FAMILIES, KEYS, RECORDS, StoppedStore, of_ledger},
    support::{
        Named,
        calls::{append, create, event},
        keys::{erase, event_of},
        place::{Place, copy},
    },
};

use super::{
    rig::{Rescuer, of, rescue, rescue_with, settled, verified},
    stored::data_keys,
};

/// A ledger with two people, of whom one is erased, and how its store was before.
struct Scene {
    place: Place,
    mine: Rescuer,
    audit: Named,
    /// The number of the ledger.
    number: u32,
    /// The data directory and the anchor before the erasure.
    older: PathBuf,
    older_anchor: String,
    /// What the store had of the ledger before the erasure, family by family.
    before: Vec<Vec<Entry>>,
}

impl Scene {
    async fn make() -> Self {
        let place = Place::new();
        let mine = Rescuer::new(&place, "identity.txt");
        let daemon = settled(&place, &[&mine]).await;
        let mut client = daemon.client().await;
        let audit = Named::from(&create(&mut client, "audit").await);
        append(&mut client, "audit", event("plain")).await.unwrap();
        for subject in ["erika", "max"] {
            let event = event_of(subject, subject);
            append(&mut client, "audit", event).await.unwrap();
        }
        daemon.stop();
        let older = place.copy_data("older");
        let older_anchor = place.file("before.anchor");
        copy(&place.anchor(), &older_anchor);
        let number = data_keys(&older)[0].0.number();
        let before = entries(&place, number);

        let daemon = settled(&place, &[&mine]).await;
        let mut keys = daemon.keys().await;
        assert!(erase(&mut keys, "audit", "erika").await.unwrap().complete);
        daemon.stop();
        fs::remove_file(place.passphrase()).unwrap();
        Self {
            older_anchor: older_anchor.to_str().unwrap().to_owned(),
            place,
            mine,
            audit,
            number,
            older,
            before,
        }
    }

    /// Puts back what the store had before of some families.
    fn put_back(&self, families: &[&str]) {
        let store = StoppedStore::open(&self.place);
        let places = FAMILIES.iter().zip(&self.before);
        for (family, entries) in places.filter(|(family, _)| families.contains(family)) {
            for (key, value) in entries {
                store.put(family, key, value);
            }
        }
    }

    fn newest_anchor(&self) -> String {
        self.place.anchor().to_str().unwrap().to_owned()
    }

    /// How many events are opened of what is rescued, which is erased of one person.
    fn opened_without_erika(&self, data: &Path, arguments: &[&str], code: i32) -> u64 {
        let (found, answer, said) =
            rescue_with(&self.place, data, &self.mine, "without", arguments);
        assert_eq!(found, code, "{said}{answer:#}");
        let told = of(&answer, &self.audit.origin);
        assert_eq!(told["events_erased"], 1, "{told:#}");
        assert_eq!(told["events_clear"], 1);
        verified(told, &self.audit)
    }

    /// What is said of a ledger that is not opened.
    fn not_opened(&self, data: &Path, arguments: &[&str]) -> String {
        let (code, answer, said) = rescue_with(&self.place, data, &self.mine, "not", arguments);
        assert_eq!(code, 1, "{said}{answer:#}");
        let told = of(&answer, &self.audit.origin);
        assert!(told["file"].is_null(), "{told:#}");
        assert!(said.contains("--behind-anchor"), "{said}");
        told["problem"].as_str().unwrap().to_owned()
    }
}

/// What a store has of a ledger, family by family: also its head and its checkpoints in the catalogue.
fn entries(place: &Place, number: u32) -> Vec<Vec<Entry>> {
    let store = StoppedStore::open(place);
    let of_family = |family: &&str| match *family {
        CATALOGUE => {
            let kinds = [0x11, 0x12].into_iter();
            let keys = kinds.map(|kind| [&[kind], &of_ledger(number, &[])[..]].concat());
            keys.flat_map(|key| store.with_prefix(CATALOGUE, &key))
                .collect()
        }
        family => store.with_prefix(family, &of_ledger(number, &[])),
    };
    FAMILIES.iter().map(of_family).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_copy_beside_a_newer_anchor_opens_nothing_unless_that_is_asked_for() {
    let scene = Scene::make().await;
    let (older, newest) = (&scene.older, scene.newest_anchor());
    let problem = scene.not_opened(older, &["--anchor", &newest]);
    assert!(
        problem.contains("are missing from it, as the anchor shows"),
        "{problem}"
    );

    let asked = ["--anchor", &newest, "--behind-anchor"];
    let (code, answer, said) = rescue_with(&scene.place, older, &scene.mine, "asked", &asked);
    assert_eq!(code, 1, "records are missing: {said}");
    let told = of(&answer, &scene.audit.origin);
    assert_eq!(verified(told, &scene.audit), 2);
    assert_eq!(told["records_missing"][0], told["records"], "{told:#}");
    assert!(said.contains("written though"), "{said}");

    // Nothing is beside the copy, and that nothing survives has to be said.
    let (code, _, said) = rescue_with(&scene.place, older, &scene.mine, "none", &[]);
    assert_eq!(code, 2);
    assert!(
        said.contains("there is no anchor beside the data directory"),
        "{said}"
    );
    assert!(!scene.place.file("none").exists());
    let lost = ["--anchor-lost"];
    let (code, answer, said) = rescue_with(&scene.place, older, &scene.mine, "lost", &lost);
    assert_eq!(code, 0, "nothing here can tell: {said}");
    assert_eq!(answer["anchor"], false);

    // A checkpoint that came another way tells.
    let head = scene.place.file("head");
    let key = [&[0x12], &of_ledger(scene.number, &[])[..]].concat();
    let note = StoppedStore::open(&scene.place).get(CATALOGUE, &key);
    fs::write(&head, note.unwrap()).unwrap();
    let head = head.to_str().unwrap();
    let problem = scene.not_opened(older, &["--anchor-lost", "--known-head", head]);
    assert!(problem.contains("the checkpoint"), "{problem}");

    // One that lies beside is looked at without a word.
    copy(&scene.place.anchor(), &scene.place.file("older.anchor"));
    scene.not_opened(older, &[]);
    let (code, _, said) = rescue_with(&scene.place, older, &scene.mine, "lost", &lost);
    assert_eq!(code, 2, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_erased_stays_closed_though_keys_records_and_head_are_put_back() {
    let scene = Scene::make().await;
    let place = &scene.place;
    let newest = scene.newest_anchor();
    scene.put_back(&[KEYS, RECORDS]);
    let data = place.copy_data("keys");
    assert_eq!(data_keys(&data).len(), 2, "the key is there again");
    let opened = scene.opened_without_erika(&data, &["--anchor", &newest], 0);
    assert_eq!(opened, 1, "the record of the erasure says who stays closed");

    // With its older head, the record of the erasure stands behind it.
    scene.put_back(&FAMILIES);
    let data = place.copy_data("heads");
    let problem = scene.not_opened(&data, &["--anchor", &scene.older_anchor]);
    assert!(problem.contains("behind the ledger's head"), "{problem}");
    let asked = ["--anchor", &scene.older_anchor, "--behind-anchor"];
    let (code, answer, said) = rescue_with(place, &data, &scene.mine, "asked", &asked);
    assert_eq!(code, 1, "{said}");
    let told = of(&answer, &scene.audit.origin);
    assert_eq!(verified(told, &scene.audit), 1, "{told:#}");
    assert_eq!(told["events_erased"], 1, "{told:#}");

    // Without the records behind it, the store's own ledger tells of the erasure.
    let store = StoppedStore::open(place);
    let is_before = |key: &[u8]| scene.before[1].iter().any(|(before, _)| before == key);
    for (key, _) in store.with_prefix(RECORDS, &of_ledger(scene.number, &[])) {
        if !is_before(&key) {
            store.delete(RECORDS, &key);
        }
    }
    drop(store);
    let data = place.copy_data("ledger");
    let problem = scene.not_opened(&data, &["--anchor", &scene.older_anchor]);
    assert!(problem.contains("that _system tells of"), "{problem}");
    let (code, answer, said) = rescue_with(place, &data, &scene.mine, "told", &asked);
    assert_eq!(code, 1, "{said}");
    let told = of(&answer, &scene.audit.origin);
    assert_eq!(verified(told, &scene.audit), 1, "{told:#}");
    assert_eq!(told["not_opened"][0]["reason"], "erased", "{told:#}");

    // A record of the store's own ledger that can't be read may be the one that tells of it.
    let store = StoppedStore::open(place);
    let told: Vec<_> = store
        .with_prefix(RECORDS, &of_ledger(0, &[]))
        .into_iter()
        .filter(|(_, value)| contains(value, b"indelible.system.erased.v1"))
        .collect();
    assert!(!told.is_empty());
    for (key, _) in &told {
        store.put(RECORDS, key, b"x");
    }
    drop(store);
    let data = place.copy_data("system");
    for judge in [&["--anchor", &scene.older_anchor][..], &["--anchor-lost"]] {
        let problem = scene.not_opened(&data, judge);
        assert!(problem.contains("can't be relied on"), "{problem}");
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_that_only_the_anchor_or_a_known_head_has_is_told_of() {
    let place = Place::new();
    let mine = Rescuer::new(&place, "identity.txt");
    settled(&place, &[&mine]).await.stop();
    let older = place.copy_data("older");
    let daemon = settled(&place, &[&mine]).await;
    let mut client = daemon.client().await;
    let audit = Named::from(&create(&mut client, "audit").await);
    daemon.stop();
    let (code, answer, said) = rescue(&place, &older, &mine, "rescued");
    assert_eq!(code, 1, "{said}");
    let told = answer["unreadable"][0].as_str().unwrap();
    assert!(
        told.contains(&audit.origin) && told.contains("the store has none"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newer_copy_under_another_number_is_taken_and_who_was_erased_stays_closed() {
    let scene = Scene::make().await;
    let place = &scene.place;
    let other = scene.number + 7;
    let store = StoppedStore::open(place);
    for kind in [0x10, 0x11, 0x12] {
        let key = |number| [&[kind][..], &of_ledger(number, &[])[..]].concat();
        let value = store.get(CATALOGUE, &key(scene.number)).unwrap();
        store.put(CATALOGUE, &key(other), &value);
    }
    for family in FAMILIES.iter().filter(|family| **family != CATALOGUE) {
        for (key, value) in store.with_prefix(family, &of_ledger(scene.number, &[])) {
            store.put(family, &of_ledger(other, &key[4..]), &value);
        }
    }
    drop(store);
    scene.put_back(&FAMILIES);
    let data = place.copy_data("copied");
    assert_eq!(scene.opened_without_erika(&data, &["--anchor-lost"], 0), 1);
}
