//! Errors as callers get them: a status with `google.rpc` details.
//!
//! `ErrorInfo` stands in every one of them, `BadRequest` where the caller must mend a field, and
//! `RetryInfo` where the same call may succeed later.

use std::{collections::HashMap, fmt::Display, time::Duration};

use indelible_evidence::{body::FieldViolation, bundle::WriteError};
use indelible_ledger::{
    AccessError, AppendError, ExportError, IdentityError, KeyEventError, KeyStateError,
    KeyringError, LedgerError, PrepareError, ReadError, ReportError,
};
use indelible_proto::{ERROR_DOMAIN, time::timestamp, v1::ErrorReason};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::reason::Reason as _;
use crate::limits::{RETRY_AFTER_RESTART_MS, RETRY_DELAY_MS};

/// A call that is refused, before it is put on the wire.
#[derive(Debug)]
pub(crate) struct Refusal {
    reason: ErrorReason,
    message: String,
    metadata: Vec<(&'static str, String)>,
    violation: Option<FieldViolation>,
    retry_after: Option<Duration>,
}

impl Refusal {
    pub(crate) fn new(reason: ErrorReason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            metadata: Vec::new(),
            violation: None,
            retry_after: retry_after(reason),
        }
    }

    /// A field that the caller must mend.
    pub(crate) fn field(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::violation(FieldViolation {
            field: field.into(),
            problem: problem.into(),
        })
    }

    /// The same, as the evidence crate says it.
    pub(crate) fn violation(violation: FieldViolation) -> Self {
        let message = format!("{}: {}", violation.field, violation.problem);
        Self {
            violation: Some(violation),
            ..Self::new(ErrorReason::FieldInvalid, message)
        }
    }

    pub(crate) fn page_token(problem: &str) -> Self {
        let violation = FieldViolation {
            field: "page_token".into(),
            problem: problem.into(),
        };
        let message = format!("page_token: {problem}");
        Self {
            violation: Some(violation),
            ..Self::new(ErrorReason::PageTokenInvalid, message)
        }
    }

    pub(crate) fn batch_too_large(problem: String) -> Self {
        let message = format!("events: {problem}");
        let violation = FieldViolation {
            field: "events".into(),
            problem,
        };
        Self {
            violation: Some(violation),
            ..Self::new(ErrorReason::BatchTooLarge, message)
        }
    }

    pub(crate) fn draining() -> Self {
        Self::new(
            ErrorReason::Draining,
            "the daemon is draining before it stops",
        )
    }

    /// A fault of the daemon's own: its cause goes to the log, not to the caller.
    pub(crate) fn internal(cause: &dyn Display) -> Self {
        tracing::error!(%cause, "a call failed");
        Self::new(
            ErrorReason::Internal,
            "the daemon failed, and its log says how",
        )
    }

    /// Adds what the caller must know besides.
    pub(crate) fn but(self, also: impl Display) -> Self {
        Self {
            message: format!("{}; {also}", self.message),
            ..self
        }
    }

    pub(crate) fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.metadata.push((key, value.to_string()));
        self
    }

    fn of(reason: ErrorReason, error: &dyn Display) -> Self {
        match reason {
            ErrorReason::Internal => Self::internal(error),
            ErrorReason::Damaged => {
                tracing::error!(cause = %error, "stored evidence is damaged");
                Self::new(reason, error.to_string())
            }
            _ => Self::new(reason, error.to_string()),
        }
    }
}

