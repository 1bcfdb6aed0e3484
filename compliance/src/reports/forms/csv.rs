//! Rows for spreadsheets and programs: RFC 4180, UTF-8, lines ended by CR LF, the first line naming the columns.
//!
//! Spreadsheets take a cell that begins with `=`, `+`, `-` or `@` for a formula, and run it. So every *text* that
//! begins with one of these (also in their full-width forms), with a tab, a line end or an apostrophe, gets one
//! apostrophe in front; a reader that wants the text back takes one away. Numbers are not touched: they have no sign.

use crate::{
    projections::table::Cell,
    reports::data::{OutcomeFacts, Report, TableRows, ValueFacts},
};

/// What stands as the state of a clause that the report was not asked about.
const LEFT_OUT: &str = "left_out";

/// The codes of what limits the report.
fn evidence(report: &Report) -> String {
    let codes: Vec<_> = (report.lost.iter().map(|_| "records-lost"))
        .chain(report.caveats.iter().map(|caveat| caveat.code.name()))
        .chain(report.recorded_ahead.as_ref().map(|_| "recorded-ahead"))
        .collect();
    match codes.is_empty() {
        true => "no-caveats".to_owned(),
        false => codes.join(" "),
    }
}

/// The criteria of a report: one row each, one for a clause that has none, and one for each clause that is left out.
pub fn criteria(report: &Report) -> String {
    let mut csv = Csv::with_columns(&[
        "evidence",
        "framework",
        "mapping_version",
        "clause",
        "title",
        "state",
        "measure",
        "outcome",
        "value",
        "unit",
        "part",
        "whole",
        "unread_events",
        "unsaid_events",
        "threshold",
        "why",
        "record_numbers",
    ]);
    let evidence = evidence(report);
    for clause in &report.clauses {
        let begin = |csv: &mut Csv| {
            csv.text(&evidence);
            csv.text(&report.framework.id);
            csv.number(u64::from(report.framework.version));
            csv.text(&clause.id);
            csv.text(&clause.title);
            csv.text(clause.state.name());
        };
        for criterion in &clause.criteria {
            begin(&mut csv);
            csv.text(&criterion.measure);
            csv.text(criterion.outcome.name());
            value(&mut csv, &criterion.value);
            csv.number(criterion.unread);
            csv.number(criterion.unsaid);
            match &criterion.threshold {
                Some(threshold) => csv.text(&crate::reports::words::shown_threshold(threshold)),
                None => csv.nothing(),
            }
            csv.text(&criterion.words);
            csv.records(&criterion.records);
            csv.end_row();
        }
        if clause.criteria.is_empty() {
            begin(&mut csv);
            csv.nothing();
            csv.text(OutcomeFacts::Undecided.name());
            for _ in 0..7 {
                csv.nothing();
            }
            csv.text(&clause.why.join("; "));
            csv.nothing();
            csv.end_row();
        }
    }
    left_out(&mut csv, report, &evidence);
    csv.text
}

/// One row for each clause that the report was not asked about.
fn left_out(csv: &mut Csv, report: &Report, evidence: &str) {
    for clause in &report.framework.left_out {
        csv.text(evidence);
        csv.text(&report.framework.id);
        csv.number(u64::from(report.framework.version));
        csv.text(clause);
        csv.nothing();
        csv.text(LEFT_OUT);
        for _ in 0..9 {
            csv.nothing();
        }
        csv.text("the report was not asked about this clause of its mapping");
        csv.nothing();
        csv.end_row();
    }
}

/// A value as number, unit, part and whole.
fn value(csv: &mut Csv, value: &ValueFacts) {
    match value {
        ValueFacts::Count(number) => {
            csv.number(*number);
            csv.text("count");
        }
        ValueFacts::Decimal { millionths } => {
            csv.number(*millionths);
            csv.text("millionths_of_one");
        }
        ValueFacts::Span(span) => {
            csv.number(span.to_nanoseconds());
            csv.text("nanoseconds");
        }
        ValueFacts::Flag(flag) => {
            csv.text(if *flag { "true" } else { "false" });
            csv.nothing();
        }
        ValueFacts::Share {
            part,
            whole,
            millionths,
        } => {
            csv.number(*millionths);
            csv.text("millionths");
            csv.number(*part);
            csv.number(*whole);
            return;
        }
        ValueFacts::NotComputable(_) => {
            csv.nothing();
            csv.nothing();
        }
    }
    csv.nothing();
    csv.nothing();
}

