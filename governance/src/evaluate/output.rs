//! What an act put out, held against the policies of its decision: pure, so that a replay comes to the same.

use std::collections::BTreeMap;

use crate::{
    claim::{Failure, Stage, trail::Trail},
    digest::Digest,
    evaluate::{aigc::evaluate_output, propose::Bound},
    json::{Object, Value},
    limits::{GOVERNED_NAME_BYTES_MAX, OUTPUT_TOOLS_MAX},
    record::{Decision, OutputJudged, OutputTool},
    request::Request,
};

/// What the digest is of.
const OUTPUT: &str = "indelible 2026 governed output v1";
/// The gate that every output passes that was held against a policy of AIGC's kind.
const SCHEMA_GATE: &str = "schema_validation";
/// The code of an output that was to be judged, and that nobody showed.
pub const OUTPUT_NOT_SHOWN: &str = "OUTPUT_NOT_SHOWN";

/// What came out of an act.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// The output itself. To a policy of AIGC's kind it is an object.
    pub content: Value,
    /// The tools that it asks to call, one name for each call.
    pub tools: Vec<String>,
}

/// Why an output can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// Too many calls.
    #[error("an output may ask for {OUTPUT_TOOLS_MAX} calls of tools")]
    TooMany,
    /// A name that can't be one.
    #[error(
        "the name of a tool must have 1 to {GOVERNED_NAME_BYTES_MAX} bytes and no control characters"
    )]
    Name,
}

impl Output {
    /// Checks the names of tools.
    ///
    /// # Errors
    ///
    /// Too many, or one that can't be a name.
    pub fn check(&self) -> Result<(), OutputError> {
        let is_name = |name: &String| {
            (1..=GOVERNED_NAME_BYTES_MAX).contains(&name.len()) && !name.contains(char::is_control)
        };
        match self.tools.len() > OUTPUT_TOOLS_MAX {
            true => Err(OutputError::TooMany),
            false if !self.tools.iter().all(is_name) => Err(OutputError::Name),
            false => Ok(()),
        }
    }

    /// The digest of all of it, under the salt of the request.
    pub fn digest(&self, salt: &[u8]) -> Digest {
        let content = self.content.aigc_bytes();
        let mut parts = vec![salt, &content];
        parts.extend(self.tools.iter().map(|name| name.as_bytes()));
        Digest::of_parts(OUTPUT, &parts)
    }
}

/// Whether the request of a decision had its output already, which was judged with it.
pub fn was_output_judged(decision: &Decision) -> bool {
    decision.trail.gates.iter().any(|gate| gate == SCHEMA_GATE)
}

impl Bound {
    /// Whether what comes of a decision is still to be held against a policy: one of AIGC's kind that says anything of
    /// outputs, where the request had no output yet.
    pub fn judges_output(&self, decision: &Decision) -> bool {
        let policy = self.aigc.as_ref().filter(|_| !was_output_judged(decision));
        policy.is_some_and(|policy| policy.judges_output(self.risk.is_some()))
    }

    /// Whether the request is needed to judge an output: conditions, guards and risk look at its invocation, and the calls of
    /// tools that it tells of count.
    pub fn needs_request(&self, decision: &Decision, output: &Output) -> bool {
        let asks = self.aigc.is_some() && !output.tools.is_empty() && !was_output_judged(decision);
        asks || self.judges_output(decision)
    }
}

/// What an output that was to be judged comes to if nobody shows it.
pub fn not_shown() -> OutputJudged {
    let message = "the policy judges what comes out, and nothing was shown; complete the decision with the output and the request";
    OutputJudged {
        failure: Some(failure(
            Stage::OutputSchema,
            OUTPUT_NOT_SHOWN,
            message.to_owned(),
        )),
        ..OutputJudged::default()
    }
}

/// Holds an output against the policies of a decision. `request` is the one that was decided on; where [`Bound::needs_request`]
/// says so, it must be there.
pub fn judge_output(bound: &Bound, request: Option<&Request>, output: &Output) -> OutputJudged {
    let mut calls: BTreeMap<&str, u64> = BTreeMap::new();
    for name in &output.tools {
        *calls.entry(name).or_default() += 1;
    }
    let mut failures = Vec::new();
    let mut refused = BTreeMap::new();
    let mut trail = Trail::default();
    let invocation = request.and_then(|request| request.invocation.as_ref());
    if let (Some(policy), Some(invocation)) =
        (&bound.aigc, invocation.filter(|one| one.output.is_none()))
    {
        match object(&output.content) {
            Err(failure) => failures.push(*failure),
            Ok(content) => {
                let mut whole = invocation.clone();
                whole.output = Some(content.clone());
                let evaluated = evaluate_output(policy, &whole, bound.risk.as_ref(), &calls);
                failures.extend(evaluated.evaluation.failure);
                trail = evaluated.evaluation.trail;
                refused = evaluated.tools;
            }
        }
    }
    let scope = bound.gate.as_ref().and_then(|gate| gate.scope.as_ref());
    for name in calls.keys() {
        if let Some(Err(refusal)) = scope.map(|scope| scope.tool(name)) {
            let message = format!("{refusal}: {name}");
            let failure = failure(Stage::Scope, "SCOPE_VIOLATION", message);
            refused.entry((*name).to_owned()).or_insert(failure);
        }
    }
    for failure in failures.iter_mut().chain(refused.values_mut()) {
        let redacted = bound.redaction.apply(&failure.message);
        failure.message = redacted.text;
        failure.redacted = redacted.found;
    }
    let tools = calls.keys().map(|name| OutputTool {
        name: (*name).to_owned(),
        failure: refused.get(*name).cloned(),
    });
    let tools = tools.collect();
    failures.extend(refused.into_values());
    failures.sort_by_key(|failure| failure.stage);
    OutputJudged {
        failure: failures.into_iter().next(),
        trail: (trail != Trail::default()).then_some(trail),
        tools,
    }
}

fn object(content: &Value) -> Result<&Object, Box<Failure>> {
    content.as_object().ok_or_else(|| {
        let message = "Invocation field 'output' must be an object".to_owned();
        let failed = failure(Stage::OutputSchema, "INVOCATION_VALIDATION_ERROR", message);
        Box::new(failed)
    })
}

fn failure(stage: Stage, code: &str, message: String) -> Failure {
    Failure {
        stage,
        gate: stage.name().to_owned(),
        code: code.to_owned(),
        message,
        field: None,
        redacted: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
