//! How much the tests do. In `make test` each meets every kind of fault at least once; `make test-long` has the counts
//! that find what happens once in many times.

use std::{env, time::Duration};

/// What chooses: `short`, which is the default, or `long`.
const VARIABLE: &str = "INDELIBLE_TEST_TIER";

/// How often a test does what it is about.
pub(crate) struct Counts {
    /// Kills of the daemon under load.
    pub(crate) kills: u64,
    /// Power cuts under load.
    pub(crate) power_cuts: u64,
    /// Kills of the daemon, or of the command, while a backup is made under load.
    pub(crate) kills_of_backups: u64,
    /// Kills while all projections are made anew.
    pub(crate) kills_of_projections: u64,
    /// Every so many of these kills, a data subject is being erased, too.
    pub(crate) erasure_every: u64,
    /// Data subjects, of whom every other one is erased.
    pub(crate) subjects: usize,
    /// Kills while data keys move to another KEK.
    pub(crate) kills_of_rewraps: u64,
    /// Of the changes of files while copies of data keys are made, every so many is met by a kill.
    pub(crate) copy_changes_step: usize,
    /// Kills while a key is revoked.
    pub(crate) kills_of_revocations: u64,
    /// Kills at a change of a file, without load, for each operation on keys.
    pub(crate) kills_at_changes: u64,
    /// The same under load.
    pub(crate) kills_at_changes_under_load: u64,
    /// Stops under load.
    pub(crate) stops: u64,
    /// Stops under clients that send as fast as they can.
    pub(crate) floods: u64,
    /// Append streams that are cut.
    pub(crate) cut_streams: u64,
    /// Calls of one kind that a hostile client begins on one connection.
    pub(crate) stalled_calls: usize,
    /// How often a volume is filled up and emptied again.
    pub(crate) full_volumes: u64,
    /// Calls with something that is not a token.
    pub(crate) token_calls: u64,
    /// Honest connections with streams.
    pub(crate) connections: usize,
    /// Refusals of one call about somebody else's ledger, and as many about an absent one.
    pub(crate) refusals: usize,
    /// Limits on open files under which connections are opened without end.
    pub(crate) open_files: &'static [u64],
    /// Of the calls of one kind, the ones that fail: from the first to this one, or a few of these.
    failing: (u64, usize),
    /// How long everything is done at once.
    pub(crate) mixed_load: Duration,
    /// Whether these are the counts that find what happens once in many times.
    pub(crate) is_long: bool,
}

impl Counts {
    /// Which call of a kind fails: every one, or ever fewer of them.
    pub(crate) fn failing_calls(&self) -> impl Iterator<Item = u64> {
        let (last, step) = self.failing;
        (first_failing().unwrap_or(1)..=last).step_by(step)
    }
}

const SHORT: Counts = Counts {
    kills: 20,
    power_cuts: 12,
    kills_of_backups: 4,
    kills_of_projections: 16,
    erasure_every: 5,
    subjects: 120,
    kills_of_rewraps: 4,
    copy_changes_step: 7,
    kills_of_revocations: 4,
    kills_at_changes: 28,
    kills_at_changes_under_load: 2,
    stops: 4,
    floods: 3,
    cut_streams: 20,
    stalled_calls: 100,
    full_volumes: 2,
    token_calls: 2_000,
    connections: 100,
    refusals: 300,
    open_files: &[1_024],
    failing: (40, 13),
    mixed_load: Duration::from_secs(12),
    is_long: false,
};

const LONG: Counts = Counts {
    kills: 200,
    power_cuts: 100,
    kills_of_backups: 200,
    kills_of_projections: 100,
    erasure_every: 33,
    subjects: 1_000,
    kills_of_rewraps: 50,
    copy_changes_step: 1,
    kills_of_revocations: 50,
    kills_at_changes: 60,
    kills_at_changes_under_load: 20,
    stops: 50,
    floods: 30,
    cut_streams: 100,
    stalled_calls: 1_000,
    full_volumes: 20,
    token_calls: 200_000,
    connections: 500,
    refusals: 10_000,
    open_files: &[256, 1_024, 4_096, 65_536],
    failing: (200, 1),
    mixed_load: Duration::from_secs(30 * 60),
    is_long: true,
};

/// Which call fails first, to go on with a campaign that was broken off.
fn first_failing() -> Option<u64> {
    env::var("INDELIBLE_TEST_FIRST_FAILING").ok()?.parse().ok()
}

/// The counts of this run.
pub(crate) fn counts() -> &'static Counts {
    match env::var(VARIABLE).as_deref() {
        Err(env::VarError::NotPresent) | Ok("short") => &SHORT,
        Ok("long") => &LONG,
        other => panic!("{VARIABLE} is {other:?}, which is neither short nor long"),
    }
}

/// Prints what a test came to, in the form that `scripts/test-long` looks for.
pub(crate) fn report(figures: std::fmt::Arguments<'_>) {
    eprintln!("campaign: {figures}");
}
