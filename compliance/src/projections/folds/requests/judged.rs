//! What requests come to, each held against its answer and the time for it.

use super::request::{Received, Request};
use crate::{
    conventions::Answer,
    projections::{
        folds::waits::Waits,
        measure::{Gathered, Measures, Unread},
    },
};

/// What the requests of a right, or all of them, come to.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) received: Gathered,
    pub(super) answered: Gathered,
    pub(super) fulfilled: Gathered,
    pub(super) extended: u64,
    pub(super) refused: Gathered,
    pub(super) refused_without_reason: Gathered,
    pub(super) with_digest: u64,
    pub(super) without_digest: Gathered,
    pub(super) open: Gathered,
    pub(super) late: Gathered,
    /// Answered within the time that the request is known to have.
    pub(super) in_time: u64,
    /// Neither late by the recorded time nor known to be in time.
    pub(super) undecided: Gathered,
    /// Of those without a known answer, so many may have one.
    pub(super) answer_unknown: u64,
    /// Answered before they came in.
    pub(super) answered_early: Gathered,
    /// Answered, and by what is recorded in time, but when they came in is not.
    pub(super) answered_untimed: u64,
    /// Open, and by what is recorded not yet due, but when they came in is not.
    pub(super) open_untimed: u64,
    /// Fulfilled, and an erasure is recorded since they came in.
    pub(super) followed: u64,
    pub(super) waits: Waits,
}

impl Judged {
    /// `end`: the time up to which what is open may be late. `erased`: when an erasure was last recorded.
    pub(super) fn see(
        &mut self,
        request: &Request,
        received: &Received,
        end: u64,
        erased: Option<u64>,
    ) {
        self.received.see(received.sequence);
        self.extended += u64::from(request.extended.is_some());
        let due = request.due(received);
        if let (None, Some(early)) = (request.answer(received), &request.answer) {
            self.answered_early.see(early.sequence);
        }
        if request.is_answer_unknown(received) {
            self.answer_unknown += 1;
            return;
        }
        let Some(answer) = request.answer(received) else {
            self.open.see(received.sequence);
            self.open_untimed += u64::from(end < due && !received.is_known);
            self.judge(received, end >= due);
            return;
        };
        self.answered.see(answer.sequence);
        match answer.with_digest {
            true => self.with_digest += 1,
            false => self.without_digest.see(answer.sequence),
        }
        if answer.outcome == Answer::Fulfilled {
            self.fulfilled.see(answer.sequence);
            self.followed += u64::from(erased.is_some_and(|erased| erased >= received.came_in.0));
        }
        if answer.outcome == Answer::Refused {
            self.refused.see(answer.sequence);
            if !answer.with_reason {
                self.refused_without_reason.see(answer.sequence);
            }
        }
        let late = answer.time.0 >= due;
        self.answered_untimed += u64::from(!late && !received.is_known);
        self.judge(received, late);
        self.in_time += u64::from(!late && received.is_known);
        let took = answer.time.0.saturating_sub(received.came_in.0);
        self.waits.see(took, answer.sequence);
    }
}

impl Judged {
    fn judge(&mut self, received: &Received, late: bool) {
        if late {
            self.late.see(received.sequence);
        } else if !received.is_known {
            self.undecided.see(received.sequence);
        }
    }

    /// Why there is no share of requests that were answered in time, where none was answered or due for certain.
    /// `requests`: what one is called, and several.
    pub(super) fn nothing_settled(&self, [one, more]: [&str; 2]) -> String {
        let untimed = |number: u64, is: &str, are: &str| match number {
            0 => None,
            1 => Some(format!("1 {one} {is}; when it came in is not recorded")),
            _ => Some(format!(
                "{number} {more} {are}; when they came in is not recorded"
            )),
        };
        let unknown = match self.answer_unknown {
            0 => None,
            1 => Some(format!(
                "1 {one} has several answers, the first of them from before it came in, so it is not known which counts"
            )),
            number => Some(format!(
                "{number} {more} have several answers each, the first of them from before they came in, so it is not \
                 known which count"
            )),
        };
        let all = [
            untimed(self.answered_untimed, "was answered", "were answered"),
            untimed(self.open_untimed, "is open", "are open"),
            unknown,
        ];
        let all: Vec<_> = all.into_iter().flatten().collect();
        match all.is_empty() {
            true => format!("no {one} was answered after it came in, and none is due"),
            false => all.join("; "),
        }
    }

    /// Puts how many requests that are recorded as fulfilled were followed by a recorded erasure. Where none is recorded
    /// since, the answer may be about what is kept elsewhere.
    pub(super) fn followed(
        &self,
        name: &str,
        known: bool,
        of_answers: Unread,
        measures: &mut Measures,
    ) {
        let rest = self.fulfilled.count().saturating_sub(self.followed);
        let share = known.then_some((self.followed, self.followed));
        let nothing =
            "no request for erasure is fulfilled by an erasure that is recorded since it came in";
        measures
            .share_known(name, share, nothing)
            .of(self.followed + rest + of_answers.once)
            .unread(Unread {
                once: rest + of_answers.once,
                unsaid: rest + of_answers.unsaid,
                ..of_answers
            });
    }
}
