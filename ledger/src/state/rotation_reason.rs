//! Why a key is rotated, in words that mean the same to everybody who reads the records.

/// Why a key is rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationReason {
    /// Its time had come.
    Scheduled,
    /// It may be in the hands of somebody else, or something else happened to it.
    Incident,
    /// A rule, an audit or a contract asks for it.
    Policy,
}

impl RotationReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Scheduled, Self::Incident, Self::Policy];

    /// Its name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Incident => "incident",
            Self::Policy => "policy",
        }
    }
}