/// A table of a report. A column of the numbers of records is called so, since *records* reads as a count.
pub fn table(table: &TableRows) -> String {
    let name = |column: &String| match column.strip_prefix("records") {
        Some(of) => format!("record_numbers{of}"),
        None => column.clone(),
    };
    let columns: Vec<_> = table.columns.iter().map(name).collect();
    let columns: Vec<_> = columns.iter().map(String::as_str).collect();
    let mut text = header(&columns);
    for row in &table.rows {
        text.push_str(&self::row(row));
    }
    text
}

/// The first line of a table.
pub fn header(columns: &[&str]) -> String {
    Csv::with_columns(columns).text
}

/// One row of a table.
pub fn row(cells: &[Cell]) -> String {
    let mut csv = Csv::empty();
    for cell in cells {
        match cell {
            Cell::None => csv.nothing(),
            Cell::Number(number) => csv.number(*number),
            Cell::Flag(flag) => csv.text(if *flag { "true" } else { "false" }),
            Cell::Text(text) => csv.text(text),
            Cell::Records(records) => csv.records(records),
        }
    }
    csv.end_row();
    csv.text
}

/// Rows being written.
pub(crate) struct Csv {
    pub(crate) text: String,
    at_row_start: bool,
}

impl Csv {
    fn empty() -> Self {
        Self {
            text: String::new(),
            at_row_start: true,
        }
    }

    pub(crate) fn with_columns(columns: &[&str]) -> Self {
        let mut csv = Self::empty();
        for column in columns {
            csv.text(column);
        }
        csv.end_row();
        csv
    }

    fn separate(&mut self) {
        if !self.at_row_start {
            self.text.push(',');
        }
        self.at_row_start = false;
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.separate();
        let guarded = if is_dangerous(text) {
            format!("'{text}")
        } else {
            text.to_owned()
        };
        if guarded.contains(['"', ',', '\r', '\n', '\'', '\t']) || guarded.trim() != guarded {
            self.text.push('"');
            self.text.push_str(&guarded.replace('"', "\"\""));
            self.text.push('"');
        } else {
            self.text.push_str(&guarded);
        }
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.separate();
        self.text.push_str(&number.to_string());
    }

    pub(crate) fn nothing(&mut self) {
        self.separate();
    }

    pub(crate) fn records(&mut self, records: &[u64]) {
        let records: Vec<_> = records.iter().map(u64::to_string).collect();
        self.text(&records.join(" "));
    }

    pub(crate) fn end_row(&mut self) {
        self.text.push_str("\r\n");
        self.at_row_start = true;
    }
}

/// Whether a spreadsheet might take a text for a formula, or drop its first character.
fn is_dangerous(text: &str) -> bool {
    // Some trim white space and invisible characters before they look.
    let seen = text.trim_start_matches(|c: char| {
        c.is_whitespace() || c.is_control() || c == '\u{feff}' || c == '\u{200b}'
    });
    let first = |text: &str, set: &[char]| text.starts_with(|c: char| set.contains(&c));
    first(
        seen,
        &[
            '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\u{2212}',
        ],
    ) || first(text, &['\'', '\t', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        let mut csv = Csv::with_columns(&[]);
        csv.text.clear();
        csv.text(text);
        csv.text
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("a\"b"), "\"a\"\"b\"");
        assert_eq!(cell("a\r\nb"), "\"a\r\nb\"");
        assert_eq!(cell(" a"), "\" a\"");
    }

    #[test]
    fn no_text_is_a_formula() {
        for hostile in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            " =1",
            "\u{feff}=1",
            "\u{200b}=1",
            "\u{ff1d}1",
            "\u{ff0b}1",
            "\u{ff0d}1",
            "\u{ff20}1",
            "\u{2212}1",
            "=cmd|' /C calc'!A0",
            "'=1",
        ] {
            let written = cell(hostile);
            let read = written.trim_matches('"').replace("\"\"", "\"");
            assert!(read.starts_with('\''), "{hostile:?} became {written:?}");
            assert_eq!(&read[1..], hostile);
        }
        assert_eq!(cell("a=1"), "a=1");
    }
}
