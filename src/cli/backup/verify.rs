//! `indelible backup verify`.

use std::{
    fmt,
    fs::File,
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;
use indelible_backup::{BackupId, Location, Manifest, Target, check, hash_of};
use indelible_compliance::reports::counted;
use indelible_evidence::{ChainHash, TreeHash};
use indelible_ledger::{CopiedLedger, verify_copy};
use indelible_proto::v1::ReportBackupVerifiedRequest;
use indelible_store::{
    LedgerId,
    anchor::AnchorEntry,
    rocks::{RocksStore, RocksTuning},
};
use serde::Serialize;
use tokio::time::sleep;

use super::{
    age::{self, LOOKED_AT_EVERY, Span},
    archive::Archive,
    failed::{failed, of_store},
    kek::{self, passphrase},
    place::Reach,
    restore::{check_layout, copy},
    scratch::Scratch,
    whose::{of_ledgers, whose},
};
use crate::cli::{
    error::CliError,
    session::Session,
    ui::{
        progress::{Progress, Unit},
        size::bytes_for_people,
        table::Table,
    },
};

/// Bytes of memory to read a restored store with.
const CACHE_BYTES: usize = 64 << 20;

/// Verify a backup: every byte against its manifest, and every record of every ledger
///
/// The backup is restored into a scratch directory, which takes as much room as the store, and every record is verified as
/// the daemon and `indelible-verify` do. No key is needed: what is encrypted stays so, and is verified all the same. Without
/// --key, the manifest is verified under the key that it names itself.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Where the backups are: a directory, or s3://BUCKET/PREFIX
    #[arg(value_name = "DIR|BUCKET")]
    place: String,
    #[command(flatten)]
    reach: Reach,
    /// Which backup [default: the newest, if all are of one store]
    #[arg(long, value_name = "ID")]
    backup: Option<BackupId>,
    /// The verifier key of the store's own ledger, _system, which came another way
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// A file with the passphrase, to see whether it opens the backup's keys: exit code 1 if it does not
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The directory of the archive of retention, or a copy of it, to see whether it has the files that the backup needs
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
    /// Where to restore it for the verification [default: the directory for temporary files]. Nothing is left there
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
    /// How old the backup may be, such as 30h: exit code 1 if it is older. Units: s, m, h, d
    #[arg(long, value_name = "TIME")]
    max_age: Option<Span>,
    /// How long to wait while a backup is made in the place, such as 2h [default: not at all, and exit code 6]
    #[arg(long, value_name = "TIME")]
    wait: Option<Span>,
    /// Tell the daemon that a backup is sound, once it was found to be: its metric indelible_backup_verified_time_seconds says
    /// since when
    #[arg(long)]
    tell_daemon: bool,
}

impl Verify {
    pub(super) fn calls_a_daemon(&self) -> bool {
        self.tell_daemon
    }

    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let location = self.reach.to(&self.place)?;
        let (target, still) = self.free(&location).await?;
        let manifest = target.chosen(self.backup.as_ref());
        let manifest = manifest.map_err(|error| failed(&error))?;
        check_layout(&manifest)?;
        self.verify(session, &target, &manifest)?;
        // Whoever makes a backup need not wait any longer.
        drop(still);
        if let Some(most) = self.max_age {
            age::check(&manifest, most)?;
        }
        match self.tell_daemon {
            true => tell(session, &manifest).await,
            false => Ok(()),
        }
    }

    /// The place, once nobody else is at work in it.
    async fn free(&self, location: &Location) -> Result<(Target, Option<File>), CliError> {
        let until = Instant::now() + self.wait.map_or(Duration::ZERO, |wait| wait.0);
        loop {
            let target = Target::open(location).map_err(|error| failed(&error))?;
            match target.keep_still() {
                Ok(still) => return Ok((target, still)),
                Err(error) if age::is_in_use(&error) && Instant::now() < until => {
                    sleep(LOOKED_AT_EVERY).await;
                }
                Err(error) => return Err(failed(&error)),
            }
        }
    }

    fn verify(
        &self,
        session: &mut Session,
        target: &Target,
        manifest: &Manifest,
    ) -> Result<(), CliError> {
        let mut findings = objects(session, target, manifest)?;
        let passphrase = self
            .passphrase_file
            .as_deref()
            .map(passphrase)
            .transpose()?;
        let (mut ledgers, mut opens) = (Vec::new(), None);
        if findings.is_empty() {
            let scratch = Scratch::make(self.scratch.as_deref(), &manifest.id)?;
            let data = scratch.data();
            copy(session, target, manifest, &data)?;
            let store = opened(&data, &mut findings)?;
            ledgers = records(session, manifest, &store)?;
            opens = passphrase
                .map(|passphrase| kek::opens(&store, &passphrase))
                .transpose()?;
            findings.extend(whose(manifest, &ledgers, self.key.as_deref())?);
        }
        findings.extend(of_ledgers(manifest, &ledgers));
        let archive = Archive::of(manifest, self.archive.as_deref());
        findings.extend(archive.findings.iter().cloned());
        let verified = Verified {
            backup: manifest.id.as_str(),
            store: &manifest.store,
            made_time: &manifest.made,
            intact: findings.is_empty(),
            files: manifest.files.len(),
            bytes: manifest.bytes(),
            records: ledgers.iter().map(|ledger| ledger.size).sum(),
            ledgers: ledgers.len(),
            signed_by: &manifest.signed_by.origin,
            key_was_given: self.key.is_some(),
            keks: &manifest.keks,
            passphrase_opens: opens,
            archive_files: archive.needed.iter().map(|file| &file.name[..]).collect(),
            archive_was_given: archive.is_checked,
            archive_for_people: archive.words(),
            findings: &findings,
        };
        session.output.answer(&verified)?;
        if !findings.is_empty() {
            return Err(CliError::NotIntact {
                what: format!("backup {}", manifest.id),
                findings: counted(findings.len() as u64, "finding", "findings"),
            });
        }
        match self.passphrase_file.as_deref() {
            Some(file) if opens == Some(false) => Err(kek::not_opened(manifest, file)),
            _ => Ok(()),
        }
    }
}

