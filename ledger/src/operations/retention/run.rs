//! One run of a ledger's rules, whoever wants it, and how it ended.

use super::{
    dispose::{Disposed, dispose},
    disposing::OnDisposal,
    survey::RuleSurvey,
};
use crate::{
    core::{Core, Ledger},
    state::{
        error::{AppendError, KeyEventError, ReadError},
        key_state_error::KeyStateError,
        shared::LedgerState,
    },
};

impl Ledger {
    /// Disposes of what rules in force cover, and completes earlier disposals. What can't be done is told in a notice, until a
    /// run does it. Blocking.
    ///
    /// # Errors
    /// Why nothing was disposed of, also if the clock is not confirmed or a hold is on the whole ledger; or, once a
    /// disposal is recorded, why it is not complete. The next start and the next run continue it.
    pub fn dispose(&self, progress: OnDisposal<'_>) -> Result<Disposed, KeyEventError> {
        let disposed = dispose(self, progress);
        note(&self.core, &self.cell, Turn::of(&disposed));
        disposed
    }
}

/// What became of one ledger's rules.
pub(super) enum Turn {
    Done,
    /// Nothing was due, or somebody said that nothing may go now.
    Waits,
    /// It was broken off, and nothing is known.
    BrokenOff,
    Failed(String),
}

impl Turn {
    /// What a run says.
    pub(super) fn of(disposed: &Result<Disposed, KeyEventError>) -> Self {
        match disposed {
            Ok(disposed) => Self::of_whole(disposed),
            // That the ledger takes no records has a notice of its own.
            Err(KeyEventError::Append(
                AppendError::KeyState(KeyStateError::DisposalHeld { .. })
                | AppendError::Refused { .. },
            )) => Self::Waits,
            Err(
                KeyEventError::Append(AppendError::Draining)
                | KeyEventError::Read(ReadError::Draining),
            ) => Self::BrokenOff,
            Err(error) => Self::Failed(error.to_string()),
        }
    }

    fn of_whole(disposed: &Disposed) -> Self {
        let surveys = disposed.surveys.iter();
        let mut problems: Vec<_> = surveys.filter_map(RuleSurvey::problem).collect();
        if !disposed.evidence.is_empty() {
            let directories = disposed.evidence.iter();
            let shown: Vec<_> = directories
                .map(|directory| directory.display().to_string())
                .collect();
            problems.push(format!(
                "directories with an earlier state of the store may still hold it: {}",
                shown.join(", ")
            ));
        }
        match problems.is_empty() {
            true => Self::Done,
            false => Self::Failed(problems.join("; ")),
        }
    }
}

/// Has a notice tell of a turn that failed, until another one does not.
pub(super) fn note(core: &Core, cell: &LedgerState, turn: Turn) {
    let problem = match turn {
        Turn::Done | Turn::Waits => None,
        Turn::BrokenOff => return,
        Turn::Failed(why) => Some(why),
    };
    core.troubles.retention_ran(cell.origin().as_str(), problem);
}
