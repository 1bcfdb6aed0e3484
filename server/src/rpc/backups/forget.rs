//! Forgetting backups that are gone with their directory: a prune reaches only the directory that is configured.

use std::{collections::BTreeSet, path::Path};

use indelible_backup::Target;
use indelible_ledger::SystemFact;
use indelible_proto::v1::ErrorReason;

use super::recorder::Recorder;
use crate::{
    backups::{Ended, Known, Standing, ended},
    rpc::{authorise::Gate, refusal::Refusal},
};

/// Backups that may be forgotten, by the directories of backups that they lay in, wherever these were mounted.
pub(super) struct Forgetting {
    gate: Gate,
    directory: String,
    targets: BTreeSet<String>,
    backups: Vec<Known>,
}

impl Forgetting {
    /// Looks which they are. Blocking.
    ///
    /// # Errors
    /// If there are none, one is being made, or they are there.
    pub(super) fn prepared(gate: &Gate, directory: &str) -> Result<Self, Refusal> {
        let mut backups = gate.known_backups()?;
        backups.retain(|known| known.directory == directory);
        if backups.is_empty() {
            let problem = format!(
                "no backup is known in {directory}; `indelible backup list` shows the directory of each"
            );
            return Err(Refusal::new(ErrorReason::BackupUnknown, problem));
        }
        if backups
            .iter()
            .any(|known| known.standing == Standing::Running)
        {
            let problem =
                "a backup is being made there; stop it first with `indelible backup stop`";
            return Err(Refusal::new(ErrorReason::BackupRunning, problem));
        }
        // What lies there now stays known: what was forgotten is named by no erasure any more.
        let there = Target::open(Path::new(directory)).ok();
        let there = there.as_ref().map(Target::id);
        backups.retain(|known| Some(known.target.as_str()) != there);
        if backups.is_empty() {
            let problem = format!(
                "the backups are there, in {directory}: take them away with `indelible backup prune`, or destroy the \
                 directory first"
            );
            return Err(Refusal::new(ErrorReason::BackupStillThere, problem));
        }
        Ok(Self {
            gate: gate.clone(),
            directory: directory.to_owned(),
            targets: backups.iter().map(|known| known.target.clone()).collect(),
            backups,
        })
    }

    /// Puts it on record, and then forgets them. Returns which they were, oldest first.
    pub(super) async fn forget(self, recorder: Recorder) -> Result<Vec<String>, Refusal> {
        let backups = SystemFact::Uint(self.backups.len() as u64);
        let recorder = recorder.with("directory", &self.directory);
        recorder
            .record("begun", vec![("backups", backups)], None)
            .await?;
        for target in self.targets {
            let gone = Ended {
                made: None,
                target,
                there: Vec::new(),
            };
            let payload = ended(gone.clone()).map_err(|error| Refusal::internal(&error))?;
            recorder.record("done", Vec::new(), Some(payload)).await?;
            self.gate.backups().change(|known| known.end(gone));
        }
        let ids = self.backups.iter().rev();
        Ok(ids.map(|known| known.id.to_string()).collect())
    }
}
