//! The mappings that come with the program.
//!
//! A file is `<id>.v<version>.yaml`. What a release has carried never changes: a change is a file with the next
//! version, and the old one stays for as long as a report can name it.

use super::{error::MappingError, framework::Framework};
use crate::projections::catalogue::Catalogue;

/// A mapping that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// The framework's id.
    pub id: &'static str,
    /// The mapping's version.
    pub version: u32,
    /// The file's name.
    pub file: &'static str,
    /// The file.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($id:literal $version:literal)+) => {
        /// All of them, by id and version.
        pub const SHIPPED: &[Shipped] = &[$(Shipped {
            id: $id,
            version: $version,
            file: concat!($id, ".v", $version, ".yaml"),
            text: include_str!(concat!("../../frameworks/", $id, ".v", $version, ".yaml")),
        },)+];
    };
}

shipped! {
    "eu-ai-act" 2
    "gdpr" 2
    "hipaa" 2
    "iso-42001" 2
    "nist-ai-rmf" 2
    "owasp-agentic" 1
    "pci-dss" 2
    "soc2" 2
}

/// No such mapping comes with the program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no mapping {asked}; there are {}", allowed.join(", "))]
pub struct NotShipped {
    /// What was asked for.
    pub asked: String,
    /// What there is.
    pub allowed: Vec<String>,
}

/// Finds a mapping: the version asked for, or the newest.
pub fn shipped(id: &str, version: Option<u32>) -> Result<&'static Shipped, NotShipped> {
    let of_id = SHIPPED.iter().filter(|shipped| shipped.id == id);
    let found = match version {
        Some(version) => of_id.into_iter().find(|shipped| shipped.version == version),
        None => of_id.max_by_key(|shipped| shipped.version),
    };
    found.ok_or_else(|| NotShipped::named(id, version))
}

/// Why no shipped mapping is meant by a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetUnknown {
    /// None has this id, nor a set of this name.
    #[error(
        "{0}; or name one of their sets, such as article12 or gdpr/article15, or the file of a mapping"
    )]
    Nowhere(NotShipped),
    /// Several frameworks have such a set.
    #[error("{set} is a set of more than one framework: say {}", said.join(" or "))]
    Several {
        /// The set.
        set: String,
        /// What to say instead.
        said: Vec<String>,
    },
}

/// The newest mapping that has a set of this name, and the set: `article12`, or `gdpr/article15` where more than one
/// framework has it.
///
/// # Errors
/// If no framework has it, or several have.
pub fn with_set<'a>(
    name: &'a str,
    catalogue: &Catalogue,
) -> Result<(&'static Shipped, &'a str), SetUnknown> {
    let (framework, set) = match name.split_once('/') {
        Some((framework, set)) => (Some(framework), set),
        None => (None, name),
    };
    let has_set = |shipped: &&&Shipped| {
        let read = shipped.read(catalogue);
        framework.is_none_or(|framework| framework == shipped.id)
            && read.is_ok_and(|read| read.sets.contains_key(set))
    };
    let found: Vec<&'static Shipped> = SHIPPED.iter().filter(|one| has_set(&one)).collect();
    let mut ids: Vec<_> = found.iter().map(|shipped| shipped.id).collect();
    ids.dedup();
    let newest = found.into_iter().max_by_key(|shipped| shipped.version);
    match (newest, &*ids) {
        (Some(found), [_]) => Ok((found, set)),
        (Some(_), ids) => Err(SetUnknown::Several {
            set: set.to_owned(),
            said: ids.iter().map(|id| format!("{id}/{set}")).collect(),
        }),
        (None, _) => Err(SetUnknown::Nowhere(NotShipped::named(name, None))),
    }
}

impl NotShipped {
    fn named(id: &str, version: Option<u32>) -> Self {
        let of_version = |shipped: &Shipped| format!("{} version {}", shipped.id, shipped.version);
        Self {
            asked: version.map_or_else(
                || id.to_owned(),
                |version| format!("{id} version {version}"),
            ),
            allowed: SHIPPED.iter().map(of_version).collect(),
        }
    }
}

impl Shipped {
    /// Reads it.
    pub fn read(&self, catalogue: &Catalogue) -> Result<Framework, MappingError> {
        Framework::read(self.file, self.text, catalogue)
    }
}
