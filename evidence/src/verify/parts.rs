//! The checks of bodies and payloads: what they commit to, their form, and whether a disclosed key opens them.

use crate::body::Body;
use crate::bundle::items::Part;
use crate::commitment::{PartKind, commit};
use crate::hash::Commitment;
use crate::header::Header;
use crate::limits::SEALED_OVERHEAD_BYTES;
use crate::origin::Origin;
use crate::sealed::{DoesNotOpen, EventCipher, EventKey, has_sealed_length};
use crate::verdict::{Finding, FindingCode};

use super::erasures::Erasures;
use super::records::RecordFacts;
use super::seen::SeenBody;

/// A body or payload whose commitment was computed, still to be held against its header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckedPart {
    /// It is there.
    Present {
        /// What its salt and bytes commit to.
        commitment: Commitment,
        /// What is wrong with its bytes, whatever the header commits to.
        problem: Option<Box<PartProblem>>,
        /// Whether it is encrypted, and the event key that was disclosed opens it.
        opened: bool,
    },
    /// The header commits to none.
    None,
    /// Left out.
    Withheld,
    /// Claimed to be erased.
    Erased,
    /// Kept elsewhere.
    Archived,
    /// Not there.
    Missing,
    /// Not an item of the format at all.
    Malformed(Box<str>),
}

/// What is wrong with a part that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartProblem {
    /// It is not of the format, and in what.
    Form(String),
    /// The event key that was disclosed does not open it. Why is not told.
    DoesNotOpen,
    /// An event key stands with it, though the record is not encrypted.
    NeedlessKey,
}

/// Computes what a part commits to, and checks its own form; `sealed` says whether its header names a data key.
/// Nothing is opened: an event key is for a bundle to disclose.
pub fn check_part(kind: PartKind, sealed: bool, part: &Part<'_>) -> CheckedPart {
    check(kind, sealed, part, None, &mut |_| ())
}

/// A key that a bundle discloses, and what it must open.
pub(super) struct Opener<'a> {
    header: Header<'a>,
    key: EventKey,
    origin: &'a Origin,
}

impl<'a> Opener<'a> {
    /// None if the header can't be read, which is another finding.
    pub(super) fn new(header: &'a [u8], key: &[u8; 32], origin: &'a Origin) -> Option<Self> {
        Some(Self {
            header: Header::decode(header).ok()?,
            key: EventKey::from_bytes(*key),
            origin,
        })
    }

    fn open(&self, kind: PartKind, bytes: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
        let event = self.header.kind.event().ok_or(DoesNotOpen)?;
        let sealed = event.sealed.as_ref().ok_or(DoesNotOpen)?;
        EventCipher::for_event(&self.key, self.origin, sealed)?.open(kind, bytes)
    }
}

