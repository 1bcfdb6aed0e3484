//! Holds the ledgers against the register outside this machine.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use indelible_store::Store;

use crate::{
    check::{
        finding::{Finding, FindingCode},
        signed_heads::registered_too,
    },
    state::{
        register::{Behind, Registered, Witness},
        registry::Registry,
        shared::{Availability, LedgerState},
    },
};

/// A ledger that is behind the register, and how.
pub(crate) type Found = (Arc<LedgerState>, Finding);

/// How far a store is behind a register, and which of its ledgers are. One in whose place a successor is needs no more.
///
/// # Errors
/// If a ledger can't be read for lack of resources.
pub(crate) fn behind(
    store: &dyn Store,
    registry: &Registry,
    ledgers: &BTreeMap<String, Registered>,
    register: &str,
) -> Result<(Behind, Vec<Found>), Finding> {
    let cells = registry.cells();
    let cells: HashMap<&str, &Arc<LedgerState>> = cells
        .iter()
        .map(|cell| (cell.origin().as_str(), cell))
        .collect();
    let (mut behind, mut found) = (Behind::default(), Vec::new());
    for (origin, held) in ledgers {
        let Some(cell) = cells.get(origin.as_str()) else {
            behind.missing.push((origin.clone(), held.size));
            continue;
        };
        if cell.state().0 == Availability::Closed {
            continue;
        }
        let witness = Witness {
            held: *held,
            register: register.to_owned(),
        };
        match registered_too(store, cell, &witness) {
            Ok(()) => {}
            Err(finding) if finding.is_shortage() => return Err(finding),
            Err(finding) => {
                // Other damage was found without the register, and says nothing of it.
                if matches!(
                    finding.code,
                    FindingCode::RecordsMissing | FindingCode::HistoryMismatch
                ) {
                    behind.findings.push(format!("{origin}: {finding}"));
                }
                found.push((Arc::clone(cell), finding));
            }
        }
    }
    Ok((behind, found))
}
