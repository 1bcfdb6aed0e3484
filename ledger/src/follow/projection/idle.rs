//! Folding when nobody else wants the processor: on a thread that runs only then, and not at all where that would take
//! too long.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use indelible_store::Store;

use super::segments;
use crate::{
    follow::priority,
    state::{error::ReadError, shared::LedgerState},
};

/// How long a segment may wait for the processor. It takes some 40 ms where there is one.
const PATIENCE: Duration = Duration::from_secs(2);

type Folded = Result<String, ReadError>;

struct Job {
    cell: Arc<LedgerState>,
    segment: Range<u64>,
    /// Whoever asked has lost patience.
    abandoned: Arc<AtomicBool>,
    reply: mpsc::Sender<Folded>,
}

/// Gives one segment at a time to a thread of the lowest priority there is. It holds no lock that an append waits for
/// but for moments.
pub(crate) struct IdleFolder {
    jobs: mpsc::SyncSender<Job>,
}

impl IdleFolder {
    /// Starts the thread, which ends some time after this was dropped.
    pub(crate) fn new(store: Arc<dyn Store>) -> std::io::Result<Self> {
        // One job may wait for the thread to come back from the one before.
        let (jobs, received) = mpsc::sync_channel::<Job>(1);
        std::thread::Builder::new()
            .name("folds".to_owned())
            .spawn(move || {
                priority::come_last();
                for job in received {
                    if !job.abandoned.load(Ordering::Acquire) {
                        let state = segments::state(&job.cell, &*store, job.segment);
                        let _unheard = job.reply.send(state);
                    }
                }
            })?;
        Ok(Self { jobs })
    }

    /// The state of a segment; none if there was no processor for it in time.
    pub(super) fn state(&self, cell: &Arc<LedgerState>, segment: &Range<u64>) -> Option<Folded> {
        let (reply, answer) = mpsc::channel();
        let abandoned = Arc::new(AtomicBool::new(false));
        let job = Job {
            cell: Arc::clone(cell),
            segment: segment.clone(),
            abandoned: Arc::clone(&abandoned),
            reply,
        };
        self.jobs.try_send(job).ok()?;
        let state = answer.recv_timeout(PATIENCE).ok();
        abandoned.store(true, Ordering::Release);
        state
    }
}
