//! What a checked body or payload comes to: against its header, and against what the ledger says of its parts.

use crate::commitment::PartKind;
use crate::producer::ProducerError;
use crate::verdict::{Finding, FindingCode};

use super::erasures::Erasures;
use super::parts::{CheckedPart, PartProblem};
use super::record_facts::RecordFacts;

/// Whether a record says that the part is erased.
fn is_erased(kind: PartKind, facts: &RecordFacts, erasures: &Erasures) -> bool {
    let key = facts.data_key;
    key.is_some_and(|data_key| erasures.name(&data_key)) || facts.disposed.erased(kind)
}

/// A part that is there although a record says that it is erased: what is unlawful in that.
pub(super) fn judge_presence(
    kind: PartKind,
    facts: &RecordFacts,
    part: &CheckedPart,
    erasures: &Erasures,
) -> Option<Finding> {
    let present = matches!(part, CheckedPart::Present { .. });
    (present && is_erased(kind, facts, erasures)).then(|| {
        let detail = format!(
            "the {} is there, but a record says that it was erased",
            kind.name()
        );
        Finding::of_record(FindingCode::ErasedPartPresent, facts.sequence, detail)
    })
}

/// Holds a part against what its header commits to, and the word that stands in its place against the records that
/// can support it. `signed` is the digest of the payload that its producer signed, where that is known.
pub(super) fn judge_part(
    kind: PartKind,
    facts: &RecordFacts,
    part: &CheckedPart,
    signed: Option<&[u8; 32]>,
    erasures: &Erasures,
) -> Result<(), Finding> {
    let erased = || is_erased(kind, facts, erasures);
    let name = kind.name();
    let found = |code, detail: String| Err(Finding::of_record(code, facts.sequence, detail));
    let mismatch = match kind {
        PartKind::Body => FindingCode::BodyMismatch,
        PartKind::Payload => FindingCode::PayloadMismatch,
    };
    match (facts.commitment(kind), part) {
        (_, CheckedPart::Malformed(problem)) => found(
            FindingCode::ItemForm,
            format!("the item of the {name} is malformed: {problem}"),
        ),
        (None, CheckedPart::None) => Ok(()),
        (None, _) => found(
            FindingCode::CommitmentMismatch,
            format!("there is a {name}, but the header does not commit to one"),
        ),
        (Some(_), CheckedPart::None) => found(
            FindingCode::CommitmentMismatch,
            format!("the header commits to a {name}, but the {name} is marked as none"),
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
        (Some(_), CheckedPart::Present { problem: None, .. }) => match (signed, part.digest()) {
            (Some(signed), Some(digest)) if signed != digest => {
                let (code, detail) = by_producer(&ProducerError::OtherPayload);
                found(code, detail)
            }
            _ => Ok(()),
        },
        (Some(_), CheckedPart::Withheld) => Ok(()),
        (Some(_), CheckedPart::Archived) if facts.disposed.archived(kind) => Ok(()),
        (Some(_), CheckedPart::Archived) => found(
            FindingCode::ArchivedUnsupported,
            format!("the {name} is marked as archived, but no record says that it was archived"),
        ),
        (Some(_), CheckedPart::Erased) if erased() => Ok(()),
        (Some(_), CheckedPart::Erased) => found(
            FindingCode::ErasedUnsupported,
            format!("the {name} is marked as erased, but no record says that it was erased"),
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
            (code, format!("the {name} is malformed: {problem}"))
        }
        PartProblem::DoesNotOpen => (
            FindingCode::EventKeyMismatch,
            format!("the event key that the bundle discloses does not open the {name}"),
        ),
        PartProblem::NeedlessKey => (
            FindingCode::EventKeyNeedless,
            "the bundle discloses an event key, but the record is not encrypted".to_owned(),
        ),
        PartProblem::Producer(error) => by_producer(error),
    }
}

/// What is wrong with a producer's signature.
fn by_producer(error: &ProducerError) -> (FindingCode, String) {
    let code = match error {
        ProducerError::OtherPayload
        | ProducerError::DigestMissing
        | ProducerError::DigestNeedless => FindingCode::ProducerPayload,
        ProducerError::Governance => FindingCode::BodyForm,
        ProducerError::Key(_) | ProducerError::BadSignature => FindingCode::ProducerSignature,
    };
    (code, error.to_string())
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
            | FindingCode::ArchivedUnsupported
            | FindingCode::ProducerSignature
            | FindingCode::ProducerPayload
            | FindingCode::EventKeyMismatch
            | FindingCode::EventKeyNeedless
            | FindingCode::PartMissing
    )
}

/// Whether a finding leaves it certain that headers, chain and tree are those that the checkpoint signs.
pub(super) fn leaves_the_log_whole(code: FindingCode) -> bool {
    concerns_parts(code)
        || matches!(
            code,
            FindingCode::EntriesForm
                | FindingCode::LeafMismatch
                | FindingCode::TileMismatch
                | FindingCode::StateMismatch
                | FindingCode::StateForm
        )
}
