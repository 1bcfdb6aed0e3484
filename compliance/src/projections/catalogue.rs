//! What there is to ask for: the projections of this build with their versions and measures.

use std::collections::{BTreeMap, BTreeSet};

use crate::projections::folds::{FoldName, Projections};

/// The projections that mappings may name. A projection gives the same names of measures whatever it folded, so the
/// state of no records at all has them.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    projections: BTreeMap<String, BTreeMap<u32, BTreeSet<String>>>,
}

impl Catalogue {
    /// The projections of this build.
    pub fn of_this_build() -> Self {
        let given = Projections::default().measures();
        FoldName::ALL
            .iter()
            .fold(Self::default(), |catalogue, fold| {
                let of_fold = |name: &&String| name.split('.').next() == Some(fold.as_str());
                let names = given.0.keys().filter(of_fold);
                let names: Vec<_> = names.collect();
                let versions = fold.oldest_version()..=fold.version();
                versions.fold(catalogue, |catalogue, version| {
                    catalogue.with_named(fold.as_str(), version, names.iter().copied())
                })
            })
    }

    /// With one projection more, given by its names.
    #[must_use]
    pub fn with_named(
        mut self,
        name: &str,
        version: u32,
        measures: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let versions = self.projections.entry(name.to_owned()).or_default();
        let names = versions.entry(version).or_default();
        names.extend(measures.into_iter().map(Into::into));
        self
    }

    /// The projections' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.projections.keys().map(String::as_str)
    }

    /// The versions of a projection that this build can run; none if it has no such projection.
    pub fn versions(&self, name: &str) -> impl Iterator<Item = u32> {
        self.projections
            .get(name)
            .into_iter()
            .flat_map(|versions| versions.keys().copied())
    }

    /// The measures of one version of a projection, if there is that.
    pub fn measures(&self, name: &str, version: u32) -> Option<&BTreeSet<String>> {
        self.projections.get(name)?.get(&version)
    }
}
