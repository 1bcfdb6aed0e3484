//! The priority of threads whose work can wait until appends have had their turn.

/// How much nicer than the rest of the process a thread is that derives what appends may have to wait for.
const BEHIND: libc::c_int = 10;
/// As nice as can be.
const LAST: libc::c_int = 19;

/// Lets the calling thread run after the others that want the processor. What it derives may then lag, and
/// the limits on that press back. Where the system refuses, nothing is lost but the order.
pub fn step_back() {
    set_niceness(BEHIND);
}

/// Lets the calling thread have the least of the processor that a thread can have. It must hold no lock for long that others
/// wait for: they would wait for it.
///
/// The policy `SCHED_IDLE` would give it less, and on a busy machine nothing for many seconds. A process ends only when each of
/// its threads has had a turn to end, so a daemon that was drained long ago would still be there.
pub(crate) fn come_last() {
    set_niceness(LAST);
}

fn set_niceness(niceness: libc::c_int) {
    #[expect(
        unsafe_code,
        reason = "the standard library can't set a thread's niceness; the calls take plain numbers and name the calling thread"
    )]
    // On Linux niceness is each thread's own, and the thread's id names it.
    let refused = unsafe {
        libc::setpriority(libc::PRIO_PROCESS, libc::gettid().cast_unsigned(), niceness) != 0
    };
    if refused {
        tracing::debug!(error = %std::io::Error::last_os_error(), "a thread keeps its priority");
    }
}
