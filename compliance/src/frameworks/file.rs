//! A mapping as it is written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

/// The first line of every mapping, so that a later form is not misread.
pub const MAPPING_FORMAT: &str = "indelible-mapping/1";

/// How long a mapping file may be.
pub const MAPPING_BYTES_MAX: usize = 1 << 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MappingFile {
    pub(super) format: Spanned<String>,
    pub(super) id: Spanned<String>,
    pub(super) version: u32,
    pub(super) date: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) short: Spanned<String>,
    pub(super) review: Review,
    pub(super) about: Option<String>,
    pub(super) sources: Vec<SourceFile>,
    #[serde(default)]
    pub(super) applies: Vec<ApplicationFile>,
    pub(super) clocks_within: Option<Spanned<String>>,
    pub(super) evidenced_over: Option<Spanned<String>>,
    pub(super) projections: BTreeMap<String, Spanned<u32>>,
    #[serde(default)]
    pub(super) sets: BTreeMap<String, Vec<Spanned<String>>>,
    pub(super) clauses: Vec<ClauseFile>,
}

/// Whether anybody held a mapping against the text that it maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Review {
    /// Nobody did: the text is not free, and the mapping is a proposal.
    UnreviewedDraft,
    /// No lawyer did: engineers wrote it who know the text, which is free for anybody to compare.
    NoLegalReview,
}

impl Review {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::UnreviewedDraft => "unreviewed draft",
            Self::NoLegalReview => "written by engineers, reviewed by no lawyer",
        }
    }
}

/// Where something was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What the mapping calls it.
    pub id: String,
    /// Its title.
    pub title: String,
    /// When it was published or read, as `2026-11-21`.
    pub date: String,
    /// How near it is to the text.
    pub kind: SourceKind,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceFile {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) date: Spanned<String>,
    pub(super) kind: SourceKind,
}

/// How near a source is to the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// The text itself.
    Primary,
    /// What others wrote of it.
    Secondary,
}

/// From when on something applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The first day.
    pub from: String,
    /// What applies.
    pub what: String,
    /// The id of the source that says so.
    pub source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApplicationFile {
    pub(super) from: Spanned<String>,
    pub(super) what: Spanned<String>,
    pub(super) source: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClauseFile {
    pub(super) id: Spanned<String>,
    pub(super) title: Spanned<String>,
    pub(super) asks: Spanned<String>,
    pub(super) kind: Option<Spanned<Kind>>,
    pub(super) partly: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) criteria: Vec<CriterionFile>,
    #[serde(default)]
    pub(super) unknown: Vec<Spanned<String>>,
    pub(super) not_assessable: Option<Spanned<String>>,
}

/// What a clause asks for, and so what records can show of it at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// That something is recorded or kept: records can show all of it.
    RecordKeeping,
    /// What people or systems do, or how well: records show it in part at most, and nothing recorded may speak against
    /// it.
    Conduct,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CriterionFile {
    pub(super) measure: Spanned<String>,
    pub(super) of: Option<Spanned<String>>,
    pub(super) decisive: Option<bool>,
    pub(super) either: Option<Spanned<String>>,
    pub(super) every: Option<Spanned<String>>,
    pub(super) set_by: Option<Spanned<String>>,
    pub(super) at_least: Option<Spanned<String>>,
    pub(super) at_most: Option<Spanned<String>>,
    pub(super) is: Option<bool>,
    pub(super) shown: Option<bool>,
    pub(super) where_any: Option<bool>,
    pub(super) says: Spanned<String>,
}
