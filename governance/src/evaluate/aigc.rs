//! The gates of an AIGC policy, in their order.
//!
//! guards, role, preconditions, tools; then, where there is an output: its schema, postconditions, risk. The first that
//! fails ends it. In the default mode each gate is held for every level of the policy, with and without its guards.

mod gates;
mod risk;

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    claim::{
        Failure, Stage,
        trail::{GuardMatch, Trail},
    },
    expression::Scope,
    json::Value,
    policy::aigc::{Compiled, Effective, Layer, Risk},
    request::Invocation,
};

/// How far a request is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Before the act: guards, role, preconditions, tools; in the default mode also risk, so far as no output is needed.
    Before,
    /// After it: schema, postconditions, risk, under what the guards say of the same invocation.
    After,
    /// Both, as AIGC's `enforce` does.
    Whole,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The first gate that failed. Its message is not redacted yet.
    pub failure: Option<Failure>,
    /// The rules that were looked at.
    pub trail: Trail,
}

/// Holds an invocation against a policy. `risk` is the binding's own block, which takes the place of the policy's.
pub fn evaluate(
    policy: &Compiled,
    invocation: &Invocation,
    risk: Option<&Risk>,
    part: Part,
) -> Evaluation {
    let mut run = Run {
        policy,
        invocation,
        risk,
        held: Vec::new(),
        trail: Trail::default(),
    };
    let failure = run.gates(part).err().map(|failure| *failure);
    Evaluation {
        failure,
        trail: run.trail,
    }
}

/// What of an output failed, and which of the tools that it asks to call fail.
pub(super) struct OutputEvaluation {
    pub(super) evaluation: Evaluation,
    /// Why each of these tools can't be called, by name.
    pub(super) tools: BTreeMap<String, Failure>,
}

/// Holds what came out against a policy: guards of the same invocation, schema, postconditions, risk. `calls` are the tools
/// that the output asks to call, and how often, which count on top of those of the invocation.
pub(super) fn evaluate_output(
    policy: &Compiled,
    invocation: &Invocation,
    risk: Option<&Risk>,
    calls: &BTreeMap<&str, u64>,
) -> OutputEvaluation {
    let mut run = Run {
        policy,
        invocation,
        risk,
        held: Vec::new(),
        trail: Trail::default(),
    };
    let failure = run.gates(Part::After).err().map(|failure| *failure);
    let before = invocation.tool_calls.as_deref().unwrap_or_default();
    let mut tools = BTreeMap::new();
    for (name, count) in calls {
        let made = before.iter().filter(|made| made == name).count() as u64;
        if let Err(failure) = run.may_call(name, made.saturating_add(*count)) {
            tools.insert((*name).to_owned(), *failure);
        }
    }
    OutputEvaluation {
        evaluation: Evaluation {
            failure,
            trail: run.trail,
        },
        tools,
    }
}

/// The class of AIGC's error that has a code.
pub fn error_class(code: &str) -> Option<&'static str> {
    Some(match code {
        "INVOCATION_VALIDATION_ERROR" => "InvocationValidationError",
        "POLICY_LOAD_ERROR" => "PolicyLoadError",
        "POLICY_SCHEMA_VALIDATION_ERROR" => "PolicyValidationError",
        "OUTPUT_SCHEMA_VALIDATION_ERROR" => "SchemaValidationError",
        "PRECONDITION_FAILED" => "PreconditionError",
        "CONDITION_RESOLUTION_ERROR" => "ConditionResolutionError",
        "GUARD_EVALUATION_ERROR" => "GuardEvaluationError",
        "TOOL_CONSTRAINT_VIOLATION" => "ToolConstraintViolationError",
        "RISK_THRESHOLD_EXCEEDED" => "RiskThresholdError",
        "CUSTOM_GATE_VIOLATION" => "CustomGateViolationError",
        "ROLE_NOT_ALLOWED" | "POSTCONDITION_FAILED" | "UNSUPPORTED_POSTCONDITION" => {
            "GovernanceViolationError"
        }
        _ => return None,
    })
}

