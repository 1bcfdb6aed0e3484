//! How much memory the machine has, and what of a process's memory may come to lie elsewhere.

use std::{fs, io};

use crate::{hardening, open_files};

/// The memory of the machine, or of the container that this runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachineMemory {
    /// All of it, in bytes.
    pub total_bytes: u64,
    /// What programs can still have without others being pushed out, in bytes.
    pub available_bytes: u64,
    /// How much may be written to a disk or to compressed memory, in bytes.
    pub swap_bytes: u64,
}

/// Asks the kernel.
///
/// # Errors
/// If there is no `/proc/meminfo`.
pub fn machine_memory() -> io::Result<MachineMemory> {
    let told = of_meminfo(&fs::read_to_string("/proc/meminfo")?);
    let limit = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let limit = limit.and_then(|text| text.trim().parse::<u64>().ok());
    let limit = limit.unwrap_or(u64::MAX);
    Ok(MachineMemory {
        total_bytes: told.total_bytes.min(limit),
        available_bytes: told.available_bytes.min(limit),
        ..told
    })
}

fn of_meminfo(text: &str) -> MachineMemory {
    let bytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|rest| rest.split_ascii_whitespace().next()?.parse::<u64>().ok());
        kib.unwrap_or_default() * 1_024
    };
    MachineMemory {
        total_bytes: bytes("MemTotal:"),
        available_bytes: bytes("MemAvailable:"),
        swap_bytes: bytes("SwapTotal:"),
    }
}

/// Forbids core dumps of this process, as the daemon does at its start.
///
/// # Errors
/// If something around the process does not let it: then the daemon would not start either.
pub fn forbid_core_dumps() -> io::Result<()> {
    hardening::forbid_core_dumps()
}

/// How many files a process that is started here may open, after it has raised the limit as far as it may. This process's
/// own limit is raised by it.
///
/// # Errors
/// If the system does not say.
pub fn open_files_limit() -> io::Result<u64> {
    open_files::raise()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_meminfo_are_read_in_bytes() {
        let text = "MemTotal:       16303456 kB\nMemFree:  1 kB\nMemAvailable:    8151728 kB\nSwapTotal:  0 kB\n";
        let memory = of_meminfo(text);
        assert_eq!(memory.total_bytes, 16_303_456 * 1_024);
        assert_eq!(memory.available_bytes, 8_151_728 * 1_024);
        assert_eq!(memory.swap_bytes, 0);
        let here = machine_memory().unwrap();
        assert!(here.available_bytes <= here.total_bytes && here.total_bytes > 0);
    }
}
