//! Which of the backups under a path somebody means who says that they are destroyed.

use std::collections::BTreeSet;

use indelible_backup::BackupId;
use indelible_proto::v1::{BackupLeftReason, ErrorReason};

use crate::{
    backups::{Known, Standing},
    rpc::refusal::Refusal,
};

/// What a request names.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// Backups.
    pub(super) ids: BTreeSet<BackupId>,
    /// Volumes or buckets, by their ids.
    pub(super) places: BTreeSet<String>,
}

/// What becomes of the backups under a path, newest first.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// Those that are forgotten.
    pub(super) goes: Vec<Known>,
    /// Those that are there, and that a prune need not keep any more, though the store may lack what they have.
    pub(super) released: Vec<Known>,
    /// Those that stay known, and why.
    pub(super) left: Vec<(Known, BackupLeftReason)>,
}

impl Choice {
    /// Chooses among the backups that are known under a path, where the volume of an id lies now, or none. Some no prune takes
    /// away, since the store may lack what they have: they are released where they are named.
    ///
    /// # Errors
    /// If a name is none of theirs, a backup that is named is there, or several volumes were there and none is named.
    pub(super) fn of(
        &self,
        directory: &str,
        known: Vec<Known>,
        there: Option<&str>,
        is_kept: &dyn Fn(&Known) -> bool,
    ) -> Result<Chosen, Refusal> {
        self.check_names(directory, &known)?;
        let volumes: BTreeSet<_> = known.iter().map(|known| known.target.clone()).collect();
        let none_is_named = self.ids.is_empty() && self.places.is_empty();
        if none_is_named && there.is_none() && volumes.len() > 1 {
            return Err(which_volume(directory, &volumes));
        }
        let mut chosen = Chosen::default();
        for known in known {
            // A backup that is not on the volume any more is not there, though its volume is.
            let is_there =
                there == Some(known.target.as_str()) && known.standing != Standing::Missing;
            let is_named = self.ids.contains(&known.id) || self.places.contains(&known.target);
            let is_here = there.is_none_or(|there| there == known.target);
            if is_there && self.ids.contains(&known.id) {
                match is_kept(&known) {
                    true => chosen.released.push(known),
                    false => return Err(named_and_there(directory, &known)),
                }
                continue;
            }
            match (is_there, none_is_named) {
                (true, _) => chosen.left.push((known, BackupLeftReason::There)),
                (false, true) if is_here => chosen.goes.push(known),
                (false, true) => chosen.left.push((known, BackupLeftReason::OtherVolume)),
                (false, false) if is_named => chosen.goes.push(known),
                (false, false) => chosen.left.push((known, BackupLeftReason::NotNamed)),
            }
        }
        Ok(chosen)
    }

    /// Refuses a name that is not one of a backup, or of a volume, under the path.
    fn check_names(&self, directory: &str, known: &[Known]) -> Result<(), Refusal> {
        let unknown = |what: String| {
            let problem = format!(
                "no {what} is known in {directory}; `indelible backup list --output json` shows the backups, and the place_id of each"
            );
            Refusal::new(ErrorReason::BackupUnknown, problem)
        };
        let is_one = |id: &&BackupId| !known.iter().any(|known| known.id == **id);
        if let Some(id) = self.ids.iter().find(is_one) {
            return Err(unknown(format!("backup {id}")));
        }
        let is_one = |id: &&String| !known.iter().any(|known| known.target == **id);
        match self.places.iter().find(is_one) {
            Some(id) => Err(unknown(format!("backup with the place id {id:?}"))),
            None => Ok(()),
        }
    }
}

impl Chosen {
    /// Those that lie on another volume under the same path, as they are told.
    pub(super) fn on_other_volumes(&self) -> Vec<String> {
        let others = self.left.iter();
        let others = others.filter(|(_, reason)| *reason == BackupLeftReason::OtherVolume);
        others
            .map(|(known, _)| format!("{} (place id {})", known.id, known.target))
            .collect()
    }
}

/// Nobody can say which volume is destroyed.
fn which_volume(directory: &str, volumes: &BTreeSet<String>) -> Refusal {
    let volumes: Vec<_> = volumes.iter().map(String::as_str).collect();
    let problem = format!(
        "backups were made on {} volumes under {directory}, and none of them is there now: name those that are destroyed with \
         --place-id (they are {}), or backups with --backup",
        volumes.len(),
        volumes.join(", ")
    );
    Refusal::field("place_ids", problem)
}

