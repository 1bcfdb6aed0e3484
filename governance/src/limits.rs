//! Every limit of this crate, by name.

/// Bytes of a policy document.
pub const POLICY_DOCUMENT_BYTES_MAX: usize = 1_048_576;

/// How deep a policy document may nest.
pub const POLICY_NESTING_LEVELS_MAX: usize = 64;

/// Documents of one chain of `extends`, the policy itself included.
pub const POLICY_EXTENDS_LEVELS_MAX: usize = 16;

/// Guards of one policy.
pub const POLICY_GUARDS_MAX: usize = 64;

/// Guards up to which every combination of those that match is compiled once and kept.
pub const POLICY_KEPT_GUARDS_MAX: usize = 6;

/// Bytes of a guard's condition.
pub const GUARD_EXPRESSION_BYTES_MAX: usize = 4_096;

/// How deep the parentheses and negations of a guard's condition may nest.
pub const GUARD_NESTING_LEVELS_MAX: usize = 32;

/// Schemas inside one JSON Schema.
pub const SCHEMA_NODES_MAX: usize = 4_096;

/// Steps of checking one value against a schema, after which it is refused.
pub const SCHEMA_STEPS_MAX: usize = 1_000_000;

/// How deep references of a schema are followed inside each other.
pub const SCHEMA_DEPTH_LEVELS_MAX: usize = 128;

/// Bytes of the compiled form of one regular expression.
pub const PATTERN_BYTES_MAX: usize = 262_144;

/// Bytes of an invocation: input, output, context and tool calls together.
pub const INVOCATION_BYTES_MAX: usize = 1_048_576;

/// How deep an invocation may nest.
pub const INVOCATION_NESTING_LEVELS_MAX: usize = 64;

/// Digits of one integer of an invocation.
pub const INTEGER_DIGITS_MAX: usize = 4_300;

/// Tool calls of one invocation.
pub const TOOL_CALLS_MAX: usize = 1_024;

/// Calls of tools that an output may ask for.
pub const OUTPUT_TOOLS_MAX: usize = 128;

/// Bytes of the name of an agent, a session, a principal, a tool, a model or a label.
pub const GOVERNED_NAME_BYTES_MAX: usize = 256;

/// Tools, interfaces, hidden tools or models that one scope may name, of each.
pub const SCOPE_ENTRIES_MAX: usize = 1_024;

/// Budgets, loop rules or rates that one policy may have, of each.
pub const GATE_RULES_MAX: usize = 32;

/// Nano-USD of a cap: a million dollars.
pub const BUDGET_NANO_USD_MAX: u64 = 1_000_000_000_000_000;

/// Tokens of a cap.
pub const BUDGET_TOKENS_MAX: u64 = 1_000_000_000;

/// Requests of a cap.
pub const BUDGET_REQUESTS_MAX: u64 = 1_000_000_000;

/// Seconds that a session may be capped at: a day.
pub const SESSION_SECONDS_MAX: u64 = 86_400;

/// Seconds that a reservation may be pending: a day.
pub const RESERVATION_SECONDS_MAX: u64 = 86_400;

/// Seconds that a reservation is pending unless the policy says otherwise: an hour.
pub const RESERVATION_SECONDS_DEFAULT: u64 = 3_600;

/// Seconds of a rolling window: 31 days.
pub const ROLLING_SECONDS_MAX: u64 = 2_678_400;

/// Slices in which a rolling window is counted; use leaves it a slice at a time, never early.
pub const ROLLING_SLICES: u64 = 60;

/// Seconds of a loop's window.
pub const LOOP_WINDOW_SECONDS_MAX: u64 = 3_600;

/// Calls in a loop's window.
pub const LOOP_CALLS_MAX: u32 = 1_000;

/// Actions of a session that are searched for cycles.
pub const CYCLE_ACTIONS_KEPT: usize = 32;

/// Actions of the longest cycle that is searched for.
pub const CYCLE_LENGTH_MAX: usize = 4;

/// Decisions a minute that a rate may allow.
pub const RATE_PER_MINUTE_MAX: u32 = 100_000;

