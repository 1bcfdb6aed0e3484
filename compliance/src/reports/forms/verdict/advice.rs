//! What whoever verified can do about an answer that is not there, and what doing it is worth.

use indelible_evidence::verify::HEAD_WANTED;

use crate::reports::data::Verification;

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
    rotated.into_iter().collect()
}
