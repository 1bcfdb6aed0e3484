//! What each error of governance becomes.

use indelible_governance::policy::PolicyError;
use indelible_ledger::GovernError;

use super::Refusal;

impl From<GovernError> for Refusal {
    fn from(error: GovernError) -> Self {
        let why = |why: &str| Self::of(&error).with("why", why);
        match &error {
            GovernError::Field(violation) => Self::violation(violation.clone()),
            GovernError::Policy(wrong) => Self::of(&error).with_place(wrong),
            GovernError::Binding(_) => why("binding"),
            GovernError::Completion(_) => why("not-open"),
            GovernError::NotTheAgent { .. } => why("not-the-agent"),
            GovernError::Approval(_) | GovernError::Batch(_) => why("approval"),
            GovernError::Override(_) => why("override"),
            GovernError::Proposal(_) => why("proposal"),
            GovernError::Halt(_) => why("halt"),
            GovernError::Baseline(_) => why("baseline"),
            GovernError::PoliciesTooLarge { .. } | GovernError::TooManyAgents => why("full"),
            GovernError::Conflict { sequence } => Self::of(&error).with("sequence", sequence),
            GovernError::Awaited { approval } => Self::of(&error).with("approval", approval),
            GovernError::Append(append) => append.clone().into(),
            _ => Self::of(&error),
        }
    }
}

impl Refusal {
    fn with_place(self, wrong: &PolicyError) -> Self {
        let refusal = self
            .with("fault", wrong.fault.name())
            .with("document", &wrong.document);
        match wrong.place {
            Some(place) => refusal
                .with("line", place.line)
                .with("column", place.column),
            None => refusal,
        }
    }
}
