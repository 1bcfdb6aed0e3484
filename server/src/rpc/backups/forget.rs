//! Forgetting backups that are gone with the place where they lay: a prune reaches only the one that is configured.

use std::{collections::BTreeSet, path::Path};

use indelible_backup::{BackupError, BucketFault, Location, Target};
use indelible_ledger::SystemFact;
use indelible_proto::v1::ErrorReason;

use super::{hold::unusable, recorder::Recorder};
use crate::{
    backups::{Ended, Known, Standing, ended},
    rpc::{authorise::Gate, refusal::Refusal},
};

/// The id of what holds backups in a place now; none if nothing does.
///
/// # Errors
/// If that can't be said.
fn id_there(gate: &Gate, directory: &str) -> Result<Option<String>, Refusal> {
    let configured = gate.backups().location();
    let location = match configured.filter(|location| location.to_string() == directory) {
        Some(location) => location,
        // How to get to a bucket that is configured no longer is not known.
        None if directory.starts_with(BUCKET) => return Ok(None),
        None => Location::from(Path::new(directory)),
    };
    match Target::open(&location) {
        Ok(target) => Ok(Some(target.id().to_owned())),
        Err(BackupError::NotATarget { .. }) => Ok(None),
        Err(BackupError::Bucket(error)) if matches!(error.fault, BucketFault::NoBucket(_)) => {
            Ok(None)
        }
        Err(error) => Err(unusable(&error)),
    }
}

/// How the name of a bucket begins.
const BUCKET: &str = "s3://";

/// Backups that may be forgotten, by the ids of what held them, wherever that was mounted.
pub(super) struct Forgetting {
    gate: Gate,
    directory: String,
    targets: BTreeSet<String>,
    /// Those that are there, which stay known.
    stays: Vec<Known>,
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
        let there = id_there(gate, directory)?;
        let configured = gate.backups().location();
        let is_configured = configured.is_some_and(|place| place.to_string() == directory);
        if is_configured && there.is_none() {
            let problem = format!(
                "the configuration names {directory} for backups, and no backups lie there now: if its volume is not mounted, \
                 mount it; if the backups are destroyed, make one there with `indelible backup create --new-target`, or \
                 configure another place and restart the daemon, and then forget those of before"
            );
            return Err(Refusal::new(ErrorReason::BackupTargetUnusable, problem));
        }
        let is_gone = |known: &Known| {
            Some(&known.target) != there.as_ref() || known.standing == Standing::Missing
        };
        let stays: Vec<_> = backups
            .iter()
            .filter(|known| !is_gone(known))
            .cloned()
            .collect();
        backups.retain(is_gone);
        if backups.is_empty() {
            let problem = match is_configured {
                true => format!(
                    "the backups are there, in {directory}: take them away with `indelible backup prune --keep-days 0` once a \
                     newer one is made, or destroy them first"
                ),
                false => format!(
                    "the backups are there, in {directory}, and a prune does not reach them, since the configuration does not \
                     name that place: delete all that lies in it, and then forget them"
                ),
            };
            return Err(Refusal::new(ErrorReason::BackupStillThere, problem));
        }
        Ok(Self {
            gate: gate.clone(),
            directory: directory.to_owned(),
            targets: backups.iter().map(|known| known.target.clone()).collect(),
            stays,
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
            let is_of_it = |known: &&Known| known.target == target;
            let (foreign, there): (Vec<_>, Vec<_>) = self
                .stays
                .iter()
                .filter(is_of_it)
                .partition(|known| known.standing == Standing::Foreign);
            let ids = |all: Vec<&Known>| all.iter().map(|known| known.id.clone()).collect();
            let gone = Ended {
                made: None,
                there: ids(there),
                foreign: ids(foreign),
                is_whole_look: false,
                target,
            };
            let payload = ended(gone.clone()).map_err(|error| Refusal::internal(&error))?;
            recorder.record("done", Vec::new(), Some(payload)).await?;
            self.gate.backups().change(|known| known.end(gone));
        }
        let ids = self.backups.iter().rev();
        Ok(ids.map(|known| known.id.to_string()).collect())
    }
}
