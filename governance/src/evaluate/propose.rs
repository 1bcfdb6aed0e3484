//! From a request to a proposal: what needs no state is decided, what needs it becomes claims.

mod aegis;

use crate::{
    claim::{
        AccountKey, Act, Calls, Claim, Cycle, Failure, Of, Proposal, Reserve, Stage, Unit, Verdict,
        trail::Trail,
    },
    digest::Digest,
    evaluate::aigc::{Part, evaluate},
    limits::APPROVAL_SECONDS_DEFAULT,
    policy::{
        aegis::AegisPolicy,
        aigc::{Compiled, Risk},
        gate::{Budget, Counted, GatePolicy},
    },
    redact::Redaction,
    request::{ActionKind, Request},
};

/// A binding with its policies compiled: made once, when it is bound.
#[derive(Debug)]
pub struct Bound {
    /// The sequence number of its record.
    pub sequence: u64,
    /// The policy of AIGC's kind.
    pub aigc: Option<Compiled>,
    /// The policy of the kind `gate`.
    pub gate: Option<GatePolicy>,
    /// The policy of AEGIS' kind.
    pub aegis: Option<AegisPolicy>,
    /// The binding's own risk block.
    pub risk: Option<Risk>,
    /// What is taken out of messages.
    pub redaction: Redaction,
    /// Whether decisions only show what they would be.
    pub shadow: bool,
}

impl Bound {
    /// Whether a tool is shown to the agents that it governs: where a scope says which there are, only those.
    pub fn shows(&self, tool: &str) -> bool {
        let scope = self.gate.as_ref().and_then(|gate| gate.scope.as_ref());
        scope.is_none_or(|scope| !scope.visible([tool]).is_empty())
    }

    /// The digests of the policies, in the order in which decisions name them.
    pub fn policies(&self) -> Vec<Digest> {
        let aigc = self.aigc.iter().map(|policy| policy.digest);
        let gate = self.gate.iter().map(|policy| policy.digest);
        let aegis = self.aegis.iter().map(|policy| policy.digest);
        aigc.chain(gate).chain(aegis).collect()
    }
}

/// Holds a request against what is bound for it. None is bound: the proposal is a denial. `salt` is the request's own, which
/// stays with its contents.
pub fn propose(bound: Option<&Bound>, request: &Request, salt: &[u8]) -> Proposal {
    let policies = bound.map(Bound::policies).unwrap_or_default();
    let act = Act {
        source: request.source.clone(),
        id: request.id.clone(),
        principal: request.principal.clone(),
        agent: request.agent.clone(),
        session: request.session.clone(),
        kind: request.action.kind,
        name: request.action.name.clone(),
        digest: request.asked_digest(&policies),
        request: request.digest(salt),
    };
    let mut maker = Maker {
        request,
        claims: vec![Claim::MaySpeak, Claim::NotHalted],
        failures: Vec::new(),
        trail: Trail::default(),
    };
    if let Err(error) = request.check() {
        maker.fail(Stage::Principal, "INVALID_REQUEST", error.to_string());
    }
    maker.malformed();
    match bound {
        None => maker.fail(
            Stage::Policy,
            "NO_BINDING",
            "no binding governs this request; bind a policy for its agent",
        ),
        Some(bound) => maker.bound(bound),
    }
    let Maker {
        claims,
        mut failures,
        trail,
        ..
    } = maker;
    // Of two at one step, the one that was found first.
    failures.sort_by_key(|failure| failure.stage);
    let mut failure = failures.into_iter().next();
    if let (Some(failure), Some(bound)) = (&mut failure, bound) {
        let redacted = bound.redaction.apply(&failure.message);
        failure.message = redacted.text;
        failure.redacted = redacted.found;
    }
    let verdict = match (&failure, trail.warnings.is_empty()) {
        (Some(_), _) => Verdict::Deny,
        (None, false) => Verdict::Warn,
        (None, true) => Verdict::Allow,
    };
    let approvals = bound.and_then(|bound| bound.gate.as_ref()?.approvals.as_ref());
    Proposal {
        low_risk: approvals.is_some_and(|approvals| approvals.low_risk.contains(&act.name)),
        act,
        policies,
        verdict,
        failure,
        claims,
        trail,
        shadow: bound.is_some_and(|bound| bound.shadow),
        approval: request.approval,
        approval_seconds: approvals.map_or(APPROVAL_SECONDS_DEFAULT, |approvals| approvals.seconds),
        approval_people: approvals.map_or(1, |approvals| approvals.people),
        retry: bound.and_then(|bound| bound.aigc.as_ref()?.retry()),
    }
}

