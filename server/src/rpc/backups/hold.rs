//! Taking hold of the place for backups, and what keeps it from being used.

use indelible_backup::{BackupError, BucketFault, Held, Location, Target};
use indelible_proto::v1::ErrorReason;

use crate::{
    backups::{Backups, Turn},
    rpc::{authorise::Gate, refusal::Refusal},
};

/// What a target gives a refusal.
pub(super) fn unusable(error: &BackupError) -> Refusal {
    let reason = match error {
        BackupError::BrokenOff => return Refusal::draining(),
        BackupError::InUse { .. } | BackupError::HeldByOther { .. } => ErrorReason::BackupRunning,
        BackupError::Bucket(error) => match &error.fault {
            fault if fault.is_passing() => ErrorReason::BackupBucketUnavailable,
            fault if fault.is_about_credentials() => ErrorReason::BackupBucketDenied,
            BucketFault::NoBucket(_) => ErrorReason::BackupBucketUnknown,
            _ => ErrorReason::BackupTargetUnusable,
        },
        BackupError::Away { .. } => ErrorReason::BackupPlaceAway,
        _ => ErrorReason::BackupTargetUnusable,
    };
    let problem = match reason {
        ErrorReason::BackupRunning => error.to_string(),
        _ => format!("the place for backups can't be used: {error}"),
    };
    Refusal::new(reason, problem)
}

/// Refuses a directory under whose path backups were made, and which is not the one that has them: a volume that is not mounted
/// leaves an empty directory, and a full backup there would look as if all were well.
fn check_is_theirs(backups: &Backups, location: &Location) -> Result<(), Refusal> {
    let (found, reason) = match Target::open(location) {
        Ok(target) => (
            Some(target.id().to_owned()),
            ErrorReason::BackupTargetUnusable,
        ),
        Err(BackupError::NotATarget { .. }) => (None, ErrorReason::BackupTargetUnusable),
        Err(BackupError::Away { .. }) => (None, ErrorReason::BackupPlaceAway),
        Err(error) => return Err(unusable(&error)),
    };
    let path = location.to_string();
    let mut known = backups.all();
    known.retain(|known| known.directory == path);
    let is_theirs = known
        .iter()
        .any(|known| found.as_ref() == Some(&known.target));
    let Some(newest) = known.first().filter(|_| !is_theirs) else {
        return Ok(());
    };
    let what = match &found {
        Some(_) => "is another volume under the same path than the one that has",
        None => "does not hold",
    };
    let problem = format!(
        "{path} {what} the backups which were made there (the newest is {}): mount their volume, or name their bucket's \
         endpoint; if they are lost, or this is a new place, `indelible backup create --new-target` begins anew",
        newest.id
    );
    Err(Refusal::new(reason, problem))
}

/// Takes hold of the directory that is configured, which may be another one than it was if `new_target` says so.
pub(super) fn held(gate: &Gate, new_target: bool) -> Result<(Held, Turn), Refusal> {
    let backups = gate.backups();
    let location = backups.location().ok_or_else(|| {
        Refusal::new(
            ErrorReason::BackupNotConfigured,
            "the configuration names no place for backups; set directory or bucket under [backup], and restart the daemon",
        )
    })?;
    let turn = backups.turn().ok_or_else(|| {
        Refusal::new(
            ErrorReason::BackupRunning,
            "another backup, or a prune, runs; try again when it has ended",
        )
    })?;
    if !new_target {
        check_is_theirs(backups, &location)?;
    }
    let engine = gate.recovered();
    let engine = engine.ok_or_else(Refusal::recovering)?;
    let target = Target::open_or_make(&location, engine.random());
    let held = target.and_then(|target| target.hold(engine.random()));
    let held = held.map_err(|error| unusable(&error))?;
    backups.is_in(&location.to_string(), Some(held.target().id().to_owned()));
    Ok((held, turn))
}
