//! Whether data keys are copied for rescue recipients, and how far the work on the copies is.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

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
    /// Keys that the last walk looked at.
    pub(crate) keys: u64,
    /// Those of them that had no right copy and have one now, or had one too many and have none.
    pub(crate) changed: u64,
    /// Those of them without a right copy now.
    pub(crate) lacking: u64,
    /// Whether the walk has ended.
    pub(crate) is_over: bool,
    /// Why it could not end, as it was last.
    pub(crate) problem: Option<String>,
}

/// How the copies stand, for operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RescueStatus {
    /// To whom copies are sealed; empty while those of earlier recipients are taken away.
    pub recipients: Vec<String>,
    /// Whether it is on record who they are: nothing is sealed to them before.
    pub is_on_record: bool,
    /// Data keys that were looked at since the start.
    pub keys: u64,
    /// Those of them that have no copy for these recipients.
    pub lacking: u64,
    /// Whether all keys were looked at since the start.
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
