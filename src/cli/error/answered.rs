//! Errors that a daemon answered with, and the commands that they are of.

use indelible_proto::v1::ErrorReason;

use super::{CliError, chain};

impl From<tonic::Status> for CliError {
    fn from(status: tonic::Status) -> Self {
        Self::Daemon(Box::new(status.into()))
    }
}

impl CliError {
    /// A configuration that can't be used.
    #[must_use]
    pub(crate) fn of_configuration(error: &dyn std::error::Error) -> Self {
        Self::Unusable {
            problem: chain(error),
            advice: "put right what is named; deploy/indelible.toml explains every setting, and `indelible access lint --config \
                     FILE` reads the bindings as the daemon does",
        }
    }

    /// Whether the daemon says that the caller may not do something; if so, what that is.
    pub(crate) fn denied(&self) -> Option<&str> {
        match self {
            Self::Daemon(refusal) if refusal.is(ErrorReason::AccessDenied) => {
                Some(refusal.metadata.get("action").map_or("", String::as_str))
            }
            _ => None,
        }
    }

    /// The same, with the command that made the call.
    #[must_use]
    pub(crate) fn of_command(mut self, told: String) -> Self {
        if let Self::Daemon(refusal) = &mut self {
            refusal.command = Some(told);
        }
        self
    }
}
