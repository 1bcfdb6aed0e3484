//! Some records that a rule touches.

/// Some records, and what of them is touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// How many.
    pub records: u64,
    /// Bytes of their bodies and payloads that the rule is about, as they are stored.
    pub bytes: u64,
    /// The first and the last of them.
    pub ends: Option<(u64, u64)>,
    /// The least and the greatest time from which their age counts, nanoseconds since 1970 UTC.
    pub times: Option<(u64, u64)>,
}

impl Touched {
    pub(super) fn see(&mut self, sequence: u64, bytes: u64, time: u64) {
        self.records += 1;
        self.bytes += bytes;
        let first = self.ends.map_or(sequence, |(first, _)| first);
        self.ends = Some((first, sequence));
        let (oldest, newest) = self.times.unwrap_or((time, time));
        self.times = Some((oldest.min(time), newest.max(time)));
    }

    /// Takes in others.
    pub(super) fn take_in(&mut self, others: &Self) {
        self.records += others.records;
        self.bytes += others.bytes;
        let both = |a: Option<(u64, u64)>, b: Option<(u64, u64)>| match (a, b) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        self.ends = both(self.ends, others.ends);
        self.times = both(self.times, others.times);
    }
}
