//! How fast bytes may go.

use std::{
    ops::ControlFlow,
    thread,
    time::{Duration, Instant},
};

use crate::error::BackupError;

/// The longest wait before somebody is asked whether to go on.
const NAP: Duration = Duration::from_millis(50);

/// Holds reads and writes back so that no more bytes go in a second than may.
pub(crate) struct Pace {
    /// None, if nobody holds them back.
    bytes_per_second: Option<u64>,
    begun: Instant,
    bytes: u64,
}

impl Pace {
    pub(crate) fn new(bytes_per_second: Option<u64>) -> Self {
        Self {
            bytes_per_second: bytes_per_second.filter(|rate| *rate > 0),
            begun: Instant::now(),
            bytes: 0,
        }
    }

    /// Counts bytes, and waits until they may have gone, or until `go_on` breaks it off.
    pub(crate) fn spend(
        &mut self,
        bytes: u64,
        mut go_on: impl FnMut() -> ControlFlow<()>,
    ) -> Result<(), BackupError> {
        self.bytes = self.bytes.saturating_add(bytes);
        loop {
            if go_on().is_break() {
                return Err(BackupError::BrokenOff);
            }
            let due = self.bytes_per_second.map_or(Duration::ZERO, |rate| {
                Duration::from_secs_f64(self.bytes as f64 / rate as f64)
            });
            match due.saturating_sub(self.begun.elapsed()) {
                Duration::ZERO => return Ok(()),
                left => thread::sleep(left.min(NAP)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_the_time_that_their_rate_gives_them() {
        let mut pace = Pace::new(Some(1_000_000));
        let begun = Instant::now();
        for _ in 0..10 {
            pace.spend(10_000, || ControlFlow::Continue(())).unwrap();
        }
        assert!(begun.elapsed() >= Duration::from_millis(100));
    }

    #[test]
    fn a_wait_is_broken_off() {
        let mut pace = Pace::new(Some(1));
        let mut asked = 0;
        let ended = pace.spend(1_000_000, || {
            asked += 1;
            match asked {
                1..3 => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        });
        assert!(matches!(ended, Err(BackupError::BrokenOff)));
    }
}
