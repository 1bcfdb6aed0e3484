//! `indelible backup verify`.

use std::{
    fmt, fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_backup::{BackupId, Manifest, Target, check, hash_of};
use indelible_compliance::reports::counted;
use indelible_evidence::{ChainHash, TreeHash};
use indelible_ledger::{CopiedLedger, verify_copy};
use indelible_store::{
    LedgerId,
    anchor::AnchorEntry,
    rocks::{RocksStore, RocksTuning},
};
use serde::Serialize;

use super::{
    failed::{failed, input, of_store},
    kek::{self, passphrase},
    place::Reach,
    restore::{check_layout, copy},
    scratch::Scratch,
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
    /// A file with the passphrase, to see whether it opens the backup's keys
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Where to restore it for the verification [default: the directory for temporary files]. Nothing is left there
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
}

impl Verify {
    pub(super) fn run(self, session: &mut Session) -> Result<(), CliError> {
        let location = self.reach.to(&self.place)?;
        let target = Target::open(&location).map_err(|error| failed(&error))?;
        let _still = target.keep_still().map_err(|error| failed(&error))?;
        let manifest = target.chosen(self.backup.as_ref());
        let manifest = manifest.map_err(|error| failed(&error))?;
        check_layout(&manifest)?;
        let mut findings = objects(session, &target, &manifest)?;
        let passphrase = self
            .passphrase_file
            .as_deref()
            .map(passphrase)
            .transpose()?;
        let (mut ledgers, mut opens) = (Vec::new(), None);
        if findings.is_empty() {
            let scratch = Scratch::make(self.scratch.as_deref(), &manifest.id)?;
            let data = scratch.data();
            copy(session, &target, &manifest, &data)?;
            let store = opened(&data, &mut findings)?;
            ledgers = records(session, &manifest, &store)?;
            opens = passphrase
                .map(|passphrase| kek::opens(&store, &passphrase))
                .transpose()?;
            findings.extend(whose(&manifest, &ledgers, self.key.as_deref())?);
        }
        findings.extend(of_ledgers(&manifest, &ledgers));
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
            findings: &findings,
        };
        session.output.answer(&verified)?;
        match findings.len() {
            0 => Ok(()),
            count => Err(CliError::NotIntact {
                what: format!("backup {}", manifest.id),
                findings: counted(count as u64, "finding", "findings"),
            }),
        }
    }
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

/// Whether the key that signed the manifest is the store's own ledger's, and whether that ledger has the key that was given.
fn whose(
    manifest: &Manifest,
    ledgers: &[CopiedLedger],
    key: Option<&Path>,
) -> Result<Vec<String>, CliError> {
    let by = &manifest.signed_by;
    let given = match key {
        None => None,
        Some(path) => {
            let read = fs::read_to_string(path).map_err(|source| CliError::File {
                path: path.to_owned(),
                source,
            })?;
            Some((path, read.trim().to_owned()))
        }
    };
    let mut systems = ledgers.iter().filter(|ledger| ledger.is_system);
    let Some(system) = systems.find(|ledger| ledger.origin == by.origin) else {
        return Ok(vec![format!(
            "the manifest is signed for {}, and the backup has no such ledger",
            by.origin
        )]);
    };
    let mut findings = Vec::new();
    if system.identity != hash_of(&by.public_key) {
        findings.push(format!(
            "the key that signed the manifest is not the identity of {}",
            by.origin
        ));
    }
    if let Some((path, given)) = given {
        if given.is_empty() {
            return Err(input(path, "it holds no key"));
        }
        let mut earlier = ledgers.iter().filter(|ledger| ledger.is_system);
        if given == system.verifier_key {
            return Ok(findings);
        }
        findings.push(match earlier.find(|ledger| ledger.verifier_key == given) {
            Some(before) => format!(
                "the key that was given is that of {}, whose place a successor has taken: take the key of {}, which is {}",
                before.origin, system.origin, system.verifier_key
            ),
            None => format!(
                "the store's own ledger has the key {}, and not the one that was given",
                system.verifier_key
            ),
        });
    }
    Ok(findings)
}

/// What is wrong with the ledgers, and which are not there.
fn of_ledgers(manifest: &Manifest, ledgers: &[CopiedLedger]) -> Vec<String> {
    let mut findings = Vec::new();
    for ledger in ledgers {
        let of = |finding: &String| format!("{}: {finding}", ledger.origin);
        findings.extend(ledger.findings.iter().map(of));
    }
    if ledgers.is_empty() {
        return findings;
    }
    for wanted in &manifest.ledgers {
        let found = ledgers.iter().find(|one| one.origin == wanted.origin);
        match found {
            None => findings.push(format!("{} is not in the backup", wanted.origin)),
            Some(found) if found.size != wanted.size => findings.push(format!(
                "{} has {} records, and the manifest says {}",
                wanted.origin, found.size, wanted.size
            )),
            Some(_) => {}
        }
    }
    findings
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
                format_args!("{} with {} records", self.ledgers, self.records),
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
        for finding in self.findings {
            table.row("finding", finding);
        }
        table.fmt(f)
    }
}
