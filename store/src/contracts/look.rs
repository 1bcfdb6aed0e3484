//! Reading a store through, part by part.

/// How far a look through a store got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookPlace {
    /// The part of the store, by its number.
    pub(crate) part: usize,
    /// The first key of it that was not read.
    pub(crate) key: Vec<u8>,
}

impl LookPlace {
    /// The beginning of the part behind this place, for whoever could not read on in this one.
    #[must_use]
    pub fn next_part(from: Option<&Self>) -> Self {
        Self {
            part: from.map_or(0, |place| place.part) + 1,
            key: Vec::new(),
        }
    }
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Bytes of keys and values.
    pub bytes: u64,
    /// Where the next look begins; nothing if all was read.
    pub place: Option<LookPlace>,
}
