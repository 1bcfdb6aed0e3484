//! What limits a report where types are almost those that the conventions know.

use crate::{
    projections::measure::Value,
    reports::{
        data::subject::Subject,
        words::{counted, shown_number},
    },
};

/// How many events are of such types, and the first; none if none are.
pub(super) fn words(subject: &Subject) -> Option<String> {
    let measure = subject.measures.0.get("gaps.types_almost_known")?;
    let number = match measure.value {
        Value::Count(number @ 1..) => number,
        _ => return None,
    };
    let first = measure.records.first();
    let first = first.map_or_else(String::new, |first| {
        format!(" (the first is record {})", shown_number(*first))
    });
    Some(format!(
        "{} of {} like those that the conventions know and {} none of them{first}, so nothing counts what {}.",
        counted(number, "event is", "events are"),
        if number == 1 {
            "a type that is written"
        } else {
            "types that are written"
        },
        if number == 1 { "is" } else { "are" },
        if number == 1 { "it says" } else { "they say" },
    ))
}
