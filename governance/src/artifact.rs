//! AIGC's audit artifacts: what its engine would have written of an act, member by member.
//!
//! AIGC writes one of each act that its policy let pass or refused. What a rule beside it refused is its
//! `custom_gate_violation`. The version is that of the artifact: 1.2 is that of AIGC 0.3.1; 1.3 says in which mode it was
//! enforced, and 1.4 from what it derives, too.

use crate::{
    claim::{
        Failure,
        trail::{RiskScore, Trail},
    },
    digest::Digest,
    evaluate::error_class,
    json::{Number, Object, Value},
    request::Invocation,
};

/// The schema that AIGC's policies are of.
const DRAFT_07: &str = "http://json-schema.org/draft-07/schema#";
/// AIGC's class and gate for whatever stands beside its own rules.
const CUSTOM: (&str, &str) = ("CustomGateViolationError", "custom_gate_violation");

/// The version of an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArtifactVersion {
    /// 1.2.
    V12,
    /// 1.3.
    V13,
    /// 1.4.
    V14,
}

impl ArtifactVersion {
    /// The version in its text.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V12 => "1.2",
            Self::V13 => "1.3",
            Self::V14 => "1.4",
        }
    }

    /// The version of a text.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::V12, Self::V13, Self::V14];
        all.into_iter().find(|version| version.name() == text)
    }
}

/// An act that was enforced.
#[derive(Debug, Clone, Copy)]
pub struct Enforced<'a> {
    /// The name of the policy's document.
    pub policy_file: &'a str,
    /// The version that the policy says it has.
    pub policy_version: &'a str,
    /// What was asked, with what came out, if anything did.
    pub invocation: &'a Invocation,
    /// The rules that were looked at, before the act and after it.
    pub trail: &'a Trail,
    /// Why it was refused, redacted.
    pub failure: Option<&'a Failure>,
    /// When, in seconds since 1970 UTC.
    pub seconds: u64,
}

/// The gate at which AIGC says that an act failed.
pub fn failure_gate(failure: &Failure) -> &str {
    match (failure.code.as_str(), error_class(&failure.code)) {
        ("INVOCATION_VALIDATION_ERROR", _) => "invocation_validation",
        (_, Some(_)) => &failure.gate,
        (_, None) => CUSTOM.1,
    }
}

/// The trail of an act, of what its decision and its completion say.
pub fn whole_trail(before: &Trail, after: Option<&Trail>) -> Trail {
    let Some(after) = after else {
        return before.clone();
    };
    // What was looked at twice, and passed twice, is one gate to AIGC: its risk comes last.
    let risk = |gate: &&String| *gate != "risk_scoring" || after.risk.is_none();
    let gates = before.gates.iter().filter(risk).chain(&after.gates);
    Trail {
        gates: gates.cloned().collect(),
        postconditions: after.postconditions.clone(),
        output_fits: after.output_fits,
        risk: after.risk.clone().or_else(|| before.risk.clone()),
        ..before.clone()
    }
}

impl Enforced<'_> {
    /// The artifact, unsigned and in no chain. Its bytes are those of AIGC's canonical form.
    pub fn artifact(&self, version: ArtifactVersion) -> Object {
        let output = self.invocation.output.clone().unwrap_or_default();
        let failure = self.failure;
        let mut all = Object::default();
        for (name, value) in [
            ("audit_schema_version", text(version.name())),
            ("policy_file", text(self.policy_file)),
            ("policy_schema_version", text(DRAFT_07)),
            ("policy_version", text(self.policy_version)),
            ("model_provider", text(&self.invocation.model_provider)),
            ("model_identifier", text(&self.invocation.model_identifier)),
            ("role", text(&self.invocation.role)),
            (
                "enforcement_result",
                text(if failure.is_some() { "FAIL" } else { "PASS" }),
            ),
            (
                "failures",
                Value::Array(failure.into_iter().map(failed).collect()),
            ),
            ("failure_gate", or_null(failure.map(failure_gate))),
            (
                "failure_reason",
                or_null(failure.map(|failure| failure.message.as_str())),
            ),
            ("input_checksum", checksum(&self.invocation.input)),
            ("output_checksum", checksum(&output)),
            ("context", Value::Object(self.invocation.context.clone())),
            ("timestamp", Value::unsigned(self.seconds)),
            ("metadata", Value::Object(self.metadata(version))),
            ("risk_score", self.risk_score()),
            ("signature", Value::Null),
        ] {
            all.set(name, value);
        }
        if version >= ArtifactVersion::V14 {
            all.set("provenance", Value::Null);
        }
        all
    }

    /// Of an act that failed, the score stands in the metadata alone.
    fn risk_score(&self) -> Value {
        match (self.failure, &self.trail.risk) {
            (None, Some(risk)) => float(risk.score),
            _ => Value::Null,
        }
    }

    fn metadata(&self, version: ArtifactVersion) -> Object {
        let trail = self.trail;
        let mut all = Object::default();
        match self.failure {
            None => {
                all.set("preconditions_satisfied", texts(&trail.preconditions));
                all.set("postconditions_satisfied", texts(&trail.postconditions));
                let fits = trail.output_fits == Some(true);
                let schema = if fits { "passed" } else { "skipped" };
                all.set("schema_validation", text(schema));
                all.set("guards_evaluated", guards(trail));
                all.set("conditions_resolved", conditions(trail));
                let mut tools = Object::default();
                tools.set("tools_checked", texts(&trail.tools));
                tools.set("violations", Value::Array(Vec::new()));
                all.set("tool_constraints", Value::Object(tools));
                all.set("gates_evaluated", texts(&trail.gates));
            }
            Some(failure) => {
                all.set("gates_evaluated", texts(&trail.gates));
                all.set("redacted_fields", texts(&failure.redacted));
                if failure_gate(failure) == "invocation_validation" {
                    all.set("pre_pipeline_failure", Value::Bool(true));
                }
            }
        }
        if let Some(risk) = &trail.risk {
            all.set("risk_scoring", scoring(risk));
        }
        if version >= ArtifactVersion::V13 {
            all.set("enforcement_mode", text("unified"));
        }
        all
    }
}

