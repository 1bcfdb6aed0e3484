//! Whether data keys are copied for rescue recipients, and how far the work on the copies is.

use std::{
    collections::HashSet,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use indelible_evidence::DataKeyId;
use indelible_keystore::age::Recipients;

use crate::state::{
    key_copy::RescueRecipients,
    notice::{Notice, NoticeCode},
};

/// The copies of a store's data keys.
pub(crate) struct KeyCopies {
    recipients: Option<RescueRecipients>,
    /// Whether the record is durable that says who the recipients are: nothing is sealed to anybody before.
    is_on_record: AtomicBool,
    figures: Mutex<CopyFigures>,
}

/// How far the work is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CopyFigures {
    /// Keys that the last walk looked at, and those that were made with their copies and that it did not come to.
    pub(crate) keys: u64,
    /// Those of them that had no right copy and have one now, or had one too many and have none.
    pub(crate) changed: u64,
    /// Those of them without a right copy now.
    pub(crate) lacking: u64,
    /// Whether the walk has ended.
    pub(crate) is_over: bool,
    /// Why it could not end, as it was last.
    pub(crate) problem: Option<String>,
    /// Keys that were made with their copies since the walk began, and that it has not come to yet: so that none is counted twice,
    /// and none is passed over. Once the walk has ended they are counted, and not kept.
    made: HashSet<DataKeyId>,
}

impl CopyFigures {
    /// A walk begins.
    pub(crate) fn begin(&mut self) {
        *self = Self {
            made: std::mem::take(&mut self.made),
            ..Self::default()
        };
    }

    /// The walk has come to a key.
    pub(crate) fn look_at(&mut self, id: &DataKeyId) {
        self.made.remove(id);
        self.keys += 1;
    }

    /// The walk has ended.
    pub(crate) fn end(&mut self) {
        self.keys += self.made.len() as u64;
        self.made = HashSet::new();
        self.is_over = true;
        self.problem = None;
    }

    /// A key is about to be stored with its copy.
    fn make(&mut self, id: DataKeyId) {
        match self.is_over {
            true => self.keys += 1,
            false => drop(self.made.insert(id)),
        }
    }

    /// It was not stored.
    fn take_back(&mut self, id: &DataKeyId) {
        if !self.made.remove(id) && self.is_over {
            self.keys = self.keys.saturating_sub(1);
        }
    }
}

/// How the copies stand, for operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RescueStatus {
    /// To whom copies are sealed; empty while those of earlier recipients are taken away.
    pub recipients: Vec<String>,
    /// Whether it is on record who they are: nothing is sealed to them before.
    pub is_on_record: bool,
    /// Data keys that were looked at since the start, or made with their copies.
    pub keys: u64,
    /// Those of them that have no copy for these recipients.
    pub lacking: u64,
    /// Whether all keys from before the start were looked at.
    pub is_over: bool,
    /// Why that could not be done yet; empty if nothing stands against it.
    pub problem: String,
}

impl KeyCopies {
    pub(crate) fn new(recipients: Option<Recipients>) -> Self {
        Self {
            recipients: recipients.map(RescueRecipients::new),
            is_on_record: AtomicBool::new(false),
            figures: Mutex::default(),
        }
    }

    /// Those to whom the configuration has copies sealed.
    pub(crate) fn recipients(&self) -> Option<&RescueRecipients> {
        self.recipients.as_ref()
    }

    /// Those to whom a copy may be sealed now.
    pub(crate) fn sealed_to(&self) -> Option<&RescueRecipients> {
        self.recipients().filter(|_| self.is_on_record())
    }

    /// Whether it is on record who the recipients are.
    pub(crate) fn is_on_record(&self) -> bool {
        self.is_on_record.load(Ordering::Acquire)
    }

    /// Notes that it is.
    pub(crate) fn note_on_record(&self) {
        self.is_on_record.store(true, Ordering::Release);
    }

    /// Notes that a key is about to be stored with its copy.
    pub(crate) fn note_made(&self, id: DataKeyId) {
        self.figures().make(id);
    }

    /// Notes that it was not stored.
    pub(crate) fn take_back(&self, id: &DataKeyId) {
        self.figures().take_back(id);
    }

    /// Changes the figures.
    pub(crate) fn tell(&self, change: impl FnOnce(&mut CopyFigures)) {
        change(&mut self.figures());
    }

    fn figures(&self) -> MutexGuard<'_, CopyFigures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the copies stand; none where there are none, and none are wanted.
    pub(crate) fn status(&self) -> Option<RescueStatus> {
        let figures = self.figures().clone();
        let is_at_work = !figures.is_over && figures.keys > 0;
        if self.recipients.is_none() && !is_at_work && figures.problem.is_none() {
            return None;
        }
        let recipients = self.recipients().map(RescueRecipients::texts);
        Some(RescueStatus {
            recipients: recipients.unwrap_or_default(),
            is_on_record: self.is_on_record(),
            keys: figures.keys,
            lacking: figures.lacking,
            is_over: figures.is_over,
            problem: figures.problem.unwrap_or_default(),
        })
    }

    /// What an operator should know of it.
    pub(crate) fn notice(&self) -> Option<Notice> {
        let figures = self.figures().clone();
        let detail = match (&figures.problem, self.recipients()) {
            (None, None) => return None,
            (Some(problem), None) => format!(
                "copies of data keys for recipients that the configuration does not name any more are still in the store: \
                 {problem}. The daemon keeps trying"
            ),
            (_, Some(_)) if !self.is_on_record() => {
                "no copies of data keys are made: it can't be recorded in _system who may open them. See why _system takes no \
                 records; the copies follow by themselves"
                    .to_owned()
            }
            (Some(problem), Some(_)) => format!(
                "the copies of data keys could not all be made yet: {problem}. The daemon keeps trying"
            ),
            (None, Some(_)) if figures.is_over && figures.lacking > 0 => format!(
                "data keys that have no copy for the recipients of [rescue]: {}. They can't be opened, and the log names them: \
                 what is encrypted under them is lost with the KEK, or already",
                figures.lacking
            ),
            (None, Some(_)) => return None,
        };
        Some(Notice {
            code: NoticeCode::RescueCopiesLacking,
            detail,
            ledger: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> DataKeyId {
        DataKeyId::from_bytes([number; 16])
    }

    #[test]
    fn a_new_key_is_counted_once_whenever_it_is_made() {
        let mut figures = CopyFigures::default();
        figures.begin();
        figures.look_at(&id(1));
        // The walk comes to one of these, and has passed the place of the other.
        figures.make(id(2));
        figures.make(id(3));
        figures.look_at(&id(2));
        // The next walk comes to all of them, and then one is made behind it.
        figures.begin();
        assert_eq!(figures.keys, 0);
        for number in [1, 2, 3] {
            figures.look_at(&id(number));
        }
        figures.make(id(4));
        figures.make(id(5));
        figures.take_back(&id(5));
        assert_eq!(figures.keys, 3);
        figures.end();
        assert_eq!((figures.keys, figures.is_over), (4, true));
        figures.make(id(6));
        assert_eq!(figures.keys, 5);
        figures.make(id(7));
        figures.take_back(&id(7));
        assert_eq!(figures.keys, 5, "it was not stored");
        assert!(figures.made.is_empty(), "nothing is kept of them");
    }
}
