//! What limits a report, and its first line.

mod almost_known;
mod gate;
mod payloads;
mod states;

use self::states::state_words;
use crate::{
    frameworks::{Framework, Review},
    projections::measure::Value,
    reports::{
        data::{
            answers::{AnswerFacts, AnswerName},
            finding::Summary,
            report::{Caveat, CaveatCode},
            subject::{BodyCounts, ByEventTime, ByOrigin, Outside, Subject, View, Whose},
        },
        moments,
        words::{counted, joined, shown_number},
    },
    time::apart,
};

/// Where no caveat is.
const WHOLE: &str = "These records hold together, and the contents of every event can be read. Whether any are missing, this report doesn't ask.";

/// Where no caveat is, and no event.
const NO_EVENTS: &str = "These records hold together, and none of them is an event that a client sent. Whether any are missing, this report doesn't ask.";

/// All caveats of a report, the gravest first.
pub(crate) fn caveats(subject: &Subject, framework: &Framework) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    let mut add = |code, text: String| caveats.push(Caveat { code, text });
    for (code, text) in unanswered(subject) {
        add(code, text);
    }
    if subject.records == 0 {
        add(
            CaveatCode::Empty,
            "There are no records in this range.".to_owned(),
        );
    }
    for outside in &subject.outside {
        add(CaveatCode::Outside, outside_words(*outside));
    }
    if let Some(times) = &subject.by_event_time {
        add(
            CaveatCode::PeriodByEventTime,
            event_time_words(subject, times),
        );
    }
    if subject.whose == Whose::OtherSystems {
        add(
            CaveatCode::ImportedAlone,
            imported_alone_words(subject.by_origin),
        );
    }
    if subject.from > 0 && subject.records > 0 {
        add(
            CaveatCode::BeginsLater,
            format!(
                "The range begins with record {}: what stood open before it, such as incidents, halts and requests, is not known.",
                shown_number(subject.from)
            ),
        );
    }
    if let Some(predecessor) = &subject.predecessor {
        add(CaveatCode::Succeeds, predecessor.caveat());
    }
    let contents = body_words(&subject.bodies, subject.view).into_iter();
    let contents = contents.chain(payloads::words(subject));
    let contents: Vec<_> = contents.chain(gate::words(subject)).collect();
    if !contents.is_empty() {
        add(CaveatCode::BodiesUnreadable, contents.join(" "));
    }
    let misfits = misfit_words(subject).into_iter();
    let misfits: Vec<_> = misfits.chain(almost_known::words(subject)).collect();
    if !misfits.is_empty() {
        add(CaveatCode::Misfits, misfits.join(" "));
    }
    if let Some(text) = clock_words(subject, framework) {
        add(CaveatCode::ClocksApart, text);
    }
    if let Some(text) = ahead_words(subject, framework) {
        add(CaveatCode::EventTimesAhead, text);
    }
    if let Some(text) = import_words(subject) {
        add(CaveatCode::Imported, text);
    }
    if framework.review == Review::UnreviewedDraft {
        let text = "The mapping is an unreviewed draft: nobody has compared it with the text that it maps.";
        add(CaveatCode::UnreviewedDraft, text.to_owned());
    }
    caveats.sort_by_key(|caveat| caveat.code);
    caveats
}

/// Which of the questions on which all rests is not answered by *holds*.
fn unanswered(subject: &Subject) -> Vec<(CaveatCode, String)> {
    let questions = [
        (
            "integrity",
            AnswerFacts::from(&subject.verdict.integrity),
            CaveatCode::IntegrityBroken,
            CaveatCode::IntegrityUnanswerable,
        ),
        (
            "key handling",
            AnswerFacts::from(&subject.verdict.custody),
            CaveatCode::CustodyBroken,
            CaveatCode::CustodyUnanswerable,
        ),
    ];
    let words = |(question, answer, broken, open): (&str, AnswerFacts, _, _)| match answer.answer {
        AnswerName::Holds => None,
        AnswerName::Broken => Some((broken, broken_words(question, &answer))),
        AnswerName::Unanswerable => Some((
            open,
            format!(
                "It is not known whether {question} holds; missing: {}.",
                joined(&answer.missing)
            ),
        )),
    };
    questions.into_iter().filter_map(words).collect()
}

