//! What became of the ledger's keys, and what its records are held to, for people.

use crate::reports::{
    data::keys::{
        Closed, Disposal, Erasure, Hold, Identity, Kek, KeyFacts, Listed, Predecessor, Producer,
        RetentionRule, Revocation, Settings,
    },
    inert::quoted,
    moments::shown_text,
    words::{counted, shown_number},
};

/// Names and lines; no line for what there was none of.
pub(crate) fn history(keys: &KeyFacts) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if keys.identities.total > 1 {
        section(&mut lines, "identities", &keys.identities, identity);
    }
    section(&mut lines, "revocations", &keys.revocations, revocation);
    section(&mut lines, "KEKs", &keys.keks, kek);
    section(&mut lines, "data keys", &keys.data_keys, |facts| {
        format!("{} {}", facts.data_key, since(facts.sequence, &facts.time))
    });
    section(&mut lines, "erasures", &keys.erasures, erasure);
    section(&mut lines, "holds", &keys.holds, hold);
    if let Some(predecessor) = &keys.predecessor {
        lines.push(("predecessor", lost(predecessor)));
    }
    if keys.began_without_settings {
        lines.push(("settings", without_settings(keys)));
    }
    section(&mut lines, "settings", &keys.settings, settings);
    section(&mut lines, "producers", &keys.producers, producer);
    section(&mut lines, "disposals", &keys.disposals, disposal);
    if let Some(end) = &keys.closed {
        lines.push(("end", closed(end)));
    }
    lines
}

fn section<T>(
    lines: &mut Vec<(&'static str, String)>,
    name: &'static str,
    things: &Listed<T>,
    line: impl Fn(&T) -> String,
) {
    lines.extend(things.listed.iter().map(|thing| (name, line(thing))));
    let omitted = things.total.saturating_sub(things.listed.len() as u64);
    if omitted > 0 {
        lines.push((name, format!("and {} more", shown_number(omitted))));
    }
}

/// What nobody can verify of a ledger that began before settings were records.
fn without_settings(keys: &KeyFacts) -> String {
    match keys.settings.listed.first() {
        None => "none on record; what was in force is the operator's word".to_owned(),
        Some(first) => format!(
            "none on record before record {}; what was in force until then is the operator's word",
            shown_number(first.sequence)
        ),
    }
}

/// Which ledger this one succeeds, and what of it is lost.
fn lost(predecessor: &Predecessor) -> String {
    let lost = predecessor.lost_words();
    format!(
        "this ledger succeeds {}, whose records end at size {}, root {}; {lost}",
        predecessor.origin,
        shown_number(predecessor.size),
        predecessor.root
    )
}

fn identity(facts: &Identity) -> String {
    let by = match facts.by_recovery {
        true => ", by the recovery key",
        false => "",
    };
    let unknown = facts.unknown_types.iter();
    let unknown = unknown.map(|kind| format!("a key of the unknown type {kind:#04x}"));
    let keys: Vec<_> = facts.key.iter().cloned().chain(unknown).collect();
    let place = match facts.place_signed {
        true => "",
        false => "; no signature binds it to that record, as under the first draft of the format",
    };
    format!(
        "{} {}{by}{}{place}",
        keys.join(" and "),
        since(facts.sequence, &facts.time),
        words(facts.reason.as_deref())
    )
}

fn revocation(facts: &Revocation) -> String {
    let key = match facts.unknown_type {
        None => facts.key.clone(),
        Some(kind) => {
            let key = facts.key.get(2..).unwrap_or_default();
            format!("{key} (of the unknown type {kind:#04x})")
        }
    };
    format!(
        "{key} trusted up to size {}, {}{}",
        shown_number(facts.size),
        by(facts.sequence, &facts.time),
        words(facts.reason.as_deref())
    )
}

fn kek(facts: &Kek) -> String {
    format!(
        "{} of the provider {} {}{}",
        facts.kek,
        quoted(&facts.provider),
        since(facts.sequence, &facts.time),
        words(facts.reason.as_deref())
    )
}

fn erasure(facts: &Erasure) -> String {
    format!(
        "recorded as erased {}: {}, {} of this bundle{}",
        by(facts.sequence, &facts.time),
        counted(facts.data_keys, "data key", "data keys"),
        counted(facts.records, "record", "records"),
        words(Some(&facts.basis))
    )
}

fn hold(facts: &Hold) -> String {
    let reach = match facts.data_keys {
        None => "the whole ledger".to_owned(),
        Some(keys) => counted(keys, "data key", "data keys"),
    };
    let until = match &facts.released {
        None => "in force".to_owned(),
        Some(released) => format!("released {}", by(released.sequence, &released.time)),
    };
    format!(
        "{} on {reach} {}; {until}{}",
        facts.hold,
        since(facts.sequence, &facts.time),
        words(facts.reason.as_deref())
    )
}

fn settings(facts: &Settings) -> String {
    let encrypted = match facts.encryption.as_str() {
        "all" => "all events but the ledger's own are encrypted",
        _ => "events that name a data subject are encrypted",
    };
    let trail = match facts.access_trail {
        true => "decryptions are recorded",
        false => "decryptions are not recorded",
    };
    let conventions = match facts.conventions {
        true => "events that break the conventions of their type are refused",
        false => "conventions of events are not checked",
    };
    let mut said = vec![
        format!("{encrypted} (type, classification and time are not)"),
        trail.to_owned(),
        conventions.to_owned(),
    ];
    if !facts.signed_sources.is_empty() {
        let sources = each_quoted(&facts.signed_sources);
        said.push(format!(
            "events of {sources} must be signed by their producers (checked where their contents can be read)"
        ));
    }
    said.extend(facts.retention.iter().map(rule));
    format!(
        "{}: {}{}",
        since(facts.sequence, &facts.time),
        said.join("; "),
        words(facts.reason.as_deref())
    )
}

fn rule(rule: &RetentionRule) -> String {
    let parts = match rule.parts.as_str() {
        "all" => "bodies and payloads",
        parts => parts,
    };
    let action = match rule.action.as_str() {
        "archive" => "archives",
        _ => "erases",
    };
    format!(
        "the rule {} {action} {parts} after {}{}{}",
        quoted(&rule.name),
        counted(rule.after_days, "day", "days"),
        clock(rule),
        words(Some(&rule.basis))
    )
}

/// From when a rule counts the age of a record.
fn clock(rule: &RetentionRule) -> &'static str {
    match rule.clock.as_str() {
        "event" => " since the client's own time, which nobody can check",
        _ => " since they were recorded",
    }
}

