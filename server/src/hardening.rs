//! Keeps the daemon's memory, where keys are, out of core dumps and away from debuggers, and its files away
//! from other users.

use std::io;

/// Forbids core dumps of this process and makes its memory unreadable for other
/// processes of the same user. To be called before the first secret is read.
///
/// It holds for the running program only: an `exec` makes a process dumpable
/// again, the limit of zero stays.
pub(crate) fn forbid_core_dumps() -> io::Result<()> {
    let none = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    #[expect(
        unsafe_code,
        reason = "the C library is the only way to these two settings of the process"
    )]
    // SAFETY: setrlimit reads one rlimit, which lives until after the call.
    let limited = unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
    if limited != 0 {
        return Err(io::Error::last_os_error());
    }
    make_undumpable()
}

/// Makes every file and directory that this process creates from here on its user's alone.
pub(crate) fn keep_files_private() {
    #[expect(
        unsafe_code,
        reason = "the standard library can't set the mask that the engine's files are created with"
    )]
    // SAFETY: umask takes a plain number and can't fail.
    unsafe {
        libc::umask(0o077)
    };
}

#[cfg(target_os = "linux")]
fn make_undumpable() -> io::Result<()> {
    let (no, unused): (libc::c_ulong, libc::c_ulong) = (0, 0);
    #[expect(
        unsafe_code,
        reason = "the C library is the only way to these two settings of the process"
    )]
    // SAFETY: PR_SET_DUMPABLE takes plain numbers and no pointer.
    let set = unsafe { libc::prctl(libc::PR_SET_DUMPABLE, no, unused, unused, unused) };
    if set == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(not(target_os = "linux"))]
fn make_undumpable() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::{env, fs, process::Command};

    const CHILD: &str = "INDELIBLE_TEST_HARDENED_CHILD";

    /// The settings can't be taken back, so they are tried in a process of their own.
    #[test]
    fn a_hardened_process_has_no_core_dumps_and_private_files() {
        if env::var_os(CHILD).is_some() {
            return check_this_process();
        }
        let (_, module) = module_path!()
            .split_once("::")
            .expect("a module of a crate");
        let this = env::current_exe().expect("the path of this program");
        let child = Command::new(this)
            .args([
                "--exact",
                &format!("{module}::a_hardened_process_has_no_core_dumps_and_private_files"),
            ])
            .env(CHILD, "1")
            .output()
            .expect("this program starts again");
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(
            child.status.success() && said.contains("1 passed"),
            "{said}"
        );
    }

    fn check_this_process() {
        super::keep_files_private();
        let status = fs::read_to_string("/proc/self/status").expect("the status");
        assert!(
            status.lines().any(|line| line == "Umask:\t0077"),
            "{status}"
        );
        super::forbid_core_dumps().expect("the system allows it");
        let limits = fs::read_to_string("/proc/self/limits").expect("the limits");
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        let columns: Vec<&str> = core.expect("its line").split_ascii_whitespace().collect();
        assert_eq!(columns[4..6], ["0", "0"]);
        #[expect(unsafe_code, reason = "there is no other way to read the setting back")]
        // SAFETY: PR_GET_DUMPABLE takes no pointer.
        let dumpable = unsafe { libc::prctl(libc::PR_GET_DUMPABLE) };
        assert_eq!(dumpable, 0);
    }
}