fn broken_words(question: &str, answer: &AnswerFacts) -> String {
    let number = answer.findings.len() as u64 + answer.findings_omitted;
    let first = answer
        .findings
        .first()
        .map(|finding| match finding.sequence {
            Some(sequence) => format!(
                "; first: record {}: {}",
                shown_number(sequence),
                finding.detail
            ),
            None => format!("; first: {}", finding.detail),
        });
    let (what, advice) = match question {
        "integrity" => ("INTEGRITY IS BROKEN", "Something is missing or altered"),
        _ => (
            "KEY HANDLING IS BROKEN",
            "Keys were not introduced and used by the rules of the format",
        ),
    };
    format!(
        "{what}: {advice}, and no clause is assessed over it ({}{}).",
        counted(number, "finding", "findings"),
        first.unwrap_or_default()
    )
}

fn outside_words(outside: Outside) -> String {
    let records = |from: u64, to: u64, place: &str| {
        let number = to.saturating_sub(from);
        format!(
            "{} that {} {place} those that this evidence holds: {} to {}.",
            counted(number, "record", "records"),
            if number == 1 {
                "was asked for lies"
            } else {
                "were asked for lie"
            },
            shown_number(from),
            shown_number(to.saturating_sub(1))
        )
    };
    match outside {
        Outside::Before { from, to } => records(from, to, "before"),
        Outside::After { from, to } => records(from, to, "after"),
        Outside::BeginsBefore => {
            "The period begins before the first record that this evidence holds.".to_owned()
        }
        Outside::EndsAfter => {
            "The period ends after the last record that this evidence holds.".to_owned()
        }
        Outside::NotOver { last } => format!(
            "It is not known whether the period was over at this checkpoint: its last record is of {}.",
            moments::shown(last)
        ),
    }
}

/// What a period by event time covers.
fn event_time_words(subject: &Subject, times: &ByEventTime) -> String {
    let events = |number| counted(number, "event", "events");
    let unknown = match (times.closed, times.without_time) {
        (0, 0) => String::new(),
        (closed, without) => format!(
            " Of {} the time is not known, so that {} may lie in it or not: of {} the contents can't be read, and {} \
             no time.",
            events(closed + without),
            if closed + without == 1 { "it" } else { "they" },
            shown_number(closed),
            match without {
                1 => "1 says".to_owned(),
                _ => format!("{} say", shown_number(without)),
            }
        ),
    };
    format!(
        "The period is by the times that producers gave: of the events of records {} to {}, {} in it and {} outside.{unknown} \
         What stood open before it is not known, and nothing shows that all that happened in it is among these records.",
        shown_number(subject.from),
        shown_number(subject.to.saturating_sub(1)),
        match times.within {
            1 => "1 lies".to_owned(),
            within => format!("{} lie", shown_number(within)),
        },
        shown_number(times.elsewhen),
    )
}

fn imported_alone_words(ByOrigin { live, unknown }: ByOrigin) -> String {
    let left_out = match live {
        0 => String::new(),
        1 => " 1 event that was not imported is left out.".to_owned(),
        _ => format!(
            " {} events that were not imported are left out.",
            shown_number(live)
        ),
    };
    let taken_in = match unknown {
        0 => String::new(),
        1 => " Of 1 event it is not known whether it was imported; it weighs like what can't be read.".to_owned(),
        _ => format!(
            " Of {} events it is not known whether they were imported; they weigh like what can't be read.",
            shown_number(unknown)
        ),
    };
    format!(
        "Only what was imported counts, and when and what happened is the word of the systems that it comes from; no \
         clause is more than partly evidenced by it.{left_out}{taken_in}"
    )
}

