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
    found.ok_or_else(|| NotShipped {
        asked: match version {
            Some(version) => format!("{id} version {version}"),
            None => id.to_owned(),
        },
        allowed: SHIPPED
            .iter()
            .map(|shipped| format!("{} version {}", shipped.id, shipped.version))
            .collect(),
    })
}

impl Shipped {
    /// Reads it.
    pub fn read(&self, catalogue: &Catalogue) -> Result<Framework, MappingError> {
        Framework::read(self.file, self.text, catalogue)
    }
}
