//! Time, chance and turns: what the engine takes from outside besides its store, in one value, so that a seed can give
//! all of it. Nothing else in the engine looks at a clock, draws random bytes or waits.

use std::{
    cell::RefCell,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use indelible_evidence::hash::Salt;
use indelible_keystore::{Entropy, SystemEntropy};
use tokio::{
    sync::oneshot,
    task::{JoinError, spawn_blocking},
};

use crate::state::wall_clock::{
    ClockMoved, ClockRule, ClockStatus, ClockUnconfirmed, Moment, WallClock,
};

/// Outputs drawn from one seed before a fresh one is asked of the source.
const DRAWS_BEFORE_RESEED: u32 = 4096;

/// Two clocks.
pub(crate) trait Clock: Send + Sync {
    /// Nanoseconds since 1970 UTC. It may go backwards.
    fn now(&self) -> u64;

    /// The time since some moment; it never goes backwards.
    fn elapsed(&self) -> Duration;

    /// The time since the machine started, in which it may have been suspended.
    fn since_boot(&self) -> Duration {
        self.elapsed()
    }
}

/// Whoever lets others go on, where all share one thread.
pub(crate) trait Turns: Send + Sync {
    /// Lets another take a step, while the caller waits for what only others can bring about.
    fn give(&self);
}

/// Where time, random bytes and turns come from. Cheap to clone.
#[derive(Clone)]
pub struct Environment(Arc<Sources>);

struct Sources {
    /// Different from that of every other environment of the process.
    number: u64,
    clock: Box<dyn Clock>,
    wall: WallClock,
    entropy: Box<dyn Entropy>,
    turns: Option<Box<dyn Turns>>,
}

static ENVIRONMENTS: AtomicU64 = AtomicU64::new(1);

impl Environment {
    /// The system's clocks, the operating system's generator, and threads for all.
    pub fn system() -> Self {
        Self::new(SystemClock(Instant::now()), SystemEntropy, None)
    }

    pub(crate) fn new(
        clock: impl Clock + 'static,
        entropy: impl Entropy + 'static,
        turns: Option<Box<dyn Turns>>,
    ) -> Self {
        Self(Arc::new(Sources {
            number: ENVIRONMENTS.fetch_add(1, Ordering::Relaxed),
            clock: Box::new(clock),
            wall: WallClock::default(),
            entropy: Box::new(entropy),
            turns,
        }))
    }

    /// Nanoseconds since 1970 UTC, as the clock on the wall has it.
    pub(crate) fn now(&self) -> u64 {
        self.0.clock.now()
    }

    /// The time since some moment; it never goes backwards.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.clock.elapsed()
    }

    /// Both clocks, now.
    pub(crate) fn moment(&self) -> Moment {
        Moment {
            wall: self.0.clock.now(),
            since_boot: self.0.clock.since_boot(),
        }
    }

    /// The time that may be recorded now. Whoever is about to make a record asks for it.
    ///
    /// # Errors
    /// If the clock is further ahead than it may be.
    pub(crate) fn confirmed_now(&self) -> Result<u64, ClockUnconfirmed> {
        self.0.wall.confirmed(self.moment())
    }

    /// A start: see [`WallClock::begin`].
    pub(crate) fn begin_clock(&self, rule: ClockRule, newest: Option<u64>, known: u64) {
        self.0.wall.begin(rule, newest, known, self.moment());
    }

    /// Notes that something is recorded with this time.
    pub(crate) fn note_recorded(&self, time: u64) {
        self.0.wall.note_recorded(time, || self.moment());
    }

    /// Takes a person's word that the clock is right, if it says about what they have seen.
    pub(crate) fn accept_clock(&self, seen: u64) -> Result<u64, ClockMoved> {
        self.0.wall.accept(seen, self.moment())
    }

    /// How the clock stands.
    pub(crate) fn clock_status(&self) -> ClockStatus {
        self.0.wall.status(self.moment())
    }

    /// What draws random bytes, for those who make keys.
    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.0.entropy
    }

    /// `N` random bytes.
    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }

    /// An id of one of the daemon's own events: 32 hexadecimal digits.
    pub(crate) fn event_id(&self) -> String {
        self.bytes::<16>()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Two fresh salts.
    pub(crate) fn salts(&self) -> (Salt, Salt) {
        let drawn = SALTS.with_borrow_mut(|source| source.draw(self));
        let (first, second) = drawn.split_at(32);
        let mut salts = ([0; 32], [0; 32]);
        salts.0.copy_from_slice(first);
        salts.1.copy_from_slice(second);
        (Salt::from_bytes(salts.0), Salt::from_bytes(salts.1))
    }

    /// Whether loops have threads of their own.
    pub(crate) fn has_threads(&self) -> bool {
        self.0.turns.is_none()
    }

    /// Lets others take a step if all share one thread. False if they have threads of their own, and the caller may
    /// block.
    pub(crate) fn give_turn(&self) -> bool {
        self.0.turns.as_ref().map(|turns| turns.give()).is_some()
    }

    /// Waits for a reply; none if whoever owed it is gone. Blocking.
    pub(crate) fn receive<T>(&self, mut receiver: oneshot::Receiver<T>) -> Option<T> {
        loop {
            match receiver.try_recv() {
                Ok(received) => return Some(received),
                Err(oneshot::error::TryRecvError::Closed) => return None,
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            if !self.give_turn() {
                return receiver.blocking_recv().ok();
            }
        }
    }

    /// Runs what blocks on a thread that may, unless all share one.
    pub(crate) async fn aside<T: Send + 'static>(
        &self,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        match self.has_threads() {
            true => spawn_blocking(run).await,
            false => Ok(run()),
        }
    }

    /// Fills `out` with random bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing may be sealed or salted then.
    #[expect(
        clippy::expect_used,
        reason = "without randomness no salt and no key is safe, and no caller can mend it"
    )]
    fn fill(&self, out: &mut [u8]) {
        self.entropy()
            .fill(out)
            .expect("the operating system gives randomness");
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Environment").field(&self.0.number).finish()
    }
}

