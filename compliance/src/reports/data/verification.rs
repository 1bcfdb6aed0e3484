//! A chain verification as a report: the verdict alone, in the same forms.
//!
//! Unlike other reports this one holds what the verifier knew besides the evidence (a head, witnesses, the time), for
//! completeness and freshness are answers to that; so it is the verifier's own word, and can be recomputed only with
//! the same knowledge.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use indelible_evidence::verdict::{Answer, Conclusion, Question};
use indelible_evidence::verify::{FreshnessFacts, PartCounts, Report as Verified, Word};
use serde::{Deserialize, Serialize};

use crate::{
    canonical::{self, INTEGER_MAX},
    reports::{
        data::{
            answers::{AnswerFacts, AnswerName},
            identifier,
            keys::KeyFacts,
        },
        moments::rfc3339,
        words::{capital, joined},
    },
};

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
    /// The format of the evidence.
    pub evidence_format: String,
    /// The four answers, by question.
    pub verdict: Answers,
    /// What was verified.
    pub bundle: BundleFacts,
    /// What is known of the checkpoint's age.
    pub checkpoint_time: CheckpointTimes,
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

/// How many parts are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartFacts {
    /// There.
    pub present: u64,
    /// Of those, encrypted and opened with the event key that the bundle discloses.
    pub opened: u64,
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
            none,
            withheld,
            erased,
            archived,
            missing,
        } = *counts;
        Self {
            present: bounded(present),
            opened: bounded(opened),
            none: bounded(none),
            withheld: bounded(withheld),
            erased: bounded(erased),
            archived: bounded(archived),
            missing: bounded(missing),
        }
    }
}

/// What is known of the checkpoint's age. Times are RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointTimes {
    /// The operator's own word.
    pub operator: Option<String>,
    /// The witnesses that cosigned and count.
    pub witnesses: Vec<WitnessTime>,
    /// The time that the answer is based on.
    pub decisive: Option<DecisiveTime>,
    /// How many seconds before the verification that was; negative if it is still to come.
    pub age_seconds: Option<i64>,
}

/// When a witness cosigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessTime {
    /// Its name in the policy.
    pub name: String,
    /// When.
    pub time: String,
}

/// When the checkpoint was signed, and who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisiveTime {
    /// When.
    pub time: String,
    /// `operator` or `witnesses`.
    pub word: String,
}

impl From<&FreshnessFacts> for CheckpointTimes {
    fn from(freshness: &FreshnessFacts) -> Self {
        let text = |seconds: u64| rfc3339(seconds.saturating_mul(1_000_000_000));
        let witnesses = freshness.witnesses.iter().map(|witness| WitnessTime {
            name: witness.name.clone(),
            time: text(witness.time),
        });
        let decisive = freshness.time.map(|(seconds, word)| DecisiveTime {
            time: text(seconds),
            word: match word {
                Word::Operator => "operator".to_owned(),
                Word::Witnesses => "witnesses".to_owned(),
            },
        });
        Self {
            operator: freshness.operator_time.map(text),
            witnesses: witnesses.collect(),
            decisive,
            age_seconds: freshness.age_seconds.map(clamped),
        }
    }
}

impl Verification {
    /// Of a verification of a bundle under a pinned key; `required` are the questions required besides integrity and
    /// custody.
    pub fn of(
        verified: &Verified,
        verifier_key: &str,
        required: &[Question],
    ) -> Result<Self, serde_json::Error> {
        let bundle = &verified.bundle;
        let facts = |question| AnswerFacts::from(verified.verdict.answer(question));
        let mut names: Vec<_> = [Question::Integrity, Question::Custody]
            .iter()
            .chain(required)
            .map(|question| question.name().to_owned())
            .collect();
        names.sort_unstable();
        names.dedup();
        let answers = verified.verdict.answers();
        let result = match verified.verdict.conclusion(required) {
            Conclusion::Holds => AnswerName::Holds,
            Conclusion::Broken => AnswerName::Broken,
            Conclusion::Unanswerable => AnswerName::Unanswerable,
        };
        let mut verification = Self {
            format: VERIFICATION_FORMAT.to_owned(),
            id: String::new(),
            headline: headline(&answers, result, &names),
            result,
            verifier_key: verifier_key.to_owned(),
            required: names,
            evidence_format: EVIDENCE_FORMAT.to_owned(),
            verdict: Answers {
                integrity: facts(Question::Integrity),
                completeness: facts(Question::Completeness),
                freshness: facts(Question::Freshness),
                custody: facts(Question::Custody),
            },
            bundle: BundleFacts {
                origin: bundle.origin.clone(),
                kind: bundle.kind.name().to_owned(),
                from: bounded(bundle.from),
                to: bounded(bundle.to),
                size: bounded(bundle.size),
                root: bundle.root.map(|root| STANDARD.encode(root.as_bytes())),
                records_checked: bounded(bundle.records),
                bodies: (&bundle.bodies).into(),
                payloads: (&bundle.payloads).into(),
                certificates: bounded(bundle.certificates),
                keys: (&bundle.keys).into(),
            },
            checkpoint_time: (&verified.freshness).into(),
        };
        verification.id = verification.computed_id()?;
        Ok(verification)
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

fn headline(answers: &[(Question, &Answer)], result: AnswerName, required: &[String]) -> String {
    let with = |wanted: fn(&Answer) -> bool| {
        let questions = answers.iter().filter(|(_, answer)| wanted(answer));
        questions
            .map(|(question, _)| question.name().to_owned())
            .collect::<Vec<_>>()
    };
    let (broken, holding) = (with(Answer::is_broken), with(Answer::holds));
    let open = with(|answer| !answer.is_broken() && !answer.holds());
    let verb = |names: &[String], one: &str, more: &str| {
        if names.len() == 1 {
            one.to_owned()
        } else {
            more.to_owned()
        }
    };
    let mut parts = Vec::new();
    if !broken.is_empty() {
        parts.push(format!(
            "{} {} BROKEN.",
            capital(&joined(&broken)),
            verb(&broken, "is", "are")
        ));
    }
    if !holding.is_empty() {
        parts.push(format!(
            "{} {}.",
            capital(&joined(&holding)),
            verb(&holding, "holds", "hold")
        ));
    }
    if !open.is_empty() {
        parts.push(format!("{} can't be answered.", capital(&joined(&open))));
    }
    let required = joined(required);
    parts.push(match result {
        AnswerName::Holds => {
            format!("What was required ({required}) holds, and nothing is broken.")
        }
        AnswerName::Broken => broken_words(answers).to_owned(),
        AnswerName::Unanswerable => {
            format!("Not all that was required ({required}) can be answered.")
        }
    });
    parts.join(" ")
}

/// What it means that something is broken: that depends on the question.
fn broken_words(answers: &[(Question, &Answer)]) -> &'static str {
    let broken = |wanted| {
        let mut answers = answers.iter();
        answers.any(|(question, answer)| *question == wanted && answer.is_broken())
    };
    if broken(Question::Integrity) || broken(Question::Custody) {
        "Something is missing or altered, or keys were used against the rules of the format: rely on nothing that the \
         findings touch."
    } else if broken(Question::Completeness) {
        "What is here is unaltered, but it is not all."
    } else {
        "It is too old for what was asked."
    }
}

/// A number of either sign saturates in the same way.
fn clamped(number: i64) -> i64 {
    let greatest = i64::try_from(INTEGER_MAX).unwrap_or(i64::MAX);
    number.clamp(-greatest, greatest)
}

fn bounded(number: u64) -> u64 {
    number.min(INTEGER_MAX)
}
