//! What several forms say or show alike.

use crate::reports::{
    data::{AnswerFacts, AnswerName, AskedFacts, BodyState, Report},
    forms::page::{Page, Tone},
    moments::shown_text,
    words::{counted, shown_number},
};

/// What stands over the front matter.
pub(crate) const ON_WHOSE_WORD: &str =
    "On the word of whoever made this report; no record shows it.";

/// What the small seal of a report says: whether the records are what was written, and nothing of what they show.
pub(crate) fn seal_words(report: &Report) -> (Tone, String, String) {
    let evidence = &report.evidence;
    let words = |name: &str, answer: &AnswerFacts| format!("{name} {}", answer.answer.words());
    let answers = [
        ("Integrity", &evidence.integrity),
        ("key handling", &evidence.custody),
    ];
    let tones = answers.map(|(_, answer)| answer_tone(answer.answer));
    let title = answers.map(|(name, answer)| words(name, answer)).join(", ");
    let tone = [Tone::Bad, Tone::Half]
        .into_iter()
        .find(|tone| tones.contains(tone))
        .unwrap_or(Tone::Good);
    let text = match tone {
        Tone::Good => held_words(report),
        Tone::Bad => "The records can’t be relied on.".to_owned(),
        Tone::Half | Tone::Open => "Whether the records can be relied on is not known.".to_owned(),
    };
    (tone, title, text)
}

/// What was checked of the records where that holds. Of contents that are not here only the commitment in the header is,
/// and of those that are encrypted the ciphertext.
fn held_words(report: &Report) -> String {
    let bodies = &report.evidence.bodies;
    let absent = bodies.erased + bodies.withheld + bodies.archived + bodies.missing;
    let mut words = "What is here is as it was written".to_owned();
    if bodies.sealed > 0 {
        words += &format!(
            " (the contents of {} are encrypted, and were not opened)",
            counted(bodies.sealed, "event", "events")
        );
    }
    if absent > 0 {
        let events = counted(absent, "event", "events");
        words +=
            &format!("; the contents of {events} are not, and of these only a digest was checked");
    }
    words + ". Whether what it shows is in order, this seal doesn’t say."
}

/// A name of the framework, and that the report is on a part of it.
pub(crate) fn titled(name: &str, report: &Report) -> String {
    let clauses = report.clauses.len() as u64;
    match report.framework.left_out.len() as u64 {
        0 => name.to_owned(),
        left_out => format!(
            "{name} ({} of {} clauses)",
            shown_number(clauses),
            shown_number(clauses + left_out)
        ),
    }
}

/// What was asked for, and what it came to.
pub(crate) fn asked_words(report: &Report) -> String {
    let range = &report.range;
    // Evidence may hold a part of the ledger alone.
    let is_whole =
        range.records == 0 || range.from == 0 && range.to == report.ledger.checkpoint_size;
    let asked = match &range.asked {
        AskedFacts::Whole {} => match &report.ledger.predecessor {
            _ if !is_whole => format!(
                "Records {} to {} of {}",
                shown_number(range.from),
                shown_number(range.to.saturating_sub(1)),
                shown_number(report.ledger.checkpoint_size)
            ),
            _ if report.lost.is_some() => {
                "All that is left of the ledger at this checkpoint".to_owned()
            }
            None => "The whole ledger at this checkpoint".to_owned(),
            Some(predecessor) => format!(
                "The whole of this ledger, which succeeds {}, at this checkpoint",
                predecessor.origin
            ),
        },
        AskedFacts::Records { from, to } => format!(
            "Records {} to {}",
            shown_number(*from),
            shown_number(to.saturating_sub(1))
        ),
        AskedFacts::Period { from, to } => period_words(from.as_deref(), to.as_deref()),
        AskedFacts::EventPeriod { from, to, .. } => {
            let period = period_words(from.as_deref(), to.as_deref());
            return event_period_words(report, &period);
        }
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

fn period_words(from: Option<&str>, to: Option<&str>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => {
            format!("From {} to before {}", shown_text(from), shown_text(to))
        }
        (Some(from), None) => format!("From {} on", shown_text(from)),
        (None, Some(to)) => format!("Before {}", shown_text(to)),
        (None, None) => "The whole time".to_owned(),
    }
}

/// A period by event time, and the records that were looked at for it.
fn event_period_words(report: &Report, period: &str) -> String {
    let range = &report.range;
    let period = format!("{period}, by the times that producers gave");
    let Some(last) = range.to.checked_sub(1).filter(|last| *last >= range.from) else {
        return format!("{period}: no records");
    };
    let within = range.by_event_time.as_ref().map_or(0, |times| times.within);
    format!(
        "{period}: {} of records {} to {}",
        counted(within, "event", "events"),
        shown_number(range.from),
        shown_number(last)
    )
}

/// What a state of a body is called for people.
pub(crate) fn state_name(state: &str) -> &str {
    match state {
        "open" => "read",
        "sealed" => "encrypted, not opened",
        "withheld" => "left out of this evidence",
        "archived" => "kept elsewhere",
        "unreadable" => "not of the right form",
        other => other,
    }
}

/// Why nothing is said of what an event holds; none where it was read, or where there is nothing.
pub(crate) fn unread_words(body: Option<BodyState>) -> Option<&'static str> {
    Some(match body? {
        BodyState::Open => return None,
        BodyState::Sealed => "contents encrypted, not opened",
        BodyState::Erased => "contents erased",
        BodyState::Withheld => "contents left out of this evidence",
        BodyState::Archived => "contents kept elsewhere",
        BodyState::Missing => "contents missing",
        BodyState::Unreadable => "contents not of the right form",
    })
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
        .raw("<span>")
        .text(answer)
        .raw("</span></p>");
    page.element("p", "detail", detail).raw("</li>\n");
}
