//! The governance states that a bundle carries, kept while it is verified.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use indelible_evidence::bundle::{ArchiveError, FileSource};

/// The states, by the record that names each.
pub(super) type States = Rc<RefCell<BTreeMap<u64, Vec<u8>>>>;

/// A source whose states are kept as they are read.
pub(super) struct Keeping<S> {
    source: S,
    states: States,
    open: Option<u64>,
}

impl<S> Keeping<S> {
    pub(super) fn new(source: S, states: States) -> Self {
        Self {
            source,
            states,
            open: None,
        }
    }
}

/// The record of a file that is a state.
fn state_of(name: &str) -> Option<u64> {
    let rest = name.strip_prefix("governance/")?;
    rest.strip_suffix("/state")?.parse().ok()
}

impl<S: FileSource> FileSource for Keeping<S> {
    fn open(&mut self, name: &str) -> Result<u64, ArchiveError> {
        self.open = state_of(name);
        if let Some(record) = self.open {
            self.states.borrow_mut().insert(record, Vec::new());
        }
        self.source.open(name)
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize, ArchiveError> {
        let count = self.source.read(out)?;
        if let Some(record) = self.open
            && let Some(state) = self.states.borrow_mut().get_mut(&record)
        {
            state.extend_from_slice(&out[..count]);
        }
        Ok(count)
    }

    fn close(&mut self) -> Result<(), ArchiveError> {
        self.open = None;
        self.source.close()
    }

    fn finish(&mut self) -> Result<(), ArchiveError> {
        self.source.finish()
    }
}
