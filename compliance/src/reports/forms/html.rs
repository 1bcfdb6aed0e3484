//! A report as one page that a person likes to read.

mod clauses;
pub(crate) mod details;

use crate::{
    frameworks::Review,
    reports::{
        data::{AnswerFacts, CaveatCode, Report, State},
        forms::{
            page::{Page, Slice, Tone, stacked_bar},
            parts::{answer_tone, asked_words, gravity, tile},
        },
        words::{counted, shown_number},
    },
};

/// Lays out a report.
pub fn html(report: &Report) -> String {
    let mut page = Page::default();
    first_line(&mut page, report);
    header(&mut page, report);
    page.raw("<main>\n");
    tiles(&mut page, report);
    summary(&mut page, report);
    clauses::glance(&mut page, report);
    clauses::cards(&mut page, report);
    details::tables(&mut page, report);
    details::bodies(&mut page, report);
    details::findings(&mut page, report);
    details::mapping(&mut page, report);
    details::evidence(&mut page, report);
    page.raw("</main>\n");
    details::footer(&mut page, report);
    page.document(&format!(
        "{}: {}",
        report.framework.short, report.ledger.origin
    ))
}

fn first_line(page: &mut Page, report: &Report) {
    let tone = gravity(report);
    page.raw(&format!(
        "<div class=\"first {}\" role=\"status\"><div><p>{}",
        tone.class(),
        tone.icon()
    ));
    page.element("span", "headline", &report.headline);
    page.raw("</p></div></div>\n");
}

fn header(page: &mut Page, report: &Report) {
    page.raw("<header><div>\n<p class=\"eyebrow\">What the records show</p>\n");
    page.element("h1", "title", &report.framework.title)
        .raw("\n<p>");
    page.element("span", "mono", &report.ledger.origin)
        .raw("<br><span class=\"soft\">");
    page.text(&asked_words(report)).raw("</span></p>\n");
    if report.framework.review == Review::UnreviewedDraft {
        page.raw("<p class=\"stamp\">")
            .text(report.framework.review.words())
            .raw("</p>\n");
    }
    page.raw("</div></header>\n");
}

fn tiles(page: &mut Page, report: &Report) {
    page.raw("<ul class=\"tiles\">\n");
    let evidence = &report.evidence;
    answer_tile(
        page,
        "Integrity",
        "Are these records unaltered?",
        &evidence.integrity,
    );
    answer_tile(
        page,
        "Custody",
        "Were keys used by the rules of the format?",
        &evidence.custody,
    );
    let outside = report
        .caveats
        .iter()
        .any(|caveat| caveat.code == CaveatCode::Outside);
    let (tone, answer, detail) = if report.range.records == 0 {
        (
            Tone::Bad,
            "no records",
            "There is nothing to report on.".to_owned(),
        )
    } else if outside {
        let records = counted(report.range.records, "record", "records");
        (
            Tone::Half,
            "partly there",
            format!("{records} of what was asked for."),
        )
    } else {
        let records = counted(report.range.records, "record", "records");
        (
            Tone::Good,
            "as asked",
            format!("{records} of what was asked for."),
        )
    };
    tile(page, "Range", tone, answer, &detail);
    let bodies = &evidence.bodies;
    let (open, total) = (bodies.open, bodies.total());
    let (tone, answer) = match open {
        _ if total == 0 => (Tone::Open, "no events"),
        open if open == total => (Tone::Good, "all readable"),
        0 => (Tone::Bad, "none readable"),
        _ => (Tone::Half, "partly readable"),
    };
    let detail = format!(
        "{} of {}.",
        shown_number(open),
        counted(total, "body", "bodies")
    );
    tile(page, "Bodies", tone, answer, &detail);
    page.raw("</ul>\n");
}

fn answer_tile(page: &mut Page, name: &str, question: &str, answer: &AnswerFacts) {
    let tone = answer_tone(answer.answer);
    tile(page, name, tone, answer.answer.words(), question);
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