/// The same as [`check_part`], and opens the part if there is a key. Shows what can be read of a body.
pub(super) fn check(
    kind: PartKind,
    sealed: bool,
    part: &Part<'_>,
    opener: Option<&Opener<'_>>,
    see: &mut dyn FnMut(SeenBody<'_>),
) -> CheckedPart {
    let mut absent = |checked, seen| {
        see(seen);
        checked
    };
    let (salt, bytes, disclosed) = match part {
        Part::Present { salt, bytes } => (salt, *bytes, false),
        Part::Disclosed { salt, bytes, .. } => (salt, *bytes, true),
        Part::None => return absent(CheckedPart::None, SeenBody::None),
        Part::Withheld => return absent(CheckedPart::Withheld, SeenBody::Withheld),
        Part::Erased => return absent(CheckedPart::Erased, SeenBody::Erased),
        Part::Archived => return absent(CheckedPart::Archived, SeenBody::Archived),
        Part::Missing => return absent(CheckedPart::Missing, SeenBody::Missing),
    };
    if disclosed && kind == PartKind::Payload {
        let problem = "it has an event key, which stands with the body only";
        return CheckedPart::Malformed(problem.into());
    }
    let commitment = commit(salt, kind.domain(sealed), bytes);
    let present = |problem: Option<PartProblem>, opened| CheckedPart::Present {
        commitment,
        problem: problem.map(Box::new),
        opened,
    };
    match (sealed, opener) {
        (false, _) => {
            let problem = plain_problem(kind, bytes, &commitment, see).map(PartProblem::Form);
            let needless = || disclosed.then_some(PartProblem::NeedlessKey);
            present(problem.or_else(needless), false)
        }
        (true, None) => {
            see(SeenBody::Sealed);
            present(sealed_problem(kind, bytes).map(PartProblem::Form), false)
        }
        (true, Some(opener)) => match opener.open(kind, bytes) {
            Ok(plain) => {
                let problem = opened_problem(kind, &plain, &commitment, see);
                present(problem.map(PartProblem::Form), true)
            }
            Err(DoesNotOpen) => {
                see(SeenBody::Sealed);
                let form = sealed_problem(kind, bytes).map(PartProblem::Form);
                present(form.or(Some(PartProblem::DoesNotOpen)), false)
            }
        },
    }
}

/// What is wrong with a part as the client gave it.
fn plain_problem(
    kind: PartKind,
    bytes: &[u8],
    commitment: &Commitment,
    see: &mut dyn FnMut(SeenBody<'_>),
) -> Option<String> {
    match kind {
        PartKind::Body => read_body(bytes, commitment, see, |body| {
            let subject = body.data_subject;
            subject.map(|_| "it names a data subject, so it must be encrypted".to_owned())
        }),
        PartKind::Payload => {
            let most = kind.plain_bytes_max();
            (bytes.len() > most).then(|| format!("it has {} bytes, more than {most}", bytes.len()))
        }
    }
}

/// What is wrong with a part that was opened. Its length was held against the limit by opening it.
fn opened_problem(
    kind: PartKind,
    plain: &[u8],
    commitment: &Commitment,
    see: &mut dyn FnMut(SeenBody<'_>),
) -> Option<String> {
    match kind {
        PartKind::Body => read_body(plain, commitment, see, |_| None),
        PartKind::Payload => None,
    }
}

fn read_body(
    bytes: &[u8],
    commitment: &Commitment,
    see: &mut dyn FnMut(SeenBody<'_>),
    problem: impl FnOnce(&Body<'_>) -> Option<String>,
) -> Option<String> {
    match Body::decode(bytes) {
        Ok(body) => {
            see(SeenBody::Open {
                body: &body,
                commitment: *commitment,
            });
            problem(&body)
        }
        Err(error) => {
            see(SeenBody::Unreadable);
            Some(error.to_string())
        }
    }
}

/// What is wrong with a part as the daemon encrypted it, as far as that can be seen without its key.
fn sealed_problem(kind: PartKind, bytes: &[u8]) -> Option<String> {
    let (least, most) = (
        SEALED_OVERHEAD_BYTES,
        kind.plain_bytes_max() + SEALED_OVERHEAD_BYTES,
    );
    (!has_sealed_length(kind, bytes.len()))
        .then(|| format!("it has {} bytes, not {least} to {most}", bytes.len()))
}

/// Holds a part against what its header commits to, and the claim that it is erased against the erasure records.
pub fn judge_part(
    kind: PartKind,
    facts: &RecordFacts,
    part: &CheckedPart,
    erasures: &Erasures,
) -> Result<(), Finding> {
    let erased = facts
        .data_key
        .is_some_and(|data_key| erasures.name(&data_key));
    let name = kind.name();
    let found = |code, detail: String| Err(Finding::of_record(code, facts.sequence, detail));
    let mismatch = match kind {
        PartKind::Body => FindingCode::BodyMismatch,
        PartKind::Payload => FindingCode::PayloadMismatch,
    };
    match (facts.commitment(kind), part) {
        (_, CheckedPart::Malformed(problem)) => found(
            FindingCode::ItemForm,
            format!("the item of the {name} is not of the format: {problem}"),
        ),
        (None, CheckedPart::None) => Ok(()),
        (None, _) => found(
            FindingCode::CommitmentMismatch,
            format!("there is a {name}, but the header commits to none"),
        ),
        (Some(_), CheckedPart::None) => found(
            FindingCode::CommitmentMismatch,
            format!("the header commits to a {name}, but there is said to be none"),
        ),
        (Some(expected), CheckedPart::Present { commitment, .. }) if commitment != expected => {
            found(mismatch, format!("{name} does not match its commitment"))
        }
        (
            Some(_),
            CheckedPart::Present {
                problem: Some(problem),
                ..
            },
        ) => {
            let (code, detail) = described(kind, problem);
            found(code, detail)
        }
        (
            Some(_),
            CheckedPart::Present { problem: None, .. }
            | CheckedPart::Withheld
            | CheckedPart::Archived,
        ) => Ok(()),
        (Some(_), CheckedPart::Erased) if erased => Ok(()),
        (Some(_), CheckedPart::Erased) => found(
            FindingCode::ErasedUnsupported,
            format!("the {name} is said to be erased, which no record supports"),
        ),
        (Some(_), CheckedPart::Missing) => {
            found(FindingCode::PartMissing, format!("the {name} is missing"))
        }
    }
}

fn described(kind: PartKind, problem: &PartProblem) -> (FindingCode, String) {
    let name = kind.name();
    match problem {
        PartProblem::Form(problem) => {
            let code = match kind {
                PartKind::Body => FindingCode::BodyForm,
                PartKind::Payload => FindingCode::ItemForm,
            };
            (code, format!("the {name} is not of the format: {problem}"))
        }
        PartProblem::DoesNotOpen => (
            FindingCode::EventKeyMismatch,
            format!("the event key that the bundle discloses does not open the {name}"),
        ),
        PartProblem::NeedlessKey => (
            FindingCode::EventKeyNeedless,
            "the bundle discloses an event key, but the record is not encrypted".to_owned(),
        ),
    }
}

/// Whether a finding is only of a body or payload, and says nothing against the log itself.
pub(super) fn concerns_parts(code: FindingCode) -> bool {
    matches!(
        code,
        FindingCode::BodyForm
            | FindingCode::BodyMismatch
            | FindingCode::PayloadMismatch
            | FindingCode::ItemForm
            | FindingCode::CommitmentMismatch
            | FindingCode::ErasedUnsupported
            | FindingCode::EventKeyMismatch
            | FindingCode::EventKeyNeedless
            | FindingCode::PartMissing
    )
}
