//! Forgetting backups that are gone with the place where they lay: a prune reaches only the one that is configured.

mod chosen;

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use indelible_backup::{
    BackupError, BackupId, BucketFault, BucketOptions, Location, Target, place_name,
};
use indelible_ledger::{Engine, SystemFact};
use indelible_proto::v1::{BackupLeft, ErrorReason, ForgetBackupsRequest, ForgetBackupsResponse};

use self::chosen::{Choice, Chosen};
use super::{ahead::Lacking, hold::unusable, look::strangers, recorder::Recorder};
use crate::{
    backups::{Backups, Forgotten, Known, Standing, forgotten},
    limits::{BACKUP_PLACES_FORGOTTEN_MAX, BACKUPS_FORGOTTEN_MAX},
    rpc::{authorise::Gate, refusal::Refusal},
};

/// What holds backups in a place now, and which these are.
struct There {
    place_id: String,
    backups: BTreeSet<BackupId>,
}

/// What holds backups in a place now; none if nothing does.
///
/// # Errors
/// If that can't be said.
fn there(gate: &Gate, directory: &str) -> Result<Option<There>, Refusal> {
    let configured = gate.backups().location();
    let location = match configured.filter(|location| location.to_string() == directory) {
        Some(location) => location,
        // How to get to a bucket that is configured no longer is not known.
        None if BucketOptions::is_address(directory) => return Ok(None),
        None => Location::from(Path::new(directory)),
    };
    match Target::open(&location) {
        Ok(target) => {
            let ids = target.ids().map_err(|error| unusable(&error))?;
            Ok(Some(There {
                place_id: target.id().to_owned(),
                backups: ids.into_iter().collect(),
            }))
        }
        Err(BackupError::NotATarget { .. } | BackupError::Away { .. }) => Ok(None),
        Err(BackupError::Bucket(error)) if matches!(error.fault, BucketFault::NoBucket(_)) => {
            Ok(None)
        }
        Err(error) => Err(unusable(&error)),
    }
}

/// Backups that may be forgotten.
pub(super) struct Forgetting {
    gate: Gate,
    directory: String,
    chosen: Chosen,
}

impl Forgetting {
    /// Looks which they are. Blocking.
    ///
    /// # Errors
    /// If there are none, one is being made, they are there, or nobody can say which are meant.
    pub(super) fn prepared(gate: &Gate, asked: ForgetBackupsRequest) -> Result<Self, Refusal> {
        let directory = place_name(&asked.directory);
        let choice = choice(asked)?;
        let mut known = gate.known_backups()?;
        known.retain(|known| known.directory == directory);
        // The volume that was there last is the one that the next backup goes to.
        let expected = known.first().map(|newest| newest.target.clone());
        let engine = gate.recovered().ok_or_else(Refusal::recovering)?;
        known.extend(without_a_record(engine, gate.backups(), &directory));
        if known.is_empty() {
            let problem = format!(
                "no backup is known in {directory}, and none of this store is found there; `indelible backup list` shows the \
                 directory of each that is on record"
            );
            return Err(Refusal::new(ErrorReason::BackupUnknown, problem));
        }
        if known
            .iter()
            .any(|known| known.standing == Standing::Running)
        {
            let problem =
                "a backup is being made there; stop it first with `indelible backup stop`";
            return Err(Refusal::new(ErrorReason::BackupRunning, problem));
        }
        // What lies there now stays known: what was forgotten is named by no erasure any more.
        let there = there(gate, &directory)?;
        for known in &mut known {
            not_there_any_more(known, there.as_ref());
        }
        let configured = gate.backups().location();
        let is_configured = configured.is_some_and(|place| place.to_string() == directory);
        let lacking = Lacking::of(engine, gate.backups());
        let place_id = there.as_ref().map(|there| there.place_id.as_str());
        let is_kept = |known: &Known| lacking.keeps_known(known);
        let chosen = choice.of(&directory, known, place_id, &is_kept)?;
        let is_expected = |known: &Known| Some(&known.target) == expected.as_ref();
        if is_configured && there.is_none() && chosen.goes.iter().any(is_expected) {
            return Err(may_be_away(&directory));
        }
        if chosen.goes.is_empty() && chosen.released.is_empty() {
            return Err(still_there(&directory, is_configured, &chosen));
        }
        Ok(Self {
            gate: gate.clone(),
            directory,
            chosen,
        })
    }

