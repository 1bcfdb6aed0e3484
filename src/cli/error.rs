//! What can go wrong in a command: the words, the reason, what to do, and the exit code.

use std::{fmt, io, path::PathBuf, time::Duration};

use indelible_proto::v1::ErrorReason;
use serde_json::json;
use tonic_types::StatusExt as _;

use crate::cli::exit::Exit;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line can't be used.
    #[error("{0}")]
    Usage(String),
    /// No connection.
    #[error("can't reach the daemon at {address}: {problem}")]
    Unreachable {
        /// Where it was looked for.
        address: String,
        /// What happened.
        problem: String,
    },
    /// The daemon answered with an error.
    #[error("{0}")]
    Daemon(Box<Refusal>),
    /// What was given to read is not what it should be.
    #[error("{name}: {problem}")]
    Input {
        /// The file, or "standard input", and the place in it.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A file can't be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Standard output can't be written.
    #[error("can't write the output: {0}")]
    Output(#[source] io::Error),
    /// The system refused something else.
    #[error("{doing}: {source}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// A verification found something.
    #[error("{what} does not verify: {findings}")]
    NotIntact {
        /// What was verified.
        what: String,
        /// What was found, in a few words.
        findings: String,
    },
    /// Nothing is wrong with what was checked, and not everything could be.
    #[error("what could be checked of {what} is sound, and not everything could be")]
    Unanswered {
        /// What was verified.
        what: String,
    },
    /// Some records of an input were refused.
    #[error("{refused} of {total} records were refused")]
    Incomplete {
        /// How many were refused.
        refused: u64,
        /// How many were read.
        total: u64,
    },
    /// An erasure is recorded and not complete.
    #[error("erasure {sequence} is not complete: these may still hold what was erased: {}", older_copies.join(", "))]
    NotErased {
        /// The erasure's record.
        sequence: u64,
        /// Directories with an earlier state of the store.
        older_copies: Vec<String>,
    },
    /// Keys still depend on an earlier KEK.
    #[error("{left} keys still depend on an earlier KEK; keep its provider configured")]
    KeysLeft {
        /// How many.
        left: u64,
    },
    /// Stored states of projections were not what the records say.
    #[error(
        "stored states were not what the records say, and answers made of them were wrong: {}", folds.join(", ")
    )]
    StatesDiffered {
        /// The folds.
        folds: Vec<String>,
    },
    /// A table can't be had for these records.
    #[error("{table} can't be computed of these records: {why}")]
    NotComputable {
        /// The table.
        table: String,
        /// Why not.
        why: String,
    },
    /// A client's own envelope does not open.
    #[error("{0}")]
    Envelope(#[from] indelible_interchange::envelope::EnvelopeError),
    /// The daemon's answer does not make sense.
    #[error("the daemon's answer can't be used: {0}")]
    Answer(&'static str),
    /// The daemon could not start or had to stop.
    #[error("{problem}")]
    Serve {
        /// The exit code.
        exit: Exit,
        /// Why, with all that led to it.
        problem: String,
    },
}

impl CliError {
    /// An error on a file.
    pub fn file(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File {
            path: path.into(),
            source,
        }
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Input { .. } => Exit::Usage,
            Self::Unreachable { .. } => Exit::Connection,
            Self::Daemon(refusal) if refusal.is_temporary() => Exit::Unavailable,
            Self::Daemon(refusal) => Exit::of_status(refusal.code),
            Self::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::File { .. } | Self::Output(_) | Self::System { .. } => Exit::File,
            Self::NotIntact { .. }
            | Self::Incomplete { .. }
            | Self::NotErased { .. }
            | Self::KeysLeft { .. }
            | Self::StatesDiffered { .. }
            | Self::NotComputable { .. }
            | Self::Envelope(_) => Exit::Refused,
            Self::Unanswered { .. } => Exit::Unavailable,
            Self::Answer(_) => Exit::Daemon,
            Self::Serve { exit, .. } => *exit,
        }
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Usage(_) => Some("see --help".to_owned()),
            Self::Unreachable { .. } => Some(
                "start one with `indelible serve --data DIR`, or name another with --address or \
                 INDELIBLE_ADDRESS"
                    .to_owned(),
            ),
            Self::Daemon(refusal) => refusal.advice(),
            Self::NotIntact { .. } => Some(
                "keep the data directory as it is, and export what can be exported before \
                 anything else"
                    .to_owned(),
            ),
            Self::Incomplete { .. } => {
                Some("mend the lines named and run it again: repeats are safe".to_owned())
            }
            Self::NotErased { .. } => Some(
                "delete these directories as soon as nobody needs them as evidence of the damage, \
                 and restart the daemon, which looks again"
                    .to_owned(),
            ),
            Self::StatesDiffered { .. } => Some(
                "they are made anew and right now; find out who can write to the data directory, run \
                 `indelible verify LEDGER`, and ask again whatever was read from projections"
                    .to_owned(),
            ),
            Self::NotComputable { .. } => {
                Some("ask for fewer records with --from and --to".to_owned())
            }
            _ => None,
        }
    }

    /// The whole message for people, without a final newline. Empty if nothing is to be said.
    #[must_use]
    pub fn to_text(&self) -> String {
        if self.exit() == Exit::Done {
            return String::new();
        }
        let mut text = format!("indelible: {self}");
        if let Self::Daemon(refusal) = self {
            for violation in refusal.unsaid_violations() {
                text.push_str(&format!("\n  {violation}"));
            }
            if let Some(reason) = &refusal.reason {
                text.push_str(&format!("\n  reason: {reason}"));
            }
        }
        if let Some(advice) = self.advice() {
            text.push_str(&format!("\n  what to do: {advice}"));
        }
        text
    }

    /// The same for programs, as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        if self.exit() == Exit::Done {
            return String::new();
        }
        let refusal = match self {
            Self::Daemon(refusal) => Some(refusal),
            _ => None,
        };
        let violations = refusal.map(|refusal| {
            let of =
                |(field, problem): &(String, String)| json!({"field": field, "problem": problem});
            refusal.violations.iter().map(of).collect::<Vec<_>>()
        });
        json!({"error": {
            "message": self.to_string(),
            "exit_code": self.exit().code(),
            "status": refusal.map(|refusal| status_name(refusal.code)),
            "reason": refusal.and_then(|refusal| refusal.reason.as_deref()),
            "metadata": refusal.map(|refusal| &refusal.metadata),
            "violations": violations,
            "retry_after_seconds": refusal.and_then(|refusal| refusal.retry_after)
                .map(|delay| delay.as_secs_f64()),
            "advice": self.advice(),
        }})
        .to_string()
    }
}

