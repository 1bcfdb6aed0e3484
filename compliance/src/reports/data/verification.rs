//! A chain verification as a report: the verdict alone, in the same forms.
//!
//! Unlike other reports this one holds what the verifier knew besides the evidence (a head, witnesses, the time), for
//! completeness and freshness are answers to that; so it is the verifier's own word, and can be recomputed only with
//! the same knowledge.

mod headline;
pub(crate) mod times;
pub(crate) mod trusted;
pub(crate) mod vouched;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use data_encoding::HEXLOWER;
use indelible_evidence::verdict::{Answer, Conclusion, Question};
use indelible_evidence::verify::{PartCounts, Report as Verified, Trust};
use serde::{Deserialize, Serialize};

use crate::{
    canonical::{self, INTEGER_MAX},
    reports::data::{
        answers::{AnswerFacts, AnswerName},
        identifier,
        keys::KeyFacts,
    },
};

use headline::{clock_warning, extent, headline, what_is_broken};
use times::{CheckpointTimes, EventTimes, RecordedTimes, TimesSeen};
use trusted::{Given, Reach, TrustFacts};

/// What every verification of this form begins with.
pub const VERIFICATION_FORMAT: &str = "indelible-verification/0-draft";

/// The format of the evidence that this build verifies.
pub const EVIDENCE_FORMAT: &str = "indelible evidence version 0, second draft";

/// A verification's outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// [`VERIFICATION_FORMAT`].
    pub format: String,
    /// A name-based UUID (version 5) of all the rest.
    pub id: String,
    /// The first line of every form.
    pub headline: String,
    /// What the verdict comes to.
    pub result: AnswerName,
    /// The pinned verifier key.
    pub verifier_key: String,
    /// The questions whose answers were required.
    pub required: Vec<String>,
    /// The questions that nobody asked: what would answer them was not given, and they were not required. They can't be
    /// answered, and that is no fault of the evidence.
    pub not_asked: Vec<String>,
    /// The format of the evidence.
    pub evidence_format: String,
    /// The four answers, by question.
    pub verdict: Answers,
    /// What was verified.
    pub bundle: BundleFacts,
    /// What is known of the checkpoint's age.
    pub checkpoint_time: CheckpointTimes,
    /// What the verifier knew besides the evidence.
    pub trusted: TrustFacts,
    /// How far completeness reaches, and who vouches for it; none unless it holds.
    pub reach: Option<Reach>,
}

/// The four answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Is what was held unaltered?
    pub integrity: AnswerFacts,
    /// Is it all?
    pub completeness: AnswerFacts,
    /// How old is the newest checkpoint, and on whose word?
    pub freshness: AnswerFacts,
    /// Were keys introduced and used by the rules of the format?
    pub custody: AnswerFacts,
}

impl Answers {
    /// Each question with its answer.
    pub fn each(&self) -> [(Question, &AnswerFacts); 4] {
        [
            (Question::Integrity, &self.integrity),
            (Question::Completeness, &self.completeness),
            (Question::Freshness, &self.freshness),
            (Question::Custody, &self.custody),
        ]
    }
}

/// What was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleFacts {
    /// The ledger.
    pub origin: String,
    /// Whole or a range.
    pub kind: String,
    /// The first record.
    pub from: u64,
    /// The record after the last.
    pub to: u64,
    /// The checkpoint's size.
    pub size: u64,
    /// The checkpoint's root, in base64, once its signature was verified.
    pub root: Option<String>,
    /// The copy of the format's page that the bundle carries, which no signature covers; none where it was not read.
    pub format_page: Option<FormatPageFacts>,
    /// When the records were recorded, by the operator's clock.
    pub recorded: Option<RecordedTimes>,
    /// The producers' own times, in the events whose bodies can be read.
    pub event_times: Option<EventTimes>,
    /// How many records were checked.
    pub records_checked: u64,
    /// What became of their bodies.
    pub bodies: PartFacts,
    /// What became of their payloads.
    pub payloads: PartFacts,
    /// How many epoch certificates the ledger has.
    pub certificates: u64,
    /// What became of the ledger's keys, and what its records are held to.
    pub keys: KeyFacts,
}

/// The copy of the format's page that a bundle carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormatPageFacts {
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// Whether it is the page that the program which verified was built with.
    pub known: bool,
}

/// How many parts are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartFacts {
    /// There, not encrypted, and what the header commits to.
    pub present: u64,
    /// There, what the header commits to, encrypted, and opened with the event key that the bundle discloses.
    pub opened: u64,
    /// There, what the header commits to, encrypted, and not opened.
    pub encrypted: u64,
    /// There, and not shown to be what the header commits to. Only a broken bundle has this.
    pub unmatched: u64,
    /// Never there.
    pub none: u64,
    /// Left out of the bundle.
    pub withheld: u64,
    /// Recorded as erased.
    pub erased: u64,
    /// Kept elsewhere.
    pub archived: u64,
    /// Not there, and nobody says why.
    pub missing: u64,
}

impl From<&PartCounts> for PartFacts {
    fn from(counts: &PartCounts) -> Self {
        let PartCounts {
            present,
            opened,
            encrypted,
            unmatched,
            none,
            withheld,
            erased,
            archived,
            missing,
        } = *counts;
        Self {
            present: bounded(present),
            opened: bounded(opened),
            encrypted: bounded(encrypted),
            unmatched: bounded(unmatched),
            none: bounded(none),
            withheld: bounded(withheld),
            erased: bounded(erased),
            archived: bounded(archived),
            missing: bounded(missing),
        }
    }
}

