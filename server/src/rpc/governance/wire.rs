//! What the calls of governance have in common on the wire.

use bytes::Bytes;
use indelible_governance::{
    claim::{Of, Unit, Verdict, attempt::Attempt},
    policy::{Compatibility, PolicyKind, binding},
    record::HaltOf,
    state::{Standing, code},
};
use indelible_ledger::Placed;
use indelible_proto::{time::timestamp, v1};

use crate::rpc::refusal::Refusal;

pub(super) fn place(placed: &Placed) -> Option<v1::GovernancePlace> {
    Some(v1::GovernancePlace {
        sequence: placed.sequence,
        recorded_time: Some(timestamp(placed.time)),
        chain_hash: Bytes::copy_from_slice(placed.chain.as_bytes()),
        tree_size: placed.tree_size,
    })
}

/// An attempt that has failed; of the first one, its own decision is the first.
pub(super) fn failed_attempt(attempt: Attempt) -> v1::FailedAttempt {
    let (wait_ms, code) = match attempt.is_last() {
        true => (0, code::RETRY_EXHAUSTED),
        false => (attempt.wait_ms(), ""),
    };
    v1::FailedAttempt {
        first: attempt.first.unwrap_or_default(),
        attempt: attempt.number,
        max_retries: attempt.max_retries,
        backoff_ms: attempt.backoff_ms,
        wait_ms,
        code: code.to_owned(),
    }
}

pub(super) fn kind(kind: PolicyKind) -> v1::PolicyKind {
    match kind {
        PolicyKind::Aigc => v1::PolicyKind::Aigc,
        PolicyKind::Gate => v1::PolicyKind::Gate,
        PolicyKind::Aegis => v1::PolicyKind::Aegis,
    }
}

pub(super) fn kind_of(kind: v1::PolicyKind) -> Result<PolicyKind, Refusal> {
    match kind {
        v1::PolicyKind::Aigc => Ok(PolicyKind::Aigc),
        v1::PolicyKind::Gate => Ok(PolicyKind::Gate),
        v1::PolicyKind::Aegis => Ok(PolicyKind::Aegis),
        v1::PolicyKind::Unspecified => Err(Refusal::field("kind", "must be set")),
    }
}

/// A selector: one that ends in `*` is a prefix, and none is all.
pub(super) fn selector(text: &str) -> binding::Selector {
    match (text, text.strip_suffix('*')) {
        ("" | "*", _) => binding::Selector::Any,
        (_, Some(prefix)) => binding::Selector::Prefix(prefix.to_owned()),
        (exact, None) => binding::Selector::Exact(exact.to_owned()),
    }
}

fn selector_text(selector: &binding::Selector) -> String {
    match selector {
        binding::Selector::Any => String::new(),
        binding::Selector::Prefix(prefix) => format!("{prefix}*"),
        binding::Selector::Exact(exact) => exact.clone(),
    }
}

pub(super) fn compatibility(text: &str) -> Result<Compatibility, Refusal> {
    match text {
        "" | "default" => Ok(Compatibility::Default),
        "aigc-0.3" => Ok(Compatibility::Aigc03),
        "aegis" => Ok(Compatibility::Aegis),
        _ => Err(Refusal::field(
            "binding.compatibility",
            "must be empty, aigc-0.3 or aegis",
        )),
    }
}

pub(super) fn binding(sequence: u64, binding: &binding::Binding) -> v1::PolicyBinding {
    let digest = |digest: Option<indelible_governance::digest::Digest>| {
        digest.map(|digest| digest.to_string()).unwrap_or_default()
    };
    let redaction = binding.redaction.iter();
    v1::PolicyBinding {
        name: binding.name.clone(),
        target: Some(v1::BindingTarget {
            agent: selector_text(&binding.target.agent),
            principal: selector_text(&binding.target.principal),
            act: selector_text(&binding.target.act),
        }),
        aigc: digest(binding.aigc),
        gate: digest(binding.gate),
        aegis: digest(binding.aegis),
        compatibility: match binding.compatibility {
            Compatibility::Default => String::new(),
            Compatibility::Aigc03 => "aigc-0.3".to_owned(),
            Compatibility::Aegis => "aegis".to_owned(),
        },
        strict_mode: binding.strict_mode,
        redaction: redaction
            .map(|(name, pattern)| v1::RedactionPattern {
                name: name.clone(),
                pattern: pattern.clone(),
            })
            .collect(),
        shadow: binding.shadow,
        sequence,
    }
}

pub(super) fn verdict(verdict: Verdict) -> v1::DecisionVerdict {
    match verdict {
        Verdict::Allow => v1::DecisionVerdict::Allow,
        Verdict::Warn => v1::DecisionVerdict::Warn,
        Verdict::Escalate => v1::DecisionVerdict::Escalate,
        Verdict::Deny => v1::DecisionVerdict::Deny,
    }
}

pub(super) fn standing(standing: Standing) -> v1::DecisionStanding {
    match standing {
        Standing::Pending => v1::DecisionStanding::Pending,
        Standing::Expired => v1::DecisionStanding::Expired,
        Standing::Closed => v1::DecisionStanding::Closed,
        Standing::Halted => v1::DecisionStanding::Halted,
    }
}

pub(super) fn halt_of(target: Option<v1::HaltTarget>) -> Result<HaltOf, Refusal> {
    use v1::halt_target::Of;

    match target.and_then(|target| target.of) {
        Some(Of::Everything(true)) => Ok(HaltOf::Everything),
        Some(Of::Agent(agent)) => Ok(HaltOf::Agent(agent)),
        Some(Of::Session(session)) => Ok(HaltOf::Session(session)),
        Some(Of::Everything(false)) | None => Err(Refusal::field(
            "target",
            "must say everything, an agent or a session",
        )),
    }
}

pub(super) fn halt_target(of: HaltOf) -> v1::HaltTarget {
    use v1::halt_target::Of;

    let of = match of {
        HaltOf::Everything => Of::Everything(true),
        HaltOf::Agent(agent) => Of::Agent(agent),
        HaltOf::Session(session) => Of::Session(session),
    };
    v1::HaltTarget { of: Some(of) }
}

/// For whom a budget counts: what, and who.
pub(super) fn counted(of: &Of) -> (&'static str, String) {
    match of {
        Of::Agent(name) => ("agent", name.clone()),
        Of::Session(name) => ("session", name.clone()),
        Of::Principal(name) => ("principal", name.clone()),
        Of::Model(name) => ("model", name.clone()),
        Of::Tool(name) => ("tool", name.clone()),
        Of::SessionTool(session, tool) => ("session_tool", format!("{session} {tool}")),
        Of::AgentTool(agent, tool) => ("agent_tool", format!("{agent} {tool}")),
        Of::Act(agent, act) => ("act", format!("{agent} {act}")),
        Of::Label(label, value) => ("label", format!("{label}={value}")),
    }
}

pub(super) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::NanoUsd => "nano_usd",
        Unit::Tokens => "tokens",
        Unit::Requests => "requests",
    }
}
