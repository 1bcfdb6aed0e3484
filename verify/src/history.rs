//! What became of the ledger's keys, and what its records are held to, for people.

use std::fmt::Write;

use indelible_evidence::key_event::{
    Predecessor, RetentionAction, RetentionClock, RetentionParts, RetentionRule,
};
use indelible_evidence::verify::{
    DisposalFacts, ErasureFacts, HoldFacts, IdentityFacts, KekFacts, KeyHistory, Listed,
    ProducerFacts, RevocationFacts, SettingsFacts,
};
use indelible_evidence::{Encryption, TypedKey};

use crate::body::hex;
use crate::times::shown;

/// The lines of a report, each with its name; no line for what there was none of.
pub(crate) fn text(keys: &KeyHistory) -> String {
    let mut out = String::new();
    if keys.identities.total() > 1 {
        section(&mut out, "identities", &keys.identities, |facts| {
            let place = if is_place_unsigned(keys, facts.sequence) {
                "; no signature binds it to that record, as under the first draft of the format"
            } else {
                ""
            };
            identity(facts) + place
        });
    }
    section(&mut out, "revocations", &keys.revocations, revocation);
    section(&mut out, "KEKs", &keys.keks, kek);
    section(&mut out, "data keys", &keys.data_keys, |facts| {
        let (sequence, since) = (facts.sequence, seconds(facts.time));
        format!("{} from record {sequence} on, {since}", facts.data_key)
    });
    section(&mut out, "erasures", &keys.erasures, erasure);
    section(&mut out, "holds", &keys.holds, hold);
    if let Some(predecessor) = &keys.predecessor {
        let _ = writeln!(out, "{:<14}{}", "predecessor", lost(predecessor));
    }
    if keys.began_without_settings {
        // Writing to a string does not fail.
        let _ = writeln!(out, "{:<14}{}", "settings", without_settings(keys));
    }
    section(&mut out, "settings", &keys.settings, settings);
    section(&mut out, "producers", &keys.producers, producer);
    section(&mut out, "disposals", &keys.disposals, disposal);
    if let Some(closed) = &keys.closed {
        let successor = closed.successor.as_ref();
        let successor = successor.map(|origin| format!("; {origin} goes on in its place"));
        let _ = writeln!(
            out,
            "{:<14}the ledger ended at record {}, {}{}{}",
            "end",
            closed.sequence,
            seconds(closed.time),
            successor.unwrap_or_default(),
            quoted(closed.reason.as_deref())
        );
    }
    out
}

/// Whether a rotation is one of the first draft of the format, in which a new identity did not sign for its own place.
fn is_place_unsigned(keys: &KeyHistory, sequence: u64) -> bool {
    let first = keys.settings.listed().first();
    let is_before_settings = first.is_none_or(|settings| sequence < settings.sequence);
    keys.began_without_settings && sequence > 0 && is_before_settings
}

/// What nobody can verify of a ledger that began before settings were records.
fn without_settings(keys: &KeyHistory) -> String {
    match keys.settings.listed().first() {
        None => "none on record; what was in force is the operator's word".to_owned(),
        Some(first) => format!(
            "none on record before record {}; what was in force until then is the operator's word",
            first.sequence
        ),
    }
}

/// Which ledger this one succeeds, and what of it is lost.
fn lost(predecessor: &Predecessor) -> String {
    let lost = match &predecessor.lost {
        None => "; which of its records were lost is not known".to_owned(),
        Some(_) => {
            "; genesis holds the newest signed checkpoint of the records that were lost".to_owned()
        }
    };
    format!(
        "this ledger succeeds {}, whose records end at size {}, root {}{lost}",
        predecessor.origin, predecessor.size, predecessor.root
    )
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
    let (sequence, since) = (facts.sequence, seconds(facts.time));
    let by = if facts.by_recovery {
        ", by the recovery key"
    } else {
        ""
    };
    let key = facts.key.map(|key| hex(&key));
    let unknown = facts.unknown_types.iter();
    let unknown = unknown.map(|kind| format!("a key of the unknown type {kind:#04x}"));
    let keys: Vec<_> = key.into_iter().chain(unknown).collect();
    let reason = quoted(facts.reason.as_deref());
    format!(
        "{} from record {sequence} on, {since}{by}{reason}",
        keys.join(" and ")
    )
}

fn revocation(facts: &RevocationFacts) -> String {
    let (key, sequence, since) = (typed(&facts.key), facts.sequence, seconds(facts.time));
    let reason = quoted(facts.reason.as_deref());
    format!(
        "{key} trusted up to size {}, by record {sequence}, {since}{reason}",
        facts.size
    )
}

