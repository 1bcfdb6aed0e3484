//! Certificates by an identity key outside of this process. The writer waits for no provider: what waits for a ledger's
//! epoch is parked, other ledgers go on, and the certificate comes back as work.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, Sender},
    },
    time::{Duration, Instant},
};

use indelible_evidence::hash::TreeHash;
use indelible_keystore::Signer;

use crate::{
    keys::epoch::{OpenEpoch, OwnedStatement, open_epoch},
    state::shared::LedgerState,
    write::queue::{Certified, Queue, Work},
};

/// How long a provider that failed is left alone: appends in the meantime are answered with what it said.
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// A certificate that a ledger needs before it can go on.
pub(crate) struct Wanted {
    pub(crate) cell: Arc<LedgerState>,
    pub(crate) identity: Arc<dyn Signer>,
    pub(crate) first: u64,
    pub(crate) root: TreeHash,
    pub(crate) last: u64,
}

/// Where the writer asks for certificates.
pub(crate) type Certificates = Sender<Wanted>;

/// Certifies until the writer is gone.
pub(crate) fn run(wanted: &Receiver<Wanted>, queue: &Queue) {
    let mut failed: Option<(Instant, String)> = None;
    while let Ok(wanted) = wanted.recv() {
        let epoch = match &failed {
            Some((when, why)) if when.elapsed() < LEFT_ALONE => Err(why.clone()),
            _ => certify(&wanted),
        };
        failed = epoch.as_ref().err().map(|why| match failed.take() {
            Some(before) if before.0.elapsed() < LEFT_ALONE => before,
            _ => (Instant::now(), why.clone()),
        });
        let certified = Box::new(Certified {
            ledger: wanted.cell.id,
            epoch,
        });
        // A closed queue means that the writer answers what is parked by itself.
        let _closed = queue.push(Work::Certified(certified));
    }
}

fn certify(wanted: &Wanted) -> Result<(OpenEpoch, OwnedStatement), String> {
    open_epoch(
        wanted.cell.origin(),
        wanted.first,
        wanted.root,
        wanted.last,
        &*wanted.identity,
    )
    .map_err(|error| error.to_string())
}
