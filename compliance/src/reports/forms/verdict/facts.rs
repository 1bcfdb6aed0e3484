//! What the forms of a chain verification say of it.

use crate::reports::{
    data::{
        AnswerFacts, PartFacts, Verification,
        verification::{BundleFacts, CheckpointTimes},
    },
    forms::verdict::history::history,
    moments::{shown_span, shown_text},
    words::{counted, joined, shown_number},
};

/// Findings, then how many more there are, then what is missing: each with a code and a sentence.
pub(crate) fn details(answer: &AnswerFacts) -> impl Iterator<Item = (&str, String)> {
    let findings = answer.findings.iter().map(|finding| {
        let place = finding
            .sequence
            .map(|sequence| format!("record {sequence}: "));
        let text = format!(
            "{}{} [{}]",
            place.unwrap_or_default(),
            finding.detail,
            finding.code
        );
        (finding.code.as_str(), text)
    });
    let omitted = answer.findings_omitted;
    let more = (omitted > 0).then(|| ("omitted", format!("and {} more", shown_number(omitted))));
    let missing = answer
        .missing
        .iter()
        .map(|missing| ("missing", format!("missing: {missing}")));
    findings.chain(more).chain(missing)
}

/// What was verified: names and what they have.
pub(crate) fn facts(verification: &Verification) -> Vec<(&'static str, String)> {
    let bundle = &verification.bundle;
    let mut facts = vec![
        ("format", verification.evidence_format.clone()),
        ("ledger", bundle.origin.clone()),
        ("pinned key", verification.verifier_key.clone()),
        ("bundle", held(bundle)),
        (
            "checkpoint",
            match &bundle.root {
                Some(root) => format!(
                    "size {}, root {root}, {}",
                    shown_number(bundle.size),
                    counted(
                        bundle.certificates,
                        "epoch certificate",
                        "epoch certificates"
                    )
                ),
                None => "not verified".to_owned(),
            },
        ),
        ("bodies", parts(&bundle.bodies)),
        ("payloads", parts(&bundle.payloads)),
    ];
    facts.extend(ages(&verification.checkpoint_time));
    facts.extend(history(&bundle.keys));
    facts.push(("required", joined(&verification.required)));
    facts
}

fn held(bundle: &BundleFacts) -> String {
    let Some(last) = bundle.to.checked_sub(1) else {
        return "its manifest can't be read".to_owned();
    };
    let (kind, from) = (&bundle.kind, shown_number(bundle.from));
    let (last, checked) = (shown_number(last), shown_number(bundle.records_checked));
    format!("{kind}, records {from} to {last}, {checked} checked")
}

/// How old the checkpoint is, on whose word, and who cosigned it.
fn ages(times: &CheckpointTimes) -> Vec<(&'static str, String)> {
    let age = match &times.decisive {
        None => "not known".to_owned(),
        Some(decisive) => {
            let word = match decisive.word.as_str() {
                "witnesses" => "the word of a quorum of witnesses",
                _ => "the operator's own word",
            };
            let age = times.age_seconds.map(shown_age);
            let age = age.map(|age| format!(", {age}")).unwrap_or_default();
            format!("{}{age}, on {word}", shown_text(&decisive.time))
        }
    };
    let witnesses = times.witnesses.iter().map(|witness| {
        let (name, time) = (&witness.name, shown_text(&witness.time));
        ("cosigned", format!("by {name} at {time}"))
    });
    [("age", age)].into_iter().chain(witnesses).collect()
}

/// An age, in the two greatest units that it has.
fn shown_age(seconds: i64) -> String {
    let word = if seconds < 0 { "ahead of now" } else { "old" };
    let span = seconds.unsigned_abs().saturating_mul(1_000_000_000);
    format!("{} {word}", shown_span(span))
}

fn parts(parts: &PartFacts) -> String {
    let PartFacts {
        present,
        opened,
        none,
        withheld,
        erased,
        archived,
        missing,
    } = *parts;
    let states = [
        ("present", present),
        ("none", none),
        ("withheld", withheld),
        ("erased", erased),
        ("archived", archived),
        ("missing", missing),
    ];
    let states = states.iter().filter(|(_, count)| *count > 0);
    let states: Vec<_> = states
        .map(|(name, count)| format!("{} {name}", shown_number(*count)))
        .collect();
    let opened = match opened {
        0 => String::new(),
        opened => format!("; {} opened with disclosed keys", shown_number(opened)),
    };
    if states.is_empty() {
        "none seen".to_owned()
    } else {
        states.join(", ") + &opened
    }
}
