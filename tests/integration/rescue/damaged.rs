//! What is damaged in the catalogue, and what somebody put there, keeps nothing sound from being rescued.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
};

use crate::{
    administrator::support::{CATALOGUE, StoppedStore, of_ledger},
    support::{
        Named,
        calls::{append, create},
        keys::event_of,
        place::{Place, copy},
    },
};

use super::{
    rig::{Rescuer, of, rescue, rescue_with, settled, verified},
    stored::data_keys,
};

/// Kinds of the catalogue's keys: see `store/src/rocks/keys.rs`.
const DESCRIPTOR: u8 = 0x10;
const HEAD: u8 = 0x11;
const PUBLISHED: u8 = 0x12;

/// A stopped store with a ledger of one person.
struct Scene {
    place: Place,
    mine: Rescuer,
    audit: Named,
    /// The number of the ledger.
    number: u32,
}

impl Scene {
    async fn make() -> Self {
        let place = Place::new();
        let mine = Rescuer::new(&place, "identity.txt");
        let daemon = settled(&place, &[&mine]).await;
        let mut client = daemon.client().await;
        let audit = Named::from(&create(&mut client, "audit").await);
        append(&mut client, "audit", event_of("erika", "e1"))
            .await
            .unwrap();
        daemon.stop();
        let number = data_keys(&place.copy_data("keys"))[0].0.number();
        Self {
            place,
            mine,
            audit,
            number,
        }
    }

    fn key(&self, kind: u8) -> Vec<u8> {
        of_catalogue(kind, self.number)
    }

    /// The published checkpoint, in a file.
    fn published(&self, name: &str) -> String {
        let note = StoppedStore::open(&self.place).get(CATALOGUE, &self.key(PUBLISHED));
        let file = self.place.file(name);
        fs::write(&file, note.unwrap()).unwrap();
        file.to_str().unwrap().to_owned()
    }
}

