//! What of a policy that compiles is likely not meant.

mod retries;

use std::collections::BTreeSet;

use crate::{
    day::Day,
    json::Value,
    policy::{
        Compatibility, PolicyError, PolicyFault,
        aigc::{
            chain::Chain,
            compile::{Compiled, Layer},
            risk::{self, Risk},
        },
    },
    yaml::Place,
};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Likely not meant.
    Warning,
    /// The policy decides nothing, or not what it says.
    Error,
}

/// Something that is likely not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    pub fault: PolicyFault,
    /// The name of the document.
    pub document: String,
    /// Where in it.
    pub place: Option<Place>,
    /// In words, with what to do.
    pub message: String,
}

/// The names that there are, where somebody knows them. What nobody knows is not looked at.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The day.
    pub today: Option<Day>,
    /// The roles in which models are called.
    pub roles: Option<BTreeSet<String>>,
    /// The tools.
    pub tools: Option<BTreeSet<String>>,
}

impl Chain {
    /// Everything that is wrong with a policy or likely not meant: the first error, if it does not compile; otherwise all
    /// findings, in the order of the gates.
    pub fn findings(&self, compatibility: Compatibility, known: &Known) -> Vec<Finding> {
        let compiled = match Compiled::new(self, compatibility) {
            Ok(compiled) => compiled,
            Err(error) => return vec![Finding::from(error)],
        };
        let mut findings = Findings {
            chain: self,
            found: Vec::new(),
        };
        findings.dates(known.today);
        findings.roles(&compiled, known);
        findings.conditions(&compiled);
        findings.tools(&compiled, known);
        findings.guards(&compiled);
        findings.risks(&compiled);
        findings.outputs(&compiled);
        findings.retries(&compiled);
        findings.found
    }

    /// What the strict mode of AIGC refuses: no role, no precondition, or one without a type.
    pub fn strict(&self) -> Result<(), PolicyError> {
        let required = self
            .policy()
            .get("pre_conditions")
            .and_then(Value::as_object);
        let required = required.and_then(|block| block.get("required"));
        let is_typed = matches!(required, Some(Value::Object(required)) if !required.is_empty());
        let roles = self.policy().get("roles").and_then(Value::as_array);
        match is_typed && roles.is_some_and(|roles| !roles.is_empty()) {
            true => Ok(()),
            false => {
                let path = ["pre_conditions".to_owned()];
                let message = "Strict mode policy validation failed";
                Err(self
                    .document()
                    .error(PolicyFault::NotStrict, &path, message))
            }
        }
    }
}

impl From<PolicyError> for Finding {
    fn from(error: PolicyError) -> Self {
        Self {
            severity: Severity::Error,
            fault: error.fault,
            document: error.document,
            place: error.place,
            message: match error.detail {
                Some(detail) => format!("{}: {detail}", error.message),
                None => error.message,
            },
        }
    }
}

struct Findings<'a> {
    chain: &'a Chain,
    found: Vec<Finding>,
}

