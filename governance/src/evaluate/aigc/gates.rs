//! Role, preconditions, tools, output schema, postconditions.

use std::collections::BTreeMap;

use crate::{
    claim::{Failure, Stage},
    evaluate::aigc::{Names, Run, failure},
    json::Value,
    policy::{
        Compatibility,
        aigc::{Effective, PreconditionCheck, ToolLimit},
    },
    schema::shown_path,
};

const ROLE: Names = Names {
    stage: Stage::Role,
    gate: "role_validation",
    code: "ROLE_NOT_ALLOWED",
};
const PRECONDITION: Names = Names {
    stage: Stage::Preconditions,
    gate: "precondition_validation",
    code: "PRECONDITION_FAILED",
};
const TOOL: Names = Names {
    stage: Stage::Tools,
    gate: "tool_validation",
    code: "TOOL_CONSTRAINT_VIOLATION",
};
const OUTPUT: Names = Names {
    stage: Stage::OutputSchema,
    gate: "schema_validation",
    code: "OUTPUT_SCHEMA_VALIDATION_ERROR",
};
const POSTCONDITION: Names = Names {
    stage: Stage::Postconditions,
    gate: "postcondition_validation",
    code: "POSTCONDITION_FAILED",
};
const UNKNOWN_POSTCONDITION: Names = Names {
    code: "UNSUPPORTED_POSTCONDITION",
    ..POSTCONDITION
};

impl Run<'_> {
    pub(super) fn role(&self) -> Result<(), Box<Failure>> {
        let role = &self.invocation.role;
        match self.held.iter().all(|held| held.roles.contains(role)) {
            true => Ok(()),
            false => Err(failure(ROLE, format!("Unauthorized role '{role}'"))),
        }
    }

    pub(super) fn preconditions(&mut self) -> Result<(), Box<Failure>> {
        for held in &self.held {
            for precondition in &held.preconditions {
                let name = &precondition.name;
                let value = self.invocation.context.get(name);
                let missing = || {
                    failure(
                        PRECONDITION,
                        format!("Missing or false required precondition: {name}"),
                    )
                };
                match (&precondition.check, value) {
                    (_, None) => return Err(missing()),
                    (PreconditionCheck::Truthy, Some(value)) if !value.is_truthy() => {
                        return Err(missing());
                    }
                    (PreconditionCheck::Truthy, Some(_)) => {}
                    (PreconditionCheck::Schema(schema), Some(value)) => {
                        if let Some(violation) = schema.check(value) {
                            let problem = violation.message;
                            let message =
                                format!("Precondition '{name}' validation failed: {problem}");
                            return Err(failure(PRECONDITION, message));
                        }
                    }
                }
            }
        }
        let own = self
            .held
            .last()
            .into_iter()
            .flat_map(|held| &held.preconditions);
        self.trail.preconditions = own.map(|precondition| precondition.name.clone()).collect();
        Ok(())
    }

    pub(super) fn tools(&mut self) -> Result<(), Box<Failure>> {
        let Some(calls) = &self.invocation.tool_calls else {
            return Ok(());
        };
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for name in calls {
            *counts.entry(name).or_default() += 1;
        }
        let with_tools = self.held.iter().filter_map(|held| held.tools.as_deref());
        let mut is_looked_at = false;
        for limits in with_tools {
            is_looked_at = true;
            for (name, count) in &counts {
                self.tool(limits, name, *count)?;
            }
        }
        if is_looked_at {
            self.trail.tools = counts.keys().map(|name| (*name).to_owned()).collect();
        }
        Ok(())
    }

    /// Whether a tool may be called so often in all.
    pub(super) fn may_call(&self, name: &str, count: u64) -> Result<(), Box<Failure>> {
        let mut with_tools = self.held.iter().filter_map(|held| held.tools.as_deref());
        with_tools.try_for_each(|limits| self.tool(limits, name, count))
    }

    fn tool(&self, limits: &[ToolLimit], name: &str, count: u64) -> Result<(), Box<Failure>> {
        match limit(limits, name, self.policy.compatibility) {
            None => {
                let message = format!("Tool '{name}' not in allowed_tools list");
                Err(failure(TOOL, message))
            }
            Some(Some(max)) if count > max => {
                let message =
                    format!("Tool '{name}' called {count} times, exceeding max_calls of {max}");
                Err(failure(TOOL, message))
            }
            Some(_) => Ok(()),
        }
    }

    pub(super) fn output_schema(&mut self) -> Result<(), Box<Failure>> {
        let output = Value::Object(self.invocation.output.clone().unwrap_or_default());
        let schemas = self
            .held
            .iter()
            .filter_map(|held| held.output_schema.as_ref());
        let mut fits = None;
        for schema in schemas {
            if let Some(violation) = schema.check(&output) {
                self.trail.output_fits = Some(false);
                let path = shown_path(&violation.path);
                let message = format!(
                    "Output schema validation failed at {path}: {}",
                    violation.message
                );
                return Err(failure(OUTPUT, message));
            }
            fits = Some(true);
        }
        self.trail.output_fits = fits;
        Ok(())
    }

    pub(super) fn postconditions(&mut self) -> Result<(), Box<Failure>> {
        for held in &self.held {
            for name in &held.postconditions {
                if name != "output_schema_valid" {
                    let message = format!("Unsupported postcondition '{name}'");
                    return Err(failure(UNKNOWN_POSTCONDITION, message));
                }
                if held.output_schema.is_none() {
                    let message =
                        format!("Postcondition '{name}' requires output_schema validation");
                    return Err(failure(POSTCONDITION, message));
                }
            }
        }
        let own = self.held.last().map(|held| Effective::postconditions(held));
        self.trail.postconditions = own.unwrap_or_default();
        Ok(())
    }
}

impl Effective {
    fn postconditions(&self) -> Vec<String> {
        self.postconditions.clone()
    }
}

/// The limit of a tool, if it is allowed. Of several entries for one tool the lowest limit counts; to AIGC, the last.
fn limit(limits: &[ToolLimit], name: &str, compatibility: Compatibility) -> Option<Option<u64>> {
    let mut of_name = limits.iter().filter(|limit| limit.name == name);
    match compatibility {
        Compatibility::Aigc03 => of_name.next_back().map(|limit| limit.max_calls),
        Compatibility::Default | Compatibility::Aegis => of_name
            .map(|limit| limit.max_calls)
            .min_by_key(|limit| limit.unwrap_or(u64::MAX)),
    }
}
