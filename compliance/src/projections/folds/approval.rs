//! One approval, from the request to its use, and what many of them show.

mod grants;
mod one;
mod rows;
mod uses;

pub(super) use self::one::{Approval, Approvals, Request, Resolution, Resolved, action_of};
use super::{operators::Operators, waits::Waits};
use crate::projections::measure::{Gathered, Measures, Unread, too_many};

/// What the approvals of a range show.
#[derive(Default)]
pub(super) struct Judged {
    /// Asked for under an id that had been used before.
    again: Gathered,
    requests: u64,
    resolved: Gathered,
    resolved_count: u64,
    unresolved: Gathered,
    unasked: Gathered,
    answered_early: Gathered,
    /// Requests that were answered before they were made, and again.
    answer_unknown: u64,
    twice: Gathered,
    granted: u64,
    by_self: Gathered,
    operator_unknown: Gathered,
    late: Gathered,
    used: Gathered,
    used_rightly: u64,
    used_wrongly: Gathered,
    used_unasked: Gathered,
    used_after_expiry: Gathered,
    used_without_grant: Gathered,
    used_unknown: Gathered,
    used_again: Gathered,
    time_to_decide: Waits,
    /// Requests that are the same again, unless something lies between the two.
    told_again: u64,
    too_many: bool,
}

/// What could not be read of the families that approvals are made of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct UnreadOfApprovals {
    /// Requests and answers.
    pub(super) approvals: u64,
    /// Of these, answers.
    pub(super) answers: u64,
    /// Declarations of agents, which name operators.
    pub(super) agents: u64,
    /// Calls of tools.
    pub(super) calls: u64,
    /// All of these, each once.
    pub(super) all: u64,
    /// Whether the range begins after record 0.
    pub(super) before: bool,
}

impl Judged {
    pub(super) fn of(approvals: &Approvals, operators: &Operators) -> Self {
        let mut judged = Self::default();
        match approvals.all() {
            Some(all) => {
                for (before, approval) in &all {
                    if let (1.., Some(request)) = (*before, approval.request()) {
                        judged.again.see(request.sequence);
                    }
                    judged.see(approval, operators);
                }
            }
            None => judged.too_many = true,
        }
        judged
    }

    fn see(&mut self, approval: &Approval, operators: &Operators) {
        self.told_again += approval.again();
        for other in approval.others() {
            self.requests += 1;
            self.unresolved.see(other.sequence);
            self.again.see(other.sequence);
        }
        match (approval.request(), &approval.resolution) {
            // What was said before the request is no answer to it. Of several only the first is kept.
            (Some(request), Some(resolution)) if approval.is_answered_early() => {
                self.requests += 1;
                self.answered_early.see(resolution.sequence);
                match approval.resolutions.value() {
                    1 => self.unresolved.see(request.sequence),
                    _ => self.answer_unknown += 1,
                }
            }
            (Some(request), Some(resolution)) => {
                self.requests += 1;
                self.resolved_count += 1;
                self.resolved.see(request.sequence);
                self.answered(request, resolution, operators);
            }
            (Some(request), None) => {
                self.requests += 1;
                self.unresolved.see(request.sequence);
            }
            (None, Some(resolution)) => self.unasked.see(resolution.sequence),
            (None, None) => self.used_unknown.take_in(&approval.uses),
        }
        if let Some(resolution) = &approval.resolution
            && approval.resolutions.value() > 1
        {
            self.twice.see(resolution.sequence);
        }
        if let Some(first_use) = approval.uses.records().first() {
            self.used.see(*first_use);
            match approval.used_rightly(operators) {
                true => self.used_rightly += 1,
                false => self.used_wrongly.see(*first_use),
            }
            if approval.used_without_grant() {
                self.used_without_grant.see(*first_use);
            }
            if approval.request().is_none() {
                self.used_unasked.see(*first_use);
            }
            if approval.used_after_expiry() {
                self.used_after_expiry.see(*first_use);
            }
        }
        if let Some(second_use) = approval.uses.records().get(1) {
            self.used_again.see(*second_use);
        }
    }

    fn answered(&mut self, request: &Request, resolution: &Resolution, operators: &Operators) {
        if resolution.how != Resolved::Expired {
            let took = resolution.time.0.saturating_sub(request.time.0);
            self.time_to_decide.see(took, resolution.sequence);
        }
        if resolution.how != Resolved::Granted {
            return;
        }
        self.granted += 1;
        if request.is_tied_to(resolution, operators) {
            self.by_self.see(resolution.sequence);
        } else if !request.has_operator(operators) {
            self.operator_unknown.see(resolution.sequence);
        }
        if request
            .expires
            .is_some_and(|expires| resolution.time > expires)
        {
            self.late.see(resolution.sequence);
        }
    }

    pub(super) fn measures(mut self, unread: UnreadOfApprovals, measures: &mut Measures) {
        self.of_grants(unread, measures);
        let known = !self.too_many;
        self.of_uses(unread, measures);
        let UnreadOfApprovals {
            approvals,
            answers,
            before,
            ..
        } = unread;
        // One that can't be read may be the request, or the answer that came first.
        let of_answers = Unread::once(approvals).over(approvals).of_events(approvals);
        let unknown = self.answer_unknown;
        let of_all_answers = Unread {
            once: approvals + unknown,
            unsaid: unknown,
            ..of_answers
        };
        let open = of_all_answers.before(before);
        // The same request again is another one if an answer that can't be read lies between the two.
        let again = if answers > 0 { self.told_again } else { 0 };
        let requests = self.requests + approvals + again;
        for (name, gathered, population, unread) in [
            ("resolved", self.resolved, requests, of_all_answers),
            ("answered_early", self.answered_early, requests, of_answers),
            (
                "unresolved",
                self.unresolved,
                requests,
                open.or_undecided(again),
            ),
            (
                "answered_unasked",
                self.unasked,
                requests,
                of_answers.earlier(before),
            ),
            (
                "answered_twice",
                self.twice,
                requests,
                // A request between two answers begins another case.
                Unread::once(answers).over(approvals.saturating_sub(answers)),
            ),
            (
                "ids_used_again",
                self.again,
                requests,
                Unread::once(approvals).or_undecided(again),
            ),
        ] {
            measures
                .gathered(
                    &format!("oversight.approvals_{name}"),
                    known.then_some(gathered),
                )
                .of(population)
                .unread(unread);
        }
        let resolved = (self.resolved_count, self.requests);
        resolved_in(
            resolved,
            known.then_some(&self.time_to_decide),
            Unread::once(approvals + unknown)
                .unsaid(unknown)
                .more(approvals)
                .over(approvals)
                .of_events(approvals),
            measures,
        );
    }
}

/// Puts how many requests of all were resolved, and how soon they were decided; without the spans there are too many.
fn resolved_in(
    (part, whole): (u64, u64),
    time_to_decide: Option<&Waits>,
    unread: Unread,
    measures: &mut Measures,
) {
    let name = "oversight.time_to_decide";
    let Some(time_to_decide) = time_to_decide else {
        Waits::unknown(name, measures);
        measures.put("oversight.share_resolved", too_many(), &[]);
        return;
    };
    let nothing = "no client's event is known to answer a request for approval after it was made";
    let waits = Unread {
        more: 0,
        over: 0,
        ..unread
    };
    time_to_decide.measures(name, nothing, waits, measures);
    let nothing = "no client's event asks for an approval";
    measures
        .share("oversight.share_resolved", part, whole, &[], nothing)
        .of(whole + unread.count())
        .unread(unread);
}