/// An error that the daemon answered with, and its details.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The gRPC status.
    pub code: tonic::Code,
    /// What went wrong, for people.
    pub message: String,
    /// The reason's name, as the daemon gave it; a newer daemon may have reasons that this program does not know.
    pub reason: Option<String>,
    /// What belongs to the reason.
    pub metadata: std::collections::BTreeMap<String, String>,
    /// Fields that must be mended, each with its problem.
    pub violations: Vec<(String, String)>,
    /// When to try again.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// Whether the same call can succeed later, as it is.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        // What was aborted is to be decided anew, unless the daemon says when the same will do.
        let same_will_do = self.code == tonic::Code::Aborted && self.retry_after.is_some();
        same_will_do || Exit::of_status(self.code) == Exit::Unavailable
    }

    /// The violations that the message does not already tell.
    pub(crate) fn unsaid_violations(&self) -> impl Iterator<Item = String> {
        let violations = self.violations.iter();
        violations
            .map(|(field, problem)| format!("{field}: {problem}"))
            .filter(|violation| !self.message.contains(violation.as_str()))
    }

    /// The reason, if it is one that this program knows.
    pub(crate) fn known_reason(&self) -> Option<ErrorReason> {
        self.reason.as_deref().and_then(ErrorReason::from_name)
    }

    fn advice(&self) -> Option<String> {
        if let Some(delay) = self.retry_after {
            return Some(format!("try again in {} s", delay.as_secs_f64()));
        }
        if self.is_temporary() {
            return Some("run it again: what was appended is not doubled".to_owned());
        }
        let advice = match self.known_reason() {
            Some(ErrorReason::LedgerUnknown) => {
                "`indelible ledger list` shows the ledgers there are"
            }
            Some(ErrorReason::LedgerExists) => {
                "choose another name, or use the ledger that is there"
            }
            Some(ErrorReason::EventConflict) => {
                "`indelible get --ledger LEDGER --source SOURCE --id ID` shows what is there; another event needs another id"
            }
            Some(ErrorReason::SubjectUnknown) => {
                "check how events spell the data subject; `indelible erasures LEDGER` shows what was erased before"
            }
            Some(ErrorReason::AlreadyErased) => {
                "`indelible erasures LEDGER` shows whether it is complete"
            }
            Some(ErrorReason::ErasureHeld | ErrorReason::HoldUnknown) => {
                "`indelible hold list LEDGER` shows the holds in force, and why each was placed"
            }
            Some(ErrorReason::NoLedgerKey) => {
                "only a ledger created with `--encrypt all` has a data key of its own"
            }
            Some(ErrorReason::ProjectionChanged) => "run it again: it begins with the first page",
            Some(ErrorReason::SequenceMismatch) => "read what was appended since, and decide anew",
            Some(ErrorReason::LedgerQuarantined) => {
                "bring the missing bytes back, or close it with `indelible ledger succeed`"
            }
            _ if matches!(self.code, tonic::Code::DataLoss | tonic::Code::Internal) => {
                "read the daemon's log; leave the data directory as it is"
            }
            _ => return None,
        };
        Some(advice.to_owned())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            return f.write_str(status_name(self.code));
        }
        f.write_str(&self.message)
    }
}

