//! How long things took, from one record to the other: percentiles, and the longest with its record.

use crate::projections::{
    measure::{Measures, TOO_MANY, Unread},
    pieces::Histogram,
};

/// See the module. It is made when a state is asked, and is not part of it.
#[derive(Default)]
pub(super) struct Waits {
    longest: Option<(u64, u64)>,
    spread: Histogram,
}

impl Waits {
    /// Something took so many nanoseconds, and the record of this sequence number ended it.
    pub(super) fn see(&mut self, took: u64, sequence: u64) {
        self.spread.see(took);
        // The first of the longest.
        if self.longest.is_none_or(|(longest, at)| {
            (took, std::cmp::Reverse(sequence)) > (longest, std::cmp::Reverse(at))
        }) {
            self.longest = Some((took, sequence));
        }
    }

    /// Puts the measures `name_p50`, `name_p95` and `name_longest`; without one that took any time, for the reason
    /// `nothing`. Each of those in `unread` that may count once may have taken any time.
    pub(super) fn measures(
        &self,
        name: &str,
        nothing: &str,
        unread: Unread,
        measures: &mut Measures,
    ) {
        let population = self.spread.count() + unread.once;
        for (rank, thousandths) in [("p50", 500), ("p95", 950)] {
            let span = self.spread.percentile(thousandths);
            measures
                .span(&format!("{name}_{rank}"), span, &[], nothing)
                .of(population)
                .unread(unread);
        }
        let at: Vec<u64> = self.longest.iter().map(|(_, at)| *at).collect();
        let longest = self.longest.map(|(longest, _)| longest);
        measures
            .span(&format!("{name}_longest"), longest, &at, nothing)
            .of(population)
            .unread(unread);
    }

    /// Puts the same measures where too many names keep them from being known.
    pub(super) fn unknown(name: &str, measures: &mut Measures) {
        Self::default().measures(name, TOO_MANY, Unread::default(), measures);
    }
}
