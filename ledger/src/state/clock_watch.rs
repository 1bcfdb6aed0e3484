//! Watching the clock: what the log says of steps, and of a clock that is behind what is recorded or not confirmed.

use std::time::Duration;

use tracing::{error, info, warn};

use crate::state::{
    bell::Stop,
    environment::Environment,
    limits::{CLOCK_STEP_TOLD, WATCH_INTERVAL},
    steps::{Next, Steps},
};

/// The loop that watches the clock.
pub(crate) struct ClockWatch {
    environment: Environment,
    stop: Stop,
    /// What the wall clock would have said when the machine started, at the last look.
    offset: u64,
    is_behind: bool,
    is_unconfirmed: bool,
}

impl ClockWatch {
    pub(crate) fn new(environment: Environment, stop: Stop) -> Self {
        let offset = environment.moment().offset();
        Self {
            environment,
            stop,
            offset,
            is_behind: false,
            is_unconfirmed: false,
        }
    }

    fn steps_of_the_clock(&mut self) {
        let offset = self.environment.moment().offset();
        let step = Duration::from_nanos(offset.abs_diff(self.offset));
        if step > CLOCK_STEP_TOLD {
            let direction = if offset > self.offset {
                "ahead"
            } else {
                "back"
            };
            warn!(seconds = step.as_secs_f64(), direction, "the clock was set");
        }
        self.offset = offset;
    }

    fn state_of_the_clock(&mut self) {
        let status = self.environment.clock_status();
        match (status.behind, self.is_behind) {
            (Some(behind), false) => warn!(
                seconds = behind.as_secs_f64(),
                "the clock is behind the newest recorded time: what is recorded gets that time until the clock has caught up"
            ),
            (None, true) => info!("the clock is not behind the newest recorded time any more"),
            _ => {}
        }
        self.is_behind = status.behind.is_some();
        match (self.environment.confirmed_now(), self.is_unconfirmed) {
            (Err(why), false) => error!(%why, "the clock is not believed: nothing is recorded"),
            (Ok(_), true) => info!("the clock is believed again"),
            _ => {}
        }
        self.is_unconfirmed = status.unconfirmed;
    }
}

impl Steps for ClockWatch {
    fn step(&mut self) -> Next {
        if self.stop.is_set() {
            return Next::Ended;
        }
        self.steps_of_the_clock();
        self.state_of_the_clock();
        Next::PausesUntil(self.environment.elapsed() + WATCH_INTERVAL)
    }
}
