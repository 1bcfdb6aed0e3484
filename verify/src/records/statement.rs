//! What a key event states, by name.

use data_encoding::HEXLOWER;
use indelible_evidence::{
    Closed, DataKeyChange, DataKeyId, Disposal, EpochCertificate, Erasure, Genesis, Header, Hold,
    HoldAction, IdentityChange, IdentityKeys, KekChange, ProducerAction, ProducerChange,
    RecordError, RecordKind, RetentionRule, Revocation, Settings, SettingsChange, TypedKey,
    key_event::UnknownKey,
};
use serde_json::{Map, Value, json};

/// What a header states, if it is a key event's. One that can't be read states its bytes.
pub(crate) fn statement(header: &Header<'_>) -> Map<String, Value> {
    let Some(signed) = header.kind.statement() else {
        return Map::new();
    };
    let bytes = signed.statement;
    let stated = match &header.kind {
        RecordKind::Event(_) | RecordKind::Governance(_) => return Map::new(),
        RecordKind::Genesis(_) => Genesis::decode(bytes).map(|it| genesis(&it)),
        RecordKind::Epoch(_) => EpochCertificate::decode(bytes).map(|it| epoch(&it)),
        RecordKind::Identity(_) => IdentityChange::decode(bytes).map(|it| identity(&it)),
        RecordKind::Revocation(_) => Revocation::decode(bytes).map(|it| revocation(&it)),
        RecordKind::Kek(_) => KekChange::decode(bytes).map(|it| kek(&it)),
        RecordKind::DataKey(_) => {
            DataKeyChange::decode(bytes).map(|it| json!({ "data_key": it.data_key.to_string() }))
        }
        RecordKind::Erasure(_) => Erasure::decode(bytes)
            .map(|it| json!({ "data_keys": ids(&it.data_keys), "basis": it.basis })),
        RecordKind::Hold(_) => Hold::decode(bytes).map(|it| hold(&it)),
        RecordKind::Settings(_) => SettingsChange::decode(bytes)
            .map(|it| json!({ "settings": settings(&it.settings), "reason": it.reason })),
        RecordKind::Producer(_) => ProducerChange::decode(bytes).map(|it| producer(&it)),
        RecordKind::Disposal(_) => Disposal::decode(bytes).map(|it| disposal(&it)),
        RecordKind::Closed(_) => Closed::decode(bytes).map(|it| {
            let successor = it.successor.as_ref().map(|origin| origin.as_str());
            json!({ "reason": it.reason, "successor": successor })
        }),
    };
    named(stated, bytes)
}

/// What is there, without what is not.
fn named(stated: Result<Value, RecordError>, bytes: &[u8]) -> Map<String, Value> {
    let stated = stated.unwrap_or_else(
        |error| json!({ "unreadable": error.to_string(), "cbor": HEXLOWER.encode(bytes) }),
    );
    let stated = match stated {
        Value::Object(stated) => stated,
        _ => Map::new(),
    };
    stated.into_iter().filter(|(_, it)| !it.is_null()).collect()
}

fn ids(keys: &[DataKeyId]) -> Vec<String> {
    keys.iter().map(DataKeyId::to_string).collect()
}

/// The keys of an identity, each as its type and its bytes.
fn keys(identity: &IdentityKeys) -> Vec<String> {
    let own = identity.key();
    let own = own.map(|key| format!("ed25519 {}", HEXLOWER.encode(key.as_bytes())));
    let others = identity.unknown().map(unknown);
    own.into_iter().chain(others).collect()
}

/// A key of a type that is not known here.
fn unknown(key: &UnknownKey) -> String {
    let bytes = HEXLOWER.encode(key.typed_bytes());
    format!("of type {:#04x} {bytes}", key.signature_type())
}

fn genesis(genesis: &Genesis) -> Value {
    let recovery = genesis.recovery.as_ref();
    json!({
        "origin": genesis.origin.as_str(),
        "identity": keys(&genesis.identity),
        "recovery": recovery.map(|key| HEXLOWER.encode(key.as_bytes())),
        "settings": genesis.settings.as_ref().map(settings),
        "predecessor": genesis.predecessor.as_ref().map(|it| json!({
            "origin": it.origin.as_str(),
            "size": it.size,
            "root": it.root.to_string(),
            "chain": it.chain.to_string(),
            "lost": it.lost,
        })),
    })
}

fn epoch(certificate: &EpochCertificate) -> Value {
    json!({
        "key": HEXLOWER.encode(certificate.key.as_bytes()),
        "first": certificate.first,
        "last": certificate.last,
        "root": certificate.root.to_string(),
    })
}

fn identity(change: &IdentityChange) -> Value {
    json!({
        "identity": keys(&change.identity),
        "replaces_that_of_record": change.prior,
        "reason": change.reason,
    })
}

fn revocation(revocation: &Revocation) -> Value {
    let key = match &revocation.key {
        TypedKey::Ed25519(key) => format!("ed25519 {}", HEXLOWER.encode(key.as_bytes())),
        TypedKey::Unknown(key) => unknown(key),
    };
    json!({
        "key": key,
        "trusted_up_to_size": revocation.size,
        "reason": revocation.reason,
    })
}

fn kek(change: &KekChange) -> Value {
    json!({
        "kek": HEXLOWER.encode(&change.kek),
        "provider": change.provider,
        "reason": change.reason,
    })
}

fn hold(hold: &Hold) -> Value {
    let id = hold.hold.to_string();
    match &hold.action {
        HoldAction::Place { data_keys, reason } => json!({
            "hold": id,
            "action": "place",
            "data_keys": data_keys.as_deref().map(ids),
            "whole_ledger": data_keys.is_none(),
            "reason": reason,
        }),
        HoldAction::Release => json!({ "hold": id, "action": "release" }),
    }
}

fn settings(settings: &Settings) -> Value {
    json!({
        "encryption": settings.encryption.as_str(),
        "access_trail": settings.access_trail,
        "conventions": settings.conventions,
        "signed_sources": settings.signed_sources,
        "retention": settings.retention.iter().map(rule).collect::<Vec<_>>(),
    })
}

fn rule(rule: &RetentionRule) -> Value {
    json!({
        "name": rule.name,
        "action": rule.action.as_str(),
        "parts": rule.parts.as_str(),
        "after_days": rule.after_days,
        "clock": rule.clock.as_str(),
        "basis": rule.basis,
        "type": rule.event_type,
        "classification": rule.classification,
    })
}

fn producer(change: &ProducerChange) -> Value {
    let key = HEXLOWER.encode(change.key.as_bytes());
    match &change.action {
        ProducerAction::Register { name, sources, .. } => json!({
            "key": key,
            "action": "register",
            "name": name,
            "sources": sources,
        }),
        ProducerAction::Revoke { size, reason } => json!({
            "key": key,
            "action": "revoke",
            "void_from_record": size,
            "reason": reason,
        }),
    }
}

fn disposal(disposal: &Disposal) -> Value {
    let spans = disposal.spans.iter();
    let spans = spans.map(|span| json!({ "from": span.from, "to": span.to }));
    json!({
        "rule": disposal.rule,
        "spans": spans.collect::<Vec<_>>(),
        "archive": disposal.archive.as_ref().map(|archive| json!({
            "sha256": HEXLOWER.encode(&archive.sha256),
            "location": archive.location,
        })),
    })
}
