//! Looking into the places for backups for what no record tells of: an earlier volume under the same path, backups of a time that
//! the store has lost, and those of other stores.

use std::{sync::mpsc, thread, time::Duration};

use indelible_backup::{BackupError, BackupId, Location, Manifest, Target};
use indelible_ledger::Engine;

use super::own::Own;
use crate::{
    backups::{Ahead, Backups, CutOf, Known, Looked, MadeOf, Standing},
    limits::{BACKUP_LOOK_WAIT_SECONDS, BACKUPS_FOREIGN_MAX, BACKUPS_LOOKED_AT_MAX},
};

/// How long an answer waits for a look.
const LOOK_WAIT: Duration = Duration::from_secs(BACKUP_LOOK_WAIT_SECONDS);

/// Ledgers of which it is said how far a backup is ahead of the store.
const LEDGERS_TOLD_MAX: usize = 3;

/// Looks into every place, and keeps what was seen there. Blocking.
pub(super) fn look_everywhere(engine: &Engine, backups: &Backups) {
    for location in backups.places() {
        look_at(engine, backups, &location);
    }
}

/// What lies in the places and no record tells of, by what a look shows now; of a bucket, and of a directory that does not answer in
/// time, by what the last one showed. Blocking.
pub(super) fn strangers(engine: &Engine, backups: &Backups) -> Vec<Looked> {
    let (done, looked) = mpsc::channel();
    if let Some(turn) = backups.look_turn() {
        let (engine, own) = (engine.clone(), backups.clone());
        thread::spawn(move || {
            for location in own.places() {
                if location.directory().is_some() {
                    look_at(&engine, &own, &location);
                }
            }
            drop(turn);
            // Whoever does not wait any more needs no answer.
            let _unheard = done.send(());
        });
    } else {
        drop(done);
    }
    if looked.recv_timeout(LOOK_WAIT).is_err() {
        let seconds = LOOK_WAIT.as_secs();
        tracing::warn!(
            seconds,
            "a directory for backups does not answer: what was seen there last is told"
        );
    }
    backups.looked().into_values().collect()
}

/// Looks into one place, and keeps what was seen.
fn look_at(engine: &Engine, backups: &Backups, location: &Location) {
    let place = location.to_string();
    match Look::new(engine, backups, location).and_then(Look::run) {
        Ok(looked) => backups.saw(&place, Some(looked)),
        Err(BackupError::Away { .. } | BackupError::NotATarget { .. }) => backups.saw(&place, None),
        Err(error) => {
            let directory = place.as_str();
            tracing::warn!(directory, %error, "a place for backups can't be looked through: what was seen there last goes on to be told");
        }
    }
}

/// A look into one place.
struct Look<'a> {
    engine: &'a Engine,
    backups: &'a Backups,
    own: Own,
    place: String,
    target: Target,
    seen: Looked,
    foreign_more: u64,
}

impl<'a> Look<'a> {
    fn new(
        engine: &'a Engine,
        backups: &'a Backups,
        location: &Location,
    ) -> Result<Self, BackupError> {
        let target = Target::open(location)?;
        Ok(Self {
            own: Own::of(engine, backups),
            place: location.to_string(),
            seen: Looked {
                target: target.id().to_owned(),
                ..Looked::default()
            },
            foreign_more: 0,
            target,
            engine,
            backups,
        })
    }

    fn run(mut self) -> Result<Looked, BackupError> {
        let (mut unfinished, mut read) = (Vec::new(), 0);
        for id in self.target.ids()?.into_iter().rev() {
            let (known, was_begun) = self.backups.ask(|records| {
                let known = records.get(&id);
                let here = known.filter(|known| known.target == self.target.id());
                (here.map(|known| known.standing), records.was_begun(&id))
            });
            match known {
                Some(Standing::Unfinished) => unfinished.push(id),
                // It was found there, and taken up.
                Some(Standing::Made) if !was_begun && read < BACKUPS_LOOKED_AT_MAX => {
                    read += 1;
                    let manifest = self.target.manifest(&id).ok();
                    if let Some(manifest) = manifest.filter(|manifest| self.own.is_own(manifest)) {
                        self.ahead(id, &manifest);
                    }
                }
                Some(_) => {}
                None if read < BACKUPS_LOOKED_AT_MAX => {
                    read += 1;
                    self.stranger(id);
                }
                None => self.foreign_more += 1,
            }
        }
        self.whole(unfinished)?;
        let mut foreign = self.seen.strangers.iter_mut().rev();
        if let Some(last) = foreign.find(|known| known.standing == Standing::Foreign) {
            last.foreign_more = self.foreign_more;
        }
        Ok(self.seen)
    }

