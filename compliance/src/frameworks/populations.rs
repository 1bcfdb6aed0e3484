//! What it means, in words, that there is nothing of what criteria are about.

use crate::{
    number::{counted, shown_number},
    projections::measure::{Measures, Value},
};

/// Measures that count populations, and what is so where they come to nothing.
const NOTHING: &[(&str, &str)] = &[
    ("agents.declared", "no declaration of an agent is recorded"),
    ("agents.halts", "no halt of an agent is recorded"),
    ("agents.resumes", "no end of a halt is recorded"),
    (
        "agents.seen",
        "no event names an agent that acts or is present",
    ),
    ("attempts.recorded", "no attempt to get access is recorded"),
    ("breaches.high_risk", "no breach of high risk is recorded"),
    ("breaches.recorded", "no breach is recorded"),
    ("consents.events_on_consent", "no event rests on a consent"),
    (
        "consents.withdrawn",
        "no withdrawal of a consent is recorded",
    ),
    ("decisions.recorded", "no decision is recorded"),
    (
        "disposals.erasing",
        "no disposal that erased contents is recorded",
    ),
    (
        "governance.acts_told",
        "no client tells of anything that was done",
    ),
    ("governance.agents", "the ledger's own gate knows no agent"),
    (
        "governance.approvals_opened",
        "the ledger's own gate asked no human",
    ),
    (
        "governance.completions",
        "nobody told the ledger's own gate how an act ended",
    ),
    (
        "governance.decisions",
        "the ledger's own gate decided nothing",
    ),
    (
        "governance.halts",
        "nothing was halted at the ledger's own gate",
    ),
    (
        "governance.records",
        "the ledger's own gate recorded nothing",
    ),
    ("incidents.closed", "no incident is recorded as closed"),
    ("incidents.reported", "no incident is recorded"),
    ("incidents.serious", "no incident is recorded as serious"),
    ("incidents.violations", "no violation is recorded"),
    ("logging.failures", "no failure of logging is recorded"),
    ("logging.sources", "no source says in which state it is"),
    ("logging.starts", "no source says that it starts to log"),
    (
        "oversight.approvals_granted",
        "no granted approval is recorded",
    ),
    (
        "oversight.approvals_used",
        "nothing is recorded as done under an approval",
    ),
    ("oversight.overrides", "no override is recorded"),
    (
        "oversight.reviewers",
        "nobody is named as a reviewer of what others did",
    ),
    (
        "performance.calls",
        "no call of a model says whether it failed",
    ),
    (
        "performance.recorded",
        "no performance of a model is recorded",
    ),
    ("records.live", "no event is recorded that was not imported"),
    ("registry.datasets", "no data set is registered"),
    (
        "registry.models_released",
        "no release of a model is recorded",
    ),
    (
        "registry.models_retired",
        "no retirement of a model is recorded",
    ),
    (
        "registry.models_used",
        "no event names a model that was used",
    ),
    ("registry.policies_used", "no decision names a policy"),
    ("registry.tools", "no call of a tool is recorded"),
    (
        "requests.access_answered",
        "no answer to a request for access is recorded",
    ),
    (
        "requests.access_received",
        "no request for access is recorded",
    ),
    (
        "requests.erasure_fulfilled",
        "no request for erasure is recorded as fulfilled",
    ),
    (
        "requests.erasure_received",
        "no request for erasure is recorded",
    ),
    (
        "requests.explanation_received",
        "no request for an explanation is recorded",
    ),
    (
        "requests.human_intervention_received",
        "no request for a human is recorded",
    ),
    ("requests.objection_received", "no objection is recorded"),
    (
        "requests.portability_received",
        "no request for portable data is recorded",
    ),
    ("requests.received", "no request of a person is recorded"),
    (
        "requests.rectification_received",
        "no request for rectification is recorded",
    ),
    ("requests.refused", "no refusal of a request is recorded"),
    (
        "requests.restriction_received",
        "no request for restriction is recorded",
    ),
    ("reviews.recorded", "no review of the log is recorded"),
    (
        "reviews.with_findings",
        "no review with findings is recorded",
    ),
    (
        "subjects.data_keys_erased",
        "no erasure of a key is recorded",
    ),
    ("subjects.on_people", "no event is about a person"),
    ("uses.matches", "no match is recorded"),
    ("uses.recorded", "no use is recorded"),
];

/// What the ledger's own gate records of the same kind that this population's measure counts of clients' events.
struct AtGate {
    /// The measure of the population.
    of: &'static str,
    /// What is so where no client's event is of it.
    told: &'static str,
    /// The measure of what the gate recorded.
    gate: &'static str,
    /// What the gate did,
    verb: &'static str,
    /// and one of it,
    one: &'static str,
    /// and more of it.
    more: &'static str,
}

