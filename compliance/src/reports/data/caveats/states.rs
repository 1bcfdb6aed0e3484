//! What became of contents that can't be read, in words.

use crate::reports::words::shown_number;

/// What became of so many contents, in words.
pub(super) fn state_words(state: &str, count: u64) -> String {
    let (one, more) = match state {
        "sealed" => (
            "is encrypted and was not opened",
            "are encrypted and were not opened",
        ),
        "erased" => ("was erased", "were erased"),
        "withheld" => (
            "is left out of this evidence",
            "are left out of this evidence",
        ),
        "archived" => ("is kept elsewhere", "are kept elsewhere"),
        "missing" => (
            "ought to be there and is missing",
            "ought to be there and are missing",
        ),
        _ => (
            "is not of the form that it should have",
            "are not of the form that they should have",
        ),
    };
    let verb = if count == 1 { one } else { more };
    format!("{} {verb}", shown_number(count))
}
