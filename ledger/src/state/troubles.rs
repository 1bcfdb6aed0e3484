//! What is amiss with the machine now, as the loops that watch it have found.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::state::notice::{Notice, NoticeCode};

/// The troubles of now, each under the name of what it is about.
#[derive(Default)]
pub(crate) struct Troubles(Mutex<BTreeMap<&'static str, Notice>>);

impl Troubles {
    /// Puts up a notice about something, in the place of the one that was there. Tells whether there was none.
    pub(crate) fn put(&self, about: &'static str, code: NoticeCode, detail: String) -> bool {
        let notice = Notice {
            code,
            detail,
            ledger: None,
        };
        self.lock().insert(about, notice).is_none()
    }

    /// Takes the notice about something down. Tells whether there was one.
    pub(crate) fn clear(&self, about: &'static str) -> bool {
        self.lock().remove(about).is_some()
    }

    /// All of them.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Notice>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
