//! What it means, in words, that there is nothing of what criteria are about.

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
