//! Verifying the store of a backup: every record of every ledger, as a start and an online verification do, without any key.

use std::sync::Arc;

use indelible_store::{LedgerId, Store, StoreError, anchor::AnchorEntry};

use crate::{
    check::{
        recovery::{self, Evidence},
        walk::{Unfinished, Walk},
        walk_start::Start,
    },
    state::{
        custody::Custody,
        descriptor::{Descriptor, Lifecycle},
        environment::Environment,
        event_identity::IndexKey,
        interrupt::Interrupt,
        registry::Registry,
        shared::LedgerState,
    },
    write::genesis,
};

/// Findings after which the verification of a ledger stops.
const FINDINGS_MAX: usize = 100;
/// Records between two reports of progress.
const PROGRESS_RECORDS: u64 = 4_096;

/// What was found of one ledger of a copy.
#[derive(Clone, Debug)]
pub struct CopiedLedger {
    /// Its name.
    pub name: String,
    /// Its origin.
    pub origin: String,
    /// The key that auditors pin, as its descriptor says.
    pub verifier_key: String,
    /// Records that were verified.
    pub size: u64,
    /// Whether it is the store's own ledger.
    pub is_system: bool,
    /// The identity key at its end; none if what is stored does not say.
    pub identity: Option<[u8; 32]>,
    /// What is wrong; empty if nothing is.
    pub findings: Vec<String>,
}

/// Verifies every record of every ledger of a store that nobody serves. `expected` says how far each must have come, and is
/// held against it as the anchor is at a start. `progress` is told of each ledger's records: how many were seen, of how many.
///
/// # Errors
/// If the store can't be read at all. What is wrong with a ledger is told.
pub fn verify_copy(
    store: &dyn Store,
    expected: &dyn Fn(LedgerId) -> Option<AnchorEntry>,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<Vec<CopiedLedger>, StoreError> {
    verified(store, expected, progress, &|_| true)
}

/// The same of the store's own ledger alone, and of those whose place it took.
///
/// # Errors
/// If the store can't be read at all.
pub fn verify_copied_system(
    store: &dyn Store,
    expected: &dyn Fn(LedgerId) -> Option<AnchorEntry>,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<Vec<CopiedLedger>, StoreError> {
    let is_system = |descriptor: &Descriptor| descriptor.name.is_system();
    verified(store, expected, progress, &is_system)
}

fn verified(
    store: &dyn Store,
    expected: &dyn Fn(LedgerId) -> Option<AnchorEntry>,
    progress: &mut dyn FnMut(&str, u64, u64),
    is_wanted: &dyn Fn(&Descriptor) -> bool,
) -> Result<Vec<CopiedLedger>, StoreError> {
    let custody = Arc::new(Custody::closed(&Environment::system()));
    let (registry, interrupt) = (Registry::default(), Interrupt::default());
    let mut verified = Vec::new();
    for (id, descriptor) in store.ledgers()? {
        let descriptor = match Descriptor::decode(&descriptor) {
            Ok(descriptor) => descriptor,
            Err(error) => {
                verified.push(unreadable(id, &error.to_string()));
                continue;
            }
        };
        if descriptor.lifecycle == Lifecycle::Abandoned || !is_wanted(&descriptor) {
            continue;
        }
        let Some(head) = store.head(id)? else {
            // Its creation was interrupted, unless something is expected of it.
            if expected(id).is_some_and(|entry| entry.size > 0) {
                verified.push(unreadable(id, "it has no records"));
            }
            continue;
        };
        let verifier_key = match genesis::verifier_key(&descriptor) {
            Ok(verifier_key) => verifier_key,
            Err(error) => {
                verified.push(unreadable(id, &error.to_string()));
                continue;
            }
        };
        let evidence = Evidence {
            store,
            anchor: Ok(expected(id)),
            registered: None,
            verifier_key,
            proven_tiles: Arc::clone(&registry.proven_tiles),
            interrupt: &interrupt,
            bad_checkpoint: None,
        };
        let index_key = IndexKey::new(None, &custody);
        let recovered = recovery::recover(evidence, id, descriptor, index_key, head.clone());
        let cell = recovered.cell;
        let mut findings: Vec<_> = recovered.finding.iter().map(ToString::to_string).collect();
        findings.extend(walked(&cell, store, &head, progress));
        verified.push(CopiedLedger {
            name: cell.stored().name.as_str().to_owned(),
            origin: cell.origin().to_string(),
            verifier_key: cell.verifier_key.to_string(),
            size: head.size,
            is_system: cell.is_system(),
            identity: cell.keys().identity_key(),
            findings,
        });
    }
    Ok(verified)
}

/// What a walk over all records from genesis on finds.
pub(crate) fn walked(
    cell: &LedgerState,
    store: &dyn Store,
    head: &indelible_store::Head,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Vec<String> {
    let name = cell.stored().name.as_str().to_owned();
    let start = Start::at_genesis(cell);
    let mut walk = Walk::new(cell, store, start, Unfinished::Any, FINDINGS_MAX);
    walk.records_read_ahead(head.size, |_, sequence| {
        if sequence % PROGRESS_RECORDS == 0 {
            progress(&name, sequence, head.size);
        }
    });
    if walk.is_sound() {
        walk.head(head);
        walk.custody_at_the_end();
    }
    progress(&name, head.size, head.size);
    let findings = walk.into_findings();
    findings.iter().map(ToString::to_string).collect()
}

fn unreadable(id: LedgerId, problem: &str) -> CopiedLedger {
    CopiedLedger {
        name: String::new(),
        origin: format!("ledger number {id}"),
        verifier_key: String::new(),
        size: 0,
        is_system: false,
        identity: None,
        findings: vec![problem.to_owned()],
    }
}
