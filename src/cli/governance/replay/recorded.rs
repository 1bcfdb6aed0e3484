//! What records of governance say, and decisions in words.

use indelible_governance::{
    claim::Verdict,
    record::{Decision, Entry},
};
use indelible_ledger::Rules;

use super::bundle::GovernanceRecord;

/// What a record says. After a carried state, the documents of policies may lie before it: of a binding of these only what
/// needs no policy is known.
pub(in crate::cli::governance) fn read(
    rules: &mut Rules,
    record: &GovernanceRecord,
    is_carried: bool,
) -> Result<Option<Entry>, String> {
    let read = rules.read(
        record.position.sequence,
        &record.event_type,
        &record.payload,
        record.actor.as_deref(),
    );
    match Entry::decode(&record.payload) {
        Ok(entry @ Entry::Binding(_)) if is_carried && read.is_err() => Ok(Some(entry)),
        _ => read,
    }
}

/// A verdict in a word.
pub(in crate::cli::governance) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::Warn => "warn",
        Verdict::Escalate => "escalate",
        Verdict::Deny => "deny",
    }
}

/// A decision in a few words.
pub(super) fn said(decision: &Decision) -> String {
    let verdict = word(decision.verdict);
    let failure = decision.failure.as_ref();
    let code = failure.map(|failure| format!(" ({})", failure.code));
    format!("{verdict}{}", code.unwrap_or_default())
}
