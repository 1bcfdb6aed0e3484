//! The first screen: what is not met, what could not be decided, and what limits the report.

use crate::reports::{
    data::Report,
    forms::{
        first::{First, Said, limits, records_lead, sums},
        html::appendix::record_links,
        page::{Page, Tone},
    },
};

/// How many criteria that could not be decided stand before the rest is folded.
const UNDECIDED_SHOWN_MAX: usize = 3;

pub(crate) fn first(page: &mut Page, report: &Report) {
    let first = First::of(report);
    let tone = if first.not_met.is_empty() {
        Tone::Open
    } else {
        Tone::Bad
    };
    page.raw("<ul class=\"sums\">");
    for sum in sums(report) {
        page.element("li", "", &sum);
    }
    page.raw("</ul>\n");
    page.raw(&format!(
        "<section class=\"panel verdict {}\" aria-labelledby=\"not-met\">\n<h2 id=\"not-met\">",
        tone.class()
    ))
    .raw(&tone.icon())
    .raw(" ")
    .text(&first.heading())
    .raw("</h2>\n");
    match first.nothing {
        Some(why) => {
            page.raw("<p>").text(why).raw("</p>\n");
        }
        None if first.not_met.is_empty() => {
            page.raw("<p>").text(First::NONE).raw("</p>\n");
        }
        None => {
            page.raw("<ul class=\"said\">\n");
            for said in &first.not_met {
                self::said(page, report, said);
            }
            page.raw("</ul>\n");
        }
    }
    page.raw("</section>\n");
    undecided(page, report, &first);
    page.raw("<section class=\"panel\" aria-labelledby=\"limits\">\n<h2 id=\"limits\">What limits this report</h2>\n<ul class=\"plain\">\n");
    for limit in limits(report) {
        page.element("li", "", &limit).raw("\n");
    }
    page.raw("</ul>\n</section>\n");
}

fn undecided(page: &mut Page, report: &Report, first: &First<'_>) {
    let vacuous = first.vacuous_words();
    if first.undecided.is_empty() && vacuous.is_none() {
        return;
    }
    page.raw("<section class=\"panel\" aria-labelledby=\"undecided\">\n<h2 id=\"undecided\">")
        .text(&format!("Not decided: {}", first.undecided.len()))
        .raw("</h2>\n");
    let (shown, folded) = first
        .undecided
        .split_at(first.undecided.len().min(UNDECIDED_SHOWN_MAX));
    for (number, all) in [shown, folded].into_iter().enumerate() {
        if all.is_empty() {
            continue;
        }
        if number > 0 {
            page.raw("<details><summary>")
                .text(&format!("The other {}", all.len()))
                .raw("</summary>\n");
        }
        page.raw("<ul class=\"said\">\n");
        for said in all {
            self::said(page, report, said);
        }
        page.raw("</ul>\n");
        if number > 0 {
            page.raw("</details>\n");
        }
    }
    if let Some(vacuous) = vacuous {
        page.element("p", "soft", &vacuous).raw("\n");
    }
    page.raw("</section>\n");
}

/// One criterion: what happened, the records, and the clauses that it speaks to.
fn said(page: &mut Page, report: &Report, said: &Said<'_>) {
    page.raw("<li>").element("strong", "", &said.sentence);
    if !said.records.is_empty() {
        page.raw(" <span class=\"records\">")
            .text(&records_lead(said.records))
            .raw(" ");
        record_links(page, report, said.records);
        page.raw("</span>");
    }
    page.raw(match said.clauses.len() {
        1 => " <span class=\"of\">clause\u{a0}",
        _ => " <span class=\"of\">clauses\u{a0}",
    });
    for (number, clause) in said.clauses.iter().enumerate() {
        if let Some(finding) = report.clauses.get(*clause) {
            page.raw(if number > 0 { ", " } else { "" })
                .raw(&format!("<a href=\"#c{clause}\">"))
                .text(&finding.id)
                .raw("</a>");
        }
    }
    page.raw("</span>")
        .element("span", "soft asked", &said.detail)
        .raw("</li>\n");
}
