//! The stores of a data directory, by their numbers.

/// The file that names the live store.
pub(super) const LIVE: &str = "live";

/// The live store, and the layout that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Live {
    pub(super) generation: Generation,
    pub(super) layout: u32,
}

/// The number of a store within its data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Generation(u32);

impl Generation {
    /// The first one of a directory.
    pub(super) const FIRST: Self = Self(1);

    /// The name of its directory.
    pub(super) fn name(self) -> String {
        format!("store-{:04}", self.0)
    }

    /// The one with this name, if it is one's.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let number = name.strip_prefix("store-")?.parse().ok().map(Self)?;
        (number.name() == name).then_some(number)
    }

    /// The one that takes its place.
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
