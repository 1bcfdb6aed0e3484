//! The store of a stopped daemon, as its administrator changes it: with the storage engine itself, and so with right
//! checksums, but without any key.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use indelible_proto::v1::{GetStatusRequest, LedgerState};
use indelible_store::rocks::{RocksStore, RocksTuning};
use rocksdb::{ColumnFamilyDescriptor, DB, IteratorMode, Options};

use crate::support::{
    calls::ledger,
    daemon::{Client, Daemon},
    place::{Place, copy},
};

/// The catalogue, heads, and published checkpoints; see `store/src/rocks/keys.rs` for the keys of each family.
pub(crate) const CATALOGUE: &str = "default";
/// Records.
pub(crate) const RECORDS: &str = "records";
/// Full tiles.
pub(crate) const TILES: &str = "tiles";
/// Identities and postings.
pub(crate) const INDEX: &str = "index";
/// Wrapped data keys and the lists of subjects.
pub(crate) const KEYS: &str = "keys";
/// States of projections.
pub(crate) const PROJECTIONS: &str = "projections";

/// All column families.
pub(crate) const FAMILIES: [&str; 6] = [CATALOGUE, RECORDS, TILES, INDEX, KEYS, PROJECTIONS];

/// A key with its value.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);

/// The open files of a store that no daemon has open. Every change is in the files once this is dropped.
pub(crate) struct StoppedStore {
    db: DB,
}

impl StoppedStore {
    /// Opens the live store of a place.
    pub(crate) fn open(place: &Place) -> Self {
        Self::open_at(&live(&place.data()))
    }

    fn open_at(path: &Path) -> Self {
        let families =
            FAMILIES.map(|family| ColumnFamilyDescriptor::new(family, Options::default()));
        let db = DB::open_cf_descriptors(&Options::default(), path, families).unwrap();
        Self { db }
    }

    /// A value.
    pub(crate) fn get(&self, family: &str, key: &[u8]) -> Option<Vec<u8>> {
        self.db.get_cf(self.family(family), key).unwrap()
    }

    /// Writes a value.
    pub(crate) fn put(&self, family: &str, key: &[u8], value: &[u8]) {
        self.db.put_cf(self.family(family), key, value).unwrap();
    }

    /// Removes a value, which must be there.
    pub(crate) fn delete(&self, family: &str, key: &[u8]) {
        assert!(
            self.get(family, key).is_some(),
            "{family}: {key:02x?} is not there"
        );
        self.db.delete_cf(self.family(family), key).unwrap();
    }

    /// Exchanges the values of two keys, which must be there.
    pub(crate) fn exchange(&self, family: &str, one: &[u8], other: &[u8]) {
        let (first, second) = (self.get(family, one), self.get(family, other));
        self.put(family, one, &second.unwrap());
        self.put(family, other, &first.unwrap());
    }

    /// Changes a value, which must be there.
    pub(crate) fn change(&self, family: &str, key: &[u8], change: impl FnOnce(&mut Vec<u8>)) {
        let mut value = self.get(family, key).unwrap();
        change(&mut value);
        self.put(family, key, &value);
    }

    /// The entries of a family whose keys begin with this, in the order of their keys.
    pub(crate) fn with_prefix(&self, family: &str, prefix: &[u8]) -> Vec<Entry> {
        let from = IteratorMode::From(prefix, rocksdb::Direction::Forward);
        let entries = self.db.iterator_cf(self.family(family), from);
        entries
            .map(|entry| entry.unwrap())
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.into_vec(), value.into_vec()))
            .collect()
    }

    /// All entries of a family.
    pub(crate) fn all(&self, family: &str) -> Vec<Entry> {
        self.with_prefix(family, &[])
    }

    /// How many entries there are of every kind.
    pub(crate) fn kinds(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for family in FAMILIES {
            for (key, _) in self.all(family) {
                *kinds.entry(kind(family, &key)).or_default() += 1;
            }
        }
        kinds
    }

    fn family(&self, name: &str) -> &rocksdb::ColumnFamily {
        self.db.cf_handle(name).unwrap()
    }
}

impl Drop for StoppedStore {
    fn drop(&mut self) {
        for family in FAMILIES {
            self.db.flush_cf(self.family(family)).unwrap();
        }
    }
}

/// The directory of the live store in a data directory.
fn live(data: &Path) -> PathBuf {
    let pointer = fs::read_to_string(data.join("live")).unwrap();
    data.join(pointer.split_whitespace().last().unwrap())
}

