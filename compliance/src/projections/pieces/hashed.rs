//! Pieces by the hash of a name, where names are many and only have to be found again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sha2::{Digest, Sha256};

use super::absorb::Absorb;

/// The first 16 bytes of a name's SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash16(pub(super) [u8; 16]);

impl Hash16 {
    /// The hash of a name.
    pub fn of(name: &str) -> Self {
        let digest = Sha256::digest(name.as_bytes());
        let (first, _) = digest.as_slice().as_chunks::<16>();
        Self(first[0])
    }

    /// The hash of a name that many records bear one after the other, such as an agent's: the last ones are remembered.
    pub fn of_recurring(name: &str) -> Self {
        RECENT.with_borrow_mut(|recent| {
            let edge = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(*byte));
            let bytes = name.as_bytes();
            let place = bytes.len() ^ edge(bytes.first()) ^ (edge(bytes.last()) << 1);
            let (known, hash) = &mut recent[place % RECENT_NAMES];
            if known.as_str() != name {
                *hash = Self::of(name);
                known.clear();
                known.push_str(name);
            }
            *hash
        })
    }

    /// An id that is 16 random bytes already.
    pub fn of_id(id: &[u8; 16]) -> Self {
        Self(*id)
    }
}

/// Names that a thread remembers with their hashes.
const RECENT_NAMES: usize = 16;

thread_local! {
    /// What is remembered changes no result: each slot is of the name that stands in it, at first of the empty one.
    static RECENT: RefCell<[(String, Hash16); RECENT_NAMES]> =
        RefCell::new(std::array::from_fn(|_| (String::new(), Hash16::of(""))));
}

/// Bytes of a [`Short`].
pub(super) const SHORT_BYTES: usize = 6;

/// The first six bytes of a name's SHA-256, as a number that JSON holds exactly; zero where there is no name. It tells
/// apart the few names around one thing, and is no key of a map.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Short(u64);

impl Short {
    /// The short hash of a name.
    pub fn of(name: Option<&str>) -> Self {
        name.map_or_else(Self::default, |name| Hash16::of_recurring(name).short())
    }

    /// Whether there is a name.
    pub fn is_named(self) -> bool {
        self.0 != 0
    }

    pub(super) fn of_bytes(bytes: [u8; SHORT_BYTES]) -> Self {
        let [a, b, c, d, e, f] = bytes;
        Self(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }

    pub(super) fn bytes(self) -> [u8; SHORT_BYTES] {
        let [_, _, bytes @ ..] = self.0.to_be_bytes();
        bytes
    }
}

impl Hash16 {
    /// Its first bytes.
    pub fn short(self) -> Short {
        let [a, b, c, d, e, f, ..] = self.0;
        Short::of_bytes([a, b, c, d, e, f])
    }
}

impl fmt::Display for Hash16 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash16 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hash16({self})")
    }
}

impl Serialize for Hash16 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash16 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let bytes = text.as_bytes();
        let mut hash = [0; 16];
        if bytes.len() != 32 {
            return Err(D::Error::custom("a hash has 32 hexadecimal digits"));
        }
        for (byte, pair) in hash.iter_mut().zip(bytes.as_chunks::<2>().0) {
            let digit = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
            *byte = match (digit(pair[0]), digit(pair[1])) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err(D::Error::custom("a hash has 32 hexadecimal digits")),
            };
        }
        Ok(Self(hash))
    }
}

/// Pieces by hash, at most `LIMIT`; with one more it is *too many*, and stays so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hashed<V, const LIMIT: usize>(Option<BTreeMap<Hash16, V>>);

impl<V, const LIMIT: usize> Default for Hashed<V, LIMIT> {
    fn default() -> Self {
        Self(Some(BTreeMap::new()))
    }
}

impl<V: Absorb, const LIMIT: usize> Hashed<V, LIMIT> {
    /// The piece of this hash, made where it isn't yet; none if there are too many.
    pub fn at(&mut self, key: Hash16) -> Option<&mut V> {
        let map = self.0.as_mut()?;
        if map.len() >= LIMIT && !map.contains_key(&key) {
            self.0 = None;
            return None;
        }
        self.0.as_mut().map(|map| map.entry(key).or_default())
    }

    /// All hashes and their pieces, ascending; none if there are too many.
    pub fn all(&self) -> Option<&BTreeMap<Hash16, V>> {
        self.0.as_ref()
    }
}

impl<V: Absorb, const LIMIT: usize> Absorb for Hashed<V, LIMIT> {
    fn absorb(&mut self, later: Self) {
        let Some(later) = later.0 else {
            self.0 = None;
            return;
        };
        for (key, value) in later {
            match self.at(key) {
                Some(piece) => piece.absorb(value),
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_remembered_has_the_same_hash() {
        let names = [
            "",
            "a",
            "b",
            "aa",
            "ab",
            "ba",
            "scorer",
            "s.orer",
            "scorer",
            "é",
            "\u{1f600}",
        ];
        for _ in 0..2 {
            for name in names {
                assert_eq!(Hash16::of_recurring(name), Hash16::of(name), "{name}");
            }
        }
        for number in 0..200 {
            let name = format!("agent {}", number % 37);
            assert_eq!(Hash16::of_recurring(&name), Hash16::of(&name));
        }
    }
}
