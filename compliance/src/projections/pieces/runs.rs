//! Which records are of a kind, where these mostly stand together.

use serde::{Deserialize, Serialize};

use super::absorb::Absorb;

/// Runs of one piece.
const RUNS_MAX: usize = 1 << 17;

/// Runs of sequence numbers, ascending: the first of each, and how many follow one another. With more than [`RUNS_MAX`]
/// it is *too many*, and stays so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Runs(Option<Vec<(u64, u64)>>);

impl Default for Runs {
    fn default() -> Self {
        Self(Some(Vec::new()))
    }
}

impl Runs {
    /// Takes in the sequence number of the next record of the kind.
    pub fn see(&mut self, sequence: u64) {
        self.push((sequence, 1));
    }

    fn push(&mut self, (first, length): (u64, u64)) {
        let Some(runs) = &mut self.0 else { return };
        let is_full = runs.len() >= RUNS_MAX;
        match runs.last_mut() {
            Some((before, long)) if *before + *long == first => *long += length,
            _ if is_full => self.0 = None,
            _ => runs.push((first, length)),
        }
    }

    /// How many records of these spans are of the kind; none if the runs are too many. The spans ascend, hold their last
    /// number, and don't overlap.
    pub fn within(&self, spans: &[(u64, u64)]) -> Option<u64> {
        let runs = self.0.as_ref()?;
        let mut count = 0;
        let mut at = 0;
        for (first, last) in spans {
            while runs
                .get(at)
                .is_some_and(|(begin, long)| begin + long <= *first)
            {
                at += 1;
            }
            let reached = runs[at..].iter().take_while(|(begin, _)| begin <= last);
            for (begin, long) in reached {
                let (from, to) = ((*begin).max(*first), (begin + long - 1).min(*last));
                count += to - from + 1;
            }
        }
        Some(count)
    }
}

impl Absorb for Runs {
    fn absorb(&mut self, later: Self) {
        let Some(runs) = later.0 else {
            self.0 = None;
            return;
        };
        runs.into_iter().for_each(|run| self.push(run));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(sequences: &[u64]) -> Runs {
        let mut runs = Runs::default();
        sequences.iter().for_each(|sequence| runs.see(*sequence));
        runs
    }

    #[test]
    fn records_of_the_kind_are_counted_within_spans() {
        let all = [0, 1, 2, 5, 9, 10];
        let whole = runs(&all);
        assert_eq!(whole, Runs(Some(vec![(0, 3), (5, 1), (9, 2)])));
        for first in 0..12 {
            for last in first..12 {
                let wanted = all.iter().filter(|at| (first..=last).contains(*at)).count() as u64;
                assert_eq!(
                    whole.within(&[(first, last)]),
                    Some(wanted),
                    "{first} to {last}"
                );
            }
        }
        assert_eq!(whole.within(&[(1, 1), (2, 5), (10, 20)]), Some(4));
        assert_eq!(whole.within(&[]), Some(0));
    }

    #[test]
    fn it_does_not_matter_where_records_are_cut() {
        let all = [0, 1, 2, 5, 9, 10];
        for cut in 0..=all.len() {
            let mut left = runs(&all[..cut]);
            left.absorb(runs(&all[cut..]));
            assert_eq!(left, runs(&all));
        }
        let apart: Vec<u64> = (0..=RUNS_MAX as u64).map(|at| 2 * at).collect();
        assert_eq!(runs(&apart).within(&[]), None);
        let mut left = runs(&apart[..10]);
        left.absorb(runs(&apart[10..]));
        assert_eq!(left, runs(&apart));
    }
}
