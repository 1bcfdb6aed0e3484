//! Tests of the anchor: every torn write, every wrong file.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use indelible_evidence::{ChainHash, TreeHash};

use super::slot::{Bank, SLOT_BYTES, SlotCodec, offset};
use super::*;

mod unreadable;

const STORE: StoreId = StoreId::from_bytes([0x11; 16]);
const OTHER_STORE: StoreId = StoreId::from_bytes([0x22; 16]);
const LEDGER: LedgerId = LedgerId::new(3);

fn entry(size: u64) -> AnchorEntry {
    AnchorEntry {
        size,
        root: TreeHash::from_bytes([size as u8; 32]),
        chain: ChainHash::from_bytes([!(size as u8); 32]),
        checkpoint: "n".repeat((size % 700) as usize),
    }
}

fn advance(anchor: &Anchor, ledger: LedgerId, size: u64) {
    anchor.advance(&[(ledger, &entry(size))]).unwrap();
}

fn reopen(path: &Path) -> Anchor {
    match Anchor::open(path, STORE).unwrap() {
        AnchorState::Present(anchor) => anchor,
        state => panic!("{state:?}"),
    }
}

struct Place {
    _directory: tempfile::TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.anchor");
    Place {
        _directory: directory,
        path,
    }
}

#[test]
fn every_ledger_that_was_written_is_listed() {
    let place = place();
    let anchor = Anchor::create(&place.path, STORE).unwrap();
    assert_eq!(anchor.entries(), []);
    advance(&anchor, LEDGER, 5);
    advance(&anchor, LedgerId::new(70), 0);
    let listed = [(LEDGER, Ok(entry(5))), (LedgerId::new(70), Ok(entry(0)))];
    assert_eq!(anchor.entries(), listed);
    drop(anchor);
    assert_eq!(reopen(&place.path).entries(), listed);
}

#[test]
fn entries_survive_and_the_newest_counts() {
    let place = place();
    let anchor = Anchor::create(&place.path, STORE).unwrap();
    assert_eq!(anchor.read(LEDGER), Ok(None));
    for size in [0, 1, 1, 5, 700] {
        advance(&anchor, LEDGER, size);
        assert_eq!(anchor.read(LEDGER), Ok(Some(entry(size))));
    }
    drop(anchor);
    let anchor = reopen(&place.path);
    assert_eq!(anchor.read(LEDGER), Ok(Some(entry(700))));
    assert_eq!(anchor.read(LedgerId::new(2)), Ok(None));
    assert_eq!(anchor.read(LedgerId::new(9_999)), Ok(None));
}

#[test]
fn an_anchor_never_goes_back_nor_takes_a_note_too_long() {
    let place = place();
    let anchor = Anchor::create(&place.path, STORE).unwrap();
    advance(&anchor, LEDGER, 7);
    let fine = (LedgerId::new(4), &entry(9));
    assert!(matches!(
        anchor.advance(&[fine, (LEDGER, &entry(6))]),
        Err(AnchorError::Backwards {
            ledger: LEDGER,
            anchored: 7,
            given: 6
        })
    ));
    let mut long = entry(8);
    long.checkpoint = "n".repeat(ANCHOR_NOTE_BYTES_MAX + 1);
    assert!(matches!(
        anchor.advance(&[fine, (LEDGER, &long)]),
        Err(AnchorError::NoteTooLong { ledger: LEDGER, .. })
    ));
    long.checkpoint.pop();
    anchor.advance(&[(LEDGER, &long)]).unwrap();
    drop(anchor);
    let anchor = reopen(&place.path);
    assert_eq!(anchor.read(LEDGER), Ok(Some(long)));
    assert_eq!(anchor.read(fine.0), Ok(None));
}

/// Every prefix of a slot write may be all that reaches the disk, the rest
/// being what the slot held before: then the entry before counts, unless the
/// prefix happens to be all that changes.
#[test]
fn of_every_torn_write_the_entry_before_counts() {
    let place = place();
    let anchor = Anchor::create(&place.path, STORE).unwrap();
    for size in [10, 11, 12] {
        advance(&anchor, LEDGER, size);
    }
    drop(anchor);
    let before = fs::read(&place.path).unwrap();
    let written = SlotCodec::new(STORE).encode(LEDGER, 4, &entry(13)).unwrap();
    let at = offset(LEDGER, Bank::Second) as usize;
    for length in 0..=SLOT_BYTES {
        let mut torn = before.clone();
        torn[at..at + length].copy_from_slice(&written[..length]);
        let whole = torn[at..at + SLOT_BYTES] == written[..];
        fs::write(&place.path, &torn).unwrap();
        let anchor = reopen(&place.path);
        let expected = if whole { 13 } else { 12 };
        assert_eq!(anchor.read(LEDGER), Ok(Some(entry(expected))), "{length}");
        // The torn slot is the one that is written next.
        advance(&anchor, LEDGER, 14);
        drop(anchor);
        assert_eq!(reopen(&place.path).read(LEDGER), Ok(Some(entry(14))));
    }
}

