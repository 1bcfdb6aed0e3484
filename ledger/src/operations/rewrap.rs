//! Changing the KEK or its provider while the ledgers go on: every stored key that another KEK wraps is opened and
//! wrapped under the current one. No record changes.
//!
//! - Keys under the current KEK are skipped, so an interrupted change is completed by running it again.
//! - The data keys of a ledger move first, its index key last, and the identity key after all ledgers. A start needs
//!   the index and identity keys, so it is refused without the earlier provider for as long as that provider holds
//!   anything that is still needed.
//! - A ledger records in its chain which KEK its keys go under before the first of them moves.

mod run;

use std::path::PathBuf;

use indelible_keystore::{KekId, KekProvider as _, KekSet};
use tracing::info;

use self::run::Run;
pub use self::run::{OnRewrap, RewrapProgress};
use crate::{
    core::{Core, Engine},
    keys::kek_usage::{self, KekUsage},
    state::{
        error::{AppendError, KeyEventError},
        rotation_reason::RotationReason,
    },
};

/// What a change of the KEK did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrapped {
    /// The current KEK, by its id.
    pub kek: KekId,
    /// What kind of provider holds it.
    pub provider: &'static str,
    /// Ledgers whose chain says so since this call.
    pub recorded: u64,
    /// Keys that moved.
    pub moved: u64,
    /// Keys that had been there already.
    pub already: u64,
    /// Keys that depend on another KEK still, as the last walk over all of them found.
    pub left: u64,
    /// Why, as far as it is known. There may be more of them than reasons.
    pub reasons: Vec<String>,
    /// Earlier KEKs whose passphrases are not known any more, since nothing depends on them.
    pub retired: Vec<KekId>,
    /// Directories with an earlier state of the store, kept after damage, which still hold keys under earlier KEKs.
    pub evidence: Vec<PathBuf>,
}

impl Engine {
    /// Moves every stored key under the current KEK, and the old wrapped keys out of every file. Each ledger's record says
    /// `reason`. Safe to repeat, also after it was broken off. Blocking.
    ///
    /// # Errors
    /// If another change is in progress, a provider or the store fails, or the daemon stops. Keys that moved stay moved.
    pub fn rewrap(
        &self,
        reason: Option<RotationReason>,
        progress: OnRewrap<'_>,
    ) -> Result<Rewrapped, KeyEventError> {
        let core = &*self.core;
        // Each change ends in records; nothing is begun that can't be recorded.
        core.environment
            .confirmed_now()
            .map_err(AppendError::from)?;
        let _only_one = core.try_rotating()?;
        let _after_counting = core.kek_work.turn();
        rewrap(core, reason, progress)
    }
}

fn rewrap(
    core: &Core,
    reason: Option<RotationReason>,
    progress: OnRewrap<'_>,
) -> Result<Rewrapped, KeyEventError> {
    let (store, keks) = (&*core.store, &**core.custody.keks()?);
    let description = keks.describe();
    let current = description.kek_id;
    let before = KekUsage::take(store, || core.go_on())?;
    check_health(keks, &before)?;
    let mut run = Run {
        core,
        keks,
        reason,
        current,
        is_begun: false,
        recorded: 0,
        moved: 0,
        total: before.not_under(&current),
        reasons: Vec::new(),
        progress,
    };
    run.all()?;
    let Run {
        recorded,
        moved,
        reasons,
        progress,
        ..
    } = run;

    progress(RewrapProgress::Checking);
    let usage = KekUsage::take(store, || core.go_on())?;
    let retired = kek_usage::retire_records(store, keks, &usage)?;
    let mut evidence = Vec::new();
    if kek_usage::is_changing(store)? || !retired.is_empty() {
        let purged = store.purge(&[], &mut |step| {
            progress(RewrapProgress::Purging(step));
            core.go_on()
        })?;
        evidence = purged.evidence;
    }
    let left = usage.not_under(&current) + usage.identities_elsewhere(&current).count() as u64;
    if usage.not_under(&current) == 0 && kek_usage::is_changing(store)? {
        kek_usage::set_changing(store, false)?;
    }
    core.kek_work
        .tell(&usage, keks, kek_usage::is_changing(store)?);
    info!(kek = %current, moved, left, recorded, "the stored keys are wrapped by the {}", description.kind);
    Ok(Rewrapped {
        kek: current,
        provider: description.kind.name(),
        recorded,
        moved,
        already: usage.under(&current).saturating_sub(moved),
        left,
        reasons,
        retired,
        evidence,
    })
}

/// Nothing is recorded or moved unless the providers that it takes answer.
fn check_health(keks: &KekSet, usage: &KekUsage) -> Result<(), KeyEventError> {
    let current = keks.describe().kek_id;
    let needed = keks
        .earlier()
        .filter(|provider| usage.under(&provider.describe().kek_id) > 0);
    let mut asked = keks.holder(&current).into_iter().chain(needed);
    asked.try_for_each(|provider| provider.health().map_err(KeyEventError::Kek))
}
