//! What one event that can't be read undecides: what its type can change, and nothing else. The type stands in the header
//! and is read.

mod gate;

use std::collections::{BTreeMap, BTreeSet};

use indelible_compliance::reports::{OutcomeFacts, Report, Subject};

use crate::full;
use crate::ledger::{Shown, Told, reports, subject_from};

/// Any event may change it.
const ANY: &[&str] = &[""];
/// No event's contents change it: headers and key events do.
const NONE: &[&str] = &[];
/// What agents do.
const ACTS: &[&str] = &[
    "ai.agent.present",
    "ai.approval.requested",
    "ai.budget",
    "ai.decision",
    "ai.performance",
    "ai.tool_call",
];
/// What says that a name is an agent's.
const AGENTS: &[&str] = &[
    "ai.agent.declared",
    "ai.agent.halted",
    "ai.agent.present",
    "ai.agent.resumed",
];
/// What is done in other roles than an agent's.
const ROLES: &[&str] = &[
    "ai.approval",
    "ai.dataset",
    "ai.evaluation",
    "ai.model",
    "ai.override",
    "ai.oversight",
    "ai.policy",
    "ai.tool.registered",
    "ai.use",
    "log.review",
];
const APPROVALS: &[&str] = &["ai.approval"];
/// What humans do.
const HUMANS: &[&str] = &["ai.override", "ai.oversight", "ai.approval"];

