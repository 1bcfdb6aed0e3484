//! The look through the archive, file by file, at the pace of the scrub. What it finds is told by a notice; the ledgers'
//! own records are not concerned.

use std::{collections::VecDeque, ops::ControlFlow, sync::Arc, time::Duration};

use indelible_evidence::key_event::Archive;

use crate::{
    core::Core,
    read::archived_file::{ReadThrough, is_needed, note},
    state::{
        limits::SCRUB_PAUSE_MIN, orders::DisposalRecord, shared::LedgerState, shelf::ShelfError,
    },
};

/// How far it is.
#[derive(Default)]
pub(crate) struct ArchiveLook {
    /// When the next one begins.
    pub(crate) next: Duration,
    /// Files that are still to be read; none between two looks.
    files: Option<VecDeque<(Arc<LedgerState>, DisposalRecord)>>,
    reading: Option<(Archive, ReadThrough)>,
}

impl ArchiveLook {
    /// Reads on; returns how many bytes. After the last file it rests for as long as a pass over a ledger does.
    pub(crate) fn step(&mut self, core: &Core, bytes: u64, now: Duration, rest: Duration) -> u64 {
        if let Some((archive, mut reading)) = self.reading.take() {
            let read = reading.go_on(bytes);
            return match note_at_the_end(core, &archive, read) {
                Some((ControlFlow::Continue(()), read)) => {
                    self.reading = Some((archive, reading));
                    read
                }
                Some((ControlFlow::Break(()), read)) => read,
                None => 0,
            };
        }
        let files = self.files.get_or_insert_with(|| files(core));
        let Some((cell, disposal)) = files.pop_front() else {
            self.files = None;
            self.next = now + rest.max(SCRUB_PAUSE_MIN);
            return 0;
        };
        let Some(archive) = disposal.archive.clone() else {
            return 0;
        };
        // One of which nothing is needed may be gone. What can't be read is the ledger's pass to find.
        if is_needed(&*core.store, &cell, &disposal).unwrap_or(false) {
            let begun = ReadThrough::begin(&core.shelf, &archive);
            match begun {
                Ok(reading) => self.reading = Some((archive, reading)),
                Err(error) => core.shelf.failed(&archive, &error),
            }
        }
        0
    }
}

type Read = (ControlFlow<()>, u64);

/// Notes what a file came to, once it is read or can't be.
fn note_at_the_end(core: &Core, archive: &Archive, read: Result<Read, ShelfError>) -> Option<Read> {
    match read {
        Ok(read @ (ControlFlow::Continue(()), _)) => Some(read),
        read => note(&core.shelf, archive, read).ok(),
    }
}

/// All files that records name.
fn files(core: &Core) -> VecDeque<(Arc<LedgerState>, DisposalRecord)> {
    let mut files = VecDeque::new();
    for cell in core.registry.cells() {
        let disposals = cell.keys().disposals().to_vec();
        let archives = disposals.into_iter().filter(DisposalRecord::archives);
        files.extend(archives.map(|disposal| (Arc::clone(&cell), disposal)));
    }
    files
}
