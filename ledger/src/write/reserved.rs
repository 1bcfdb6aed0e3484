//! Types and sources that are the daemon's own: which events a client may not append, and which records are clients'.

use indelible_evidence::{
    FieldViolation,
    header::{Header, RecordKind},
};

use crate::{
    state::shared::LedgerState,
    write::{event::EventInput, lookalike::begins_like},
};

/// Types that begin so are the daemon's own, so no client appends one.
const RESERVED_TYPES: &str = "indelible.";
/// But for those of importers, which are clients.
const IMPORT_TYPES: &str = "indelible.import.";
/// Among the daemon's are those of the trail.
const TRAIL_TYPES: &str = "indelible.access.";
/// And those that tell of reports.
const REPORT_TYPES: &str = "indelible.report.";
/// And those of the store's own ledger.
const SYSTEM_TYPES: &str = "indelible.system.";
/// So are sources that begin so.
const RESERVED_SOURCES: &str = "urn:indelible:";

/// Refuses what a client may not append: the trail is the daemon's own word, and so is all of the store's own ledger.
pub(crate) fn check_client(
    cell: &LedgerState,
    event: &EventInput<'_>,
) -> Result<(), FieldViolation> {
    if cell.is_system() {
        return Err(FieldViolation {
            field: "ledger".into(),
            problem: "is the store's own, to which nobody but the daemon appends".into(),
        });
    }
    let (event_type, source) = (event.event_type, event.body.source);
    if begins_like(event_type, RESERVED_TYPES) && !event_type.starts_with(IMPORT_TYPES) {
        return Err(refused("type", event_type, RESERVED_TYPES));
    }
    if is_source(source) {
        return Err(refused("source", source, RESERVED_SOURCES));
    }
    Ok(())
}

/// Whether a source is the daemon's own, or can be taken for one.
pub(crate) fn is_source(source: &str) -> bool {
    begins_like(source, RESERVED_SOURCES)
}

fn refused(field: &str, text: &str, prefix: &str) -> FieldViolation {
    let begins = match text.starts_with(prefix) {
        true => "begins with",
        false => "begins with what can be taken for",
    };
    FieldViolation {
        field: field.into(),
        problem: format!("{begins} {prefix:?}, which only the daemon's own events do"),
    }
}

/// Whether an event of this type is the daemon's own, and no client's. What a ledger without a trail holds of the
/// trail's types is a client's.
pub(crate) fn is_daemons(cell: &LedgerState, sequence: u64, event_type: &str) -> bool {
    match reserved(event_type) {
        Some(TRAIL_TYPES) => cell.kept_trail_at(sequence),
        Some(SYSTEM_TYPES) => cell.is_system(),
        reserved => reserved.is_some(),
    }
}

fn reserved(event_type: &str) -> Option<&'static str> {
    [TRAIL_TYPES, REPORT_TYPES, SYSTEM_TYPES]
        .into_iter()
        .find(|prefix| event_type.starts_with(prefix))
}

/// Whether a client appended the record.
pub(crate) fn is_clients(cell: &LedgerState, header: &Header<'_>) -> bool {
    match &header.kind {
        RecordKind::Event(event) => !is_daemons(cell, header.sequence, event.event_type),
        _ => false,
    }
}
