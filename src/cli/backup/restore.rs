//! `indelible backup restore`.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use indelible_backup::{BackupId, Manifest, Opened, Target, loss, restore};
use indelible_compliance::reports::counted;
use indelible_store::{StoreId, owner, rocks::RocksStore};

use super::{
    anchor,
    copied::{Which, records, tuning},
    failed::{Failed, failed, input, of_store},
    fill::{Purpose, copy, files, prepare},
    identity::{WithIdentity, opened},
    loss::Loss,
    newer::Newer,
    place::Reach,
    restored::{ERASURES, Restored},
    whose::{not_restored, of_store_id, signed_by_given, whose},
};
use crate::cli::{error::CliError, exit::Exit, session::Session, ui::confirm};

/// What a restore that was broken off leaves in a data directory.
const BEGUN: [&str; 5] = [
    "restore-begun",
    "lock",
    "creating",
    "live.next",
    "store-0001",
];

/// Restore a backup into a new data directory
///
/// A restore is a rollback, and the anchor judges it: a ledger that lacks what was acknowledged goes into quarantine when the
/// daemon starts, and only a successor takes its place. Before anything is written, the command says of each ledger what
/// would be missing, and asks. Every object is compared with the manifest before, and what was written is read back.
///
/// The identity of the store's own ledger in the backup must have signed the manifest, or nothing is left there. Whoever makes a
/// whole store of their own signs that, too: only --key shows that the backup is yours. Exit code 5 if nothing is wrong with the
/// signature but that it is of another key.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("judge").required(true).args(["anchor", "anchor_lost", "anchor_of_backup"])))]
pub(crate) struct Restore {
    /// Where the backups are: a directory, or s3://BUCKET/PREFIX
    #[arg(value_name = "DIR|BUCKET")]
    place: String,
    #[command(flatten)]
    reach: Reach,
    /// Which backup [default: the newest, if all are of one store]
    #[arg(long, value_name = "ID")]
    backup: Option<BackupId>,
    #[command(flatten)]
    identity: WithIdentity,
    /// The data directory to make: empty, or not there
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// The anchor that survives: the newest there is. It stays where it is
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
    /// No anchor survives: all ledgers go into quarantine, and successors take their places
    #[arg(long)]
    anchor_lost: bool,
    /// The verifier key of the store's own ledger, _system, which came another way: nothing is restored that it did not sign
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Restore it whoever signed it: for a backup whose own ledger is damaged, so that nobody can tell
    #[arg(long, conflicts_with = "key")]
    any_signer: bool,
    /// Take the anchor as it was when the backup was made. Right only if nothing was acknowledged afterwards: what was would
    /// go unnoticed, and a ledger would go on twice
    #[arg(long)]
    anchor_of_backup: bool,
    /// Take the anchor of the backup although newer backups of the same store lie beside it, so that what those have beyond it
    /// would go unnoticed
    #[arg(long, requires = "anchor_of_backup")]
    behind_newer_backup: bool,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

impl Restore {
    pub(super) fn run(self, session: &mut Session) -> Result<(), CliError> {
        let location = self.reach.to(&self.place)?;
        let target = Target::open(&location).map_err(|error| failed(&error))?;
        let _still = target.keep_still().map_err(|error| failed(&error))?;
        restore::check_empty(&self.into, &BEGUN).map_err(|error| failed(&error))?;
        owner::check_new(&self.into).map_err(|error| of_store(&error))?;
        let manifest = target.chosen(self.backup.as_ref());
        let manifest = manifest.map_err(|error| failed(&error))?;
        check_layout(&manifest)?;
        let opened = opened(&target, manifest, self.identity.read()?)?;
        let manifest = opened.manifest();
        let store = anchor::store_of(manifest)?;
        // What can't be read is told before anything is written.
        signed_by_given(manifest, self.key.as_deref())?;
        let judge = self.judge()?;
        let loss = judge.judges(manifest, store)?;
        session.output.remark(format_args!(
            "backup {} of store {}, made {}:\n{loss}",
            manifest.id, manifest.store, manifest.made
        ));
        let newer = Newer::than(manifest, &target, &self.identity)?;
        self.check_newest(&judge, manifest, newer.as_ref())?;
        if let Some(newer) = &newer {
            session.output.remark(format_args!("Note: {newer}."));
        }
        if loss.may_lack_erasures() {
            session.output.remark(format_args!("Note: {ERASURES}."));
        }
        if !self.yes {
            confirm::word(&mut session.output, &judge.asks(&loss), "restore")?;
        }
        self.copy(session, &target, &opened)?;
        if let Judge::OfBackup(path) = &judge {
            anchor::write(path, manifest, store)?;
        }
        session.output.answer(&Restored {
            backup: manifest.id.as_str(),
            store: &manifest.store,
            data: self.into.display().to_string(),
            anchor: judge.place().map(|path| path.display().to_string()),
            missing_records: loss.missing(),
            quarantined: loss.quarantined(),
            ledgers: &loss,
            keks: &manifest.keks,
            archive_files: manifest.archive().len() as u64,
            signed_by: &manifest.signed_by.origin,
            key_was_given: self.key.is_some(),
            erasures_may_be_missing: loss.may_lack_erasures(),
            newer_backups: newer.as_ref(),
        })
    }

