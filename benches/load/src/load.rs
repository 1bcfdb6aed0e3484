//! What the tasks of a run share.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use bytes::Bytes;

use super::{codec::Append, events::EventWriter, options::BenchOptions, pace::Pace, tally::Tally};

/// What the tasks of a run share.
pub(super) struct Load {
    pub(super) tally: Tally,
    /// Events in a request.
    pub(super) batch: u32,
    /// The ledgers' names, as the first field of a request.
    ledgers: Vec<Bytes>,
    next_ledger: AtomicUsize,
    events: Arc<Mutex<EventWriter>>,
    /// When requests are due; none sends each as soon as it can.
    pub(super) pace: Option<Pace>,
}

impl Load {
    /// Before the first request.
    pub(super) fn new(options: &BenchOptions, events: EventWriter) -> Self {
        let names = options.ledgers.iter();
        Self {
            tally: Tally::new(options.events),
            batch: options.batch,
            ledgers: names.map(|name| Append::ledger_field(name)).collect(),
            next_ledger: AtomicUsize::new(0),
            events: Arc::new(Mutex::new(events)),
            pace: options.rate.map(Pace::new),
        }
    }

    pub(super) fn ledger(&self, index: usize) -> Bytes {
        self.ledgers[index % self.ledgers.len()].clone()
    }

    pub(super) fn append(&self, ledger: Bytes, count: u32) -> Append {
        Append {
            ledger,
            events: Arc::clone(&self.events),
            count,
        }
    }

    /// Requests go to the ledgers in turn.
    pub(super) fn append_to_next_ledger(&self, count: u32) -> Append {
        let index = self.next_ledger.fetch_add(1, Relaxed);
        self.append(self.ledger(index), count)
    }
}