#[test]
fn a_torn_first_write_is_told_apart_and_only_overwritten_on_demand() {
    let place = place();
    drop(Anchor::create(&place.path, STORE).unwrap());
    let before = fs::read(&place.path).unwrap();
    let written = SlotCodec::new(STORE).encode(LEDGER, 1, &entry(0)).unwrap();
    let at = offset(LEDGER, Bank::First) as usize;
    for length in 0..=SLOT_BYTES {
        let mut torn = before.clone();
        torn[at..at + length].copy_from_slice(&written[..length]);
        let slot = &torn[at..at + SLOT_BYTES];
        let expected = match slot {
            slot if slot == written => Ok(Some(entry(0))),
            slot if slot.iter().all(|byte| *byte == 0) => Ok(None),
            _ => Err(AnchorDamage::FirstSlot { ledger: LEDGER }),
        };
        fs::write(&place.path, &torn).unwrap();
        assert_eq!(reopen(&place.path).read(LEDGER), expected, "{length}");
    }
    let mut torn = before;
    torn[at..at + 100].copy_from_slice(&written[..100]);
    fs::write(&place.path, &torn).unwrap();
    let anchor = reopen(&place.path);
    assert!(matches!(
        anchor.advance(&[(LEDGER, &entry(1))]),
        Err(AnchorError::Damaged(_))
    ));
    anchor.overwrite(LEDGER, &entry(0)).unwrap();
    advance(&anchor, LEDGER, 1);
    drop(anchor);
    assert_eq!(reopen(&place.path).read(LEDGER), Ok(Some(entry(1))));
}

#[test]
fn a_ledger_with_no_readable_slot_is_damaged_alone() {
    let place = place();
    let anchor = Anchor::create(&place.path, STORE).unwrap();
    let neighbour = LedgerId::new(4);
    for size in [1, 2] {
        advance(&anchor, LEDGER, size);
        advance(&anchor, neighbour, size);
    }
    drop(anchor);
    let mut bytes = fs::read(&place.path).unwrap();
    for bank in [Bank::First, Bank::Second] {
        bytes[offset(LEDGER, bank) as usize + 20] ^= 1;
    }
    fs::write(&place.path, &bytes).unwrap();
    let anchor = reopen(&place.path);
    let damage = AnchorDamage::BothSlots { ledger: LEDGER };
    assert_eq!(anchor.read(LEDGER), Err(damage));
    assert_eq!(anchor.read(neighbour), Ok(Some(entry(2))));
    advance(&anchor, neighbour, 3);
}

#[test]
fn a_slot_of_another_place_or_store_is_unreadable() {
    let place = place();
    let anchor = Anchor::create(&place.path, STORE).unwrap();
    advance(&anchor, LEDGER, 1);
    drop(anchor);
    let mut bytes = fs::read(&place.path).unwrap();
    let foreign = [
        SlotCodec::new(OTHER_STORE).encode(LEDGER, 9, &entry(9)),
        SlotCodec::new(STORE).encode(LedgerId::new(4), 9, &entry(9)),
    ];
    for slot in foreign {
        let at = offset(LEDGER, Bank::Second) as usize;
        bytes[at..at + SLOT_BYTES].copy_from_slice(&slot.unwrap());
        fs::write(&place.path, &bytes).unwrap();
        assert_eq!(reopen(&place.path).read(LEDGER), Ok(Some(entry(1))));
    }
}

#[test]
fn missing_foreign_and_damaged_files_are_told_apart() {
    let place = place();
    let open = || Anchor::open(&place.path, STORE).unwrap();
    assert!(matches!(open(), AnchorState::Missing));
    drop(Anchor::create(&place.path, OTHER_STORE).unwrap());
    assert!(matches!(
        open(),
        AnchorState::OtherStore { found: OTHER_STORE }
    ));
    let good = fs::read(&place.path).unwrap();
    for length in [0, 1, 4_095] {
        fs::write(&place.path, &good[..length]).unwrap();
        assert!(matches!(open(), AnchorState::Damaged { .. }), "{length}");
    }
    for flipped in [0, 16, 20, 40, 4_064, 4_095] {
        let mut bad = good.clone();
        bad[flipped] ^= 0x80;
        fs::write(&place.path, &bad).unwrap();
        assert!(matches!(open(), AnchorState::Damaged { .. }), "{flipped}");
    }
}

#[test]
fn an_anchor_is_never_replaced_and_held_by_one() {
    let place = place();
    let anchor = Anchor::create(&place.path, STORE).unwrap();
    advance(&anchor, LEDGER, 1);
    assert!(matches!(
        Anchor::create(&place.path, STORE),
        Err(AnchorError::Exists { .. })
    ));
    assert!(matches!(
        Anchor::open(&place.path, STORE),
        Err(AnchorError::Locked { .. })
    ));
    drop(anchor);
    assert_eq!(reopen(&place.path).read(LEDGER), Ok(Some(entry(1))));
}

