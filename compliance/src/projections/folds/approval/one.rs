//! One approval, from the request to its use.

use serde::{Deserialize, Serialize};

use crate::{
    conventions::ApprovalRequested,
    projections::{
        folds::operators::Operators,
        pieces::{
            Absorb, Case, Cases, Counted, Different, Few, Hash16, Hashed, Last, Nanos, Sum, Told,
            absorb_fields,
        },
        record::Record,
    },
};

/// Approvals of one state.
const APPROVALS_MAX: usize = 1 << 17;
/// Requests for something else each, under one id before it was answered, of which so many are kept.
const REQUESTS_MAX: usize = 9;
/// Agents that used one approval, of which so many are kept.
const USERS_MAX: usize = 2;

/// What is known of an approval. It is kept once it is resolved: only so does it not matter where records are cut,
/// and a second answer or use is still seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Approval {
    #[serde(rename = "a")]
    pub(super) resolution: Option<Resolution>,
    #[serde(rename = "aa")]
    pub(super) resolutions: Sum,
    /// When it was last used.
    #[serde(rename = "l")]
    pub(super) last_use: Last<Nanos>,
    /// What was asked for under the same id before it was answered.
    #[serde(rename = "q")]
    requests: Different<Request, REQUESTS_MAX>,
    #[serde(rename = "u")]
    pub(super) uses: Counted,
    /// The first few agents that used it.
    #[serde(rename = "w")]
    pub(super) users: Few<Hash16, USERS_MAX>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The digest of what is to be done.
    #[serde(rename = "a")]
    pub(crate) action: Option<Hash16>,
    #[serde(rename = "c")]
    pub(crate) actor: Option<Hash16>,
    #[serde(rename = "e")]
    pub(crate) expires: Option<Nanos>,
    #[serde(rename = "g")]
    pub(crate) agent: Hash16,
    #[serde(rename = "o")]
    pub(crate) operator: Option<Hash16>,
    #[serde(rename = "s")]
    pub(crate) sequence: u64,
    #[serde(rename = "t")]
    pub(crate) time: Nanos,
}