struct Run<'a> {
    policy: &'a Compiled,
    invocation: &'a Invocation,
    risk: Option<&'a Risk>,
    /// What must hold, all of it; the last is the policy itself with its guards.
    held: Vec<Cow<'a, Effective>>,
    trail: Trail,
}

/// The names of an error, as AIGC has them.
#[derive(Clone, Copy)]
struct Names {
    stage: Stage,
    gate: &'static str,
    code: &'static str,
}

fn failure(names: Names, message: impl Into<String>) -> Box<Failure> {
    Box::new(Failure {
        stage: names.stage,
        gate: names.gate.to_owned(),
        code: names.code.to_owned(),
        message: message.into(),
        field: None,
        redacted: Vec::new(),
    })
}

const CONDITIONS: Names = Names {
    stage: Stage::Guards,
    gate: "condition_resolution",
    code: "CONDITION_RESOLUTION_ERROR",
};
const GUARDS: Names = Names {
    stage: Stage::Guards,
    gate: "guard_evaluation",
    code: "GUARD_EVALUATION_ERROR",
};

impl Run<'_> {
    fn gates(&mut self, part: Part) -> Result<(), Box<Failure>> {
        self.guards()?;
        if part != Part::After {
            self.passed("guard_evaluation");
            self.role()?;
            self.passed("role_validation");
            self.preconditions()?;
            self.passed("precondition_validation");
            self.tools()?;
            self.passed("tool_constraint_validation");
        }
        if part != Part::Before {
            self.output_schema()?;
            self.passed("schema_validation");
            self.postconditions()?;
            self.passed("postcondition_validation");
        }
        if part != Part::Before || self.policy.compatibility.only_restricts() {
            self.score()?;
        }
        Ok(())
    }

    fn passed(&mut self, gate: &str) {
        self.trail.gates.push(gate.to_owned());
    }

    /// Resolves conditions, evaluates guards, and takes what must hold.
    fn guards(&mut self) -> Result<(), Box<Failure>> {
        let layers = &self.policy.layers;
        let own = layers.len().saturating_sub(1);
        for (at, layer) in layers.iter().enumerate() {
            let conditions = self.conditions(layer)?;
            let scope = Scope {
                role: &self.invocation.role,
                conditions: &conditions,
                context: &self.invocation.context,
            };
            let mut matched = 0_u64;
            let mut told = Vec::with_capacity(layer.guards.len());
            for (place, guard) in layer.guards.iter().enumerate() {
                let expression = guard.expression.as_ref();
                let expression = expression.map_err(|problem| failure(GUARDS, problem))?;
                let is_true = expression.is_true(&scope);
                let is_true = is_true.map_err(|error| failure(GUARDS, error.to_string()))?;
                matched |= u64::from(is_true) << place;
                told.push(GuardMatch {
                    condition: guard.source.clone(),
                    matched: is_true,
                });
            }
            let guarded = layer.guarded(matched).map_err(|problem| {
                failure(
                    GUARDS,
                    format!("what a guard says does not fit the policy: {problem}"),
                )
            })?;
            // In the default mode, what a guard says comes on top: it can only restrict.
            if self.policy.compatibility.only_restricts() && matched != 0 {
                self.held.push(Cow::Borrowed(&layer.plain));
            }
            self.held.push(guarded);
            if at == own {
                self.trail.conditions = conditions;
                self.trail.guards = told;
            }
        }
        Ok(())
    }

    fn conditions(&self, layer: &Layer) -> Result<Vec<(String, bool)>, Box<Failure>> {
        let mut resolved = Vec::with_capacity(layer.conditions.len());
        for condition in &layer.conditions {
            let name = &condition.name;
            let truth = match self.invocation.context.get(name) {
                Some(Value::Bool(truth)) => Some(*truth),
                Some(_) => {
                    let message = format!("Condition '{name}' must be a boolean");
                    return Err(failure(CONDITIONS, message));
                }
                None => condition.default,
            };
            match truth {
                Some(truth) => resolved.push((name.clone(), truth)),
                None if condition.required => {
                    let message = format!("Required condition '{name}' not found in context");
                    return Err(failure(CONDITIONS, message));
                }
                None => {}
            }
        }
        Ok(resolved)
    }
}

#[cfg(test)]
mod tests;