    /// Puts it on record, and then forgets them.
    pub(super) async fn forget(self, recorder: Recorder) -> Result<ForgetBackupsResponse, Refusal> {
        let Chosen {
            goes,
            released,
            left,
        } = self.chosen;
        let backups = SystemFact::Uint((goes.len() + released.len()) as u64);
        let recorder = recorder.with("directory", &self.directory);
        recorder
            .record("begun", vec![("backups", backups)], None)
            .await?;
        let ids = |known: &[Known]| known.iter().rev().map(|known| known.id.clone()).collect();
        let gone = Forgotten {
            forgotten: ids(&goes),
            released: ids(&released),
        };
        let payload = forgotten(&gone).map_err(|error| Refusal::internal(&error))?;
        recorder.record("done", Vec::new(), Some(payload)).await?;
        self.gate.backups().change(|known| known.forget(&gone));
        self.gate.backups().look_soon();
        let left = left.iter().rev().map(|(known, reason)| BackupLeft {
            backup_id: known.id.to_string(),
            place_id: known.target.clone(),
            reason: (*reason).into(),
        });
        Ok(ForgetBackupsResponse {
            backup_ids: gone.forgotten.iter().map(ToString::to_string).collect(),
            left: left.collect(),
            released_backup_ids: gone.released.iter().map(ToString::to_string).collect(),
        })
    }
}

/// Takes one for missing that was whole, and is not in its place now: no record says that yet.
fn not_there_any_more(known: &mut Known, there: Option<&There>) {
    let here = there.filter(|there| there.place_id == known.target);
    let is_gone = here.is_some_and(|there| !there.backups.contains(&known.id));
    if is_gone && matches!(known.standing, Standing::Made | Standing::Foreign) {
        known.standing = Standing::Missing;
    }
}

/// The backups in a place that a look shows now, or showed last, and that no record tells of. Blocking.
fn without_a_record(engine: &Engine, backups: &Backups, directory: &str) -> Vec<Known> {
    let looked = strangers(engine, backups).into_iter();
    let mut known: Vec<_> = looked.flat_map(|looked| looked.strangers).collect();
    known.retain(|known| known.directory == directory);
    known
}

/// Which backups a request means.
fn choice(asked: ForgetBackupsRequest) -> Result<Choice, Refusal> {
    if asked.backup_ids.len() > BACKUPS_FORGOTTEN_MAX {
        let problem = format!("at most {BACKUPS_FORGOTTEN_MAX} backups can be named at once");
        return Err(Refusal::field("backup_ids", problem));
    }
    if asked.place_ids.len() > BACKUP_PLACES_FORGOTTEN_MAX {
        let problem =
            format!("at most {BACKUP_PLACES_FORGOTTEN_MAX} place ids can be named at once");
        return Err(Refusal::field("place_ids", problem));
    }
    let ids = asked.backup_ids.iter().map(|id| id.parse::<BackupId>());
    let ids: Result<BTreeSet<_>, _> = ids.collect();
    Ok(Choice {
        ids: ids.map_err(|problem| Refusal::field("backup_ids", problem.to_string()))?,
        places: asked.place_ids.into_iter().collect(),
    })
}

/// The volume of the place that is configured may only be away.
fn may_be_away(directory: &str) -> Refusal {
    let problem = format!(
        "the configuration names {directory} for backups, and no backups lie there now: if its volume is not mounted, mount it; if \
         the backups are destroyed, make one there with `indelible backup create --new-target`, or configure another place and \
         restart the daemon, and then forget those of before"
    );
    Refusal::new(ErrorReason::BackupPlaceAway, problem)
}

/// Nothing that was meant is gone.
fn still_there(directory: &str, is_configured: bool, chosen: &Chosen) -> Refusal {
    let others = chosen.on_other_volumes();
    let is_any_there = chosen.left.len() > others.len();
    let mut problem = match is_configured {
        _ if !is_any_there => {
            format!("what lies in {directory} now has none of the backups that were made there")
        }
        true => format!(
            "the backups are there, in {directory}: take them away with `indelible backup prune --keep-days 0` once a newer one is \
             made, or destroy them first"
        ),
        false => format!(
            "the backups are there, in {directory}, and a prune does not reach them, since the configuration does not name that \
             place: delete all that lies in it, and then forget them"
        ),
    };
    if !others.is_empty() {
        let _written = write!(
            problem,
            ". On another volume under the same path are {}: if that is destroyed, name it with --place-id, or the backups with \
             --backup",
            others.join(", ")
        );
    }
    Refusal::new(ErrorReason::BackupStillThere, problem)
}
