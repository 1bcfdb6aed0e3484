//! Counting what becomes of the records of a bundle. A bundle may be read over more than once, from its beginning each time,
//! and each record counts once.

use std::cell::Cell;

/// How far records have come for the first time.
#[derive(Debug, Default)]
pub(crate) struct FirstTime(Cell<Option<u64>>);

impl FirstTime {
    /// Whether a record comes for the first time.
    pub(crate) fn is_of(&self, sequence: u64) -> bool {
        let is_new = self.0.get().is_none_or(|last| last < sequence);
        if is_new {
            self.0.set(Some(sequence));
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_for_the_first_time_once() {
        let first_time = FirstTime::default();
        let of = |sequences: &[u64]| -> Vec<bool> {
            let sequences = sequences.iter();
            sequences
                .map(|sequence| first_time.is_of(*sequence))
                .collect()
        };
        assert_eq!(of(&[0, 3]), [true, true]);
        assert_eq!(of(&[0, 3, 4]), [false, false, true]);
    }
}
