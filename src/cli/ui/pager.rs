//! Long text on a terminal, one screen after the other, as `$PAGER` shows it.

use std::{
    env,
    io::{self, Write},
    process::{Child, Command, Stdio},
};

/// Where the terminal does not say how high it is.
const ROWS_DEFAULT: usize = 24;
/// What shows pages unless PAGER says otherwise.
const PAGER_DEFAULT: &str = "less";
/// How `less` behaves unless LESS says otherwise: it ends on a short text, shows colours, and leaves the screen alone.
const LESS_DEFAULT: &str = "FRX";

/// Keeps text until it is longer than a screen, and then hands it to the pager.
pub(super) struct Pager {
    command: String,
    rows: usize,
    kept: Vec<u8>,
    lines: usize,
    to: To,
}

enum To {
    /// It fits on the screen so far.
    Kept,
    Pager(Child),
    /// There is no pager.
    Output(Box<dyn Write>),
}

impl Pager {
    /// Of this process's standard output; none if the environment wants no pager.
    pub(super) fn standard() -> Option<Self> {
        let command = env::var("PAGER").unwrap_or_else(|_| PAGER_DEFAULT.to_owned());
        let rows = terminal_size::terminal_size().map(|(_, rows)| usize::from(rows.0));
        let is_wanted = !matches!(command.trim(), "" | "cat");
        is_wanted.then(|| Self::new(command, rows.unwrap_or(ROWS_DEFAULT)))
    }

    fn new(command: String, rows: usize) -> Self {
        Self {
            command,
            rows,
            kept: Vec::new(),
            lines: 0,
            to: To::Kept,
        }
    }

    /// Shows what is kept, or waits until the pager is closed.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Kept => {
                let mut output = io::stdout();
                output.write_all(&self.kept)?;
                output.flush()
            }
            To::Pager(child) => {
                drop(child.stdin.take());
                child.wait().map(drop)
            }
            To::Output(output) => output.flush(),
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        let mut command = Command::new("sh");
        command.arg("-c").arg(&self.command).stdin(Stdio::piped());
        if env::var_os("LESS").is_none() {
            command.env("LESS", LESS_DEFAULT);
        }
        // A Ctrl-C is the pager's while it is there: it must not be left alone with the terminal.
        if tokio::runtime::Handle::try_current().is_ok() {
            let _kept_from_ending =
                tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
        }
        self.to = match is_there(&self.command).then(|| command.spawn()) {
            Some(Ok(child)) => To::Pager(child),
            Some(Err(_)) | None => To::Output(Box::new(io::stdout())),
        };
        let kept = std::mem::take(&mut self.kept);
        self.pass(&kept)
    }

    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.to {
            To::Kept => {
                self.kept.extend_from_slice(bytes);
                Ok(())
            }
            To::Pager(child) => match &mut child.stdin {
                Some(stdin) => stdin.write_all(bytes),
                None => Ok(()),
            },
            To::Output(output) => output.write_all(bytes),
        }
    }
}

/// Whether the shell finds the program that a command begins with. A small image has no `less`, and a text that is shown to
/// nobody would look like an empty one.
fn is_there(command: &str) -> bool {
    let Some(program) = command.split_whitespace().next() else {
        return false;
    };
    // What sets a variable first, or is more than a word, is the shell's to judge.
    if program.contains(['=', '"', '\'', '$', '\\', '(', '{', ';']) {
        return true;
    }
    let found = Command::new("sh")
        .args(["-c", "command -v -- \"$1\"", "sh", program])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pass(bytes)?;
        if matches!(self.to, To::Kept) {
            self.lines += bytes.iter().filter(|byte| **byte == b'\n').count();
            if self.lines >= self.rows {
                self.begin()?;
            }
        }
        Ok(bytes.len())
    }

    /// What is kept stays so: only [`Pager::finish`] knows that nothing follows.
    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Output(output) => output.flush(),
            To::Kept | To::Pager(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_longer_than_the_screen_goes_to_the_pager() {
        let directory = tempfile::tempdir().expect("a directory");
        let shown = directory.path().join("shown");
        let mut pager = Pager::new(format!("cat > '{}'", shown.display()), 3);
        pager.write_all(b"1\n2\n").expect("kept");
        assert!(matches!(pager.to, To::Kept) && !shown.exists());
        pager.write_all(b"3\n4\n").expect("passed on");
        assert!(matches!(pager.to, To::Pager(_)));
        pager.write_all(b"5\n").expect("passed on");
        pager.finish().expect("closed");
        assert_eq!(std::fs::read(&shown).expect("written"), b"1\n2\n3\n4\n5\n");
    }

    #[test]
    fn where_there_is_no_pager_the_text_is_shown_at_once() {
        assert!(is_there("sh -c cat") && is_there("LESS=F less"));
        assert!(!is_there("no-such-pager-at-all -R") && !is_there(" "));
        let mut pager = Pager::new("no-such-pager-at-all".to_owned(), 1);
        pager.write_all(b"1\n2\n").expect("shown");
        assert!(matches!(pager.to, To::Output(_)));
    }
}
