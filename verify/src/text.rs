//! A verdict for people.

use std::fmt::Write;

use indelible_evidence::verdict::{Answer, Conclusion, Question};
use indelible_evidence::verify::{PartCounts, Report, Word};

use crate::history;
use crate::times::{shown, shown_age};

/// What everything printed of this version begins with.
pub(crate) const FORMAT_LINE: &str = "Indelible evidence format: version 0, draft";

/// Lays out a report.
pub(crate) fn report(report: &Report, conclusion: Conclusion, required: &[Question]) -> String {
    let mut out = format!("{FORMAT_LINE}\n\n");
    let lines = [
        ("ledger", report.bundle.origin.clone()),
        ("bundle", held(report)),
        ("checkpoint", checkpoint(report)),
    ];
    let parts = [
        ("bodies", &report.bundle.bodies),
        ("payloads", &report.bundle.payloads),
    ];
    for (name, text) in lines
        .into_iter()
        .chain(parts.map(|(name, counts)| (name, counted(counts))))
    {
        push(&mut out, format_args!("{name:<14}{text}\n"));
    }
    push(&mut out, format_args!("{:<14}{}\n", "age", age(report)));
    out.push_str(&history::text(&report.bundle.keys));
    out.push('\n');
    for (question, answer) in report.verdict.answers() {
        answer_lines(&mut out, question, answer);
    }
    let names: Vec<_> = required.iter().map(|question| question.name()).collect();
    let besides = if names.is_empty() {
        String::new()
    } else {
        format!(", {}", names.join(", "))
    };
    push(
        &mut out,
        format_args!("\nrequired: integrity, custody{besides}\n"),
    );
    out.push_str(match conclusion {
        Conclusion::Holds => "result: what is required holds, and nothing is broken\n",
        Conclusion::Broken => "result: BROKEN\n",
        Conclusion::Unanswerable => "result: a required question can't be answered\n",
    });
    out
}

/// Writing to a string does not fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

fn held(report: &Report) -> String {
    let bundle = &report.bundle;
    let Some(last) = bundle.to.checked_sub(1) else {
        return "its manifest can't be read".to_owned();
    };
    format!(
        "{}, records {} to {last}, {} checked",
        bundle.kind.name(),
        bundle.from,
        bundle.records
    )
}

fn checkpoint(report: &Report) -> String {
    let bundle = &report.bundle;
    match bundle.root {
        Some(root) => format!(
            "size {}, root {root}, {} epoch certificates",
            bundle.size, bundle.certificates
        ),
        None => "not verified".to_owned(),
    }
}

fn counted(counts: &PartCounts) -> String {
    let PartCounts {
        present,
        opened,
        none,
        withheld,
        erased,
        archived,
        missing,
    } = *counts;
    let states = [
        ("present", present),
        ("none", none),
        ("withheld", withheld),
        ("erased", erased),
        ("archived", archived),
        ("missing", missing),
    ];
    let shown: Vec<_> = states
        .iter()
        .filter(|state| state.1 > 0)
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    let opened = match opened {
        0 => String::new(),
        opened => format!("; {opened} opened with disclosed keys"),
    };
    if shown.is_empty() {
        "none seen".to_owned()
    } else {
        shown.join(", ") + &opened
    }
}

fn age(report: &Report) -> String {
    let facts = &report.freshness;
    let mut text = match facts.time {
        None => "not known".to_owned(),
        Some((time, word)) => {
            let word = match word {
                Word::Operator => "the operator's own word",
                Word::Witnesses => "the word of a quorum of witnesses",
            };
            let age = facts
                .age_seconds
                .map(|age| format!(", {}", shown_age(age)))
                .unwrap_or_default();
            format!("{}{age}, on {word}", shown(time))
        }
    };
    for witness in &facts.witnesses {
        push(
            &mut text,
            format_args!(
                "\n{:<14}cosigned by {} at {}",
                "",
                witness.name,
                shown(witness.time)
            ),
        );
    }
    text
}

fn answer_lines(out: &mut String, question: Question, answer: &Answer) {
    match answer {
        Answer::Holds => push(out, format_args!("{:<14}holds\n", question.name())),
        Answer::Unanswerable(missing) => {
            push(
                out,
                format_args!("{:<14}can't be answered; missing:\n", question.name()),
            );
            for thing in missing {
                push(out, format_args!("  - {thing}\n"));
            }
        }
        Answer::Broken(findings) => {
            push(out, format_args!("{:<14}BROKEN\n", question.name()));
            for finding in findings.listed() {
                push(out, format_args!("  - {finding} [{}]\n", finding.code));
            }
            if findings.omitted() > 0 {
                push(out, format_args!("  - and {} more\n", findings.omitted()));
            }
        }
    }
}
