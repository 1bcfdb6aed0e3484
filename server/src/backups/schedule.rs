//! When the next backup is due, and what is wrong if there is none.

use super::known::{Backups, Known};

/// Nanoseconds of a second.
const SECOND_NS: u64 = 1_000_000_000;

/// When backups are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// Nanoseconds between two backups.
    every_ns: u64,
}

impl Schedule {
    /// The one that is configured, if one is.
    pub(crate) fn of(backups: &Backups) -> Option<Self> {
        let every = backups.configured()?.every?;
        Some(Self {
            every_ns: u64::try_from(every.as_nanos()).unwrap_or(u64::MAX),
        })
    }

    /// Whether a backup is due at `now`, after the newest one, or the first of all.
    pub(crate) fn is_due(&self, newest: Option<&Known>, now_ns: u64) -> bool {
        match newest {
            None => true,
            Some(newest) => now_ns >= newest.made_ns.saturating_add(self.every_ns),
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
    use super::super::known::Standing;
    use super::*;

    fn made_at(made_ns: u64) -> Known {
        Known {
            id: "20261129T174500.042Z-1f0c9a3b".parse().unwrap(),
            target: "disk".into(),
            directory: "/backups".into(),
            standing: Standing::Made,
            made_ns,
            total_bytes: 0,
            copied_bytes: 0,
            encrypted_to: Vec::new(),
            ledgers: None,
        }
    }

    #[test]
    fn one_is_due_at_once_and_then_in_its_time() {
        let schedule = Schedule { every_ns: 100 };
        assert!(schedule.is_due(None, 0));
        assert!(!schedule.is_due(Some(&made_at(50)), 149));
        assert!(schedule.is_due(Some(&made_at(50)), 150));
        // A clock that went back makes none.
        assert!(!schedule.is_due(Some(&made_at(500)), 150));
    }

    #[test]
    fn it_is_late_after_twice_its_time() {
        let second = SECOND_NS;
        let schedule = Schedule {
            every_ns: 100 * second,
        };
        let newest = made_at(1_000 * second);
        let late = |now| schedule.late_seconds(Some(&newest), 0, now * second);
        assert_eq!(late(1_200), None);
        assert_eq!(late(1_201), Some(101));
        assert_eq!(schedule.late_seconds(None, 0, 201 * second), Some(101));
    }
}
