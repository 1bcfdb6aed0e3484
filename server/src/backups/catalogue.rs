//! Which backups there are, as the records tell it one after the other.

use std::collections::{BTreeMap, BTreeSet};

use indelible_backup::{BackupId, Digest, place_name};
use indelible_compliance::time;
use indelible_ledger::OrderToDestroy;

use super::stored::{Begun, CutOf, Ended, Forgotten, Going, MadeOf, Verified};

/// What has become of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is being made.
    Running,
    /// It is there.
    Made,
    /// It was broken off; what it had copied may be there.
    Unfinished,
    /// It was there as a whole, and is not, or another manifest lies in its place; and no prune took it away.
    Missing,
    /// It lies there, says that it is of this store, and nothing shows that the daemon made it.
    Foreign,
}

impl Standing {
    /// Whether something of it lies where the daemon put it.
    pub(crate) fn is_there(self) -> bool {
        match self {
            Self::Running | Self::Made | Self::Unfinished => true,
            Self::Missing | Self::Foreign => false,
        }
    }
}

/// One backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) id: BackupId,
    pub(crate) target: String,
    pub(crate) directory: String,
    pub(crate) standing: Standing,
    /// When it was made, or begun; nanoseconds since 1970 UTC.
    pub(crate) made_ns: u64,
    pub(crate) total_bytes: u64,
    /// Bytes that were copied for it; none if no record says it.
    pub(crate) copied_bytes: Option<u64>,
    /// To whom it is encrypted; nobody, if it is not.
    pub(crate) encrypted_to: Vec<String>,
    /// How far its ledgers had come; none if that is not known.
    pub(crate) ledgers: Option<Vec<CutOf>>,
    /// Files of the archive that it needs beside itself.
    pub(crate) archive_files: u64,
    /// The digest of its manifest; none if no record says it.
    pub(crate) manifest: Option<Digest>,
    /// When somebody last reported that it was verified, nanoseconds since 1970 UTC; 0 if nobody did.
    pub(crate) verified_ns: u64,
    /// How many more foreign ones lie beside it that are not known one by one.
    pub(crate) foreign_more: u64,
}

impl Known {
    /// One of which nothing is known but that it is, or should be, in a place: which that is, and under which name.
    pub(crate) fn new(
        id: BackupId,
        (target, directory): (String, String),
        standing: Standing,
    ) -> Self {
        Self {
            made_ns: begun_ns(&id),
            id,
            target,
            directory,
            standing,
            total_bytes: 0,
            copied_bytes: None,
            encrypted_to: Vec::new(),
            ledgers: None,
            archive_files: 0,
            manifest: None,
            verified_ns: 0,
            foreign_more: 0,
        }
    }

    /// It was made.
    pub(crate) fn made(&mut self, made: MadeOf) {
        self.standing = Standing::Made;
        self.made_ns = made.made_ns;
        self.total_bytes = made.total_bytes;
        self.copied_bytes = made.copied_bytes;
        self.ledgers = made.ledgers;
        self.archive_files = made.archive_files;
        self.manifest = made.manifest;
    }

    /// Whether what an erasure or a disposal destroyed may be in it. What is not known may. The first origin is that of the ledger
    /// that it was done to, and the second that of the ledger which has its record, and which the backup may not have yet.
    pub(crate) fn may_hold_erased(
        &self,
        (done_to, recorded_in): (&str, &str),
        order: OrderToDestroy,
    ) -> bool {
        let Some(ledgers) = self.ledgers.as_ref().filter(|_| self.is_whole()) else {
            return true;
        };
        let any = |origin: &str, is_so: fn(&CutOf, OrderToDestroy) -> bool| {
            let mut cuts = ledgers.iter().filter(|cut| cut.origin == origin);
            cuts.any(|cut| is_so(cut, order))
        };
        any(done_to, CutOf::has_had) && !any(recorded_in, CutOf::has_done)
    }

