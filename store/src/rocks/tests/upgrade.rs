//! Stores of an earlier layout become today's, whatever breaks the upgrade off, and go back as long as nothing was recorded.

use super::*;
use crate::contracts::{Catalog, ReadStore};

/// A store as a program of layout 3 leaves it.
fn of_layout_3() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let term = store.acquire().unwrap();
    commit(&store, term, 0, 300);
    store.put(b"own", b"value").unwrap();
    drop(store);
    make_older(directory.path());
    directory
}

fn make_older(path: &Path) {
    let db = small()
        .open_engine(&engine(path), super::super::tuning::Replay::Strict)
        .unwrap();
    db.put(keys::LAYOUT, 3_u32.to_be_bytes()).unwrap();
    db.put(keys::own(b"last"), b"value").unwrap();
    drop(db);
    fs::write(
        path.join("live"),
        "indelible-store layout 3 live store-0001\n",
    )
    .unwrap();
}

fn live(path: &Path) -> String {
    fs::read_to_string(path.join("live")).unwrap()
}

/// The bytes of all files of a directory that an engine does not make anew each time.
fn bytes(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = files_ending(directory, "").into_iter();
    let files = files.filter(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        !name.starts_with("LOG") && name != "LOCK" && name != "before-upgrade"
    });
    files
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

fn is_whole(store: &RocksStore) {
    assert_eq!(store.head(LEDGER).unwrap().unwrap().size, 300);
    assert!(store.record(LEDGER, 299).unwrap().is_some());
    assert_eq!(store.get(b"own").unwrap().unwrap(), b"value");
}

#[test]
fn an_earlier_store_is_upgraded_in_a_copy_and_kept_as_it_was() {
    let directory = of_layout_3();
    let path = directory.path();
    let before = bytes(&engine(path));
    let store = open(path);
    is_whole(&store);
    assert_eq!(live(path), "indelible-store layout 4 live store-0002\n");
    assert_eq!(kept_by_upgrade(path).unwrap(), Some(engine(path)));
    let term = store.acquire().unwrap();
    commit(&store, term, 300, 1);
    drop(store);
    assert_eq!(
        bytes(&engine(path)),
        before,
        "the earlier store was written to"
    );
    // There is no second upgrade.
    drop(open(path));
    assert_eq!(live(path), "indelible-store layout 4 live store-0002\n");
}

#[test]
fn an_upgrade_that_was_broken_off_anywhere_begins_anew() {
    // What a process leaves that is killed: before the copy has its mark, in the copy, after its migration.
    let leave: [fn(&Path); 4] = [
        |path| fs::create_dir(path.join("creating")).unwrap(),
        |path| {
            fs::create_dir(path.join("store-0002")).unwrap();
            fs::write(path.join("store-0002/not-adopted"), "").unwrap();
            fs::write(path.join("store-0002/CURRENT"), "half").unwrap();
        },
        |path| {
            fs::create_dir(path.join("store-0002")).unwrap();
            fs::write(path.join("store-0002/not-adopted"), "").unwrap();
            fs::write(engine(path).join("before-upgrade"), "").unwrap();
        },
        |path| {
            fs::write(
                path.join("live.next"),
                "indelible-store layout 4 live store-0002\n",
            )
            .unwrap()
        },
    ];
    for (number, leave) in leave.into_iter().enumerate() {
        let directory = of_layout_3();
        let path = directory.path();
        leave(path);
        let store = open(path);
        is_whole(&store);
        drop(store);
        assert_eq!(
            live(path),
            "indelible-store layout 4 live store-0002\n",
            "{number}"
        );
        assert_eq!(
            kept_by_upgrade(path).unwrap(),
            Some(engine(path)),
            "{number}"
        );
    }
}

#[test]
fn an_upgrade_goes_back_until_something_was_recorded_or_it_is_confirmed() {
    let directory = of_layout_3();
    let path = directory.path();
    drop(open(path));
    let reverted = RocksStore::revert_upgrade(path, &small()).unwrap();
    assert_eq!((reverted.layout, reverted.directory), (3, engine(path)));
    assert_eq!(live(path), "indelible-store layout 3 live store-0001\n");
    assert!(!path.join("store-0002").exists());
    assert_eq!(kept_by_upgrade(path).unwrap(), None);

    let store = open(path);
    let term = store.acquire().unwrap();
    commit(&store, term, 300, 1);
    drop(store);
    let refused = RocksStore::revert_upgrade(path, &small()).unwrap_err();
    assert!(
        refused.to_string().contains("records were made since"),
        "{refused}"
    );
    assert_eq!(open(path).head(LEDGER).unwrap().unwrap().size, 301);
    assert_eq!(RocksStore::confirm_upgrade(path).unwrap(), [engine(path)]);
    assert!(!engine(path).exists());
    assert_eq!(
        RocksStore::confirm_upgrade(path).unwrap(),
        Vec::<PathBuf>::new()
    );
    let refused = RocksStore::revert_upgrade(path, &small()).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("no store of an earlier release"),
        "{refused}"
    );
    assert_eq!(open(path).head(LEDGER).unwrap().unwrap().size, 301);
}

#[test]
fn going_back_that_was_broken_off_anywhere_leaves_one_of_both() {
    for (number, (layout, name)) in [(4, "store-0002"), (3, "store-0001")]
        .into_iter()
        .enumerate()
    {
        let directory = of_layout_3();
        let path = directory.path();
        drop(open(path));
        // The mark first; and then the pointer, before the later store is gone.
        fs::write(path.join("store-0002/not-adopted"), "").unwrap();
        fs::write(
            path.join("live"),
            format!("indelible-store layout {layout} live {name}\n"),
        )
        .unwrap();
        let store = open(path);
        is_whole(&store);
        drop(store);
        assert_eq!(
            live(path),
            "indelible-store layout 4 live store-0002\n",
            "{number}"
        );
    }
}

#[test]
fn an_earlier_store_whose_log_is_torn_is_salvaged_and_upgraded_together() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let term = store.acquire().unwrap();
    commit(&store, term, 0, 300);
    let image = crash_image(directory.path());
    drop(store);
    let path = image.path();
    make_older(path);
    let log = files_ending(&engine(path), ".log").pop().unwrap();
    let length = fs::metadata(&log).unwrap().len();
    let file = fs::File::options().write(true).open(&log).unwrap();
    file.set_len(length - 3).unwrap();
    let opened = try_open(path).unwrap();
    let salvage = opened.salvage.expect("the log is torn");
    assert_eq!(opened.store.head(LEDGER).unwrap().unwrap().size, 300);
    salvage.adopt(EvidenceKept::Whole).unwrap();
    drop(opened.store);
    assert_eq!(live(path), "indelible-store layout 4 live store-0002\n");
    assert_eq!(
        kept_by_upgrade(path).unwrap(),
        None,
        "it is evidence, and no way back"
    );
    assert_eq!(open(path).head(LEDGER).unwrap().unwrap().size, 300);
}
