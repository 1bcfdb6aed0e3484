//! What a start would find in the store and in the anchor. Nothing is written to them.

use std::{
    env, fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use indelible_keystore::{KeyError, Passphrase, PassphraseProvider};
use indelible_ledger::{KEK_RECORDS, decode_kek_records};
use indelible_server::config::{Config, KekSource, SecretSource};
use indelible_store::{
    StoreError, StoreId,
    anchor::{Anchor, AnchorError, AnchorState},
    rocks::{Peeked, RocksStore},
};

use super::check::{Check, fail, ok};

/// What was found, as far as other checks go on from it.
pub(super) struct Found {
    /// What is told of the store; nothing where there is none.
    pub(super) checks: Vec<Check>,
    /// Which store it is, where that could be read.
    pub(super) store: Option<StoreId>,
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
    };
    match peeked {
        Err(problem) => found(vec![fail(
            NAME,
            problem,
            "docs/runbook.md, under \"It does not start\", says what to do about each message",
        )]),
        Ok(Peeked::Nothing) => found(Vec::new()),
        Ok(Peeked::Held) => found(vec![ok(NAME, "a daemon has it open")]),
        Ok(Peeked::Earlier) => found(vec![ok(
            NAME,
            "it is of an earlier release, and the next start upgrades it",
        )]),
        Ok(Peeked::Store { store, value }) => {
            let mut checks = vec![ok(NAME, format!("it can be opened; it is store {store}"))];
            checks.extend(passphrase(config, &value.unwrap_or_default()));
            Found {
                checks,
                store: Some(store),
            }
        }
    }
}

fn told(error: &StoreError) -> String {
    error.to_string()
}

/// Whether the passphrase that is configured opens the store's keys; nothing where another provider holds them, or where a
/// change of the KEK is configured, which makes a new one.
fn passphrase(config: &Config, stored: &[u8]) -> Option<Check> {
    const NAME: &str = "passphrase";
    let KekSource::Passphrase(SecretSource::File(path)) = &config.kek.current else {
        return None;
    };
    if !config.kek.previous.is_empty() || stored.is_empty() {
        return None;
    }
    // What can't be read is said of the files that the configuration names.
    let passphrase = Passphrase::read(path).ok()?;
    let records = match decode_kek_records(stored) {
        Ok(records) => records,
        Err(error) => {
            return Some(fail(
                NAME,
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
        true => ok(NAME, "it opens the store's keys"),
        false => fail(
            NAME,
            format!("{} opens none of the store's keys", path.display()),
            "put the right passphrase into it: after a change of the KEK the newest one",
        ),
    })
}

/// What is wrong with an anchor that is there, beside a store, if that is known; nothing if nothing is.
pub(super) fn wrong_anchor(path: &Path, store: Option<StoreId>) -> Option<Check> {
    const NAME: &str = "anchor";
    let shown = path.display();
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
        // The daemon that runs has it.
        (Err(AnchorError::Locked { .. }), _) | (Ok(_), _) => None,
        (Err(error), _) => Some(fail(
            NAME,
            error.to_string(),
            "give the daemon's user the file, and its volume back, if that is what is wrong",
        )),
    }
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
