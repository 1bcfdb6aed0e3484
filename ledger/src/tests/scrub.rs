//! The scrub over stores in memory, step by step: it comes to the end of what is sound, finds what is not, goes on where it
//! was after a restart, and calls nothing sound that it could not read.

mod rig;

use std::{sync::Arc, time::Duration};

use indelible_evidence::IdentityTag;
use indelible_store::{Cause, IndexStore as _, ReadStore as _, memory::MemoryStore};

use self::rig::{EVENTS, RULE, Stepping, filled, is_over, notices, options};
use crate::{
    Availability, EngineOptions, Ledger, NoticeCode, ScrubRule, Scrubbed, SystemKind,
    state::event_identity::Attribute,
    tests::{
        engine::{Bench, events, store},
        privacy, system,
    },
};

#[test]
fn the_scrub_comes_to_the_end_of_every_sound_ledger_tile_by_tile() {
    let bench = Bench::new();
    let engine = bench.open_with(&store(), options()).unwrap();
    let (one, other) = (filled(&bench, &engine, "a"), filled(&bench, &engine, "b"));
    let size = one.cell.size();
    assert_eq!(size, u64::from(EVENTS) + 2);
    let mut scrub = Stepping::new(&engine);
    let middle = scrub.until(&one, |state| state.upto > 0);
    assert_eq!((middle.upto, middle.target), (256, size));
    for ledger in [&one, &other] {
        let state = scrub.until(ledger, is_over);
        assert_eq!(state.ended.unwrap().size, size, "{state:?}");
        assert!(!state.is_running() && !state.has_finding);
        assert_eq!(ledger.summary().state, Availability::Open);
    }
    let status = engine.status().scrub;
    assert_eq!((status.verified, status.never_ended), (2 * size, 0));
    // What is appended to a ledger waits for its next pass.
    bench
        .runtime
        .block_on(one.append(events(&one, &["later"]), None))
        .unwrap();
    assert_eq!(engine.status().scrub.verified, 2 * size);
    scrub.end();
    engine.drain().unwrap();
}

/// What somebody did to the store of a ledger that runs.
type Alter = (&'static str, &'static str, fn(&MemoryStore, &Ledger));

/// Each kind of what is stored of a ledger, altered while it runs.
const ALTERED: [Alter; 10] = [
    ("a byte of the first tile's records", "", |store, ledger| {
        let mut value = store.record(ledger.cell.id, 10).unwrap().unwrap();
        let last = value.len() - 40;
        value[last] ^= 1;
        store.forge(ledger.cell.id, 10, Some(value));
    }),
    ("a byte of a record", "", |store, ledger| {
        let mut value = store.record(ledger.cell.id, 300).unwrap().unwrap();
        let last = value.len() - 40;
        value[last] ^= 1;
        store.forge(ledger.cell.id, 300, Some(value));
    }),
    ("a record is gone", "store-damaged", |store, ledger| {
        store.forge(ledger.cell.id, 600, None);
    }),
    ("a record in another's place", "", |store, ledger| {
        let other = store.record(ledger.cell.id, 301).unwrap();
        store.forge(ledger.cell.id, 300, other);
    }),
    ("a byte of a tile", "leaf-mismatch", |store, ledger| {
        let mut tile = store.tile(ledger.cell.id, 0, 1).unwrap().unwrap();
        tile[77] ^= 1;
        store.forge_tile(ledger.cell.id, 0, 1, Some(tile));
    }),
    ("a tile is gone", "tile-missing", |store, ledger| {
        store.forge_tile(ledger.cell.id, 0, 1, None);
    }),
    ("an identity is gone", "index-mismatch", |store, ledger| {
        let id = ledger.cell.id_hash("s", "500").unwrap();
        store.forge_id(ledger.cell.id, id, None);
    }),
    (
        "an identity is another's",
        "index-mismatch",
        |store, ledger| {
            let id = ledger.cell.id_hash("s", "500").unwrap();
            store.forge_id(ledger.cell.id, id, Some(4));
        },
    ),
    ("an identity too many", "index-mismatch", |store, ledger| {
        let id = IdentityTag::from_bytes([9; 16]);
        store.forge_id(ledger.cell.id, id, Some(100_000));
    }),
    ("a posting is gone", "index-mismatch", |store, ledger| {
        let term = ledger.cell.term(Attribute::Source, b"s").unwrap();
        let removal = indelible_store::Posting {
            term,
            sequences: vec![400],
        };
        store.remove_postings(ledger.cell.id, &[removal]).unwrap();
    }),
];

