//! What whoever verified can do about an answer that is not there, and what doing it is worth.

use indelible_evidence::verdict::FindingCode;
use indelible_evidence::verify::HEAD_WANTED;

use crate::reports::{
    data::{AnswerName, Verification},
    moments::shown_span,
    words::{counted, shown_number},
};

/// What to do, a sentence or more for each thing.
pub(crate) fn advice(verification: &Verification) -> Vec<String> {
    let custody = &verification.verdict.custody;
    let wanted = custody.missing.iter();
    let mut wanted = wanted.filter_map(|missing| missing.strip_prefix(HEAD_WANTED));
    let rotated = wanted.next().map(|size| {
        format!(
            "The ledger's identity was replaced since the pinned key. Whoever stole the old key could have made that up, \
             with all that follows, so someone outside this bundle must vouch for what came after. Get a checkpoint of \
             size{size} or more by another way than this bundle came, and give it with --known-head; or give a policy \
             with witnesses that cosigned the checkpoint, with --policy. What it is worth is what its source is worth: \
             a witness, or somebody who kept a checkpoint of their own, vouches against the operator, too; one from the \
             operator shows that this is the operator's own bundle and no thief's, and nothing against the operator."
        )
    });
    let rotated = rotated.into_iter();
    rotated
        .chain(older_than_the_head(verification))
        .chain(from_the_future(verification))
        .chain(copied_badly(verification))
        .chain(unopened(verification))
        .collect()
}

/// Where the known head is larger than the bundle: what is likelier than that somebody cut records off.
fn older_than_the_head(verification: &Verification) -> Option<String> {
    let head = verification.trusted.known_head.as_ref()?;
    let (known, size) = (head.size, verification.bundle.size);
    let answer = &verification.verdict.completeness;
    if known <= size || answer.answer == AnswerName::Holds {
        return None;
    }
    let rotated = match answer.answer {
        AnswerName::Unanswerable => {
            " If the identity was replaced in between, this bundle can't know the key that signed the head, so that it says \
             nothing against the head either."
        }
        AnswerName::Broken | AnswerName::Holds => "",
    };
    Some(format!(
        "The known head has {}, and this bundle only {}. The bundle may simply have been made before the head: get one that \
         reaches size {} or more, and hold the same head against it. Whoever can't give you one has lost records, or hides \
         them.{rotated}",
        counted(known, "record", "records"),
        shown_number(size),
        shown_number(known)
    ))
}

/// Where the checkpoint was signed later than now.
fn from_the_future(verification: &Verification) -> Option<String> {
    let code = FindingCode::FromFuture.as_str();
    let mut findings = verification.verdict.freshness.findings.iter();
    findings.find(|finding| finding.code == code)?;
    let times = &verification.checkpoint_time;
    let ahead = times
        .age_seconds?
        .unsigned_abs()
        .saturating_mul(1_000_000_000);
    let now = match verification.trusted.now.as_ref()?.word.as_str() {
        "given" => "the time that was given with --now",
        _ => "this machine's clock",
    };
    Some(format!(
        "The checkpoint bears a time that lies {} ahead of {now}. It is not too old: one of the two clocks is wrong. Check \
         {now} first; --now gives another time. If that is right, the clock of whoever signed was ahead.",
        shown_span(ahead)
    ))
}

/// Where the archive itself is cut or has something behind it: what is likelier than that somebody altered evidence.
fn copied_badly(verification: &Verification) -> Option<String> {
    let integrity = &verification.verdict.integrity;
    let found = |code: FindingCode| {
        let mut findings = integrity.findings.iter();
        findings.any(|finding| finding.code == code.as_str())
    };
    let seen = if found(FindingCode::ArchiveTruncated) {
        "The file ends early, as a download or a copy does that was broken off."
    } else if found(FindingCode::ArchiveTrailing) {
        "The file goes on behind its end, as it does when a tool fills it up with zeros (dd, tar, a tape)."
    } else {
        return None;
    };
    Some(format!(
        "{seen} That is no sign that a record was altered, but it is not the bundle that was made either, so nothing can be \
         relied on. Fetch the bundle again, byte for byte, and compare its length or SHA-256 with those of the original."
    ))
}

/// What is verified and can't be read.
fn unopened(verification: &Verification) -> Option<String> {
    let (bodies, payloads) = (
        verification.bundle.bodies.encrypted,
        verification.bundle.payloads.encrypted,
    );
    let told = match (bodies, payloads) {
        (0, 0) => return None,
        (bodies, 0) => counted(bodies, "body is", "bodies are"),
        (0, payloads) => counted(payloads, "payload is", "payloads are"),
        (bodies, payloads) => format!(
            "{} and {}",
            counted(bodies, "body", "bodies"),
            counted(payloads, "payload are", "payloads are")
        ),
    };
    let verified = match verification.verdict.integrity.answer {
        AnswerName::Holds => "verified to be what was recorded",
        _ => "what their headers commit to",
    };
    Some(format!(
        "{told} encrypted and not opened: {verified}, but not readable here, and no report over \
         this bundle counts what they say. Who may read them asks the operator for a bundle that discloses the keys of \
         these events (indelible export --disclose-keys)."
    ))
}
