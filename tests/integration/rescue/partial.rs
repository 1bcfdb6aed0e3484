//! What a rescue can't open or does not have: it is named and counted, and keeps nothing else from being written.

use crate::{
    administrator::support::{CATALOGUE, KEYS, StoppedStore, of_ledger},
    support::{
        Named,
        calls::{append, batch, create, event},
        keys::event_of,
        place::Place,
    },
};

use super::{
    rig::{Rescuer, of, rescue, settled, verified},
    stored::data_keys,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_key_is_named_and_everything_else_opens() {
    let place = Place::new();
    let mine = Rescuer::new(&place, "identity.txt");
    let daemon = settled(&place, &[&mine]).await;
    let mut client = daemon.client().await;
    let mut ledgers = Vec::new();
    for name in ["audit", "other"] {
        ledgers.push(Named::from(&create(&mut client, name).await));
        let events = vec![
            event("plain"),
            event_of("erika", "e1"),
            event_of("max", "m1"),
            event_of("erika", "e2"),
        ];
        batch(&mut client, name, events).await.unwrap();
    }
    daemon.stop();
    let (ledger, id, _) = data_keys(&place.copy_data("keys"))[0].clone();
    let key = of_ledger(ledger.number(), &[&b"k"[..], &id.as_bytes()[..]].concat());
    StoppedStore::open(&place).put(KEYS, &key, &[0xff; 40]);

    let (code, answer, said) = rescue(&place, &place.data(), &mine, "rescued");
    assert_eq!(code, 1, "{said}{answer:#}");
    assert!(said.contains("(1 damaged)"), "{said}");
    let told = ledgers.iter().map(|named| of(&answer, &named.origin));
    let damaged: Vec<_> = told.filter(|told| told["keys_not_opened"] == 1).collect();
    let [damaged] = damaged[..] else {
        panic!("{answer:#}");
    };
    let key = &damaged["not_opened"][0];
    assert_eq!(key["data_key"], id.to_string());
    assert_eq!(key["reason"], "damaged");
    assert_eq!(key["events"], damaged["events_sealed"]);
    for named in &ledgers {
        let told = of(&answer, &named.origin);
        let opened = verified(told, named);
        let sealed = told["events_sealed"].as_u64().unwrap();
        assert_eq!(opened + sealed, 3, "{told:#}");
        assert_eq!(told["events_clear"], 1);
        assert_eq!(told["events_opened"], opened);
        assert!(opened > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_the_clear_is_written_where_no_key_has_a_copy() {
    let place = Place::new();
    let mine = Rescuer::new(&place, "identity.txt");
    let daemon = settled(&place, &[]).await;
    let mut client = daemon.client().await;
    let audit = Named::from(&create(&mut client, "audit").await);
    append(&mut client, "audit", event("plain")).await.unwrap();
    daemon.stop();
    let (code, answer, said) = rescue(&place, &place.copy_data("clear"), &mine, "clear");
    assert_eq!(code, 0, "nothing is encrypted: {said}");
    let told = of(&answer, &audit.origin);
    assert_eq!(told["events_clear"], 1, "{told:#}");
    assert_eq!(verified(told, &audit), 0);

    let daemon = settled(&place, &[]).await;
    let mut client = daemon.client().await;
    append(&mut client, "audit", event_of("erika", "e1"))
        .await
        .unwrap();
    daemon.stop();
    let (code, answer, said) = rescue(&place, &place.copy_data("sealed"), &mine, "sealed");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("1 without a copy"), "{said}");
    assert!(
        said.contains("no data key that is needed has a copy"),
        "{said}"
    );
    let told = of(&answer, &audit.origin);
    assert_eq!(
        [
            &told["events_clear"],
            &told["events_sealed"],
            &told["keys_without_copy"]
        ],
        [1, 1, 1]
    );
    assert_eq!(verified(told, &audit), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_that_nobody_signed_yet_are_told_and_no_success() {
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
    let key = [&[0x12], &of_ledger(number, &[])[..]].concat();
    let published = StoppedStore::open(&place).get(CATALOGUE, &key).unwrap();
    let daemon = settled(&place, &[&mine]).await;
    let mut client = daemon.client().await;
    append(&mut client, "audit", event_of("max", "m1"))
        .await
        .unwrap();
    daemon.stop();
    // As it is left by a daemon that was killed before it signed.
    StoppedStore::open(&place).put(CATALOGUE, &key, &published);
    let (code, answer, said) = rescue(&place, &place.data(), &mine, "rescued");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("not signed with the time"), "{said}");
    let told = of(&answer, &audit.origin);
    assert!(told["records_unsigned"].as_u64().unwrap() > 0, "{told:#}");
    assert_eq!(verified(told, &audit), 1);
}
