//! What measures rest on: which bodies, what those that nobody read may do to them, and who made what is counted.
//!
//! A measure that is not listed rests on every body, may move either way, and is decided only where all was read: what
//! is forgotten here lowers clauses and raises none.

use super::unread::Reads;

/// What one unread event more, of those that a measure rests on, may do to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It adds at most one; of a share, at most one to the whole and, with it, one to the part.
    Adds,
    /// It takes nothing away; of a share, it adds at most one to the whole and takes nothing from the part.
    Grows,
    /// Anything: it may be what another record is held against.
    Moves,
}

/// Whose records a measure counts, as far as that keeps it from deciding anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// What clients recorded of systems and people.
    Recorded,
    /// What the ledger itself recorded of its keys, its readers and its reports.
    LedgersOwn,
    /// What a client said of its own work.
    OwnWord,
    /// What evidence that holds gives one value alone.
    Certain,
    /// All that there is of something: there is some wherever there is an event.
    Everything,
}

/// What a measure rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Basis {
    /// The bodies that it rests on.
    pub(super) reads: Reads,
    /// What unread ones may do to it.
    pub(super) change: Change,
    /// Whose records it counts.
    pub(super) counted: Counted,
    /// It is held against what was recorded before: what lies before a range may change it.
    pub(super) carried: bool,
    /// It compares times.
    pub(super) timed: bool,
}

impl Basis {
    const fn of(reads: Reads, change: Change) -> Self {
        Self {
            reads,
            change,
            counted: Counted::Recorded,
            carried: false,
            timed: false,
        }
    }

    const fn counting(mut self, counted: Counted) -> Self {
        self.counted = counted;
        self
    }

    const fn carried(mut self) -> Self {
        self.carried = true;
        self
    }

    const fn timed(mut self) -> Self {
        self.timed = true;
        self
    }
}

const DECISIONS: Reads = Reads::Families(&["ai.decision."]);
const ACTS: Reads = Reads::Families(&[
    "ai.agent.",
    "ai.approval.",
    "ai.budget.",
    "ai.decision.",
    "ai.override.",
    "ai.oversight.",
    "ai.performance.",
    "ai.tool_call.",
]);
const AGENTS: Reads = Reads::Families(&["ai.agent."]);
const OVERRIDES: Reads = Reads::Families(&["ai.override."]);
const OVERRIDDEN: Reads = Reads::Families(&["ai.decision.", "ai.override."]);
const INTERVENTIONS: Reads = Reads::Families(&["ai.oversight."]);
const REVIEWED: Reads = Reads::Families(&["ai.decision.", "ai.override.", "ai.oversight."]);
const REVIEWERS: Reads = Reads::Families(&["ai.approval.", "ai.override.", "ai.oversight."]);
const ASKED: Reads = Reads::Families(&["ai.approval."]);
const APPROVED: Reads = Reads::Families(&["ai.agent.", "ai.approval.", "ai.tool_call."]);
const TOOL_CALLS: Reads = Reads::Families(&["ai.tool_call."]);
const POLICIES: Reads = Reads::Families(&["ai.policy."]);
const DATASETS: Reads = Reads::Families(&["ai.dataset."]);
const RELEASES: Reads = Reads::Families(&["ai.model."]);
const USED: Reads = Reads::Families(&["ai.decision.", "ai.performance."]);
const REGISTERED: Reads = Reads::Families(&[
    "ai.decision.",
    "ai.evaluation.",
    "ai.model.",
    "ai.performance.",
    "ai.policy.",
]);
const PERFORMANCE: Reads = Reads::Families(&["ai.performance."]);
const INCIDENTS: Reads = Reads::Families(&["ai.incident."]);
const VIOLATIONS: Reads = Reads::Families(&["ai.violation."]);
const BUDGETS: Reads = Reads::Families(&["ai.budget."]);
const REQUESTS: Reads = Reads::Families(&["privacy.request."]);

const ADDS: Change = Change::Adds;
const GROWS: Change = Change::Grows;
const MOVES: Change = Change::Moves;

