//! How fast bytes may go.

use std::{
    ops::ControlFlow,
    thread,
    time::{Duration, Instant},
};

use crate::error::BackupError;

/// The longest wait before somebody is asked whether to go on.
const NAP: Duration = Duration::from_millis(50);

/// How long it is worked at least between two waits for others.
const TURN: Duration = Duration::from_millis(5);
/// While others have work, it is waited for so many times as long as it was worked.
const WAIT_FACTOR: u32 = 4;
/// The longest wait for others at once.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// Whether others have had work since it was asked last.
pub type Others<'a> = &'a (dyn Fn() -> bool + Sync);

/// Holds reads and writes back so that no more bytes go in a second than may, and so that others go first.
pub(crate) struct Pace<'a> {
    /// None, if nobody holds them back.
    bytes_per_second: Option<u64>,
    /// None, if nobody goes first.
    others: Option<Others<'a>>,
    begun: Instant,
    bytes: u64,
    /// Since when it is worked without a wait for others.
    turn: Instant,
}

impl<'a> Pace<'a> {
    pub(crate) fn new(bytes_per_second: Option<u64>, others: Option<Others<'a>>) -> Self {
        let now = Instant::now();
        Self {
            bytes_per_second: bytes_per_second.filter(|rate| *rate > 0),
            others,
            begun: now,
            bytes: 0,
            turn: now,
        }
    }

    /// Until when others go first; now, if they have nothing to do.
    fn let_others_go_first(&mut self) -> Instant {
        let now = Instant::now();
        let worked = now.duration_since(self.turn);
        match self.others {
            Some(others) if worked >= TURN => {
                self.turn = now;
                match others() {
                    true => now + (worked * WAIT_FACTOR).min(WAIT_MAX),
                    false => now,
                }
            }
            _ => now,
        }
    }

    /// Counts bytes, and waits until they may have gone, or until `go_on` breaks it off.
    pub(crate) fn spend(
        &mut self,
        bytes: u64,
        mut go_on: impl FnMut() -> ControlFlow<()>,
    ) -> Result<(), BackupError> {
        self.bytes = self.bytes.saturating_add(bytes);
        let others_until = self.let_others_go_first();
        let mut has_waited = false;
        loop {
            if go_on().is_break() {
                return Err(BackupError::BrokenOff);
            }
            let due = self.bytes_per_second.map_or(Duration::ZERO, |rate| {
                Duration::from_secs_f64(self.bytes as f64 / rate as f64)
            });
            let due = due.saturating_sub(self.begun.elapsed());
            match due.max(others_until.saturating_duration_since(Instant::now())) {
                Duration::ZERO => break,
                left => thread::sleep(left.min(NAP)),
            }
            has_waited = true;
        }
        if has_waited {
            self.turn = Instant::now();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn bytes_take_the_time_that_their_rate_gives_them() {
        let mut pace = Pace::new(Some(1_000_000), None);
        let begun = Instant::now();
        for _ in 0..10 {
            pace.spend(10_000, || ControlFlow::Continue(())).unwrap();
        }
        assert!(begun.elapsed() >= Duration::from_millis(100));
    }

    #[test]
    fn others_go_first_while_they_have_work() {
        let has_work = AtomicBool::new(true);
        let others = || has_work.load(Ordering::Relaxed);
        let mut pace = Pace::new(None, Some(&others));
        let mut turn = || {
            thread::sleep(TURN);
            let begun = Instant::now();
            pace.spend(1, || ControlFlow::Continue(())).unwrap();
            begun.elapsed()
        };
        assert!(turn() >= TURN * WAIT_FACTOR);
        assert!(turn() >= TURN * WAIT_FACTOR);
        has_work.store(false, Ordering::Relaxed);
        assert!(turn() < TURN * WAIT_FACTOR);
    }

    #[test]
    fn a_wait_is_broken_off() {
        let mut pace = Pace::new(Some(1), None);
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
