//! What the findings rest on: rows, bodies, findings, the mapping and the evidence.

use crate::{
    frameworks::SourceKind,
    projections::table::Cell,
    reports::{
        data::{AnswerFacts, BodyCounts, Report, TableRows, View},
        forms::page::{Page, Slice, stacked_bar},
        moments::shown_text,
        words::{counted, shown_number},
    },
};

/// How many rows of a table a page shows; JSON and CSV have all.
const ROWS_SHOWN_MAX: usize = 50;

/// The tables that were asked for.
pub(crate) fn tables(page: &mut Page, report: &Report) {
    for table in &report.tables {
        page.raw("<h2>")
            .text(&heading(&table.name))
            .raw("</h2>\n<div class=\"panel scroll\"><table><thead><tr>");
        let greatest = greatest(table);
        for (column, name) in table.columns.iter().enumerate() {
            let class = if greatest[column].is_some() {
                "number"
            } else {
                ""
            };
            page.raw(&format!("<th scope=\"col\" class=\"{class}\">"))
                .text(&name.replace('_', " "))
                .raw("</th>");
        }
        page.raw("</tr></thead><tbody>\n");
        for row in table.rows.iter().take(ROWS_SHOWN_MAX) {
            page.raw("<tr>");
            for (column, cell) in row.iter().enumerate() {
                self::cell(page, cell, greatest.get(column).copied().flatten());
            }
            page.raw("</tr>\n");
        }
        page.raw("</tbody></table>");
        if table.rows.is_empty() {
            page.raw("<p class=\"soft\">");
            page.text(&why_empty(&report.evidence.bodies)).raw("</p>");
        }
        let more = table.rows.len().saturating_sub(ROWS_SHOWN_MAX) as u64;
        if more > 0 {
            page.raw("<p class=\"soft\">");
            page.text(&format!(
                "And {} more rows, in the JSON and CSV forms.",
                shown_number(more)
            ))
            .raw("</p>");
        }
        page.raw("</div>\n");
    }
}

/// Why a table has no rows: nothing of the kind was recorded, as far as records could be read.
fn why_empty(bodies: &BodyCounts) -> String {
    let left_out = match bodies.sealed {
        0 => String::new(),
        sealed => format!(
            " {} encrypted and not opened, and what these say is not in this table.",
            counted(sealed, "record is", "records are")
        ),
    };
    format!("No rows: nothing of this kind stands in the records that could be read.{left_out}")
}

/// `decisions.by_model` as a heading.
fn heading(name: &str) -> String {
    let mut text = name.replace(['.', '_'], " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// The greatest number of each column that has numbers and nothing else; none for others.
fn greatest(table: &TableRows) -> Vec<Option<u64>> {
    let column = |index: usize| {
        let mut greatest = None;
        for row in &table.rows {
            match row.get(index) {
                Some(Cell::Number(number)) => greatest = greatest.max(Some(*number)),
                Some(Cell::None) => {}
                _ => return None,
            }
        }
        greatest
    };
    (0..table.columns.len()).map(column).collect()
}

fn cell(page: &mut Page, cell: &Cell, greatest: Option<u64>) {
    match cell {
        Cell::None => page.raw("<td class=\"soft\">–</td>"),
        Cell::Number(number) => {
            page.raw("<td class=\"number\">")
                .text(&shown_number(*number));
            if let Some(greatest) = greatest.filter(|greatest| *greatest > 0) {
                let width = u128::from(*number) * 100 / u128::from(greatest);
                page.raw(&format!(
                    "<svg class=\"cellbar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect x=\"{}\" y=\"2\" width=\"{width}\" height=\"4\" class=\"spark\"/></svg>",
                    100 - width
                ));
            }
            page.raw("</td>")
        }
        Cell::Flag(flag) => page.raw(if *flag { "<td>yes</td>" } else { "<td>no</td>" }),
        Cell::Text(text) => page.element("td", "", text),
        Cell::Records(records) => {
            let records: Vec<_> = records.iter().map(|record| shown_number(*record)).collect();
            page.element("td", "records", &records.join(" · "))
        }
    };
}

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
    let label = |name: &'static str| if name == "open" { "read" } else { name };
    let slices: Vec<_> = kept
        .map(|&(name, count)| Slice {
            class: class(name),
            label: label(name),
            count,
        })
        .collect();
    page.raw("<h2>Bodies of events</h2>\n<div class=\"panel keep\">\n")
        .raw(&stacked_bar("States of bodies", &slices));
    let view = match report.range.view {
        View::Bodies => {
            "Read: headers, and every body that this evidence holds in the clear or opens. What can’t be read is counted by its header, and never taken for something else."
        }
        View::Headers => "Read: headers alone, as it was asked for.",
    };
    page.element("p", "soft", view).raw("</div>\n");
}

/// What breaks integrity or custody, or is missing for an answer.
pub(crate) fn findings(page: &mut Page, report: &Report) {
    for (name, answer) in [
        ("Integrity", &report.evidence.integrity),
        ("Custody", &report.evidence.custody),
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
            "{} to {}, {} folded",
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
    page.raw("</dl></div>\n<div class=\"panel scroll\"><table><thead><tr><th scope=\"col\">Projection</th><th scope=\"col\" class=\"number\">Version</th><th scope=\"col\" class=\"number\">Records</th><th scope=\"col\">SHA-256 of its state</th></tr></thead><tbody>\n");
    for projection in &report.projections {
        page.raw("<tr>").element("td", "", &projection.name);
        page.element("td", "number", &projection.version.to_string());
        page.element("td", "number", &shown_number(projection.records));
        page.element("td", "mono", &projection.digest.0)
            .raw("</tr>\n");
    }
    page.raw("</tbody></table></div>\n");
}

/// How to check it, and what it does not say.
pub(crate) fn footer(page: &mut Page, report: &Report) {
    page.raw("<footer><div>\n<p>This report says what records show. It does not say that anybody complies with anything, and it is no legal advice. It was made by integer arithmetic from the evidence, the pinned key and the mapping alone; whoever holds the evidence makes the same bytes of it.</p>\n<p>To check it: <span class=\"mono\">indelible-verify BUNDLE --key KEY --report REPORT.json</span></p>\n");
    page.element("p", "mono", &format!("{} {}", report.format, report.id))
        .raw("</div></footer>\n");
}
