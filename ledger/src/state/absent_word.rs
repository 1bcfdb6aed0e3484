//! What stands in the place of a part that is not there.

/// A word that stands for a part that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AbsentWord {
    Erased,
    Archived,
}
