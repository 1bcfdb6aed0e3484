//! What became of a part, in one word.

use crate::v1::PartState;

impl PartState {
    /// The word for it, as the command line and exports have it; empty if it is not known.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "",
            Self::Present => "present",
            Self::None => "none",
            Self::Withheld => "withheld",
            Self::Sealed => "sealed",
            Self::Erased => "erased",
            Self::Archived => "archived",
            Self::Missing => "missing",
        }
    }
}
