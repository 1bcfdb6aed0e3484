//! The program `indelible`: reads the command line, runs it, and says what went wrong.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser as _;
use indelible::cli::{
    Cli,
    error::{CliError, asks_for_json, without_tokens},
    exit::Exit,
};

/// Appending allocates a few small pieces for each event, on one thread, and frees them on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => return tell(&answer),
    };
    let (is_json, serves) = (cli.is_json(), cli.serves());
    let end = |exit: Exit| match serves {
        true => leave(exit),
        false => code(exit),
    };
    let Err(failed) = cli.run() else {
        return end(Exit::Done);
    };
    let message = if is_json {
        failed.to_json()
    } else {
        failed.to_text()
    };
    if !message.is_empty() {
        // Nobody is left to be told that standard error is gone.
        let _unwritten = writeln!(io::stderr(), "{}", without_tokens(&message));
    }
    end(failed.exit())
}

/// Ends a daemon whose store is closed. A thread that its drain does not wait for, because a provider or an erasure
/// takes its time, may still hold the store; the engine's own end of process would take locks from under it.
fn leave(exit: Exit) -> ExitCode {
    let _unwritten = io::stdout().flush();
    let _unwritten = io::stderr().flush();
    #[expect(
        unsafe_code,
        reason = "the standard library has no end of a process that runs no destructors and writes no core"
    )]
    // SAFETY: _exit takes a plain number and does not return; what must be on disk is there.
    unsafe {
        libc::_exit(exit.code().into())
    }
}

/// Help and version are answers; everything else that the parser says is a mistake in the command line.
fn tell(answer: &clap::Error) -> ExitCode {
    if answer.use_stderr() && asks_for_json(std::env::args_os()) {
        let error = CliError::of_command_line(answer);
        let _unwritten = writeln!(io::stderr(), "{}", without_tokens(&error.to_json()));
        return code(Exit::Usage);
    }
    let text = answer.render().to_string();
    let clean = without_tokens(&text);
    if answer.use_stderr() && clean != text {
        let _unwritten = write!(io::stderr(), "{clean}");
        return code(Exit::Usage);
    }
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
