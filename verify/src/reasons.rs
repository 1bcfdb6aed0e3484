//! Why a report and the one that a bundle gives may differ. None of it excuses a difference: a report that was changed and
//! records that were erased since may come together, so each cause that can have a part in it is told.

use indelible_compliance::reports::{AnswerName, BodyCounts, Report, counted};
use indelible_evidence::verify::{Report as Verification, Scoped};

use crate::claim::Claim;

/// How many erasures are told one by one.
const ERASURES_TOLD_MAX: usize = 16;

/// What is known of it, in the order of what it weighs.
pub(crate) fn reasons(claimed: &Claim, made: &Report, verification: &Verification) -> Vec<String> {
    let (of, root) = (&made.ledger.checkpoint_size, &made.ledger.checkpoint_root);
    if claimed.ledger.checkpoint_root != *root {
        return vec![format!(
            "at size {of} these records have the root {root}, but the report names {}: it belongs to another history",
            claimed.ledger.checkpoint_root
        )];
    }
    let answers = [&made.evidence.integrity, &made.evidence.custody];
    if answers
        .iter()
        .any(|answer| answer.answer == AnswerName::Broken)
    {
        return vec!["this bundle is broken: its verdict says where".to_owned()];
    }
    let mut reasons = Vec::new();
    if claimed.recorded_ahead != made.recorded_ahead {
        reasons.push(
            "it says something else of recorded times after that of its checkpoint than this bundle, whose checkpoint is \
             of the same size"
                .to_owned(),
        );
    }
    if let Some(scoped) = &verification.scoped {
        if let Some(revoked) = scoped.revoked_since {
            reasons.push(format!(
                "the identity that signed at size {of} was revoked at size {revoked}, so its signature there is void"
            ));
        }
        reasons.extend(erased(scoped));
    }
    reasons.extend(bodies(
        claimed.bodies(),
        &made.evidence.bodies,
        verification,
    ));
    reasons
}

/// What erasures took away since the report was made: each with its own count.
fn erased(scoped: &Scoped) -> Option<String> {
    let all: u64 = scoped.erased_since.values().sum();
    if all == 0 {
        return None;
    }
    let each = scoped.erased_since.iter().take(ERASURES_TOLD_MAX);
    let mut each: Vec<_> = each
        .map(|(by, records)| {
            format!("{records} by the erasure that record {by} states with its ground")
        })
        .collect();
    let more = scoped.erased_since.len().saturating_sub(ERASURES_TOLD_MAX);
    if more > 0 {
        each.push(format!(
            "the rest by {}",
            counted(more as u64, "later erasure", "later erasures")
        ));
    }
    Some(format!(
        "{} erased after it: {}; only a bundle from before shows whether that is the only difference",
        counted(all, "of its records was", "of its records were"),
        each.join(", ")
    ))
}

/// What else became of bodies: of some more can be read now or fewer, and some are not there.
fn bodies(then: &BodyCounts, now: &BodyCounts, verification: &Verification) -> Vec<String> {
    let mut reasons = Vec::new();
    let opened = verification.bundle.bodies.opened;
    let is_gone = |then: u64, now: u64| now.saturating_sub(then);
    let gone = is_gone(then.erased, now.erased)
        + is_gone(then.withheld, now.withheld)
        + is_gone(then.archived, now.archived);
    if now.open > then.open || now.sealed > then.sealed {
        reasons.push(format!(
            "{} of its bodies were read, but {} can be read in this bundle: the bundle discloses other keys (--decrypt)",
            then.open, now.open
        ));
    } else if gone > 0 && opened > 0 && then.sealed > now.sealed {
        // As many may have become readable as are gone, so that the counts alone don't show it.
        reasons.push(format!(
            "this bundle discloses keys that open {}, and the report was made where {} could not be read: the bundle may \
             disclose other keys (--decrypt)",
            counted(opened, "body", "bodies"),
            counted(then.sealed, "body", "bodies")
        ));
    }
    let withheld = is_gone(then.withheld, now.withheld);
    if withheld > 0 {
        reasons.push(format!(
            "{} left out of this bundle, and were not when the report was made",
            counted(withheld, "of its bodies is", "of its bodies are")
        ));
    }
    let archived = is_gone(then.archived, now.archived);
    if archived > 0 {
        reasons.push(format!(
            "{} recorded as archived since",
            counted(archived, "of its bodies is", "of its bodies are")
        ));
    }
    let by_erasures = verification.scoped.as_ref();
    let by_erasures: u64 = by_erasures.map_or(0, |scoped| scoped.erased_since.values().sum());
    let disposed = is_gone(then.erased, now.erased).saturating_sub(by_erasures);
    if disposed > 0 {
        reasons.push(format!(
            "{} recorded as erased since, under a rule of retention: the verdict names the disposals",
            counted(disposed, "more of its bodies is", "more of its bodies are")
        ));
    }
    reasons
}