fn producer(facts: &Producer) -> String {
    let of = match facts.sources.is_empty() {
        true => String::new(),
        false => format!(", for {} only", each_quoted(&facts.sources)),
    };
    let revoked = facts.revoked.as_ref().map(|revoked| {
        format!(
            "; revoked {}: its signatures count for nothing from record {} on{}",
            by(revoked.sequence, &revoked.time),
            shown_number(revoked.size),
            words(revoked.reason.as_deref())
        )
    });
    let void = match facts.void {
        0 => String::new(),
        void => format!(
            ", and for {} of them the signature counts for nothing",
            shown_number(void)
        ),
    };
    format!(
        "{} with the key {} {}{of}{}; it signed {} that can be read here{void}",
        quoted(&facts.name),
        facts.key,
        since(facts.sequence, &facts.time),
        revoked.unwrap_or_default(),
        counted(facts.signed, "event", "events")
    )
}

fn disposal(facts: &Disposal) -> String {
    let archive = facts.archive.as_ref().map(|archive| {
        let (location, sha256) = (quoted(&archive.location), &archive.sha256);
        format!("; the archive is {location}, SHA-256 {sha256}")
    });
    let action = match facts.rule.action.as_str() {
        "archive" => "recorded as archived",
        _ => "recorded as erased",
    };
    format!(
        "{action} {}: {} of this bundle, under the rule {} ({}{}){}{}",
        by(facts.sequence, &facts.time),
        counted(facts.records, "record", "records"),
        quoted(&facts.rule.name),
        counted(facts.rule.after_days, "day", "days"),
        clock(&facts.rule),
        archive.unwrap_or_default(),
        words(Some(&facts.rule.basis))
    )
}

fn closed(facts: &Closed) -> String {
    let successor = facts.successor.as_ref();
    let successor = successor.map(|origin| format!("; {origin} goes on in its place"));
    format!(
        "the ledger ended at record {}, {}{}{}",
        shown_number(facts.sequence),
        shown_text(&facts.time),
        successor.unwrap_or_default(),
        words(facts.reason.as_deref())
    )
}

fn since(sequence: u64, time: &str) -> String {
    format!(
        "from record {} on, {}",
        shown_number(sequence),
        shown_text(time)
    )
}

fn by(sequence: u64, time: &str) -> String {
    format!("by record {}, {}", shown_number(sequence), shown_text(time))
}

/// The operator's words.
fn words(words: Option<&str>) -> String {
    let words = words.map(|words| format!(": {}", quoted(words)));
    words.unwrap_or_default()
}

/// Names that the operator or clients gave.
fn each_quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
    names.join(", ")
}
