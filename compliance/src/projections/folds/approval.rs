//! One approval, from the request to its use, and what many of them show.

mod grants;
mod rows;
mod uses;

use serde::{Deserialize, Serialize};

use super::{operators::Operators, waits::Waits};
use crate::{
    conventions::ApprovalRequested,
    projections::{
        measure::{Gathered, Measures, Unread, too_many},
        pieces::{Counted, Hash16, Hashed, Last, Nanos, Sum, absorb_fields},
        record::Record,
    },
};

/// Approvals of one state.
pub(super) const APPROVALS_MAX: usize = 1 << 17;

/// What is known of an approval. It is kept once it is resolved: only so does it not matter where records are cut,
/// and a second answer or use is still seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Approval {
    #[serde(rename = "a")]
    resolution: Option<Resolution>,
    #[serde(rename = "aa")]
    resolutions: Sum,
    /// When it was last used.
    #[serde(rename = "l")]
    last_use: Last<Nanos>,
    #[serde(rename = "q")]
    pub(super) request: Option<Request>,
    #[serde(rename = "u")]
    uses: Counted,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Request {
    #[serde(rename = "c")]
    pub(super) actor: Option<Hash16>,
    #[serde(rename = "e")]
    pub(super) expires: Option<Nanos>,
    #[serde(rename = "g")]
    pub(super) agent: Hash16,
    #[serde(rename = "o")]
    pub(super) operator: Option<Hash16>,
    #[serde(rename = "s")]
    pub(super) sequence: u64,
    #[serde(rename = "t")]
    pub(super) time: Nanos,
}

impl Request {
    /// What a record asks for.
    pub(super) fn of(event: &ApprovalRequested<'_>, record: &Record<'_>) -> Self {
        let actor = record.body().and_then(|body| body.actor);
        Self {
            sequence: record.sequence(),
            time: Nanos(record.time()),
            agent: Hash16::of(event.agent),
            operator: event.operator.map(Hash16::of),
            actor: actor.map(Hash16::of),
            expires: event.expires_at_ns.map(Nanos),
        }
    }

    /// Whether it is known who answers for the agent that asks.
    fn has_operator(&self, operators: &Operators) -> bool {
        self.operator.is_some() || operators.are_known_of(&self.agent)
    }

    /// Whether the one who answers is the agent that asks, one who answers for it, who sent the request, or another
    /// agent.
    pub(super) fn is_tied_to(&self, reviewer: Option<Hash16>, operators: &Operators) -> bool {
        let askers = [Some(self.agent), self.operator, self.actor];
        reviewer.is_some_and(|reviewer| {
            askers.contains(&Some(reviewer)) || operators.ties(&self.agent, &reviewer)
        })
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Resolution {
    #[serde(rename = "h")]
    pub(super) how: Resolved,
    #[serde(rename = "r")]
    pub(super) reviewer: Option<Hash16>,
    #[serde(rename = "s")]
    pub(super) sequence: u64,
    #[serde(rename = "t")]
    pub(super) time: Nanos,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Resolved {
    Granted,
    Denied,
    Expired,
}

absorb_fields!(Approval {
    request,
    resolution,
    resolutions,
    last_use,
    uses
});

impl Approval {
    pub(super) fn request(&mut self, request: Request) {
        self.request.get_or_insert(request);
    }

    pub(super) fn resolve(&mut self, resolution: Resolution) {
        self.resolutions.add(1);
        self.resolution.get_or_insert(resolution);
    }

    pub(super) fn used(&mut self, sequence: u64, time: u64) {
        self.uses.see(sequence);
        self.last_use = Last(Some(Nanos(time)));
    }

    /// Whether it was used after the request ended.
    fn used_after_expiry(&self) -> bool {
        let expires = self.request.as_ref().and_then(|request| request.expires);
        expires
            .zip(self.last_use.0)
            .is_some_and(|(expires, used)| used > expires)
    }

    /// Whether it was asked for, granted in time by somebody whom nothing ties to the agent, and then used once and in
    /// time.
    fn used_rightly(&self, operators: &Operators) -> bool {
        let (Some(request), Some(grant)) = (&self.request, self.grant()) else {
            return false;
        };
        self.uses.count() == 1
            && !self.used_without_grant()
            && !self.used_after_expiry()
            && grant.sequence > request.sequence
            && request.expires.is_none_or(|expires| grant.time <= expires)
            && request.has_operator(operators)
            && !request.is_tied_to(grant.reviewer, operators)
    }

    /// Whether the first answer was recorded before the request, and so answers something else.
    pub(super) fn is_answered_early(&self) -> bool {
        let answered = self.request.as_ref().zip(self.resolution.as_ref());
        answered.is_some_and(|(request, resolution)| resolution.sequence < request.sequence)
    }

    pub(super) fn grant(&self) -> Option<&Resolution> {
        self.resolution
            .as_ref()
            .filter(|resolution| resolution.how == Resolved::Granted)
    }

    /// Whether it was used before a grant, or without one, as far as the range can tell: it must hold the request or
    /// the answer.
    fn used_without_grant(&self) -> bool {
        let known = self.request.is_some() || self.resolution.is_some();
        let Some(first_use) = self.uses.records().first() else {
            return false;
        };
        known && self.grant().is_none_or(|grant| grant.sequence > *first_use)
    }
}

/// What the approvals of a range show.
#[derive(Default)]
pub(super) struct Judged {
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
    used_unasked: Gathered,
    used_after_expiry: Gathered,
    used_without_grant: Gathered,
    used_unknown: Gathered,
    used_again: Gathered,
    time_to_decide: Waits,
    too_many: bool,
}

/// What could not be read of the families that approvals are made of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct UnreadOfApprovals {
    /// Requests and answers.
    pub(super) approvals: u64,
    /// Of these, answers.
    pub(super) answers: u64,
    /// Of these, requests.
    pub(super) requests: u64,
    /// Declarations of agents, which name operators.
    pub(super) agents: u64,
    /// Calls of tools.
    pub(super) calls: u64,
    /// Whether the range begins after record 0.
    pub(super) before: bool,
}

impl Judged {
    pub(super) fn of(approvals: &Hashed<Approval, APPROVALS_MAX>, operators: &Operators) -> Self {
        let mut judged = Self::default();
        match approvals.all() {
            Some(all) => all
                .values()
                .for_each(|approval| judged.see(approval, operators)),
            None => judged.too_many = true,
        }
        judged
    }

    fn see(&mut self, approval: &Approval, operators: &Operators) {
        match (&approval.request, &approval.resolution) {
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
            self.used_rightly += u64::from(approval.used_rightly(operators));
            if approval.used_without_grant() {
                self.used_without_grant.see(*first_use);
            }
            if approval.request.is_none() {
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
        if request.is_tied_to(resolution.reviewer, operators) {
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
        let requests = self.requests + approvals;
        for (name, gathered, population, unread) in [
            ("resolved", self.resolved, requests, of_all_answers),
            ("answered_early", self.answered_early, requests, of_answers),
            ("unresolved", self.unresolved, requests, open),
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
                Unread::once(answers),
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
    let nothing = "no request for approval is known to have been answered after it was made";
    let waits = Unread {
        more: 0,
        over: 0,
        ..unread
    };
    time_to_decide.measures(name, nothing, waits, measures);
    let nothing = "no approval was requested";
    measures
        .share("oversight.share_resolved", part, whole, &[], nothing)
        .of(whole + unread.count())
        .unread(unread);
}
