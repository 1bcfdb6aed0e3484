//! What a bundle holds of what is asked for, as of the size that it is asked for.

use indelible_evidence::hash::TreeHash;
use indelible_evidence::verify::{Neighbours, Report as Verification};

use crate::reports::data::{Asked, Outside, RangeVerdict};

/// Why a bundle does not show what the ledger was at an older size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AsOfError {
    /// There was nothing.
    #[error("as of size 0 a ledger has no records; ask for size 1 or a later one")]
    Nothing,
    /// It is older than that.
    #[error(
        "the evidence has the checkpoint of size {size}, which does not reach size {asked}: export the ledger again, once \
         it has {asked} records"
    )]
    Beyond {
        /// The size asked for.
        asked: u64,
        /// The checkpoint's.
        size: u64,
    },
    /// It holds too little of the tree.
    #[error(
        "the evidence holds the records {from} up to but not including {to} under the checkpoint of size {size}, and so \
         can't show the root at size {asked}: export the whole ledger, or a range that ends at {asked} \
         (indelible export LEDGER --to {asked})"
    )]
    NotShown {
        /// The size asked for.
        asked: u64,
        /// The first record that it holds.
        from: u64,
        /// The one after the last.
        to: u64,
        /// The checkpoint's size.
        size: u64,
    },
    /// It is broken below that size.
    #[error("the evidence is broken, and so can't show the root at size {asked}: {finding}")]
    Broken {
        /// The size asked for.
        asked: u64,
        /// What is wrong first.
        finding: String,
    },
}

/// What a bundle holds as of the size that was asked for.
pub(super) struct Held<'a> {
    /// The first record.
    pub(super) from: u64,
    /// The one after the last.
    to: u64,
    /// The size, and the root there.
    pub(super) size: u64,
    pub(super) root: TreeHash,
    neighbours: &'a Neighbours,
    pub(super) verdict: RangeVerdict,
}

impl<'a> Held<'a> {
    pub(super) fn of(
        verification: &'a Verification,
        as_of: Option<u64>,
    ) -> Result<Self, AsOfError> {
        let bundle = &verification.bundle;
        let (from, to) = (bundle.from, bundle.to);
        let asked = as_of.unwrap_or(bundle.size);
        if asked > bundle.size {
            let size = bundle.size;
            return Err(AsOfError::Beyond { asked, size });
        }
        let scoped = verification.scoped.as_ref();
        let shown = scoped.and_then(|scoped| Some((scoped.root?, RangeVerdict::from(scoped))));
        let Some((root, verdict)) = shown else {
            return Err(not_shown(verification, asked));
        };
        Ok(Self {
            from: from.min(asked),
            to: to.min(asked),
            size: asked,
            root,
            neighbours: &bundle.neighbours,
            verdict,
        })
    }
}

/// Why there is no root at a size that the checkpoint covers.
fn not_shown(verification: &Verification, asked: u64) -> AsOfError {
    let bundle = &verification.bundle;
    let (from, to, size) = (bundle.from, bundle.to, bundle.size);
    let finding = verification.verdict.integrity.findings().first();
    match finding.filter(|_| (from..=to).contains(&asked)) {
        Some(finding) => AsOfError::Broken {
            asked,
            finding: finding.to_string(),
        },
        None => AsOfError::NotShown {
            asked,
            from,
            to,
            size,
        },
    }
}

/// What of the range the bundle does not hold. `last` is when the last record that it holds was recorded.
pub(super) fn outside(asked: &Asked, last: Option<u64>, held: &Held<'_>) -> Vec<Outside> {
    match *asked {
        Asked::Whole | Asked::EventPeriod { records: None, .. } => {
            Outside::of_records((0, held.size), (held.from, held.to))
        }
        Asked::Records { from, to }
        | Asked::EventPeriod {
            records: Some((from, to)),
            ..
        } => Outside::of_records((from, to), (held.from, held.to)),
        Asked::Period { from, to } => {
            let neighbours = held.neighbours;
            let mut outside = Vec::new();
            let reaches =
                |time: Option<u64>| time.is_some_and(|time| from.is_none_or(|from| time >= from));
            if held.from > 0 && (from.is_none() || reaches(neighbours.before)) {
                outside.push(Outside::BeginsBefore);
            }
            let ends = neighbours.after;
            if held.to < held.size && ends.is_none_or(|time| to.is_none_or(|to| time < to)) {
                outside.push(Outside::EndsAfter);
            } else if held.to == held.size
                && let Some((to, last)) = to.zip(last)
                && last < to
            {
                outside.push(Outside::NotOver { last });
            }
            outside
        }
    }
}