impl From<tonic::Status> for Refusal {
    fn from(status: tonic::Status) -> Self {
        let details = status.get_error_details();
        let information = details.error_info();
        let violations = details.bad_request().map(|request| {
            let of = |violation: &tonic_types::FieldViolation| {
                (violation.field.clone(), violation.description.clone())
            };
            request.field_violations.iter().map(of).collect()
        });
        // The daemon says why in every error of its own. What comes without is the transport's, which has no
        // better word than "unknown" for a connection that broke.
        let broke = information.is_none()
            && matches!(status.code(), tonic::Code::Unknown | tonic::Code::Cancelled);
        let (code, message) = if broke {
            let message = format!("the connection broke: {}", status.message());
            (tonic::Code::Unavailable, message)
        } else {
            (status.code(), status.message().to_owned())
        };
        Self {
            code,
            message,
            reason: information.map(|information| information.reason.clone()),
            metadata: information
                .map(|information| information.metadata.clone().into_iter().collect())
                .unwrap_or_default(),
            violations: violations.unwrap_or_default(),
            retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
        }
    }
}

impl From<tonic::Status> for CliError {
    fn from(status: tonic::Status) -> Self {
        Self::Daemon(Box::new(status.into()))
    }
}

/// The name of a status as gRPC's documentation writes it.
fn status_name(code: tonic::Code) -> &'static str {
    use tonic::Code;
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

#[cfg(test)]
mod tests {
    use indelible_proto::ERROR_DOMAIN;
    use tonic_types::ErrorDetails;

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
        let status = tonic::Status::with_error_details(
            tonic::Code::InvalidArgument,
            "id: is empty",
            details,
        );
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
            let status =
                tonic::Status::with_error_details(tonic::Code::Aborted, "aborted", details);
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
}
