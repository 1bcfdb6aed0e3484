//! Which tokens were used on which days, until that is on record. Each record tells what is new; now and then one tells
//! all, so that a start reads few of them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::stored::json;
use crate::limits::TOKEN_USES_RECORDS_MAX;

/// What one record tells.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Used {
    /// Whether it tells of all tokens that there were.
    pub(super) all: bool,
    /// The day of each token's last use, counted from 1970, by the token's id.
    pub(super) days: BTreeMap<String, u64>,
}

/// What waits.
#[derive(Default)]
pub(super) struct Uses(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: BTreeMap<String, u64>,
    /// Records since the last that told of all. The first of a run does.
    since_all: usize,
}

impl Uses {
    /// Notes the first use of a day.
    pub(super) fn note(&self, id: &str, day: u64) {
        self.state().waiting.insert(id.to_owned(), day);
    }

    /// What the next record tells, if something is new. `all` gives the days of all tokens.
    pub(super) fn take(
        &self,
        all: impl FnOnce() -> BTreeMap<String, u64>,
    ) -> Option<Result<Bytes, String>> {
        let (waiting, is_all) = {
            let mut state = self.state();
            if state.waiting.is_empty() {
                return None;
            }
            let is_all = state.since_all == 0;
            state.since_all = (state.since_all + 1) % TOKEN_USES_RECORDS_MAX;
            (std::mem::take(&mut state.waiting), is_all)
        };
        let days = if is_all { all() } else { waiting };
        Some(json(&Used { all: is_all, days }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(uses: &Uses) -> Option<Used> {
        let all = || [("a".to_owned(), 1), ("b".to_owned(), 2)].into();
        let told = uses.take(all)?.unwrap();
        Some(serde_json::from_slice(&told).unwrap())
    }

    #[test]
    fn what_is_new_is_told_once_and_now_and_then_all() {
        let uses = Uses::default();
        assert!(told(&uses).is_none());
        for round in 0..2 * TOKEN_USES_RECORDS_MAX {
            uses.note("b", 3);
            let used = told(&uses).unwrap();
            assert_eq!(used.all, round % TOKEN_USES_RECORDS_MAX == 0);
            assert_eq!(used.days.len(), if used.all { 2 } else { 1 });
            assert!(told(&uses).is_none());
        }
    }
}
