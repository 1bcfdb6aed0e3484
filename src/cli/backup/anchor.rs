//! An anchor that survives, as a restore reads it.

use std::{collections::BTreeMap, path::Path};

use indelible_backup::{Manifest, hash_of, loss::Anchored};
use indelible_evidence::{ChainHash, TreeHash};
use indelible_interchange::hex;
use indelible_store::{
    LedgerId, StoreId,
    anchor::{Anchor, AnchorEntry, AnchorState},
};

use super::failed::input;
use crate::cli::error::CliError;

/// What the anchor says of each ledger.
pub(super) type Entries = BTreeMap<u32, Result<Anchored, String>>;

/// Reads an anchor of a store. No daemon may have it.
pub(super) fn read(path: &Path, store: StoreId) -> Result<Entries, CliError> {
    let opened = Anchor::open(path, store).map_err(|error| CliError::of_anchor(path, &error))?;
    let anchor = match opened {
        AnchorState::Present(anchor) => anchor,
        AnchorState::Missing => return Err(input(path, "there is no such anchor")),
        AnchorState::OtherStore { found } => {
            return Err(input(
                path,
                format!("it is the anchor of store {found}, and the backup is of store {store}"),
            ));
        }
        AnchorState::Damaged { finding } => {
            return Err(input(path, format!("the anchor is damaged: {finding}")));
        }
    };
    let entries = anchor.entries().into_iter().map(|(ledger, entry)| {
        let entry = match entry {
            Ok(entry) => Ok(anchored(&entry)),
            Err(damage) => Err(damage.to_string()),
        };
        (ledger.number(), entry)
    });
    Ok(entries.collect())
}

fn anchored(entry: &AnchorEntry) -> Anchored {
    Anchored {
        origin: entry
            .checkpoint
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
        size: entry.size,
        root: *entry.root.as_bytes(),
    }
}

/// What the anchor said when the backup was made.
pub(super) fn of_backup(manifest: &Manifest) -> Entries {
    let entries = manifest.ledgers.iter().filter_map(|ledger| {
        let slot = ledger.anchor.as_ref()?;
        let entry = Anchored {
            origin: ledger.origin.clone(),
            size: slot.size,
            root: hash_of(&slot.root)?,
        };
        Some((ledger.number, Ok(entry)))
    });
    entries.collect()
}

/// The identity of the store that a backup is of.
pub(super) fn store_of(manifest: &Manifest) -> Result<StoreId, CliError> {
    let bytes = hex::decode(&manifest.store);
    let bytes = bytes.and_then(|bytes| <[u8; 16]>::try_from(bytes.as_ref()).ok());
    bytes
        .map(StoreId::from_bytes)
        .ok_or_else(|| CliError::Input {
            name: manifest.id.to_string(),
            problem: "the manifest names no store".to_owned(),
        })
}

/// Writes the anchor as the backup has it, in a place where there is none.
pub(super) fn write(path: &Path, manifest: &Manifest, store: StoreId) -> Result<(), CliError> {
    let mut entries = Vec::new();
    for ledger in &manifest.ledgers {
        let Some(slot) = &ledger.anchor else { continue };
        let hash = |text: &str| {
            hash_of(text).ok_or_else(|| CliError::Input {
                name: manifest.id.to_string(),
                problem: format!("{text:?} is not a hash"),
            })
        };
        entries.push((
            LedgerId::new(ledger.number),
            AnchorEntry {
                size: slot.size,
                root: TreeHash::from_bytes(hash(&slot.root)?),
                chain: ChainHash::from_bytes(hash(&slot.chain)?),
                checkpoint: slot.checkpoint.clone(),
            },
        ));
    }
    let anchor = Anchor::create(path, store).map_err(|error| input(path, error))?;
    let entries: Vec<_> = entries
        .iter()
        .map(|(ledger, entry)| (*ledger, entry))
        .collect();
    anchor.advance(&entries).map_err(|error| input(path, error))
}
