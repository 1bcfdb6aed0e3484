//! `indelible-verify`: one bundle or receipt, one pinned key, one verdict. Offline, and without trust in whoever
//! made the evidence.

mod arguments;
mod body;
mod claim;
mod directory;
mod event_times;
mod failure;
mod file_kind;
mod frame;
#[cfg(test)]
mod hostile;
mod identities;
mod input;
mod later_identity;
mod other_ledger;
mod output;
mod period;
mod progress;
mod reasons;
mod receipt;
mod recompute;
mod records;
mod rendered;
mod report;
mod text_file;
mod times;
mod trust_arguments;
mod trusted;
mod verdict_report;
mod watched;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use indelible_compliance::reports::{
    Asking, TimesSeen, Verification,
    forms::verdict,
    inert::{inert, inert_json},
};
use indelible_compliance::survey::parallel;
use indelible_evidence::verdict::Conclusion;
use indelible_evidence::verify::check_unit_seeing;

use arguments::{Arguments, BundleRequest, Request};
use event_times::see_time;
use failure::Failure;
use output::{Output, print};
use verdict_report::Given;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let is_json = arguments.asks_for_json();
    let outcome = arguments.check().and_then(|request| match request {
        Request::Bundle(request) => verify_bundle(&request),
        Request::Receipt(request) => receipt::verify(&request),
        Request::Report(arguments) => arguments.run(),
        Request::Records(arguments) => arguments.run(),
        Request::Identities(arguments) => arguments.run(),
    });
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            // Whoever reads no further needs no words. Where even words can't be written, the exit code still says it.
            if !failure.is_unread() {
                if is_json {
                    let _ = print(failure.json().as_bytes());
                }
                let _ = writeln!(
                    io::stderr(),
                    "indelible-verify: {}",
                    inert(&failure.to_string())
                );
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

fn verify_bundle(request: &BundleRequest) -> Result<u8, Failure> {
    let mut input = input::open(&request.bundle)?;
    let bar = progress::Progress::watch(&input.rest.read, input.rest.bytes);
    let mut event_times = None;
    let report = parallel::verify(
        input.source,
        &request.trust,
        |unit| {
            let mut times = None;
            let checked = check_unit_seeing(unit, &mut |seen| see_time(&seen, &mut times));
            (checked, times)
        },
        |times| {
            if let Some(times) = times {
                TimesSeen::absorb(&mut event_times, times);
            }
        },
    );
    bar.end();
    input.rest.unpacked()?;
    let report = report?;
    other_ledger::refuse_bundle(&request.bundle, &report, &request.trust.key)?;
    later_identity::refuse_bundle(&request.bundle, &report, &request.trust.key)?;
    let conclusion = report.verdict.conclusion(&request.required);
    if conclusion != Conclusion::Broken {
        input.rest.nothing_else()?;
    }
    let asking = Asking {
        trust: &request.trust,
        given: &request.given,
        required: &request.required,
        event_times,
    };
    let verification = Verification::of(&report, asking).map_err(unwritable)?;
    let given = match &request.wanted {
        Some(wanted) => wanted.give(&verification)?,
        None => Given::Beside,
    };
    let checked = request
        .claimed
        .as_ref()
        .map(|claimed| claimed.check(&request.bundle, &request.trust.key, request.output));
    if given == Given::Beside {
        let shown = match request.output {
            Output::Text => told_first(&checked).to_owned() + &verdict::text(&verification),
            Output::Json => {
                let json = serde_json::to_string_pretty(&verification).map_err(unwritable)?;
                inert_json(json) + "\n"
            }
        };
        print(shown.as_bytes())?;
    }
    let recomputed = match checked {
        Some(checked) => {
            let (shown, code) = checked?;
            print(shown.as_bytes())?;
            code
        }
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

/// What stands before the verdict on a bundle, so that nobody takes it for one on the report beside it.
fn told_first(checked: &Option<Result<(String, u8), Failure>>) -> &'static str {
    match checked {
        Some(Ok((_, 1))) => {
            "The report is not what this evidence gives: the end says where they part. Of the bundle alone:\n"
        }
        Some(Ok((_, code))) if *code != 0 => {
            "Whether the report is what this evidence gives can't be told: the end says why. Of the bundle alone:\n"
        }
        _ => "",
    }
}

/// A verdict that JSON can't hold.
fn unwritable(error: serde_json::Error) -> Failure {
    Failure::Malformed(error.to_string())
}