const fn recorded(
    of: &'static str,
    told: &'static str,
    gate: &'static str,
    [one, more]: [&'static str; 2],
) -> AtGate {
    AtGate {
        of,
        told,
        gate,
        verb: "recorded",
        one,
        more,
    }
}

/// Of what clients tell, and the gate records by itself.
const AT_GATE: &[AtGate] = &[
    recorded(
        "agents.declared",
        "no client's event declares an agent",
        "governance.declarations",
        ["declaration of an agent", "declarations of agents"],
    ),
    recorded(
        "agents.halts",
        "no client's event tells of a halt of an agent",
        "governance.halts",
        ["halt", "halts"],
    ),
    recorded(
        "agents.resumes",
        "no client's event tells of the end of a halt",
        "governance.resumptions",
        ["resumption", "resumptions"],
    ),
    AtGate {
        of: "agents.seen",
        told: "no client's event names an agent that acts or is present",
        gate: "governance.agents",
        verb: "knows",
        one: "agent",
        more: "agents",
    },
    recorded(
        "decisions.recorded",
        "no client's event tells of a decision",
        "governance.decisions",
        ["decision", "decisions"],
    ),
    recorded(
        "incidents.violations",
        "no client's event tells of a violation",
        "governance.denied",
        ["denial", "denials"],
    ),
    recorded(
        "oversight.approvals_granted",
        "no client's event tells of a granted approval",
        "governance.approvals_granted",
        ["granted approval", "granted approvals"],
    ),
    recorded(
        "oversight.approvals_used",
        "no client's event tells of anything done under an approval",
        "governance.approvals_used",
        [
            "decision that used an approval",
            "decisions that used an approval each",
        ],
    ),
    recorded(
        "oversight.overrides",
        "no client's event tells of an override",
        "governance.overrides_signed",
        ["signature under an override", "signatures under overrides"],
    ),
    recorded(
        "oversight.reviewers",
        "no client's event names a reviewer of what others did",
        "governance.people",
        [
            "name of somebody who granted, denied, halted, resumed or signed",
            "names of people who granted, denied, halted, resumed or signed",
        ],
    ),
    recorded(
        "records.live",
        "no client's event is recorded that was not imported",
        "governance.records",
        ["entry of its own", "entries of its own"],
    ),
    recorded(
        "registry.models_used",
        "no client's event names a model that was used",
        "governance.model_calls",
        [
            "call of a model that it allowed",
            "calls of models that it allowed",
        ],
    ),
    recorded(
        "registry.policies_used",
        "no client's decision names a policy",
        "governance.share_with_policy",
        ["decision under a policy", "decisions under policies"],
    ),
    recorded(
        "registry.tools",
        "no client's event tells of a call of a tool",
        "governance.tool_calls",
        [
            "call of a tool that it allowed",
            "calls of tools that it allowed",
        ],
    ),
];

/// What is so where this population is empty, beside what the ledger's own gate recorded of the kind: what clients don't tell
/// of may be there all the same.
pub(super) fn nothing_of_beside(measure: &str, measures: &Measures) -> String {
    let listed = AT_GATE.iter().find(|beside| beside.of == measure);
    let Some((beside, gate)) = listed.and_then(|one| Some((one, measures.0.get(one.gate)?))) else {
        return nothing_of(measure);
    };
    let (number, unread) = match gate.value {
        Value::Count(number) => (number, gate.unread.count()),
        Value::Share { part, .. } => (part, gate.unread.count()),
        _ => (0, gate.unread.count()),
    };
    let is_unread = match unread {
        1 => "1 record of the ledger's own gate that can't be read may be of it".to_owned(),
        _ => format!(
            "{} records of the ledger's own gate that can't be read may be of it",
            shown_number(unread)
        ),
    };
    match (number, unread) {
        (0, 0) => nothing_of(measure),
        (0, _) => format!("{}; {is_unread}", beside.told),
        _ => format!(
            "{}; the ledger's own gate {} {}",
            beside.told,
            beside.verb,
            counted(number, beside.one, beside.more)
        ),
    }
}

/// What is so where the population that this measure counts is empty.
pub fn nothing_of(measure: &str) -> String {
    let listed = NOTHING.iter().find(|(name, _)| *name == measure);
    listed.map_or_else(
        || format!("{measure} is 0"),
        |(_, words)| (*words).to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        frameworks::SHIPPED,
        projections::{catalogue::Catalogue, folds::Projections},
    };

    #[test]
    fn every_population_of_a_mapping_has_words() {
        let measures = Projections::default().measures();
        for (name, _) in NOTHING {
            assert!(measures.0.contains_key(*name), "{name}");
        }
        for beside in AT_GATE {
            assert!(measures.0.contains_key(beside.of), "{}", beside.of);
            assert!(measures.0.contains_key(beside.gate), "{}", beside.gate);
        }
        for shipped in SHIPPED {
            let framework = shipped
                .read(&Catalogue::of_this_build())
                .expect("a mapping");
            let criteria = framework.clauses.iter().flat_map(|clause| &clause.criteria);
            for held in criteria.filter_map(|criterion| criterion.held.as_ref()) {
                assert!(!nothing_of(&held.of).ends_with(" is 0"), "{}", held.of);
            }
        }
    }
}
