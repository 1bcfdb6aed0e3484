//! Reading ahead: while records are checked on one processor, the next ones are read on another.

use std::{ops::ControlFlow, sync::mpsc, thread};

use indelible_store::{LedgerId, Store, StoreError};

/// Bytes of records that are handed over at once.
const BLOCK_BYTES: usize = 1 << 20;
/// So many blocks may wait to be checked.
const BLOCKS_AHEAD: usize = 4;

/// Who is shown records, each with its sequence number, until it breaks off.
pub(crate) type Visit<'a> = &'a mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>;

/// Records one behind the other.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    /// Of each, its sequence number and where it ends in `bytes`.
    ends: Vec<(u64, usize)>,
}

impl Block {
    fn add(&mut self, sequence: u64, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.ends.push((sequence, self.bytes.len()));
    }

    fn visit(&self, visit: Visit<'_>) -> ControlFlow<()> {
        let mut from = 0;
        for &(sequence, end) in &self.ends {
            visit(sequence, &self.bytes[from..end])?;
            from = end;
        }
        ControlFlow::Continue(())
    }
}

/// Visits records as [`ReadStore::scan`](indelible_store::ReadStore::scan) does. They are read in a thread of their own, up to
/// some megabytes ahead of the visitor.
///
/// # Errors
/// As the scan, once all records before the failure were visited.
pub(crate) fn scan_ahead(
    store: &dyn Store,
    ledger: LedgerId,
    from: u64,
    to: u64,
    visit: Visit<'_>,
) -> Result<(), StoreError> {
    scan_in_blocks(store, ledger, (from, to), BLOCK_BYTES, visit)
}

/// The same with blocks of so many bytes.
pub(crate) fn scan_in_blocks(
    store: &dyn Store,
    ledger: LedgerId,
    (from, to): (u64, u64),
    block_bytes: usize,
    visit: Visit<'_>,
) -> Result<(), StoreError> {
    thread::scope(|scope| {
        let (filled, blocks) = mpsc::sync_channel(BLOCKS_AHEAD);
        let reader = thread::Builder::new().name("read-ahead".to_owned());
        let reader = reader.spawn_scoped(scope, move || {
            read(store, ledger, (from, to), block_bytes, &filled)
        });
        let Ok(reader) = reader else {
            // Without another thread it takes longer.
            return store.scan(ledger, from, to, visit);
        };
        let mut is_broken_off = false;
        for block in &blocks {
            let block: Block = block;
            if block.visit(visit).is_break() {
                is_broken_off = true;
                break;
            }
        }
        // The reader ends at its next block.
        drop(blocks);
        match reader.join() {
            Ok(read) if !is_broken_off => read,
            Ok(_) => Ok(()),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Reads until nobody takes any more.
fn read(
    store: &dyn Store,
    ledger: LedgerId,
    (from, to): (u64, u64),
    block_bytes: usize,
    filled: &mpsc::SyncSender<Block>,
) -> Result<(), StoreError> {
    let mut block = Block::default();
    let scanned = store.scan(ledger, from, to, &mut |sequence, value| {
        block.add(sequence, value);
        if block.bytes.len() < block_bytes {
            return ControlFlow::Continue(());
        }
        match filled.send(std::mem::take(&mut block)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
    // If nobody takes it, nobody wants to know.
    let _taken = filled.send(block);
    scanned
}
