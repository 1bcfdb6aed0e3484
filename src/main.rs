//! The program `indelible`: reads the command line, runs it, and says what went wrong.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser as _;
use indelible::cli::{Cli, exit::Exit};

/// Appending allocates a few small pieces for each event, on one thread, and frees them on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => return tell(&answer),
    };
    let is_json = cli.is_json();
    let Err(error) = cli.run() else {
        return code(Exit::Done);
    };
    let message = if is_json {
        error.to_json()
    } else {
        error.to_text()
    };
    if !message.is_empty() {
        // Nobody is left to be told that standard error is gone.
        let _unwritten = writeln!(io::stderr(), "{message}");
    }
    code(error.exit())
}

/// Help and version are answers; everything else that the parser says is a mistake in the command line.
fn tell(answer: &clap::Error) -> ExitCode {
    let written = answer.print();
    if answer.use_stderr() || written.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe)
    {
        return code(Exit::Usage);
    }
    code(Exit::Done)
}

fn code(exit: Exit) -> ExitCode {
    ExitCode::from(exit.code())
}