fn body_words(bodies: &BodyCounts, view: View) -> Option<String> {
    let closed = bodies.total() - bodies.open;
    if closed == 0 {
        return None;
    }
    if view == View::Headers {
        let events = counted(bodies.total(), "event", "events");
        return Some(format!(
            "Read from headers alone, as asked: of {events} no contents were read."
        ));
    }
    let states = bodies.states();
    let states = states
        .iter()
        .filter(|(name, count)| *name != "open" && *count > 0);
    let states: Vec<_> = states
        .map(|(name, count)| state_words(name, *count))
        .collect();
    Some(format!(
        "The contents of {} of {} were not read: {}.",
        shown_number(closed),
        counted(bodies.total(), "event", "events"),
        joined(&states)
    ))
}

/// Events that can be read and don't fit their type.
fn misfit_words(subject: &Subject) -> Option<String> {
    let misfits = match subject.measures.0.get("gaps.misfits")?.value {
        Value::Count(misfits @ 1..) => misfits,
        _ => return None,
    };
    Some(format!(
        "{}, so nothing counts what {}.",
        match misfits {
            1 => "1 event doesn't fit its type".to_owned(),
            _ => format!("{} events don't fit their types", shown_number(misfits)),
        },
        if misfits == 1 { "it says" } else { "they say" }
    ))
}

/// How far the two clocks are apart, where the mapping allows less.
fn clock_words(subject: &Subject, framework: &Framework) -> Option<String> {
    let within = framework.clocks_within?.to_nanoseconds();
    let distance = subject.clocks.greatest_distance()?;
    (distance > within).then(|| {
        format!(
            "The ledger's clock and the times that producers gave their events are up to {} apart, so criteria on time that rest on these events do not decide.",
            apart(distance)
        )
    })
}

/// A time that a producer gave an event, and that was still to come when all of these records were recorded.
fn ahead_words(subject: &Subject, framework: &Framework) -> Option<String> {
    let within = framework
        .clocks_within
        .map_or(0, |within| within.to_nanoseconds());
    let ((own, sequence), (_, last)) = subject.clocks.latest().zip(subject.times)?;
    (own > last.saturating_add(within)).then(|| {
        format!(
            "The producer of record {} gave it the time {}, which was still to come when the last of these records was \
             recorded, {}: whether all that producers say happened until then is among these records, nothing shows.",
            shown_number(sequence),
            match own {
                u64::MAX => format!("after {}", moments::shown(u64::MAX)),
                _ => moments::shown(own),
            },
            moments::shown(last)
        )
    })
}

/// Events that come from another system.
fn import_words(subject: &Subject) -> Option<String> {
    let imported = match subject.measures.0.get("records.imported")?.value {
        Value::Count(imported @ 1..) => imported,
        _ => return None,
    };
    if subject.whose == Whose::OtherSystems {
        return None;
    }
    Some(format!(
        "{} like what can't be read. What is asked of live events alone leaves them out.",
        match imported {
            1 => "1 event was imported: when and what happened is the word of the system that it comes from, so beside \
                  live events it decides nothing, and weighs"
                .to_owned(),
            _ => format!(
                "{} events were imported: when and what happened is the word of the system that they come from, so \
                 beside live events they decide nothing, and weigh",
                shown_number(imported)
            ),
        }
    ))
}

/// The first line of every form: the caveats, then what was found.
pub(crate) fn headline(caveats: &[Caveat], summary: &Summary, has_events: bool) -> String {
    let found = format!(
        "Of {}, {} evidenced, {} partly, {} not; {} not assessable.",
        counted(summary.total(), "clause", "clauses"),
        is_or_are(summary.evidenced),
        shown_number(summary.partly_evidenced),
        shown_number(summary.not_evidenced),
        is_or_are(summary.not_assessable),
    );
    // What nobody asked about speaks neither for these records nor against them.
    let of_records = |caveat: &&Caveat| caveat.code != CaveatCode::ClausesLeftOut;
    let whole = (caveats.iter().filter(of_records).count() == 0)
        .then(|| if has_events { WHOLE } else { NO_EVENTS }.to_owned());
    let texts = caveats.iter().map(|caveat| caveat.text.clone());
    whole
        .into_iter()
        .chain(texts)
        .chain([found])
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_or_are(number: u64) -> String {
    counted(number, "is", "are")
}