/// An artifact in its place in a chain, with its checksum, which the next one names.
pub fn chained(
    mut artifact: Object,
    chain_id: &str,
    index: u64,
    previous: Option<&str>,
) -> (Object, String) {
    artifact.set("chain_id", text(chain_id));
    artifact.set("chain_index", Value::unsigned(index));
    artifact.set("previous_audit_checksum", or_null(previous));
    let own = Digest::of(&artifact.aigc_bytes()).to_string();
    artifact.set("checksum", text(&own));
    (artifact, own)
}

/// What AIGC's signature of an artifact is over.
pub fn signed_bytes(artifact: &Object) -> Vec<u8> {
    let mut unsigned = artifact.clone();
    unsigned.remove("signature");
    unsigned.aigc_bytes()
}

fn failed(failure: &Failure) -> Value {
    let class = error_class(&failure.code).unwrap_or(CUSTOM.0);
    let mut one = Object::default();
    one.set("code", text(class));
    one.set("message", text(&failure.message));
    one.set("field", or_null(failure.field.as_deref()));
    Value::Object(one)
}

fn guards(trail: &Trail) -> Value {
    let guards = trail.guards.iter().map(|guard| {
        let mut one = Object::default();
        one.set("condition", text(&guard.condition));
        one.set("matched", Value::Bool(guard.matched));
        Value::Object(one)
    });
    Value::Array(guards.collect())
}

fn conditions(trail: &Trail) -> Value {
    let mut all = Object::default();
    for (name, truth) in &trail.conditions {
        all.set(name, Value::Bool(*truth));
    }
    Value::Object(all)
}

fn scoring(risk: &RiskScore) -> Value {
    let basis = risk.basis.iter().map(|basis| {
        let mut one = Object::default();
        one.set("name", text(&basis.name));
        one.set("weight", float(basis.weight));
        one.set("triggered", Value::Bool(basis.triggered));
        one.set("contribution", float(basis.contribution));
        Value::Object(one)
    });
    let mut all = Object::default();
    all.set("score", float(risk.score));
    all.set("threshold", float(risk.threshold));
    all.set("mode", text(&risk.mode));
    all.set("basis", Value::Array(basis.collect()));
    all.set("exceeded", Value::Bool(risk.exceeded));
    Value::Object(all)
}

fn checksum(of: &Object) -> Value {
    text(&Digest::of(&of.aigc_bytes()).to_string())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn or_null(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

fn texts(all: &[String]) -> Value {
    Value::Array(all.iter().map(|one| text(one)).collect())
}

fn float(number: f64) -> Value {
    Value::Number(Number::Float(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::aigc::{Part, evaluate};

    #[test]
    fn what_is_judged_before_and_after_is_one_trail() {
        use crate::policy::{
            Compatibility,
            aigc::{Chain, Compiled},
        };
        let policy = "policy_version: '1'\nroles: [a]\npre_conditions: {required: [s]}\noutput_schema: {type: object}\n\
            post_conditions: {required: [output_schema_valid]}\n\
            risk: {threshold: 0.9, factors: [{name: e, weight: 0.5, condition: external_model}]}\n";
        let invocation = |output: &str| {
            let json = format!(
                "{{\"model_provider\":\"x\",\"model_identifier\":\"m\",\"role\":\"a\",\"input\":{{}},\"context\":{{\"s\":1}}{output}}}"
            );
            Invocation::parse(json.as_bytes(), false).unwrap()
        };
        for mode in [Compatibility::Aigc03, Compatibility::Default] {
            let chain = Chain::resolve("p.yaml", policy.as_bytes(), &|_| None).unwrap();
            let compiled = Compiled::new(&chain, mode).unwrap();
            let whole = invocation(",\"output\":{}");
            let trail =
                |invocation: &Invocation, part| evaluate(&compiled, invocation, None, part).trail;
            let before = trail(&invocation(""), Part::Before);
            let after = trail(&whole, Part::After);
            let at_once = trail(&whole, Part::Whole);
            assert_eq!(whole_trail(&before, Some(&after)), at_once);
        }
    }
}
