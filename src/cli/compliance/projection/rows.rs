//! Rows as they are written: for people in columns, for programs as CSV or NDJSON.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use clap::ValueEnum;
use indelible_compliance::{projections::table::Cell, reports::forms::csv};
use indelible_proto::v1::ProjectionRow;
use serde::{Serialize, Serializer, ser::SerializeMap as _};

use crate::cli::{
    compliance::projection::view::cells,
    ui::{file_form::NamedForm, table::printable},
};

/// A form of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Lines in columns
    Table,
    /// RFC 4180 with a line of column names
    Csv,
    /// One JSON object a line
    Ndjson,
}

impl NamedForm for Form {
    const FOR_PEOPLE: Self = Self::Table;
    const FOR_PROGRAMS: Self = Self::Ndjson;

    const ENDINGS: &'static [(&'static str, Self)] = &[
        ("csv", Self::Csv),
        ("ndjson", Self::Ndjson),
        ("jsonl", Self::Ndjson),
        ("txt", Self::Table),
    ];
}

/// Rows on their way to a writer.
pub(crate) struct Rows<'a> {
    form: Form,
    columns: Vec<String>,
    output: &'a mut dyn Write,
    /// For people, whose columns are as wide as the widest cell of all rows.
    kept: Vec<Vec<String>>,
}

impl<'a> Rows<'a> {
    /// Begins with the names of the columns, where the form has them.
    pub(crate) fn begin(
        form: Form,
        columns: Vec<String>,
        output: &'a mut dyn Write,
    ) -> io::Result<Self> {
        let mut kept = Vec::new();
        match form {
            Form::Csv => {
                let names: Vec<_> = columns.iter().map(String::as_str).collect();
                output.write_all(csv::header(&names).as_bytes())?;
            }
            Form::Table => kept.push(columns.clone()),
            Form::Ndjson => {}
        }
        Ok(Self {
            form,
            columns,
            output,
            kept,
        })
    }

    /// The next row.
    pub(crate) fn row(&mut self, row: ProjectionRow) -> io::Result<()> {
        let cells = cells(row);
        match self.form {
            Form::Csv => self.output.write_all(csv::row(&cells).as_bytes()),
            Form::Ndjson => {
                let columns = &self.columns;
                serde_json::to_writer(&mut *self.output, &Named { columns, cells })?;
                self.output.write_all(b"\n")
            }
            Form::Table => {
                let shown = cells.iter().map(|cell| printable(&cell.to_string()));
                self.kept
                    .push(shown.map(|text| text.replace('\n', "\\n")).collect());
                Ok(())
            }
        }
    }

    /// After the last row.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        let mut widths = vec![0; self.columns.len()];
        for row in &self.kept {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        for row in &self.kept {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let _infallible = write!(line, "{cell:width$}  ");
            }
            writeln!(self.output, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A row as one object, its members in the order of the columns.
struct Named<'a> {
    columns: &'a [String],
    cells: Vec<Cell>,
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, cell) in self.columns.iter().zip(&self.cells) {
            members.serialize_entry(column, cell)?;
        }
        members.end()
    }
}

#[cfg(test)]
mod tests {
    use indelible_proto::v1::{ProjectionCell, SequenceNumbers, projection_cell::Value};

    use super::*;

    fn written(form: Form) -> String {
        let columns = ["model", "decisions", "halted", "records", "policy"];
        let cell = |value| ProjectionCell { value };
        let row = |model: &str| ProjectionRow {
            cells: vec![
                cell(Some(Value::Text(model.to_owned()))),
                cell(Some(Value::Number(7))),
                cell(Some(Value::Flag(true))),
                cell(Some(Value::Sequences(SequenceNumbers {
                    values: vec![3, 4],
                }))),
                cell(None),
            ],
        };
        let mut output = Vec::new();
        let mut rows =
            Rows::begin(form, columns.map(str::to_owned).to_vec(), &mut output).expect("begun");
        for model in ["gpt \"x\"", "=1\u{1b}[2J"] {
            rows.row(row(model)).expect("a row");
        }
        rows.end().expect("an end");
        String::from_utf8(output).expect("text")
    }

    #[test]
    fn each_form_is_what_its_readers_take() {
        assert_eq!(
            written(Form::Csv),
            "model,decisions,halted,records,policy\r\n\
             \"gpt \"\"x\"\"\",7,true,3 4,\r\n\
             \"'=1\u{1b}[2J\",7,true,3 4,\r\n"
        );
        assert_eq!(
            written(Form::Ndjson),
            "{\"model\":\"gpt \\\"x\\\"\",\"decisions\":7,\"halted\":true,\"records\":[3,4],\"policy\":null}\n\
             {\"model\":\"=1\\u001b[2J\",\"decisions\":7,\"halted\":true,\"records\":[3,4],\"policy\":null}\n"
        );
        assert_eq!(
            written(Form::Table),
            "model        decisions  halted  records  policy\n\
             gpt \"x\"      7          true    3 4\n\
             =1\\u{1b}[2J  7          true    3 4\n"
        );
    }
}