    /// Refuses to have a ledger go on beside what a newer backup shows to have been acknowledged.
    fn check_newest(
        &self,
        judge: &Judge,
        manifest: &Manifest,
        newer: Option<&Newer>,
    ) -> Result<(), CliError> {
        let (Judge::OfBackup(_), false, Some(newer)) = (judge, self.behind_newer_backup, newer)
        else {
            return Ok(());
        };
        Err(CliError::Serve {
            exit: Exit::Refused,
            problem: format!(
                "backup {} is not restored with its own anchor: {newer}. With --anchor-of-backup that would go unnoticed, and the \
                 ledgers would go on twice. Restore the newest one, name the anchor that survives with --anchor, or say \
                 --anchor-lost; --behind-newer-backup restores this one all the same",
                manifest.id
            ),
        })
    }

    /// Copies the files, and leaves none of them if somebody else has signed the backup.
    fn copy(&self, session: &Session, target: &Target, opened: &Opened) -> Result<(), CliError> {
        if self.any_signer {
            return copy(session, target, opened, &self.into, Purpose::ToStay);
        }
        let manifest = opened.manifest();
        prepare(&self.into)?;
        let fill = |path: &Path| {
            files(session, target, opened, path, Purpose::ToStay).map_err(Failed::from)
        };
        RocksStore::restore_judged(&self.into, &tuning(), fill, |store| {
            let own = records(session, manifest, store, Which::System)?;
            let mut signer = whose(manifest, &own, self.key.as_deref())?;
            signer.findings.extend(of_store_id(manifest, store));
            match (&signer.findings[..], &signer.other_key, &self.key) {
                ([], None, _) => Ok(()),
                ([], Some(how), Some(key)) => Err(not_restored(manifest, key, how).into()),
                _ => {
                    let findings: Vec<_> = signer.all().collect();
                    Err(self.not_theirs(manifest, &findings).into())
                }
            }
        })
        .map_err(CliError::from)
    }

    /// A backup that somebody else may have signed.
    fn not_theirs(&self, manifest: &Manifest, findings: &[String]) -> CliError {
        let advice = match self.key {
            Some(_) => {
                "look whether it is the key of this store's _system; if so, the backup is somebody else's"
            }
            None => {
                "`indelible backup verify` says all that is wrong with it; --any-signer restores it all the same"
            }
        };
        CliError::Serve {
            exit: Exit::Refused,
            problem: format!(
                "backup {} is not restored, and no file of it is left: {}. What to do: {advice}",
                manifest.id,
                findings.join("; ")
            ),
        }
    }

    /// What judges the restore.
    fn judge(&self) -> Result<Judge, CliError> {
        let own = own_anchor(&self.into)?;
        if let Some(path) = &self.anchor {
            owner::check_file(path).map_err(|error| of_store(&error))?;
            return Ok(Judge::Survives(path.clone()));
        }
        if own.exists() {
            let problem = "there is an anchor beside the new data directory: name it with --anchor if it is the one that \
                           survives, or move it away";
            return Err(input(&own, problem));
        }
        match self.anchor_lost {
            true => Ok(Judge::Lost),
            false => Ok(Judge::OfBackup(own)),
        }
    }
}

/// What judges a restore.
enum Judge {
    /// An anchor that survives.
    Survives(PathBuf),
    /// None: it is lost.
    Lost,
    /// That of the backup, which will be written here.
    OfBackup(PathBuf),
}

impl Judge {
    fn place(&self) -> Option<&Path> {
        match self {
            Self::Survives(path) | Self::OfBackup(path) => Some(path),
            Self::Lost => None,
        }
    }

    fn judges(&self, manifest: &Manifest, store: StoreId) -> Result<Loss, CliError> {
        let entries = match self {
            Self::Survives(path) => anchor::read(path, store)?,
            Self::OfBackup(_) => anchor::of_backup(manifest),
            Self::Lost => {
                return Ok(Loss::without_anchor(&manifest.ledgers));
            }
        };
        let rows = loss::held_against(manifest, &entries);
        Ok(match self {
            Self::OfBackup(_) => Loss::beside_its_own(&rows),
            Self::Survives(_) | Self::Lost => Loss::beside(&rows),
        })
    }

    /// What will be done, in a sentence.
    fn asks(&self, loss: &Loss) -> String {
        let missing = counted(loss.missing().unwrap_or_default(), "record", "records");
        match self {
            Self::Survives(_) => format!(
                "The backup is restored, and {missing} that were acknowledged are missing from it."
            ),
            Self::Lost => "The backup is restored without an anchor, so all ledgers go into quarantine.".to_owned(),
            Self::OfBackup(_) => {
                "The backup is restored as if nothing had been acknowledged after it: what was would go unnoticed, and the \
                 ledgers would go on twice."
                    .to_owned()
            }
        }
    }
}

/// The anchor of a data directory, unless another one is configured.
fn own_anchor(data: &Path) -> Result<PathBuf, CliError> {
    let name = data.file_name();
    let mut name = name
        .ok_or_else(|| input(data, "the data directory needs a name of its own"))?
        .to_owned();
    name.push(".anchor");
    Ok(data.with_file_name(name))
}

/// Refuses a backup of a store that this program can't open.
pub(super) fn check_layout(manifest: &Manifest) -> Result<(), CliError> {
    match manifest.layout == RocksStore::LAYOUT {
        true => Ok(()),
        false => Err(CliError::Input {
            name: manifest.id.to_string(),
            problem: format!(
                "it is of store layout {}, and this program reads layout {}: use release {}",
                manifest.layout,
                RocksStore::LAYOUT,
                manifest.program
            ),
        }),
    }
}