    /// Whether it is known to end before a record of a ledger.
    pub(crate) fn ends_before(&self, origin: &str, record: u64) -> bool {
        let ledgers = self.ledgers.as_ref().filter(|_| self.is_whole());
        ledgers.is_some_and(|ledgers| {
            let mut cuts = ledgers.iter().filter(|ledger| ledger.origin == origin);
            cuts.all(|ledger| ledger.size <= record)
        })
    }

    /// Whether it was made as a whole, wherever it is now.
    fn is_whole(&self) -> bool {
        matches!(self.standing, Standing::Made | Standing::Missing)
    }
}

/// All backups that records tell of and that were not taken away, by their ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue {
    backups: BTreeMap<BackupId, Known>,
    /// Those that a prune began to take away, so that they are not missing where it got no further.
    going: BTreeSet<BackupId>,
    /// All that were ever begun: whatever else this store's key signed, another copy of the store made, or a later state of it.
    begun: BTreeSet<BackupId>,
    /// Those that somebody released, though the store may lack what they have: a prune may take them away.
    released: BTreeSet<BackupId>,
    /// Whether some records could not be read, so that more may have been begun.
    has_gaps: bool,
    /// The names of all places where one was ever begun.
    places: BTreeSet<String>,
}

impl Catalogue {
    /// All of them, oldest first.
    pub(crate) fn all(&self) -> impl DoubleEndedIterator<Item = &Known> {
        self.backups.values()
    }

    /// A backup begins.
    pub(crate) fn begin(&mut self, begun: Begun) {
        self.begun.insert(begun.backup.clone());
        // An earlier release kept a name as it was written.
        let directory = place_name(&begun.directory);
        self.places.insert(directory.clone());
        let place = (begun.target, directory);
        let mut known = Known::new(begun.backup.clone(), place, Standing::Running);
        known.made_ns = begun.begun_ns;
        known.copied_bytes = Some(0);
        known.encrypted_to = begun.encrypted_to;
        self.backups.insert(begun.backup, known);
    }

    /// A backup has copied so many bytes, and has so many of the store so far as is known.
    pub(crate) fn advance(&mut self, id: &BackupId, copied_bytes: u64, total_bytes: u64) {
        if let Some(known) = self.backups.get_mut(id) {
            known.copied_bytes = Some(copied_bytes);
            known.total_bytes = total_bytes;
        }
    }

    /// A backup was broken off.
    pub(crate) fn break_off(&mut self, id: &BackupId) {
        if let Some(known) = self.backups.get_mut(id) {
            known.standing = Standing::Unfinished;
        }
    }

    /// Some records can't be read.
    pub(crate) fn lacks_records(&mut self) {
        self.has_gaps = true;
    }

    /// Whether a backup may have been begun, as far as the records could be read.
    pub(crate) fn was_begun(&self, id: &BackupId) -> bool {
        self.has_gaps || self.begun.contains(id)
    }

    /// Whether a record says that a backup was begun.
    pub(crate) fn is_on_record(&self, id: &BackupId) -> bool {
        self.begun.contains(id)
    }

    /// Whether somebody has said that a backup need not be kept, though the store may lack what it has.
    pub(crate) fn is_released(&self, id: &BackupId) -> bool {
        self.released.contains(id)
    }

    /// The names of all places where one was ever begun.
    pub(crate) fn places(&self) -> &BTreeSet<String> {
        &self.places
    }

    /// What is known of a backup.
    pub(crate) fn get(&self, id: &BackupId) -> Option<&Known> {
        self.backups.get(id)
    }

    /// One that was broken off, as far as the records say, is there as a whole: the store is a copy of the time while it was made,
    /// or a crash came before the record.
    pub(crate) fn find_whole(&mut self, made: MadeOf) {
        let known = self.backups.get_mut(&made.backup);
        if let Some(known) = known.filter(|known| known.standing == Standing::Unfinished) {
            known.made(made);
        }
    }

