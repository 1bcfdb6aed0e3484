//! What a record of the ledger's own gate that can't be read may change.

const DECISION: &[&str] = &["indelible.governance.decision"];
const COMPLETION: &[&str] = &["indelible.governance.completion"];
const OPENED: &[&str] = &["indelible.governance.approval_opened"];
const ANSWERED: &[&str] = &["indelible.governance.approval_answered"];
const EXPIRED: &[&str] = &["indelible.governance.approval_expired"];
const AGENT: &[&str] = &["indelible.governance.agent"];
const HALTED: &[&str] = &[
    "indelible.governance.halted",
    "indelible.governance.succeeded",
];
const RESUMED: &[&str] = &["indelible.governance.resumed"];
const SIGNED: &[&str] = &["indelible.governance.override_signed"];
/// What clients tell of as done.
const TOLD: &[&str] = &["ai.decision", "ai.tool_call"];

/// As for events.
pub(super) const CHANGED_BY: &[(&str, &[&[&str]])] = &[
    ("governance.acts", &[DECISION, TOLD]),
    ("governance.acts_of_no_decision", &[TOLD]),
    ("governance.acts_on_word", &[TOLD]),
    ("governance.acts_told", &[TOLD]),
    ("governance.agents", &[AGENT, DECISION]),
    ("governance.allowed", &[DECISION]),
    ("governance.approvals_denied", &[ANSWERED, OPENED]),
    ("governance.approvals_expired", &[EXPIRED, OPENED]),
    ("governance.approvals_granted", &[ANSWERED, OPENED]),
    ("governance.approvals_opened", &[OPENED]),
    (
        "governance.approvals_unanswered",
        &[ANSWERED, EXPIRED, OPENED],
    ),
    ("governance.approvals_used", &[DECISION]),
    ("governance.approvals_waiting", &[ANSWERED, EXPIRED, OPENED]),
    ("governance.completions", &[COMPLETION]),
    ("governance.declarations", &[AGENT]),
    ("governance.decisions", &[DECISION]),
    ("governance.decisions_used_again", &[TOLD]),
    ("governance.denied", &[DECISION]),
    ("governance.escalated", &[DECISION]),
    ("governance.grants_by_askers", &[AGENT, ANSWERED, OPENED]),
    ("governance.halted_at_end", &[HALTED, RESUMED]),
    ("governance.halts", &[HALTED]),
    ("governance.kept_", &[&["indelible.governance"]]),
    ("governance.model_calls", &[DECISION]),
    ("governance.nano_usd", &[COMPLETION]),
    ("governance.not_readable", &[&["indelible.governance"]]),
    ("governance.not_the_agent", &[DECISION]),
    ("governance.operators", &[AGENT]),
    ("governance.overrides_signed", &[SIGNED]),
    ("governance.overruns", &[COMPLETION]),
    ("governance.people", &[ANSWERED, HALTED, RESUMED, SIGNED]),
    ("governance.records", &[&["indelible.governance"]]),
    ("governance.releases", &[&["indelible.governance.released"]]),
    ("governance.resumptions", &[RESUMED]),
    ("governance.shadows", &[DECISION]),
    ("governance.share_acts_decided", &[DECISION, TOLD]),
    ("governance.share_approvals_answered", &[ANSWERED, OPENED]),
    ("governance.share_of_days", &[DECISION]),
    ("governance.share_with_policy", &[DECISION]),
    ("governance.time_to_answer", &[ANSWERED, OPENED]),
    ("governance.tokens", &[COMPLETION]),
    ("governance.tool_calls", &[DECISION]),
    ("governance.warned", &[DECISION]),
];