impl BundleFacts {
    fn of(
        verified: &Verified,
        recorded: Option<RecordedTimes>,
        event_times: Option<TimesSeen>,
    ) -> Self {
        let bundle = &verified.bundle;
        Self {
            origin: bundle.origin.clone(),
            kind: bundle.kind.name().to_owned(),
            from: bounded(bundle.from),
            to: bounded(bundle.to),
            size: bounded(bundle.size),
            root: bundle.root.map(|root| STANDARD.encode(root.as_bytes())),
            format_page: bundle.format_page.map(|page| FormatPageFacts {
                sha256: HEXLOWER.encode(&page.sha256),
                known: page.is_own,
            }),
            recorded,
            // Of altered records nobody knows whose times those are.
            event_times: event_times
                .filter(|_| !verified.verdict.integrity.is_broken())
                .map(EventTimes::from),
            records_checked: bounded(bundle.records),
            bodies: (&bundle.bodies).into(),
            payloads: (&bundle.payloads).into(),
            certificates: bounded(bundle.certificates),
            keys: (&bundle.keys).into(),
        }
    }
}

/// What was asked of a bundle.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// What was trusted.
    pub trust: &'a Trust,
    /// Where what was trusted came from.
    pub given: &'a Given,
    /// The questions required besides integrity and custody.
    pub required: &'a [Question],
    /// The producers' own times, where somebody read them.
    pub event_times: Option<TimesSeen>,
}

impl Asking<'_> {
    /// Whether nobody asked a question: nothing was given that could answer it, and it was not required.
    fn leaves_out(&self, question: Question) -> bool {
        let given = match question {
            Question::Integrity | Question::Custody => true,
            Question::Completeness => {
                self.trust.known_head.is_some() || self.trust.policy.is_some()
            }
            Question::Freshness => self.trust.age_seconds_max.is_some(),
        };
        !given && !self.required.contains(&question)
    }
}

impl Verification {
    /// Of a verification of a bundle.
    pub fn of(verified: &Verified, asking: Asking<'_>) -> Result<Self, serde_json::Error> {
        let required = asking.required;
        let facts = |question| AnswerFacts::from(verified.verdict.answer(question));
        let mut names: Vec<_> = [Question::Integrity, Question::Custody]
            .iter()
            .chain(required)
            .map(|question| question.name().to_owned())
            .collect();
        names.sort_unstable();
        names.dedup();
        let answers = verified.verdict.answers();
        let not_asked: Vec<_> = answers
            .iter()
            .filter(|(question, answer)| {
                matches!(answer, Answer::Unanswerable(_)) && asking.leaves_out(*question)
            })
            .map(|(question, _)| question.name().to_owned())
            .collect();
        let recorded = verified.bundle.recorded.as_ref().map(RecordedTimes::from);
        let result = match verified.verdict.conclusion(required) {
            Conclusion::Holds => AnswerName::Holds,
            Conclusion::Broken => AnswerName::Broken,
            Conclusion::Unanswerable => AnswerName::Unanswerable,
        };
        let reach = Reach::of(verified, asking.trust);
        let trusted = TrustFacts::of(verified, asking.trust, asking.given);
        let mut verification = Self {
            format: VERIFICATION_FORMAT.to_owned(),
            id: String::new(),
            headline: headline(&answers, result, &names, &not_asked)
                + &what_is_broken(verified, &trusted)
                + &extent(verified, reach.as_ref())
                + &clock_warning(&recorded),
            result,
            verifier_key: asking.trust.key.to_string(),
            required: names,
            not_asked,
            evidence_format: EVIDENCE_FORMAT.to_owned(),
            verdict: Answers {
                integrity: facts(Question::Integrity),
                completeness: facts(Question::Completeness),
                freshness: facts(Question::Freshness),
                custody: facts(Question::Custody),
            },
            bundle: BundleFacts::of(verified, recorded, asking.event_times),
            checkpoint_time: (&verified.freshness).into(),
            trusted,
            reach,
        };
        verification.id = verification.computed_id()?;
        Ok(verification)
    }

    /// Whether nobody asked that question.
    #[must_use]
    pub fn leaves_out(&self, question: Question) -> bool {
        self.not_asked.iter().any(|name| name == question.name())
    }

    /// An answer in words: of a question that nobody asked, how to ask it.
    #[must_use]
    pub fn answer_words(&self, question: Question, answer: &AnswerFacts) -> &'static str {
        match (self.leaves_out(question), question) {
            (false, _) => answer.answer.words(),
            (true, Question::Completeness) => "not asked (--known-head or --policy)",
            (true, Question::Freshness) => "not asked (--max-age)",
            (true, Question::Integrity | Question::Custody) => "not asked",
        }
    }

    /// The verification as canonical JSON, RFC 8785, without a line end.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        canonical::to_bytes(self)
    }

    /// The id that its content gives.
    fn computed_id(&self) -> Result<String, serde_json::Error> {
        let nameless = Self {
            id: String::new(),
            ..self.clone()
        };
        identifier::of_value("verification", &nameless)
    }
}

fn bounded(number: u64) -> u64 {
    number.min(INTEGER_MAX)
}