/// When the same call may be tried again, for the reasons that pass by themselves.
fn retry_after(reason: ErrorReason) -> Option<Duration> {
    match (reason.code(), reason) {
        (
            _,
            ErrorReason::LedgerStopped | ErrorReason::OutcomeUnknown | ErrorReason::LedgerReadOnly,
        ) => Some(Duration::from_millis(RETRY_AFTER_RESTART_MS)),
        (
            _,
            ErrorReason::Draining
            | ErrorReason::Recovering
            | ErrorReason::IdentityUnavailable
            | ErrorReason::KeysUnavailable
            | ErrorReason::DataKeyUnavailable
            | ErrorReason::NotPublished,
        ) => Some(Duration::from_secs(1)),
        // The second attempt finds the key gone, and begins with another or knows the event as erased.
        (Code::ResourceExhausted | Code::Unavailable, _) | (_, ErrorReason::DataKeyErased) => {
            Some(Duration::from_millis(RETRY_DELAY_MS))
        }
        _ => None,
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let Refusal {
            reason,
            message,
            metadata,
            violation,
            retry_after,
        } = refusal;
        let metadata: HashMap<String, String> = metadata
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
        let mut details = ErrorDetails::with_error_info(reason.name(), ERROR_DOMAIN, metadata);
        if let Some(FieldViolation { field, problem }) = violation {
            details.add_bad_request_violation(field, problem);
        }
        if retry_after.is_some() {
            details.set_retry_info(retry_after);
        }
        Self::with_error_details(reason.code(), message, details)
    }
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        let refused = |field: &str| Self::field(field, error.to_string());
        match &error {
            LedgerError::Name(_) => refused("name"),
            LedgerError::RecoveryKey => refused("recovery_public_key"),
            LedgerError::RequestId => refused("request_id"),
            LedgerError::KeysAway(away) => Self::from(IdentityError::from(away.clone())),
            LedgerError::Shut(error) => error.clone().into(),
            _ => Self::of(error.reason(), &error),
        }
    }
}

/// Says which provider refuses, with what, since when, and what ends it: `wait`, `replace` or `fix`.
impl From<IdentityError> for Refusal {
    fn from(error: IdentityError) -> Self {
        let mut refusal = Self::of(error.reason(), &error);
        let Some(outage) = error.outage() else {
            return refusal;
        };
        for (key, value) in [("provider", outage.provider), ("fault", outage.fault)] {
            if let Some(value) = value {
                refusal = refusal.with(key, value);
            }
        }
        refusal
            .with("since", timestamp(outage.since))
            .with("remedy", outage.remedy.name())
    }
}

impl Refusal {
    /// `path` is that of the event in its request, for example `events[3]`.
    pub(crate) fn unprepared(error: PrepareError, path: impl Display) -> Self {
        match error {
            PrepareError::Field(FieldViolation { field, problem }) if field == "event" => {
                Self::field(path.to_string(), problem)
            }
            PrepareError::Field(FieldViolation { field, problem }) => {
                Self::field(format!("{path}.{field}"), problem)
            }
            PrepareError::TooLong(part) => Self::field(
                format!("{path}.{}", part.part.name()),
                format!("has {} bytes, more than {}", part.found, part.limit),
            ),
            PrepareError::DataKey { .. } => {
                Self::new(error.reason(), error.to_string()).with("event", path)
            }
            PrepareError::KeysAway(away) => Self::from(IdentityError::from(away)),
            PrepareError::Shut(error) => error.into(),
        }
    }
}

impl From<AppendError> for Refusal {
    fn from(error: AppendError) -> Self {
        let refusal = Self::of(error.reason(), &error);
        match error {
            AppendError::Shut(error) => error.into(),
            AppendError::QueueFull { retry_after } => Self {
                retry_after: Some(retry_after),
                ..refusal
            },
            AppendError::Conflict {
                index,
                sequence,
                differs,
            } => {
                let refusal = refusal
                    .with("index", index)
                    .with("differs", differs.join(","));
                match sequence {
                    Some(sequence) => refusal.with("sequence", sequence),
                    None => refusal,
                }
            }
            AppendError::SequenceMismatch { expected, actual } => refusal
                .with("expected_sequence", expected)
                .with("actual_sequence", actual),
            AppendError::BatchEmpty => Self {
                violation: Some(FieldViolation {
                    field: "events".into(),
                    problem: "must hold at least one event".into(),
                }),
                ..refusal
            },
            AppendError::BatchTooLarge {
                events_max,
                bytes_max,
                ..
            } => {
                let problem = refusal.message.clone();
                let violation = Some(FieldViolation {
                    field: "events".into(),
                    problem,
                });
                let refusal = refusal
                    .with("events_max", events_max)
                    .with("bytes_max", bytes_max);
                Self {
                    violation,
                    ..refusal
                }
            }
            AppendError::Refused { .. }
            | AppendError::Unknown { .. }
            | AppendError::Unreadable { .. }
            | AppendError::Draining
            | AppendError::Rotating
            | AppendError::IdentityUnavailable { .. } => refusal,
            AppendError::KeyState(
                KeyStateError::Held { hold } | KeyStateError::NoHold { hold },
            ) => refusal.with("hold", hold),
            AppendError::KeyState(
                KeyStateError::Erased { sequence } | KeyStateError::Ended { sequence },
            ) => refusal.with("sequence", sequence),
            AppendError::KeyState(KeyStateError::Revoked { sequence, size }) => {
                refusal.with("sequence", sequence).with("size", size)
            }
            AppendError::KeyState(KeyStateError::PublishedVoid { size, last }) => {
                refusal.with("trusted_size", size).with("signed_size", last)
            }
            AppendError::KeyState(
                KeyStateError::NoSigningKey { .. }
                | KeyStateError::IdentityInForce
                | KeyStateError::SettingsThere,
            ) => refusal,
            AppendError::KeyErased { index } => refusal.with("index", index),
            AppendError::Incomparable { index, sequence } => {
                refusal.with("index", index).with("sequence", sequence)
            }
        }
    }
}

