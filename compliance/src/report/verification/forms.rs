//! The forms of a chain verification.

use super::{PartFacts, Verification};
use crate::report::answers::AnswerFacts;
use crate::report::csv::Csv;
use crate::report::html::{answer_findings, answer_tone, tile};
use crate::report::moments::shown_text;
use crate::report::page::{Page, Tone};
use crate::report::text::Lines;
use crate::report::words::{counted, joined, shown_number};

/// One printable page.
pub fn html(verification: &Verification) -> String {
    let mut page = Page::default();
    let tone = answer_tone(verification.result);
    page.raw(&format!(
        "<div class=\"first {}\" role=\"status\"><div><p>{}",
        tone.class(),
        tone.icon()
    ));
    page.element("span", "headline", &verification.headline)
        .raw("</p></div></div>\n");
    page.raw("<header><div>\n<p class=\"eyebrow\">Chain verification</p>\n<h1>What verification of this bundle answers</h1>\n<p>");
    page.element("span", "mono", &verification.bundle.origin)
        .raw("</p>\n</div></header>\n<main>\n<ul class=\"tiles\">\n");
    for (question, answer) in verification.answers.each() {
        let name = question.name();
        let required = verification
            .required
            .iter()
            .any(|required| required == name);
        let asked = match name {
            "integrity" => "Is what the bundle holds unaltered?",
            "completeness" => "Is it all?",
            "freshness" => "How old is the checkpoint, and on whose word?",
            _ => "Were keys introduced and used lawfully?",
        };
        let detail = if required {
            format!("{asked} Required.")
        } else {
            asked.to_owned()
        };
        let tone = answer_tone(answer.answer);
        let tone = if tone == Tone::Half && !required {
            Tone::Open
        } else {
            tone
        };
        tile(&mut page, name, tone, answer.answer.words(), &detail);
    }
    page.raw("</ul>\n");
    for (question, answer) in verification.answers.each() {
        answer_findings(&mut page, &super::capital(question.name()), answer);
    }
    page.raw("<h2>The evidence</h2>\n<div class=\"panel\"><dl>\n");
    for (name, value) in facts(verification) {
        page.term(name, &value);
    }
    page.raw("</dl></div>\n</main>\n<footer><div>\n<p>Completeness and freshness are answers to what the verifier knew besides the bundle: a head, witnesses, the time. No program’s tick is a proof; whoever doubts it verifies the bundle.</p>\n");
    page.element(
        "p",
        "mono",
        &format!("{} {}", verification.format, verification.id),
    )
    .raw("</div></footer>\n");
    page.document(&format!("Verification: {}", verification.bundle.origin))
}

/// For terminals.
pub fn text(verification: &Verification) -> String {
    let mut out = Lines::default();
    out.wrapped("", &verification.headline);
    out.blank();
    for (name, value) in facts(verification) {
        out.field(name, &value);
    }
    for (question, answer) in verification.answers.each() {
        out.blank();
        out.field(question.name(), answer.answer.words());
        for (_, detail) in details(answer) {
            out.wrapped("  - ", &detail);
        }
    }
    out.blank();
    out.field(
        "report",
        &format!("{} {}", verification.format, verification.id),
    );
    out.0
}

/// Rows: one for each finding, and for each question one at least.
pub fn csv(verification: &Verification) -> String {
    let mut csv =
        Csv::with_columns(&["question", "required", "answer", "code", "record", "detail"]);
    for (question, answer) in verification.answers.each() {
        let required = verification
            .required
            .iter()
            .any(|name| name == question.name());
        let begin = |csv: &mut Csv| {
            csv.text(question.name());
            csv.text(if required { "true" } else { "false" });
            csv.text(answer.answer.words());
        };
        for finding in &answer.findings {
            begin(&mut csv);
            csv.text(&finding.code);
            match finding.sequence {
                Some(sequence) => csv.number(sequence),
                None => csv.nothing(),
            }
            csv.text(&finding.detail);
            csv.end_row();
        }
        for (code, detail) in details(answer).skip(answer.findings.len()) {
            begin(&mut csv);
            csv.text(code);
            csv.nothing();
            csv.text(&detail);
            csv.end_row();
        }
        if details(answer).next().is_none() {
            begin(&mut csv);
            csv.nothing();
            csv.nothing();
            csv.nothing();
            csv.end_row();
        }
    }
    csv.text
}

/// Findings, then how many more there are, then what is missing: each with a code and a sentence.
pub(super) fn details(answer: &AnswerFacts) -> impl Iterator<Item = (&str, String)> {
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

fn facts(verification: &Verification) -> Vec<(&'static str, String)> {
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