/// By the beginnings of measures' names, the types that may change them, by their beginnings. The longest name that fits
/// counts; of a list, each.
const CHANGED_BY: &[(&str, &[&[&str]])] = &[
    ("access.", &[&["indelible.access", "indelible.report"]]),
    ("agents.acts", &[ACTS]),
    ("agents.acts_by_undeclared", &[ACTS, AGENTS]),
    (
        "agents.acts_while_halted",
        &[ACTS, ROLES, &["ai.agent.halted", "ai.agent.resumed"]],
    ),
    (
        "agents.coverage",
        &[ACTS, &["ai.agent.declared", "ai.violation"]],
    ),
    ("agents.declared", &[&["ai.agent.declared"]]),
    ("agents.declared_by_itself", &[AGENTS]),
    (
        "agents.halted_at_end",
        &[&["ai.agent.halted", "ai.agent.resumed"]],
    ),
    ("agents.halts", &[&["ai.agent.halted"]]),
    ("agents.halts_by_", &[AGENTS]),
    ("agents.halts_by_human", &[ACTS, AGENTS, &["ai.violation"]]),
    ("agents.longest_silence", &[ACTS, &["ai.violation"]]),
    ("agents.not_readable", &[&["ai.agent"]]),
    ("agents.resume", &[&["ai.agent.halted", "ai.agent.resumed"]]),
    ("agents.seen", &[ACTS, AGENTS, &["ai.violation"]]),
    ("agents.seen_undeclared", &[ACTS, AGENTS, &["ai.violation"]]),
    ("attempts.", &[&["access.attempt"]]),
    ("breaches.", &[&["privacy.breach"]]),
    ("budgets.", &[&["ai.budget"]]),
    ("consents.", &[ANY]),
    ("consents.given", &[&["privacy.consent"]]),
    ("consents.not_readable", &[&["privacy.consent"]]),
    ("consents.withdrawn", &[&["privacy.consent"]]),
    ("custody.", &[NONE]),
    ("decisions.", &[&["ai.decision"]]),
    // Whether a body is there does not hang on whether it can be read.
    ("disposals.", &[NONE]),
    ("gaps.", &[ANY]),
    ("imports.", &[&["indelible.import"]]),
    ("incidents.", &[&["ai.incident"]]),
    ("incidents.closed", &[&["ai.incident.v"]]),
    ("incidents.critical_open_at_end", &[&["ai.incident.v"]]),
    (
        "incidents.not_readable",
        &[&["ai.incident", "ai.violation"]],
    ),
    ("incidents.open_at_end", &[&["ai.incident.v"]]),
    ("incidents.reported", &[&["ai.incident.v"]]),
    ("incidents.serious", &[&["ai.incident.v"]]),
    ("incidents.serious_told", &[&["ai.incident"]]),
    ("incidents.time_to_close", &[&["ai.incident.v"]]),
    ("incidents.told", &[&["ai.incident.reported"]]),
    ("incidents.violations", &[&["ai.violation"]]),
    ("logging.", &[&["log.state"]]),
    ("logging.sources_silent", &[ANY]),
    ("oversight.approvals", &[APPROVALS]),
    ("oversight.approvals_denied", &[&["ai.approval.denied"]]),
    ("oversight.approvals_expired", &[&["ai.approval.expired"]]),
    ("oversight.approvals_granted", &[&["ai.approval.granted"]]),
    (
        "oversight.approvals_requested",
        &[&["ai.approval.requested"]],
    ),
    ("oversight.approvals_used", &[APPROVALS, &["ai.tool_call"]]),
    ("oversight.contests", &[&["privacy.request.received"]]),
    (
        "oversight.contests_of_decisions_outside",
        &[&["ai.decision", "privacy.request.received"]],
    ),
    ("oversight.decisions_not_readable", &[&["ai.decision"]]),
    (
        "oversight.decisions_reviewed",
        &[AGENTS, &["ai.decision", "ai.override", "ai.oversight"]],
    ),
    ("oversight.granted", &[APPROVALS]),
    ("oversight.granted_operator_unknown", &[APPROVALS, AGENTS]),
    ("oversight.interventions", &[&["ai.oversight"]]),
    (
        "oversight.interventions_before_decision",
        &[&["ai.decision", "ai.oversight"]],
    ),
    (
        "oversight.interventions_by_deciders",
        &[&["ai.decision", "ai.override", "ai.oversight"]],
    ),
    ("oversight.interventions_by_agents", &[HUMANS, AGENTS]),
    (
        "oversight.interventions_linked",
        &[&["ai.decision", "ai.oversight"]],
    ),
    (
        "oversight.interventions_on_",
        &[&["ai.decision", "ai.oversight"]],
    ),
    (
        "oversight.interventions_unlinked",
        &[&["ai.decision", "ai.override", "ai.oversight"]],
    ),
    ("oversight.not_readable", &[HUMANS]),
    ("oversight.notices", &[&["privacy.notice"]]),
    ("oversight.override", &[&["ai.decision", "ai.override"]]),
    ("oversight.overrides", &[&["ai.override"]]),
    ("oversight.overrides_", &[&["ai.decision", "ai.override"]]),
    ("oversight.reviewers", &[HUMANS, AGENTS]),
    ("oversight.self_approvals", &[APPROVALS, AGENTS]),
    (
        "oversight.share_approvals_used_rightly",
        &[APPROVALS, AGENTS, &["ai.tool_call"]],
    ),
    (
        "oversight.share_contested_looked_after",
        &[
            AGENTS,
            &[
                "ai.decision",
                "ai.override",
                "ai.oversight",
                "privacy.request.received",
            ],
        ],
    ),
    (
        "oversight.share_decisions_reviewed",
        &[AGENTS, &["ai.decision", "ai.override", "ai.oversight"]],
    ),
    (
        "oversight.share_decisions_told",
        &[&["ai.decision", "privacy.notice"]],
    ),
    (
        "oversight.share_interventions_linked",
        &[&["ai.decision", "ai.override", "ai.oversight"]],
    ),
    ("oversight.share_resolved", &[APPROVALS]),
    ("oversight.time_to_decide", &[APPROVALS]),
    (
        "oversight.time_to_intervene",
        &[&["ai.decision", "ai.oversight"]],
    ),
    (
        "oversight.time_to_override",
        &[&["ai.decision", "ai.override"]],
    ),
    ("performance.", &[&["ai.performance"]]),
    ("records.", &[ANY]),
    ("registry.dataset", &[&["ai.dataset"]]),
    ("registry.evaluations", &[&["ai.evaluation"]]),
    (
        "registry.models",
        &[&["ai.decision", "ai.model", "ai.performance"]],
    ),
    (
        "registry.models_approved_by_author",
        &[&["ai.model.released"]],
    ),
    ("registry.models_released", &[&["ai.model.released"]]),
    (
        "registry.models_released_without_evaluation",
        &[&["ai.evaluation", "ai.model.released"]],
    ),
    ("registry.models_retired", &[&["ai.model.retired"]]),
    (
        "registry.models_used",
        &[&["ai.decision", "ai.performance"]],
    ),
    (
        "registry.models_used_after_retirement",
        &[&["ai.decision", "ai.model", "ai.performance"]],
    ),
    (
        "registry.models_used_before_release",
        &[&["ai.decision", "ai.model.released", "ai.performance"]],
    ),
    (
        "registry.models_used_unreleased",
        &[&["ai.decision", "ai.model.released", "ai.performance"]],
    ),
    (
        "registry.not_readable",
        &[&["ai.dataset", "ai.model", "ai.policy", "ai.tool_call"]],
    ),
    ("registry.policies", &[&["ai.policy"]]),
    ("registry.policies_used", &[&["ai.decision"]]),
    ("registry.policies_used_", &[&["ai.decision", "ai.policy"]]),
    ("registry.share_datasets", &[&["ai.dataset"]]),
    (
        "registry.share_models_measured",
        &[&["ai.decision", "ai.performance"]],
    ),
    ("registry.share_models_with_", &[&["ai.model.released"]]),
    ("registry.tool_", &[&["ai.tool_call"]]),
    ("registry.tools", &[&["ai.tool_call", "ai.tool.registered"]]),
    ("registry.tools_registered", &[&["ai.tool.registered"]]),
    ("registry.uses", &[&["ai.decision", "ai.performance"]]),
    ("requests.", &[&["privacy.request"]]),
    ("retention.", &[ANY]),
    ("reviews.", &[&["log.review"]]),
    ("subjects.", &[ANY]),
    ("uses.", &[&["ai.use"]]),
    ("uses.share_matches_confirmed", &[AGENTS, &["ai.use"]]),
    ("uses.share_matches_verified", &[AGENTS, &["ai.use"]]),
];

