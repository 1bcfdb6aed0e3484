//! Why a key is rotated, as the command line says it.

use clap::{Args, ValueEnum};
use indelible_proto::v1::RotationReason;

/// Why a key is rotated.
#[derive(Debug, Args)]
pub(super) struct Why {
    /// Why; the records have it
    #[arg(long, value_enum, value_name = "WHY")]
    reason: Option<Reason>,
}

/// The reasons that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Reason {
    /// Its time had come
    Scheduled,
    /// It may be in the hands of somebody else, or something else happened to it
    Incident,
    /// A rule, an audit or a contract asks for it
    Policy,
}

impl Why {
    /// As requests have it.
    pub(super) fn number(&self) -> i32 {
        let reason = match self.reason {
            None => RotationReason::Unspecified,
            Some(Reason::Scheduled) => RotationReason::Scheduled,
            Some(Reason::Incident) => RotationReason::Incident,
            Some(Reason::Policy) => RotationReason::Policy,
        };
        reason.into()
    }
}
