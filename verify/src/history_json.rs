//! What became of the ledger's keys, and what its records are held to, for programs.

use indelible_evidence::TypedKey;
use indelible_evidence::key_event::RetentionRule;
use indelible_evidence::verify::{KeyHistory, Listed, ProducerFacts, SettingsFacts};
use serde_json::{Value, json};

use crate::body::hex;

/// Lists, and how many there are of each where that is more than is listed.
pub(crate) fn json(keys: &KeyHistory) -> Value {
    json!({
        "identities": list(&keys.identities, |facts| json!({
            "sequence": facts.sequence,
            "time": facts.time,
            "key": facts.key.map(|key| hex(&key)),
            "unknown_types": facts.unknown_types,
            "by_recovery": facts.by_recovery,
            "reason": facts.reason,
        })),
        "revocations": list(&keys.revocations, |facts| json!({
            "sequence": facts.sequence,
            "time": facts.time,
            "key": match &facts.key {
                TypedKey::Ed25519(key) => hex(key.as_bytes()),
                TypedKey::Unknown(key) => hex(key.typed_bytes()),
            },
            "size": facts.size,
            "reason": facts.reason,
        })),
        "keks": list(&keys.keks, |facts| json!({
            "sequence": facts.sequence,
            "time": facts.time,
            "kek": hex(&facts.kek),
            "provider": facts.provider,
            "reason": facts.reason,
        })),
        "data_keys": list(&keys.data_keys, |facts| json!({
            "sequence": facts.sequence,
            "time": facts.time,
            "data_key": facts.data_key.to_string(),
        })),
        "erasures": list(&keys.erasures, |facts| json!({
            "sequence": facts.sequence,
            "time": facts.time,
            "basis": facts.basis,
            "data_keys": facts.data_keys,
            "records": facts.records,
        })),
        "holds": list(&keys.holds, |facts| json!({
            "sequence": facts.sequence,
            "time": facts.time,
            "hold": facts.hold.to_string(),
            "data_keys": facts.data_keys,
            "reason": facts.reason,
            "released": facts.released.map(|(sequence, time)| json!({
                "sequence": sequence,
                "time": time,
            })),
        })),
        "settings": list(&keys.settings, settings),
        "began_without_settings": keys.began_without_settings,
        "producers": list(&keys.producers, producer),
        "disposals": list(&keys.disposals, |facts| json!({
            "sequence": facts.sequence,
            "time": facts.time,
            "rule": rule(&facts.rule),
            "records": facts.records,
            "archive": facts.archive.as_ref().map(|archive| json!({
                "sha256": hex(&archive.sha256),
                "location": archive.location,
            })),
        })),
        "predecessor": keys.predecessor.as_ref().map(|predecessor| json!({
            "origin": predecessor.origin.as_str(),
            "size": predecessor.size,
            "root": predecessor.root.to_string(),
            "lost": predecessor.lost,
        })),
        "closed": keys.closed.as_ref().map(|closed| json!({
            "sequence": closed.sequence,
            "time": closed.time,
            "reason": closed.reason,
            "successor": closed.successor,
        })),
    })
}

fn settings(facts: &SettingsFacts) -> Value {
    let settings = &facts.settings;
    json!({
        "sequence": facts.sequence,
        "time": facts.time,
        "encryption": settings.encryption.as_str(),
        "access_trail": settings.access_trail,
        "conventions": settings.conventions,
        "signed_sources": settings.signed_sources,
        "retention": settings.retention.iter().map(rule).collect::<Vec<_>>(),
        "reason": facts.reason,
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

fn producer(facts: &ProducerFacts) -> Value {
    json!({
        "sequence": facts.sequence,
        "time": facts.time,
        "name": facts.name,
        "key": hex(&facts.key),
        "sources": facts.sources,
        "revoked": facts.revoked.as_ref().map(|revoked| json!({
            "sequence": revoked.sequence,
            "time": revoked.time,
            "size": revoked.size,
            "reason": revoked.reason,
        })),
        "signed": facts.signed,
        "void": facts.void,
    })
}

fn list<T>(things: &Listed<T>, item: impl Fn(&T) -> Value) -> Value {
    let listed: Vec<Value> = things.listed().iter().map(item).collect();
    json!({ "listed": listed, "total": things.total() })
}