/// Seconds until an approval expires unless the policy says otherwise: an hour.
pub const APPROVAL_SECONDS_DEFAULT: u64 = 3_600;

/// Seconds after which every approval has expired: 30 days.
pub const APPROVAL_SECONDS_MAX: u64 = 2_592_000;

/// Approvals of one agent that may be open at once.
pub const OPEN_APPROVALS_PER_AGENT_MAX: usize = 100;

/// Approvals that are answered at once.
pub const APPROVAL_BATCH_MAX: usize = 50;

/// Seconds for which a claim of an approval keeps others from answering it.
pub const APPROVAL_CLAIM_SECONDS: u64 = 900;

/// Bytes of the justification of an override.
pub const OVERRIDE_JUSTIFICATION_BYTES_MAX: usize = 4_096;

/// Gates that one override may name.
pub const OVERRIDE_GATES_MAX: usize = 16;

/// Principals that may sign overrides in one ledger.
pub const OVERRIDE_SIGNERS_MAX: usize = 1_024;

/// Seconds after which the votes on a proposal are over at the latest: 30 days.
pub const PROPOSAL_SECONDS_MAX: u64 = 2_592_000;

/// Seconds after which an override has expired: a day.
pub const OVERRIDE_SECONDS: u64 = 86_400;

/// Votes on one proposal.
pub const PROPOSAL_VOTES_MAX: usize = 64;

/// Further attempts at an output that a policy may allow; a greater number counts as this one.
pub const RETRIES_MAX: u32 = 1_000;

/// Milliseconds of a policy's `backoff_ms`; a greater number counts as this one: a day.
pub const RETRY_BACKOFF_MS_MAX: u32 = 86_400_000;

/// Seconds after the last thing that was heard of an act whose output failed, after which it can't be tried again: a day.
pub const RETRY_SECONDS: u64 = 86_400;

/// Acts whose outputs failed and may be tried for again. At the limit a failed output is answered without a further attempt.
pub const STATE_RETRIES_MAX: usize = 65_536;

/// Seconds without a sign after which an agent is unresponsive, unless the policy says otherwise.
pub const UNRESPONSIVE_SECONDS_DEFAULT: u64 = 300;

/// Agents that one ledger knows.
pub const STATE_AGENTS_MAX: usize = 100_000;

/// Sessions that one ledger knows. A session is never forgotten, since its caps and its halt would be, too.
pub const STATE_SESSIONS_MAX: usize = 1_048_576;

/// Accounts of budgets that are in use.
pub const STATE_ACCOUNTS_MAX: usize = 1_048_576;

/// Reservations that are pending, or posted because they expired and may still be corrected.
pub const STATE_RESERVATIONS_MAX: usize = 262_144;

/// Approvals that are neither used nor expired.
pub const STATE_APPROVALS_MAX: usize = 65_536;

/// Windows of loops and rates with a call in them.
pub const STATE_WINDOWS_MAX: usize = 1_048_576;

/// Policies and bindings, of each.
pub const STATE_POLICIES_MAX: usize = 65_536;

/// Overrides and proposals that are not at their end, of each.
pub const STATE_PROPOSALS_MAX: usize = 65_536;

/// Characters of the summary of a proposal, in a request under a policy of AEGIS' kind.
pub const PROPOSAL_SUMMARY_CHARS_MAX: usize = 10_000;

/// Subscores of quality in one request.
pub const QUALITY_SUBSCORES_MAX: usize = 64;

/// Values of a baseline of drift, at the least; a window with fewer finds no drift.
pub const DRIFT_VALUES_MIN: usize = 30;

/// Values of a baseline of drift.
pub const DRIFT_VALUES_MAX: usize = 100_000;

/// Bins in which a figure is counted.
pub const DRIFT_BINS_MAX: usize = 10;

/// Days that a window of drift may have: a leap year.
pub const DRIFT_WINDOW_DAYS_MAX: u32 = 366;

/// Baselines of drift in one ledger, one a policy.
pub const STATE_BASELINES_MAX: usize = 1_024;
