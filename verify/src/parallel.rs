//! Verification with a thread for each core. A worker takes the next unit, checks it, and hands the result to the
//! judge in the order of the units; whoever is free reads, so no core waits for another one's reading.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use indelible_evidence::bundle::FileSource;
use indelible_evidence::verify::{
    Begun, Checked, Cutter, Judge, Report, Trust, Unit, VerifyError, begin, check_unit,
};

/// How many results for each worker may wait for one before them. With units of about a megabyte at most, this
/// bounds the memory.
const WAITING_MAX: usize = 4;
/// More workers than this only wait for the reading.
const WORKERS_MAX: usize = 16;

/// Verifies a bundle on all cores.
pub(crate) fn verify<S: FileSource + Send>(
    source: S,
    trust: &Trust,
) -> Result<Report, VerifyError> {
    verify_and(source, trust, |unit| (check_unit(unit), ()), |()| ())
}

/// The same, and makes something of the records in the same pass: `work` checks a unit, on any core and in any order,
/// and gives what it made of it besides; `take` gets all of that in the order of the units. A bundle that is broken
/// before its first chunk has none.
pub(crate) fn verify_and<S: FileSource + Send, M: Send>(
    source: S,
    trust: &Trust,
    work: impl Fn(Unit) -> (Checked, M) + Sync,
    take: impl FnMut(M) + Send,
) -> Result<Report, VerifyError> {
    let (cutter, judge) = match begin(source, trust)? {
        Begun::Ended(report) => return Ok(*report),
        Begun::Open { cutter, judge } => (cutter, judge),
    };
    let workers = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(WORKERS_MAX);
    let line = Line {
        cutting: Mutex::new(Cutting {
            cutter,
            next: 0,
            ended: false,
            failed: None,
        }),
        judging: Mutex::new(Judging {
            judge,
            take,
            next: 0,
            waiting: BTreeMap::new(),
            abandoned: false,
        }),
        room: Condvar::new(),
        waiting_max: WAITING_MAX * workers,
    };
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| line.work(&work));
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

struct Line<S, M, T> {
    cutting: Mutex<Cutting<S>>,
    judging: Mutex<Judging<M, T>>,
    /// Told when results were taken in.
    room: Condvar,
    waiting_max: usize,
}

struct Cutting<S> {
    cutter: Box<Cutter<S>>,
    next: u64,
    ended: bool,
    failed: Option<VerifyError>,
}

struct Judging<M, T> {
    judge: Box<Judge>,
    /// Gets what was made of the units besides.
    take: T,
    /// The unit whose result is to be taken in next.
    next: u64,
    waiting: BTreeMap<u64, (Checked, M)>,
    /// Whether a worker panicked, so that its result will never come.
    abandoned: bool,
}

impl<S: FileSource, M, T: FnMut(M)> Line<S, M, T> {
    fn work(&self, work: &impl Fn(Unit) -> (Checked, M)) {
        let _watch = Watch(self);
        while let Some((number, unit)) = self.take() {
            self.hand_over(number, work(unit));
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
    fn hand_over(&self, number: u64, checked: (Checked, M)) {
        let mut judging = locked(&self.judging);
        judging.waiting.insert(number, checked);
        while let Some((checked, made)) = {
            let next = judging.next;
            judging.waiting.remove(&next)
        } {
            judging.judge.accept(checked);
            (judging.take)(made);
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
struct Watch<'a, S, M, T>(&'a Line<S, M, T>);

impl<S, M, T> Drop for Watch<'_, S, M, T> {
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
