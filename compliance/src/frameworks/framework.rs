//! A mapping that was checked: a framework and its clauses.

use std::collections::BTreeMap;

use super::{
    error::ClauseUnknown,
    file::{Application, Kind, Review, Source},
    threshold::{Limit, Span, Threshold},
};

/// A mapping, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framework {
    /// What commands call it: `eu-ai-act`.
    pub id: String,
    /// The version of the mapping, not of the law.
    pub version: u32,
    /// When this version was written, as `2026-11-21`.
    pub date: String,
    /// Its whole name.
    pub title: String,
    /// Its name in a heading.
    pub short: String,
    /// Whether anybody held it against the text.
    pub review: Review,
    /// What a reader must know of the mapping as a whole.
    pub about: Option<String>,
    /// Where what it says was read.
    pub sources: Vec<Source>,
    /// From when on which duties apply, and who says so.
    pub applies: Vec<Application>,
    /// How far the ledger's clock and the producers' own may be apart for a criterion on time to decide.
    pub clocks_within: Option<Span>,
    /// How long a range must reach, at least, for a clause to be evidenced over it; none if no clause can be.
    pub evidenced_over: Option<Span>,
    /// The projections that it reads, with the version of each.
    pub projections: BTreeMap<String, u32>,
    /// Names for several clauses together.
    pub sets: BTreeMap<String, Vec<String>>,
    /// The clauses, in the order of the text.
    pub clauses: Vec<Clause>,
    /// SHA-256 of the file.
    pub digest: [u8; 32],
}

/// One clause, and what would show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Its number as lawyers cite it: `12(2)(a)`.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// What it asks for, in the mapping's own words.
    pub asks: String,
    /// What it asks for; none where nothing in a ledger could show it.
    pub kind: Option<Kind>,
    /// Why records show it in part at most, besides what its kind says.
    pub partly: Option<String>,
    /// What is measured. Empty only where nothing in a ledger could show the clause.
    pub criteria: Vec<Criterion>,
    /// What the ledger can't know of it.
    pub unknown: Vec<String>,
    /// Why nothing in a ledger could show it, where that is so.
    pub not_assessable: Option<String>,
}

/// One measure compared with one threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// The measure's name; its projection is what stands before the first dot.
    pub measure: String,
    /// What it is held against; none if it is shown and decides nothing.
    pub held: Option<Held>,
    /// What meeting it shows, in the mapping's own words.
    pub says: String,
}

/// What a criterion is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The threshold.
    pub threshold: Threshold,
    /// The measure that counts the population: where it is 0, there is nothing to hold the criterion against.
    pub of: String,
    /// Whether the clause's title names what it shows, so that nothing else makes up for it.
    pub decisive: bool,
    /// The time in which a count must be reached, again and again through the range: on average, on as many days, and
    /// without a pause of more than twice that time.
    pub every: Option<Span>,
    /// The source that sets the threshold; none if the mapping does.
    pub set_by: Option<String>,
    /// What it and others of its clause show in different ways, in a word: one of them that is met is enough.
    pub either: Option<String>,
    /// It says how something is, not that there is any: where its population is empty it is passed over, if the clause's
    /// title is decided by others.
    pub where_any: bool,
}

impl Held {
    /// Whether a count is asked for once, over a range of any length: no share and no rate says how much that is.
    pub fn counts_once(&self) -> bool {
        matches!(self.threshold, Threshold::AtLeast(Limit::Count(_))) && self.every.is_none()
    }
}

impl Clause {
    /// Whether records can show all of it: it asks for records, and its mapping sees nothing that keeps them from it.
    pub fn can_be_evidenced(&self) -> bool {
        let mut held = self
            .criteria
            .iter()
            .filter_map(|criterion| criterion.held.as_ref());
        self.kind == Some(Kind::RecordKeeping)
            && self.partly.is_none()
            && !held.any(Held::counts_once)
    }
}

impl Framework {
    /// The clauses that `asked` names, by number or by the name of a set, in the mapping's order; all if it names none.
    pub fn select(&self, asked: &[String]) -> Result<Vec<&Clause>, ClauseUnknown> {
        if asked.is_empty() {
            return Ok(self.clauses.iter().collect());
        }
        let mut wanted = Vec::new();
        for name in asked {
            if let Some(set) = self.sets.get(name) {
                wanted.extend(set);
            } else if self.clauses.iter().any(|clause| clause.id == *name) {
                wanted.push(name);
            } else if self.parts_of(name).next().is_some() {
                wanted.extend(self.parts_of(name));
            } else {
                return Err(ClauseUnknown {
                    asked: name.clone(),
                    framework: format!("{} version {}", self.id, self.version),
                    sets: self.sets.keys().cloned().collect(),
                    clauses: self
                        .clauses
                        .iter()
                        .map(|clause| clause.id.clone())
                        .collect(),
                });
            }
        }
        let chosen = self.clauses.iter();
        Ok(chosen
            .filter(|clause| wanted.contains(&&clause.id))
            .collect())
    }

    /// The clauses that are parts of one: `12(2)(a)` is a part of `12(2)`.
    fn parts_of<'a>(&'a self, clause: &'a str) -> impl Iterator<Item = &'a String> {
        let ids = self.clauses.iter().map(|clause| &clause.id);
        ids.filter(move |id| {
            let rest = id.strip_prefix(clause);
            rest.is_some_and(|rest| rest.starts_with(['(', '.']))
        })
    }
}
