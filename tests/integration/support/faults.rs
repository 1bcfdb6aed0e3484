//! Calls of the operating system that fail on demand, in the real daemon: strace injects the error. And a clock that
//! says what a file says.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::{self, JoinHandle},
};

use super::{
    daemon::{Daemon, serve},
    place::Place,
};

/// A tracer that makes calls of a daemon fail. Dropping it lets them succeed again.
pub(crate) struct FailingCalls {
    tracer: Child,
    /// Reads on what the tracer says: it says something of each new thread, and ends if nobody could hear it.
    listener: Option<JoinHandle<String>>,
}

impl FailingCalls {
    /// Makes calls on these files fail from the `nth` one on, counted from 1. Nothing on a machine without a tracer.
    pub(crate) fn begin(
        daemon: &Daemon,
        call: &str,
        error: &str,
        nth: u64,
        files: &[PathBuf],
    ) -> Option<Self> {
        let spawned = Command::new("strace")
            .args(["-f", "-o", "/dev/null", "-e", &format!("trace={call}")])
            .args(["-e", &format!("inject={call}:error={error}:when={nth}+")])
            .args(files.iter().flat_map(|file| [Path::new("-P"), file]))
            .args(["-p", &daemon.process().to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut tracer = match spawned {
            Ok(tracer) => tracer,
            Err(error) => {
                eprintln!("failing calls did NOT run: it needs strace. {error}");
                return None;
            }
        };
        let mut lines = BufReader::new(tracer.stderr.take().unwrap()).lines();
        let mut said = String::new();
        for line in &mut lines {
            said.push_str(&line.unwrap());
            if said.contains(" attached") {
                let rest = move || lines.map_while(Result::ok).collect();
                let listener = Some(thread::spawn(rest));
                return Some(Self { tracer, listener });
            }
        }
        let status = tracer.wait().unwrap();
        eprintln!(
            "failing calls did NOT run: it needs the right to trace. strace: {status} {said}"
        );
        None
    }
}

impl Drop for FailingCalls {
    fn drop(&mut self) {
        let ended = self.tracer.try_wait().unwrap();
        if ended.is_none() {
            let process = i32::try_from(self.tracer.id()).unwrap();
            #[expect(
                unsafe_code,
                reason = "the tracer must detach, so it is asked to end; it is our child and not reaped yet"
            )]
            // SAFETY: kill takes two numbers and touches no memory.
            let _sent = unsafe { libc::kill(process, libc::SIGINT) };
        }
        let _reaped = self.tracer.wait();
        let said = self.listener.take().map(JoinHandle::join);
        // From then on no call failed, and what the test found shows nothing.
        assert!(
            ended.is_none() || thread::panicking(),
            "the tracer ended before the test was done: {ended:?} {said:?}"
        );
    }
}

/// The files of a place's live store whose names end like this.
pub(crate) fn store_files(place: &Place, end: &str) -> Vec<PathBuf> {
    let store = place.data().join("store-0001");
    let files = fs::read_dir(store)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|found| found == end))
        .collect();
    files.sort_unstable();
    files
}

/// What stands before the C library's clock: the wall clock is ahead by the seconds that a file says.
const SHIFTED: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
static int (*real)(clockid_t, struct timespec *);
int clock_gettime(clockid_t id, struct timespec *out) {
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int answer = real(id, out);
    if (answer != 0 || id != CLOCK_REALTIME) return answer;
    FILE *file = fopen(getenv("SHIFT_FILE"), "r");
    long long seconds = 0;
    if (file) { if (fscanf(file, "%lld", &seconds) != 1) seconds = 0; fclose(file); }
    out->tv_sec += seconds;
    return 0;
}
"#;

/// A wall clock for one daemon, which a test sets.
pub(crate) struct ShiftedClock {
    library: PathBuf,
    shift: PathBuf,
}

impl ShiftedClock {
    /// One that is right. Nothing on a machine without a C compiler.
    pub(crate) fn new(place: &Place) -> Option<Self> {
        let source = place.file("shifted.c");
        fs::write(&source, SHIFTED).unwrap();
        let library = place.file("shifted.so");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .status();
        if !compiled.as_ref().is_ok_and(|status| status.success()) {
            eprintln!("a clock that jumps did NOT run: it needs a C compiler. {compiled:?}");
            return None;
        }
        let clock = Self {
            library,
            shift: place.file("shift"),
        };
        clock.set(0);
        Some(clock)
    }

    /// What is preloaded.
    pub(crate) fn library(&self) -> &Path {
        &self.library
    }

    /// Sets the clock so many seconds ahead of the true time.
    pub(crate) fn set(&self, ahead: i64) {
        let next = self.shift.with_extension("next");
        fs::write(&next, ahead.to_string()).unwrap();
        fs::rename(next, &self.shift).unwrap();
    }

    /// The command of a daemon under this clock.
    pub(crate) fn serve(&self, place: &Place) -> Command {
        let mut command = serve(place);
        command
            .env("LD_PRELOAD", &self.library)
            .env("SHIFT_FILE", &self.shift);
        command
    }
}