    /// Somebody said that these are destroyed, or need not be kept.
    pub(crate) fn forget(&mut self, forgotten: &Forgotten) {
        self.released.extend(forgotten.released.iter().cloned());
        for id in &forgotten.forgotten {
            self.backups.remove(id);
        }
    }

    /// A prune begins that takes these away.
    pub(crate) fn let_go(&mut self, going: Going) {
        self.going.extend(going.going);
    }

    /// A backup was made, or backups were taken away. What a prune took, or what was broken off, is gone from its directory with
    /// all that it had copied; a whole one that is not there any more is missing, unless the record says that all which is not
    /// there is gone.
    pub(crate) fn end(&mut self, mut ended: Ended) {
        if let Some(made) = ended.made.take()
            && let Some(known) = self.backups.get_mut(&made.backup)
        {
            known.made(made);
        }
        let going = std::mem::take(&mut self.going);
        self.backups.retain(|id, known| {
            if known.target != ended.target || ended.there.contains(id) {
                return true;
            }
            let was_whole = matches!(known.standing, Standing::Made | Standing::Missing);
            let is_missing = ended.is_whole_look && was_whole && !going.contains(id);
            known.standing = Standing::Missing;
            // Whatever lies there again has to be verified again.
            known.verified_ns = 0;
            is_missing
        });
        self.take_up(&ended);
        for known in self.backups.values_mut() {
            // A crash came between the backup and its record; or it is back.
            if known.target == ended.target && ended.there.contains(&known.id) {
                if !known.is_whole() {
                    known.copied_bytes = None;
                }
                known.standing = Standing::Made;
            }
        }
        self.count_foreign(&ended);
    }

    /// Notes with the last of those that are foreign how many more there are.
    fn count_foreign(&mut self, ended: &Ended) {
        let of_the_place = self
            .backups
            .values_mut()
            .filter(|known| known.target == ended.target);
        let foreign = of_the_place.filter(|known| known.standing == Standing::Foreign);
        let mut oldest_first: Vec<_> = foreign.collect();
        for known in &mut oldest_first {
            known.foreign_more = 0;
        }
        if let Some(last) = oldest_first.first_mut() {
            last.foreign_more = ended.foreign_more;
        }
    }

    /// Takes up what lies in a place and is not known: somebody said that it was destroyed, or the store is an older copy, which
    /// does not know what was made later; or somebody else put it there. What it holds is not known either.
    fn take_up(&mut self, ended: &Ended) {
        let mut known = self.backups.values();
        let beside = known.find(|known| known.target == ended.target);
        let Some(directory) = beside.map(|known| known.directory.clone()) else {
            return;
        };
        let own = ended.there.iter().map(|id| (id, Standing::Made));
        let foreign = ended.foreign.iter().map(|id| (id, Standing::Foreign));
        for (id, standing) in own.chain(foreign) {
            self.backups.entry(id.clone()).or_insert_with(|| {
                let place = (ended.target.clone(), directory.clone());
                Known::new(id.clone(), place, standing)
            });
        }
    }

    /// A backup was verified.
    pub(crate) fn verify(&mut self, verified: &Verified) {
        if let Some(known) = self.backups.get_mut(&verified.verified) {
            known.verified_ns = known.verified_ns.max(verified.verified_ns);
        }
    }

    /// What the records say runs has ended with the process that ran it.
    pub(crate) fn nothing_runs(&mut self) {
        for known in self.backups.values_mut() {
            if known.standing == Standing::Running {
                known.standing = Standing::Unfinished;
            }
        }
    }
}

/// When a backup was begun, as its name says, nanoseconds since 1970 UTC.
fn begun_ns(id: &BackupId) -> u64 {
    let part = |from, to| id.as_str().get(from..to).unwrap_or_default();
    let [year, month, day] = [part(0, 4), part(4, 6), part(6, 8)];
    let [hour, minute, second] = [part(9, 11), part(11, 13), part(13, 19)];
    let text = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    time::parse(&text).unwrap_or_default()
}
