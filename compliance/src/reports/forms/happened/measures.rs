//! What happened, in words, where a measure counts what ought not to be.

/// Measures that count what ought not to be: what one of them is, and what several are. `#` stands for the number.
pub(super) const HAPPENED: &[(&str, &str, &str)] = &[
    (
        "agents.acts_while_halted",
        "An agent acted once while it was halted",
        "Agents acted # times while they were halted",
    ),
    (
        "agents.declared_by_itself",
        "1 agent is named as the one who answers for it",
        "# agents are named as those who answer for them",
    ),
    (
        "agents.declared_without_operator",
        "For 1 declared agent nobody is named who answers for it",
        "For # declared agents nobody is named who answers for them",
    ),
    (
        "agents.resumed_without_human",
        "1 halt was ended without a person",
        "# halts were ended without a person",
    ),
    (
        "agents.seen_undeclared",
        "1 agent was seen that is not declared",
        "# agents were seen that are not declared",
    ),
    (
        "breaches.high_risk_not_told",
        "Of 1 recorded breach of high risk nothing says that the people concerned were told",
        "Of # recorded breaches of high risk nothing says that the people concerned were told",
    ),
    (
        "breaches.late_60d",
        "Of 1 recorded breach nothing says that it was notified within 60 days of awareness",
        "Of # recorded breaches nothing says that they were notified within 60 days of awareness",
    ),
    (
        "breaches.late_72h_unexplained",
        "1 recorded breach was not notified within 72 hours of awareness, and nothing says why",
        "# recorded breaches were not notified within 72 hours of awareness, and nothing says why",
    ),
    (
        "breaches.without_awareness",
        "1 recorded breach doesn't say when it became known",
        "# recorded breaches don't say when they became known",
    ),
    (
        "consents.used_after_withdrawal",
        "1 event rests on a consent that was withdrawn before",
        "# events rest on consents that were withdrawn before",
    ),
    (
        "consents.used_unknown",
        "1 event rests on a consent that was not recorded as given before",
        "# events rest on consents that were not recorded as given before",
    ),
    (
        "disposals.erased_younger_184d",
        "1 disposal erased what was younger than six months",
        "# disposals erased what was younger than six months",
    ),
    (
        "disposals.erased_younger_2192d",
        "1 disposal erased what was younger than six years",
        "# disposals erased what was younger than six years",
    ),
    (
        "disposals.erased_younger_366d",
        "1 disposal erased what was younger than twelve months",
        "# disposals erased what was younger than twelve months",
    ),
    (
        "gaps.misfits",
        "1 event doesn't fit its type",
        "# events don't fit their types",
    ),
    (
        "gaps.number_faults",
        "1 number of a producer is missing, given twice or lower than the one before",
        "# numbers of producers are missing, given twice or lower than the one before",
    ),
    (
        "gaps.times_backward",
        "A producer's own time went backward once",
        "Producers' own times went backward # times",
    ),
    (
        "governance.acts_of_no_decision",
        "1 act that a client tells of names a decision of the ledger's own gate that is not there, or came later",
        "# acts that clients tell of name decisions of the ledger's own gate that are not there, or came later",
    ),
    (
        "governance.acts_under_denial",
        "1 act that a client tells of was done under a decision that had denied it",
        "# acts that clients tell of were done under decisions that had denied them",
    ),
    (
        "governance.agents_without_operator",
        "For 1 agent that the ledger's own gate knows nobody is declared who answers for it",
        "For # agents that the ledger's own gate knows nobody is declared who answers for them",
    ),
    (
        "governance.decisions_used_again",
        "1 decision of the ledger's own gate was used for more than one call",
        "# decisions of the ledger's own gate were used for more than one call",
    ),
    (
        "governance.grants_by_askers",
        "1 act was granted by whoever had asked for it, its operator or an agent",
        "# acts were granted by those who had asked for them, their operators or agents",
    ),
    (
        "governance.overruns",
        "1 act used more than was set aside for it",
        "# acts used more than was set aside for them",
    ),
    (
        "incidents.critical_open_at_end",
        "1 critical incident was left open",
        "# critical incidents were left open",
    ),
    (
        "incidents.open_at_end",
        "1 recorded incident was left open",
        "# recorded incidents were left open",
    ),
    (
        "incidents.serious_open_at_end",
        "1 serious incident was left open",
        "# serious incidents were left open",
    ),
    (
        "incidents.serious_told_late",
        "1 serious incident was reported late",
        "# serious incidents were reported late",
    ),
    (
        "incidents.serious_without_awareness",
        "1 serious incident doesn't say when it became known",
        "# serious incidents don't say when they became known",
    ),
    (
        "incidents.violations_not_prevented",
        "1 violation is not recorded as prevented",
        "# violations are not recorded as prevented",
    ),
    (
        "logging.failures_open_at_end",
        "1 failure of logging is not recorded as ended",
        "# failures of logging are not recorded as ended",
    ),
    (
        "logging.failures_without_cause",
        "1 failure of logging doesn't name its cause",
        "# failures of logging don't name their causes",
    ),
    (
        "logging.sources_silent",
        "1 source was silent for longer than it declares",
        "# sources were silent for longer than they declare",
    ),
    (
        "logging.starts_without_interval",
        "1 start of a source doesn't declare how often it is heard",
        "# starts of sources don't declare how often they are heard",
    ),
    (
        "oversight.contests_of_decisions_outside",
        "1 request for a human names a decision that is not on record",
        "# requests for a human name decisions that are not on record",
    ),
    (
        "oversight.contests_without_decision",
        "1 request for a human names no decision",
        "# requests for a human name no decision",
    ),
    (
        "oversight.interventions_by_agents",
        "1 intervention names a reviewer that is an agent",
        "# interventions name reviewers that are agents",
    ),
    (
        "oversight.overrides_of_decisions_outside",
        "1 override names no decision that these records hold from before it",
        "# overrides name no decision that these records hold from before them",
    ),
    (
        "oversight.self_approvals",
        "1 approval was given by somebody to an agent of their own",
        "# approvals were given by somebody to an agent of their own",
    ),
    (
        "performance.calls_unsaid",
        "1 call of a model doesn't say whether it failed",
        "# calls of models don't say whether they failed",
    ),
    (
        "registry.models_approved_by_author",
        "1 release was approved by whoever recorded it",
        "# releases were approved by whoever recorded them",
    ),
    (
        "registry.models_released_without_approver",
        "1 release doesn't name who approved it",
        "# releases don't name who approved them",
    ),
    (
        "registry.models_released_without_evaluation",
        "1 model was released with no evaluation recorded before",
        "# models were released with no evaluation recorded before",
    ),
    (
        "registry.models_used_after_retirement",
        "1 model was used after it was retired",
        "# models were used after they were retired",
    ),
    (
        "registry.models_used_before_release",
        "1 model was used before its release was recorded",
        "# models were used before their releases were recorded",
    ),
    (
        "registry.models_used_unreleased",
        "1 model was used of which no release is recorded",
        "# models were used of which no release is recorded",
    ),
    (
        "registry.policies_used_before_registration",
        "1 policy was used before it was registered",
        "# policies were used before they were registered",
    ),
    (
        "registry.tools_used_unregistered",
        "1 tool was called that was not registered first",
        "# tools were called that were not registered first",
    ),
    (
        "requests.access_late",
        "1 recorded request for access waited beyond its month",
        "# recorded requests for access waited beyond their month",
    ),
    (
        "requests.erasure_late",
        "1 recorded request for erasure waited beyond its month",
        "# recorded requests for erasure waited beyond their month",
    ),
    (
        "requests.explanation_late",
        "1 recorded request for an explanation waited beyond its month",
        "# recorded requests for an explanation waited beyond their month",
    ),
    (
        "requests.human_intervention_late",
        "1 recorded request for a human waited beyond its month",
        "# recorded requests for a human waited beyond their month",
    ),
    (
        "requests.late",
        "1 recorded request waited beyond its month",
        "# recorded requests waited beyond their month",
    ),
    (
        "requests.objection_late",
        "1 recorded objection waited beyond its month",
        "# recorded objections waited beyond their month",
    ),
    (
        "requests.portability_late",
        "1 recorded request for portable data waited beyond its month",
        "# recorded requests for portable data waited beyond their month",
    ),
    (
        "requests.rectification_late",
        "1 recorded request for rectification waited beyond its month",
        "# recorded requests for rectification waited beyond their month",
    ),
    (
        "requests.refused_without_reason",
        "1 refusal gives no reason",
        "# refusals give no reason",
    ),
    (
        "requests.restriction_late",
        "1 recorded request for restriction waited beyond its month",
        "# recorded requests for restriction waited beyond their month",
    ),
    (
        "retention.kept_past_limit",
        "1 event lies past the time limit that it was recorded with",
        "# events lie past the time limits that they were recorded with",
    ),
    (
        "reviews.findings_without_incident",
        "1 review with findings names no incident",
        "# reviews with findings name no incident",
    ),
    (
        "subjects.erased_keys_with_bodies",
        "1 erased key still has contents of events in this evidence",
        "# erased keys still have contents of events in this evidence",
    ),
    (
        "subjects.erased_younger_184d",
        "1 key was erased while something under it was younger than six months",
        "# keys were erased while something under them was younger than six months",
    ),
    (
        "subjects.erased_younger_2192d",
        "1 key was erased while something under it was younger than six years",
        "# keys were erased while something under them was younger than six years",
    ),
    (
        "subjects.erased_younger_366d",
        "1 key was erased while something under it was younger than twelve months",
        "# keys were erased while something under them was younger than twelve months",
    ),
    (
        "uses.matches_without_correlation",
        "1 match has no correlation id by which it could be verified",
        "# matches have no correlation id by which they could be verified",
    ),
];