struct Maker<'a> {
    request: &'a Request,
    claims: Vec<Claim>,
    failures: Vec<Failure>,
    trail: Trail,
}

impl Maker<'_> {
    fn fail(&mut self, stage: Stage, code: &str, message: impl Into<String>) {
        self.failures.push(Failure {
            stage,
            gate: stage.name().to_owned(),
            code: code.to_owned(),
            message: message.into(),
            field: None,
            redacted: Vec::new(),
        });
    }

    /// A part that could not be read is a denial, whatever the policies say.
    fn malformed(&mut self) {
        if let Some(malformed) = &self.request.malformed {
            self.failures.push(Failure {
                stage: Stage::Principal,
                gate: Stage::Principal.name().to_owned(),
                code: malformed.code().to_owned(),
                message: malformed.problem.clone(),
                field: Some(malformed.field.to_owned()),
                redacted: Vec::new(),
            });
        }
    }

    fn bound(&mut self, bound: &Bound) {
        let binding = bound.sequence;
        self.claims.push(Claim::Bound { binding });
        if let Some(first) = self.request.retry_of {
            self.claims.push(Claim::Retry { first });
        }
        if let Some(policy) = &bound.aigc {
            self.aigc(policy, bound.risk.as_ref());
        }
        match &bound.aegis {
            Some(policy) => self.aegis(policy),
            None => self.quick(),
        }
        if let Some(policy) = &bound.gate {
            self.scope(policy);
            self.gate(policy);
        }
        // A stable sort: within one step, the policy's order.
        self.claims.sort_by_key(Claim::stage);
    }

    fn aigc(&mut self, policy: &Compiled, risk: Option<&Risk>) {
        let (from, to) = (policy.window.from, policy.window.to);
        if from.is_some() || to.is_some() {
            self.claims.push(Claim::InDate { from, to });
        }
        let Some(invocation) = &self.request.invocation else {
            let message = "the policy is held against an invocation, and the request has none";
            return self.fail(Stage::Principal, "INVOCATION_VALIDATION_ERROR", message);
        };
        if let Some(named) = &invocation.policy_file {
            let own = policy.documents.first();
            let is_own = own.is_some_and(|(name, _)| name == named);
            if !is_own && *named != policy.digest.to_string() {
                let message = format!(
                    "the request names the policy {named}, which is not the one that is bound for it"
                );
                self.fail(Stage::Policy, "POLICY_NOT_BOUND", message);
            }
        }
        let part = match invocation.output {
            Some(_) => Part::Whole,
            None => Part::Before,
        };
        let evaluation = evaluate(policy, invocation, risk, part);
        self.failures.extend(evaluation.failure);
        self.trail = evaluation.trail;
    }

    fn scope(&mut self, policy: &GatePolicy) {
        let Some(scope) = &policy.scope else {
            return;
        };
        let action = &self.request.action;
        let mut refusal = match action.kind {
            ActionKind::ToolCall => scope.tool(&action.name),
            _ => Ok(()),
        };
        if let Some(api) = &action.api {
            refusal = refusal.and_then(|()| scope.api(api));
        }
        if let Some(model) = self.request.model() {
            refusal = refusal.and_then(|()| scope.model(model));
        }
        match refusal {
            Ok(()) => self.trail.scope = Some(action.name.clone()),
            Err(refusal) => self.fail(Stage::Scope, "SCOPE_VIOLATION", refusal.to_string()),
        }
    }

    fn gate(&mut self, policy: &GatePolicy) {
        if let Some(within_seconds) = policy.present_within_seconds {
            self.claims.push(Claim::Present { within_seconds });
        }
        for rule in &policy.loops {
            let (window_seconds, max_calls, action) =
                (rule.window_seconds, rule.max_calls, rule.action);
            match &rule.by {
                None if self.request.session.is_none() => {
                    self.missing(Stage::Loops, &Counted::Session)
                }
                None => self.claims.push(Claim::Cycle(Cycle {
                    window_seconds,
                    max_turns: max_calls,
                    action,
                })),
                Some(by) => match self.of(by) {
                    Some(of) => self.claims.push(Claim::Calls(Calls {
                        of,
                        window_seconds,
                        max_calls,
                        action,
                    })),
                    None => self.missing(Stage::Loops, by),
                },
            }
        }
        for rule in &policy.rates {
            match self.of(&rule.by) {
                Some(of) => self.rate(of, rule.per_minute),
                None => self.missing(Stage::Loops, &rule.by),
            }
        }
        if policy.needs_approval(&self.request.action.name) {
            self.needs_approval();
        }
        if let Some(max) = policy.session_seconds {
            match self.request.session {
                Some(_) => self.claims.push(Claim::SessionSeconds { max }),
                None => self.missing(Stage::Budgets, &Counted::Session),
            }
        }
        for budget in &policy.budgets {
            match (self.of(&budget.by), self.amount(policy, budget.unit)) {
                (None, _) => self.missing(Stage::Budgets, &budget.by),
                (_, Err((code, message))) => self.fail(Stage::Budgets, code, message),
                (Some(of), Ok(amount)) => self
                    .claims
                    .push(Claim::Reserve(reserve(budget, of, amount))),
            }
        }
    }

    /// One rule of two policies is one: an attempt counts once.
    fn rate(&mut self, of: Of, per_minute: u32) {
        let rate = Claim::Rate { of, per_minute };
        if !self.claims.contains(&rate) {
            self.claims.push(rate);
        }
    }

    /// Whoever asks for a human first, one grants it.
    fn needs_approval(&mut self) {
        if !self.claims.contains(&Claim::Approved) {
            self.claims.push(Claim::Approved);
        }
    }

    fn missing(&mut self, stage: Stage, by: &Counted) {
        let what = match by {
            Counted::Label(label) => format!("the label {label}"),
            Counted::Model => "a model".to_owned(),
            _ => "a session".to_owned(),
        };
        let message = format!("the policy counts by {what}, and the request has none");
        self.fail(stage, "NOT_COUNTABLE", message);
    }

    fn of(&self, by: &Counted) -> Option<Of> {
        let request = self.request;
        let agent = || request.agent.clone();
        // Letters of another case are the same tool to whoever repeats a call.
        let tool = || request.action.name.to_lowercase();
        Some(match by {
            Counted::Agent => Of::Agent(agent()),
            Counted::Session => Of::Session(request.session.clone()?),
            Counted::Principal => Of::Principal(request.principal.clone()),
            Counted::Model => Of::Model(request.model()?.to_owned()),
            Counted::Tool => Of::Tool(tool()),
            Counted::SessionTool => Of::SessionTool(request.session.clone()?, tool()),
            Counted::AgentTool => Of::AgentTool(agent(), tool()),
            // Without the policies, so that a new one does not begin anew.
            Counted::Act => Of::Act(agent(), request.act_digest(&[])),
            Counted::Label(label) => Of::Label(label.clone(), request.labels.get(label)?.clone()),
        })
    }

    /// What a request will use, at the most.
    fn amount(&self, policy: &GatePolicy, unit: Unit) -> Result<u64, (&'static str, String)> {
        let estimate = &self.request.estimate;
        let missing = || {
            let message = "a budget counts tokens, and the request does not say how many go in and out at the most: send input_tokens and output_tokens, or have the policy say default_max_tokens";
            ("ESTIMATE_MISSING", message.to_owned())
        };
        // A direction that the request is silent of is not free.
        let tokens = |said: Option<u64>| said.or(policy.default_max_tokens).ok_or_else(missing);
        let (input, output) = (estimate.input_tokens, estimate.output_tokens);
        match unit {
            Unit::Requests => Ok(1),
            Unit::Tokens if input.is_none() && output.is_none() => tokens(None),
            Unit::Tokens => Ok(tokens(input)?.saturating_add(tokens(output)?)),
            Unit::NanoUsd => {
                let Some(model) = self.request.model() else {
                    // Nothing but the caller knows what a call of a tool costs.
                    let cost = estimate.cost.map(crate::money::NanoUsd::nano);
                    let message = "a budget counts money, and the request does not say what the act costs at the most: send cost_usd (cost_nano_usd over the wire), or the model_call whose price the policy has";
                    return cost.ok_or(("ESTIMATE_MISSING", message.to_owned()));
                };
                let cost = policy.prices.cost(model, tokens(input)?, tokens(output)?);
                let message = || {
                    format!("the model {model} has no price; register a price table that has one")
                };
                let cost = cost.ok_or_else(|| ("MODEL_WITHOUT_PRICE", message()))?;
                // What the caller says counts where it is more.
                Ok(cost.max(estimate.cost.unwrap_or_default()).nano())
            }
        }
    }
}

fn reserve(budget: &Budget, of: Of, amount: u64) -> Reserve {
    Reserve {
        account: AccountKey {
            budget: budget.name.clone(),
            of,
            unit: budget.unit,
            period: budget.period,
        },
        amount,
        cap: budget.cap,
        seconds: budget.seconds,
        on_expiry: budget.on_expiry,
    }
}

#[cfg(test)]
mod tests;