/// Measures by name, and those of a fold by what their names begin with; the longest that fits counts.
const BASES: &[(&str, Basis)] = &[
    (
        "access.",
        Basis::of(Reads::AnyBody, MOVES).counting(Counted::LedgersOwn),
    ),
    ("agents.", Basis::of(ACTS, MOVES).carried()),
    ("agents.coverage", Basis::of(ACTS, GROWS).carried()),
    ("agents.declared", Basis::of(AGENTS, ADDS)),
    ("agents.declared_without_operator", Basis::of(AGENTS, MOVES)),
    ("agents.halts", Basis::of(AGENTS, ADDS)),
    ("agents.longest_silence", Basis::of(ACTS, MOVES).timed()),
    ("agents.resumed_without_human", Basis::of(AGENTS, ADDS)),
    ("agents.resumes", Basis::of(AGENTS, ADDS)),
    ("agents.seen", Basis::of(ACTS, ADDS)),
    ("agents.seen_undeclared", Basis::of(ACTS, MOVES).carried()),
    ("budgets.", Basis::of(BUDGETS, MOVES).carried()),
    ("budgets.recorded", Basis::of(BUDGETS, ADDS)),
    (
        "custody.",
        Basis::of(Reads::Headers, ADDS).counting(Counted::LedgersOwn),
    ),
    (
        "custody.malformed_statements",
        Basis::of(Reads::Headers, ADDS).counting(Counted::Certain),
    ),
    ("decisions.", Basis::of(DECISIONS, ADDS)),
    ("decisions.greatest_risk_score", Basis::of(DECISIONS, MOVES)),
    ("gaps.", Basis::of(Reads::AnyBody, MOVES)),
    (
        "gaps.greatest_clock_distance",
        Basis::of(Reads::AnyBody, GROWS),
    ),
    (
        "gaps.longest_silence",
        Basis::of(Reads::AnyBody, MOVES).timed(),
    ),
    ("gaps.misfits", Basis::of(Reads::AnyBody, ADDS)),
    (
        "gaps.sources",
        Basis::of(Reads::AnyBody, ADDS).counting(Counted::Everything),
    ),
    ("gaps.times_unreadable", Basis::of(Reads::AnyBody, ADDS)),
    (
        "imports.",
        Basis::of(Reads::AnyBody, MOVES).counting(Counted::OwnWord),
    ),
    ("incidents.", Basis::of(INCIDENTS, MOVES).carried()),
    ("incidents.reported", Basis::of(INCIDENTS, ADDS)),
    ("incidents.serious", Basis::of(INCIDENTS, ADDS)),
    (
        "incidents.serious_open_at_end",
        Basis::of(INCIDENTS, MOVES).carried(),
    ),
    ("incidents.violations", Basis::of(VIOLATIONS, ADDS)),
    ("incidents.violations_", Basis::of(VIOLATIONS, ADDS)),
    ("oversight.", Basis::of(APPROVED, MOVES).carried()),
    ("oversight.approvals_denied", Basis::of(ASKED, ADDS)),
    ("oversight.approvals_expired", Basis::of(ASKED, ADDS)),
    ("oversight.approvals_granted", Basis::of(ASKED, ADDS)),
    ("oversight.approvals_requested", Basis::of(ASKED, ADDS)),
    ("oversight.interventions", Basis::of(INTERVENTIONS, ADDS)),
    (
        "oversight.interventions_before_decision",
        Basis::of(REVIEWED, MOVES).carried(),
    ),
    (
        "oversight.interventions_on_decisions_outside",
        Basis::of(REVIEWED, MOVES).carried(),
    ),
    (
        "oversight.override_rate",
        Basis::of(OVERRIDDEN, GROWS).carried(),
    ),
    ("oversight.overrides", Basis::of(OVERRIDES, ADDS)),
    (
        "oversight.overrides_before_decision",
        Basis::of(OVERRIDDEN, MOVES).carried(),
    ),
    (
        "oversight.overrides_of_decisions_outside",
        Basis::of(OVERRIDDEN, MOVES).carried(),
    ),
    ("oversight.reviewers", Basis::of(REVIEWERS, ADDS)),
    (
        "oversight.share_resolved",
        Basis::of(ASKED, GROWS).carried(),
    ),
    (
        "oversight.time_to_decide_",
        Basis::of(ASKED, MOVES).carried().timed(),
    ),
    (
        "oversight.time_to_intervene_",
        Basis::of(REVIEWED, MOVES).carried().timed(),
    ),
    (
        "oversight.time_to_override_",
        Basis::of(OVERRIDDEN, MOVES).carried().timed(),
    ),
    ("performance.", Basis::of(PERFORMANCE, ADDS)),
    ("performance.greatest_drift", Basis::of(PERFORMANCE, MOVES)),
    ("performance.latency_", Basis::of(PERFORMANCE, MOVES)),
    ("performance.metrics", Basis::of(PERFORMANCE, GROWS)),
    (
        "records.",
        Basis::of(Reads::Headers, ADDS).counting(Counted::Everything),
    ),
    ("records.span", Basis::of(Reads::Headers, ADDS).timed()),
    ("registry.", Basis::of(REGISTERED, MOVES).carried()),
    ("registry.datasets", Basis::of(DATASETS, ADDS)),
    ("registry.models_released", Basis::of(RELEASES, ADDS)),
    ("registry.models_used", Basis::of(USED, ADDS)),
    (
        "registry.models_used_unreleased",
        Basis::of(REGISTERED, MOVES).carried(),
    ),
    ("registry.policies_registered", Basis::of(POLICIES, ADDS)),
    ("registry.policies_used", Basis::of(DECISIONS, ADDS)),
    (
        "registry.policies_used_unregistered",
        Basis::of(REGISTERED, MOVES).carried(),
    ),
    ("registry.tool_", Basis::of(TOOL_CALLS, ADDS)),
    ("registry.tools", Basis::of(TOOL_CALLS, ADDS)),
    ("requests.", Basis::of(REQUESTS, MOVES).carried()),
    (
        "requests.access_late",
        Basis::of(REQUESTS, MOVES).carried().timed(),
    ),
    (
        "requests.erasure_late",
        Basis::of(REQUESTS, MOVES).carried().timed(),
    ),
    (
        "requests.late",
        Basis::of(REQUESTS, MOVES).carried().timed(),
    ),
    ("requests.received", Basis::of(REQUESTS, ADDS)),
    ("retention.", Basis::of(Reads::Headers, MOVES).carried()),
    ("retention.bodies_", Basis::of(Reads::AnyBody, MOVES)),
    ("retention.span", Basis::of(Reads::Headers, ADDS).timed()),
    ("subjects.", Basis::of(Reads::AnyBody, MOVES)),
    (
        "subjects.data_keys",
        Basis::of(Reads::Headers, ADDS).counting(Counted::Everything),
    ),
    ("subjects.data_keys_erased", Basis::of(Reads::Headers, ADDS)),
    (
        "subjects.erased_keys_with_bodies",
        Basis::of(Reads::Headers, ADDS),
    ),
    ("subjects.erasures", Basis::of(Reads::Headers, ADDS)),
    (
        "subjects.events_after_erasure",
        Basis::of(Reads::Headers, ADDS),
    ),
    (
        "subjects.events_under_erased_keys",
        Basis::of(Reads::Headers, ADDS),
    ),
    (
        "subjects.in_the_clear",
        Basis::of(Reads::Headers, ADDS).counting(Counted::Certain),
    ),
    ("subjects.named", Basis::of(Reads::AnyBody, ADDS)),
    ("subjects.without_basis", Basis::of(Reads::AnyBody, ADDS)),
];

/// What the measure of this name rests on.
pub(super) fn basis_of(measure: &str) -> Basis {
    let listed = BASES.iter().filter(|(name, _)| {
        let whole = !name.ends_with(['.', '_']);
        measure == *name || !whole && measure.starts_with(name)
    });
    let longest = listed.max_by_key(|(name, _)| name.len());
    longest.map_or(
        Basis::of(Reads::AnyBody, Change::Moves).carried(),
        |(_, basis)| *basis,
    )
}
