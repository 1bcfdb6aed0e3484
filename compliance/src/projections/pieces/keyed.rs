//! Pieces by name, as long as the names are not too many.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::absorb::Absorb;

/// Names of one map.
pub const KEYS_MAX: usize = 10_000;
/// Bytes of all names of one map.
pub const KEY_BYTES_MAX: usize = 1 << 20;

/// Stands between the parts of a joined name. No text of a body holds a control character.
const SEPARATOR: char = '\u{1f}';

/// Pieces by name. With more than [`KEYS_MAX`] names, or more than [`KEY_BYTES_MAX`] bytes of them, it is *too many*
/// and stays so: the set of names only grows with the records, so that it does not matter where they were cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed<V>(Option<Names<V>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Names<V> {
    map: BTreeMap<String, V>,
    bytes: usize,
}

impl<V> Default for Names<V> {
    fn default() -> Self {
        let (map, bytes) = (BTreeMap::new(), 0);
        Self { map, bytes }
    }
}

impl<V> Default for Keyed<V> {
    fn default() -> Self {
        Self(Some(Names::default()))
    }
}

impl<V: Absorb> Keyed<V> {
    /// The piece of this name, made where it isn't yet; none if there are too many names.
    pub fn at(&mut self, key: &str) -> Option<&mut V> {
        let names = self.0.as_mut()?;
        if !names.map.contains_key(key) {
            names.bytes += key.len();
            if names.map.len() >= KEYS_MAX || names.bytes > KEY_BYTES_MAX {
                self.0 = None;
                return None;
            }
            names.map.insert(key.to_owned(), V::default());
        }
        self.0.as_mut()?.map.get_mut(key)
    }

    /// The names and their pieces, in the order of the names' bytes; none if there are too many.
    pub fn all(&self) -> Option<impl ExactSizeIterator<Item = (&str, &V)>> {
        let names = self.0.as_ref()?;
        Some(names.map.iter().map(|(key, value)| (key.as_str(), value)))
    }

    /// Does something to the piece of every name; nothing if there are too many.
    pub fn each(&mut self, change: impl FnMut(&mut V)) {
        if let Some(names) = &mut self.0 {
            names.map.values_mut().for_each(change);
        }
    }

    /// The piece of this name, if there is one.
    pub fn of(&self, key: &str) -> Option<&V> {
        self.0.as_ref()?.map.get(key)
    }

    /// How many names there are; none if there are too many.
    pub fn count(&self) -> Option<u64> {
        self.0.as_ref().map(|names| names.map.len() as u64)
    }
}

impl<V: Absorb> Absorb for Keyed<V> {
    fn absorb(&mut self, later: Self) {
        let Some(later) = later.0 else {
            self.0 = None;
            return;
        };
        for (key, value) in later.map {
            match self.at(&key) {
                Some(piece) => piece.absorb(value),
                None => return,
            }
        }
    }
}

impl<V: Serialize> Serialize for Keyed<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(names) = &self.0 else {
            return serializer.serialize_none();
        };
        // The order of canonical JSON is that of UTF-16, which differs from that of bytes beyond U+FFFF.
        let mut entries: Vec<_> = names.map.iter().collect();
        if names
            .map
            .keys()
            .any(|key| key.bytes().any(|byte| byte >= 0xf0))
        {
            entries.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
        }
        serializer.collect_map(entries)
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Keyed<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = Option::<BTreeMap<String, V>>::deserialize(deserializer)?;
        Ok(Self(map.map(|map| {
            let bytes = map.keys().map(String::len).sum();
            Names { map, bytes }
        })))
    }
}

/// One name of several parts. A part that is absent is empty; a text of a body never is.
pub fn joined(parts: &[&str]) -> String {
    let mut key = String::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            key.push(SEPARATOR);
        }
        key.push_str(part);
    }
    key
}

/// The parts of a joined name, in their order.
pub fn parts(key: &str) -> impl Iterator<Item = &str> {
    key.split(SEPARATOR)
}
