//! Which volume or bucket counts for a place now, by its id: under one path several may lie in turn.

use std::collections::BTreeMap;

use super::{
    catalogue::{Catalogue, Known},
    known::Backups,
};

/// Whether a prune of this daemon takes a backup away by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It lies in what is there now, where the configuration says.
    There,
    /// It lies in what was there last, which is not there now: when a prune reaches it again nobody can say.
    Away,
    /// It lies in another place, or in something else than what counts for the one that the configuration names.
    Elsewhere,
}

/// What is in each place, by the place's name: an id, or nothing.
type There = BTreeMap<String, Option<String>>;

/// What counts for a place: what is there, if backups were made to it under this name, or none were made to anything; otherwise
/// what the newest went to. Beside it stands whether that is there, as far as anybody has looked.
fn counts(catalogue: &Catalogue, there: &There, place: &str) -> Option<(String, bool)> {
    let mut here = catalogue
        .all()
        .rev()
        .filter(|known| known.directory == place)
        .map(|known| &known.target)
        .peekable();
    let newest = here.peek().map(|newest| (*newest).clone());
    match (there.get(place), newest) {
        (Some(Some(found)), None) => Some((found.clone(), true)),
        (Some(Some(found)), Some(newest)) => match here.any(|target| target == found) {
            true => Some((found.clone(), true)),
            false => Some((newest, false)),
        },
        (Some(None), newest) => newest.map(|newest| (newest, false)),
        // Nobody has looked yet.
        (None, newest) => newest.map(|newest| (newest, true)),
    }
}

impl Backups {
    /// Notes what is in a place now: its id, or nothing.
    pub(crate) fn is_in(&self, place: &str, found: Option<String>) {
        self.state().there.insert(place.to_owned(), found);
    }

    /// Whether a prune of this daemon reaches a backup. What was made to another place, or to a volume whose place another one
    /// has, stays until somebody destroys it.
    pub(crate) fn reach(&self, known: &Known) -> Reach {
        let place = self.location().map(|place| place.to_string());
        let Some(place) = place.filter(|_| known.standing.is_there()) else {
            return Reach::Elsewhere;
        };
        let state = self.state();
        match counts(&state.catalogue, &state.there, &place) {
            Some((target, true)) if target == known.target => Reach::There,
            Some((target, false)) if target == known.target => Reach::Away,
            _ => Reach::Elsewhere,
        }
    }

    /// Whether a backup lies on another volume, or in another bucket, than the one that counts for its place.
    pub(crate) fn is_on_other_volume(&self, known: &Known) -> bool {
        let state = self.state();
        let counts = counts(&state.catalogue, &state.there, &known.directory);
        counts.is_some_and(|(target, _)| target != known.target)
    }
}

#[cfg(test)]
mod tests {
    use indelible_backup::{BackupId, Location};

    use super::*;
    use crate::{backups::stored::Begun, config::Backup};

    fn begun(number: u8, target: &str) -> Begun {
        let time = format!("2026-11-29T17:45:{number:02}Z");
        Begun {
            backup: BackupId::new(&time, [number; 4]).unwrap(),
            target: target.to_owned(),
            directory: "/backups".to_owned(),
            begun_ns: u64::from(number),
            encrypted_to: Vec::new(),
        }
    }

    #[test]
    fn what_is_under_the_path_now_counts_by_its_id_and_what_is_away_is_promised_no_day() {
        let mut catalogue = Catalogue::default();
        for begun in [begun(1, "first disk"), begun(2, "second disk")] {
            catalogue.begin(begun);
        }
        let backups = Backups::new(Some(Backup {
            location: Location::from("/backups"),
            every: None,
            at: None,
            keep_days: 30,
            bytes_per_second: None,
            recipients: None,
        }));
        backups.take("system".into(), catalogue, 1);
        let newest = "second disk".to_owned();
        // Of the first, and of the newest: whether a prune reaches it, and whether it lies on another volume.
        let told = || {
            let mut all = backups.all();
            all.reverse();
            let one = |known: &Known| (backups.reach(known), backups.is_on_other_volume(known));
            [one(&all[0]), one(&all[1])]
        };
        let (there, away) = ((Reach::There, false), (Reach::Away, false));
        let elsewhere = (Reach::Elsewhere, true);
        assert_eq!(told(), [elsewhere, there], "before anybody looked");
        // The volumes are exchanged.
        backups.is_in("/backups", Some("first disk".into()));
        assert_eq!(told(), [there, elsewhere]);
        backups.is_in("/backups", Some(newest));
        assert_eq!(told(), [elsewhere, there]);
        backups.is_in("/backups", None);
        assert_eq!(told(), [elsewhere, away]);
        // What no backup went to is not what the path is for.
        backups.is_in("/backups", Some("a stranger's".into()));
        assert_eq!(told(), [elsewhere, away]);
    }
}