impl Findings<'_> {
    fn add(&mut self, severity: Severity, fault: PolicyFault, path: &[&str], message: String) {
        let path: Vec<_> = path.iter().map(|step| (*step).to_owned()).collect();
        let error = self.chain.document().error(fault, &path, message);
        self.found.push(Finding {
            severity,
            ..Finding::from(error)
        });
    }

    fn dates(&mut self, today: Option<Day>) {
        let (Some(today), window) = (today, self.chain.window) else {
            return;
        };
        if let Some(to) = window.to.filter(|to| *to < today) {
            let message = format!(
                "the policy or one of its bases expired after {to}; every decision under it is a denial"
            );
            self.add(
                Severity::Error,
                PolicyFault::Expired,
                &["expiration_date"],
                message,
            );
        }
        if let Some(from) = window.from.filter(|from| today < *from) {
            let message = format!(
                "the policy or one of its bases comes into force on {from}; until then every decision under it is a denial"
            );
            self.add(
                Severity::Warning,
                PolicyFault::NotYetInForce,
                &["effective_date"],
                message,
            );
        }
    }

    fn roles(&mut self, compiled: &Compiled, known: &Known) {
        let Some(roles) = &known.roles else {
            return;
        };
        for (at, role) in compiled.own().plain.roles.iter().enumerate() {
            if !roles.contains(role) {
                let message = format!("nothing is called in the role {role:?}; is it misspelt?");
                self.add(
                    Severity::Warning,
                    PolicyFault::UnknownRole,
                    &["roles", &at.to_string()],
                    message,
                );
            }
        }
    }

    fn conditions(&mut self, compiled: &Compiled) {
        for condition in &compiled.own().conditions {
            let is_used = compiled.own().guards.iter().any(|guard| {
                let expression = guard.expression.as_ref();
                expression
                    .is_ok_and(|expression| expression.conditions().contains(&&*condition.name))
            });
            if is_used && condition.default.is_none() && !condition.required {
                let name = &condition.name;
                let message = format!(
                    "the condition {name} has neither a default nor `required: true`; where the context leaves it out, every guard that names it is an error"
                );
                self.add(
                    Severity::Warning,
                    PolicyFault::ConditionWithoutValue,
                    &["conditions", name],
                    message,
                );
            }
        }
    }

    fn tools(&mut self, compiled: &Compiled, known: &Known) {
        let tools = compiled.own().plain.tools.as_deref().unwrap_or_default();
        let mut seen = BTreeSet::new();
        for (at, tool) in tools.iter().enumerate() {
            let (at, name) = (at.to_string(), &tool.name);
            let path = ["tools", "allowed_tools", &at];
            if known
                .tools
                .as_ref()
                .is_some_and(|tools| !tools.contains(name))
            {
                let message = format!("there is no tool {name:?}; is it misspelt?");
                self.add(Severity::Warning, PolicyFault::UnknownTool, &path, message);
            }
            if !seen.insert(name) {
                let message = match compiled.compatibility {
                    Compatibility::Aigc03 => {
                        format!("the tool {name:?} has two limits; the later counts")
                    }
                    Compatibility::Default | Compatibility::Aegis => {
                        format!("the tool {name:?} has two limits; the lower counts")
                    }
                };
                self.add(Severity::Warning, PolicyFault::TwoLimits, &path, message);
            }
            let is_allowed = |layer: &Layer| match &layer.plain.tools {
                None => true,
                Some(tools) => tools.iter().any(|tool| tool.name == *name),
            };
            if !compiled.layers.iter().all(is_allowed) {
                let message = format!(
                    "the tool {name:?} is not allowed by the base, so it is never allowed; a child can only restrict"
                );
                self.add(Severity::Error, PolicyFault::NeverAllowed, &path, message);
            }
        }
    }

    fn guards(&mut self, compiled: &Compiled) {
        let own = compiled.own();
        for (at, guard) in own.guards.iter().enumerate() {
            let at_text = at.to_string();
            if let Err(problem) = &guard.expression {
                let message = format!(
                    "the condition of the guard is an error whenever it is looked at: {problem}"
                );
                self.add(
                    Severity::Error,
                    PolicyFault::Guard,
                    &["guards", &at_text, "when"],
                    message,
                );
            }
            let guarded = match own.guarded(1 << at) {
                Ok(guarded) => guarded,
                Err(problem) => {
                    let path = ["guards", &at_text, "then"];
                    self.add(Severity::Error, PolicyFault::GuardType, &path, problem);
                    continue;
                }
            };
            let widens = guarded
                .roles
                .iter()
                .any(|role| !own.plain.roles.contains(role));
            if widens && compiled.compatibility.only_restricts() {
                let message =
                    "the guard adds roles, which has no effect: a guard can only restrict"
                        .to_owned();
                let path = ["guards", &at_text, "then", "roles"];
                self.add(Severity::Warning, PolicyFault::NeverAllowed, &path, message);
            }
        }
    }

    /// A risk factor whose condition nobody knows never counts, so that a typo switches it off.
    fn risks(&mut self, compiled: &Compiled) {
        let own = compiled.own();
        self.risk(own, own.plain.risk.as_ref(), &["risk"]);
        for at in 0..own.guards.len() {
            // One that is no policy is found with the guards.
            if let Ok(guarded) = own.guarded(1 << at)
                && guarded.risk != own.plain.risk
            {
                let at = at.to_string();
                self.risk(own, guarded.risk.as_ref(), &["guards", &at, "then", "risk"]);
            }
        }
    }

    fn risk(&mut self, own: &Layer, risk: Option<&Risk>, path: &[&str]) {
        let is_known = |name: &str| {
            risk::BUILT_IN.contains(&name)
                || own.conditions.iter().any(|known| known.name == name)
                || own
                    .plain
                    .preconditions
                    .iter()
                    .any(|known| known.name == name)
        };
        let factors = risk.iter().flat_map(|risk| &risk.factors).enumerate();
        for (at, factor) in factors.filter(|(_, factor)| !is_known(&factor.condition)) {
            let message = format!(
                "nobody knows the condition {:?} of the risk factor {:?}: it is not one of {}, and stands neither under \
                 `conditions` nor under `pre_conditions`; the factor counts only where a request's context has a member of \
                 this name",
                factor.condition,
                factor.name,
                risk::BUILT_IN.join(", ")
            );
            let at = at.to_string();
            let path = [path, &["factors", &at, "condition"]].concat();
            self.add(
                Severity::Warning,
                PolicyFault::UnknownCondition,
                &path,
                message,
            );
        }
    }

    fn outputs(&mut self, compiled: &Compiled) {
        let own = &compiled.own().plain;
        let unknown = own
            .output_schema
            .as_ref()
            .map(|schema| schema.unknown_keywords().to_vec());
        for path in unknown.into_iter().flatten() {
            let message =
                format!("output_schema: Draft-07 has no keyword {path}, so it means nothing");
            self.add(
                Severity::Warning,
                PolicyFault::UnknownKeyword,
                &["output_schema"],
                message,
            );
        }
        for (at, name) in own.postconditions.iter().enumerate() {
            if name != "output_schema_valid" {
                let message = format!(
                    "there is no postcondition {name:?}, so every output fails; output_schema_valid is the one there is"
                );
                let path = ["post_conditions", "required", &at.to_string()];
                self.add(
                    Severity::Error,
                    PolicyFault::UnknownPostcondition,
                    &path,
                    message,
                );
            }
        }
    }
}
