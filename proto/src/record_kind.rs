//! What kind of record it is, in one word.

use crate::v1::RecordKind;

impl RecordKind {
    /// The word of the evidence format, as the command line and exports have it; empty if it is not known.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "",
            Self::Event => "event",
            Self::Governance => "governance",
            Self::Genesis => "genesis",
            Self::Epoch => "epoch",
            Self::Identity => "identity",
            Self::Revocation => "revocation",
            Self::Kek => "kek",
            Self::DataKey => "data-key",
            Self::Erasure => "erasure",
            Self::Hold => "hold",
            Self::Settings => "settings",
            Self::Producer => "producer",
            Self::Disposal => "disposal",
            Self::Closed => "closed",
        }
    }
}
