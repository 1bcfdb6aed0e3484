//! What is amiss with the machine now, as the loops that watch it have found; and what rules of retention could not do.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::state::notice::{Notice, NoticeCode};

/// The troubles of now, each under the name of what it is about.
#[derive(Default)]
pub(crate) struct Troubles {
    about: Mutex<BTreeMap<&'static str, Notice>>,
    /// Why what rules of retention cover could not be disposed of, by the ledgers' origins.
    retention: Mutex<BTreeMap<String, String>>,
}

impl Troubles {
    /// Puts up a notice about something, in the place of the one that was there. Tells whether there was none.
    pub(crate) fn put(&self, about: &'static str, code: NoticeCode, detail: String) -> bool {
        let notice = Notice {
            code,
            detail,
            ledger: None,
        };
        lock(&self.about).insert(about, notice).is_none()
    }

    /// Takes the notice about something down. Tells whether there was one.
    pub(crate) fn clear(&self, about: &'static str) -> bool {
        lock(&self.about).remove(about).is_some()
    }

    /// Notes how the newest run of a ledger's rules ended: why not all could be done, if it could not.
    pub(crate) fn retention_ran(&self, ledger: &str, problem: Option<String>) {
        let mut retention = lock(&self.retention);
        match problem {
            Some(problem) => drop(retention.insert(ledger.to_owned(), problem)),
            None => drop(retention.remove(ledger)),
        }
    }

    /// All of them.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        let mut notices: Vec<_> = lock(&self.about).values().cloned().collect();
        let failed: Vec<_> = lock(&self.retention)
            .iter()
            .map(|(ledger, problem)| format!("{ledger}: {problem}"))
            .collect();
        if !failed.is_empty() {
            let detail = format!(
                "what rules of retention cover could not be disposed of, and stays past its time: {}. The daemon tries again in \
                 the next round; `indelible retention run LEDGER` tries now",
                failed.join("; ")
            );
            notices.push(Notice {
                code: NoticeCode::RetentionFailed,
                detail,
                ledger: None,
            });
        }
        notices
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