impl From<KeyEventError> for Refusal {
    fn from(error: KeyEventError) -> Self {
        match error {
            KeyEventError::Append(error) => error.into(),
            KeyEventError::KeysAway(away) | KeyEventError::DataKey(KeyringError::Away(away)) => {
                Self::from(IdentityError::from(away))
            }
            KeyEventError::Shut(error) => error.into(),
            KeyEventError::Read(error) => error.into(),
            KeyEventError::Field(violation) => Self::violation(violation),
            KeyEventError::SizePastHead { size, .. } => {
                Self::of(error.reason(), &error).with("size", size)
            }
            error => Self::of(error.reason(), &error),
        }
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        let refusal = Self::of(error.reason(), &error);
        match error {
            ReadError::NoRecord { sequence, size } => {
                refusal.with("sequence", sequence).with("size", size)
            }
            ReadError::NoProof { size, .. } => refusal.with("size", size),
            ReadError::Damaged { sequence, .. } => refusal.with("sequence", sequence),
            ReadError::EmptySelection { from, to, size } => refusal
                .with("start", from)
                .with("end", to)
                .with("size", size),
            ReadError::KeysAway(away) | ReadError::DataKey(KeyringError::Away(away)) => {
                Self::from(IdentityError::from(away))
            }
            ReadError::Shut(error) => error.into(),
            ReadError::NotSigned { covered, error } => Self {
                message: refusal.message,
                ..Self::from(error).with("covered", covered)
            },
            ReadError::NotPublished
            | ReadError::Draining
            | ReadError::Identity(_)
            | ReadError::DataKey(_)
            | ReadError::Store(_)
            | ReadError::Output(_) => refusal,
        }
    }
}

impl From<AccessError> for Refusal {
    /// Of an access that can't be recorded the reason is why not, so that clients try again where that passes.
    fn from(error: AccessError) -> Self {
        let message = error.to_string();
        match error {
            AccessError::Read(error) => error.into(),
            AccessError::Unrecorded(error) => Self {
                message,
                ..Self::from(error).with("unrecorded", "access")
            },
        }
    }
}

impl From<ExportError> for Refusal {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Read(error) | ExportError::Write(WriteError::Source(error)) => {
                error.into()
            }
            ExportError::Access(error) => error.into(),
            ExportError::Write(error) => Self::of(error.reason(), &error),
        }
    }
}

impl From<ReportError> for Refusal {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Read(error) => error.into(),
            ReportError::Export(error) => error.into(),
            ReportError::Unrecorded(error) => Self::from(error)
                .but("the report is not given out, since it can't be recorded")
                .with("unrecorded", "report"),
            ReportError::NotYet { asked, size } => Self::of(ErrorReason::SizeOutOfRange, &error)
                .with("asked", asked)
                .with("size", size),
            ReportError::NotThen { from, to, size } => {
                Self::of(ErrorReason::SelectionEmpty, &error)
                    .with("start", from)
                    .with("end", to)
                    .with("size", size)
            }
            ReportError::Survey(_) | ReportError::Head(_) => Self::of(ErrorReason::Damaged, &error),
            ReportError::Pipe(_) | ReportError::Canonical(_) => Self::internal(&error),
        }
    }
}

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
