//! A report as one page that a person likes to read.

mod clauses;
mod details;

pub(super) use details::answer_findings;

use super::moments::shown_text;
use super::page::{Page, Slice, Tone, stacked_bar};
use super::words::{counted, shown_number};
use super::{AnswerFacts, AnswerName, AskedFacts, CaveatCode, Report, State};
use crate::framework::Review;

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

/// How grave the gravest caveat is.
fn gravity(report: &Report) -> Tone {
    match report.caveats.first().map(|caveat| caveat.code) {
        None => Tone::Good,
        Some(CaveatCode::IntegrityBroken | CaveatCode::CustodyBroken) => Tone::Bad,
        Some(
            CaveatCode::IntegrityUnanswerable
            | CaveatCode::CustodyUnanswerable
            | CaveatCode::Empty
            | CaveatCode::Outside
            | CaveatCode::BodiesUnreadable
            | CaveatCode::UnreviewedDraft,
        ) => Tone::Half,
    }
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

/// What was asked for, and what it came to.
pub(super) fn asked_words(report: &Report) -> String {
    let range = &report.range;
    let asked = match &range.asked {
        AskedFacts::Whole {} => "The whole ledger at this checkpoint".to_owned(),
        AskedFacts::Records { from, to } => format!(
            "Records {} to {}",
            shown_number(*from),
            shown_number(to.saturating_sub(1))
        ),
        AskedFacts::Period { from, to } => match (from, to) {
            (Some(from), Some(to)) => {
                format!("From {} to before {}", shown_text(from), shown_text(to))
            }
            (Some(from), None) => format!("From {} on", shown_text(from)),
            (None, Some(to)) => format!("Before {}", shown_text(to)),
            (None, None) => "The whole time".to_owned(),
        },
    };
    match (&range.first_time, &range.last_time) {
        (Some(first), Some(last)) => format!(
            "{asked}: {}, recorded from {} to {}",
            counted(range.records, "record", "records"),
            shown_text(first),
            shown_text(last)
        ),
        _ => format!("{asked}: no records"),
    }
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
        "Were keys used lawfully?",
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
            "all there",
            format!("{records}, none left out."),
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

pub(super) fn answer_tone(answer: AnswerName) -> Tone {
    match answer {
        AnswerName::Holds => Tone::Good,
        AnswerName::Broken => Tone::Bad,
        AnswerName::Unanswerable => Tone::Half,
    }
}

pub(super) fn tile(page: &mut Page, name: &str, tone: Tone, answer: &str, detail: &str) {
    page.raw(&format!("<li class=\"tile {}\">", tone.class()));
    page.element("p", "name", name);
    page.raw("<p class=\"answer\">")
        .raw(&tone.icon())
        .text(answer)
        .raw("</p>");
    page.element("p", "detail", detail).raw("</li>\n");
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
