//! What became of a request, step by step, as its records say. The rules look at its state alone; people look at this, and so
//! does the limit on tries.

use indelible_access::{Caller, Principal};

use super::stored::Answer;
use crate::limits::{APPROVAL_TRIES_MAX, APPROVAL_TRIES_OF_REQUEST_MAX};

/// What was done with a request since it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct History {
    /// Answers, in the order of their records.
    pub(crate) answers: Vec<Answered>,
    /// That it was used up.
    pub(crate) used: Option<Used>,
    /// Those who said something else than was asked for, once for each try, by all of their names.
    tries: Vec<Vec<Principal>>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) answer: Answer,
    pub(crate) by: Principal,
    /// How they showed who they are; empty where that is not on record.
    pub(crate) authentication: String,
    /// Nanoseconds since 1970 UTC.
    pub(crate) at: u64,
    /// Of the record in `_system`.
    pub(crate) sequence: u64,
}

/// That a request was used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Used {
    /// Whoever asked, since nobody else can.
    pub(crate) by: Principal,
    /// Nanoseconds since 1970 UTC.
    pub(crate) at: u64,
    /// Of the record in `_system` that says so.
    pub(crate) sequence: u64,
    /// Of the record of the act.
    pub(crate) act: u64,
}

impl History {
    /// How often a caller said something else than was asked for, by whatever name.
    pub(crate) fn tries_of(&self, caller: &Caller) -> usize {
        let theirs = self.tries.iter();
        theirs
            .filter(|persons| caller.may_be_the_same_as(persons))
            .count()
    }

    /// Whether a caller can't approve it any more, since it may be guessing.
    pub(crate) fn is_tried_out(&self, caller: &Caller) -> bool {
        self.tries_of(caller) >= APPROVAL_TRIES_MAX
            || self.tries.len() >= APPROVAL_TRIES_OF_REQUEST_MAX
    }

    /// Takes in that somebody, by all of their names, said something else.
    pub(crate) fn tried(&mut self, persons: Vec<Principal>) {
        self.tries.push(persons);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_counted_by_person_and_in_all() {
        let caller = |number: u32, name: &str| Caller::unix(number, Some(name), &[]).unwrap();
        let (bob, carol) = (caller(8, "bob"), caller(9, "carol"));
        let by_number = Caller::unix(8, None, &[]).unwrap();
        let mut history = History::default();
        for _ in 0..APPROVAL_TRIES_MAX {
            assert!(!history.is_tried_out(&bob) && !history.is_tried_out(&by_number));
            history.tried(bob.persons().cloned().collect());
        }
        assert!(history.is_tried_out(&bob) && history.is_tried_out(&by_number));
        assert_eq!(
            (history.tries_of(&bob), history.tries_of(&carol)),
            (APPROVAL_TRIES_MAX, 0)
        );
        assert!(!history.is_tried_out(&carol));
        for number in 0..APPROVAL_TRIES_OF_REQUEST_MAX - APPROVAL_TRIES_MAX {
            let other = Principal::parse(&format!("unix:#{}", 100 + number)).unwrap();
            history.tried(vec![other]);
        }
        assert!(history.is_tried_out(&carol));
    }
}