/// A backup that is named is not destroyed.
fn named_and_there(directory: &str, known: &Known) -> Refusal {
    let id = &known.id;
    let problem = match known.standing {
        Standing::Foreign => format!(
            "{id} is there, in {directory}, and nothing shows that this daemon made it, so no prune takes it away: find out who put \
             it there, and delete manifests/{id}.note and manifests/{id}.json; the next backup sweeps up what it alone named"
        ),
        _ => format!(
            "backup {id} is there, in {directory}: a prune takes it away once a newer one is made (`indelible backup prune \
             --keep-days 0`), where the configuration names that place; elsewhere delete what lies there first"
        ),
    };
    Refusal::new(ErrorReason::BackupStillThere, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(number: u32, target: &str, standing: Standing) -> Known {
        let id = BackupId::new("2026-11-29T17:45:00Z", number.to_be_bytes()).unwrap();
        Known::new(id, (target.into(), "/backups".into()), standing)
    }

    /// Numbers of those that go, and how many are left for which reason.
    fn chosen(
        choice: &Choice,
        there: Option<&str>,
    ) -> Result<(Vec<String>, Vec<BackupLeftReason>), ErrorReason> {
        let all = vec![
            known(1, "old", Standing::Made),
            known(2, "old", Standing::Made),
            known(3, "new", Standing::Missing),
            known(4, "new", Standing::Made),
            known(5, "new", Standing::Made),
        ];
        let chosen = choice
            .of("/backups", all, there, &|known: &Known| {
                known.id == id_of(5)
            })
            .map_err(|refusal| refusal.reason())?;
        let goes = chosen.goes.iter().map(|known| known.id.to_string());
        let left = chosen.left.iter().map(|(_, reason)| *reason);
        Ok((goes.collect(), left.collect()))
    }

    fn id_of(number: u32) -> BackupId {
        known(number, "", Standing::Made).id
    }

    fn id(number: u32) -> String {
        id_of(number).to_string()
    }

    fn named(ids: &[u32], places: &[&str]) -> Choice {
        Choice {
            ids: ids
                .iter()
                .map(|number| id(*number).parse().unwrap())
                .collect(),
            places: places.iter().map(|place| (*place).to_owned()).collect(),
        }
    }

    #[test]
    fn another_volume_that_may_only_be_away_is_left_unless_it_is_named() {
        use BackupLeftReason as Reason;
        let none = Choice::default();
        let (other, there) = (Reason::OtherVolume, Reason::There);
        let left = vec![other, other, there, there];
        assert_eq!(chosen(&none, Some("new")), Ok((vec![id(3)], left)));
        let left = vec![Reason::NotNamed, there, there];
        assert_eq!(
            chosen(&named(&[], &["old"]), Some("new")),
            Ok((vec![id(1), id(2)], left))
        );
        let left = vec![Reason::NotNamed, Reason::NotNamed, there, there];
        assert_eq!(
            chosen(&named(&[2], &[]), Some("new")),
            Ok((vec![id(2)], left))
        );
        assert_eq!(
            chosen(&named(&[4], &[]), Some("new")),
            Err(ErrorReason::BackupStillThere)
        );
        assert_eq!(
            chosen(&named(&[9], &[]), Some("new")),
            Err(ErrorReason::BackupUnknown)
        );
        assert_eq!(
            chosen(&named(&[], &["none"]), Some("new")),
            Err(ErrorReason::BackupUnknown)
        );
    }

    #[test]
    fn one_that_is_there_and_kept_for_what_the_store_lacks_is_released_by_its_name_alone() {
        let all = || {
            vec![
                known(4, "new", Standing::Made),
                known(5, "new", Standing::Made),
            ]
        };
        let is_kept = |known: &Known| known.id == id_of(5);
        let released = |choice: &Choice| {
            let chosen = choice.of("/backups", all(), Some("new"), &is_kept).unwrap();
            let ids = chosen.released.iter().map(|known| known.id.clone());
            (
                ids.collect::<Vec<_>>(),
                chosen.goes.len(),
                chosen.left.len(),
            )
        };
        assert_eq!(released(&named(&[5], &[])), (vec![id_of(5)], 0, 1));
        assert_eq!(released(&named(&[], &["new"])), (vec![], 0, 2));
        assert_eq!(released(&Choice::default()), (vec![], 0, 2));
    }

    #[test]
    fn where_several_volumes_were_and_none_is_there_one_must_be_named() {
        assert_eq!(
            chosen(&Choice::default(), None),
            Err(ErrorReason::FieldInvalid)
        );
        let (goes, _) = chosen(&named(&[], &["old"]), None).unwrap();
        assert_eq!(goes, [id(1), id(2)]);
    }
}
