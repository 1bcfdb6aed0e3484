//! How fast a work goes: over the last seconds, and over all of it as long as it is young.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Over how long.
const WINDOW: Duration = Duration::from_secs(10);
/// How often it is looked at.
const SAMPLE_EVERY: Duration = Duration::from_millis(500);
/// Below this, a rate is chance.
const SPAN_MIN: Duration = Duration::from_millis(900);

#[derive(Clone, Copy)]
struct Sample {
    at: Instant,
    done: u64,
    /// Bytes of the input, where they are counted.
    read: Option<u64>,
}

/// What was done when.
pub(super) struct Rate {
    samples: VecDeque<Sample>,
    newest: Sample,
}

impl Rate {
    /// Begins with nothing done.
    pub(super) fn since(at: Instant) -> Self {
        let newest = Sample {
            at,
            done: 0,
            read: Some(0),
        };
        Self {
            samples: VecDeque::from([newest]),
            newest,
        }
    }

    /// Takes in how far the work has come.
    pub(super) fn see(&mut self, at: Instant, done: u64, read: Option<u64>) {
        self.newest = Sample { at, done, read };
        let is_due = |last: &Sample| at - last.at >= SAMPLE_EVERY;
        if self.samples.back().is_none_or(is_due) {
            self.samples.push_back(self.newest);
        }
        // One that is older than the window stays, so that there is always a whole one.
        while self.samples.len() > 2 && at - self.samples[1].at >= WINDOW {
            self.samples.pop_front();
        }
    }

    fn over(&self, of: impl Fn(&Sample) -> Option<u64>) -> Option<f64> {
        let oldest = self.samples.front()?;
        let span = self.newest.at - oldest.at;
        let done = of(&self.newest)?.saturating_sub(of(oldest)?);
        (span >= SPAN_MIN).then(|| done as f64 / span.as_secs_f64())
    }

    /// What is done in a second; nothing before that can be told.
    pub(super) fn per_second(&self) -> Option<f64> {
        self.over(|sample| Some(sample.done))
    }

    /// How long the rest takes at this rate, rounded up: the rest of the work, or of the input's bytes.
    pub(super) fn seconds_left(&self, rest: u64, of_input: bool) -> Option<u64> {
        let rate = if of_input {
            self.over(|sample| sample.read)?
        } else {
            self.per_second()?
        };
        (rate > 0.0).then(|| (rest as f64 / rate).ceil() as u64)
    }
}
