//! What a decision under a policy of AEGIS' kind says, for people.

use indelible_governance::record::Decision;

/// A line for each gate, each reason, each step and each constraint; none under other policies.
pub(super) fn lines(decision: &Decision) -> Vec<(&'static str, String)> {
    let (Some(evaluation), Some(conclusion)) = (&decision.trail.aegis, &decision.aegis) else {
        return Vec::new();
    };
    let mut lines = vec![("confidence", conclusion.confidence.get().to_string())];
    for result in &evaluation.gates {
        let word = if result.passed { "passed" } else { "FAILED" };
        let text = format!(
            "{} {word}: {} against {}",
            result.gate.name(),
            result.value.get(),
            result.threshold.get()
        );
        let posterior = result
            .posterior
            .map(|posterior| format!("{text}, probability {}", posterior.get()));
        lines.push(("gate", posterior.unwrap_or(text)));
    }
    let human = evaluation.human.iter();
    lines.extend(human.map(|reason| ("a human must decide", reason.text().to_owned())));
    let rationale = conclusion.rationale.iter();
    lines.extend(rationale.map(|code| ("rationale", code.text().to_owned())));
    let steps = conclusion.next_steps.iter();
    lines.extend(steps.map(|code| ("next step", code.text().to_owned())));
    let constraints = conclusion.constraints.iter();
    lines.extend(constraints.map(|code| ("constraint", code.text().to_owned())));
    lines
}
