//! Calls about a ledger's governance that came to nothing, until they are on record: the first of its kind at once, and equal
//! ones as one record with a count, a minute later.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use indelible_governance::record::RefusedCalls;

use crate::state::limits::{
    REFUSALS_EVERY, REFUSALS_OF_CALLER_TOLD_APART_MAX, REFUSALS_TOLD_APART_MAX,
};

/// Who called, where too many are told apart already.
const OTHERS: &str = "urn:indelible:others";

/// Equal ones since a time.
#[derive(Clone, Copy, Debug)]
struct Since {
    began: Duration,
    /// How many are not on record.
    count: u64,
}

/// Those of a ledger. The key is a refusal with a count of 0.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<BTreeMap<RefusedCalls, Since>>);

impl Refusals {
    /// Takes one in, and says whether it is to be put on record now. If it may not, or equal ones were, it is counted.
    pub(crate) fn see(&self, refused: &RefusedCalls, now: Duration, may: bool) -> bool {
        let mut key = RefusedCalls {
            count: 0,
            ..refused.clone()
        };
        let mut all = self.all();
        // Whoever floods a ledger takes nobody else's calls off the record.
        let of_caller = |all: &BTreeMap<RefusedCalls, Since>| {
            let callers = all.keys().filter(|one| one.principal == key.principal);
            callers.count()
        };
        if !all.contains_key(&key) && of_caller(&all) >= REFUSALS_OF_CALLER_TOLD_APART_MAX {
            (key.agent, key.decision, key.detail) = (None, None, None);
        }
        if !all.contains_key(&key) && all.len() >= REFUSALS_TOLD_APART_MAX {
            key.principal = OTHERS.to_owned();
            (key.agent, key.decision, key.detail) = (None, None, None);
        }
        match all.get_mut(&key) {
            Some(since) => {
                since.count = since.count.saturating_add(1);
                false
            }
            None => {
                let is_own = key.principal == refused.principal;
                let is_now = may && is_own;
                let count = u64::from(!is_now);
                all.insert(key, Since { began: now, count });
                is_now
            }
        }
    }

    /// Counts one that was to be put on record, and could not be.
    pub(crate) fn put_back(&self, refused: &RefusedCalls, now: Duration) {
        let key = RefusedCalls {
            count: 0,
            ..refused.clone()
        };
        let began = Since {
            began: now,
            count: 0,
        };
        let mut all = self.all();
        let since = all.entry(key).or_insert(began);
        since.count = since.count.saturating_add(refused.count);
    }

    /// Takes out those whose minute is over, or all: as they are to be put on record. Equal ones begin anew.
    pub(crate) fn due(&self, now: Duration, all_of_them: bool) -> Vec<RefusedCalls> {
        let mut due = Vec::new();
        self.all().retain(|key, since| {
            let is_over = all_of_them || now.saturating_sub(since.began) >= REFUSALS_EVERY;
            if is_over && since.count > 0 {
                due.push(RefusedCalls {
                    count: since.count,
                    ..key.clone()
                });
            }
            !is_over
        });
        due
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<RefusedCalls, Since>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use indelible_governance::record::RefusedCall;

    use super::*;

    fn refused(principal: &str) -> RefusedCalls {
        RefusedCalls {
            call: RefusedCall::Complete,
            principal: principal.to_owned(),
            agent: None,
            decision: Some(7),
            reason: "GOVERNANCE_REFUSED".to_owned(),
            detail: None,
            count: 1,
        }
    }

    #[test]
    fn the_first_is_recorded_at_once_and_equal_ones_as_one_with_a_count() {
        let (refusals, begin) = (Refusals::default(), Duration::from_secs(5));
        assert!(refusals.see(&refused("a"), begin, true));
        assert!(!refusals.see(&refused("a"), begin, true));
        assert!(!refusals.see(&refused("a"), begin, true));
        // Over its quota nothing of it is recorded at once.
        assert!(!refusals.see(&refused("b"), begin, false));
        assert_eq!(refusals.due(begin, false), []);
        let due = refusals.due(begin + REFUSALS_EVERY, false);
        let counts = due.iter().map(|one| (one.principal.as_str(), one.count));
        assert_eq!(counts.collect::<Vec<_>>(), [("a", 2), ("b", 1)]);
        // Then it begins anew.
        assert!(refusals.see(&refused("a"), begin + REFUSALS_EVERY, true));
    }

    #[test]
    fn so_many_are_told_apart_and_the_rest_is_counted_together() {
        let (refusals, now) = (Refusals::default(), Duration::ZERO);
        for number in 0..REFUSALS_TOLD_APART_MAX + 3 {
            let is_first = number < REFUSALS_TOLD_APART_MAX;
            let caller = refused(&number.to_string());
            assert_eq!(refusals.see(&caller, now, true), is_first);
        }
        let due = refusals.due(now, true);
        assert_eq!(due.len(), 1);
        assert_eq!((due[0].principal.as_str(), due[0].count), (OTHERS, 3));
        assert_eq!(due[0].decision, None);
    }

    #[test]
    fn whoever_floods_a_ledger_takes_nobody_elses_calls_off_the_record() {
        let (refusals, now) = (Refusals::default(), Duration::ZERO);
        let of = |principal: &str, decision| RefusedCalls {
            decision: Some(decision),
            ..refused(principal)
        };
        for decision in 0..10_000 {
            let is_first = (decision as usize) <= REFUSALS_OF_CALLER_TOLD_APART_MAX;
            assert_eq!(refusals.see(&of("flood", decision), now, true), is_first);
        }
        assert!(refusals.see(&of("operator", 9), now, true));
        let due = refusals.due(now, true);
        assert_eq!(due.len(), 1);
        let together = REFUSALS_OF_CALLER_TOLD_APART_MAX as u64 + 1;
        assert_eq!((&*due[0].principal, due[0].decision), ("flood", None));
        assert_eq!(due[0].count, 10_000 - together);
    }

    #[test]
    fn what_could_not_be_recorded_is_counted() {
        let (refusals, now) = (Refusals::default(), Duration::ZERO);
        assert!(refusals.see(&refused("a"), now, true));
        refusals.put_back(&refused("a"), now);
        assert_eq!(refusals.due(now, true), [refused("a")]);
    }
}
