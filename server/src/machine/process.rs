//! What this process has taken of the machine.

use std::{fs, io, mem::MaybeUninit, time::Duration};

/// What this process has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Time of processors, its own and the kernel's for it.
    pub processor: Duration,
    /// Bytes of memory that lie in RAM.
    pub resident_bytes: u64,
    /// Files and sockets that are open.
    pub open_files: u64,
}

/// Looks at it now.
///
/// # Errors
/// If there is no `/proc`.
pub fn taken() -> io::Result<Taken> {
    Ok(Taken {
        processor: processor()?,
        resident_bytes: resident_bytes(&fs::read_to_string("/proc/self/status")?),
        // The directory that is being read is one of them.
        open_files: (fs::read_dir("/proc/self/fd")?.count() as u64).saturating_sub(1),
    })
}

fn processor() -> io::Result<Duration> {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    #[expect(
        unsafe_code,
        reason = "the C library is the only way to this; all fields of the struct are numbers, for which 0 is valid"
    )]
    // SAFETY: getrusage writes one rusage, which lives until after the call.
    let (refused, usage) = unsafe {
        let refused = libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        (refused, usage.assume_init())
    };
    if refused != 0 {
        return Err(io::Error::last_os_error());
    }
    let duration = |time: libc::timeval| {
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let micros = u64::try_from(time.tv_usec).unwrap_or_default();
        Duration::from_secs(seconds) + Duration::from_micros(micros)
    };
    Ok(duration(usage.ru_utime) + duration(usage.ru_stime))
}

fn resident_bytes(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.split_ascii_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1_024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_taken_something_of_everything() {
        let taken = taken().unwrap();
        assert!(taken.resident_bytes > 1 << 20, "{taken:?}");
        assert!(taken.open_files >= 3, "{taken:?}");
        assert!(taken.processor > Duration::ZERO, "{taken:?}");
    }

    #[test]
    fn a_status_without_the_line_is_no_memory() {
        assert_eq!(resident_bytes("Name:\tx\nVmRSS:\t  12 kB\n"), 12 * 1_024);
        assert_eq!(resident_bytes("Name:\tx\n"), 0);
    }
}
