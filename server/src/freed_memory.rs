//! Memory that the storage engine has freed goes back to the system.
//!
//! The storage engine allocates from the C library, which keeps what was freed in heaps of its own, one for each few threads:
//! after large batches these are hundreds of MiB that nothing uses.

use std::time::Duration;

use crate::limits::{FREED_LOOK_MS, FREED_WORK_MS_MIN};

/// Gives back what was freed, again and again. Never ends.
pub(crate) async fn give_back() {
    let mut then = processor_time();
    loop {
        tokio::time::sleep(Duration::from_millis(FREED_LOOK_MS)).await;
        let now = processor_time();
        // Who has hardly worked has hardly freed anything.
        if now.saturating_sub(then) < Duration::from_millis(FREED_WORK_MS_MIN) {
            continue;
        }
        then = now;
        // All heaps are looked through, which takes a while.
        let _panicked = tokio::task::spawn_blocking(trim).await;
    }
}

/// Processor time that this process has had.
fn processor_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    #[expect(
        unsafe_code,
        reason = "the standard library does not tell processor time"
    )]
    // SAFETY: clock_gettime writes one timespec, which lives until after the call.
    let told = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    match (
        told,
        u64::try_from(time.tv_sec),
        u32::try_from(time.tv_nsec),
    ) {
        (0, Ok(seconds), Ok(nanoseconds)) => Duration::new(seconds, nanoseconds),
        _ => Duration::ZERO,
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn trim() {
    #[expect(unsafe_code, reason = "the C library is the only way to its heaps")]
    // SAFETY: malloc_trim takes a plain number, and takes the locks of the heaps itself.
    unsafe {
        libc::malloc_trim(0)
    };
}

/// Other C libraries give back what was freed by themselves, or not at all.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_works_has_processor_time() {
        let before = processor_time();
        let begun = std::time::Instant::now();
        while processor_time() == before {
            assert!(begun.elapsed() < Duration::from_secs(10));
        }
        assert!(processor_time() > before);
    }
}
