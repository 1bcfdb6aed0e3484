//! Statements come back as they were, and hold only for their own ledger and keys.

mod forms;
mod identities;
mod policies;
mod signatures;

use super::*;
use crate::cbor::Encoder;
use crate::hash::{ChainHash, DataKeyId, HoldId, TreeHash};
use crate::origin::Origin;
use crate::record_error::RecordError;
use crate::testing::{genesis, origin, public_key, settings};

/// Genesis with everything that it can have.
fn successor() -> Genesis {
    let lost = "origin\n1\nroot\n\n\u{2014} name AAAAAAA=\n".to_owned();
    let predecessor = Predecessor {
        origin: Origin::parse("audit.example.com/payments/ffffffffffff").unwrap(),
        size: 70_000,
        root: TreeHash::from_bytes([4; 32]),
        chain: ChainHash::from_bytes([5; 32]),
        lost: Some(lost),
    };
    Genesis {
        identity: two_keys(1),
        recovery: Some(public_key(9)),
        predecessor: Some(predecessor),
        settings: Some(full_settings()),
        ..genesis()
    }
}

/// An identity with a key of a type that is not known here beside its first.
fn two_keys(seed: u8) -> IdentityKeys {
    IdentityKeys::new(public_key(seed).into(), vec![unknown(6, seed)]).unwrap()
}

fn unknown(signature_type: u8, byte: u8) -> UnknownKey {
    UnknownKey::from_typed_bytes(&[signature_type, byte, byte]).unwrap()
}

/// Settings with everything that they can have.
fn full_settings() -> Settings {
    Settings {
        encryption: Encryption::All,
        access_trail: true,
        conventions: false,
        signed_sources: vec!["urn:a".to_owned(), "urn:b".to_owned()],
        retention: vec![rule("a"), bare_rule("b")],
    }
}

fn rule(name: &str) -> RetentionRule {
    RetentionRule {
        name: name.to_owned(),
        action: RetentionAction::Archive,
        parts: RetentionParts::All,
        after_days: 3_650,
        clock: RetentionClock::Event,
        basis: "section 147 AO".to_owned(),
        event_type: Some("com.example.invoice.v1".to_owned()),
        classification: Some("accounting".to_owned()),
    }
}

fn bare_rule(name: &str) -> RetentionRule {
    RetentionRule {
        action: RetentionAction::Erase,
        parts: RetentionParts::Payloads,
        after_days: 1,
        clock: RetentionClock::Recorded,
        event_type: None,
        classification: None,
        ..rule(name)
    }
}

fn change() -> IdentityChange {
    IdentityChange {
        origin: origin(),
        prior: 0,
        sequence: Some(44),
        identity: public_key(7).into(),
        reason: None,
    }
}

fn revocation(key: impl Into<TypedKey>, reason: Option<&str>) -> Revocation {
    Revocation {
        origin: origin(),
        key: key.into(),
        size: 70_000,
        reason: reason.map(str::to_owned),
    }
}

fn kek(reason: Option<&str>) -> KekChange {
    KekChange {
        origin: origin(),
        kek: [6; 16],
        provider: "pkcs11".to_owned(),
        reason: reason.map(str::to_owned),
    }
}

fn data_key() -> DataKeyChange {
    DataKeyChange {
        origin: origin(),
        data_key: DataKeyId::from_bytes([7; 16]),
    }
}

fn ids(numbers: &[u8]) -> Vec<DataKeyId> {
    let ids = numbers
        .iter()
        .map(|number| DataKeyId::from_bytes([*number; 16]));
    ids.collect()
}

fn erasure(numbers: &[u8]) -> Erasure {
    Erasure {
        origin: origin(),
        data_keys: ids(numbers),
        basis: "asked for".to_owned(),
    }
}

fn place(data_keys: Option<Vec<DataKeyId>>, reason: Option<&str>) -> Hold {
    Hold {
        origin: origin(),
        hold: HoldId::from_bytes([5; 16]),
        action: HoldAction::Place {
            data_keys,
            reason: reason.map(str::to_owned),
        },
    }
}

fn settings_change(settings: Settings, reason: Option<&str>) -> SettingsChange {
    SettingsChange {
        origin: origin(),
        settings,
        reason: reason.map(str::to_owned),
    }
}

fn registration(sources: &[&str]) -> ProducerChange {
    let sources: Vec<_> = sources.iter().map(|&source| source.to_owned()).collect();
    let message = ProducerChange::proof_message(&origin(), &public_key(8), "till 4", &sources);
    ProducerChange {
        origin: origin(),
        key: public_key(8),
        action: ProducerAction::Register {
            name: "till 4".to_owned(),
            sources,
            proof: crate::testing::sign(8, &message),
        },
    }
}

fn producer_revocation(reason: Option<&str>) -> ProducerChange {
    ProducerChange {
        origin: origin(),
        key: public_key(8),
        action: ProducerAction::Revoke {
            size: 300,
            reason: reason.map(str::to_owned),
        },
    }
}

fn disposal(spans: &[(u64, u64)], archive: bool) -> Disposal {
    let spans = spans.iter().map(|&(from, to)| Span { from, to });
    Disposal {
        origin: origin(),
        rule: "a".to_owned(),
        spans: spans.collect(),
        archive: archive.then(|| Archive {
            sha256: [3; 32],
            location: "tape 7".to_owned(),
        }),
    }
}

fn closed(reason: Option<&str>, successor: Option<&str>) -> Closed {
    Closed {
        origin: origin(),
        reason: reason.map(str::to_owned),
        successor: successor.map(|successor| Origin::parse(successor).unwrap()),
    }
}

const SUCCESSOR: &str = "audit.example.com/payments-2/0123456789ab";
