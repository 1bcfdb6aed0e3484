//! When the next backup is due, and what is wrong if there is none.

use std::time::Duration;

use super::{catalogue::Known, known::Backups};

/// Nanoseconds of a second and of a day.
const SECOND_NS: u64 = 1_000_000_000;
const DAY_NS: u64 = 86_400 * SECOND_NS;

/// When backups are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// Nanoseconds between two backups.
    every_ns: u64,
    /// At which time of each day, UTC, nanoseconds since its beginning; none if the time since the last one decides.
    at_ns: Option<u64>,
}

impl Schedule {
    /// The one that is configured, if one is.
    pub(crate) fn of(backups: &Backups) -> Option<Self> {
        let configured = backups.configured()?;
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Some(Self {
            every_ns: nanoseconds(configured.every?),
            at_ns: configured.at.map(nanoseconds),
        })
    }

    /// Whether a backup is due at `now`, after the newest one, or the first of all.
    pub(crate) fn is_due(&self, newest: Option<&Known>, now_ns: u64) -> bool {
        match (newest, self.at_ns) {
            (None, _) => true,
            (Some(newest), None) => now_ns >= newest.made_ns.saturating_add(self.every_ns),
            // Not since that time came last.
            (Some(newest), Some(at)) => {
                let days = now_ns.saturating_sub(at) / DAY_NS;
                newest.made_ns < days * DAY_NS + at && now_ns >= at
            }
        }
    }

    /// For how many seconds there should have been a backup, if there was none for twice as long as there may be none;
    /// counted from `since`, when the daemon began, where none was ever made.
    pub(crate) fn late_seconds(
        &self,
        newest: Option<&Known>,
        since_ns: u64,
        now_ns: u64,
    ) -> Option<u64> {
        let last = newest.map_or(since_ns, |newest| newest.made_ns);
        let without = now_ns.saturating_sub(last);
        (without > self.every_ns.saturating_mul(2))
            .then(|| without.saturating_sub(self.every_ns) / SECOND_NS)
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Standing;
    use super::*;

    fn made_at(made_ns: u64) -> Known {
        Known {
            id: "20261129T174500.042Z-1f0c9a3b".parse().unwrap(),
            target: "disk".into(),
            directory: "/backups".into(),
            standing: Standing::Made,
            made_ns,
            total_bytes: 0,
            copied_bytes: Some(0),
            encrypted_to: Vec::new(),
            ledgers: None,
            archive_files: 0,
            manifest: None,
            verified_ns: 0,
            foreign_more: 0,
        }
    }

    #[test]
    fn one_is_due_at_once_and_then_in_its_time() {
        let schedule = Schedule {
            every_ns: 100,
            at_ns: None,
        };
        assert!(schedule.is_due(None, 0));
        assert!(!schedule.is_due(Some(&made_at(50)), 149));
        assert!(schedule.is_due(Some(&made_at(50)), 150));
        // A clock that went back makes none.
        assert!(!schedule.is_due(Some(&made_at(500)), 150));
    }

    #[test]
    fn at_a_time_of_the_day_one_is_due_once_a_day_however_late_the_last_one_was() {
        let hour = 3_600 * SECOND_NS;
        let schedule = Schedule {
            every_ns: DAY_NS,
            at_ns: Some(2 * hour),
        };
        let day = 20_000 * DAY_NS;
        let is_due = |made: u64, now: u64| schedule.is_due(Some(&made_at(made)), now);
        assert!(schedule.is_due(None, day));
        // Made at two, at ten, and the day before; at one o'clock, at two, and at ten.
        for (made, due) in [
            (day - 22 * hour, [false, true, true]),
            (day - 14 * hour, [false, true, true]),
            (day + 2 * hour, [false, false, false]),
            (day - 23 * hour, [true, true, true]),
        ] {
            let found = [1, 2, 10].map(|at| is_due(made, day + at * hour));
            assert_eq!(found, due, "{made}");
        }
        // A clock that went back makes none.
        assert!(!is_due(day + 30 * hour, day + 10 * hour));
    }

    #[test]
    fn it_is_late_after_twice_its_time() {
        let second = SECOND_NS;
        let schedule = Schedule {
            every_ns: 100 * second,
            at_ns: None,
        };
        let newest = made_at(1_000 * second);
        let late = |now| schedule.late_seconds(Some(&newest), 0, now * second);
        assert_eq!(late(1_200), None);
        assert_eq!(late(1_201), Some(101));
        assert_eq!(schedule.late_seconds(None, 0, 201 * second), Some(101));
    }
}
