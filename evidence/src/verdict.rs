//! The verdict: four questions, each with an answer of its own, and the findings that break one.

use std::fmt;

pub use crate::finding_code::FindingCode;

/// How many findings one answer lists; what is beyond is counted.
pub const FINDINGS_LISTED_MAX: usize = 100;

/// What a verifier answers. There is one field for each question and no default: a question that is added here
/// does not compile until every place that makes or shows a verdict has dealt with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Is what I hold unaltered?
    pub integrity: Answer,
    /// Is it all?
    pub completeness: Answer,
    /// How old is the newest checkpoint, and on whose word?
    pub freshness: Answer,
    /// Were keys introduced and used by the rules of the format?
    pub custody: Answer,
}

/// A question by name, to require an answer or to show one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// Is what I hold unaltered?
    Integrity,
    /// Is it all?
    Completeness,
    /// How old is the newest checkpoint, and on whose word?
    Freshness,
    /// Were keys introduced and used by the rules of the format?
    Custody,
}

impl Question {
    /// The question's name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Integrity => "integrity",
            Self::Completeness => "completeness",
            Self::Freshness => "freshness",
            Self::Custody => "custody",
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Verdict {
    /// Every question with its answer, in the order in which they are shown.
    pub fn answers(&self) -> [(Question, &Answer); 4] {
        let Self {
            integrity,
            completeness,
            freshness,
            custody,
        } = self;
        [
            (Question::Integrity, integrity),
            (Question::Completeness, completeness),
            (Question::Freshness, freshness),
            (Question::Custody, custody),
        ]
    }

    /// The answer to one question.
    pub fn answer(&self, question: Question) -> &Answer {
        match question {
            Question::Integrity => &self.integrity,
            Question::Completeness => &self.completeness,
            Question::Freshness => &self.freshness,
            Question::Custody => &self.custody,
        }
    }

    /// What the verdict comes to for someone who requires `required` besides integrity and custody, which are
    /// always required.
    pub fn conclusion(&self, required: &[Question]) -> Conclusion {
        let answers = self.answers();
        if answers.iter().any(|(_, answer)| answer.is_broken()) {
            return Conclusion::Broken;
        }
        let decisive = |question: Question| {
            matches!(question, Question::Integrity | Question::Custody)
                || required.contains(&question)
        };
        let open = answers
            .iter()
            .any(|(question, answer)| decisive(*question) && !answer.holds());
        if open {
            Conclusion::Unanswerable
        } else {
            Conclusion::Holds
        }
    }
}

/// What a whole verdict comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// Everything required holds and nothing is broken.
    Holds,
    /// At least one question is broken, required or not.
    Broken,
    /// Nothing is broken, but a required question has no answer.
    Unanswerable,
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Everything the question asks for was checked and is so.
    Holds,
    /// It is not so, and this is what shows it.
    Broken(Findings),
    /// It can't be answered, because these things are missing. Never empty.
    Unanswerable(Vec<String>),
}

impl Answer {
    /// A question with no answer for one missing thing.
    pub fn unanswerable(missing: impl Into<String>) -> Self {
        Self::Unanswerable(vec![missing.into()])
    }

    /// Whether the answer is *holds*.
    pub fn holds(&self) -> bool {
        matches!(self, Self::Holds)
    }

    /// Whether the answer is *broken*.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Broken(_))
    }

    /// The answer's name, in lower case.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Broken(_) => "broken",
            Self::Unanswerable(_) => "unanswerable",
        }
    }

    /// The findings listed; empty unless the answer is *broken*.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Broken(findings) => &findings.listed,
            Self::Holds | Self::Unanswerable(_) => &[],
        }
    }
}

/// The findings of one broken question: the first ones in full, the rest as a number. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    listed: Vec<Finding>,
    omitted: u64,
}

impl Findings {
    /// The findings listed, in the order in which they were met.
    pub fn listed(&self) -> &[Finding] {
        &self.listed
    }

    /// How many more there were.
    pub fn omitted(&self) -> u64 {
        self.omitted
    }
}

/// Collects findings while verification goes on.
#[derive(Debug, Default)]
pub struct FindingList {
    listed: Vec<Finding>,
    omitted: u64,
}

impl FindingList {
    /// Adds one finding, or counts it once the list is full.
    pub fn push(&mut self, finding: Finding) {
        if self.listed.len() < FINDINGS_LISTED_MAX {
            self.listed.push(finding);
        } else {
            self.omitted = self.omitted.saturating_add(1);
        }
    }

    /// Adds what another list has.
    pub(crate) fn append(&mut self, other: Self) {
        for finding in other.listed {
            self.push(finding);
        }
        self.omitted = self.omitted.saturating_add(other.omitted);
    }

    /// What was found and is listed.
    pub fn listed(&self) -> &[Finding] {
        &self.listed
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// *Broken* with what was found, or else the answer that `otherwise` gives.
    pub fn into_answer(self, otherwise: impl FnOnce() -> Answer) -> Answer {
        if self.listed.is_empty() {
            otherwise()
        } else {
            Answer::Broken(Findings {
                listed: self.listed,
                omitted: self.omitted,
            })
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing it is; stable, for programs.
    pub code: FindingCode,
    /// The record's sequence number, where the finding is one record's.
    pub sequence: Option<u64>,
    /// What exactly, for people.
    pub detail: String,
}

impl Finding {
    /// A finding of the bundle as a whole or of one of its files.
    pub fn new(code: FindingCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            sequence: None,
            detail: detail.into(),
        }
    }

    /// A finding of one record.
    pub fn of_record(code: FindingCode, sequence: u64, detail: impl Into<String>) -> Self {
        Self {
            code,
            sequence: Some(sequence),
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sequence {
            Some(sequence) => write!(formatter, "record {sequence}: {}", self.detail),
            None => formatter.write_str(&self.detail),
        }
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
