//! What the forms of a chain verification say of it.

use crate::reports::{
    data::{AnswerFacts, PartFacts, Verification},
    moments::shown_text,
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
        ("ledger", bundle.origin.clone()),
        ("pinned key", verification.verifier_key.clone()),
        (
            "bundle",
            format!(
                "{}, {} from {} on, {} checked",
                bundle.kind,
                counted(bundle.to.saturating_sub(bundle.from), "record", "records"),
                shown_number(bundle.from),
                shown_number(bundle.records_checked)
            ),
        ),
        (
            "checkpoint",
            match &bundle.root {
                Some(root) => format!("size {}, root {root}", shown_number(bundle.size)),
                None => "not verified".to_owned(),
            },
        ),
        ("bodies", parts(&bundle.bodies)),
        ("payloads", parts(&bundle.payloads)),
    ];
    facts.push((
        "signed",
        match &verification.checkpoint_time {
            Some(signed) => format!(
                "{}, on the word of the {}",
                shown_text(&signed.time),
                signed.word
            ),
            None => "at a time that is not known".to_owned(),
        },
    ));
    facts.push(("required", joined(&verification.required)));
    facts
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
        ("of them opened with disclosed keys", opened),
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
    if states.is_empty() {
        "none seen".to_owned()
    } else {
        joined(&states)
    }
}
