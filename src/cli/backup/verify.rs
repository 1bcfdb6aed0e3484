//! `indelible backup verify`.

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_backup::{BackupId, Manifest, Opened, Target, check, hash_of};
use indelible_compliance::reports::counted;
use indelible_evidence::{ChainHash, TreeHash, note::VerifierKey};
use indelible_keystore::Passphrase;
use indelible_ledger::{CopiedLedger, verify_copy};
use indelible_store::{
    LedgerId,
    anchor::AnchorEntry,
    rocks::{RocksStore, RocksTuning},
};

use super::{
    failed::{failed, input, of_store},
    identity::{Contents, WithIdentity},
    kek::{self, passphrase},
    place::Reach,
    restore::{check_layout, copy},
    scratch::Scratch,
    verified::Verified,
};
use crate::cli::{
    error::CliError,
    exit::Exit,
    session::Session,
    ui::progress::{Progress, Unit},
};

/// Bytes of memory to read a restored store with.
const CACHE_BYTES: usize = 64 << 20;

/// Verify a backup: every byte against its manifest, and every record of every ledger
///
/// The backup is restored into a scratch directory, which takes as much room as the store, and every record is verified as
/// the daemon and `indelible-verify` do. No key is needed: what is encrypted stays so, and is verified all the same. Without
/// --key, the manifest is verified under the key that it names itself.
///
/// Of a backup that is encrypted itself, only the signature and the bytes are verified without --identity, and the command
/// fails, since it did not look at any record; --sealed says that no more is wanted.
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
    #[command(flatten)]
    identity: WithIdentity,
    /// Only the signature and the bytes of an encrypted backup, where the identity is not at hand
    #[arg(long, conflicts_with = "identity")]
    sealed: bool,
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
        let identities = self.identity.read()?;
        let mut findings = objects(session, &target, &manifest)?;
        let passphrase = self
            .passphrase_file
            .as_deref()
            .map(passphrase)
            .transpose()?;
        let contents = Contents::of(&target, &manifest, identities)?;
        let mut looked = Looked::default();
        let said = match &contents {
            Contents::Open(opened) => {
                if findings.is_empty() {
                    looked = self.look(session, (&target, opened), passphrase, &mut findings)?;
                }
                opened.manifest()
            }
            Contents::Sealed => {
                findings.extend(signed_by_given(&manifest, self.key.as_deref())?);
                &manifest
            }
            Contents::Damaged(damage) => {
                // What is damaged among the objects is told already.
                if findings.is_empty() {
                    findings.push(damage.clone());
                }
                &manifest
            }
        };
        let is_sealed = matches!(contents, Contents::Sealed);
        session.output.answer(&Verified::new(
            (&manifest, said),
            &looked.ledgers,
            looked.passphrase_opens,
            (self.key.is_some(), contents.word()),
            &findings,
        ))?;
        match findings.len() {
            0 if is_sealed && !self.sealed => Err(not_looked_at(&manifest)),
            0 => Ok(()),
            count => Err(CliError::NotIntact {
                what: format!("backup {}", manifest.id),
                findings: counted(count as u64, "finding", "findings"),
            }),
        }
    }

    /// Restores it, and verifies every record.
    fn look(
        &self,
        session: &mut Session,
        (target, opened): (&Target, &Opened),
        passphrase: Option<Passphrase>,
        findings: &mut Vec<String>,
    ) -> Result<Looked, CliError> {
        let manifest = opened.manifest();
        let scratch = Scratch::make(self.scratch.as_deref(), &manifest.id)?;
        let data = scratch.data();
        copy(session, target, opened, &data)?;
        let store = store_at(&data, findings)?;
        let ledgers = records(session, manifest, &store)?;
        let passphrase_opens = passphrase
            .map(|passphrase| kek::opens(&store, &passphrase))
            .transpose()?;
        findings.extend(whose(manifest, &ledgers, self.key.as_deref())?);
        findings.extend(of_ledgers(manifest, &ledgers));
        Ok(Looked {
            ledgers,
            passphrase_opens,
        })
    }
}

/// What was seen of what is in a backup.
#[derive(Default)]
struct Looked {
    ledgers: Vec<CopiedLedger>,
    passphrase_opens: Option<bool>,
}

/// Nothing is wrong, and nobody looked at what counts.
fn not_looked_at(manifest: &Manifest) -> CliError {
    CliError::Serve {
        exit: Exit::Refused,
        problem: format!(
            "the contents of backup {} are encrypted, and were not looked at: name the file with the identity that opens them with \
             --identity, or say --sealed if signature and bytes are enough",
            manifest.id
        ),
    }
}

/// Whether an encrypted backup is signed with the key that was given: which key may sign for it afterwards, its contents say.
fn signed_by_given(manifest: &Manifest, key: Option<&Path>) -> Result<Option<String>, CliError> {
    let Some(path) = key else { return Ok(None) };
    let text = given_key(path)?;
    let key = VerifierKey::parse(&text).map_err(|error| input(path, error))?;
    let signed = hash_of(&manifest.signed_by.public_key);
    Ok((signed != Some(key.public())).then(|| {
        "the manifest is not signed with the key that was given; if _system has taken another key since, only --identity shows \
         whether that is the one"
            .to_owned()
    }))
}

/// A key that came another way.
fn given_key(path: &Path) -> Result<String, CliError> {
    let read = fs::read_to_string(path).map_err(|source| CliError::File {
        path: path.to_owned(),
        source,
    })?;
    match read.trim() {
        "" => Err(input(path, "it holds no key")),
        key => Ok(key.to_owned()),
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
fn store_at(data: &Path, findings: &mut Vec<String>) -> Result<RocksStore, CliError> {
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
    let given = key.map(given_key).transpose()?;
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
    if let Some(given) = given {
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
