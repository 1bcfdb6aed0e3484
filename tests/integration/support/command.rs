//! The command line, as people and scripts use it.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::daemon::{Daemon, INDELIBLE};

/// What a command answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its exit code.
    pub(crate) code: i32,
    /// Standard output, as bytes.
    pub(crate) data: Vec<u8>,
    /// Standard error.
    pub(crate) remarks: String,
}

impl Answer {
    /// What it said, as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.data.clone()).unwrap()
    }

    /// What it said with `--output json`.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.data).unwrap_or_else(|problem| panic!("{problem}: {self:?}"))
    }
}

/// Runs a command against a daemon, with nothing to read and no terminal.
pub(crate) fn run(daemon: &Daemon, arguments: &[&str]) -> Answer {
    run_with(daemon, arguments, b"")
}

/// Runs a command that reads standard input.
pub(crate) fn run_with(daemon: &Daemon, arguments: &[&str], input: &[u8]) -> Answer {
    let mut child = Command::new(INDELIBLE)
        .args(["--address", daemon.address()])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not read.
    let _unread = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        data: output.stdout,
        remarks: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a command that must succeed.
#[track_caller]
pub(crate) fn done(daemon: &Daemon, arguments: &[&str]) -> Answer {
    let answer = run(daemon, arguments);
    assert_eq!(answer.code, 0, "{arguments:?}: {answer:?}");
    answer
}
