//! What the forms of a chain verification say of it.

use indelible_evidence::verdict::Question;

use crate::reports::{
    data::{
        AnswerFacts, AnswerName, PartFacts, Verification,
        verification::{BundleFacts, times::CheckpointTimes},
    },
    forms::verdict::{
        history::history,
        trusted::{format_page, trusted},
    },
    moments::{shown_span, shown_text},
    words::{counted, joined, shown_number},
};

/// What stands with the answer to a question; with one that nobody asked, nothing.
pub(crate) fn details_of<'a>(
    verification: &Verification,
    question: Question,
    answer: &'a AnswerFacts,
) -> impl Iterator<Item = (&'a str, String)> {
    let left_out = verification.leaves_out(question);
    details(answer).filter(move |_| !left_out)
}

/// Findings, then how many more there are, then what is missing: each with a code and a sentence.
fn details(answer: &AnswerFacts) -> impl Iterator<Item = (&str, String)> {
    let findings = answer.findings.iter().map(|finding| {
        let place = finding
            .sequence
            .map(|sequence| format!("record {}: ", shown_number(sequence)));
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
    ];
    facts.extend(trusted(verification));
    facts.extend([
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
    ]);
    facts.extend(format_page(verification));
    facts.extend(times(bundle, verification.verdict.integrity.answer));
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

/// The period of the records, by both clocks.
fn times(bundle: &BundleFacts, integrity: AnswerName) -> Vec<(&'static str, String)> {
    let mut times = Vec::new();
    if let Some(recorded) = &bundle.recorded {
        // A bundle that is too old, or not all, has the times that it has.
        let broken = match integrity {
            AnswerName::Broken => ", as the broken bundle has it",
            AnswerName::Holds | AnswerName::Unanswerable => "",
        };
        let (first, last) = (shown_text(&recorded.first), shown_text(&recorded.last));
        times.push((
            "recorded",
            format!("from {first} to {last}, by the operator's clock{broken}"),
        ));
        times.extend(recorded.after_checkpoint.as_ref().map(|after| {
            let records = counted(after.records, "record bears", "records bear");
            let told = format!(
                "{records} a time later than the one at which the checkpoint over them was signed; the first is record \
                 {}. The operator's clock was wrong, so recorded times don't tell which records belong to a day or a \
                 month, and no completeness in calendar time is claimed",
                shown_number(after.first)
            );
            ("clock", told)
        }));
    }
    times.extend(bundle.event_times.as_ref().map(|events| {
        let (first, last) = (shown_text(&events.earliest), shown_text(&events.latest));
        let told = format!(
            "from {first} to {last}, on the producers' word, in {} that can be read and name a time{}",
            counted(events.events, "event", "events"),
            beyond_words(events.beyond)
        );
        ("event times", told)
    }));
    times
}

/// What can't be written of the times of producers.
fn beyond_words(beyond: u64) -> String {
    match beyond {
        0 => String::new(),
        1 => "; 1 of these times lies before 1970 or after 2554, and stands here as the nearest that can be written".to_owned(),
        _ => format!(
            "; {} of these times lie before 1970 or after 2554, and stand here as the nearest that can be written",
            shown_number(beyond)
        ),
    }
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
        encrypted,
        unmatched,
        none,
        withheld,
        erased,
        archived,
        missing,
    } = *parts;
    let states = [
        ("in the clear", present),
        ("encrypted and opened with disclosed keys", opened),
        ("encrypted and not opened", encrypted),
        ("not what was recorded, as far as can be shown", unmatched),
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
    match states.is_empty() {
        true => "none seen".to_owned(),
        false => states.join(", "),
    }
}
