//! What became of the ledger's keys, for people and for programs.

use std::fmt::Write;

use indelible_evidence::verify::{
    ErasureFacts, HoldFacts, IdentityFacts, KekFacts, KeyHistory, Listed, RevocationFacts,
};
use serde_json::{Value, json};

use crate::times::shown;

/// The lines of a report, each with its name; no line for what there was none of.
pub(crate) fn text(keys: &KeyHistory) -> String {
    let mut out = String::new();
    if keys.identities.total() > 1 {
        section(&mut out, "identities", &keys.identities, identity);
    }
    section(&mut out, "revocations", &keys.revocations, revocation);
    section(&mut out, "KEKs", &keys.keks, kek);
    section(&mut out, "data keys", &keys.data_keys, |facts| {
        let (sequence, since) = (facts.sequence, seconds(facts.time));
        format!("{} from record {sequence} on, {since}", facts.data_key)
    });
    section(&mut out, "erasures", &keys.erasures, erasure);
    section(&mut out, "holds", &keys.holds, hold);
    out
}

fn section<T>(out: &mut String, name: &str, things: &Listed<T>, line: impl Fn(&T) -> String) {
    let mut name = name;
    for thing in things.listed() {
        // Writing to a string does not fail.
        let _ = writeln!(out, "{name:<14}{}", line(thing));
        name = "";
    }
    let omitted = things.total() - things.listed().len() as u64;
    if omitted > 0 {
        let _ = writeln!(out, "{name:<14}and {omitted} more");
    }
}

fn identity(facts: &IdentityFacts) -> String {
    let (key, sequence, since) = (hex(&facts.key), facts.sequence, seconds(facts.time));
    let by = if facts.by_recovery {
        ", by the recovery key"
    } else {
        ""
    };
    format!("{key} from record {sequence} on, {since}{by}")
}

fn revocation(facts: &RevocationFacts) -> String {
    let (key, sequence, since) = (hex(&facts.key), facts.sequence, seconds(facts.time));
    let reason = quoted(facts.reason.as_deref());
    format!(
        "{key} trusted up to size {}, by record {sequence}, {since}{reason}",
        facts.size
    )
}

fn kek(facts: &KekFacts) -> String {
    let (kek, sequence, since) = (hex(&facts.kek), facts.sequence, seconds(facts.time));
    format!(
        "{kek} of {} from record {sequence} on, {since}",
        facts.provider.escape_debug()
    )
}

fn erasure(facts: &ErasureFacts) -> String {
    let basis = quoted(Some(&facts.basis));
    format!(
        "recorded as erased by record {}, {}: {} data keys, {} records of this bundle{basis}",
        facts.sequence,
        seconds(facts.time),
        facts.data_keys,
        facts.records
    )
}

fn hold(facts: &HoldFacts) -> String {
    let reach = match facts.data_keys {
        None => "the whole ledger".to_owned(),
        Some(keys) => format!("{keys} data keys"),
    };
    let until = match facts.released {
        None => "in force".to_owned(),
        Some((sequence, time)) => format!("released by record {sequence}, {}", seconds(time)),
    };
    let (sequence, since) = (facts.sequence, seconds(facts.time));
    let reason = quoted(facts.reason.as_deref());
    format!(
        "{} on {reach} from record {sequence} on, {since}; {until}{reason}",
        facts.hold
    )
}

fn seconds(nanoseconds: u64) -> String {
    shown(nanoseconds / 1_000_000_000)
}

/// The operator's words. The format allows no control characters in them, but others that a terminal obeys.
fn quoted(words: Option<&str>) -> String {
    words
        .map(|words| format!(": \"{}\"", words.escape_debug()))
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The same for programs: lists, and how many there are of each where that is more than is listed.
pub(crate) fn json(keys: &KeyHistory) -> Value {
    json!({
        "identities": list(&keys.identities, |facts| json!({
            "sequence": facts.sequence,
            "time": facts.time,
            "key": hex(&facts.key),
            "by_recovery": facts.by_recovery,
        })),
        "revocations": list(&keys.revocations, |facts| json!({
            "sequence": facts.sequence,
            "time": facts.time,
            "key": hex(&facts.key),
            "size": facts.size,
            "reason": facts.reason,
        })),
        "keks": list(&keys.keks, |facts| json!({
            "sequence": facts.sequence,
            "time": facts.time,
            "kek": hex(&facts.kek),
            "provider": facts.provider,
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
    })
}

fn list<T>(things: &Listed<T>, item: impl Fn(&T) -> Value) -> Value {
    let listed: Vec<Value> = things.listed().iter().map(item).collect();
    json!({ "listed": listed, "total": things.total() })
}
