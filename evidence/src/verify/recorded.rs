//! When the records of a bundle were recorded, and whether that can be so.

/// When the records were recorded, by the operator's clock, in nanoseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The least recorded time.
    pub first: u64,
    /// The greatest.
    pub last: u64,
    /// Those that were recorded after the checkpoint over them was signed, if any were.
    pub after_checkpoint: Option<AfterCheckpoint>,
}

/// Records whose recorded time is later than the signed time of the checkpoint over them. Since a checkpoint is signed
/// after its records, one of the two clocks was wrong: no recorded time from the first of them on is the time at which
/// anything happened, and recorded times never decrease, so every later record has at least that time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AfterCheckpoint {
    /// How many there are.
    pub records: u64,
    /// The sequence number of the first of them.
    pub first: u64,
}

impl Recorded {
    /// Takes in a record's time; `signed` is that of the checkpoint's own timestamped line, in seconds, which are whole:
    /// a record of the same second is not after it.
    pub(super) fn see(seen: &mut Option<Self>, sequence: u64, time: u64, signed: Option<u64>) {
        let seen = seen.get_or_insert(Self {
            first: time,
            last: time,
            after_checkpoint: None,
        });
        (seen.first, seen.last) = (seen.first.min(time), seen.last.max(time));
        if signed.is_some_and(|signed| time / 1_000_000_000 > signed) {
            let after = seen.after_checkpoint.get_or_insert(AfterCheckpoint {
                records: 0,
                first: sequence,
            });
            after.records += 1;
        }
    }
}
