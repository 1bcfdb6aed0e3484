//! Verified, unverified or broken.

use std::fmt;

use serde::Serialize;

/// What importers that check say of an artifact and of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that is there was checked, and holds.
    Verified,
    /// Something could not be checked, and nothing is broken.
    Unverified,
    /// Something is broken.
    Broken,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verified => "verified",
            Self::Unverified => "unverified",
            Self::Broken => "broken",
        })
    }
}
