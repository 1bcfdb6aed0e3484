//! An error that the daemon answered with: its reason, and what to do about it.

use std::{collections::BTreeMap, fmt, time::Duration};

use indelible_proto::v1::{ErrorReason, Event};
use tonic_types::StatusExt as _;

use super::{certificates, producers};
use crate::cli::exit::Exit;

/// How the message begins where a connection broke.
const BROKE: &str = "the connection broke";

/// How the reason of a quarantine ends where the anchor, and not the data, is missing or unusable.
const OF_THE_ANCHOR: &str = "[anchor-unusable]";

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
    pub metadata: BTreeMap<String, String>,
    /// Fields that must be fixed, each with its problem.
    pub violations: Vec<(String, String)>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// The command that shows what stands against the call, where it is known.
    pub look: Option<String>,
    /// Which command it was, and what that is about, where the caller may not do something.
    pub command: Option<String>,
    /// Why the daemon does not take this client's certificate, if that is what broke the connection, and it was told.
    pub alert: Option<&'static str>,
}

impl Refusal {
    /// Whether the same call can succeed later, as it is.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        // What was aborted must be decided again, unless the daemon says when the same call will do.
        let same_will_do = self.code == tonic::Code::Aborted && self.retry_after.is_some();
        same_will_do || Exit::of_status(self.code) == Exit::Unavailable
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.is_temporary() {
            return Exit::Unavailable;
        }
        // Nothing that is there differs: somebody has decided that it ends.
        if self.is(ErrorReason::BackupStopped) {
            return Exit::Refused;
        }
        // The command line may be right, and the ledger shorter than it was.
        if self.is(ErrorReason::SizeOutOfRange) {
            return Exit::Refused;
        }
        Exit::of_status(self.code)
    }

    /// Says how to look at the event that is recorded under the identity of this one.
    #[must_use]
    pub fn of_event(self, ledger: &str, event: &Event) -> Self {
        if self.known_reason() != Some(ErrorReason::EventConflict) {
            return self;
        }
        let [ledger, source, id] = [ledger, &event.source, &event.id].map(quoted);
        let look = format!("indelible get {ledger} --source {source} --id {id}");
        Self {
            look: Some(look),
            ..self
        }
    }

    /// What to do where the caller may not do something: no binding helps where nobody can do it on that ledger.
    fn of_access(&self) -> &'static str {
        let has_no_role = self.metadata.get("roles").is_some_and(String::is_empty);
        match has_no_role && self.metadata.contains_key("ledger") {
            true => {
                "choose another ledger: nobody but the daemon writes to those whose names begin with `_`, and nothing in them \
                 is encrypted"
            }
            false => {
                "whoever writes the daemon's configuration binds roles there, under [[access]]; it is taken without a restart"
            }
        }
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

    /// Whether the daemon gave this reason.
    #[must_use]
    pub(crate) fn is(&self, reason: ErrorReason) -> bool {
        self.known_reason() == Some(reason)
    }

    /// What to do about what may be over the next time.
    fn of_what_passes(&self) -> Option<String> {
        // A client that waits may try again by itself; a person can do more than wait.
        if self.is(ErrorReason::LedgerStopped) || self.is(ErrorReason::OutcomeUnknown) {
            return Some(
                "`indelible status` shows why; fix that, restart the daemon (what it says about the anchor may have to be put \
                 right first), look whether it was done, and run it again; nothing is appended twice"
                    .to_owned(),
            );
        }
        if self.is(ErrorReason::QuotaExceeded) {
            return Some(
                "try again after midnight, UTC, or have whoever runs the daemon raise the quota"
                    .to_owned(),
            );
        }
        // Waiting makes no room for these: somebody does.
        if self.is(ErrorReason::ApprovalsExhausted)
            || self.is(ErrorReason::LedgersExhausted)
            || self.is(ErrorReason::TokensExhausted)
        {
            return Some("make room as it says, and run it again".to_owned());
        }
        // Nor does it bring a file back.
        if self.is(ErrorReason::ArchiveUnavailable) || self.is(ErrorReason::BackupPlaceAway) {
            return Some("do what the message says, and run it again".to_owned());
        }
        if let Some(delay) = self.retry_after {
            return Some(format!("try again in {} s", delay.as_secs_f64()));
        }
        if self.is_of_connection() {
            return Some(
                "close connections that are not needed (`ss -tnp` shows whose they are), then run it again; \
                 with a low limit on open files, raise it (LimitNOFILE of the unit)"
                    .to_owned(),
            );
        }
        if self.is_temporary() {
            return Some(
                "look whether it was done, and run it again if it was not; an append can be run again at once, since nothing is \
                 appended twice"
                    .to_owned(),
            );
        }
        None
    }

    /// What to do about it, if that is known.
    pub(super) fn advice(&self) -> Option<String> {
        if let Some(advice) = self.of_what_passes() {
            return Some(advice);
        }
        let advice = match self.known_reason() {
            Some(ErrorReason::LedgerUnknown) => "`indelible ledger list` shows all ledgers",
            Some(ErrorReason::LedgerExists) => "choose another name, or use the existing ledger",
            Some(ErrorReason::EventConflict) => {
                let look = self.look.as_deref();
                let look = look.unwrap_or("indelible get LEDGER --source SOURCE --id ID");
                return Some(format!(
                    "`{look}` shows the recorded event; a different event needs a different id"
                ));
            }
            Some(ErrorReason::DataSubjectUnknown) => {
                "check how events spell the data subject; `indelible erasures LEDGER` shows what was erased before"
            }
            Some(ErrorReason::AlreadyErased) => {
                "`indelible erasures LEDGER` shows whether it is complete"
            }
            Some(
                ErrorReason::ErasureHeld | ErrorReason::DisposalHeld | ErrorReason::HoldUnknown,
            ) => "`indelible hold list LEDGER` shows the holds in force, and why each was placed",
            Some(ErrorReason::NoLedgerKey) => {
                "only a ledger created with `--encrypt all` has a data key of its own"
            }
            Some(ErrorReason::BundleDiffers) => {
                "export the whole ledger again, verify the bundle, and end the ledger with that one"
            }
            Some(ErrorReason::ProjectionChanged) => {
                "run it again: it starts over with the first page"
            }
            Some(ErrorReason::SelectionEmpty) => {
                "ask for a period or a range in which there are records (a day begins at midnight UTC), or for the whole \
                 ledger, without one"
            }
            Some(ErrorReason::SizeOutOfRange) => {
                "`indelible ledger show LEDGER` shows how many records it has. If you hold a signed checkpoint of a larger size, \
                 the ledger has lost records: keep the checkpoint, and inform whoever runs the daemon"
            }
            Some(ErrorReason::SequenceMismatch) => "read what was appended since, and decide again",
            Some(ErrorReason::LedgerQuarantined) if self.message.contains(OF_THE_ANCHOR) => {
                "put the newest copy of this store's anchor back and restart the daemon; if there is no copy, stop it and run \
                 `indelible system succeed`; then `indelible ledger succeed` closes a ledger and starts its successor"
            }
            Some(ErrorReason::LedgerQuarantined) if self.message.contains("_system") => {
                "restore the missing bytes, or stop the daemon and close _system with `indelible system succeed`"
            }
            Some(ErrorReason::LedgerQuarantined) => {
                "restore the missing bytes, or close the ledger with `indelible ledger succeed`"
            }
            Some(ErrorReason::AccessDenied) => self.of_access(),
            Some(ErrorReason::ClockUnconfirmed) => {
                "compare the daemon's clock with another one; if it is right, `indelible clock accept`"
            }
            _ if matches!(self.code, tonic::Code::DataLoss | tonic::Code::Internal) => {
                "read the daemon's log; leave the data directory as it is"
            }
            reason => {
                let reason = reason?;
                of_two_people(reason).or_else(|| producers::advice(reason))?
            }
        };
        Some(advice.to_owned())
    }
}

