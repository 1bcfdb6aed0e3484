//! What several forms say or show alike.

use crate::reports::{
    data::{AnswerName, AskedFacts, CaveatCode, Report},
    forms::page::{Page, Tone},
    moments::shown_text,
    words::{counted, shown_number},
};

/// How grave the gravest caveat is.
pub(crate) fn gravity(report: &Report) -> Tone {
    match report.caveats.first().map(|caveat| caveat.code) {
        None => Tone::Good,
        Some(CaveatCode::IntegrityBroken | CaveatCode::CustodyBroken) => Tone::Bad,
        Some(
            CaveatCode::IntegrityUnanswerable
            | CaveatCode::CustodyUnanswerable
            | CaveatCode::Empty
            | CaveatCode::Outside
            | CaveatCode::BeginsLater
            | CaveatCode::BodiesUnreadable
            | CaveatCode::Misfits
            | CaveatCode::ClocksApart
            | CaveatCode::Imported
            | CaveatCode::UnreviewedDraft,
        ) => Tone::Half,
    }
}

/// What was asked for, and what it came to.
pub(crate) fn asked_words(report: &Report) -> String {
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

/// The tone of an answer.
pub(crate) fn answer_tone(answer: AnswerName) -> Tone {
    match answer {
        AnswerName::Holds => Tone::Good,
        AnswerName::Broken => Tone::Bad,
        AnswerName::Unanswerable => Tone::Half,
    }
}

/// A tile: a name, and what stands under it.
pub(crate) fn tile(page: &mut Page, name: &str, tone: Tone, answer: &str, detail: &str) {
    page.raw(&format!("<li class=\"tile {}\">", tone.class()));
    page.element("p", "name", name);
    page.raw("<p class=\"answer\">")
        .raw(&tone.icon())
        .text(answer)
        .raw("</p>");
    page.element("p", "detail", detail).raw("</li>\n");
}
