//! What the gate knows of backups.

use indelible_ledger::Engine;
use indelible_proto::v1::ErrorReason;

use super::Gate;
use crate::{
    backups::{Backups, Known},
    rpc::refusal::Refusal,
};

impl Gate {
    /// The same gate before these backups.
    #[must_use]
    pub(crate) fn with_backups(self, backups: Backups) -> Self {
        Self { backups, ..self }
    }

    /// The backups that the daemon made.
    pub(crate) fn backups(&self) -> &Backups {
        &self.backups
    }

    /// The same once it was read which there are, newest first.
    ///
    /// # Errors
    /// If that was not read yet: nothing is said of backups then, and none is made.
    pub(crate) fn known_backups(&self) -> Result<Vec<Known>, Refusal> {
        let Some(why) = self.backups.unread() else {
            return Ok(self.backups.all());
        };
        let problem = format!(
            "which backups there are is not known: {why}; `indelible backup list DIR` shows what lies in a directory, without the \
             daemon"
        );
        // Waiting does not end a quarantine.
        let quarantined = self.recovered().and_then(Engine::system_quarantine);
        Err(match quarantined {
            Some(_) => {
                Refusal::new(ErrorReason::LedgerQuarantined, problem).with("unrecorded", "_system")
            }
            None => Refusal::new(ErrorReason::Recovering, problem),
        })
    }
}