/// Tells the daemon that a backup is sound.
async fn tell(session: &Session, manifest: &Manifest) -> Result<(), CliError> {
    let mut client = session.connection.open_backups().await?;
    let request = session.connection.request(ReportBackupVerifiedRequest {
        backup_id: manifest.id.to_string(),
    });
    client.report_backup_verified(request).await?;
    Ok(())
}

/// What is wrong with the objects.
fn objects(
    session: &Session,
    target: &Target,
    manifest: &Manifest,
) -> Result<Vec<String>, CliError> {
    let mut progress = Progress::new(&session.output, "reading", Unit::Bytes);
    let found = check::objects(target, manifest, &mut |copied| {
        progress.set(copied.done_bytes, Some(copied.total_bytes));
        ControlFlow::Continue(())
    });
    progress.clear();
    let found = found.map_err(|error| failed(&error))?;
    Ok(found.iter().map(ToString::to_string).collect())
}

/// Opens what was restored.
fn opened(data: &Path, findings: &mut Vec<String>) -> Result<RocksStore, CliError> {
    let tuning = RocksTuning {
        cache_bytes: CACHE_BYTES,
        ..RocksTuning::default()
    };
    let opened = RocksStore::open(data, &tuning).map_err(|error| of_store(&error))?;
    if let Some(salvage) = &opened.salvage {
        findings.push(format!(
            "the storage engine refuses its log: {}",
            salvage.refusal()
        ));
    }
    Ok(opened.store)
}

/// Verifies every record of what was restored.
fn records(
    session: &Session,
    manifest: &Manifest,
    store: &RocksStore,
) -> Result<Vec<CopiedLedger>, CliError> {
    let expected = |ledger: LedgerId| {
        let mut ledgers = manifest.ledgers.iter();
        let found = ledgers.find(|one| one.number == ledger.number())?;
        Some(AnchorEntry {
            size: found.size,
            root: TreeHash::from_bytes(hash_of(&found.root)?),
            chain: ChainHash::from_bytes(hash_of(&found.chain)?),
            checkpoint: found.checkpoint.clone(),
        })
    };
    let mut progress = Progress::new(&session.output, "verifying", Unit::Records);
    let before: u64 = manifest.ledgers.iter().map(|ledger| ledger.size).sum();
    let mut done = 0;
    let mut at = String::new();
    let mut within = 0;
    let verified = verify_copy(store, &expected, &mut |name, seen, _| {
        if name != at {
            done += within;
            name.clone_into(&mut at);
        }
        within = seen;
        progress.set(done + seen, Some(before));
    });
    progress.clear();
    verified.map_err(|error| of_store(&error))
}

/// What was found.
#[derive(Serialize)]
struct Verified<'a> {
    backup: &'a str,
    /// The store that it is of.
    store: &'a str,
    made_time: &'a str,
    intact: bool,
    files: usize,
    bytes: u64,
    ledgers: usize,
    records: u64,
    /// The store's own ledger, whose identity signed the manifest.
    signed_by: &'a str,
    /// Whether that was held against a key that came another way.
    key_was_given: bool,
    /// The KEKs that open what is encrypted.
    keks: &'a [String],
    /// Whether the passphrase that was given opens one of them; none if none was given.
    passphrase_opens: Option<bool>,
    /// The files of the archive of retention that hold what the backup lacks of its records.
    archive_files: Vec<&'a str>,
    /// Whether they were looked at.
    archive_was_given: bool,
    #[serde(skip)]
    archive_for_people: String,
    findings: &'a [String],
}

impl fmt::Display for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("backup", self.backup)
            .row("of store", self.store)
            .row("made", self.made_time)
            .row(
                "intact",
                match self.intact {
                    true if !self.archive_files.is_empty() && !self.archive_was_given => {
                        "yes: every byte is as it was copied, and every record verifies; what is in the archive was not looked at"
                    }
                    true => "yes: every byte is as it was copied, and every record verifies",
                    false => "no",
                },
            )
            .row(
                "files",
                format_args!("{} with {}", self.files, bytes_for_people(self.bytes)),
            )
            .row(
                "ledgers",
                match (self.ledgers, self.intact) {
                    (0, false) => {
                        "not looked at, since not all files are as they were copied".to_owned()
                    }
                    (ledgers, _) => format!("{ledgers} with {} records", self.records),
                },
            )
            .row(
                "signed by",
                match self.key_was_given {
                    true => self.signed_by.to_owned(),
                    false => format!(
                        "{}, as the backup says itself; --key shows whether that is yours",
                        self.signed_by
                    ),
                },
            )
            .row(
                "needs KEK",
                format_args!(
                    "{} to open what is encrypted; {}",
                    self.keks.join(", "),
                    match self.passphrase_opens {
                        None => "whether it can be had was not tried here",
                        Some(true) => "the passphrase opens it",
                        Some(false) => "the passphrase does not open it, so nothing could be decrypted, signed or appended here",
                    }
                ),
            );
        table.row_if("needs archive", &self.archive_for_people);
        for finding in self.findings {
            table.row("finding", finding);
        }
        table.fmt(f)
    }
}
