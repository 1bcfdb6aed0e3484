//! OCSF 1.9.0: API Activity (6003), Account Change (3001) and Entity Management (3004), from the conventions for AI
//! events. It is a view for systems that watch: payloads and data subjects stay behind.

use indelible_evidence::attribute_text::{Instant, parse_time};
use indelible_proto::{
    time::unix_nano,
    v1::{Event, LedgerRecord, PartState, RecordKind, fact_value::Value},
};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::shown_fact;
use crate::hex;

/// The version of the schema.
pub const VERSION: &str = "1.9.0";

const NANOS_PER_MILLI: u64 = 1_000_000;
/// `99`: the activity is named in `activity_name`.
const OTHER: u64 = 99;
/// Where the profile `record_integrity` puts what shows that an event was not altered.
const ATTESTATIONS: &str = "attestation_list";
/// The algorithm of a fingerprint.
const SHA_256: u64 = 3;
/// The kind of managed entity that is a policy.
const POLICY: u64 = 5;

/// A class, an activity in it, and the activity's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Class {
    uid: u64,
    name: &'static str,
    activity: u64,
    activity_name: &'static str,
}

const fn api(activity: u64, activity_name: &'static str) -> Class {
    Class {
        uid: 6003,
        name: "API Activity",
        activity,
        activity_name,
    }
}

const fn account(activity: u64, activity_name: &'static str) -> Class {
    Class {
        uid: 3001,
        name: "Account Change",
        activity,
        activity_name,
    }
}

const fn entity(activity: u64, activity_name: &'static str) -> Class {
    Class {
        uid: 3004,
        name: "Entity Management",
        activity,
        activity_name,
    }
}

/// The class of a record. What no convention speaks of is an activity at an interface, by its own name.
fn class(record: &LedgerRecord) -> Class {
    let Some(event) = record
        .event
        .as_ref()
        .filter(|_| record.kind() == RecordKind::Event)
    else {
        return match record.kind() {
            RecordKind::Genesis | RecordKind::Epoch | RecordKind::DataKey => entity(1, "Create"),
            RecordKind::Erasure
            | RecordKind::Revocation
            | RecordKind::Disposal
            | RecordKind::Closed => entity(4, "Delete"),
            _ => entity(3, "Update"),
        };
    };
    match event.r#type.as_str() {
        "ai.agent.declared.v1" => account(1, "Create"),
        // Of a person's requests nobody is the account: they name none.
        "privacy.request.received.v1" => entity(1, "Create"),
        "privacy.request.extended.v1" | "privacy.request.answered.v1" => entity(3, "Update"),
        "ai.agent.resumed.v1" => account(2, "Enable"),
        "ai.agent.halted.v1" => account(5, "Disable"),
        "ai.approval.requested.v1"
        | "ai.policy.registered.v1"
        | "ai.dataset.registered.v1"
        | "ai.model.released.v1" => entity(1, "Create"),
        "ai.approval.granted.v1"
        | "ai.approval.denied.v1"
        | "ai.approval.expired.v1"
        | "ai.incident.v1"
        | "ai.override.v1" => entity(3, "Update"),
        _ => match boolean(event, "read_only") {
            Some(true) => api(2, "Read"),
            _ => api(OTHER, "Other"),
        },
    }
}

