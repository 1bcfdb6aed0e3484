//! What may become of an anchor's file while it is open.

use std::fmt;

/// How the file that is open stands to its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The path names it, and it has its length.
    InPlace,
    /// Nothing lies under the path.
    Gone,
    /// Another file does.
    Other,
    /// It was cut short, or emptied.
    Emptied,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InPlace => "in place",
            Self::Gone => "gone",
            Self::Other => "another file",
            Self::Emptied => "emptied or cut short",
        })
    }
}
