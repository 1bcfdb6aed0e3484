//! A report as one page that a person likes to read.

mod appendix;
mod charts;
mod clauses;
pub(crate) mod details;
mod first;
mod tables;
mod unassessable;

use crate::{
    frameworks::Review,
    reports::{
        data::{AnswerName, Report, State},
        forms::{
            page::{Page, Slice, Tone, breakable, stacked_bar},
            parts::{ON_WHOSE_WORD, asked_words, seal_words, titled},
        },
    },
};

/// Lays out a report.
pub fn html(report: &Report) -> String {
    let mut page = Page::default();
    page.margin(&format!("Report {}", report.id));
    header(&mut page, report);
    page.raw("<main>\n");
    first::first(&mut page, report);
    summary(&mut page, report);
    clauses::glance(&mut page, report);
    clauses::cards(&mut page, report);
    charts::charts(&mut page, report);
    tables::tables(&mut page, report);
    unassessable::table(&mut page, report);
    appendix::records(&mut page, report);
    details::bodies(&mut page, report);
    details::findings(&mut page, report);
    details::mapping(&mut page, report);
    details::evidence(&mut page, report);
    page.raw("</main>\n");
    details::footer(&mut page, report);
    page.document(&format!(
        "{}: {}",
        titled(&report.framework.short, report),
        report.ledger.origin
    ))
}

/// What it is about, for whom, and whether the records are what was written: small, since it says nothing of what they
/// show. Unless they are not.
fn header(page: &mut Page, report: &Report) {
    page.raw("<header>\n");
    let evidence = &report.evidence;
    let is_broken = [&evidence.integrity, &evidence.custody]
        .iter()
        .any(|answer| answer.answer == AnswerName::Broken);
    if let (true, Some(gravest)) = (is_broken, report.caveats.first()) {
        page.raw("<div class=\"first bad\"><div><p>")
            .raw(&Tone::Bad.icon())
            .element("strong", "headline", &gravest.text)
            .raw("</p></div></div>\n");
    }
    page.raw("<div class=\"title\">\n<div>\n<p class=\"eyebrow\">What the records show</p>\n");
    page.element("h1", "title", &titled(&report.framework.title, report))
        .raw("\n<p>");
    page.raw("<span class=\"mono\"><bdi>")
        .raw(&breakable(&report.ledger.origin))
        .raw("</bdi></span><br><span class=\"soft\">");
    page.text(&asked_words(report)).raw("</span></p>\n");
    if report.framework.review == Review::UnreviewedDraft {
        page.raw("<p class=\"stamp\">")
            .text(report.framework.review.words())
            .raw("</p>\n");
    }
    page.raw("</div>\n");
    seal(page, report);
    page.raw("</div>\n");
    front_matter(page, report);
    page.raw("</header>\n");
}

fn seal(page: &mut Page, report: &Report) {
    let (tone, title, text) = seal_words(report);
    page.raw(&format!("<div class=\"seal {}\">", tone.class()))
        .raw(&tone.icon())
        .raw("<p>");
    page.element("b", "", &title).raw("<br>");
    page.element("span", "soft", &text).raw("</p></div>\n");
}

fn front_matter(page: &mut Page, report: &Report) {
    let Some(front) = &report.front_matter else {
        return;
    };
    page.raw("<div class=\"front\">")
        .element("p", "soft", ON_WHOSE_WORD)
        .raw("\n<dl>\n");
    for (name, text) in front.lines() {
        page.term(name, text);
    }
    page.raw("</dl></div>\n");
}

fn summary(page: &mut Page, report: &Report) {
    let slices: Vec<_> = State::ALL
        .iter()
        .map(|state| Slice {
            class: Tone::from(*state).class(),
            label: state.words(),
            count: report.summary.of(*state),
        })
        .collect();
    let title = State::ALL
        .iter()
        .map(|state| format!("{} {}", report.summary.of(*state), state.words()))
        .collect::<Vec<_>>()
        .join(", ");
    page.raw("<h2>Clauses</h2>\n<div class=\"panel keep\">\n");
    page.raw(&stacked_bar(&title, &slices)).raw("</div>\n");
}
