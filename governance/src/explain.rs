//! Why a decision came out as it did, in words, from its record alone.

use std::fmt;

use crate::{
    claim::{Claim, Verdict, trail::Trail},
    money::NanoUsd,
    record::{Decision, Judged, Outcome},
};

/// One step of a decision, as its record has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The step's name: where in the order of a decision it stands.
    pub stage: String,
    /// What came of it, in words.
    pub found: String,
}

/// Why a decision came out as it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What was decided, and by what, in one sentence.
    pub verdict: String,
    /// What was looked at, in the order of the steps. What came after the step that decided was not judged, and is left out.
    pub steps: Vec<Step>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.verdict)?;
        for step in &self.steps {
            write!(f, "\n{}: {}", step.stage, step.found)?;
        }
        Ok(())
    }
}

impl Decision {
    /// Why it came out as it did. It says nothing that its record does not: what a request held is there as digests.
    pub fn explain(&self) -> Explanation {
        let mut steps = of_trail(&self.trail);
        let judged = self.claims.iter();
        let judged = judged.filter(|judged| judged.outcome != Outcome::NotJudged);
        steps.extend(judged.map(|judged| Step {
            stage: judged.claim.stage().name().to_owned(),
            found: of_claim(judged),
        }));
        for warning in &self.warnings {
            steps.push(Step {
                stage: "warning".to_owned(),
                found: warning.clone(),
            });
        }
        Explanation {
            verdict: self.in_one_sentence(),
            steps,
        }
    }

    fn in_one_sentence(&self) -> String {
        let act = &self.act;
        let what = format!("{} asked for {}", act.agent, act.name);
        let shadow = if self.shadow {
            " in shadow, where nothing is enforced"
        } else {
            ""
        };
        let said = match self.verdict {
            Verdict::Allow => "it was allowed",
            Verdict::Warn => "it was allowed, with a warning",
            Verdict::Escalate => "a human must decide",
            Verdict::Deny => "it was denied",
        };
        let because = match &self.failure {
            Some(failure) => format!(
                ", since the step {} failed with {}: {}",
                failure.stage.name(),
                failure.code,
                failure.message
            ),
            None if self.policies.is_empty() => ", under no policy".to_owned(),
            None if self.approval_used => ", since a human had granted exactly this act".to_owned(),
            None => ", since every step was passed".to_owned(),
        };
        format!("{what}, and {said}{shadow}{because}")
    }
}

fn of_trail(trail: &Trail) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut add = |stage: &str, found: String| {
        steps.push(Step {
            stage: stage.to_owned(),
            found,
        });
    };
    for (condition, holds) in &trail.conditions {
        add("guards", format!("the condition {condition} is {holds}"));
    }
    for guard in &trail.guards {
        let matched = if guard.matched {
            "matched"
        } else {
            "did not match"
        };
        add(
            "guards",
            format!("the guard {:?} {matched}", guard.condition),
        );
    }
    if let Some(scope) = &trail.scope {
        add("scope", format!("the act falls under {scope}"));
    }
    if let Some(aegis) = &trail.aegis {
        for result in &aegis.gates {
            let passed = if result.passed { "passed" } else { "failed" };
            let found = format!(
                "the gate {} {passed}: {} against {}; {}",
                result.gate.name(),
                result.value.get(),
                result.threshold.get(),
                result.message.text()
            );
            add("aegis", found);
        }
        for reason in &aegis.human {
            add("aegis", format!("a human must decide: {}", reason.text()));
        }
    }
    if let Some(quick) = &trail.quick {
        let safe = if quick.safe { "less" } else { "not less" };
        add(
            "aegis",
            format!("the quick check's score is {safe} than its threshold"),
        );
    }
    if let Some(risk) = &trail.risk {
        let triggered = risk.basis.iter().filter(|basis| basis.triggered);
        let names: Vec<_> = triggered.map(|basis| basis.name.as_str()).collect();
        let names = match names.is_empty() {
            true => "no factor".to_owned(),
            false => names.join(", "),
        };
        let over = if risk.exceeded { "over" } else { "not over" };
        let found = format!(
            "the score is {}, {over} {} (mode {}), of {names}",
            risk.score, risk.threshold, risk.mode
        );
        add("risk", found);
    }
    for warning in &trail.warnings {
        add("warning", warning.clone());
    }
    steps
}

/// A claim, and what the writer found.
fn of_claim(judged: &Judged) -> String {
    let what = match &judged.claim {
        Claim::MaySpeak => "the principal may speak for the agent".to_owned(),
        Claim::NotHalted => "nothing that is asked about is halted".to_owned(),
        Claim::Present { within_seconds } => {
            format!("the agent gave a sign of life within {within_seconds} s")
        }
        Claim::Bound { binding } => format!("the binding of record {binding} is in force"),
        Claim::InDate { from, to } => {
            let end = |day: &Option<crate::day::Day>| {
                day.map_or_else(|| "always".to_owned(), |day| day.to_string())
            };
            format!(
                "the policies are in date (from {}, to {})",
                end(from),
                end(to)
            )
        }
        Claim::Calls(calls) => format!(
            "at most {} calls in {} s",
            calls.max_calls, calls.window_seconds
        ),
        Claim::Cycle(cycle) => format!(
            "acts repeat each other at most {} times in {} s",
            cycle.max_turns, cycle.window_seconds
        ),
        Claim::Rate { per_minute, .. } => format!("at most {per_minute} decisions in a minute"),
        Claim::Retry { first } => format!("the output of decision {first} may be tried for again"),
        Claim::Approved => "a human granted exactly this act".to_owned(),
        Claim::Overridden { number } => {
            format!("two people signed the override of record {number}")
        }
        Claim::Drift(_) => "the figure is near its baseline".to_owned(),
        Claim::Gates { failed, .. } => {
            let names: Vec<_> = failed.iter().map(|gate| gate.name()).collect();
            format!(
                "two people signed an override of these gates: {}",
                names.join(", ")
            )
        }
        Claim::SessionSeconds { max } => format!("the session is not older than {max} s"),
        Claim::Reserve(reserve) => {
            let amount = |number| of_unit(reserve.account.unit, number);
            format!(
                "the budget {} has room for {} under its cap of {}",
                reserve.account.budget,
                amount(reserve.amount),
                amount(reserve.cap)
            )
        }
    };
    let unit = |number: u64| match &judged.claim {
        Claim::Reserve(reserve) => of_unit(reserve.account.unit, number),
        _ => number.to_string(),
    };
    let found = judged.found.map(|found| format!("; found {}", unit(found)));
    let left = judged.left.map(|left| format!("; now {}", unit(left)));
    let outcome = match judged.outcome {
        Outcome::Granted => "holds",
        Outcome::Refused => "does not hold",
        Outcome::Warned => "does not hold, which is a warning alone",
        Outcome::NotJudged => "was not judged",
    };
    format!(
        "{outcome}: {what}{}{}",
        found.unwrap_or_default(),
        left.unwrap_or_default()
    )
}

fn of_unit(unit: crate::claim::Unit, number: u64) -> String {
    use crate::claim::Unit;
    match unit {
        Unit::NanoUsd => NanoUsd::from_nano(number).to_string(),
        Unit::Tokens => format!("{number} tokens"),
        Unit::Requests => format!("{number} requests"),
    }
}

#[cfg(test)]
mod tests;
