//! Verification with a thread for each core. A worker takes the next unit, checks it, and hands the results over in the
//! order of the units; any free worker reads, so no core waits for another one's reading.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use indelible_evidence::bundle::FileSource;
use indelible_evidence::verify::{
    Begun, Checked, Cutter, Judge, Report, Scope, Trust, Unit, VerifyError, begin_within,
};

/// How many results for each worker may wait for one before them. With units of about a megabyte at most, this
/// bounds the memory.
const WAITING_MAX: usize = 4;
/// More workers than this only wait for the reading.
const WORKERS_MAX: usize = 16;

/// Verifies a bundle on all cores. `check` checks a unit and may give something besides; `gather` is given that in the
/// order of the units.
pub fn verify<S, T>(
    source: S,
    trust: &Trust,
    check: impl Fn(Unit) -> (Checked, T) + Sync,
    gather: impl FnMut(T) + Send,
) -> Result<Report, VerifyError>
where
    S: FileSource + Send,
    T: Send,
{
    verify_within(source, trust, None, check, gather)
}

/// The same, and has a scope answered beside the verdict.
pub fn verify_within<S, T>(
    source: S,
    trust: &Trust,
    scope: Option<Scope>,
    check: impl Fn(Unit) -> (Checked, T) + Sync,
    gather: impl FnMut(T) + Send,
) -> Result<Report, VerifyError>
where
    S: FileSource + Send,
    T: Send,
{
    let (cutter, judge) = match begin_within(source, trust, scope)? {
        Begun::Ended(report) => return Ok(*report),
        Begun::Open { cutter, judge } => (cutter, judge),
    };
    let workers = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(WORKERS_MAX);
    let line = Line {
        check,
        cutting: Mutex::new(Cutting {
            cutter,
            next: 0,
            ended: false,
            failed: None,
        }),
        judging: Mutex::new(Judging {
            judge,
            gather,
            next: 0,
            waiting: BTreeMap::new(),
            abandoned: false,
        }),
        room: Condvar::new(),
        waiting_max: WAITING_MAX * workers,
    };
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| line.work());
        }
    });
    let Line {
        cutting, judging, ..
    } = line;
    match cutting
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .failed
    {
        Some(error) => Err(error),
        None => Ok(judging
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .judge
            .finish()),
    }
}

struct Line<S, C, T, G> {
    check: C,
    cutting: Mutex<Cutting<S>>,
    judging: Mutex<Judging<T, G>>,
    /// Notified when results were taken in.
    room: Condvar,
    waiting_max: usize,
}

struct Cutting<S> {
    cutter: Box<Cutter<S>>,
    next: u64,
    ended: bool,
    failed: Option<VerifyError>,
}

struct Judging<T, G> {
    judge: Box<Judge>,
    gather: G,
    /// The unit whose result is to be taken in next.
    next: u64,
    waiting: BTreeMap<u64, (Checked, T)>,
    /// Whether a worker panicked, so that its result will never come.
    abandoned: bool,
}

impl<S, C, T, G> Line<S, C, T, G>
where
    S: FileSource,
    C: Fn(Unit) -> (Checked, T),
    G: FnMut(T),
{
    fn work(&self) {
        let _watch = Watch(self);
        while let Some((number, unit)) = self.take() {
            self.hand_over(number, (self.check)(unit));
        }
    }

    fn take(&self) -> Option<(u64, Unit)> {
        let mut cutting = locked(&self.cutting);
        if cutting.ended {
            return None;
        }
        match cutting.cutter.next_unit() {
            Ok(Some(unit)) => {
                let number = cutting.next;
                cutting.next += 1;
                return Some((number, unit));
            }
            Ok(None) => {}
            Err(error) => cutting.failed = Some(error),
        }
        cutting.ended = true;
        None
    }

    /// Leaves a result, and takes in all that are in turn. The one who holds the next result never waits here.
    fn hand_over(&self, number: u64, result: (Checked, T)) {
        let mut judging = locked(&self.judging);
        judging.waiting.insert(number, result);
        while let Some((checked, besides)) = {
            let next = judging.next;
            judging.waiting.remove(&next)
        } {
            judging.judge.accept(checked);
            (judging.gather)(besides);
            judging.next += 1;
        }
        self.room.notify_all();
        while judging.waiting.len() > self.waiting_max && !judging.abandoned {
            judging = self
                .room
                .wait(judging)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Lets the others go when a worker panics.
struct Watch<'a, S, C, T, G>(&'a Line<S, C, T, G>);

impl<S, C, T, G> Drop for Watch<'_, S, C, T, G> {
    fn drop(&mut self) {
        if thread::panicking() {
            locked(&self.0.judging).abandoned = true;
            self.0.room.notify_all();
        }
    }
}

/// A panic of another worker is passed on when the scope ends; until then its lock may be taken.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