    /// One that no record knows here.
    fn stranger(&mut self, id: BackupId) {
        let place = (self.target.id().to_owned(), self.place.clone());
        match self.target.manifest(&id) {
            Ok(manifest) if self.own.is_own(&manifest) => {
                let mut known = Known::new(id.clone(), place, Standing::Made);
                let recipients = manifest.encryption.as_ref();
                known.encrypted_to = recipients
                    .map(|to| to.recipients.clone())
                    .unwrap_or_default();
                let mut made = made_of(&manifest);
                let was_begun = self.backups.ask(|records| records.was_begun(&id));
                if !was_begun {
                    // It was made in a time that the store has lost, or by a copy of it: its records need not be the store's,
                    // so that their number says nothing of what it holds.
                    made.ledgers = None;
                    self.ahead(id, &manifest);
                }
                known.made(made);
                self.seen.strangers.push(known);
            }
            Ok(manifest) if !self.own.is_of_the_store(&manifest) => self.seen.of_other_stores += 1,
            // It was taken away meanwhile.
            Err(BackupError::Unknown { .. }) => {}
            // What can't be read may hold anything, too.
            Ok(_) | Err(_) => {
                let foreign = |known: &&Known| known.standing == Standing::Foreign;
                match self.seen.strangers.iter().filter(foreign).count() < BACKUPS_FOREIGN_MAX {
                    true => self
                        .seen
                        .strangers
                        .push(Known::new(id, place, Standing::Foreign)),
                    false => self.foreign_more += 1,
                }
            }
        }
    }

    /// Those that the records call unfinished, and that are there as a whole.
    fn whole(&self, unfinished: Vec<BackupId>) -> Result<(), BackupError> {
        if unfinished.is_empty() {
            return Ok(());
        }
        let is_whole = self.target.whole()?;
        for id in unfinished {
            let manifest = self.target.manifest(&id).ok();
            let whole = manifest.filter(|manifest| self.own.is_own(manifest) && is_whole(manifest));
            if let Some(manifest) = whole {
                self.backups
                    .change(|records| records.find_whole(made_of(&manifest)));
            }
        }
        Ok(())
    }

    /// One by which the store is behind its own backups.
    fn ahead(&mut self, id: BackupId, manifest: &Manifest) {
        let beyond = self.beyond(manifest);
        self.seen.ahead.push(Ahead { id, beyond });
    }

    /// Of which ledgers a backup has more records than the store, in words.
    fn beyond(&self, manifest: &Manifest) -> String {
        let more: Vec<_> = manifest
            .ledgers
            .iter()
            .filter_map(|cut| {
                let ledger = self.engine.ledger(&cut.origin);
                let size = ledger.map_or(0, |ledger| ledger.summary().size);
                (cut.size > size)
                    .then(|| format!("{} of {}, and the store {size}", cut.size, cut.name))
            })
            .collect();
        let told = &more[..more.len().min(LEDGERS_TOLD_MAX)];
        match (told.is_empty(), more.len() - told.len()) {
            (true, _) => String::new(),
            (false, 0) => told.join("; "),
            (false, more) => format!("{}; and so on for {more} more ledgers", told.join("; ")),
        }
    }
}

/// What a manifest says of how a backup was made. Of an encrypted one, its ledgers are not told.
fn made_of(manifest: &Manifest) -> MadeOf {
    let ledgers = manifest.ledgers.iter().map(|ledger| CutOf {
        origin: ledger.origin.clone(),
        size: ledger.size,
        unfinished: ledger.unfinished_erasures.clone(),
    });
    MadeOf {
        backup: manifest.id.clone(),
        made_ns: manifest.made_ns,
        total_bytes: manifest.bytes(),
        copied_bytes: None,
        ledgers: manifest.encryption.is_none().then(|| ledgers.collect()),
        archive_files: manifest.archive().len() as u64,
        manifest: Some(manifest.digest()),
    }
}
