//! What the ledger's own gate records.

use indelible_compliance::gate::Governed;
use indelible_compliance::projections::record::Record;
use indelible_evidence::hash::Commitment;
use indelible_evidence::header::{EventHeader, RecordKind};
use serde_json::Value;

use super::{Shown, Told};

/// A record of the gate.
pub(crate) fn governed(content: Value) -> Told {
    let name = content["entry"].as_str().unwrap_or_default();
    Told {
        event_type: format!("indelible.governance.{name}.v1"),
        gate: Some(content),
        ..Told::default()
    }
}

impl Told {
    pub(super) fn of_gate(&self) -> RecordKind<'_> {
        RecordKind::Governance(EventHeader {
            event_type: &self.event_type,
            classification: None,
            body: Commitment::from_bytes([1; 32]),
            payload: Some(Commitment::from_bytes([2; 32])),
            sealed: None,
        })
    }

    /// Shows what the gate says in a record, if it is one of the gate.
    pub(super) fn governed_as(&self, record: &Record<'_>, show: &mut dyn FnMut(&Governed<'_>)) {
        let content = match self.shown {
            Shown::Open => self.gate.as_ref().map(Value::to_string),
            Shown::Misfit => Some("{}".to_owned()),
            _ => None,
        };
        let content = content.as_deref().map(str::as_bytes);
        if let Some(governed) = Governed::new(record.header, content) {
            show(&governed);
        }
    }
}
