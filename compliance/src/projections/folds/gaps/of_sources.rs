//! What the numbers and times of producers show.

use super::Gaps;
use crate::projections::{
    folds::numbers::Numbers,
    measure::{Gathered, Measures, Unread},
    pieces::Counted,
};

impl Gaps {
    /// Puts what the numbers of producers show. An event that can't be read may have any producer's next number, which
    /// is counted as not decidable; or break their order once. What is counted without it stays: an event between two
    /// numbers can have one of those that are missing there, and none can put in order what is not.
    pub(super) fn of_numbers(&self, measures: &mut Measures) {
        // The number of an event that says none may be any, as that of an event that can't be read.
        let lost = self.sum(|source| source.numbers.lost).unwrap_or_default();
        let closed = self.closed.value() + lost;
        // A number can be missing, given twice or lower only beside another of its producer.
        let pairs = self.pairs(|source| source.numbers.numbered);
        let not_decidable = self.sum(|source| source.numbers.not_decidable);
        let (jumps, repeated, backward) = (
            self.gathered(|source| &source.numbers.jumps),
            self.gathered(|source| &source.numbers.repeated),
            self.gathered(|source| &source.numbers.backward),
        );
        let undecided = self.gathered(|source| &source.numbers.jumps_not_decidable);
        let explained = undecided.as_ref().map_or(0, Gathered::count);
        for (name, gathered, unread) in [
            ("gaps.jumps", jumps, Unread::once(closed + explained)),
            // One that lies between two that are the same takes them apart.
            (
                "gaps.numbers_repeated",
                repeated,
                Unread::once(closed).over(closed),
            ),
            ("gaps.numbers_backward", backward, Unread::once(closed)),
            (
                "gaps.jumps_not_decidable",
                undecided,
                Unread::once(closed).over(closed),
            ),
        ] {
            measures
                .gathered(name, gathered)
                .of(pairs + closed)
                .unread(unread.of_events(closed));
        }
        // It may be the one that shows how many are missing.
        let may_show = Unread::default().more(closed);
        measures
            .number(
                "gaps.numbers_skipped",
                self.sum(|source| source.numbers.skipped),
            )
            .of(pairs + closed)
            .unread(may_show);
        let faults = self.sum(|source| source.numbers.faults());
        let places = self.sources.all().map(|all| {
            let numbers = all.map(|(_, source)| &source.numbers);
            let places = numbers.flat_map(Numbers::places).flat_map(Counted::records);
            places.copied().collect()
        });
        measures
            .number("gaps.number_faults", faults)
            .shown_by(places.unwrap_or_default())
            .of(pairs + closed)
            .unread(may_show);
        measures
            .number("gaps.numbers_not_decidable", not_decidable)
            .of_family(pairs, closed);
        let numbered = self.sources.all().map_or(0, |all| {
            all.filter(|(_, source)| source.numbers.first().is_some())
                .count() as u64
        });
        // One that can't be read may have an earlier number, or be the first of another producer.
        measures
            .names("gaps.sources_beginning_late", &self.sources, |source| {
                source.numbers.first().is_some_and(|first| first > 1)
            })
            .of(numbered + closed)
            .unread(Unread::once(closed).over(closed).of_events(closed));
    }

    /// Puts what the times of producers show, and how long they were silent.
    pub(super) fn of_times(&self, read: u64, measures: &mut Measures) {
        let closed = self.closed.value();
        let times = self.sum(|source| source.clock.times);
        let pairs = self.pairs(|source| source.clock.times);
        measures
            .gathered(
                "gaps.times_backward",
                self.gathered(|source| &source.clock.backward),
            )
            .of_family(pairs, closed);
        measures
            .gathered(
                "gaps.times_unreadable",
                self.gathered(|source| &source.clock.not_a_time),
            )
            .of_family(read, closed);
        let longest = self.sources.all().and_then(|all| {
            all.filter_map(|(_, source)| source.timeline.silence())
                .max_by_key(|silence| (silence.length, std::cmp::Reverse(silence.ended_by)))
        });
        let records: Vec<u64> = longest.iter().map(|silence| silence.ended_by).collect();
        let length = longest.map(|silence| silence.length.0);
        // An event that can't be read may only break a silence, but in any source.
        measures
            .span(
                "gaps.longest_silence",
                length,
                &records,
                "no source was heard twice",
            )
            .of_family(read, closed);
        let distance = self.sources.all().and_then(|all| {
            all.filter_map(|(_, source)| source.clock.greatest_distance.span())
                .max()
        });
        measures
            .span(
                "gaps.greatest_clock_distance",
                distance,
                &[],
                "no event has a time of its own",
            )
            .of_family(times.unwrap_or_default(), closed);
        measures.span(
            "gaps.imported_clock_distance",
            self.imported_distance.span(),
            &[],
            "no imported event has a time of its own",
        );
    }
}
