//! What is wrong with a stored record by itself: its form, its commitments, and the words that stand for parts.

use indelible_evidence::{
    body::Body,
    commitment::{PartKind, commit},
    hash::Commitment,
    header::Header,
};
use indelible_store::record::{Part, StoredRecord};

use crate::state::{absent_word::AbsentWord, shared::LedgerState};

/// What is wrong with a stored value, if anything is.
pub(crate) fn fault(ledger: &LedgerState, sequence: u64, value: &[u8]) -> Option<String> {
    let stored = match StoredRecord::decode(value) {
        Ok(stored) => stored,
        Err(error) => return Some(error.to_string()),
    };
    let header = match Header::decode(stored.header) {
        Ok(header) => header,
        Err(error) => return Some(error.to_string()),
    };
    if header.sequence != sequence {
        return Some(format!("it calls itself record {}", header.sequence));
    }
    let event = header.kind.event()?;
    if event.sealed.is_none()
        && let Part::Present { bytes, .. } = stored.body
        && let Err(error) = Body::decode(bytes)
    {
        return Some(error.to_string());
    }
    let sealed = event.sealed.is_some();
    part_fault(PartKind::Body, sealed, Some(event.body), stored.body)
        .or_else(|| part_fault(PartKind::Payload, sealed, event.payload, stored.payload))
        .or_else(|| unsupported(ledger, &header, &stored))
}

/// What is wrong with the words that stand for parts, if anything is: only a record of the ledger can support that a
/// part is erased or archived. Without one it is missing.
pub(crate) fn unsupported(
    ledger: &LedgerState,
    header: &Header<'_>,
    stored: &StoredRecord<'_>,
) -> Option<String> {
    [
        (PartKind::Body, stored.body),
        (PartKind::Payload, stored.payload),
    ]
    .into_iter()
    .find_map(|(kind, part)| {
        let (word, name) = match part {
            Part::Erased => (AbsentWord::Erased, "erased"),
            Part::Archived => (AbsentWord::Archived, "archived"),
            Part::None | Part::Present { .. } => return None,
        };
        (!ledger.keys().supports(header, kind, word)).then(|| {
            format!(
                "its {} is missing: it is marked as {name}, but no record says that it was {name}",
                kind.name()
            )
        })
    })
}

fn part_fault(
    part: PartKind,
    sealed: bool,
    expected: Option<Commitment>,
    stored: Part<'_>,
) -> Option<String> {
    let name = part.name();
    match (expected, stored) {
        (Some(expected), Part::Present { salt, bytes }) => {
            (commit(&salt, part.domain(sealed), bytes) != expected)
                .then(|| format!("its {name} does not match its commitment"))
        }
        (Some(_), Part::None) => Some(format!("its {name} is missing")),
        (None, Part::None) | (Some(_), _) => None,
        (None, _) => Some(format!(
            "it has a {name} that its header does not commit to"
        )),
    }
}