/// One record as an OCSF event. `ledger` is its origin.
#[must_use]
pub fn event(ledger: &str, record: &LedgerRecord) -> Json {
    let class = class(record);
    let nothing = Event::default();
    let event = record.event.as_ref().unwrap_or(&nothing);
    let recorded = record
        .recorded_time
        .as_ref()
        .and_then(unix_nano)
        .unwrap_or_default()
        / NANOS_PER_MILLI;
    let activity_name = match (class.activity, event.r#type.as_str()) {
        (OTHER, name) if !name.is_empty() => name,
        _ => class.activity_name,
    };
    let (status, status_id) = status(event);
    let (severity, severity_id) = severity(event);
    let category = if class.uid == 6003 {
        ("Application Activity", 6)
    } else {
        ("Identity & Access Management", 3)
    };
    let mut members = Map::new();
    let mut put = |name: &str, value: Json| {
        members.insert(name.to_owned(), value);
    };
    put("category_name", json!(category.0));
    put("category_uid", json!(category.1));
    put("class_name", json!(class.name));
    put("class_uid", json!(class.uid));
    put("activity_id", json!(class.activity));
    put("activity_name", json!(activity_name));
    put("type_uid", json!(class.uid * 100 + class.activity));
    put(
        "type_name",
        json!(format!("{}: {}", class.name, class.activity_name)),
    );
    match happened(event) {
        Some(time) => put("time", json!(time)),
        None => put("time", json!(recorded)),
    }
    put("severity", json!(severity));
    put("severity_id", json!(severity_id));
    put("status", json!(status));
    put("status_id", json!(status_id));
    put("metadata", metadata(ledger, record, event, recorded));
    put("unmapped", unmapped(record, event));
    let actor = actor(class, event);
    match class.uid {
        6003 => {
            put("actor", actor);
            put("api", api_call(event));
            let is_named = !event.source.is_empty();
            let source = if is_named { &event.source } else { ledger };
            put("src_endpoint", json!({ "name": source }));
            if !event.subject.is_empty() {
                put("resources", json!([{ "name": event.subject }]));
            }
        }
        3001 => {
            put("actor", actor);
            let agent = text(event, "agent").unwrap_or("unknown");
            put("user", user(agent, "Agent"));
        }
        _ => {
            put("actor", actor);
            put("entity", managed(ledger, record, event));
        }
    }
    attested(members, ledger, record)
}

/// The event with its fingerprint, as the profile `record_integrity` has it: SHA-256 over all of it in the canonical form of
/// RFC 8785, without the fingerprint itself. It shows that an event is what was exported, and no more: nobody signs it, and
/// the proof of the record is its receipt.
fn attested(mut members: Map<String, Json>, ledger: &str, record: &LedgerRecord) -> Json {
    let mut attestation = json!({
        "uid": format!("{ledger}/{}", record.sequence),
        "chain_uid": ledger,
    });
    members.insert(ATTESTATIONS.to_owned(), json!([attestation]));
    // Members are in the order of their names, and numbers are integers that every reader keeps: this is that form.
    let canonical = Json::Object(members.clone()).to_string();
    attestation["fingerprint"] = json!({
        "algorithm": "SHA-256",
        "algorithm_id": SHA_256,
        "value": hex::encode(&Sha256::digest(canonical)),
    });
    members.insert(ATTESTATIONS.to_owned(), json!([attestation]));
    Json::Object(members)
}

fn metadata(ledger: &str, record: &LedgerRecord, event: &Event, recorded: u64) -> Json {
    let mut metadata = json!({
        "version": VERSION,
        "profiles": ["record_integrity"],
        "product": { "name": "Indelible", "vendor_name": "Indelible" },
        "log_name": ledger,
        "log_provider": "Indelible",
        "logged_time": recorded,
        "sequence": record.sequence,
        "uid": format!("{ledger}/{}", record.sequence),
    });
    for (name, value) in [
        ("original_event_uid", &event.id),
        ("original_time", &event.time),
        ("correlation_uid", &event.correlation_id),
        ("event_code", &event.r#type),
        ("log_source", &event.source),
    ] {
        if !value.is_empty() {
            metadata[name] = json!(value);
        }
    }
    metadata
}

/// What OCSF has no word for: the facts, and where the record stands in the evidence.
fn unmapped(record: &LedgerRecord, event: &Event) -> Json {
    let facts = event.facts.iter();
    let facts: Map<String, Json> = facts
        .map(|(name, value)| (name.clone(), shown_fact(value)))
        .collect();
    let body = match record.body_state() {
        state @ (PartState::Present | PartState::Erased) => state.name(),
        _ => "not readable",
    };
    json!({
        "kind": record.kind().name(),
        "classification": event.classification,
        "body": body,
        "chain_hash": hex::encode(&record.chain_hash),
        "facts": facts,
    })
}

fn actor(class: Class, event: &Event) -> Json {
    let human = ["reviewer", "by", "approved_by"]
        .iter()
        .find_map(|name| text(event, name));
    let agent = text(event, "agent").filter(|_| class.uid != 3001);
    let name = human
        .or((!event.actor.is_empty()).then_some(event.actor.as_str()))
        .or(agent)
        .unwrap_or("unknown");
    let kind = if human.is_some() && text(event, "by_kind").is_none_or(|kind| kind == "human") {
        "User"
    } else {
        "Agent"
    };
    let mut actor = json!({ "user": user(name, kind) });
    if let Some(session) = text(event, "session") {
        actor["session"] = json!({ "uid": session });
    }
    actor
}

fn user(name: &str, kind: &str) -> Json {
    let type_id = if kind == "User" { 1 } else { OTHER };
    json!({ "name": name, "uid": name, "type": kind, "type_id": type_id })
}

fn api_call(event: &Event) -> Json {
    let operation = ["event_name", "tool", "model"]
        .iter()
        .find_map(|name| text(event, name));
    let operation = operation.unwrap_or(if event.r#type.is_empty() {
        "unknown"
    } else {
        &event.r#type
    });
    let mut call = json!({ "operation": operation });
    let service = text(event, "system").or_else(|| text(event, "event_source"));
    if let Some(service) = service {
        call["service"] = json!({ "name": service });
    }
    if let Some(error) = text(event, "error_kind").or_else(|| text(event, "error_code")) {
        call["response"] = json!({ "error": error });
    }
    call
}

