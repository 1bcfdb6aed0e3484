//! What projections say, as it is shown, and the records that it holds for.

use std::fmt;

use indelible_compliance::{
    frameworks::{Limit, Span},
    projections::table::Cell,
    reports::{counted, shown_limit, shown_share},
};
use indelible_interchange::hex;
use indelible_proto::{
    time::nanoseconds,
    v1::{Coverage, Fold, Measure, ProjectionRow, Share, measure::Value, projection_cell},
};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    ui::{root::root_text, table::Table, time},
};

/// An answer that does not say what it holds for.
pub(crate) const NO_HOLDS: CliError = CliError::Answer("it does not say which records it covers");

/// What an answer does not count, in words; none if it was all opened.
#[must_use]
pub(crate) fn sealed_words(sealed: u64) -> Option<String> {
    (sealed > 0).then(|| {
        format!(
            "{} encrypted and not opened: only what headers say of these counts here; --decrypt reads them",
            counted(sealed, "event is", "events are")
        )
    })
}

/// What an answer holds for.
#[derive(Serialize)]
pub(crate) struct HoldsView<'a> {
    origin: &'a str,
    size: u64,
    root_hash: String,
    /// Empty while none covers the size yet.
    #[serde(skip_serializing_if = "str::is_empty")]
    checkpoint: &'a str,
    from: u64,
    to: u64,
    first_time: String,
    last_time: String,
}

impl<'a> HoldsView<'a> {
    /// The view.
    #[must_use]
    pub(crate) fn new(holds: &'a Coverage) -> Self {
        let records = holds.sequence_range.unwrap_or_default();
        Self {
            origin: &holds.origin,
            size: holds.size,
            root_hash: root_text(&holds.root_hash),
            checkpoint: &holds.checkpoint,
            from: records.start,
            to: records.end,
            first_time: time::to_text(holds.first_recorded_time.as_ref()),
            last_time: time::to_text(holds.last_recorded_time.as_ref()),
        }
    }
}

impl fmt::Display for HoldsView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("ledger", self.origin)
            .row("as of size", self.size)
            .row("root", &self.root_hash)
            .row("records", format_args!("{}..{}", self.from, self.to))
            .row(
                "recorded",
                format_args!("{} to {}", self.first_time, self.last_time),
            );
        table.fmt(f)
    }
}

/// The state of a fold, named.
#[derive(Serialize)]
pub(crate) struct FoldView<'a> {
    name: &'a str,
    version: u32,
    records: u64,
    digest: String,
}

impl<'a> FoldView<'a> {
    /// The view.
    #[must_use]
    pub(crate) fn new(fold: &'a Fold) -> Self {
        Self {
            name: &fold.name,
            version: fold.version,
            records: fold.record_count,
            digest: hex::encode(&fold.digest),
        }
    }
}

/// A single value, in the form that reports have it in.
#[derive(Serialize)]
pub(crate) struct MeasureView<'a> {
    name: &'a str,
    value: Option<ValueView<'a>>,
    records: &'a [u64],
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ValueView<'a> {
    Count(u64),
    Share { part: u64, whole: u64 },
    Nanoseconds(Option<u64>),
    Flag(bool),
    NotComputable(&'a str),
}

impl<'a> MeasureView<'a> {
    /// The view.
    #[must_use]
    pub(crate) fn new(measure: &'a Measure) -> Self {
        let value = measure.value.as_ref().map(|value| match value {
            Value::Count(count) => ValueView::Count(*count),
            Value::Share(Share { part, whole }) => ValueView::Share {
                part: *part,
                whole: *whole,
            },
            Value::Duration(span) => ValueView::Nanoseconds(nanoseconds(span)),
            Value::Flag(flag) => ValueView::Flag(*flag),
            Value::NotComputable(why) => ValueView::NotComputable(why),
        });
        Self {
            name: &measure.name,
            value,
            records: &measure.sequences,
        }
    }
}

/// A single value for people.
#[must_use]
pub(crate) fn measure_text(measure: &Measure) -> String {
    let number = |number| shown_limit(Limit::Count(number));
    match &measure.value {
        None => "unknown".to_owned(),
        Some(Value::Count(count)) => number(*count),
        Some(Value::Share(Share { part, whole })) => {
            let millionths = u128::from(*part) * 1_000_000 / u128::from(*whole).max(1);
            let millionths = u64::try_from(millionths).unwrap_or(u64::MAX);
            let share = shown_share(millionths);
            format!("{share} ({} of {})", number(*part), number(*whole))
        }
        Some(Value::Duration(span)) => {
            let nanoseconds = nanoseconds(span).unwrap_or(u64::MAX);
            shown_limit(Limit::Span(Span::of(nanoseconds)))
        }
        Some(Value::Flag(true)) => "yes".to_owned(),
        Some(Value::Flag(false)) => "no".to_owned(),
        Some(Value::NotComputable(why)) => format!("not computable: {why}"),
    }
}

/// A row from the wire.
#[must_use]
pub(crate) fn cells(row: ProjectionRow) -> Vec<Cell> {
    use projection_cell::Value;

    let cells = row.cells.into_iter().map(|cell| match cell.value {
        None => Cell::None,
        Some(Value::Number(number)) => Cell::Number(number),
        Some(Value::Flag(flag)) => Cell::Flag(flag),
        Some(Value::Text(text)) => Cell::Text(text),
        Some(Value::Sequences(numbers)) => Cell::Records(numbers.values),
    });
    cells.collect()
}
