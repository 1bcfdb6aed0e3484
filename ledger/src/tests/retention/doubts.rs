//! Where a start did not see all that is on record, a hold may be among what it missed: nothing is disposed of, and no ledger
//! ends.

use indelible_evidence::key_event::Closed;
use indelible_store::{
    ReadStore as _,
    record::{Part, StoredRecord},
};

use super::{
    record,
    rig::{DAY, Rig, given, rule},
};
use crate::{
    Availability, EndLedger, Engine, KeyEventError, Ledger, ReadError,
    operations::{
        end_ledger,
        record_key_event::{self, Statement},
        retention,
    },
};

/// Why all that destroys by rules is refused, which must be the same for all of it.
fn refusal(ledger: &Ledger) -> ReadError {
    let end = EndLedger {
        bundle_size: ledger.summary().size,
        bundle_sha256: [7; 32],
        reason: None,
    };
    let refusals = [
        ledger.preview_retention().map(drop),
        ledger.end(&end, &mut |_| {}).map(drop),
        ledger.dispose(&mut |_| {}).map(drop),
    ];
    let mut why = refusals.map(|refused| match refused {
        Err(KeyEventError::Read(why)) => why,
        other => panic!("{other:?}"),
    });
    let texts = why.each_ref().map(ToString::to_string);
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    std::mem::replace(&mut why[0], ReadError::Draining)
}

/// What a start takes up again.
fn take_up(engine: &Engine) {
    retention::resume(&engine.core);
    end_ledger::resume(&engine.core);
}

#[test]
fn where_the_start_missed_something_nothing_goes_and_no_ledger_ends() {
    for records in [true, false] {
        let rig = Rig::new();
        let (engine, ledger) = rig.open();
        let due = rig.append(&ledger, given("a", "x"));
        let planned = rule("old").after(1).made();
        ledger.set_retention(vec![planned.clone()], None).unwrap();
        rig.pass(2 * DAY);
        // On record already, and not carried out.
        record(&engine, &planned, due + 1).unwrap();
        let size = ledger.summary().size;
        // The ledger is open: what it is refused for is not its state.
        let doubts = &ledger.cell().doubts;
        match records {
            true => doubts.note_lack_of_records(),
            false => doubts.leave_key_events_unread(),
        }
        match (records, refusal(&ledger)) {
            (true, ReadError::RecordsLacking(_)) | (false, ReadError::KeyEventsUnread(_)) => {}
            (_, other) => panic!("{other:?}"),
        }
        take_up(&engine);
        assert_eq!(ledger.summary().size, size, "nothing is recorded");
        assert_eq!(ledger.summary().ended, None);
        assert!(!ledger.disposals().unwrap()[0].1);
        let id = ledger.cell().id;
        let whole = rig.store.record(id, due).unwrap().unwrap();
        let stored = StoredRecord::decode(&whole).unwrap();
        let is_there = |part| matches!(part, Part::Present { .. });
        assert!(is_there(stored.body) && is_there(stored.payload));
        engine.drain().unwrap();
    }
}

/// An end that is on record is not taken up either, where an erasure would have to be recorded for it.
#[test]
fn an_end_on_record_waits_where_the_start_missed_something() {
    let rig = Rig::new();
    let (engine, ledger) = rig.open();
    rig.append(&ledger, given("a", "x").of("erika"));
    ledger.cell().doubts.note_lack_of_records();
    let size = ledger.summary().size;
    let statement = Statement::Closed {
        statement: Closed {
            origin: ledger.cell().origin().clone(),
            reason: None,
            successor: None,
        },
        size,
    };
    let cell = engine.cell("l").unwrap();
    record_key_event::record(&engine.core, &cell, &statement).unwrap();
    let size = ledger.summary().size;
    assert!(ledger.summary().ended.is_some());
    take_up(&engine);
    assert_eq!(ledger.summary().size, size, "no key is destroyed");
    assert_eq!(ledger.erasures().unwrap(), []);
    engine.drain().unwrap();
}

/// The hold itself is what somebody took out of the store.
#[test]
fn a_hold_that_is_missing_at_the_start_still_keeps_everything() {
    let rig = Rig::new();
    let (engine, ledger) = rig.open();
    let due = rig.append(&ledger, given("a", "x"));
    let rule = rule("old").after(1).made();
    ledger.set_retention(vec![rule], None).unwrap();
    let (_, hold) = ledger.place_hold(None, None).unwrap();
    rig.pass(2 * DAY);
    let id = ledger.cell().id;
    engine.drain().unwrap();
    drop((engine, ledger));

    let rig = rig.restarted();
    rig.store.forge(id, hold.first, None);
    let (engine, ledger) = rig.open();
    assert_eq!(ledger.summary().state, Availability::Quarantined);
    let refused = refusal(&ledger);
    assert!(
        matches!(refused, ReadError::KeyEventsUnread(_)),
        "{refused:?}"
    );
    take_up(&engine);
    assert!(ledger.record(due).unwrap().body().is_some());
    let _failed = engine.drain();
}
