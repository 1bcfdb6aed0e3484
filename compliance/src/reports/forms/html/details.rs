//! What the findings rest on: what was read, findings, the mapping and the evidence.

use crate::{
    frameworks::SourceKind,
    reports::{
        data::{AnswerFacts, Report, View},
        forms::{
            page::{Column, Page, Slice, stacked_bar},
            parts::state_name,
        },
        moments::shown_text,
        words::shown_number,
    },
};

/// What became of the bodies.
pub(crate) fn bodies(page: &mut Page, report: &Report) {
    let bodies = &report.evidence.bodies;
    if bodies.total() == 0 {
        return;
    }
    let class = |name: &str| match name {
        "open" => "good",
        "sealed" => "half",
        "erased" => "open",
        "withheld" => "half2",
        "archived" => "open2",
        _ => "bad",
    };
    let states = bodies.states();
    let kept = states
        .iter()
        .filter(|(name, count)| *count > 0 || *name == "open");
    let slices: Vec<_> = kept
        .map(|&(name, count)| Slice {
            class: class(name),
            label: state_name(name),
            count,
        })
        .collect();
    page.raw("<h2>Contents of events</h2>\n<div class=\"panel keep\">\n")
        .raw(&stacked_bar("What was read of events", &slices));
    let view = match report.range.view {
        View::Bodies => {
            "Read: the header of every record, and the contents that this evidence holds in the clear or opens. An event whose contents can’t be read is counted by its header, which says its type."
        }
        View::Headers => {
            "Read: headers alone, as it was asked for. Contents that are there count as left out."
        }
    };
    page.element("p", "soft", view).raw("</div>\n");
}

/// What breaks integrity or key handling, or is missing for an answer.
pub(crate) fn findings(page: &mut Page, report: &Report) {
    for (name, answer) in [
        ("Integrity", &report.evidence.integrity),
        ("Key handling", &report.evidence.custody),
    ] {
        answer_findings(page, name, answer);
    }
}

/// The same for one answer.
pub(crate) fn answer_findings(page: &mut Page, name: &str, answer: &AnswerFacts) {
    if answer.findings.is_empty() && answer.missing.is_empty() {
        return;
    }
    page.raw("<h2>")
        .text(&format!("{name}: {}", answer.answer.words()))
        .raw("</h2>\n<div class=\"panel\"><ul class=\"plain\">\n");
    for finding in &answer.findings {
        let place = finding
            .sequence
            .map(|sequence| format!("record {}: ", shown_number(sequence)));
        page.raw("<li>")
            .text(&format!("{}{} ", place.unwrap_or_default(), finding.detail));
        page.element("span", "mono soft", &finding.code)
            .raw("</li>\n");
    }
    if answer.findings_omitted > 0 {
        page.raw("<li>")
            .text(&format!(
                "and {} more",
                shown_number(answer.findings_omitted)
            ))
            .raw("</li>\n");
    }
    for missing in &answer.missing {
        page.element("li", "", &format!("missing: {missing}"));
    }
    page.raw("</ul></div>\n");
}

/// The mapping: whose reading of the text this is.
pub(crate) fn mapping(page: &mut Page, report: &Report) {
    let framework = &report.framework;
    page.raw("<h2>The mapping</h2>\n<div class=\"panel\">\n");
    if let Some(about) = &framework.about {
        page.element("p", "", about);
    }
    page.raw("<dl>\n");
    page.term(
        "mapping",
        &format!(
            "{} version {} of {}",
            framework.id, framework.version, framework.date
        ),
    );
    page.term("review", framework.review.words());
    page.term("SHA-256 of the file", &framework.digest);
    for application in &framework.applies {
        let text = format!("{} (source: {})", application.what, application.source);
        page.term(&format!("applies from {}", application.from), &text);
    }
    for source in &framework.sources {
        let kind = match source.kind {
            SourceKind::Primary => "the text itself",
            SourceKind::Secondary => "secondary",
        };
        page.term(
            &format!("source {}", source.id),
            &format!("{}, {}, {kind}", source.title, source.date),
        );
    }
    page.raw("</dl></div>\n");
}

/// What the findings rest on.
pub(crate) fn evidence(page: &mut Page, report: &Report) {
    let (ledger, range) = (&report.ledger, &report.range);
    page.raw("<h2>The evidence</h2>\n<div class=\"panel\"><dl>\n");
    page.term("ledger", &ledger.origin);
    page.term("pinned key", &ledger.verifier_key);
    page.term(
        "checkpoint",
        &format!(
            "size {}, root {}",
            shown_number(ledger.checkpoint_size),
            ledger.checkpoint_root
        ),
    );
    let records = match range.to.checked_sub(1).filter(|last| *last >= range.from) {
        Some(last) => format!(
            "{} to {}, {} read",
            shown_number(range.from),
            shown_number(last),
            shown_number(range.records)
        ),
        None => "none".to_owned(),
    };
    page.term("records", &records);
    if let (Some(first), Some(last)) = (&range.first_time, &range.last_time) {
        page.term(
            "recorded",
            &format!("{} to {}", shown_text(first), shown_text(last)),
        );
    }
    page.raw("</dl></div>\n<div class=\"panel\">").table(
        "states",
        "The states that the values come from",
        &[
            Column::words("Projection"),
            Column::numbers("Version"),
            Column::numbers("Records read"),
            Column::words("SHA-256 of its state"),
        ],
    );
    for projection in &report.projections {
        page.raw("<tr>")
            .raw("<th scope=\"row\">")
            .text(&projection.name)
            .raw("</th>");
        page.element("td", "number", &projection.version.to_string());
        page.element("td", "number", &shown_number(projection.records));
        page.element("td", "mono long", &projection.digest.0)
            .raw("</tr>\n");
    }
    page.table_end().raw("</div>\n");
}

/// How to check it, and what it does not say.
pub(crate) fn footer(page: &mut Page, report: &Report) {
    page.raw("<footer><div>\n<p>This report says what records show. It does not say that anybody complies with anything, and it is no legal advice. It was made by integer arithmetic from the evidence, the pinned key and the mapping alone; whoever holds the evidence makes the same bytes of it.</p>\n<p>To check it: <span class=\"mono\">indelible-verify BUNDLE --key KEY --report REPORT.json</span></p>\n");
    page.element("p", "mono", &format!("{} {}", report.format, report.id))
        .raw("</div></footer>\n");
}
