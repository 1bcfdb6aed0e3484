//! The answers that hold opened content of a ledger, from before it is opened until they are finished. An erasure ends
//! all of them, so that what it erases does not go out after it was called complete.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// An answer to a caller that holds opened content.
pub trait OpenedAnswer: Send + Sync {
    /// Ends it: once this has returned, none of its content is handed to the transport any more. True if some of it was
    /// handed over before and may not have arrived.
    fn end(&self) -> bool;
}

/// The answers of one ledger.
#[derive(Default)]
pub(crate) struct OpenedAnswers(Mutex<Answers>);

#[derive(Default)]
struct Answers {
    open: Vec<Weak<dyn OpenedAnswer>>,
    /// How many there are when those that are gone are looked for.
    full: usize,
}

/// No look for those that are gone is worth it below.
const FULL_MIN: usize = 64;

impl OpenedAnswers {
    /// Takes an answer in. Nothing may be opened for it before.
    pub(crate) fn register(&self, answer: Weak<dyn OpenedAnswer>) {
        let mut answers = self.answers();
        if answers.open.len() >= answers.full.max(FULL_MIN) {
            answers.open.retain(|answer| answer.strong_count() > 0);
            answers.full = 2 * answers.open.len();
        }
        answers.open.push(answer);
    }

    /// Ends all answers, and returns how many of them have content with the transport.
    pub(crate) fn end_all(&self) -> u64 {
        let open = std::mem::take(&mut self.answers().open);
        let living: Vec<Arc<dyn OpenedAnswer>> = open.iter().filter_map(Weak::upgrade).collect();
        living.iter().map(|answer| u64::from(answer.end())).sum()
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    struct Answer {
        handed: bool,
        ended: AtomicBool,
    }

    impl OpenedAnswer for Answer {
        fn end(&self) -> bool {
            self.ended.store(true, Ordering::SeqCst);
            self.handed
        }
    }

    #[test]
    fn all_that_are_there_end_and_those_that_are_gone_are_forgotten() {
        let answers = OpenedAnswers::default();
        let open = |handed| {
            let answer = Arc::new(Answer {
                handed,
                ended: AtomicBool::new(false),
            });
            let weak: Weak<Answer> = Arc::downgrade(&answer);
            answers.register(weak);
            answer
        };
        for _ in 0..10 * FULL_MIN {
            drop(open(true));
        }
        assert!(answers.answers().open.len() <= FULL_MIN + 1);
        let living = [open(true), open(false), open(true)];
        assert_eq!(answers.end_all(), 2);
        assert!(
            living
                .iter()
                .all(|answer| answer.ended.load(Ordering::SeqCst))
        );
        assert_eq!(answers.end_all(), 0);
    }
}
