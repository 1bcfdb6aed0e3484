//! What limits a report where nobody can read what the ledger's own gate recorded.

use crate::{
    projections::measure::Value,
    reports::{
        data::subject::Subject,
        words::{counted, shown_number},
    },
};

/// How many records of the gate can't be read, and the first; none if all can.
pub(super) fn words(subject: &Subject) -> Option<String> {
    let measure = subject.measures.0.get("governance.not_readable")?;
    let number = match measure.value {
        Value::Count(number @ 1..) => number,
        _ => return None,
    };
    let first = measure.records.first();
    let first = first.map_or_else(String::new, |first| {
        format!(" (the first is record {})", shown_number(*first))
    });
    Some(format!(
        "The contents of {} of the ledger's own gate can't be read{first}, and what they may change is left open.",
        counted(number, "record", "records"),
    ))
}
