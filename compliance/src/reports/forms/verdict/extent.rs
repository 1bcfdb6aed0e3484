//! How far completeness reaches: of which records of which ledger it is, and of what it says nothing.

use indelible_evidence::verdict::Question;

use crate::reports::{
    data::{
        AnswerName, Verification,
        verification::{BundleFacts, PartFacts, vouched::Vouched},
    },
    moments::shown_text,
    words::{counted, shown_number},
};

/// How far an answer that holds reaches, where that is not plain, and who vouches for that; none for all other answers.
/// *Complete* is said of a ledger and of positions in it, as far as somebody outside vouches for them, and never beyond.
pub(crate) fn extent(verification: &Verification, question: Question) -> Option<String> {
    let answer = &verification.verdict.completeness;
    if question != Question::Completeness || answer.answer != AnswerName::Holds {
        return None;
    }
    let reach = verification.reach.as_ref()?;
    let bundle = &verification.bundle;
    let signed = verification.checkpoint_time.operator.as_deref();
    let vouched = Vouched {
        reach,
        origin: &bundle.origin,
        from: bundle.from,
        to: bundle.to,
        size: bundle.size,
        signed: signed.map(shown_text),
    };
    let holds = format!(
        "{vouched}; of what was recorded later, or in another ledger, and of what was never recorded, it says nothing"
    );
    let limits = [
        other_records(bundle),
        other_ledgers(bundle),
        contents(bundle),
    ];
    let limits = limits.into_iter().flatten();
    Some(
        std::iter::once(holds)
            .chain(limits)
            .collect::<Vec<_>>()
            .join("; "),
    )
}

/// The records of the ledger that a range leaves out.
fn other_records(bundle: &BundleFacts) -> Option<String> {
    let before = bundle.from;
    let after = bundle.size.saturating_sub(bundle.to);
    (before + after > 0).then(|| {
        format!(
            "the ledger has {} before these and {} after them up to that checkpoint, which are not in this bundle",
            counted(before, "record", "records"),
            shown_number(after)
        )
    })
}

/// The ledgers before and after it, which have bundles of their own.
fn other_ledgers(bundle: &BundleFacts) -> Option<String> {
    let before = bundle.keys.predecessor.as_ref();
    let before = before.map(|before| before.origin.as_str());
    let closed = bundle.keys.closed.as_ref();
    let after = closed.and_then(|closed| closed.successor.as_deref());
    match (before, after) {
        (None, None) => None,
        (Some(one), None) => Some(format!(
            "what came before stands in {one}, which needs a bundle and a known head of its own"
        )),
        (None, Some(one)) => Some(format!(
            "what came after stands in {one}, which needs a bundle and a known head of its own"
        )),
        (Some(before), Some(after)) => Some(format!(
            "what came before stands in {before}, and what came after in {after}: each needs a bundle and a known head of \
             its own"
        )),
    }
}

/// Contents that are not there: that a record is there does not say that its contents are.
fn contents(bundle: &BundleFacts) -> Option<String> {
    let absent = |parts: &PartFacts| parts.withheld + parts.erased + parts.archived;
    match (absent(&bundle.bodies), absent(&bundle.payloads)) {
        (0, 0) => None,
        (bodies, payloads) => Some(format!(
            "all of these records are here, but not all of their contents: {} and {} were left out, erased or archived",
            counted(bodies, "body", "bodies"),
            counted(payloads, "payload", "payloads")
        )),
    }
}
