//! Files of a stopped store, put back one by one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::super::support::StoppedStore;
use crate::support::place::{Place, copy};

pub(super) fn is_log(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "log")
}

pub(super) fn copy_file(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
}

/// The directory of the live store in a data directory.
pub(super) fn live(data: &Path) -> PathBuf {
    let pointer = fs::read_to_string(data.join("live")).unwrap();
    data.join(pointer.split_whitespace().last().unwrap())
}

pub(super) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

pub(super) fn remove(directory: &Path, which: impl Fn(&str) -> bool) {
    for name in names(directory).iter().filter(|name| which(name)) {
        fs::remove_file(directory.join(name)).unwrap();
    }
}

pub(super) fn take(from: &Path, to: &Path, which: impl Fn(&str) -> bool) {
    for name in names(from).iter().filter(|name| which(name)) {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

/// Puts one family of a copy into the place's store.
pub(super) fn exchange(place: &Place, older: &Path, family: &str) {
    let side = place.file("older");
    let _none = fs::remove_dir_all(&side);
    fs::create_dir(&side).unwrap();
    let side = Place::at(&side);
    copy(older, &side.data());
    let then = StoppedStore::open(&side).all(family);
    let store = StoppedStore::open(place);
    for (key, _) in store.all(family) {
        store.delete(family, &key);
    }
    for (key, value) in then {
        store.put(family, &key, &value);
    }
}