/// The system's clocks, the second of them since a moment.
struct SystemClock(Instant);

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            // What comes after the year 2554 is no time that anybody records.
            .map_or(0, |since| {
                u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
            })
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn since_boot(&self) -> Duration {
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        #[expect(
            unsafe_code,
            reason = "the standard library has no clock that counts suspensions; the call writes one timespec, which outlives it"
        )]
        let refused = unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut time) } != 0;
        let (seconds, nanoseconds) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
        match (refused, seconds, nanoseconds) {
            (false, Ok(seconds), Ok(nanoseconds)) => Duration::new(seconds, nanoseconds),
            // No system that this runs on refuses it.
            _ => self.elapsed(),
        }
    }
}

/// A generator of salts: BLAKE3 keyed with a seed, in counter mode. Asking the kernel for each event's 64 bytes would
/// cost more than all the event's hashing. Each thread has one, so none waits for another.
struct SaltSource {
    /// The environment that the seed is from.
    of: u64,
    key: [u8; 32],
    draws: u32,
}

impl SaltSource {
    fn draw(&mut self, environment: &Environment) -> [u8; 64] {
        if self.draws == DRAWS_BEFORE_RESEED || self.of != environment.0.number {
            environment.fill(&mut self.key);
            self.of = environment.0.number;
            self.draws = 0;
        }
        let mut out = [0; 64];
        blake3::Hasher::new_keyed(&self.key)
            .update(&self.draws.to_le_bytes())
            .finalize_xof()
            .fill(&mut out);
        self.draws += 1;
        out
    }
}

thread_local! {
    static SALTS: RefCell<SaltSource> = const {
        RefCell::new(SaltSource { of: 0, key: [0; 32], draws: DRAWS_BEFORE_RESEED })
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salts_are_fresh_also_where_environments_take_turns_on_a_thread() {
        let (one, other) = (Environment::system(), Environment::system());
        let mut drawn: Vec<_> = [&one, &other, &one, &one, &other]
            .iter()
            .flat_map(|environment| <[Salt; 2]>::from(environment.salts()))
            .map(|salt| *salt.as_bytes())
            .collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 10);
    }
}