/// What kind of entry a key is of: its family, and the byte or word that tells it from others there.
pub(crate) fn kind(family: &str, key: &[u8]) -> String {
    let word = |key: &[u8]| {
        let word = key.iter().take_while(|byte| byte.is_ascii_lowercase());
        String::from_utf8(word.copied().collect()).unwrap()
    };
    match (family, key) {
        (CATALOGUE, [0x20, own @ ..]) => format!("{family} own {}", word(own)),
        (CATALOGUE, [kind, ..]) => format!("{family} {kind:#04x}"),
        (INDEX | KEYS, [_, _, _, _, kind, ..]) => format!("{family} {}", char::from(*kind)),
        _ => family.to_owned(),
    }
}

/// The key of what a family other than the catalogue has of a ledger: its number, and what follows.
pub(crate) fn of_ledger(ledger: u32, rest: &[u8]) -> Vec<u8> {
    [&ledger.to_be_bytes()[..], rest].concat()
}

/// A stopped store with its anchor, to which a test returns again and again.
pub(crate) struct Scene {
    pub(crate) place: Place,
    data: PathBuf,
    anchor: PathBuf,
}

impl Scene {
    /// Keeps what a place has now. No daemon may have it open.
    pub(crate) fn of(place: Place) -> Self {
        // A scene that was of the same place is over.
        let _none = fs::remove_dir_all(place.file("scene"));
        let data = place.copy_data("scene");
        let anchor = place.file("scene.anchor");
        copy(&place.anchor(), &anchor);
        Self {
            place,
            data,
            anchor,
        }
    }

    /// A store that an earlier build wrote, upgraded to today's layout, which is confirmed: an erasure reaches all of it.
    pub(crate) fn of_earlier_build(name: &str) -> Self {
        let Self { place, .. } = Self::of_layout_3(name);
        drop(RocksStore::open(&place.data(), &RocksTuning::default()).unwrap());
        RocksStore::confirm_upgrade(&place.data()).unwrap();
        Self::of(place)
    }

    /// An unpacked store that an earlier build wrote.
    pub(crate) fn of_layout_3(name: &str) -> Self {
        let stores = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/stores/layout-3");
        let place = Place::new();
        let status = Command::new("tar")
            .arg("-xzf")
            .arg(Path::new(stores).join(format!("{name}.tar.gz")))
            .arg("-C")
            .arg(place.data().parent().unwrap())
            .status()
            .unwrap();
        assert!(status.success(), "{name} can't be unpacked");
        Self::of(place)
    }

    /// Puts everything back.
    pub(crate) fn put_back(&self) {
        self.place.restore_data(&self.data);
        fs::copy(&self.anchor, self.place.anchor()).unwrap();
    }

    /// Puts everything back, changes the store, and starts a daemon over it.
    pub(crate) async fn with(&self, change: impl FnOnce(&StoppedStore)) -> Daemon {
        self.put_back();
        let store = StoppedStore::open(&self.place);
        change(&store);
        drop(store);
        Daemon::start(&self.place).await
    }
}

/// Checks the state of a ledger, and that the reason for a quarantine names a finding.
pub(crate) async fn assert_state(
    client: &mut Client,
    name: &str,
    finding: Option<&str>,
    what: &str,
) {
    let ledger = ledger(client, name).await;
    match finding {
        None => assert_eq!(ledger.state(), LedgerState::Open, "{what}: {ledger:?}"),
        Some(finding) => {
            assert_eq!(
                ledger.state(),
                LedgerState::Quarantined,
                "{what}: {ledger:?}"
            );
            let reason = &ledger.state_reason;
            assert!(reason.contains(finding), "{what}: {reason}");
        }
    }
}

/// The codes of the notices of a daemon, with the ledgers that they are about.
pub(crate) async fn notices(client: &mut Client) -> Vec<(String, String)> {
    let request = GetStatusRequest::default();
    let answer = client.get_status(request).await.unwrap().into_inner();
    let told = answer.notices.into_iter();
    told.map(|notice| (notice.code().name().to_owned(), notice.ledger_origin))
        .collect()
}

/// Alters the head of a ledger, so that this one is in quarantine and no other is.
pub(crate) fn damage_head(place: &Place, name: &str) {
    let store = StoppedStore::open(place);
    let named = format!("\"name\":\"{name}\"");
    let descriptors = store.with_prefix(CATALOGUE, &[0x10]);
    let own = descriptors
        .iter()
        .find(|(_, descriptor)| String::from_utf8_lossy(descriptor).contains(&named));
    let head = [&[0x11], &own.unwrap().0[1..]].concat();
    store.change(CATALOGUE, &head, |head| head[12] ^= 1);
}
