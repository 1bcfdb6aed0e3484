//! The machine: its clock, its memory, and what it lets a process do.

use std::{io, time::Duration};

use indelible_server::{
    config::Config,
    limits::OPEN_FILES_MIN,
    machine::{
        clock::{ClockSync, clock_sync},
        memory::{MachineMemory, forbid_core_dumps, machine_memory, open_files_limit},
    },
};

use super::check::{Check, fail, ok, warn};
use crate::cli::ui::size::bytes_for_people;

/// Open files with which as many connections may be open as ever, and tables.
const OPEN_FILES_WANTED: u64 = 4_096;
/// By how much the clock may be wrong.
const CLOCK_ERROR_WARNED: Duration = Duration::from_secs(1);

pub(super) fn checks(config: Option<&Config>) -> Vec<Check> {
    let mut checks = vec![clock(clock_sync())];
    checks.extend(match machine_memory() {
        Ok(memory) => {
            let budget = config.map(|config| config.memory.budget_bytes());
            let room = budget.map(|budget| room(memory, budget as u64));
            room.into_iter().chain([swap(memory)]).collect()
        }
        Err(error) => vec![unknown("memory", &error)],
    });
    checks.push(open_files(open_files_limit()));
    checks.push(core_dumps(forbid_core_dumps()));
    checks
}

fn unknown(name: &'static str, error: &io::Error) -> Check {
    warn(
        name,
        format!("the system does not say: {error}"),
        "run this where the daemon runs, as its user",
    )
}

fn clock(told: io::Result<ClockSync>) -> Check {
    let sync = match told {
        Ok(sync) => sync,
        Err(error) => return unknown("clock", &error),
    };
    let error = sync.error_max.as_secs_f64();
    match sync {
        ClockSync {
            is_synchronised: false,
            ..
        } => warn(
            "clock",
            "nothing keeps it right, as far as the kernel knows",
            "start chrony or systemd-timesyncd: recorded times can't be corrected later",
        ),
        ClockSync { error_max, .. } if error_max > CLOCK_ERROR_WARNED => warn(
            "clock",
            format!("it may be wrong by {error:.1} s"),
            "look at the servers of the service that sets it (chronyc sources, timedatectl timesync-status)",
        ),
        _ => ok("clock", format!("kept right, to {error:.3} s at most")),
    }
}

fn room(memory: MachineMemory, budget: u64) -> Check {
    let (total, budget_told) = (
        bytes_for_people(memory.total_bytes),
        bytes_for_people(budget),
    );
    let found = format!(
        "{} of {total} available, {budget_told} planned with (memory.budget_mib)",
        bytes_for_people(memory.available_bytes),
    );
    if budget >= memory.total_bytes {
        return fail(
            "memory",
            found,
            "lower memory.budget_mib: the machine has no more than that",
        );
    }
    // As much again is taken beside the plan, by trees, threads and open keys.
    match memory.available_bytes < budget.saturating_mul(2) {
        true => warn(
            "memory",
            found,
            "leave the daemon twice its budget, or lower memory.budget_mib",
        ),
        false => ok("memory", found),
    }
}

fn swap(memory: MachineMemory) -> Check {
    match memory.swap_bytes {
        0 => ok("swap", "there is none"),
        bytes => warn(
            "swap",
            format!(
                "{} of it: what people wrote may reach a disk in the clear",
                bytes_for_people(bytes)
            ),
            "turn it off, encrypt it, or start the daemon with MemorySwapMax=0 as indelible.service does; data keys are \
             locked in memory in any case",
        ),
    }
}

fn open_files(told: io::Result<u64>) -> Check {
    let limit = match told {
        Ok(limit) => limit,
        Err(error) => return unknown("open files", &error),
    };
    let found = format!("{limit} may be open");
    match limit {
        0..OPEN_FILES_MIN => fail(
            "open files",
            found,
            format!(
                "raise the hard limit to {OPEN_FILES_WANTED}: with fewer than {OPEN_FILES_MIN} the daemon does not start"
            ),
        ),
        OPEN_FILES_MIN..OPEN_FILES_WANTED => warn(
            "open files",
            found,
            format!(
                "raise the hard limit to {OPEN_FILES_WANTED} (LimitNOFILE= of the unit) for as many connections as may be"
            ),
        ),
        _ => ok("open files", found),
    }
}

fn core_dumps(forbidden: io::Result<()>) -> Check {
    match forbidden {
        Ok(()) => ok("core dumps", "the daemon can forbid them to itself"),
        Err(error) => fail(
            "core dumps",
            format!("they can't be forbidden: {error}"),
            "let the process call setrlimit and prctl: without them a core dump could hold keys, and the daemon does not start",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::daemon::doctor::check::Outcome;

    const GIB: u64 = 1 << 30;

    #[test]
    fn a_clock_that_nobody_keeps_right_is_told() {
        let sync = |is_synchronised, millis| {
            Ok(ClockSync {
                is_synchronised,
                error_max: Duration::from_millis(millis),
            })
        };
        for (told, outcome) in [
            (sync(true, 12), Outcome::Ok),
            (sync(true, 1_200), Outcome::Warn),
            (sync(false, 12), Outcome::Warn),
            (Err(io::ErrorKind::PermissionDenied.into()), Outcome::Warn),
        ] {
            let check = clock(told);
            assert_eq!(check.outcome, outcome, "{check:?}");
        }
    }

    #[test]
    fn memory_must_be_there_and_should_be_there_twice() {
        let memory = |total, available| MachineMemory {
            total_bytes: total,
            available_bytes: available,
            swap_bytes: 0,
        };
        for (memory, outcome) in [
            (memory(8 * GIB, 4 * GIB), Outcome::Ok),
            (memory(8 * GIB, GIB), Outcome::Warn),
            (memory(GIB, GIB), Outcome::Fail),
        ] {
            assert_eq!(room(memory, GIB).outcome, outcome, "{memory:?}");
        }
        let swapping = MachineMemory {
            swap_bytes: GIB,
            ..memory(8 * GIB, GIB)
        };
        assert_eq!(swap(swapping).outcome, Outcome::Warn);
        assert_eq!(swap(memory(GIB, GIB)).outcome, Outcome::Ok);
    }

    #[test]
    fn few_open_files_are_a_warning_and_too_few_a_failure() {
        for (limit, outcome) in [
            (255, Outcome::Fail),
            (256, Outcome::Warn),
            (4_095, Outcome::Warn),
            (4_096, Outcome::Ok),
            (u64::MAX, Outcome::Ok),
        ] {
            assert_eq!(open_files(Ok(limit)).outcome, outcome, "{limit}");
        }
        let unknown = open_files(Err(io::ErrorKind::PermissionDenied.into()));
        assert_eq!(unknown.outcome, Outcome::Warn);
    }

    #[test]
    fn core_dumps_that_can_not_be_forbidden_are_a_failure() {
        assert_eq!(core_dumps(Ok(())).outcome, Outcome::Ok);
        let refused = core_dumps(Err(io::ErrorKind::PermissionDenied.into()));
        assert_eq!(refused.outcome, Outcome::Fail);
    }
}
