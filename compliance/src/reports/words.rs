//! Values in words, by integer arithmetic alone.

pub use crate::number::counted;
pub(crate) use crate::number::shown_number;
use crate::{
    frameworks::{Limit, Threshold, Unusable, rests_on},
    reports::{
        data::finding::{OutcomeFacts, SpreadFacts, ThresholdFacts, ValueFacts},
        moments::{shown_span, shown_span_beside},
    },
};

/// Millionths as percent, with as many places as they have.
pub fn shown_share(millionths: u64) -> String {
    let (whole, places) = (millionths / 10_000, millionths % 10_000);
    if places == 0 {
        return format!("{whole} %");
    }
    let places = format!("{places:04}");
    format!("{whole}.{} %", places.trim_end_matches('0'))
}

/// Millionths as a decimal, with as many places as they have: `7.5`.
pub(crate) fn shown_decimal(millionths: u64) -> String {
    let (whole, places) = (millionths / 1_000_000, millionths % 1_000_000);
    let text = format!("{}.{places:06}", shown_number(whole));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A limit with its unit.
pub fn shown_limit(limit: Limit) -> String {
    match limit {
        Limit::Count(count) => shown_number(count),
        Limit::Millionths(millionths) => shown_share(u64::from(millionths)),
        Limit::Span(span) => shown_span(span.to_nanoseconds()),
    }
}

/// A value with its unit.
pub(crate) fn shown_value(value: &ValueFacts) -> String {
    match value {
        ValueFacts::Count(count) => shown_number(*count),
        ValueFacts::Share { whole: 0, .. } => "none of none".to_owned(),
        ValueFacts::Share {
            part,
            whole,
            millionths,
        } => format!(
            "{} of {} ({})",
            shown_number(*part),
            shown_number(*whole),
            shown_share(*millionths)
        ),
        ValueFacts::Decimal { millionths } => shown_decimal(*millionths),
        ValueFacts::Span(span) => shown_span(span.to_nanoseconds()),
        ValueFacts::Flag(true) => "yes".to_owned(),
        ValueFacts::Flag(false) => "no".to_owned(),
        ValueFacts::NotComputable(why) => format!("not computable: {why}"),
    }
}

/// How what a value counts is spread over the range, to stand after the value.
pub(crate) fn shown_spread(spread: Option<&SpreadFacts>) -> String {
    match spread {
        None => String::new(),
        Some(SpreadFacts { days: 0, .. }) => String::new(),
        Some(spread) => format!(
            ", on {}, with a longest pause of {}",
            counted(spread.days, "day", "days"),
            shown_span(spread.longest_pause.to_nanoseconds())
        ),
    }
}

/// What a threshold asks for, and that it is the mapping's own where no source sets it.
pub(crate) fn shown_threshold(threshold: &ThresholdFacts) -> String {
    let bound = match &threshold.bound {
        Threshold::AtLeast(limit) => format!("at least {}", shown_limit(*limit)),
        Threshold::AtMost(limit) => format!("at most {}", shown_limit(*limit)),
        Threshold::Is(true) => "must be yes".to_owned(),
        Threshold::Is(false) => "must be no".to_owned(),
    };
    let every = threshold.every.map(|every| {
        let every = shown_span(every.to_nanoseconds());
        format!(", on average every {every}")
    });
    let spread = threshold.spread.as_ref().map(|spread| {
        format!(
            ", on at least {} and without a pause of more than {}",
            counted(spread.days, "day", "days"),
            shown_span(spread.longest_pause.to_nanoseconds())
        )
    });
    let set_by = match &threshold.set_by {
        Some(source) => format!(" (set by: {source})"),
        None => " (our threshold)".to_owned(),
    };
    let (every, spread) = (every.unwrap_or_default(), spread.unwrap_or_default());
    format!("{bound}{every}{spread}{set_by}")
}

/// Events that a value rests on and that do not say all of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open {
    /// How many can't be read or used.
    pub(crate) unread: u64,
    /// How many more can be read, and leave out what decides.
    pub(crate) unsaid: u64,
    /// Why such events can't be used.
    pub(crate) unusable: Unusable,
}

/// A value that decides nothing, and what of it nobody can read: `0 as far as can be read`, and `1 event that may count
/// can't be read`: a value may count something else than events. The second is none where all that the value rests on was read.
pub(crate) fn shown_as_far_as_read(value: &ValueFacts, open: Open) -> (String, Option<String>) {
    let words = shown_value(value);
    let Open {
        unread,
        unsaid,
        unusable,
    } = open;
    match value {
        _ if unread + unsaid == 0 => (words, None),
        ValueFacts::Count(_) => {
            let not_read = (unread > 0).then(|| {
                format!(
                    "{} that may count {}",
                    events(unread),
                    unusable.words(unread)
                )
            });
            let not_said = (unsaid > 0).then(|| {
                let verb = if unsaid == 1 { "leaves" } else { "leave" };
                format!(
                    "{} can be read and {verb} open what decides",
                    events(unsaid)
                )
            });
            let both: Vec<_> = not_read.into_iter().chain(not_said).collect();
            (
                format!("{words} as far as can be read"),
                Some(both.join(", ")),
            )
        }
        _ => (words, rests_on(unread, unsaid, unusable)),
    }
}

fn events(count: u64) -> String {
    let noun = if count == 1 { "event" } else { "events" };
    format!("{} {noun}", shown_number(count))
}

/// Value, threshold and outcome in one sentence. `why_not` says why nothing was decided.
pub(crate) fn criterion_words(
    (value, spread): (&ValueFacts, Option<&SpreadFacts>),
    open: Open,
    threshold: Option<&ThresholdFacts>,
    outcome: OutcomeFacts,
    why_not: Option<&str>,
) -> String {
    let Some(threshold) = threshold else {
        let between = match value {
            ValueFacts::Count(_) => ", ",
            _ => "; ",
        };
        return match shown_as_far_as_read(value, open) {
            (words, None) => words,
            (words, Some(beside)) => format!("{words}{between}{beside}"),
        };
    };
    let words = match (value, &threshold.bound) {
        (
            ValueFacts::Span(span),
            Threshold::AtLeast(Limit::Span(limit)) | Threshold::AtMost(Limit::Span(limit)),
        ) => shown_span_beside(span.to_nanoseconds(), limit.to_nanoseconds()),
        _ => shown_value(value) + &shown_spread(spread),
    };
    let asked = format!("{words}; asked for: {}", shown_threshold(threshold));
    match (outcome, why_not, value) {
        // The reason stands with the value already.
        (OutcomeFacts::Undecided, Some(why), ValueFacts::NotComputable(said)) if why == said => {
            format!("{asked}; {}", outcome.words())
        }
        (OutcomeFacts::Undecided | OutcomeFacts::Vacuous, Some(why), _) => {
            format!("{asked}; {}: {why}", outcome.words())
        }
        _ => format!("{asked}; {}", outcome.words()),
    }
}

/// A list in words: "a, b and c".
pub(crate) fn joined(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The same with a capital letter in front.
pub(crate) fn capital(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(shown_number),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [0, 1, 75_000, 1_000_000, 999_999].map(shown_share),
            ["0 %", "0.0001 %", "7.5 %", "100 %", "99.9999 %"]
        );
        let list = |items: &[&str]| {
            joined(
                &items
                    .iter()
                    .map(|&item| item.to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(
            [list(&[]), list(&["a"]), list(&["a", "b", "c"])],
            ["", "a", "a, b and c"]
        );
    }
}