impl Request {
    /// What a record asks for.
    pub(crate) fn of(event: &ApprovalRequested<'_>, record: &Record<'_>) -> Self {
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
    pub(super) fn has_operator(&self, operators: &Operators) -> bool {
        self.operator.is_some() || operators.are_known_of(&self.agent)
    }

    /// Whether the one who answers, or who sent the answer, is the agent that asks, one who answers for it, who sent the
    /// request, or another agent.
    pub(crate) fn is_tied_to(&self, resolution: &Resolution, operators: &Operators) -> bool {
        let askers = [Some(self.agent), self.operator, self.actor];
        let answering = [resolution.reviewer, resolution.actor];
        answering
            .into_iter()
            .flatten()
            .any(|name| askers.contains(&Some(name)) || operators.ties(&self.agent, &name))
    }
}

/// The digest of the action that a request or an answer is about; none if it has none, or several.
pub(crate) fn action_of(record: &Record<'_>) -> Option<Hash16> {
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
pub(crate) struct Resolution {
    /// The digest of what may be done.
    #[serde(rename = "a")]
    pub(crate) action: Option<Hash16>,
    /// Who sent it.
    #[serde(rename = "c")]
    pub(crate) actor: Option<Hash16>,
    #[serde(rename = "h")]
    pub(crate) how: Resolved,
    #[serde(rename = "r")]
    pub(crate) reviewer: Option<Hash16>,
    #[serde(rename = "s")]
    pub(crate) sequence: u64,
    #[serde(rename = "t")]
    pub(crate) time: Nanos,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Resolved {
    Granted,
    Denied,
    Expired,
}

absorb_fields!(Approval {
    resolution,
    resolutions,
    last_use,
    requests,
    uses,
    users
});

impl Told for Request {
    /// Who asks, what for, and until when.
    fn is_same(&self, other: &Self) -> bool {
        let asked = |one: &Self| (one.action, one.agent, one.operator, one.actor, one.expires);
        asked(self) == asked(other)
    }
}

/// What is asked for and answered under one id, and done then.
impl Case for Approval {
    fn begins(&self) -> bool {
        let answered = self
            .resolution
            .as_ref()
            .map(|resolution| resolution.sequence);
        let asked = self.request().map(|request| request.sequence);
        asked.is_some_and(|asked| answered.is_none_or(|answered| asked < answered))
    }

    fn has_ended(&self) -> bool {
        self.resolutions.value() > 0
    }

    fn is_neutral(&self) -> bool {
        self.request().is_none() && self.resolutions.value() == 0
    }
}

/// The approvals of a range, by the hashes of their ids: of each id one case after the other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Approvals(Hashed<Cases<Approval>, APPROVALS_MAX>);

impl Absorb for Approvals {
    fn absorb(&mut self, later: Self) {
        self.0.absorb(later.0);
    }
}

impl Approvals {
    pub(crate) fn see(&mut self, approval_id: &str, said: Approval) {
        if let Some(cases) = self.0.at(Hash16::of(approval_id)) {
            cases.see(said);
        }
    }

    /// All of them, each with how many came before it under the same id; none if there are too many.
    pub(crate) fn all(&self) -> Option<Vec<(usize, Approval)>> {
        let mut all = Vec::new();
        for cases in self.0.all()?.values() {
            all.extend(cases.all()?.into_iter().enumerate());
        }
        Some(all)
    }
}

impl Approval {
    pub(crate) fn requested(request: Request) -> Self {
        Self {
            requests: Different::one(request),
            ..Self::default()
        }
    }

    /// The first request: nobody knows which of several the answer is to, so that the first passes for it.
    pub(crate) fn request(&self) -> Option<&Request> {
        self.requests.first()
    }

    /// Requests for something else under the same id before it was answered.
    pub(super) fn others(&self) -> &[Request] {
        self.requests.others()
    }

    /// How often the same was asked for again before it was answered, or something else after the last that is kept.
    pub(super) fn again(&self) -> u64 {
        self.requests.again()
    }

    pub(crate) fn resolved(resolution: Resolution) -> Self {
        let mut resolutions = Sum::default();
        resolutions.add(1);
        Self {
            resolution: Some(resolution),
            resolutions,
            ..Self::default()
        }
    }

    pub(crate) fn used(agent: &str, sequence: u64, time: u64) -> Self {
        let mut used = Self::default();
        used.uses.see(sequence);
        used.users.see(Hash16::of(agent));
        used.last_use = Last(Some(Nanos(time)));
        used
    }

    /// Whether it was used after the request ended.
    pub(super) fn used_after_expiry(&self) -> bool {
        let expires = self.request().and_then(|request| request.expires);
        expires
            .zip(self.last_use.0)
            .is_some_and(|(expires, used)| used > expires)
    }

    /// Whether it was asked for, granted in time by somebody whom nothing ties to the agent, and then used once and in
    /// time.
    pub(super) fn used_rightly(&self, operators: &Operators) -> bool {
        let (Some(request), Some(grant)) = (self.request(), self.grant()) else {
            return false;
        };
        self.uses.count() == 1
            && !self.used_without_grant()
            && !self.used_after_expiry()
            && grant.sequence > request.sequence
            && request.expires.is_none_or(|expires| grant.time <= expires)
            && request.has_operator(operators)
            && !request.is_tied_to(grant, operators)
            && self.others().is_empty()
            && self.users.all() == [request.agent]
            && (request.action == grant.action
                || request.action.is_none()
                || grant.action.is_none())
    }

    /// Whether the first answer was recorded before the request, and so answers something else.
    pub(crate) fn is_answered_early(&self) -> bool {
        let answered = self.request().zip(self.resolution.as_ref());
        answered.is_some_and(|(request, resolution)| resolution.sequence < request.sequence)
    }

    pub(crate) fn grant(&self) -> Option<&Resolution> {
        self.resolution
            .as_ref()
            .filter(|resolution| resolution.how == Resolved::Granted)
    }

    /// Whether it was used before a grant, or without one, as far as the range can tell: it must hold the request or
    /// the answer.
    pub(super) fn used_without_grant(&self) -> bool {
        let known = self.request().is_some() || self.resolution.is_some();
        let Some(first_use) = self.uses.records().first() else {
            return false;
        };
        known && self.grant().is_none_or(|grant| grant.sequence > *first_use)
    }
}
