//! `indelible-verify`: one bundle or receipt, one pinned key, one verdict. Offline, and without trust in whoever
//! made the evidence.

mod arguments;
mod body;
mod claim;
mod directory;
mod failure;
mod frame;
mod input;
mod output;
mod progress;
mod receipt;
mod recompute;
mod report;
mod times;
mod trusted;
mod verdict_report;
mod watched;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use indelible_compliance::reports::{Verification, forms::verdict};
use indelible_compliance::survey::parallel;
use indelible_evidence::verdict::Conclusion;
use indelible_evidence::verify::check_unit;

use arguments::{Arguments, BundleRequest, Request};
use failure::Failure;
use input::Input;
use output::{Output, print};
use verdict_report::Given;

fn main() -> ExitCode {
    let outcome = Arguments::parse()
        .check()
        .and_then(|request| match request {
            Request::Bundle(request) => verify_bundle(&request),
            Request::Receipt(request) => receipt::verify(&request),
            Request::Report(arguments) => arguments.run(),
        });
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            // Where even that can't be written, the exit code still says it.
            let _ = writeln!(io::stderr(), "indelible-verify: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn verify_bundle(request: &BundleRequest) -> Result<u8, Failure> {
    let input = input::open(&request.bundle)?;
    let bar = progress::Progress::watch(&input.read, input.bytes);
    let report = parallel::verify(
        input.source,
        &request.trust,
        |unit| (check_unit(unit), ()),
        |()| (),
    );
    bar.end();
    Input::unpacked(input.frame)?;
    let report = report?;
    let conclusion = report.verdict.conclusion(&request.required);
    let key = request.trust.key.to_string();
    let verification = Verification::of(&report, &key, &request.required).map_err(unwritable)?;
    let given = match &request.wanted {
        Some(wanted) => wanted.give(&verification)?,
        None => Given::Beside,
    };
    if given == Given::Beside {
        let shown = match request.output {
            Output::Text => verdict::text(&verification),
            Output::Json => {
                let json = serde_json::to_string_pretty(&verification).map_err(unwritable)?;
                format!("{json}\n")
            }
        };
        print(shown.as_bytes())?;
    }
    let recomputed = match &request.claimed {
        Some(claimed) => claimed.check(&request.bundle, &request.trust.key, request.output)?,
        None => 0,
    };
    Ok(match conclusion {
        Conclusion::Holds => recomputed,
        Conclusion::Broken => 1,
        // What is known to be different is worse than what is not known.
        Conclusion::Unanswerable if recomputed == 1 => 1,
        Conclusion::Unanswerable => 4,
    })
}

/// A verdict that JSON can't hold.
fn unwritable(error: serde_json::Error) -> Failure {
    Failure::Malformed(error.to_string())
}
