//! Whether something keeps the machine's clock right, as the kernel has been told by whatever does so.

use std::{io, mem::MaybeUninit, time::Duration};

/// What the kernel knows of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockSync {
    /// Whether a service that sets the clock vouches for it.
    pub is_synchronised: bool,
    /// By how much it may be wrong, as that service reckons. It grows while nobody sets the clock.
    pub error_max: Duration,
}

/// Asks the kernel. Nothing is set.
///
/// # Errors
/// If the process may not ask: `ProtectClock=` of a unit and some containers forbid it.
pub fn clock_sync() -> io::Result<ClockSync> {
    let mut asked = MaybeUninit::<libc::timex>::zeroed();
    #[expect(
        unsafe_code,
        reason = "the C library is the only way to this; all fields of the struct are numbers, for which 0 is valid, and modes of 0 sets nothing"
    )]
    // SAFETY: adjtimex reads and writes one timex, which lives until after the call.
    let (state, answer) = unsafe {
        let state = libc::adjtimex(asked.as_mut_ptr());
        (state, asked.assume_init())
    };
    if state < 0 {
        return Err(io::Error::last_os_error());
    }
    let is_unset = state == libc::TIME_ERROR || answer.status & libc::STA_UNSYNC != 0;
    let micros = u64::try_from(answer.maxerror).unwrap_or_default();
    Ok(ClockSync {
        is_synchronised: !is_unset,
        error_max: Duration::from_micros(micros),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_answers_or_says_why_not() {
        match clock_sync() {
            // The kernel lets the error grow to 16 s and no further.
            Ok(sync) => assert!(sync.error_max <= Duration::from_secs(17), "{sync:?}"),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{error}"),
        }
    }
}