/// The thing that a record is about.
fn managed(ledger: &str, record: &LedgerRecord, event: &Event) -> Json {
    let named = [
        ("approval_id", "approval", None),
        ("policy", "policy", Some("policy_version")),
        ("dataset", "data set", Some("dataset_version")),
        ("model", "model", Some("model_version")),
        ("incident_id", "incident", None),
        ("request_id", "request", None),
    ];
    for (name, kind, version) in named {
        if let Some(uid) = text(event, name) {
            let mut entity = other_entity(uid, kind);
            if let Some(version) = version.and_then(|name| text(event, name)) {
                entity["version"] = json!(version);
            }
            if name == "policy" {
                entity["type"] = json!("Policy");
                entity["type_id"] = json!(POLICY);
                entity["policy"] = json!({ "uid": uid, "name": uid });
                if let Some(version) = entity.get("version").cloned() {
                    entity["policy"]["version"] = version;
                }
            }
            return entity;
        }
    }
    if event.r#type.is_empty() {
        return other_entity(ledger, &format!("ledger {}", record.kind().name()));
    }
    let uid = if event.correlation_id.is_empty() {
        "unknown"
    } else {
        &event.correlation_id
    };
    other_entity(uid, "decision")
}

/// An entity of a kind that the schema has no number for.
fn other_entity(uid: &str, kind: &str) -> Json {
    json!({ "uid": uid, "name": uid, "type": kind, "type_id": OTHER })
}

fn status(event: &Event) -> (&'static str, u64) {
    let failed = boolean(event, "error") == Some(true)
        || text(event, "error_code").is_some()
        || matches!(
            text(event, "result"),
            Some("fail" | "halt" | "error" | "refused")
        )
        || boolean(event, "prevented") == Some(true);
    match (failed, event.facts.is_empty()) {
        (true, _) => ("Failure", 2),
        (false, false) => ("Success", 1),
        (false, true) => ("Unknown", 0),
    }
}

fn severity(event: &Event) -> (&'static str, u64) {
    match text(event, "severity") {
        Some("low") => return ("Low", 2),
        Some("medium") => return ("Medium", 3),
        Some("high") => return ("High", 4),
        Some("critical") => return ("Critical", 5),
        _ => {}
    }
    match event.r#type.as_str() {
        crate::import::checked::BROKEN_TYPE => ("High", 4),
        crate::import::checked::CHECKED_TYPE if text(event, "verdict") == Some("broken") => {
            ("High", 4)
        }
        "ai.violation.v1" | "ai.agent.halted.v1" => ("Medium", 3),
        _ => ("Informational", 1),
    }
}

/// When the source says that it happened, in milliseconds since 1970 UTC, before it below zero. Finer digits are cut.
fn happened(event: &Event) -> Option<i64> {
    parse_time(&event.time).map(Instant::milliseconds)
}

/// Whether the record's event has a time that is not one of RFC 3339, so that the recorded time stands in its place.
#[must_use]
pub fn time_is_replaced(record: &LedgerRecord) -> bool {
    let event = record.event.as_ref();
    event.is_some_and(|event| !event.time.is_empty() && happened(event).is_none())
}

fn text<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    match &event.facts.get(name)?.value {
        Some(Value::Text(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn boolean(event: &Event, name: &str) -> Option<bool> {
    match event.facts.get(name)?.value {
        Some(Value::Boolean(boolean)) => Some(boolean),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
