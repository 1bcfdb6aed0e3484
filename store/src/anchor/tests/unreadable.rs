//! One of a ledger's two slots that can't be read: the other must not pass for the newest.

use super::*;

/// An anchor of one ledger with entries of 10, 11 and 12 records, closed.
fn twelve(place: &Place) -> Vec<u8> {
    let anchor = Anchor::create(&place.path, STORE).unwrap();
    for size in [10, 11, 12] {
        advance(&anchor, LEDGER, size);
    }
    drop(anchor);
    fs::read(&place.path).unwrap()
}

/// What is read of the ledger after `damage` to the slot in a bank.
fn damaged(
    place: &Place,
    before: &[u8],
    bank: Bank,
    damage: impl Fn(&mut [u8]),
) -> (u64, Option<UnreadableSlot>) {
    let mut bytes = before.to_vec();
    let at = offset(LEDGER, bank) as usize;
    damage(&mut bytes[at..at + SLOT_BYTES]);
    fs::write(&place.path, &bytes).unwrap();
    let anchor = reopen(&place.path);
    let entry = anchor.read(LEDGER).unwrap().unwrap();
    (entry.size, anchor.unreadable_slot(LEDGER))
}

#[test]
fn whatever_becomes_of_the_newest_slot_the_older_one_is_not_taken_for_it() {
    let place = place();
    let before = twelve(&place);
    // The third entry lies in the first slot again.
    let newest = |damage: &dyn Fn(&mut [u8])| damaged(&place, &before, Bank::First, damage);
    let unknown = (11, Some(UnreadableSlot::PerhapsNewer));
    for byte in (0..64).chain((64..SLOT_BYTES).step_by(31)) {
        assert_eq!(
            newest(&|slot| slot[byte] ^= 1 << (byte % 8)),
            unknown,
            "{byte}"
        );
    }
    assert_eq!(newest(&|slot| slot.fill(0)), unknown);
    assert_eq!(newest(&|slot| slot.fill(0xff)), unknown);
    assert_eq!(newest(&|_| {}), (12, None));
}

#[test]
fn the_older_slot_is_known_by_what_can_be_read_of_it() {
    let place = place();
    let before = twelve(&place);
    let older = |damage: &dyn Fn(&mut [u8])| damaged(&place, &before, Bank::Second, damage);
    let known = (12, Some(UnreadableSlot::Older));
    let unknown = (12, Some(UnreadableSlot::PerhapsNewer));
    // Behind counter, ledger and size.
    for byte in (20..64).chain((64..SLOT_BYTES).step_by(31)) {
        assert_eq!(older(&|slot| slot[byte] ^= 1), known, "{byte}");
    }
    for byte in 0..12 {
        assert_eq!(older(&|slot| slot[byte] ^= 1), unknown, "{byte}");
    }
    assert_eq!(older(&|slot| slot.fill(0)), unknown);
}

#[test]
fn only_a_ledger_of_one_entry_has_a_slot_that_was_never_written() {
    let place = place();
    let anchor = Anchor::create(&place.path, STORE).unwrap();
    advance(&anchor, LEDGER, 0);
    drop(anchor);
    let anchor = reopen(&place.path);
    assert_eq!(anchor.unreadable_slot(LEDGER), None);
    advance(&anchor, LEDGER, 1);
    drop(anchor);
    let before = fs::read(&place.path).unwrap();
    let read = damaged(&place, &before, Bank::First, |slot| slot.fill(0));
    assert_eq!(read, (1, Some(UnreadableSlot::PerhapsNewer)));
    // The next entry takes its place.
    advance(&reopen(&place.path), LEDGER, 2);
    assert_eq!(reopen(&place.path).unreadable_slot(LEDGER), None);
}

#[test]
fn what_is_written_anew_has_both_slots() {
    let place = place();
    twelve(&place);
    let anchor = reopen(&place.path);
    fs::remove_file(&place.path).unwrap();
    assert_eq!(anchor.keep_in_place().unwrap(), Standing::Gone);
    drop(anchor);
    let anew = fs::read(&place.path).unwrap();
    assert_eq!(damaged(&place, &anew, Bank::Second, |_| {}), (12, None));
    let newest = damaged(&place, &anew, Bank::First, |slot| slot[500] ^= 4);
    assert_eq!(newest, (11, Some(UnreadableSlot::PerhapsNewer)));
    // One that could not be read stays so.
    let anchor = reopen(&place.path);
    fs::remove_file(&place.path).unwrap();
    anchor.keep_in_place().unwrap();
    drop(anchor);
    let anchor = reopen(&place.path);
    let slot = anchor.unreadable_slot(LEDGER);
    assert_eq!(slot, Some(UnreadableSlot::PerhapsNewer));
}

#[test]
fn an_error_names_the_place() {
    let place = place();
    fs::create_dir(&place.path).unwrap();
    let error = Anchor::open(&place.path, STORE).unwrap_err().to_string();
    let path = place.path.display().to_string();
    assert!(error.contains(&path), "{error}");
    let nowhere = place.path.join("nothing").join("anchor");
    let error = Anchor::create(&nowhere, STORE).unwrap_err().to_string();
    assert!(error.contains(&nowhere.display().to_string()), "{error}");
}
