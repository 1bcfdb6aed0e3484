//! Counting what each KEK wraps after a start, if earlier KEKs may still be in use.

use indelible_keystore::KekId;
use tracing::warn;

use crate::{
    core::Core,
    keys::{
        kek_records::kek_records,
        kek_usage::{KekUsage, is_changing, retire_records},
    },
    state::error::KeyEventError,
};

/// Takes a usage, where one is due. Blocking.
pub(crate) fn after_start(core: &Core) {
    if let Err(error) = take_after_start(core)
        && !core.is_draining()
    {
        warn!(%error, "the daemon could not find out whether earlier KEKs are still needed");
    }
}

fn take_after_start(core: &Core) -> Result<(), KeyEventError> {
    let (store, keks) = (&*core.store, &**core.custody.keks()?);
    let is_stale = |kek: &KekId| keks.holder(kek).is_none();
    let has_stale = kek_records(store)?
        .iter()
        .any(|record| is_stale(&record.kek_id()));
    if keks.earlier().next().is_none() && !has_stale && !is_changing(store)? {
        return Ok(());
    }
    let _turn = core.kek_work.turn();
    let usage = KekUsage::take(store, || core.go_on())?;
    core.kek_work.tell(&usage, keks, is_changing(store)?);
    if !retire_records(store, keks, &usage)?.is_empty() {
        store.purge(&[], &mut |_| core.go_on())?;
    }
    Ok(())
}
