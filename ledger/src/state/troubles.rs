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

    /// All of them. What rules of retention could not do is tried again by itself only where there is a schedule.
    pub(crate) fn notices(&self, has_schedule: bool) -> Vec<Notice> {
        let mut notices: Vec<_> = lock(&self.about).values().cloned().collect();
        let failed: Vec<_> = lock(&self.retention)
            .iter()
            .map(|(ledger, problem)| format!("{ledger}: {problem}"))
            .collect();
        if !failed.is_empty() {
            let again = match has_schedule {
                true => {
                    "The daemon tries again in the next round; `indelible retention run LEDGER` tries now"
                }
                false => {
                    "The daemon does not try again by itself, since retention.every_hours is 0: when what is named is put right, \
                     run `indelible retention run LEDGER`"
                }
            };
            let detail = format!(
                "what rules of retention cover could not be disposed of, and stays past its time: {}. {again}",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_schedule_nothing_is_said_to_be_tried_again() {
        let troubles = Troubles::default();
        troubles.retention_ran("localhost/l/log/1", Some("the disk is full".to_owned()));
        let told = |has_schedule| troubles.notices(has_schedule).remove(0).detail;
        assert!(told(true).contains("tries again in the next round"));
        let without = told(false);
        assert!(
            without.contains("does not try again by itself") && !without.contains("next round"),
            "{without}"
        );
    }
}
