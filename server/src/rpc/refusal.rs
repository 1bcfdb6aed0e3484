//! Errors as callers get them: a status with `google.rpc` details.
//!
//! Every error has an `ErrorInfo`, a `BadRequest` if the caller must fix a field, and a `RetryInfo` if the same call may
//! succeed later.

mod fitting;
mod from_engine;
mod from_governance;

use std::{collections::HashMap, fmt::Display, time::Duration};

use indelible_evidence::body::FieldViolation;
use indelible_proto::{ERROR_DOMAIN, v1::ErrorReason};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use self::fitting::{fitting, shortened};
use super::reason::Reason;
use crate::{
    limits::{RETRY_AFTER_RESTART_MS, RETRY_DELAY_MS, SHED_RETRY_MS},
    traffic::count_refusal,
};

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

    /// Why.
    pub(crate) fn reason(&self) -> ErrorReason {
        self.reason
    }

    /// What is wrong, for people.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What the reason is about, in a word: the field that is wrong, or which of the things that may stand behind the reason.
    pub(crate) fn detail(&self) -> Option<&str> {
        let field = self.violation.as_ref().map(|one| &*one.field);
        let why = || {
            let mut metadata = self.metadata.iter();
            let found = metadata.find(|(name, _)| *name == "why");
            found.map(|(_, why)| why.as_str())
        };
        field.or_else(why)
    }

    /// A field that the caller must fix.
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

    pub(crate) fn recovering() -> Self {
        Self::new(
            ErrorReason::Recovering,
            "the daemon is recovering its ledgers",
        )
    }

    /// A fault of the daemon's own: its cause goes to the log, not to the caller.
    pub(crate) fn internal(cause: &dyn Display) -> Self {
        tracing::error!(%cause, "a call failed");
        Self::new(ErrorReason::Internal, "the daemon failed; its log says how")
    }

    /// Adds something to the message.
    pub(crate) fn but(self, also: impl Display) -> Self {
        Self {
            message: format!("{}; {also}", self.message),
            ..self
        }
    }

    /// Names the message of a stream that is refused, by its number from 0; what is said of events counts within it.
    pub(crate) fn of_message(self, number: u64) -> Self {
        let message = format!("message {number}: {}", self.message);
        Self { message, ..self }.with("message", number)
    }

    /// The same, to be tried again after this time.
    pub(crate) fn after(self, retry: Duration) -> Self {
        Self {
            retry_after: Some(retry),
            ..self
        }
    }

    pub(crate) fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.metadata.push((key, value.to_string()));
        self
    }

    /// An error of the ledger, for its reason.
    fn of(error: &(impl Reason + Display)) -> Self {
        let refusal = Self::because(error.reason(), error);
        let refusal = match error.cause() {
            Some(cause) => refusal.with("cause", cause.name()),
            None => refusal,
        };
        match error.key() {
            Some(key) => refusal.with("key", key.name()),
            None => refusal,
        }
    }

    fn because(reason: ErrorReason, error: &dyn Display) -> Self {
        match reason {
            ErrorReason::Internal => Self::internal(error),
            ErrorReason::Damaged => {
                tracing::error!(cause = %error, "stored evidence is damaged");
                Self::new(reason, error.to_string())
            }
            ErrorReason::ResourcesExhausted | ErrorReason::StorageFailed => {
                tracing::warn!(cause = %error, "the operating system refused what a call needs");
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
            ErrorReason::LedgerStopped
            | ErrorReason::OutcomeUnknown
            | ErrorReason::LedgerReadOnly
            | ErrorReason::StorageFailed
            | ErrorReason::ArchiveUnavailable
            | ErrorReason::BackupPlaceAway
            | ErrorReason::LedgersExhausted
            | ErrorReason::TokensExhausted
            | ErrorReason::ApprovalsExhausted,
        ) => Some(Duration::from_millis(RETRY_AFTER_RESTART_MS)),
        (
            _,
            ErrorReason::Draining
            | ErrorReason::Recovering
            | ErrorReason::KeysUnavailable
            | ErrorReason::RegisterUnavailable
            | ErrorReason::NotPublished
            | ErrorReason::BackupRunning
            | ErrorReason::ResourcesExhausted,
        ) => Some(Duration::from_secs(1)),
        // A retry finds the key gone. It begins with another key, or finds that the event was erased.
        (_, ErrorReason::Overloaded) => Some(Duration::from_millis(SHED_RETRY_MS)),
        (Code::ResourceExhausted | Code::Unavailable, _) | (_, ErrorReason::DataKeyErased) => {
            Some(Duration::from_millis(RETRY_DELAY_MS))
        }
        _ => None,
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        count_refusal(refusal.reason);
        refusal.uncounted()
    }
}

impl Refusal {
    /// The status, for whoever counts refusals by itself. It has what the caller sent as far as its trailers may have it.
    pub(crate) fn uncounted(self) -> Status {
        fitting(|bytes_max| self.with_texts_of(bytes_max))
    }

    /// The status, with no text in it that is longer.
    fn with_texts_of(&self, bytes_max: usize) -> Status {
        let reason = self.reason;
        let short = |text: &str| shortened(text, bytes_max).into_owned();
        let (message, retry_after) = (short(&self.message), self.retry_after);
        let metadata: HashMap<String, String> = self
            .metadata
            .iter()
            .map(|(key, value)| ((*key).to_owned(), short(value)))
            .collect();
        let mut details = ErrorDetails::with_error_info(reason.name(), ERROR_DOMAIN, metadata);
        if let Some(FieldViolation { field, problem }) = &self.violation {
            details.add_bad_request_violation(short(field), short(problem));
        }
        if retry_after.is_some() {
            details.set_retry_info(retry_after);
        }
        Status::with_error_details(reason.code(), message, details)
    }
}

#[cfg(test)]
mod tests;
