//! What the gate knows of backups.

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
        match self.backups.origin() {
            Some(_) => Ok(self.backups.all()),
            None => Err(Refusal::new(
                ErrorReason::Recovering,
                "the records that tell of backups are not read yet; the log says why, if it takes long",
            )),
        }
    }
}
