//! What an importer that checks does with an artifact, and what it finds.

use indelible_compliance::conventions::IMPORTED;
use indelible_proto::v1::Event;

use crate::import::{
    checked::{
        finding::{Code, Finding, Weight},
        standing::Verdict,
    },
    facts::{boolean_fact, text_fact},
    map_error::MapError,
};

/// The type of an artifact whose content is not what its own checksum, HMAC or signature covers: no report counts it
/// as what it claims to be.
pub const BROKEN_TYPE: &str = "indelible.import.broken.v1";

/// The type of the verdict on an imported file.
pub const CHECKED_TYPE: &str = "indelible.import.checked.v1";

/// Where an artifact stands in what is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Which of the files, from 0.
    pub file: u32,
    /// The line in it, from 1.
    pub line: u64,
}

/// What the keys that were given say of one artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFit {
    /// Nothing: none was given, or the artifact asks for none of them.
    NotAsked,
    /// One of them fits it.
    Fits,
    /// None of them fits it: it was altered, or the keys are others.
    FitsNone,
}

impl KeyFit {
    /// What findings about an artifact's own HMAC or signature come to; `no_fit` is the one that no key fits.
    pub(in crate::import) fn of(findings: &[Finding], no_fit: Code) -> Self {
        let found = |code: Code| findings.iter().any(|finding| finding.code == code);
        let unasked = [
            Code::NoKey,
            Code::KeyMissing,
            Code::Placeholder,
            Code::Unsigned,
            Code::UnsignedPrePipeline,
        ];
        if found(no_fit) {
            Self::FitsNone
        } else if unasked.into_iter().any(found) {
            Self::NotAsked
        } else {
            Self::Fits
        }
    }
}

/// What an importer found on one artifact, and the event that it becomes.
#[derive(Debug, Clone)]
pub struct Examined {
    /// What was found; empty if everything that it carries was checked and holds.
    pub findings: Vec<Finding>,
    /// What the keys say of it.
    pub key: KeyFit,
    /// The event; none for an artifact that was there before in the same import, byte for byte or in its meaning.
    pub event: Option<Event>,
}

impl Examined {
    /// The standing that its findings give it.
    #[must_use]
    pub fn standing(&self) -> Verdict {
        let heaviest = self.findings.iter().map(|finding| finding.code.weight());
        match heaviest.max() {
            Some(Weight::Broken | Weight::Forged) => Verdict::Broken,
            Some(Weight::Open) => Verdict::Unverified,
            Some(Weight::Note) | None => Verdict::Verified,
        }
    }
}

/// An importer that checks. It is asked twice about the same artifacts in the same order, the second time afresh: once
/// for the verdict, and once for the events.
pub trait Checker: Send {
    /// What verdicts call the system.
    fn system(&self) -> &'static str;

    /// Whether it surveys at all: if not, the files need not be read for it.
    fn surveys(&self) -> bool {
        false
    }

    /// Looks at an artifact before any is checked, for what is needed to check the others.
    fn survey(&mut self, _artifact: &[u8]) {}

    /// Checks the next artifact and makes its event.
    ///
    /// # Errors
    ///
    /// When it is not of a form that this importer understands.
    fn examine(&mut self, artifact: &[u8], spot: Spot) -> Result<Examined, MapError>;

    /// The same importer before it examined anything, with what it surveyed.
    fn afresh(&self) -> Box<dyn Checker>;
}

/// Puts the findings of an artifact on its event. One with forged content loses the type and the facts that it claims,
/// and gets an id of its own, so that it can't take the place of the genuine one.
pub(in crate::import) fn flag(event: &mut Event, findings: &[Finding], digest: &str) {
    let by_weight = |finding: &&Finding| finding.code.weight();
    let Some(worst) = findings.iter().rev().max_by_key(by_weight) else {
        return;
    };
    let weight = worst.code.weight();
    if weight < Weight::Broken {
        return;
    }
    if weight == Weight::Forged {
        // Where it comes from is not its own claim.
        event.facts.retain(|name, _| name == IMPORTED);
        event
            .facts
            .insert("claimed_id".to_owned(), text_fact(event.id.clone()));
        event
            .facts
            .insert("claimed_type".to_owned(), text_fact(event.r#type.clone()));
        event.id = format!("{}:{digest}", worst.code.word());
        BROKEN_TYPE.clone_into(&mut event.r#type);
        event.actor.clear();
        event.subject.clear();
        event.correlation_id.clear();
        event.causation_id.clear();
        event.digests.clear();
    }
    event
        .facts
        .insert("import_broken".to_owned(), boolean_fact(true));
    event
        .facts
        .insert("import_finding".to_owned(), text_fact(worst.code.word()));
}
