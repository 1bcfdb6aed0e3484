//! A provider that goes away while the engine runs, and comes back.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, AtomicU64},
    time::{SystemTime, UNIX_EPOCH},
};

use indelible_keystore::SystemEntropy;

use super::*;
use crate::state::{
    environment::{Clock, Environment},
    limits::DATA_KEY_CACHED,
};

/// The true time, and what the test lets pass beside it.
#[derive(Clone)]
struct Passing {
    since: Instant,
    passed: Arc<AtomicU64>,
}

impl Passing {
    fn passed(&self) -> Duration {
        Duration::from_secs(self.passed.load(Ordering::SeqCst))
    }

    fn pass(&self, time: Duration) {
        self.passed.fetch_add(time.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for Passing {
    fn now(&self) -> u64 {
        let true_time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::try_from((true_time + self.passed()).as_nanos()).unwrap()
    }

    fn elapsed(&self) -> Duration {
        self.since.elapsed() + self.passed()
    }

    fn since_boot(&self) -> Duration {
        self.elapsed()
    }
}

fn rig() -> Rig {
    Rig {
        probe: Duration::from_millis(5),
        ..Rig::new()
    }
}

fn told(engine: &Engine) -> Option<String> {
    let notices = engine.status().notices;
    let mut about = notices
        .into_iter()
        .filter(|notice| notice.code == NoticeCode::KeyProviderAway);
    about.next().map(|notice| notice.detail)
}

#[test]
fn a_provider_that_goes_away_is_told_and_what_needs_none_goes_on_until_it_is_back() {
    let rig = rig();
    let engine = rig.open().unwrap();
    let ledger = rig.create(&engine, "l", None).unwrap();
    rig.append(&ledger, "sealed", Some("erika")).unwrap();
    assert_eq!(told(&engine), None);

    for round in 0..3 {
        rig.provider.switch(ProviderFault::Unreachable);
        until("the outage is not told", || told(&engine).is_some());
        let detail = told(&engine).unwrap();
        assert!(detail.contains("as the test wants it"), "{detail}");
        let id = |what: &str| format!("{what} {round}");
        // Under keys that are open.
        rig.append(&ledger, &id("plain"), None).unwrap();
        rig.append(&ledger, &id("of erika"), Some("erika")).unwrap();
        // Under one that would have to be made.
        let refused = rig.append(&ledger, &id("of max"), Some(&id("max")));
        assert!(
            matches!(
                refused,
                Err(Refused::Unprepared(PrepareError::DataKey { .. }))
            ),
            "{refused:?}"
        );
        assert!(rig.create(&engine, &format!("m{round}"), None).is_err());

        rig.provider.switch(None);
        until("that it is back is not told", || told(&engine).is_none());
        // What was refused left nothing behind, and succeeds now.
        rig.append(&ledger, &id("of max"), Some(&id("max")))
            .unwrap();
    }
    assert_eq!(ledger.summary().state, Availability::Open);
    assert_verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn under_load_nothing_acknowledged_is_lost_while_the_provider_comes_and_goes() {
    let rig = rig();
    let engine = rig.open().unwrap();
    let ledger = rig.create(&engine, "l", None).unwrap();
    let is_over = AtomicBool::new(false);
    let (kept, refused) = std::thread::scope(|scope| {
        let load = ["a", "b"].map(|of| {
            let (rig, ledger, is_over) = (&rig, &ledger, &is_over);
            scope.spawn(move || {
                let (mut kept, mut refused) = (BTreeSet::new(), 0_usize);
                for number in 0.. {
                    if is_over.load(Ordering::SeqCst) {
                        break;
                    }
                    // Each is a person of its own, so that each needs the provider.
                    let id = format!("{of}{number}");
                    match rig.append(ledger, &id, Some(&id)) {
                        Ok(sequence) => assert!(kept.insert(sequence), "{id}"),
                        Err(Refused::Unprepared(PrepareError::DataKey { .. })) => refused += 1,
                        Err(other) => panic!("{other:?}"),
                    }
                }
                (kept, refused)
            })
        });
        for _ in 0..4 {
            let before = ledger.summary().size;
            until("nothing is appended", || ledger.summary().size > before + 4);
            rig.provider.switch(ProviderFault::TimedOut);
            until("the outage is not told", || told(&engine).is_some());
            let refusals = rig.provider.refused.load(Ordering::SeqCst);
            until("nothing is refused", || {
                rig.provider.refused.load(Ordering::SeqCst) > refusals + 4
            });
            rig.provider.switch(None);
            until("that it is back is not told", || told(&engine).is_none());
        }
        is_over.store(true, Ordering::SeqCst);
        let [a, b] = load.map(|one| one.join().unwrap());
        (&a.0 | &b.0, a.1 + b.1)
    });
    assert!(refused > 0);
    for sequence in &kept {
        assert!(ledger.record(*sequence).unwrap().is_sealed(), "{sequence}");
    }
    // What was refused is not there either: beside the events there is what a ledger begins with.
    let events = (0..ledger.summary().size).filter(|sequence| {
        ledger
            .record(*sequence)
            .unwrap()
            .header()
            .kind
            .event()
            .is_some()
    });
    assert_eq!(events.collect::<BTreeSet<_>>(), kept);
    assert_verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn over_a_day_without_the_provider_keys_that_are_open_close_and_what_needs_none_goes_on() {
    let clock = Passing {
        since: Instant::now(),
        passed: Arc::default(),
    };
    let rig = Rig {
        environment: Some(Environment::new(clock.clone(), SystemEntropy, None)),
        ..rig()
    };
    let engine = rig.open().unwrap();
    let ledger = rig.create(&engine, "l", None).unwrap();
    let sealed = rig.append(&ledger, "first", Some("erika")).unwrap();
    rig.provider.switch(ProviderFault::Unreachable);
    until("the outage is not told", || told(&engine).is_some());
    let since = |detail: &str| detail.split(": ").next().unwrap().to_owned();
    let began = since(&told(&engine).unwrap());
    clock.pass(DATA_KEY_CACHED - Duration::from_secs(60));
    rig.append(&ledger, "under an open key", Some("erika"))
        .unwrap();
    clock.pass(Duration::from_secs(120));
    for hour in 0..24 {
        let refused = rig.append(&ledger, &format!("sealed {hour}"), Some("erika"));
        assert!(
            matches!(
                refused,
                Err(Refused::Unprepared(PrepareError::DataKey { .. }))
            ),
            "{refused:?}"
        );
        let mut view = ledger.record(sealed).unwrap();
        assert!(ledger.unseal(&mut view).is_err() && view.body().is_none());
        rig.append(&ledger, &format!("plain {hour}"), None).unwrap();
        assert_eq!(since(&told(&engine).unwrap()), began, "it is one outage");
        clock.pass(Duration::from_secs(3_600));
    }
    rig.provider.switch(None);
    until("that it is back is not told", || told(&engine).is_none());
    rig.append(&ledger, "after the day", Some("erika")).unwrap();
    let mut view = ledger.record(sealed).unwrap();
    ledger.unseal(&mut view).unwrap();
    assert_eq!(view.body().unwrap().id, "first");
    assert_verified(&ledger);
    engine.drain().unwrap();
}

#[test]
fn while_the_identity_key_is_away_with_its_provider_the_epoch_goes_on_and_checkpoints_follow_later()
{
    let rig = rig();
    let engine = rig.open().unwrap();
    let ledger = rig.create(&engine, "l", None).unwrap();
    rig.append(&ledger, "before", None).unwrap();
    let published = || ledger.summary().published_size;
    until("nothing is published", || {
        published() == ledger.summary().size
    });
    let before = published();
    *rig.provider.signing_fault.lock().unwrap() = Some(ProviderFault::TimedOut);
    rig.provider.switch(ProviderFault::TimedOut);
    until("the outage is not told", || told(&engine).is_some());
    for number in 0..50 {
        rig.append(&ledger, &number.to_string(), None).unwrap();
    }
    assert!(rig.create(&engine, "m", None).is_err());
    let held = ledger.place_hold(None, Some("a case"));
    assert!(held.is_err(), "it takes the identity key");
    assert_eq!(published(), before);
    *rig.provider.signing_fault.lock().unwrap() = None;
    rig.provider.switch(None);
    until("it is not published", || {
        published() == ledger.summary().size
    });
    until("that it is back is not told", || told(&engine).is_none());
    assert!(ledger.summary().size > before + 49);
    assert_verified(&ledger);
    engine.drain().unwrap();
}