fn of_catalogue(kind: u8, number: u32) -> Vec<u8> {
    [&[kind], &of_ledger(number, &[])[..]].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_entry_of_the_store_itself_is_told_and_everything_opens() {
    let scene = Scene::make().await;
    // Its layout, its identity, the term, and the number of the next ledger.
    for key in [0x01, 0x02, 0x03, 0x04] {
        let store = StoppedStore::open(&scene.place);
        let right = store.get(CATALOGUE, &[key]).unwrap();
        store.put(CATALOGUE, &[key], b"x");
        drop(store);
        let out = format!("rescued-{key}");
        let (code, answer, said) = rescue(&scene.place, &scene.place.data(), &scene.mine, &out);
        assert_eq!(code, 0, "{key}: {said}{answer:#}");
        let told = answer["store_differs"].as_array().unwrap();
        assert!(!told.is_empty(), "{key}: {answer:#}");
        let ledger = of(&answer, &scene.audit.origin);
        assert_eq!(verified(ledger, &scene.audit), 1, "{key}");
        StoppedStore::open(&scene.place).put(CATALOGUE, &[key], &right);
    }
}

#[tokio::test]
async fn what_opens_is_written_for_its_owner_alone_and_by_way_of_no_link() {
    let scene = Scene::make().await;
    let data = scene.place.data();
    let (code, answer, said) = rescue(&scene.place, &data, &scene.mine, "out");
    assert_eq!(code, 0, "{said}");
    let mode = fs::metadata(scene.place.file("out")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o700);
    let written = of(&answer, &scene.audit.origin)["file"].as_str().unwrap();
    let target = scene.place.file("target");
    fs::write(&target, b"of somebody").unwrap();
    fs::remove_file(written).unwrap();
    symlink(&target, written).unwrap();
    let (code, _, said) = rescue(&scene.place, &data, &scene.mine, "out");
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("is a symbolic link"), "{said}");
    assert_eq!(fs::read(&target).unwrap(), b"of somebody");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_under_another_number_hides_no_sound_ledger() {
    let scene = Scene::make().await;
    let store = StoppedStore::open(&scene.place);
    for kind in [DESCRIPTOR, HEAD, PUBLISHED] {
        let value = store.get(CATALOGUE, &scene.key(kind)).unwrap();
        store.put(CATALOGUE, &of_catalogue(kind, scene.number + 7), &value);
    }
    drop(store);
    let (code, answer, said) = rescue(&scene.place, &scene.place.data(), &scene.mine, "rescued");
    assert_eq!(code, 0, "{said}{answer:#}");
    let ledger = of(&answer, &scene.audit.origin);
    assert_eq!(verified(ledger, &scene.audit), 1);
    let told = answer["copies_passed_over"][0].as_str().unwrap();
    let copied = format!("ledger number {} is a copy", scene.number + 7);
    assert!(told.starts_with(&copied), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_published_checkpoint_that_is_not_good_gives_way_to_the_newest_that_is() {
    let scene = Scene::make().await;
    let place = &scene.place;
    let good = scene.published("good");
    let older = place.file("older");
    fs::create_dir(&older).unwrap();
    let older = Place::at(&older);
    copy(&place.data(), &older.data());
    copy(&place.anchor(), &older.anchor());
    let daemon = settled(place, &[&scene.mine]).await;
    let mut client = daemon.client().await;
    append(&mut client, "audit", event_of("max", "m1"))
        .await
        .unwrap();
    daemon.stop();
    let newer = fs::read(scene.published("newer")).unwrap();

    // One that can't be read, where the anchor says how far the ledger had come.
    let put = |place: &Place, note: &[u8]| {
        StoppedStore::open(place).put(CATALOGUE, &scene.key(PUBLISHED), note);
    };
    put(place, b"\xff");
    let (code, answer, said) = rescue(place, &place.data(), &scene.mine, "none");
    assert_eq!(code, 1, "{said}");
    let problem = of(&answer, &scene.audit.origin)["problem"].to_string();
    assert!(problem.contains("--known-head"), "{problem}");
    let anchor = place.anchor();
    let anchor = anchor.to_str().unwrap();
    let asked = ["--anchor", anchor, "--known-head", &good];
    let (code, answer, said) = rescue_with(place, &place.data(), &scene.mine, "given", &asked);
    assert_eq!(code, 1, "the newest records are not in it: {said}");
    let told = of(&answer, &scene.audit.origin);
    assert_eq!(verified(told, &scene.audit), 1, "{told:#}");
    let passed = told["checkpoints_passed_over"][0].as_str().unwrap();
    assert!(passed.starts_with("the published one"), "{passed}");

    // One of records that are not there.
    put(&older, &newer);
    let anchor = older.anchor();
    let anchor = anchor.to_str().unwrap();
    let asked = ["--anchor", anchor, "--known-head", &good];
    let (code, answer, said) = rescue_with(place, &older.data(), &scene.mine, "not", &asked);
    assert_eq!(code, 1, "{said}");
    let told = of(&answer, &scene.audit.origin);
    assert!(told["file"].is_null(), "{told:#}");
    let problem = told["problem"].as_str().unwrap();
    assert!(problem.contains("the published checkpoint"), "{problem}");
    let asked = [&asked[..], &["--behind-anchor"]].concat();
    let (code, answer, said) = rescue_with(place, &older.data(), &scene.mine, "asked", &asked);
    assert_eq!(code, 1, "{said}");
    let told = of(&answer, &scene.audit.origin);
    assert_eq!(verified(told, &scene.audit), 1, "{told:#}");
    let passed = told["checkpoints_passed_over"][0].as_str().unwrap();
    assert!(passed.contains("are there"), "{passed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_head_of_another_store_is_called_foreign() {
    let (scene, other) = (Scene::make().await, Scene::make().await);
    let head = other.published("foreign");
    let anchor = scene.place.anchor();
    let asked = ["--anchor", anchor.to_str().unwrap(), "--known-head", &head];
    let data = scene.place.data();
    let (code, answer, said) = rescue_with(&scene.place, &data, &scene.mine, "foreign", &asked);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("vouched for nothing"), "{said}");
    let told = answer["foreign_heads"][0].as_str().unwrap();
    assert!(told.contains(&other.audit.origin), "{told}");
    assert_eq!(answer["unreadable"], serde_json::json!([]));
    let ledger = of(&answer, &scene.audit.origin);
    assert_eq!(verified(ledger, &scene.audit), 1);
}
