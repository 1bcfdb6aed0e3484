//! The first settings of a ledger that began under the first draft of the format. Its genesis holds no settings, so a
//! record takes over those that the operator gave when the ledger was created. The record is made in the background,
//! once the keys are open.

use std::{sync::Arc, time::Duration};

use indelible_evidence::key_event::{Encryption, Settings, SettingsChange};
use tracing::{info, warn};

use crate::{
    core::Core,
    operations::{
        access::{ACCESS_SOURCE, ACCESS_TYPE},
        record_key_event::{self, Statement},
    },
    read::{filter::Filter, query},
    state::{
        append::NewRange,
        error::{AppendError, KeyEventError},
        key_state_error::KeyStateError,
        limits::KEYS_RETRY_MAX,
        shared::{Availability, LedgerState},
    },
};

/// How often the thread looks whether it must stop.
const TICK: Duration = Duration::from_millis(50);
/// Why, as the record says.
const REASON: &str = "the ledger began before settings were recorded; these are what the operator's catalogue said when it was upgraded";

/// Records the first settings of every ledger that has none, until none is left. Blocking.
pub(crate) fn run(core: &Core) {
    while core.custody.keks().is_err() {
        if core.is_draining() {
            return;
        }
        core.pause(TICK);
    }
    let mut pause = core.options.keys_retry;
    loop {
        let mut left = 0;
        for cell in core.registry.cells().iter().filter(|cell| is_due(cell)) {
            if core.is_draining() {
                return;
            }
            // A rotation of the identity would void the signature.
            let recorded = {
                let _one_at_a_time = core.await_rotating();
                record(core, cell)
            };
            if let Err(error) = recorded {
                left += 1;
                warn!(ledger = %cell.origin(), %error, "the ledger's settings could not be recorded yet; the daemon tries again");
            }
        }
        let waits = core.registry.cells().iter().any(|cell| lacks(cell));
        if left == 0 && !waits {
            return;
        }
        let mut waited = Duration::ZERO;
        while waited < pause {
            if core.is_draining() {
                return;
            }
            core.pause(TICK);
            waited += TICK;
        }
        pause = (pause * 2).min(KEYS_RETRY_MAX);
    }
}

/// Whether a ledger lacks settings and may get them some day.
fn lacks(cell: &LedgerState) -> bool {
    matches!(cell.state().0, Availability::Open | Availability::ReadOnly)
        && cell.size() > 0
        && cell.keys().settings().is_none()
}

fn is_due(cell: &LedgerState) -> bool {
    lacks(cell) && cell.state().0 == Availability::Open
}

/// The settings that the descriptor says, but none that the ledger's own records contradict: whoever can write the
/// catalogue must not be able to have encryption or the trail taken back. A ledger has data keys of its own only if it
/// encrypts everything, and records of openings only if it keeps a trail.
fn no_looser_than_the_records(core: &Core, cell: &LedgerState) -> Result<Settings, KeyEventError> {
    let mut settings = cell.settings();
    if cell.keys().data_key().is_some() && settings.encryption != Encryption::All {
        settings.encryption = Encryption::All;
    }
    if !settings.access_trail {
        let filter = Filter {
            types: [ACCESS_TYPE.to_owned()].into(),
            source: Some(ACCESS_SOURCE.to_owned()),
            ..Filter::default()
        };
        let trail = query::list(cell, &*core.store, &core.keyring, &filter, 0, 1, usize::MAX);
        let trail = trail.map_err(|error| AppendError::Unreadable {
            reason: error.to_string(),
            cause: error.cause(),
        })?;
        settings.access_trail = !trail.records.is_empty();
    }
    if settings != cell.settings() {
        warn!(ledger = %cell.origin(), "the catalogue has looser settings than the ledger's records; the records decide");
    }
    Ok(settings)
}

/// Records the settings that the descriptor says, unless the chain has some. The caller keeps the identity from being
/// rotated. Durable when this returns. Blocking.
pub(crate) fn record(
    core: &Core,
    cell: &Arc<LedgerState>,
) -> Result<Option<NewRange>, KeyEventError> {
    if cell.keys().settings().is_some() {
        return Ok(None);
    }
    let statement = Statement::FirstSettings(Box::new(SettingsChange {
        origin: cell.origin().clone(),
        settings: no_looser_than_the_records(core, cell)?,
        reason: Some(REASON.to_owned()),
    }));
    match record_key_event::record(core, cell, &statement) {
        Ok(recorded) => {
            info!(ledger = %cell.origin(), sequence = recorded.first, "the ledger's settings are recorded");
            Ok(Some(recorded))
        }
        // Somebody else was faster.
        Err(KeyEventError::Append(AppendError::KeyState(KeyStateError::SettingsThere))) => Ok(None),
        Err(error) => Err(error),
    }
}
