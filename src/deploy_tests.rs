//! What `deploy/` says is so: the unit starts the daemon and gives it time to drain.

use clap::Parser as _;
use indelible_server::limits::DRAIN_SECONDS_MAX;

use crate::cli::Cli;

const UNIT: &str = include_str!("../deploy/indelible.service");

/// The values of a key of the unit.
fn unit(key: &str) -> Vec<&'static str> {
    UNIT.lines()
        .filter_map(|line| line.strip_prefix(key)?.strip_prefix('='))
        .collect()
}

#[test]
fn the_unit_starts_the_daemon_and_lets_it_drain() {
    let [start] = unit("ExecStart")[..] else {
        panic!("one command is started")
    };
    Cli::try_parse_from(start.split(' ')).unwrap();
    let [seconds] = unit("TimeoutStopSec")[..] else {
        panic!("one time to stop")
    };
    assert!(seconds.parse::<u64>().unwrap() > 2 * DRAIN_SECONDS_MAX);
    assert_eq!(unit("LimitCORE"), ["0"]);
}
