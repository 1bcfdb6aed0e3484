//! Keys: what the chain says of them. Whether it is true, the verdict on custody says.

use indelible_evidence::{
    RecordError,
    header::{Header, RecordKind},
    key_event::{
        Closed, DataKeyChange, Disposal, EpochCertificate, Erasure, Genesis, Hold, HoldAction,
        IdentityChange, IdentityKeys, KekChange, ProducerAction, ProducerChange, PublicKey,
        Revocation, SettingsChange, TypedKey,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    projections::{
        fold::Fold,
        measure::{Measures, TOO_MANY},
        pieces::{Counted, Hash16, Last, Listed, Nanos, absorb_fields},
        record::Record,
        table::{Cell, Table},
    },
    time::Instant,
};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Custody {
    data_key_changes: Counted,
    epochs: Counted,
    erasures: Counted,
    events: Listed<KeyEvent>,
    genesis: Counted,
    holds: Counted,
    identity: Last<String>,
    identity_changes: Counted,
    kek: Last<String>,
    kek_changes: Counted,
    /// The statement is not of the format.
    malformed: Counted,
    revocations: Counted,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeyEvent {
    kind: String,
    says: String,
    sequence: u64,
    time: Nanos,
}

absorb_fields!(Custody {
    genesis,
    epochs,
    identity_changes,
    revocations,
    kek_changes,
    data_key_changes,
    erasures,
    holds,
    malformed,
    identity,
    kek,
    events,
});

fn key_text(key: &PublicKey) -> String {
    key.as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn typed_text(key: &TypedKey) -> String {
    match key {
        TypedKey::Ed25519(key) => key_text(key),
        TypedKey::Unknown(key) => unknown_text(key.signature_type()),
    }
}

fn unknown_text(signature_type: u8) -> String {
    format!("a key of the unknown type {signature_type:#04x}")
}

fn keys_text(keys: &IdentityKeys) -> String {
    let known = keys.key().map(key_text);
    let unknown = keys.unknown().map(|key| unknown_text(key.signature_type()));
    let all: Vec<_> = known.into_iter().chain(unknown).collect();
    all.join(", ")
}

fn reason_text(reason: Option<&String>) -> String {
    reason.map_or_else(String::new, |reason| format!("; {reason}"))
}

impl Custody {
    /// What a key event says, in words.
    fn says(&mut self, header: &Header<'_>) -> Result<String, RecordError> {
        let sequence = header.sequence;
        let words = match &header.kind {
            RecordKind::Event(_) | RecordKind::Governance(_) => String::new(),
            RecordKind::Genesis(signed) => {
                self.genesis.see(sequence);
                let genesis = Genesis::decode(signed.statement)?;
                self.identity = Last(Some(keys_text(&genesis.identity)));
                genesis_words(&genesis)
            }
            RecordKind::Epoch(signed) => {
                self.epochs.see(sequence);
                epoch_words(&EpochCertificate::decode(signed.statement)?)
            }
            RecordKind::Identity(signed) => {
                self.identity_changes.see(sequence);
                let change = IdentityChange::decode(signed.statement)?;
                self.identity = Last(Some(keys_text(&change.identity)));
                format!(
                    "identity {}; instead of the one of record {}",
                    keys_text(&change.identity),
                    change.prior
                )
            }
            RecordKind::Revocation(signed) => {
                self.revocations.see(sequence);
                revocation_words(&Revocation::decode(signed.statement)?)
            }
            RecordKind::Kek(signed) => {
                self.kek_changes.see(sequence);
                let change = KekChange::decode(signed.statement)?;
                let words = format!(
                    "provider {}; KEK {}",
                    change.provider,
                    Hash16::of_id(&change.kek)
                );
                self.kek = Last(Some(words.clone()));
                words
            }
            RecordKind::DataKey(signed) => {
                self.data_key_changes.see(sequence);
                format!(
                    "data key {}",
                    DataKeyChange::decode(signed.statement)?.data_key
                )
            }
            RecordKind::Erasure(signed) => {
                self.erasures.see(sequence);
                let erasure = Erasure::decode(signed.statement)?;
                format!("{} data keys; {}", erasure.data_keys.len(), erasure.basis)
            }
            RecordKind::Hold(signed) => {
                self.holds.see(sequence);
                hold_words(&Hold::decode(signed.statement)?)
            }
            RecordKind::Settings(signed) => {
                settings_words(&SettingsChange::decode(signed.statement)?)
            }
            RecordKind::Producer(signed) => {
                producer_words(&ProducerChange::decode(signed.statement)?)
            }
            RecordKind::Disposal(signed) => {
                let disposal = Disposal::decode(signed.statement)?;
                format!("under the rule {}", disposal.rule)
            }
            RecordKind::Closed(signed) => closed_words(&Closed::decode(signed.statement)?),
        };
        Ok(words)
    }
}

fn genesis_words(genesis: &Genesis) -> String {
    let recovery = match &genesis.recovery {
        Some(key) => format!("recovery key {}", key_text(key)),
        None => "no recovery key".to_owned(),
    };
    format!("identity {}; {recovery}", keys_text(&genesis.identity))
}

fn epoch_words(epoch: &EpochCertificate) -> String {
    let key = key_text(&epoch.key);
    format!("key {key}; sizes {} to {}", epoch.first, epoch.last)
}

fn revocation_words(revocation: &Revocation) -> String {
    let (key, size) = (typed_text(&revocation.key), revocation.size);
    let reason = reason_text(revocation.reason.as_ref());
    format!("key {key}; beyond size {size}{reason}")
}

fn settings_words(change: &SettingsChange) -> String {
    let settings = &change.settings;
    let encryption = settings.encryption.as_str();
    let rules = settings.retention.len();
    let reason = reason_text(change.reason.as_ref());
    let on = |promise: bool| if promise { "on" } else { "off" };
    let trail = on(settings.access_trail);
    let conventions = on(settings.conventions);
    let signed = settings.signed_sources.len();
    format!(
        "encryption {encryption}; access trail {trail}; checks of conventions {conventions}; \
         {signed} sources that must sign; {rules} rules of retention{reason}"
    )
}

fn closed_words(closed: &Closed) -> String {
    let successor = closed
        .successor
        .as_ref()
        .map(|origin| format!("; followed by {origin}"));
    let reason = reason_text(closed.reason.as_ref());
    format!("the end{}{reason}", successor.unwrap_or_default())
}

fn hold_words(hold: &Hold) -> String {
    match &hold.action {
        HoldAction::Place { data_keys, reason } => {
            let scope = match data_keys {
                Some(keys) => format!("{} data keys", keys.len()),
                None => "the whole ledger".to_owned(),
            };
            let reason = reason_text(reason.as_ref());
            format!("hold {} on {scope}{reason}", hold.hold)
        }
        HoldAction::Release => format!("hold {} is released", hold.hold),
    }
}

fn producer_words(change: &ProducerChange) -> String {
    let key = key_text(&change.key);
    match &change.action {
        ProducerAction::Register { name, .. } => format!("key {key} of {name}"),
        ProducerAction::Revoke { size, reason } => {
            let reason = reason_text(reason.as_ref());
            format!("key {key} counts for nothing from record {size} on{reason}")
        }
    }
}

impl Fold for Custody {
    const NAME: &'static str = "custody";
    const VERSION: u32 = 1;

    fn record(&mut self, record: &Record<'_>) {
        if !record.header.is_key_event() {
            return;
        }
        let sequence = record.sequence();
        let says = self.says(record.header).unwrap_or_else(|_| {
            self.malformed.see(sequence);
            "the statement is malformed".to_owned()
        });
        self.events.push(KeyEvent {
            sequence,
            time: Nanos(record.time()),
            kind: record.header.kind_name().to_owned(),
            says,
        });
    }

    fn measures(&self, measures: &mut Measures) {
        for (name, counted) in [
            ("custody.genesis", &self.genesis),
            ("custody.epochs", &self.epochs),
            ("custody.identity_changes", &self.identity_changes),
            ("custody.revocations", &self.revocations),
            ("custody.kek_changes", &self.kek_changes),
            ("custody.data_key_changes", &self.data_key_changes),
            ("custody.erasures", &self.erasures),
            ("custody.holds", &self.holds),
            ("custody.malformed_statements", &self.malformed),
        ] {
            measures.count(name, counted);
        }
    }

    fn tables(&self) -> Vec<Table> {
        let row = |event: &KeyEvent| -> Vec<Cell> {
            vec![
                event.sequence.into(),
                Instant(event.time.0).to_string().into(),
                event.kind.as_str().into(),
                event.says.as_str().into(),
            ]
        };
        let rows = match self.events.all() {
            Some(events) => events.iter().map(row).collect(),
            None => vec![vec![Cell::Text(TOO_MANY.to_owned())]],
        };
        vec![
            Table {
                name: "custody.key_events",
                columns: &["record", "time", "kind", "says"],
                rows,
            },
            Table {
                name: "custody.at_end",
                columns: &["identity", "kek"],
                rows: vec![vec![
                    self.identity.0.clone().into(),
                    self.kek.0.clone().into(),
                ]],
            },
        ]
    }
}