#[test]
fn whatever_of_a_running_ledger_is_altered_is_found_and_puts_it_into_quarantine() {
    for (what, code, alter) in ALTERED {
        let bench = Bench::new();
        let store = store();
        let engine = bench.open_with(&store, options()).unwrap();
        let (ledger, other) = (filled(&bench, &engine, "a"), filled(&bench, &engine, "b"));
        let mut scrub = Stepping::new(&engine);
        alter(&store, &ledger);
        let state = scrub.until(&ledger, is_over);
        assert!(
            state.has_finding && state.ended.is_none(),
            "{what}: {state:?}"
        );
        let summary = ledger.summary();
        assert_eq!(summary.state, Availability::Quarantined, "{what}");
        assert!(
            summary.state_reason.contains(code),
            "{what}: {}",
            summary.state_reason
        );
        let told = notices(&engine, NoticeCode::ScrubFound);
        assert!(
            told.len() == 1 && told[0].contains(code),
            "{what}: {told:?}"
        );
        // The other is none the worse.
        let state = scrub.until(&other, is_over);
        assert!(state.ended.is_some(), "{what}: {state:?}");
        assert_eq!(other.summary().state, Availability::Open, "{what}");
        scrub.end();
        engine.drain().unwrap();
    }
}

#[test]
fn a_data_key_that_is_gone_is_found() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open_with(&store, options()).unwrap();
    let ledger = privacy::ledger(&bench, &engine, false);
    privacy::append(&bench, &ledger, "1", Some("erika"), "words").unwrap();
    let mut scrub = Stepping::new(&engine);
    let state = scrub.until(&ledger, is_over);
    assert!(state.ended.is_some(), "{state:?}");
    let key = ledger.record(2).unwrap().sealed().unwrap().data_key;
    store.forge_no_data_key(ledger.cell.id, key);
    let soon = ScrubRule {
        pass_interval: Duration::ZERO,
        ..RULE
    };
    let state = Stepping::with(&engine, soon).until(&ledger, |state| state.has_finding);
    assert!(state.finding.unwrap().contains("data-key-"));
    engine.drain().unwrap();
}

#[test]
fn after_a_restart_the_scrub_goes_on_where_it_was() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open_with(&store, options()).unwrap();
    let ledger = filled(&bench, &engine, "a");
    let mut scrub = Stepping::new(&engine);
    let before = scrub.until(&ledger, |state| state.upto >= 512);
    scrub.end();
    engine.drain().unwrap();
    drop((engine, ledger));

    let store = Arc::new(store.reopen());
    let engine = bench.open_with(&store, options()).unwrap();
    let ledger = engine.ledger("a").unwrap();
    // Whoever began anew would find this: the part was read before the restart.
    let first = store.record(ledger.cell.id, 10).unwrap();
    store.forge(ledger.cell.id, 10, None);
    let late = ScrubRule {
        start_delay: Duration::from_secs(3_600),
        ..RULE
    };
    let mut scrub = Stepping::with(&engine, late);
    scrub.step();
    let after = ledger.cell.scrubbed.get();
    assert_eq!((after.began, after.upto), (before.began, before.upto));
    scrub.end();
    let mut scrub = Stepping::new(&engine);
    scrub.until(&ledger, |state| state.upto == state.target);
    store.forge(ledger.cell.id, 10, first);
    let state = scrub.until(&ledger, is_over);
    assert_eq!(state.ended.unwrap().size, before.target, "{state:?}");
    scrub.end();
    engine.drain().unwrap();
}

#[test]
fn what_was_found_is_not_forgotten_by_a_restart_and_only_reading_it_again_ends_it() {
    let bench = Bench::new();
    let mut store = store();
    let engine = bench.open_with(&store, options()).unwrap();
    let ledger = filled(&bench, &engine, "a");
    let right = store.record(ledger.cell.id, 300).unwrap();
    store.forge(
        ledger.cell.id,
        300,
        store.record(ledger.cell.id, 301).unwrap(),
    );
    // So that no start reads that record again.
    bench
        .runtime
        .block_on(ledger.wait_published(ledger.cell.size()))
        .unwrap();
    let mut scrub = Stepping::new(&engine);
    scrub.until(&ledger, |state| state.has_finding);
    scrub.end();
    engine.drain().unwrap();
    drop((engine, ledger));

    store = Arc::new(store.reopen());
    let late = ScrubRule {
        start_delay: Duration::from_secs(3_600),
        ..RULE
    };
    let engine = bench.open_with(&store, options()).unwrap();
    let ledger = engine.ledger("a").unwrap();
    assert_eq!(
        ledger.summary().state,
        Availability::Open,
        "no start sees it"
    );
    let mut scrub = Stepping::with(&engine, late);
    store.refuse_reads(Some(Cause::Memory));
    scrub.step();
    let told = notices(&engine, NoticeCode::ScrubFound);
    assert!(
        told.len() == 1 && told[0].contains("before the last start"),
        "{told:?}"
    );
    store.refuse_reads(None);
    scrub.end();
    // It does not wait for the time that is set.
    let mut scrub = Stepping::with(&engine, late);
    scrub.until(&ledger, |state| state.finding.is_some());
    assert_eq!(ledger.summary().state, Availability::Quarantined);
    scrub.end();
    engine.drain().unwrap();
    drop((engine, ledger));

    store = Arc::new(store.reopen());
    let engine = bench.open_with(&store, options()).unwrap();
    let ledger = engine.ledger("a").unwrap();
    store.forge(ledger.cell.id, 300, right);
    let mut scrub = Stepping::with(&engine, late);
    scrub.step();
    assert!(
        ledger.cell.scrubbed.get().has_finding,
        "nobody has read it yet"
    );
    let state = scrub.until(&ledger, is_over);
    let state = match state.ended {
        Some(_) => state,
        None => scrub.until(&ledger, |state| state.ended.is_some()),
    };
    assert!(!state.has_finding, "{state:?}");
    assert_eq!(
        notices(&engine, NoticeCode::ScrubFound),
        Vec::<String>::new()
    );
    assert_eq!(ledger.summary().state, Availability::Open);
    scrub.end();
    engine.drain().unwrap();
}