fn kek(facts: &KekFacts) -> String {
    let (kek, sequence, since) = (hex(&facts.kek), facts.sequence, seconds(facts.time));
    format!(
        "{kek} of the provider \"{}\" from record {sequence} on, {since}{}",
        facts.provider.escape_debug(),
        quoted(facts.reason.as_deref())
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

/// A key, with its type if that is not known.
fn typed(key: &TypedKey) -> String {
    match key {
        TypedKey::Ed25519(key) => hex(key.as_bytes()),
        TypedKey::Unknown(key) => {
            let (kind, bytes) = (key.signature_type(), key.typed_bytes());
            format!("{} (of the unknown type {kind:#04x})", hex(&bytes[1..]))
        }
    }
}

fn settings(facts: &SettingsFacts) -> String {
    let settings = &facts.settings;
    let encryption = match settings.encryption {
        Encryption::All => {
            "all events but the ledger's own are encrypted (type, classification and time are not)"
        }
        Encryption::Subjects => {
            "events that name a data subject are encrypted (type, classification and time are not)"
        }
    };
    let yes =
        |promise: bool, kept: &'static str, not: &'static str| if promise { kept } else { not };
    let mut said = vec![
        encryption.to_owned(),
        yes(
            settings.access_trail,
            "decryptions are recorded",
            "decryptions are not recorded",
        )
        .to_owned(),
        yes(
            settings.conventions,
            "events that break the conventions of their type are refused",
            "conventions of events are not checked",
        )
        .to_owned(),
    ];
    if !settings.signed_sources.is_empty() {
        let sources = listed(&settings.signed_sources);
        said.push(format!(
            "events of {sources} must be signed by their producers (checked where their contents can be read)"
        ));
    }
    said.extend(settings.retention.iter().map(rule));
    format!(
        "from record {} on, {}: {}{}",
        facts.sequence,
        seconds(facts.time),
        said.join("; "),
        quoted(facts.reason.as_deref())
    )
}

fn rule(rule: &RetentionRule) -> String {
    let parts = match rule.parts {
        RetentionParts::Bodies => "bodies",
        RetentionParts::Payloads => "payloads",
        RetentionParts::All => "bodies and payloads",
    };
    let action = match rule.action {
        RetentionAction::Erase => "erases",
        RetentionAction::Archive => "archives",
    };
    format!(
        "the rule \"{}\" {action} {parts} after {} days{}{}",
        rule.name.escape_debug(),
        rule.after_days,
        since(rule.clock),
        quoted(Some(&rule.basis))
    )
}

/// From when a rule counts the age of a record.
fn since(clock: RetentionClock) -> &'static str {
    match clock {
        RetentionClock::Recorded => " since they were recorded",
        RetentionClock::Event => " since the client's own time, which nobody can check",
    }
}

fn producer(facts: &ProducerFacts) -> String {
    let of = match facts.sources.is_empty() {
        true => String::new(),
        false => format!(", for {} only", listed(&facts.sources)),
    };
    let revoked = facts.revoked.as_ref().map(|revoked| {
        format!(
            "; revoked by record {}, {}: its signatures count for nothing from record {} on{}",
            revoked.sequence,
            seconds(revoked.time),
            revoked.size,
            quoted(revoked.reason.as_deref())
        )
    });
    let void = match facts.void {
        0 => String::new(),
        void => format!(", and for {void} of them the signature counts for nothing"),
    };
    format!(
        "\"{}\" with the key {} from record {} on, {}{of}{}; it signed {} events that can be read here{void}",
        facts.name.escape_debug(),
        hex(&facts.key),
        facts.sequence,
        seconds(facts.time),
        revoked.unwrap_or_default(),
        facts.signed
    )
}

fn disposal(facts: &DisposalFacts) -> String {
    let archive = facts.archive.as_ref().map(|archive| {
        format!(
            "; the archive is \"{}\", SHA-256 {}",
            archive.location.escape_debug(),
            hex(&archive.sha256)
        )
    });
    let action = match facts.rule.action {
        RetentionAction::Erase => "recorded as erased",
        RetentionAction::Archive => "recorded as archived",
    };
    format!(
        "{action} by record {}, {}: {} records of this bundle, under the rule \"{}\" ({} days{}){}{}",
        facts.sequence,
        seconds(facts.time),
        facts.records,
        facts.rule.name.escape_debug(),
        facts.rule.after_days,
        since(facts.rule.clock),
        archive.unwrap_or_default(),
        quoted(Some(&facts.rule.basis))
    )
}

fn listed(texts: &[String]) -> String {
    let texts = texts.iter().map(|text| text.escape_debug().to_string());
    texts.collect::<Vec<_>>().join(", ")
}
