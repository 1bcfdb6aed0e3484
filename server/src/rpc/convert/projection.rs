//! Projections on their way out.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use indelible_compliance::projections::{
    folds::{Digest, FoldName, Folded, Projections},
    measure::{Measure, Value},
    table::{Cell, Table},
};
use indelible_proto::{
    time::{duration, timestamp},
    v1::{self, measure, projection_cell},
};

use indelible_ledger::{Holds, Rebuilt};

/// Which records and which tree an answer covers.
pub(crate) fn coverage(origin: &str, holds: &Holds) -> v1::Coverage {
    let [first, last] = holds.times;
    v1::Coverage {
        origin: origin.to_owned(),
        size: holds.size,
        root_hash: Bytes::copy_from_slice(holds.root.as_bytes()),
        checkpoint: holds
            .checkpoint
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        sequence_range: Some(v1::SequenceRange {
            start: holds.from,
            end: holds.to,
        }),
        first_recorded_time: Some(timestamp(first)),
        last_recorded_time: Some(timestamp(last)),
    }
}

/// All projections.
pub(crate) fn projections(states: &Projections) -> Vec<v1::Projection> {
    let measures = states.measures().0;
    let of_fold = |name: FoldName| {
        let is_its_own =
            |measure: &str| measure.split_once('.').map(|(fold, _)| fold) == Some(name.as_str());
        let measures = measures.iter().filter(|(measure, _)| is_its_own(measure));
        v1::Projection {
            fold: Some(fold(states.folded(name))),
            tables: states.tables(name).iter().map(table).collect(),
            measures: measures.map(|(name, value)| measure(name, value)).collect(),
        }
    };
    FoldName::ALL.iter().copied().map(of_fold).collect()
}

/// The state of a fold.
pub(crate) fn fold(folded: Folded) -> v1::Fold {
    v1::Fold {
        name: folded.name,
        version: folded.version,
        record_count: folded.records,
        digest: digest(&folded.digest),
    }
}

/// The bytes of a digest. Folds keep it as hexadecimal text, since reports do.
fn digest(digest: &Digest) -> Bytes {
    let text = digest.0.as_bytes();
    HEXLOWER.decode(text).unwrap_or_default().into()
}

fn table(table: &Table) -> v1::ProjectionTable {
    let not_computable = table.not_computable();
    v1::ProjectionTable {
        name: table.name.to_owned(),
        columns: columns(table.columns),
        row_count: match not_computable {
            Some(_) => 0,
            None => table.rows.len() as u64,
        },
        not_computable: not_computable.unwrap_or_default().to_owned(),
    }
}

/// The names of columns.
pub(crate) fn columns(columns: &[&str]) -> Vec<String> {
    columns.iter().copied().map(str::to_owned).collect()
}

fn measure(name: &str, measure: &Measure) -> v1::Measure {
    v1::Measure {
        name: name.to_owned(),
        value: Some(match &measure.value {
            Value::Count(count) => measure::Value::Count(*count),
            Value::Share { part, whole } => measure::Value::Share(v1::Share {
                part: *part,
                whole: *whole,
            }),
            Value::Nanoseconds(span) => measure::Value::Duration(duration(*span)),
            Value::Flag(flag) => measure::Value::Flag(*flag),
            Value::NotComputable(why) => measure::Value::NotComputable(why.clone()),
        }),
        sequences: measure.records.clone(),
    }
}

/// One row of a table.
pub(crate) fn row(cells: Vec<Cell>) -> v1::ProjectionRow {
    v1::ProjectionRow {
        cells: cells.into_iter().map(cell).collect(),
    }
}

fn cell(cell: Cell) -> v1::ProjectionCell {
    use projection_cell::Value;

    v1::ProjectionCell {
        value: match cell {
            Cell::None => None,
            Cell::Number(number) => Some(Value::Number(number)),
            Cell::Flag(flag) => Some(Value::Flag(flag)),
            Cell::Text(text) => Some(Value::Text(text)),
            Cell::Records(values) => Some(Value::Sequences(v1::SequenceNumbers { values })),
        },
    }
}

/// What a rebuild showed.
pub(crate) fn rebuilt(origin: &str, rebuilt: Rebuilt) -> v1::RebuildResult {
    let folds = rebuilt.folds.into_iter().map(|[before, after]| {
        let unchanged = before == after;
        v1::RebuiltFold {
            name: after.name,
            version: after.version,
            record_count: after.records,
            digest_before: digest(&before.digest),
            digest_after: digest(&after.digest),
            unchanged,
        }
    });
    v1::RebuildResult {
        coverage: Some(coverage(origin, &rebuilt.holds)),
        folds: folds.collect(),
    }
}
