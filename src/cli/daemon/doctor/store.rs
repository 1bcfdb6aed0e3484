//! What a start would find in the store and in the anchor. Nothing is written to them.

use std::{
    collections::BTreeMap,
    env, fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use indelible_keystore::{KeyError, Passphrase, PassphraseProvider};
use indelible_ledger::{KEK_RECORDS, decode_kek_records};
use indelible_server::config::{Config, KekSource, SecretSource};
use indelible_store::{
    LedgerId, StoreError, StoreId,
    anchor::{Anchor, AnchorError, AnchorState},
    rocks::{Peeked, RocksStore},
};

use super::check::{Check, fail, ok, warn};

/// What was found, as far as other checks go on from it.
pub(super) struct Found {
    /// What is told of the store; nothing where there is none.
    pub(super) checks: Vec<Check>,
    /// Which store it is, where that could be read.
    pub(super) store: Option<StoreId>,
    /// How many records each of its ledgers has, where that could be read.
    pub(super) sizes: BTreeMap<LedgerId, u64>,
}

/// Looks into the store of a configuration, and tries the passphrase.
pub(super) fn look(config: &Config) -> Found {
    const NAME: &str = "store";
    let peeked = Scratch::make()
        .map_err(|error| format!("a directory for temporary files is needed: {error}"))
        .and_then(|scratch| {
            let peeked = RocksStore::peek(&config.data, KEK_RECORDS, &scratch.0);
            peeked.map_err(|error| told(&error))
        });
    let found = |checks| Found {
        checks,
        store: None,
        sizes: BTreeMap::new(),
    };
    match peeked {
        Err(problem) => found(vec![fail(
            NAME,
            problem,
            "docs/runbook.md, under \"It does not start\", says what to do about each message",
        )]),
        Ok(Peeked::Nothing) => found(Vec::new()),
        Ok(Peeked::Held { value }) => {
            let mut checks = vec![ok(NAME, "a daemon has it open")];
            checks.extend(match value {
                Some(value) => passphrase(config, &value, Daemon::Runs),
                None => not_tried(config),
            });
            found(checks)
        }
        Ok(Peeked::Earlier) => found(vec![ok(
            NAME,
            "it is of an earlier release, and the next start upgrades it",
        )]),
        Ok(Peeked::Store {
            store,
            value,
            sizes,
        }) => {
            let mut checks = vec![ok(NAME, format!("it can be opened; it is store {store}"))];
            checks.extend(passphrase(
                config,
                &value.unwrap_or_default(),
                Daemon::Stopped,
            ));
            Found {
                checks,
                store: Some(store),
                sizes,
            }
        }
    }
}

fn told(error: &StoreError) -> String {
    error.to_string()
}

/// Whether the passphrase that is configured opens the store's keys; nothing where another provider holds them, or where a
/// change of the KEK is configured, which makes a new one.
fn passphrase(config: &Config, stored: &[u8], daemon: Daemon) -> Option<Check> {
    let path = passphrase_file(config).filter(|_| !stored.is_empty())?;
    // What can't be read is said of the files that the configuration names.
    let passphrase = Passphrase::read(path).ok()?;
    let records = match decode_kek_records(stored) {
        Ok(records) => records,
        Err(error) => {
            return Some(fail(
                PASSPHRASE,
                error.to_string(),
                "restore the newest copy of the data directory: docs/runbook.md, \"Damaged store\"",
            ));
        }
    };
    let opens = |record| match PassphraseProvider::open(&passphrase, record) {
        Ok(_) => true,
        Err(KeyError::WrongPassphrase) => false,
        // Whatever else is wrong with it, another passphrase does not help.
        Err(_) => true,
    };
    Some(match records.iter().any(opens) {
        true => ok(PASSPHRASE, "it opens the store's keys"),
        false => fail(
            PASSPHRASE,
            format!("{} opens none of the store's keys", path.display()),
            match daemon {
                Daemon::Stopped => {
                    "put the right passphrase into it: after a change of the KEK the newest one"
                }
                Daemon::Runs => {
                    "don't stop the daemon, whose keys are open: it would not start again. Put the right passphrase into the \
                     file: after a change of the KEK the newest one"
                }
            },
        ),
    })
}

const PASSPHRASE: &str = "passphrase";

/// Whether a process has the store open.
#[derive(Clone, Copy)]
enum Daemon {
    Runs,
    Stopped,
}

/// The file with the passphrase, where one is to open the store's keys as they are.
fn passphrase_file(config: &Config) -> Option<&Path> {
    match &config.kek.current {
        KekSource::Passphrase(SecretSource::File(path)) if config.kek.previous.is_empty() => {
            Some(path)
        }
        _ => None,
    }
}

/// What is told where the store could not be looked into, since a process has it open.
fn not_tried(config: &Config) -> Option<Check> {
    let path = passphrase_file(config)?;
    Some(warn(
        PASSPHRASE,
        format!(
            "whether {} opens the store's keys was not tried: the store can't be looked into while the daemon writes to it",
            path.display()
        ),
        "try again; `indelible backup verify --passphrase-file` tries it on a backup",
    ))
}

/// What is wrong with an anchor that is there, beside a store, if that is known; nothing if nothing is.
pub(super) fn wrong_anchor(path: &Path, found: &Found) -> Option<Check> {
    const NAME: &str = "anchor";
    let shown = path.display();
    let store = found.store;
    let opened = Anchor::open(path, store.unwrap_or(StoreId::from_bytes([0; 16])));
    match (opened, store) {
        (Ok(AnchorState::OtherStore { found }), Some(store)) => Some(fail(
            NAME,
            format!("{shown} belongs to store {found}, but the data directory holds store {store}"),
            "put this store's own anchor there: with another one every ledger goes into quarantine",
        )),
        (Ok(AnchorState::Damaged { finding }), _) => Some(fail(
            NAME,
            format!("{shown} is damaged: {finding}"),
            "put the newest copy of it back: without it every ledger goes into quarantine",
        )),
        (Ok(AnchorState::Present(anchor)), Some(_)) => behind(&anchor, &found.sizes),
        // The daemon that runs has both, and has held them against each other: its store can't be looked into.
        (Err(AnchorError::Locked { .. }), _) if found.sizes.is_empty() => None,
        (Err(AnchorError::Locked { .. }), _) => Some(warn(
            NAME,
            format!("{shown} was not compared with the store: another process has it open"),
            "find out who has it (`fuser`): an anchor belongs to one store, and to the daemon that serves that",
        )),
        (Ok(_), _) => None,
        (Err(error), _) => Some(fail(
            NAME,
            error.to_string(),
            "give the daemon's user the file, and its volume back, if that is what is wrong",
        )),
    }
}

/// What is told where the store lacks records that the anchor knows of; nothing where it has them all.
fn behind(anchor: &Anchor, sizes: &BTreeMap<LedgerId, u64>) -> Option<Check> {
    let entries = anchor.entries().into_iter();
    let behind: Vec<_> = entries
        .filter_map(|(ledger, entry)| {
            let entry = entry.ok()?;
            let size = sizes.get(&ledger).copied().unwrap_or_default();
            let origin = entry
                .checkpoint
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned();
            (size < entry.size).then(|| format!("{origin} has {size} of {}", entry.size))
        })
        .collect();
    (!behind.is_empty()).then(|| {
        warn(
            "anchor",
            format!(
                "the store lacks records that the anchor knows of: {}",
                behind.join(", ")
            ),
            "a ledger that no successor has replaced yet goes into quarantine at the next start: look for the newest copy of the \
             data directory first (docs/runbook.md, \"Quarantine, step by step\")",
        )
    })
}

/// A directory for the engine's own log.
struct Scratch(PathBuf);

impl Scratch {
    fn make() -> io::Result<Self> {
        let path = env::temp_dir().join(format!("indelible-doctor-{}", std::process::id()));
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A few lines of the engine's.
        let _left = fs::remove_dir_all(&self.0);
    }
}
