//! The priority of threads whose work can wait until appends have had their turn.

/// Lets the calling thread run after the others that want the processor. What it derives may then lag, and
/// the limits on that press back. Where the system refuses, nothing is lost but the order.
pub(crate) fn step_back() {
    /// How much nicer than the rest of the process.
    const NICENESS: libc::c_int = 10;
    #[expect(
        unsafe_code,
        reason = "the standard library can't set a thread's niceness; the calls take plain numbers and name the calling thread"
    )]
    // On Linux niceness is each thread's own, and the thread's id names it.
    let refused = unsafe {
        libc::setpriority(libc::PRIO_PROCESS, libc::gettid().cast_unsigned(), NICENESS) != 0
    };
    if refused {
        tracing::debug!(error = %std::io::Error::last_os_error(), "the indexer keeps its priority");
    }
}

/// Lets the calling thread run only when no other wants the processor. It must hold no lock for long that others wait
/// for: they would wait for it.
pub(crate) fn wait_for_idle() {
    let parameters = libc::sched_param { sched_priority: 0 };
    #[expect(
        unsafe_code,
        reason = "the standard library can't set a thread's policy; 0 names the calling thread, and the parameters outlive the call"
    )]
    let refused =
        unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const parameters) != 0 };
    if refused {
        tracing::debug!(error = %std::io::Error::last_os_error(), "folds keep their priority");
    }
}
