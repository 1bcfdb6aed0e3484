//! Pieces by the sequence number of a record that others name.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::absorb::Absorb;

/// Pieces by sequence number, at most `LIMIT`; with one more it is *too many*, and stays so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered<V, const LIMIT: usize>(Option<BTreeMap<u64, V>>);

impl<V, const LIMIT: usize> Default for Numbered<V, LIMIT> {
    fn default() -> Self {
        Self(Some(BTreeMap::new()))
    }
}

impl<V: Absorb, const LIMIT: usize> Numbered<V, LIMIT> {
    /// The piece of this record, made where it isn't yet; none if there are too many.
    pub fn at(&mut self, sequence: u64) -> Option<&mut V> {
        let map = self.0.as_mut()?;
        if map.len() >= LIMIT && !map.contains_key(&sequence) {
            self.0 = None;
            return None;
        }
        self.0.as_mut().map(|map| map.entry(sequence).or_default())
    }

    /// All of them, ascending; none if there are too many.
    pub fn all(&self) -> Option<&BTreeMap<u64, V>> {
        self.0.as_ref()
    }
}

impl<V: Absorb, const LIMIT: usize> Absorb for Numbered<V, LIMIT> {
    fn absorb(&mut self, later: Self) {
        let Some(later) = later.0 else {
            self.0 = None;
            return;
        };
        for (sequence, value) in later {
            match self.at(sequence) {
                Some(piece) => piece.absorb(value),
                None => return,
            }
        }
    }
}

// As pairs: the members of an object would have to stand in the order of their texts.
impl<V: Serialize, const LIMIT: usize> Serialize for Numbered<V, LIMIT> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(map) => serializer.collect_seq(map),
            None => serializer.serialize_none(),
        }
    }
}

impl<'de, V: Deserialize<'de>, const LIMIT: usize> Deserialize<'de> for Numbered<V, LIMIT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Option::<Vec<(u64, V)>>::deserialize(deserializer)?;
        Ok(Self(pairs.map(|pairs| pairs.into_iter().collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projections::pieces::Sum;

    fn numbered(sequences: &[u64]) -> Numbered<Sum, 3> {
        let mut numbered = Numbered::default();
        for sequence in sequences {
            if let Some(sum) = numbered.at(*sequence) {
                Sum::add(sum, 1);
            }
        }
        numbered
    }

    #[test]
    fn it_does_not_matter_where_records_are_cut() {
        for all in [&[9, 10, 9, 2][..], &[1, 2, 3, 4, 1]] {
            for cut in 0..=all.len() {
                let mut left = numbered(&all[..cut]);
                left.absorb(numbered(&all[cut..]));
                assert_eq!(left, numbered(all), "{cut}");
            }
        }
        assert_eq!(numbered(&[1, 2, 3, 4]).all(), None);
    }

    #[test]
    fn it_is_written_in_the_order_of_the_numbers() {
        let some = numbered(&[10, 9, 9]);
        let text = serde_json::to_string(&some).unwrap();
        assert_eq!(text, "[[9,2],[10,1]]");
        assert_eq!(serde_json::from_str::<Numbered<_, 3>>(&text).unwrap(), some);
        let many = serde_json::to_string(&numbered(&[1, 2, 3, 4])).unwrap();
        assert_eq!(many, "null");
    }
}
