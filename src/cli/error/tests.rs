//! What is said of errors, and with which exit code.

use std::time::Duration;

use indelible_proto::{ERROR_DOMAIN, v1::ErrorReason};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::*;

#[test]
fn a_refusal_says_what_why_and_what_to_do() {
    let mut details = ErrorDetails::with_bad_request_violation("id", "is empty");
    details
        .set_error_info(ErrorReason::FieldInvalid.name(), ERROR_DOMAIN, [])
        .set_retry_info(Some(Duration::from_millis(500)));
    let status = tonic::Status::with_error_details(
        tonic::Code::InvalidArgument,
        "the event is not valid",
        details,
    );
    let error = CliError::from(status);
    assert_eq!(error.exit(), Exit::Usage);
    let text = error.to_text();
    for part in [
        "the event is not valid",
        "id: is empty",
        ErrorReason::FieldInvalid.name(),
        "0.5 s",
    ] {
        assert_eq!(text.matches(part).count(), 1, "{part:?} in {text:?}");
    }
    let json: serde_json::Value = serde_json::from_str(&error.to_json()).expect("JSON");
    assert_eq!(json["error"]["status"], "INVALID_ARGUMENT");
    assert_eq!(json["error"]["violations"][0]["field"], "id");
}

#[test]
fn what_the_message_tells_is_not_told_twice() {
    let details = ErrorDetails::with_bad_request_violation("id", "is empty");
    let status =
        tonic::Status::with_error_details(tonic::Code::InvalidArgument, "id: is empty", details);
    assert_eq!(CliError::from(status).to_text(), "indelible: id: is empty");
}

#[test]
fn what_was_aborted_is_repeated_only_if_the_daemon_says_so() {
    for (delay, exit) in [
        (None, Exit::Conflict),
        (Some(Duration::from_millis(100)), Exit::Unavailable),
    ] {
        let mut details = ErrorDetails::new();
        details.set_error_info(ErrorReason::DataKeyErased.name(), ERROR_DOMAIN, []);
        if delay.is_some() {
            details.set_retry_info(delay);
        }
        let status = tonic::Status::with_error_details(tonic::Code::Aborted, "aborted", details);
        assert_eq!(CliError::from(status).exit(), exit);
    }
}

#[test]
fn a_connection_that_breaks_is_told_from_a_daemon_that_fails() {
    let error = CliError::from(tonic::Status::unknown("transport error"));
    assert_eq!(error.exit(), Exit::Unavailable);
    let details = ErrorDetails::with_error_info(ErrorReason::Internal.name(), ERROR_DOMAIN, []);
    let status = tonic::Status::with_error_details(tonic::Code::Unknown, "it failed", details);
    assert_eq!(CliError::from(status).exit(), Exit::Daemon);
}

#[test]
fn a_broken_pipe_is_no_error() {
    let error = CliError::Output(io::ErrorKind::BrokenPipe.into());
    assert_eq!((error.exit(), error.to_text()), (Exit::Done, String::new()));
    let error = CliError::Output(io::ErrorKind::StorageFull.into());
    assert_eq!(error.exit(), Exit::File);
}

#[test]
fn a_conflict_says_how_to_look_at_what_is_recorded() {
    let refused = |reason: ErrorReason| {
        let mut details = ErrorDetails::new();
        details.set_error_info(reason.name(), ERROR_DOMAIN, []);
        let status =
            tonic::Status::with_error_details(tonic::Code::AlreadyExists, "it differs", details);
        let event = indelible_proto::v1::Event {
            id: "it's 1".to_owned(),
            source: "urn:example:shop".to_owned(),
            ..Default::default()
        };
        let refusal = Refusal::from(status).of_event("orders", &event);
        CliError::Daemon(Box::new(refusal)).to_text()
    };
    let text = refused(ErrorReason::EventConflict);
    let pasteable = r"`indelible get orders --source urn:example:shop --id 'it'\''s 1'`";
    assert!(text.contains(pasteable), "{text}");
    assert!(!refused(ErrorReason::LedgerExists).contains("indelible get"));
}

