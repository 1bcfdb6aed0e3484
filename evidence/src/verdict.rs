//! The verdict: four questions, each with an answer of its own, and the findings that break one.

use std::fmt;

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
    /// Were keys introduced and used lawfully?
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
    /// Were keys introduced and used lawfully?
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

macro_rules! finding_codes {
    ($($(#[$comment:meta])* $name:ident = $code:literal,)+) => {
        /// What kind of thing is wrong. The text of a code never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FindingCode { $($(#[$comment])* $name,)+ }

        impl FindingCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code as text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

finding_codes! {
    /// The archive is not exactly of the one form it may have.
    ArchiveForm = "archive-form",
    /// The archive ends early.
    ArchiveTruncated = "archive-truncated",
    /// Something follows the end of the archive.
    ArchiveTrailing = "archive-trailing",
    /// A file is missing, or another stands in its place.
    FileMissing = "file-missing",
    /// A file that does not belong to the bundle.
    FileExtra = "file-extra",
    /// A file is longer or shorter than the manifest, the tree or the limits allow.
    FileLength = "file-length",
    /// A file's digest is not the one in the manifest.
    DigestMismatch = "digest-mismatch",
    /// The bundle or a part of it is of another ledger than the pinned key's.
    OriginMismatch = "origin-mismatch",
    /// The checkpoint is not a note of the form a bundle's checkpoint has.
    CheckpointForm = "checkpoint-form",
    /// A signature of the identity key on the checkpoint does not verify under the pinned key.
    CheckpointSignature = "checkpoint-signature",
    /// The checkpoint's size is not the manifest's.
    CheckpointSize = "checkpoint-size",
    /// A header is not canonical, or breaks a rule of the format.
    HeaderForm = "header-form",
    /// A header has another sequence number than its place.
    SequenceGap = "sequence-gap",
    /// A record's time is less than that of the record before.
    TimeDecreased = "time-decreased",
    /// A header does not give the chain hash that stands for it.
    ChainMismatch = "chain-mismatch",
    /// An entry bundle is not of the form it must have.
    EntriesForm = "entries-form",
    /// A leaf in a tile of level 0 is not the hash of its chain hash.
    LeafMismatch = "leaf-mismatch",
    /// A tile above level 0 is not what the leaves give.
    TileMismatch = "tile-mismatch",
    /// The tree of the records is not the tree that the checkpoint signs.
    RootMismatch = "root-mismatch",
    /// A body or payload item is not canonical, or breaks a limit.
    ItemForm = "item-form",
    /// A body is not canonical, or breaks a rule of the format.
    BodyForm = "body-form",
    /// A body does not match its commitment.
    BodyMismatch = "body-mismatch",
    /// A payload does not match its commitment.
    PayloadMismatch = "payload-mismatch",
    /// An item stands where the header has no commitment, or the other way round.
    CommitmentMismatch = "commitment-mismatch",
    /// A part is said to be erased, and nothing supports it.
    ErasedUnsupported = "erased-unsupported",
    /// An event key was disclosed that does not open what it stands with.
    EventKeyMismatch = "event-key-mismatch",
    /// An event key stands with a body that is not encrypted.
    EventKeyNeedless = "event-key-needless",
    /// A part is missing.
    PartMissing = "part-missing",
    /// A header does not name the newest key event before it.
    PriorKeyEvent = "prior-key-event",
    /// The file of key events is not canonical, or breaks a rule of the format.
    KeyEventsForm = "key-events-form",
    /// The file of key events and the records disagree.
    KeyEventsMismatch = "key-events-mismatch",
    /// A key event's proof does not lead to the checkpoint's root.
    KeyEventProof = "key-event-proof",
    /// The range file is not canonical, or breaks a rule of the format.
    RangeForm = "range-form",
    /// A neighbour of the range is not the record it must be.
    NeighbourMismatch = "neighbour-mismatch",
    /// Genesis is missing, of another ledger, of another key or not signed by it.
    GenesisInvalid = "genesis-invalid",
    /// A certificate is of another ledger or place, or not signed by the identity key.
    CertificateInvalid = "certificate-invalid",
    /// A certificate does not bind the root of the tree before it.
    CertificateRoot = "certificate-root",
    /// A certificate's span is empty, or records lie beyond it.
    CertificateSpan = "certificate-span",
    /// A new identity is of another ledger or place, not signed as it must be, or not a new one.
    IdentityInvalid = "identity-invalid",
    /// The record after a new identity is not its epoch's certificate.
    IdentityWithoutEpoch = "identity-without-epoch",
    /// A revocation is of a key that can't be revoked.
    RevocationInvalid = "revocation-invalid",
    /// Another key event's statement is not of the format, of another ledger, or not signed by the identity key.
    StatementInvalid = "statement-invalid",
    /// A hold is placed twice, or released without being in force.
    HoldInvalid = "hold-invalid",
    /// A data key was destroyed under a hold.
    ErasureUnderHold = "erasure-under-hold",
    /// The known head is larger than the bundle's tree.
    KnownHeadLarger = "known-head-larger",
    /// The known head has another root than the bundle's tree at that size.
    KnownHeadDiffers = "known-head-differs",
    /// The newest checkpoint is older than the greatest age allowed.
    TooOld = "too-old",
    /// The newest checkpoint is from the future.
    FromFuture = "from-future",
}

impl fmt::Display for FindingCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
