//! What whoever verified can do about an answer that is not there, and what doing it is worth.

use indelible_evidence::verdict::FindingCode;
use indelible_evidence::verify::HEAD_WANTED;

use crate::reports::{data::Verification, words::counted};

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
        .chain(copied_badly(verification))
        .chain(unopened(verification))
        .collect()
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
    Some(format!(
        "{told} encrypted and not opened: verified to be what was recorded, but not readable here, and no report over \
         this bundle counts what they say. Who may read them asks the operator for a bundle that discloses the keys of \
         these events (indelible export --disclose-keys)."
    ))
}
