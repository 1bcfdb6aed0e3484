//! When each of very many names was first seen, and who stood behind it, by the hash of the name.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{
    absorb::Absorb,
    hashed::{Hash16, SHORT_BYTES, Short},
};

/// Hashes, when each was first seen and who stood behind it then, at most `LIMIT`; with one more it is *too many*, and
/// stays so. It is made for a million of them: in a state it is one text, the ascending hashes in Base64, each with its
/// record, the record's time in nanoseconds since 1970 UTC and two short hashes of names, big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstTimes<const LIMIT: usize>(Option<Times>);

/// Where and when something was first seen, and the names that stood behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct First {
    /// The sequence number of the record, by which first is first: records may have one time.
    pub sequence: u64,
    /// Nanoseconds since 1970 UTC.
    pub time: u64,
    /// The names.
    pub who: [Short; 2],
}

type Times = HashMap<Hash16, First, BuildHasherDefault<FirstBytes>>;

const SEQUENCE_END: usize = 16 + 8;
const TIME_END: usize = SEQUENCE_END + 8;
const WHO_END: usize = TIME_END + SHORT_BYTES;
/// Bytes of a hash, its record, the time of that and two short hashes.
const ENTRY_BYTES: usize = WHO_END + SHORT_BYTES;

/// A hash is spread evenly already.
#[derive(Clone, Debug, Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn write_usize(&mut self, _: usize) {}
}

impl<const LIMIT: usize> Default for FirstTimes<LIMIT> {
    fn default() -> Self {
        Self(Some(Times::default()))
    }
}

impl<const LIMIT: usize> FirstTimes<LIMIT> {
    /// Sees a hash at a time.
    pub fn see(&mut self, hash: Hash16, first: First) {
        if let Some(times) = &mut self.0 {
            see(times, hash, first);
            if times.len() > LIMIT {
                self.0 = None;
            }
        }
    }

    /// All of them, in no order; none if there are too many.
    pub fn all(&self) -> Option<impl Iterator<Item = (&Hash16, &First)>> {
        self.0.as_ref().map(HashMap::iter)
    }

    /// When the hash was first seen, if it was; none if there are too many.
    pub fn of(&self, hash: &Hash16) -> Option<Option<First>> {
        self.0.as_ref().map(|times| times.get(hash).copied())
    }
}

/// The earliest stays, so that the order does not matter.
fn see(times: &mut Times, hash: Hash16, seen: First) {
    let first = times.entry(hash).or_insert(seen);
    *first = seen.min(*first);
}

impl<const LIMIT: usize> Absorb for FirstTimes<LIMIT> {
    fn absorb(&mut self, later: Self) {
        match (&mut self.0, later.0) {
            (Some(times), Some(mut later)) => {
                if times.len() < later.len() {
                    std::mem::swap(times, &mut later);
                }
                for (hash, first) in later {
                    see(times, hash, first);
                }
                if times.len() > LIMIT {
                    self.0 = None;
                }
            }
            _ => self.0 = None,
        }
    }
}

impl<const LIMIT: usize> Serialize for FirstTimes<LIMIT> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(times) = &self.0 else {
            return serializer.serialize_none();
        };
        let entry = |(hash, first): (&Hash16, &First)| {
            let mut entry = [0; ENTRY_BYTES];
            entry[..16].copy_from_slice(&hash.0);
            entry[16..SEQUENCE_END].copy_from_slice(&first.sequence.to_be_bytes());
            entry[SEQUENCE_END..TIME_END].copy_from_slice(&first.time.to_be_bytes());
            entry[TIME_END..WHO_END].copy_from_slice(&first.who[0].bytes());
            entry[WHO_END..].copy_from_slice(&first.who[1].bytes());
            entry
        };
        let mut sorted: Vec<[u8; ENTRY_BYTES]> = times.iter().map(entry).collect();
        sorted.sort_unstable();
        serializer.serialize_str(&STANDARD_NO_PAD.encode(sorted.as_flattened()))
    }
}

impl<'de, const LIMIT: usize> Deserialize<'de> for FirstTimes<LIMIT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(text) = Option::<std::borrow::Cow<'_, str>>::deserialize(deserializer)? else {
            return Ok(Self(None));
        };
        let bytes = STANDARD_NO_PAD
            .decode(text.as_bytes())
            .map_err(D::Error::custom)?;
        let (entries, rest) = bytes.as_chunks::<ENTRY_BYTES>();
        if !rest.is_empty() {
            return Err(D::Error::custom(
                "a list of first times must have 44 bytes for each entry: a hash, its record, the time and two names",
            ));
        }
        let times = entries.iter().filter_map(|entry| {
            let (hash, rest) = entry.split_first_chunk::<16>()?;
            let (sequence, rest) = rest.split_first_chunk::<8>()?;
            let (time, rest) = rest.split_first_chunk::<8>()?;
            let (agent, rest) = rest.split_first_chunk::<SHORT_BYTES>()?;
            let actor = rest.first_chunk::<SHORT_BYTES>()?;
            let who = [Short::of_bytes(*agent), Short::of_bytes(*actor)];
            let first = First {
                sequence: u64::from_be_bytes(*sequence),
                time: u64::from_be_bytes(*time),
                who,
            };
            Some((Hash16(*hash), first))
        });
        Ok(Self(Some(times.collect())))
    }
}
