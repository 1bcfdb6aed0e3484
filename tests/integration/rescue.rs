//! The KEK is lost, and an offline identity opens what was not erased: copies of data keys, from a real daemon to the
//! verifier.

mod damaged;
mod older;
mod partial;
mod rig;
mod stored;

use std::{
    fs,
    time::{Duration, Instant},
};

use indelible_proto::v1::{GetStatusRequest, ledger_service_client::LedgerServiceClient};
use indelible_store::{CopiedKey, KeyRing as _};

use crate::support::{
    Named,
    calls::{append, batch, create, event},
    command::done,
    daemon::{Daemon, connect},
    keys::{create_encrypting_all, erase, event_of},
    kill_point::KillPoint,
    place::{Place, copy},
    tier::counts,
};

use rig::{PATIENCE, Rescuer, of, rescue, serving, settled, status, verified};
use stored::{data_keys, ends, found, store};

/// Data keys that get copies while the daemon is killed: some writes' worth.
const KEYS: usize = 600;
/// A start changes files no more often than this.
const CHANGES_MAX: u64 = 1_000;

/// An erasure takes the copy away with the key, out of every file. What it leaves is copied.
async fn erase_with_its_copy(place: &Place, mine: &Rescuer, all: Vec<Vec<u8>>) {
    let daemon = settled(place, &[mine]).await;
    let mut service = daemon.keys().await;
    assert_eq!(
        found(&place.data(), &all),
        all.len(),
        "the search finds copies"
    );
    let erased = erase(&mut service, "audit", "erika").await.unwrap();
    assert!(erased.complete);
    assert!(
        erased.backup_advice.contains("[rescue]"),
        "{}",
        erased.backup_advice
    );
    assert_eq!(
        found(&place.data(), &all),
        all.len() - 1,
        "one of them is gone"
    );
    daemon.stop();
    let left = ends(&place.copy_data("lost"));
    let gone: Vec<_> = all.into_iter().filter(|end| !left.contains(end)).collect();
    assert_eq!((gone.len(), found(&place.data(), &gone)), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_kek_all_that_was_not_erased_opens_and_nothing_that_was() {
    let place = Place::new();
    let mine = Rescuer::new(&place, "identity.txt");
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let audit = Named::from(&create(&mut client, "audit").await);
    let secret = Named::from(&create_encrypting_all(&mut client, "secret").await);
    let events = vec![
        event_of("erika", "e1"),
        event_of("max", "m1"),
        event("plain"),
        event_of("erika", "e2"),
    ];
    batch(&mut client, "audit", events).await.unwrap();
    append(&mut client, "secret", event("s1")).await.unwrap();
    assert_eq!(status(&daemon).await, None);
    daemon.stop();
    assert_eq!(ends(&place.copy_data("without")).len(), 0);

    // Keys from before the setting, and one from after it.
    let daemon = settled(&place, &[&mine]).await;
    let mut client = daemon.client().await;
    append(&mut client, "audit", event_of("eve", "v1"))
        .await
        .unwrap();
    let counted = status(&daemon).await.map(|status| status.key_count);
    assert_eq!(counted, Some(4), "with the one that was made since");
    let answer = done(&daemon, &["status"]);
    assert!(
        answer
            .text()
            .contains(&mine.identity.recipient().to_string()),
        "{answer:?}"
    );
    daemon.kill();
    let keys = data_keys(&place.copy_data("with"));
    assert_eq!(keys.len(), 4);
    assert!(keys.iter().all(|(_, _, key)| key.copy.is_some()));
    let all = ends(&place.file("with"));
    fs::remove_dir_all(place.file("with")).unwrap();

    erase_with_its_copy(&place, &mine, all).await;

    fs::remove_file(place.passphrase()).unwrap();
    let lost = place.file("lost");
    let (code, answer, said) = rescue(&place, &lost, &mine, "rescued");
    assert_eq!(code, 0, "{said}{answer:#}");
    assert_eq!(verified(of(&answer, &audit.origin), &audit), 2);
    assert_eq!(verified(of(&answer, &secret.origin), &secret), 1);
    let said_of = of(&answer, &audit.origin);
    assert_eq!(
        [
            &said_of["events_opened"],
            &said_of["events_sealed"],
            &said_of["events_clear"],
            &said_of["events_erased"],
        ],
        [2, 0, 1, 2]
    );
    let other = Rescuer::new(&place, "other.txt");
    let (code, answer, said) = rescue(&place, &lost, &other, "clear");
    assert_eq!(code, 1, "{answer:#}");
    assert!(said.contains("opens none of the copies"), "{said}");
    let told = of(&answer, &audit.origin);
    assert_eq!(verified(told, &audit), 0);
    assert_eq!(
        (&told["events_clear"], &told["events_sealed"]),
        (&1.into(), &2.into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_serves_the_directory_keeps_a_rescue_away() {
    let place = Place::new();
    let mine = Rescuer::new(&place, "identity.txt");
    let daemon = settled(&place, &[&mine]).await;
    let (code, _, said) = rescue(&place, &place.data(), &mine, "rescued");
    assert_ne!(code, 0);
    assert!(said.contains("is held by process"), "{said}");
    assert!(said.contains("don't stop that process"), "{said}");
    assert!(said.contains("copy of the data directory"), "{said}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn earlier_recipients_find_none_of_theirs_in_any_file_and_who_they_were_is_on_record() {
    let place = Place::new();
    let [mine, yours] = ["mine.txt", "yours.txt"].map(|name| Rescuer::new(&place, name));
    let daemon = settled(&place, &[&mine]).await;
    let mut client = daemon.client().await;
    create(&mut client, "audit").await;
    for subject in ["erika", "max"] {
        append(&mut client, "audit", event_of(subject, subject))
            .await
            .unwrap();
    }
    daemon.stop();
    let before = ends(&place.copy_data("mine"));
    assert_eq!((before.len(), found(&place.data(), &before)), (2, 2));

    let daemon = settled(&place, &[&yours]).await;
    assert_eq!(found(&place.data(), &before), 0, "they are in no file");
    daemon.stop();
    let changed = place.copy_data("yours");
    assert_eq!(ends(&changed).len(), 2);
    let (code, _, said) = rescue(&place, &changed, &mine, "by-mine");
    assert_eq!(code, 1, "{said}");
    let [own, others] = [&mine, &yours].map(|one| one.identity.recipient().to_string());
    assert!(said.contains(&others) && !said.contains(&own), "{said}");
    let (code, answer, said) = rescue(&place, &changed, &yours, "by-yours");
    assert_eq!(code, 0, "{said}{answer:#}");

    let daemon = settled(&place, &[]).await;
    let after = ends(&changed);
    let deadline = Instant::now() + PATIENCE;
    while found(&place.data(), &after) > 0 {
        assert!(
            Instant::now() < deadline,
            "copies for nobody are still there"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let told = || {
        daemon
            .log()
            .contains("taken away, since [rescue] names nobody")
    };
    while !told() {
        assert!(Instant::now() < deadline, "{}", daemon.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let log = daemon.log();
    assert!(!log.contains("those for the recipients"), "{log}");
    let kind = "indelible.system.configuration_loaded.v1";
    let answer = done(
        &daemon,
        &["list", "_system", "--type", kind, "--output", "json"],
    );
    let text = answer.text();
    let places = [&mine, &yours].map(|one| text.find(&one.identity.recipient().to_string()));
    assert!(places[0].is_some() && places[0] < places[1], "{text}");
    daemon.stop();
    assert_eq!(ends(&place.copy_data("nobody")).len(), 0);
}

/// The daemon is killed right before changes of files that it makes from its start on, until it has looked at all keys before
/// it comes to the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_in_the_making_survive_a_kill_at_any_change_of_a_file() {
    let place = Place::new();
    let mine = Rescuer::new(&place, "identity.txt");
    let daemon = Daemon::start(&place).await;
    let mut client = daemon.client().await;
    let audit = Named::from(&create(&mut client, "audit").await);
    let events = (0..KEYS).map(|n| event_of(&format!("subject {n}"), &format!("e{n}")));
    batch(&mut client, "audit", events.collect()).await.unwrap();
    daemon.stop();
    let (mut killed, mut between) = (0, 0);
    for nth in (1..CHANGES_MAX).step_by(counts().copy_changes_step) {
        let root = place.file("trial");
        fs::create_dir(&root).unwrap();
        let trial = Place::at(&root);
        copy(&place.data(), &trial.data());
        copy(&place.anchor(), &trial.anchor());
        let kill_point = KillPoint::new(&trial);
        kill_point.arm(nth, None);
        let daemon = Daemon::spawn(kill_point.preload(serving(&trial, &[&mine])), &trial);
        if let Ok(mut daemon) = daemon {
            while daemon.ended().is_none() && !is_complete(&daemon).await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        if kill_point.hit().is_none() {
            break;
        }
        killed += 1;
        let made = ends(&trial.copy_data("killed")).len();
        between += u64::from((1..KEYS).contains(&made));
        settled(&trial, &[&mine]).await.stop();
        let (code, answer, said) = rescue(&trial, &trial.copy_data("lost"), &mine, "rescued");
        assert_eq!(code, 0, "{nth}: {said}");
        assert_eq!(verified(of(&answer, &audit.origin), &audit), KEYS as u64);
        fs::remove_dir_all(root).unwrap();
    }
    assert!(killed > 2, "{killed}");
    assert!(between > 0, "none was killed while copies were made");
}

/// Whether a daemon that may be gone has looked at all keys.
async fn is_complete(daemon: &Daemon) -> bool {
    let Ok(channel) = connect(daemon.address()).await else {
        return false;
    };
    let mut client = LedgerServiceClient::new(channel);
    let answer = client.get_status(GetStatusRequest {}).await;
    let status = answer.ok().and_then(|answer| answer.into_inner().rescue);
    status.is_some_and(|status| status.complete)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swapped_copy_is_refused_and_a_lacking_one_is_told() {
    let place = Place::new();
    let mine = Rescuer::new(&place, "identity.txt");
    let daemon = settled(&place, &[&mine]).await;
    let mut client = daemon.client().await;
    let audit = Named::from(&create(&mut client, "audit").await);
    for subject in ["erika", "max"] {
        append(&mut client, "audit", event_of(subject, subject))
            .await
            .unwrap();
    }
    daemon.stop();
    let lost = place.copy_data("lost");
    let keys = data_keys(&lost);
    let put = |of: usize, copy: Option<Vec<u8>>| {
        let (ledger, id, _) = &keys[of];
        let store = store(&lost);
        let expected = store.data_key(*ledger, id).unwrap().unwrap();
        let copied = CopiedKey {
            key_id: *id,
            expected,
            copy,
        };
        store.set_key_copies(*ledger, &[copied]).unwrap();
    };
    put(0, keys[1].2.copy.clone());
    let (code, answer, said) = rescue(&place, &lost, &mine, "swapped");
    assert_eq!(code, 1, "{said}{answer:#}");
    let told = of(&answer, &audit.origin);
    assert_eq!(verified(told, &audit), 1, "the other one opens");
    let refused = &told["not_opened"][0];
    assert_eq!(refused["data_key"], keys[0].1.to_string());
    assert_eq!(refused["reason"], "wrong_copy");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("somebody changed the store"), "{detail}");
    put(0, None);
    let (code, answer, said) = rescue(&place, &lost, &mine, "lacking");
    assert_eq!(code, 1, "not all is open: {said}");
    let told = of(&answer, &audit.origin);
    assert_eq!(
        (&told["keys_without_copy"], &told["events_sealed"]),
        (&1.into(), &1.into())
    );
    assert_eq!(verified(told, &audit), 1);
}
