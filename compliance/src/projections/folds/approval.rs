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
        pieces::{Absorb, Case, Cases, Counted, Few, Hash16, Hashed, Last, Nanos, Sum},
        record::Record,
    },
};

/// Approvals of one state.
const APPROVALS_MAX: usize = 1 << 17;
/// Agents that used one approval, of which so many are kept.
const USERS_MAX: usize = 2;

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
    /// Requests for something else under the same id before it was answered.
    #[serde(rename = "o")]
    others: Counted,
    #[serde(rename = "q")]
    pub(super) request: Option<Request>,
    #[serde(rename = "u")]
    uses: Counted,
    /// The first few agents that used it.
    #[serde(rename = "w")]
    users: Few<Hash16, USERS_MAX>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Request {
    /// The digest of what is to be done.
    #[serde(rename = "a")]
    pub(super) action: Option<Hash16>,
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
        let actor = record.actor();
        Self {
            action: action_of(record),
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

    /// Whether the one who answers, or who sent the answer, is the agent that asks, one who answers for it, who sent the
    /// request, or another agent.
    pub(super) fn is_tied_to(&self, resolution: &Resolution, operators: &Operators) -> bool {
        let askers = [Some(self.agent), self.operator, self.actor];
        let answering = [resolution.reviewer, resolution.actor];
        answering
            .into_iter()
            .flatten()
            .any(|name| askers.contains(&Some(name)) || operators.ties(&self.agent, &name))
    }

    /// Whether it asks for the same: who asks, what for, and until when.
    fn is_same(&self, other: &Self) -> bool {
        let asked = |one: &Self| (one.action, one.agent, one.operator, one.actor, one.expires);
        asked(self) == asked(other)
    }
}

/// The digest of the action that a request or an answer is about; none if it has none, or several.
pub(super) fn action_of(record: &Record<'_>) -> Option<Hash16> {
    let mut actions = record
        .body()?
        .digests
        .iter()
        .filter(|digest| digest.component == "action");
    let action = actions.next().filter(|_| actions.next().is_none())?;
    let value: String = action
        .value
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Some(Hash16::of(&format!("{} {value}", action.algorithm)))
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Resolution {
    /// The digest of what may be done.
    #[serde(rename = "a")]
    pub(super) action: Option<Hash16>,
    /// Who sent it.
    #[serde(rename = "c")]
    pub(super) actor: Option<Hash16>,
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

impl Absorb for Approval {
    fn absorb(&mut self, later: Self) {
        match (&self.request, later.request) {
            (Some(first), Some(other)) if !first.is_same(&other) => {
                self.others.see(other.sequence);
            }
            (None, other) => self.request = other,
            (Some(_), _) => {}
        }
        self.others.absorb(later.others);
        if self.resolution.is_none() {
            self.resolution = later.resolution;
        }
        self.resolutions.absorb(later.resolutions);
        self.last_use.absorb(later.last_use);
        self.uses.absorb(later.uses);
        self.users.absorb(later.users);
    }
}

/// What is asked for and answered under one id, and done then.
impl Case for Approval {
    fn begins(&self) -> bool {
        let answered = self
            .resolution
            .as_ref()
            .map(|resolution| resolution.sequence);
        let asked = self.request.as_ref().map(|request| request.sequence);
        asked.is_some_and(|asked| answered.is_none_or(|answered| asked < answered))
    }

    fn has_ended(&self) -> bool {
        self.resolutions.value() > 0
    }

    fn is_neutral(&self) -> bool {
        self.request.is_none() && self.resolutions.value() == 0
    }
}

/// The approvals of a range, by the hashes of their ids: of each id one case after the other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Approvals(Hashed<Cases<Approval>, APPROVALS_MAX>);

impl Absorb for Approvals {
    fn absorb(&mut self, later: Self) {
        self.0.absorb(later.0);
    }
}

impl Approvals {
    pub(super) fn see(&mut self, approval_id: &str, said: Approval) {
        if let Some(cases) = self.0.at(Hash16::of(approval_id)) {
            cases.see(said);
        }
    }

    /// All of them, each with how many came before it under the same id; none if there are too many.
    pub(super) fn all(&self) -> Option<Vec<(usize, Approval)>> {
        let mut all = Vec::new();
        for cases in self.0.all()?.values() {
            all.extend(cases.all()?.into_iter().enumerate());
        }
        Some(all)
    }
}

impl Approval {
    pub(super) fn requested(request: Request) -> Self {
        let request = Some(request);
        Self {
            request,
            ..Self::default()
        }
    }

    pub(super) fn resolved(resolution: Resolution) -> Self {
        let mut resolutions = Sum::default();
        resolutions.add(1);
        Self {
            resolution: Some(resolution),
            resolutions,
            ..Self::default()
        }
    }

    pub(super) fn used(agent: &str, sequence: u64, time: u64) -> Self {
        let mut used = Self::default();
        used.uses.see(sequence);
        used.users.see(Hash16::of(agent));
        used.last_use = Last(Some(Nanos(time)));
        used
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
            && !request.is_tied_to(grant, operators)
            && self.others.count() == 0
            && self.users.all() == [request.agent]
            && (request.action == grant.action
                || request.action.is_none()
                || grant.action.is_none())
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
                    if let (1.., Some(request)) = (*before, &approval.request) {
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
        // Nobody knows which of several the answer is to, so that the first passes for it.
        self.requests += approval.others.count();
        self.unresolved.take_in(&approval.others);
        self.again.take_in(&approval.others);
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
            match approval.used_rightly(operators) {
                true => self.used_rightly += 1,
                false => self.used_wrongly.see(*first_use),
            }
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
            (
                "ids_used_again",
                self.again,
                requests,
                Unread::once(approvals),
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