/// Of requests, more time for an answer changes only whether it came in time.
const LATE: [&str; 5] = [
    "late",
    "in_time",
    "not_readable",
    "time_to_answer",
    "without_received_at",
];

/// Whether an event of this type may change this measure.
fn may_change(event_type: &str, measure: &str) -> bool {
    let listed = CHANGED_BY.iter().chain(gate::CHANGED_BY);
    let fitting = listed.filter(|(name, _)| measure.starts_with(name));
    let longest = fitting.max_by_key(|(name, _)| name.len());
    let (_, lists) = longest.unwrap_or_else(|| panic!("{measure} is not listed"));
    let mut types = lists.iter().flat_map(|list| list.iter());
    let is_more_time = event_type.starts_with("privacy.request.extended");
    let is_of_time = LATE.iter().any(|part| measure.ends_with(part));
    // More time for a request changes what goes by time, and nothing else of requests.
    let of_other_requests =
        measure.starts_with("requests.") && !is_of_time && !measure.contains("time_to_answer");
    let is_excepted = is_more_time && of_other_requests;
    types.any(|begins| event_type.starts_with(begins)) && !is_excepted
}

/// The criteria of all clauses, with what came of them.
fn criteria(reports: &[Report]) -> Vec<(String, String, OutcomeFacts, String)> {
    let clauses = reports.iter().flat_map(|report| {
        let name = &report.framework.id;
        report.clauses.iter().map(move |clause| (name, clause))
    });
    let criteria = clauses.flat_map(|(framework, clause)| {
        let criteria = clause.criteria.iter();
        criteria.map(move |one| {
            let population = one.population.as_ref();
            let population = population.map_or("", |population| &population.measure);
            let name = format!("{framework} {}: {}", clause.id, one.measure);
            (name, population.to_owned(), one.outcome, one.words.clone())
        })
    });
    criteria.collect()
}

/// What changes in measures though the event that is closed can't change it, and which criteria fall though neither their
/// measure nor their population can.
fn undue(event_type: &str, whole: &Subject, less: &Subject) -> BTreeSet<String> {
    let mut undue = BTreeSet::new();
    for (name, measure) in &less.measures.0 {
        if *measure != whole.measures.0[name] && !may_change(event_type, name) {
            undue.insert(name.clone());
        }
    }
    let pairs = criteria(&reports(whole))
        .into_iter()
        .zip(criteria(&reports(less)));
    for ((name, population, before, _), (_, _, after, words)) in pairs {
        let measure = name.rsplit(' ').next().unwrap_or_default();
        let is_due = may_change(event_type, measure)
            || !population.is_empty() && may_change(event_type, &population);
        if before == OutcomeFacts::Met && after != before && !is_due {
            undue.insert(format!("{name}: {words}"));
        }
    }
    undue
}

/// One event of each type, from over the ledger: the first and the last.
fn of_each_type(ledger: &[Told]) -> Vec<usize> {
    let mut places: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (place, event) in ledger.iter().enumerate().filter(|(_, event)| !event.erases) {
        let ends = places.entry(&event.event_type).or_insert((place, place));
        ends.1 = place;
    }
    let all: BTreeSet<_> = places
        .into_values()
        .flat_map(|(first, last)| [first, last])
        .collect();
    all.into_iter().collect()
}

#[test]
fn a_closed_event_leaves_open_only_what_its_type_can_change() {
    let mut wrong: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ledger in full::ledgers() {
        let whole = subject_from(0, &ledger);
        for place in of_each_type(&ledger) {
            let mut less = ledger.clone();
            less[place] = ledger[place].shown(Shown::Sealed);
            let event_type = &ledger[place].event_type;
            let undue = undue(event_type, &whole, &subject_from(0, &less));
            wrong.entry(event_type.clone()).or_default().extend(undue);
        }
    }
    wrong.retain(|_, undue| !undue.is_empty());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
