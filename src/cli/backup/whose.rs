//! Whose a backup is, and whether it has the ledgers that its manifest names.

use std::{fs, path::Path};

use indelible_backup::{Manifest, hash_of};
use indelible_evidence::note::VerifierKey;
use indelible_ledger::CopiedLedger;
use indelible_store::{Catalog as _, rocks::RocksStore};

use super::failed::input;
use crate::cli::{error::CliError, exit::Exit};

/// Whose a backup turned out to be.
#[derive(Debug, Default)]
pub(super) struct Signer {
    /// What is wrong with it, whatever key was given.
    pub(super) findings: Vec<String>,
    /// In what it is another's than the key that was given; none if it is that key's, or none was given.
    pub(super) other_key: Option<String>,
}

impl Signer {
    /// All that keeps it from being taken for the one that is wanted.
    pub(super) fn all(self) -> impl Iterator<Item = String> {
        self.findings.into_iter().chain(self.other_key)
    }
}

/// Whether the key that signed the manifest is the store's own ledger's, and whether that ledger has the key that was given.
pub(super) fn whose(
    manifest: &Manifest,
    ledgers: &[CopiedLedger],
    key: Option<&Path>,
) -> Result<Signer, CliError> {
    let by = &manifest.signed_by;
    let given = key.map(given_key).transpose()?;
    let mut systems = ledgers.iter().filter(|ledger| ledger.is_system);
    let Some(system) = systems.find(|ledger| ledger.origin == by.origin) else {
        return Ok(Signer {
            findings: vec![format!(
                "the manifest is signed for {}, and the backup has no such ledger",
                by.origin
            )],
            other_key: None,
        });
    };
    let mut signer = Signer::default();
    if system.identity != hash_of(&by.public_key) {
        signer.findings.push(format!(
            "the key that signed the manifest is not the identity of {}",
            by.origin
        ));
    }
    if let Some(given) = given {
        let mut earlier = ledgers.iter().filter(|ledger| ledger.is_system);
        if given == system.verifier_key {
            return Ok(signer);
        }
        let is_later =
            VerifierKey::parse(&given).is_ok_and(|given| system.identity == Some(given.public()));
        signer.other_key = Some(match earlier.find(|ledger| ledger.verifier_key == given) {
            Some(before) => format!(
                "the key that was given is that of {}, whose place {} has taken as its successor: take the key of that one, which \
                 you have another way. The backup says that it is {}",
                before.origin, system.origin, system.verifier_key
            ),
            None if is_later => format!(
                "the key that was given is the one that {} signs with since an exchange: take the key of its beginning, which \
                 stays the one to verify it with. The backup says that it is {}",
                system.origin, system.verifier_key
            ),
            None => format!(
                "the store's own ledger has the key {}, and not the one that was given",
                system.verifier_key
            ),
        });
    }
    Ok(signer)
}

/// Whether the files are those of the store that the manifest names.
pub(super) fn of_store_id(manifest: &Manifest, store: &RocksStore) -> Option<String> {
    let id = store.store_id().to_string();
    (id != manifest.store).then(|| {
        format!(
            "its files are those of store {id}, and the manifest says {}",
            manifest.store
        )
    })
}

/// The error of a backup that is what its signer signed, and whose signer is another one than the key that was given.
pub(super) fn other_key(manifest: &Manifest, key: &Path, how: &str) -> CliError {
    CliError::Serve {
        exit: Exit::Conflict,
        problem: format!(
            "nothing is wrong with the bytes of backup {}, but it is not of the key in {}: {how}. Either that is the key of another \
             ledger or store, or from before its exchange, or the backup is somebody else's: don't restore it before you know which",
            manifest.id,
            key.display()
        ),
    }
}

/// The error of such a backup that is not restored.
pub(super) fn not_restored(manifest: &Manifest, key: &Path, how: &str) -> CliError {
    CliError::Serve {
        exit: Exit::Conflict,
        problem: format!(
            "backup {} is not restored, and no file of it is left: it is not of the key in {}: {how}. Find out whether the key or the \
             backup is the wrong one, and restore it with the right key",
            manifest.id,
            key.display()
        ),
    }
}

/// Who signed a backup, for people.
pub(super) fn signed_by(origin: &str, key_was_given: bool) -> String {
    match key_was_given {
        true => origin.to_owned(),
        false => format!("{origin}, as the backup says itself; --key shows whether that is yours"),
    }
}

/// What is wrong with the ledgers, and which are not there.
pub(super) fn of_ledgers(manifest: &Manifest, ledgers: &[CopiedLedger]) -> Vec<String> {
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

/// Whether an encrypted backup is signed with the key that was given: which key may sign for it afterwards, its contents say.
pub(super) fn signed_by_given(
    manifest: &Manifest,
    key: Option<&Path>,
) -> Result<Option<String>, CliError> {
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
