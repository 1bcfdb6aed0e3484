//! The records of a store that was restored, verified without any key.

use indelible_backup::{Manifest, hash_of};
use indelible_evidence::{ChainHash, TreeHash};
use indelible_ledger::{CopiedLedger, verify_copied_system, verify_copy};
use indelible_store::{
    LedgerId,
    anchor::AnchorEntry,
    rocks::{RocksStore, RocksTuning},
};

use super::failed::of_store;
use crate::cli::{
    error::CliError,
    session::Session,
    ui::progress::{Progress, Unit},
};

/// Bytes of memory to read a restored store with.
const CACHE_BYTES: usize = 64 << 20;

/// Which ledgers are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// All of them.
    All,
    /// The store's own, and those whose place it took.
    System,
}

/// How a store that was restored is opened: to be read once.
pub(super) fn tuning() -> RocksTuning {
    RocksTuning {
        cache_bytes: CACHE_BYTES,
        known_ids_bytes: 0,
        merges_files: false,
        ..RocksTuning::default()
    }
}

/// Verifies every record of what was restored, against what the manifest says.
pub(super) fn records(
    session: &Session,
    manifest: &Manifest,
    store: &RocksStore,
    which: Which,
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
    let before = (which == Which::All).then(|| {
        manifest
            .ledgers
            .iter()
            .map(|ledger| ledger.size)
            .sum::<u64>()
    });
    let mut done = 0;
    let mut at = String::new();
    let mut within = 0;
    let mut told = |name: &str, seen: u64, of: u64| {
        if name != at {
            done += within;
            name.clone_into(&mut at);
        }
        within = seen;
        progress.set(done + seen, before.or(Some(of)));
    };
    let verified = match which {
        Which::All => verify_copy(store, &expected, &mut told),
        Which::System => verify_copied_system(store, &expected, &mut told),
    };
    progress.clear();
    verified.map_err(|error| of_store(&error))
}
