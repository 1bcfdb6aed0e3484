//! Certificates by an identity key outside of this process. The writer waits for no provider: what waits for a ledger's
//! epoch is parked, other ledgers go on, and the certificate comes back as work.

use std::{sync::Arc, time::Duration};

use indelible_evidence::hash::TreeHash;
use indelible_keystore::{Entropy, Signer};

use crate::{
    keys::epoch::{OpenEpoch, OwnedStatement, open_epoch},
    state::{
        environment::Environment,
        shared::LedgerState,
        steps::{Inbox, Next, Outbox, Received, Steps},
    },
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
pub(crate) type Certificates = Outbox<Wanted>;

/// The loop that certifies. It ends when the writer is gone.
pub(crate) struct Certifier {
    wanted: Inbox<Wanted>,
    queue: Arc<Queue>,
    environment: Environment,
    /// When the provider failed, and how.
    failed: Option<(Duration, String)>,
}

impl Certifier {
    pub(crate) fn new(wanted: Inbox<Wanted>, queue: Arc<Queue>, environment: Environment) -> Self {
        Self {
            wanted,
            queue,
            environment,
            failed: None,
        }
    }

    fn certify(&mut self, wanted: &Wanted) -> Result<(OpenEpoch, OwnedStatement), String> {
        let now = self.environment.elapsed();
        self.failed.take_if(|(when, _)| now - *when >= LEFT_ALONE);
        if let Some((_, why)) = &self.failed {
            return Err(why.clone());
        }
        let epoch = certify(wanted, self.environment.entropy());
        if let Err(why) = &epoch {
            self.failed = Some((self.environment.elapsed(), why.clone()));
        }
        epoch
    }
}

impl Steps for Certifier {
    fn step(&mut self) -> Next {
        let wanted = match self.wanted.take() {
            Received::One(wanted) => wanted,
            Received::Nothing => return Next::Waits,
            Received::Closed => return Next::Ended,
        };
        let certified = Box::new(Certified {
            ledger: wanted.cell.id,
            epoch: self.certify(&wanted),
        });
        // A closed queue means that the writer answers what is parked by itself.
        let _closed = self.queue.push(Work::Certified(certified));
        Next::Worked
    }
}

fn certify(wanted: &Wanted, entropy: &dyn Entropy) -> Result<(OpenEpoch, OwnedStatement), String> {
    open_epoch(
        wanted.cell.origin(),
        wanted.first,
        wanted.root,
        wanted.last,
        &*wanted.identity,
        entropy,
    )
    .map_err(|error| error.to_string())
}