/// What to do where two people are needed.
fn of_two_people(reason: ErrorReason) -> Option<&'static str> {
    match reason {
        ErrorReason::ApprovalRequired => Some(
            "run it with --request, have somebody else run `indelible request approve`, and run it again with --approved and \
             the id of the request",
        ),
        ErrorReason::ApprovalUnknown | ErrorReason::ApprovalNotUsable => Some(
            "`indelible request list` shows the requests that you may see, and what became of them",
        ),
        _ => None,
    }
}

/// A word as a shell takes it back as one.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@%+,".contains(c);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            return f.write_str(status_name(self.code));
        }
        f.write_str(&self.message)
    }
}

impl Refusal {
    /// Whether the connection broke, and nothing says why.
    pub(crate) fn is_of_broken_connection(&self) -> bool {
        self.reason.is_none() && self.message.starts_with(BROKE)
    }
}

impl From<tonic::Status> for Refusal {
    fn from(status: tonic::Status) -> Self {
        // What the daemon answers has no source: the words are never a client's own.
        let source = std::error::Error::source(&status);
        if let Some(refused) = source.and_then(Self::of_connection) {
            return refused;
        }
        let details = status.get_error_details();
        let information = details.error_info();
        let violations = details.bad_request().map(|request| {
            let of = |violation: &tonic_types::FieldViolation| {
                (violation.field.clone(), violation.description.clone())
            };
            request.field_violations.iter().map(of).collect()
        });
        // The daemon says why in every error of its own. What comes without is the transport's, which has no
        // better word than "unknown" for a connection that broke, and calls bytes of another protocol "internal".
        let broke = information.is_none()
            && match status.code() {
                tonic::Code::Unknown | tonic::Code::Cancelled => true,
                tonic::Code::Internal => source.is_some(),
                _ => false,
            };
        let (code, message) = if broke {
            let message = format!("{BROKE}: {}", status.message());
            (tonic::Code::Unavailable, message)
        } else {
            (status.code(), status.message().to_owned())
        };
        let metadata: BTreeMap<String, String> = information
            .map(|information| information.metadata.clone().into_iter().collect())
            .unwrap_or_default();
        Self {
            code,
            message: without_number(message, &metadata),
            reason: information.map(|information| information.reason.clone()),
            metadata,
            violations: violations.unwrap_or_default(),
            retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
            look: None,
            command: None,
            alert: source.and_then(certificates::alert),
        }
    }
}

/// What was refused of a stream, without the number of its message, which means nothing to a person; programs have it in
/// the metadata.
fn without_number(message: String, metadata: &BTreeMap<String, String>) -> String {
    let number = metadata.get("message");
    let without = number.and_then(|number| message.strip_prefix(&format!("message {number}: ")));
    without.map(str::to_owned).unwrap_or(message)
}

/// The name of a status as gRPC's documentation writes it.
pub(super) fn status_name(code: tonic::Code) -> &'static str {
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
