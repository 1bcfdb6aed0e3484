//! Clauses of the mapping that a report was not asked about. Whoever leaves out the one that fails is to be seen doing it.

use sha2::{Digest, Sha256};

use super::report::Report;
use crate::{
    frameworks::{Clause, Framework},
    reports::words::{joined, shown_number},
};

/// So many are named in a sentence; the JSON has all.
const NAMED_MAX: usize = 12;
/// What a record of a report names of them, in bytes at most. Of a longer list it has the number and the digest.
pub const RECORDED_BYTES_MAX: usize = 256;

/// The clauses of a mapping that are not among these, by number, in its order.
pub fn left_out(framework: &Framework, clauses: &[&str]) -> Vec<String> {
    let ids = framework.clauses.iter().map(|clause| clause.id.as_str());
    ids.filter(|id| !clauses.contains(id))
        .map(str::to_owned)
        .collect()
}

/// The same of clauses as [`Framework::select`] gave them.
pub(super) fn not_among(framework: &Framework, clauses: &[&Clause]) -> Vec<String> {
    let ids: Vec<_> = clauses.iter().map(|clause| clause.id.as_str()).collect();
    left_out(framework, &ids)
}

/// For people: `55 of 56 clauses; left out: 15(3)`. `assessed` is how many are left.
pub(super) fn left_out_words(assessed: usize, left_out: &[String]) -> String {
    let all = (assessed + left_out.len()) as u64;
    let named = &left_out[..left_out.len().min(NAMED_MAX)];
    let more = left_out.len() - named.len();
    let named = match more {
        0 => joined(named),
        more => format!(
            "{} and {} more",
            named.join(", "),
            shown_number(more as u64)
        ),
    };
    format!(
        "This report is on {} of {} clauses of its mapping; left out: {named}.",
        shown_number(assessed as u64),
        shown_number(all)
    )
}

/// What the ledger's own record of a report says of the clauses that it is not on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// How many clauses the report is on.
    pub clauses: u64,
    /// How many of its mapping it leaves out.
    pub left_out: u64,
    /// Their numbers with a space between each two; none if there are none, or they are longer than
    /// [`RECORDED_BYTES_MAX`].
    pub names: Option<String>,
    /// SHA-256 of their numbers, each with a line feed after it; none if there are none.
    pub digest: Option<[u8; 32]>,
}

impl LeftOut {
    /// Of a report.
    pub fn of(report: &Report) -> Self {
        let ids = &report.framework.left_out;
        let lines: String = ids.iter().map(|id| format!("{id}\n")).collect();
        let names = ids.join(" ");
        Self {
            clauses: report.clauses.len() as u64,
            left_out: ids.len() as u64,
            names: (!names.is_empty() && names.len() <= RECORDED_BYTES_MAX).then_some(names),
            digest: (!ids.is_empty()).then(|| Sha256::digest(lines).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let ids = |number: usize| (0..number).map(|id| id.to_string()).collect::<Vec<_>>();
        assert_eq!(
            left_out_words(55, &ids(1)),
            "This report is on 55 of 56 clauses of its mapping; left out: 0."
        );
        let long = left_out_words(1, &ids(1_212));
        assert!(
            long.starts_with("This report is on 1 of 1,213 clauses"),
            "{long}"
        );
        assert!(long.ends_with("10, 11 and 1,200 more."), "{long}");
    }
}