#[test]
fn it_grows_to_a_thousand_ledgers_and_more() {
    let place = place();
    let anchor = Anchor::create(&place.path, STORE).unwrap();
    let ledgers: Vec<_> = (0..1_500).map(LedgerId::new).collect();
    for size in [0, 2] {
        let entries: Vec<_> = ledgers
            .iter()
            .map(|ledger| entry(size + u64::from(ledger.number())))
            .collect();
        let group: Vec<_> = ledgers.iter().copied().zip(&entries).collect();
        anchor.advance(&group).unwrap();
    }
    advance(&anchor, LedgerId::new(5_000), 1);
    drop(anchor);
    let anchor = reopen(&place.path);
    for ledger in ledgers {
        let expected = entry(2 + u64::from(ledger.number()));
        assert_eq!(anchor.read(ledger), Ok(Some(expected)));
    }
    assert_eq!(anchor.read(LedgerId::new(4_999)), Ok(None));
    assert_eq!(anchor.read(LedgerId::new(5_000)), Ok(Some(entry(1))));
}

#[test]
fn growth_that_was_cut_short_is_made_again() {
    let place = place();
    let anchor = Anchor::create(&place.path, STORE).unwrap();
    advance(&anchor, LEDGER, 1);
    drop(anchor);
    let length = fs::metadata(&place.path).unwrap().len();
    let file = File::options().write(true).open(&place.path).unwrap();
    file.set_len(length + 70_000).unwrap();
    let anchor = reopen(&place.path);
    let far = LedgerId::new(100);
    advance(&anchor, far, 1);
    drop(anchor);
    let anchor = reopen(&place.path);
    assert_eq!(anchor.read(LEDGER), Ok(Some(entry(1))));
    assert_eq!(anchor.read(far), Ok(Some(entry(1))));
}

/// A file that counts what is done to it, and can fail.
struct Watched {
    file: File,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    writes: AtomicUsize,
    syncs: AtomicUsize,
    fail_write: AtomicBool,
    fail_sync: AtomicBool,
}

impl AnchorFile for Watched {
    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        AnchorFile::read_at(&self.file, bytes, offset)
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.counts.writes.fetch_add(1, Ordering::SeqCst);
        if self.counts.fail_write.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        AnchorFile::write_at(&mut self.file, bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.counts.syncs.fetch_add(1, Ordering::SeqCst);
        if self.counts.fail_sync.load(Ordering::SeqCst) {
            return Err(io::Error::other("planned fault"));
        }
        self.file.sync()
    }
}

fn watched(path: &Path) -> (Anchor, Arc<Counts>) {
    drop(Anchor::create(path, STORE).unwrap());
    let counts = Arc::new(Counts::default());
    let file = Watched {
        file: open_locked(path).unwrap(),
        counts: Arc::clone(&counts),
    };
    match Anchor::open_file(Box::new(file), STORE).unwrap() {
        AnchorState::Present(anchor) => (anchor, counts),
        state => panic!("{state:?}"),
    }
}

#[test]
fn a_ledger_costs_one_write_and_a_group_one_sync() {
    let place = place();
    let (anchor, counts) = watched(&place.path);
    advance(&anchor, LEDGER, 1);
    let done = || {
        let writes = counts.writes.swap(0, Ordering::SeqCst);
        (writes, counts.syncs.swap(0, Ordering::SeqCst))
    };
    assert_eq!(done(), (1, 1));
    let entries = [entry(2), entry(3), entry(4)];
    let group: Vec<_> = (3..).map(LedgerId::new).zip(&entries).collect();
    anchor.advance(&group).unwrap();
    assert_eq!(done(), (3, 1));
}

#[test]
fn a_failed_write_or_sync_poisons_until_a_restart() {
    for sync in [false, true] {
        let place = place();
        let (anchor, counts) = watched(&place.path);
        advance(&anchor, LEDGER, 1);
        let fault = if sync {
            &counts.fail_sync
        } else {
            &counts.fail_write
        };
        fault.store(true, Ordering::SeqCst);
        let failed = anchor.advance(&[(LEDGER, &entry(2))]);
        assert!(matches!(failed, Err(AnchorError::Io { .. })));
        fault.store(false, Ordering::SeqCst);
        let refused = anchor.advance(&[(LEDGER, &entry(2))]);
        assert!(matches!(refused, Err(AnchorError::Poisoned { .. })));
        assert_eq!(anchor.read(LEDGER), Ok(Some(entry(1))));
        drop(anchor);
        let anchor = reopen(&place.path);
        let found = anchor.read(LEDGER).unwrap().unwrap();
        assert_eq!(found, entry(if sync { 2 } else { 1 }));
        advance(&anchor, LEDGER, 3);
    }
}
