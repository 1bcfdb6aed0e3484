//! What stores say of entries that are not as they must be.

use super::id::Term;
use crate::error::{Result, StoreError};

/// The error of a scan that did not find what it must.
pub(crate) fn gap(expected: u64, found: Option<u64>) -> StoreError {
    StoreError::Damaged {
        place: format!("record {expected}"),
        finding: match found {
            Some(found) => format!("the next record stored is {found}"),
            None => "no such record".to_owned(),
        },
    }
}

/// The term after this one. After the greatest there is none, so that no
/// writer starts: no store gets there by itself.
pub(crate) fn next_term(term: Term) -> Result<Term> {
    let next = term.number().checked_add(1).map(Term::new);
    next.ok_or_else(|| StoreError::Damaged {
        place: "the catalogue".to_owned(),
        finding: "the newest writer's term is the greatest number there is, so no writer can follow it. Somebody \
                  altered the entry: restore the newest copy of the data directory"
            .to_owned(),
    })
}
