//! What is counted of calls and drift.

use super::Performance;
use crate::projections::measure::{Measures, Unread};

impl Performance {
    /// Puts what is counted of calls and drift. What a report leaves unsaid may be either.
    pub(super) fn counts(&self, measures: &mut Measures) {
        let all = &self.all;
        let (read, unread) = (self.recorded.count(), self.not_readable.count());
        let unsaid = all.calls_unsaid.count();
        for (name, counted, recurring) in [
            ("performance.recorded", &self.recorded, &self.recurring),
            ("performance.calls", &all.calls, &self.calls_recurring),
        ] {
            measures.count(name, counted).of_family(read, unread);
            measures.recurring(name, recurring);
        }
        for (name, counted, population, once) in [
            ("performance.calls_unsaid", &all.calls_unsaid, read, unread),
            (
                "performance.errors",
                &all.errors,
                all.calls.count(),
                unread + unsaid,
            ),
            (
                "performance.drift_measured",
                &all.drift_measured,
                read,
                unread,
            ),
            (
                "performance.drift_unsaid",
                &all.drift_unsaid,
                all.drift_measured.count(),
                unread,
            ),
            (
                "performance.drift_warnings",
                &all.drift_warnings,
                all.drift_measured.count() - all.drift_unsaid.count(),
                unread + all.drift_unsaid.count(),
            ),
            (
                "performance.drift_critical",
                &all.drift_critical,
                all.drift_measured.count() - all.drift_unsaid.count(),
                unread + all.drift_unsaid.count(),
            ),
        ] {
            measures
                .count(name, counted)
                .of(population + once)
                .unread(Unread::once(once).unsaid(once - unread));
        }
    }
}