#[test]
fn an_import_that_is_broken_says_nothing_against_the_ledger() {
    let broken = CliError::ImportBroken {
        what: "rows".to_owned(),
        findings: "1 broken".to_owned(),
    };
    let doubted = CliError::KeysDoubted {
        what: "rows".to_owned(),
        artifacts: 3,
    };
    for error in [broken, doubted] {
        assert_eq!(error.exit(), Exit::Refused);
        assert!(!error.to_text().contains("data directory"), "{error}");
    }
}

#[test]
fn a_wrong_command_line_is_told_to_programs_as_json() {
    let arguments = |line: &'static str| line.split(' ').map(std::ffi::OsString::from);
    for (line, is_json) in [
        ("indelible --output json list l --since x", true),
        ("indelible list l --since x --output=json", true),
        ("indelible --output text list l --since x", false),
        ("indelible list l --since x", false),
        ("indelible append l -- --output json", false),
        ("indelible list l --output", false),
    ] {
        assert_eq!(asks_for_json(arguments(line)), is_json, "{line}");
    }
    let refused =
        <crate::cli::Cli as clap::Parser>::try_parse_from(arguments("indelible list l --limit x"))
            .expect_err("refused");
    let error: CliError = CliError::of_command_line(&refused);
    let json: serde_json::Value = serde_json::from_str(&error.to_json()).expect("JSON");
    assert_eq!(json["error"]["exit_code"], 2);
    let message = json["error"]["message"].as_str().expect("text");
    assert!(
        message.starts_with("invalid value 'x' for '--limit"),
        "{message}"
    );
    assert!(
        !message.contains('\n') && !message.contains("Usage"),
        "{message}"
    );
}

/// The members that the page of the command line names are in every error, whatever it is.
#[test]
fn every_error_has_all_members_of_the_page() {
    let page = include_str!("../../../docs/cli.md");
    let begin =
        page.find(r#"`{"error": {"#).expect("the form of an error") + r#"`{"error": {"#.len();
    let form = &page[begin..begin + page[begin..].find('}').expect("its end")];
    let mut named: Vec<_> = form
        .split(", ")
        .map(|name| name.trim_matches('"'))
        .collect();
    named.sort_unstable();
    assert_eq!(named.len(), 10, "{named:?}");
    for error in [
        CliError::Usage("no".to_owned()),
        CliError::NotGranted,
        tonic::Status::permission_denied("no").into(),
    ] {
        let json: serde_json::Value = serde_json::from_str(&error.to_json()).expect("JSON");
        let mut members: Vec<_> = json["error"]
            .as_object()
            .expect("an object")
            .keys()
            .collect();
        members.sort_unstable();
        assert_eq!(members, named, "{error:?}");
        assert_eq!(
            json["error"]["warnings"],
            serde_json::json!([]),
            "{error:?}"
        );
    }
}

#[test]
fn a_backup_that_somebody_stopped_is_no_conflict() {
    let mut details = ErrorDetails::new();
    details.set_error_info(ErrorReason::BackupStopped.name(), ERROR_DOMAIN, []);
    let status = tonic::Status::with_error_details(tonic::Code::Aborted, "stopped", details);
    assert_eq!(CliError::from(status).exit(), Exit::Refused);
}

/// A script must not take it for a command line that is wrong.
#[test]
fn a_size_that_the_ledger_does_not_have_may_be_records_that_are_lost() {
    let mut details = ErrorDetails::new();
    details.set_error_info(ErrorReason::SizeOutOfRange.name(), ERROR_DOMAIN, []);
    let status = tonic::Status::with_error_details(tonic::Code::OutOfRange, "no proof", details);
    let error = CliError::from(status);
    assert_eq!(error.exit(), Exit::Refused);
    let text = error.to_text();
    assert!(text.contains("the ledger has lost records"), "{text}");
}

#[test]
fn a_file_that_is_to_be_put_back_is_not_waited_for() {
    let mut details = ErrorDetails::new();
    details.set_error_info(ErrorReason::ArchiveUnavailable.name(), ERROR_DOMAIN, []);
    details.set_retry_info(Some(Duration::from_secs(1)));
    let words = "it is away. Put it back, and ask again";
    let status = tonic::Status::with_error_details(tonic::Code::Unavailable, words, details);
    let text = CliError::from(status).to_text();
    assert!(text.contains("do what the message says"), "{text}");
    assert!(!text.contains("try again in"), "{text}");
}
