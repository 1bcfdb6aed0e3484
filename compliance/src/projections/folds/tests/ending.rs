//! What a story comes to, to be asked.

use crate::projections::{
    folds::Projections,
    measure::{Measure, Value},
    table::Cell,
};

/// The states of a story, to be asked.
pub(super) struct Ending {
    pub(super) projections: Projections,
}

impl Ending {
    pub(super) fn measure(&self, name: &str) -> Measure {
        self.projections
            .measures()
            .0
            .remove(name)
            .unwrap_or_else(|| panic!("no measure {name}"))
    }

    /// A count and its records.
    #[track_caller]
    pub(super) fn counts(&self, name: &str, records: &[u64]) {
        let measure = self.measure(name);
        assert_eq!(
            measure.value,
            Value::Count(records.len() as u64),
            "{name}: {measure:?}"
        );
        assert_eq!(measure.records, records, "{name}");
    }

    #[track_caller]
    pub(super) fn is(&self, name: &str, value: Value) {
        assert_eq!(self.measure(name).value, value, "{name}");
    }

    #[track_caller]
    pub(super) fn number(&self, name: &str, number: u64) {
        self.is(name, Value::Count(number));
    }

    #[track_caller]
    pub(super) fn share(&self, name: &str, part: u64, whole: u64) {
        self.is(name, Value::Share { part, whole });
    }

    #[track_caller]
    pub(super) fn not_computable(&self, name: &str) {
        let measure = self.measure(name);
        assert!(
            matches!(measure.value, Value::NotComputable(_)),
            "{name}: {measure:?}"
        );
    }

    /// The cells of a row, as text.
    #[track_caller]
    pub(super) fn row(&self, table: &str, first: &str) -> Vec<String> {
        let table = self
            .projections
            .table(table)
            .unwrap_or_else(|| panic!("no table {table}"));
        let mut rows = table.rows.iter();
        let row = rows
            .find(|row| text(&row[0]) == first)
            .unwrap_or_else(|| panic!("no row {first}: {table:?}"));
        assert_eq!(row.len(), table.columns.len());
        row.iter().map(text).collect()
    }
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::None => "-".to_owned(),
        Cell::Number(number) => number.to_string(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Records(records) => format!("{records:?}"),
    }
}
