//! Verdicts over a range, as reports say them.

use indelible_evidence::verdict::{Answer, Verdict};
use indelible_evidence::verify::Scoped;
use serde::{Deserialize, Serialize};

/// Integrity and custody over exactly the records of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeVerdict {
    /// Are they unaltered?
    pub integrity: Answer,
    /// Were keys introduced and used by the rules of the format?
    pub custody: Answer,
}

impl RangeVerdict {
    /// Both hold.
    pub fn holds(&self) -> bool {
        self.integrity.holds() && self.custody.holds()
    }
}

impl From<&Scoped> for RangeVerdict {
    fn from(scoped: &Scoped) -> Self {
        Self {
            integrity: scoped.integrity.clone(),
            custody: scoped.custody.clone(),
        }
    }
}

impl From<&Verdict> for RangeVerdict {
    /// Of a verdict over exactly these records. Completeness and freshness depend on what a verifier knows besides
    /// the evidence, so no report holds them.
    fn from(verdict: &Verdict) -> Self {
        Self {
            integrity: verdict.integrity.clone(),
            custody: verdict.custody.clone(),
        }
    }
}

/// An answer, as a report has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerFacts {
    /// `holds`, `broken` or `unanswerable`.
    pub answer: AnswerName,
    /// What shows that it is broken: the first findings.
    pub findings: Vec<FindingFacts>,
    /// How many more there were.
    pub findings_omitted: u64,
    /// What is missing for an answer.
    pub missing: Vec<String>,
}

/// The three answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerName {
    /// It was checked and is so.
    Holds,
    /// It is not so.
    Broken,
    /// It can't be said.
    Unanswerable,
}

impl AnswerName {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Broken => "broken",
            Self::Unanswerable => "can't be answered",
        }
    }
}

/// A finding, as a report has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingFacts {
    /// Its code.
    pub code: String,
    /// The record, where it is one record's.
    pub sequence: Option<u64>,
    /// What exactly.
    pub detail: String,
}

impl From<&Answer> for AnswerFacts {
    fn from(answer: &Answer) -> Self {
        let (name, omitted, missing) = match answer {
            Answer::Holds => (AnswerName::Holds, 0, Vec::new()),
            Answer::Broken(findings) => (AnswerName::Broken, findings.omitted(), Vec::new()),
            Answer::Unanswerable(missing) => (AnswerName::Unanswerable, 0, missing.clone()),
        };
        let findings = answer.findings().iter().map(|finding| FindingFacts {
            code: finding.code.as_str().to_owned(),
            sequence: finding.sequence,
            detail: finding.detail.clone(),
        });
        Self {
            answer: name,
            findings: findings.collect(),
            findings_omitted: omitted,
            missing,
        }
    }
}