#[test]
fn what_can_not_be_read_is_neither_sound_nor_damaged() {
    for cause in [Cause::OpenFiles, Cause::Memory, Cause::Device] {
        let bench = Bench::new();
        let store = store();
        let engine = bench.open_with(&store, options()).unwrap();
        let ledger = filled(&bench, &engine, "a");
        let mut scrub = Stepping::new(&engine);
        scrub.until(&ledger, |state| state.upto == 256);
        store.refuse_reads(Some(cause));
        let state = scrub.until(&ledger, is_over);
        assert!(
            state.unread.is_some() && state.ended.is_none(),
            "{cause:?}: {state:?}"
        );
        assert_eq!(
            state.upto, 256,
            "{cause:?}: what was not read is not behind it"
        );
        assert!(!state.has_finding, "{cause:?}");
        assert_eq!(ledger.summary().state, Availability::Open, "{cause:?}");
        store.refuse_reads(None);
        // Another one, since this one leaves the ledger alone for a while.
        scrub.end();
        let mut scrub = Stepping::new(&engine);
        let state = scrub.until(&ledger, |state| state.ended.is_some());
        assert_eq!(state.unread, None, "{cause:?}");
        scrub.end();
        engine.drain().unwrap();
    }
}

#[test]
fn what_the_scrub_finds_is_on_record_once() {
    let bench = Bench::new();
    let store = store();
    let with_system = EngineOptions {
        keeps_system: true,
        ..options()
    };
    let engine = bench.open_with(&store, with_system).unwrap();
    let own = system::begun(&bench, &engine);
    let ledger = filled(&bench, &engine, "a");
    store.forge(ledger.cell.id, 600, None);
    let mut scrub = Stepping::new(&engine);
    scrub.until(&ledger, |state| state.is_recorded);
    let told = system::told(&own, SystemKind::DamageFound);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(system::fact(&told[0], "finding"), Some("store-damaged"));
    assert_eq!(system::fact(&told[0], "ledger"), Some("a"));
    scrub.end();
    // Nor is it again, by whoever finds it after a restart.
    let mut scrub = Stepping::new(&engine);
    for _ in 0..20 {
        scrub.step();
    }
    assert_eq!(system::told(&own, SystemKind::DamageFound).len(), 1);
    scrub.end();
    engine.drain().unwrap();
}

#[test]
fn a_ledger_whose_pass_has_not_ended_for_long_is_told_of() {
    let bench = Bench::new();
    let on = EngineOptions {
        scrub: ScrubRule {
            start_delay: Duration::from_secs(86_400),
            ..ScrubRule::default()
        },
        ..options()
    };
    let engine = bench.open_with(&store(), on).unwrap();
    let ledger = filled(&bench, &engine, "a");
    assert_eq!(
        notices(&engine, NoticeCode::ScrubBehind),
        Vec::<String>::new()
    );
    let long_ago = engine.now() - 9 * 86_400_000_000_000;
    ledger.cell.scrubbed.set(Scrubbed {
        began: long_ago,
        unread: Some("no memory".to_owned()),
        ..Scrubbed::default()
    });
    let told = notices(&engine, NoticeCode::ScrubBehind);
    assert!(told.len() == 1 && told[0].contains("no memory"), "{told:?}");
    ledger.cell.scrubbed.set(Scrubbed {
        began: engine.now(),
        ..Scrubbed::default()
    });
    assert_eq!(
        notices(&engine, NoticeCode::ScrubBehind),
        Vec::<String>::new()
    );
    engine.drain().unwrap();
}

/// Whoever owns the disk can link records anew, with their tiles; the signed tree in memory is another.
#[test]
fn a_history_that_was_made_anew_is_not_the_signed_one() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open_with(&store, options()).unwrap();
    let ledger = filled(&bench, &engine, "a");
    let mut scrub = Stepping::new(&engine);
    let target = scrub.until(&ledger, |state| state.upto == 256).target;
    // The ledger grows, so that the end of the pass is not its head.
    let more = ledger.append(events(&ledger, &["more"]), None);
    bench.runtime.block_on(more).unwrap();
    rig::rewrite(&store, &ledger, 300, target);
    let state = scrub.until(&ledger, is_over);
    assert!(state.has_finding, "{state:?}");
    assert_eq!(state.upto, 256, "the step in which it is finds it");
    assert_eq!(ledger.summary().state, Availability::Quarantined);
    scrub.end();
    engine.drain().unwrap();
}
