//! Lists for people: columns under their heads.

use indelible_compliance::reports::inert::inert;

use crate::cli::{
    error::CliError,
    ui::{output::Output, paint::Paint},
};

/// A longer cell moves the rest of its own line, and no other one.
const WIDTH_MAX: usize = 44;

/// One column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    head: &'static str,
    is_number: bool,
}

impl Column {
    /// Of text.
    pub(crate) const fn text(head: &'static str) -> Self {
        let is_number = false;
        Self { head, is_number }
    }

    /// Of numbers, which end under one another.
    pub(crate) const fn number(head: &'static str) -> Self {
        let is_number = true;
        Self { head, is_number }
    }
}

/// One row: a cell for each column. What others wrote is made inert where it is shown.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) cells: Vec<String>,
    /// How the row is painted, if it needs attention or can't be read.
    pub(crate) paint: Option<Paint>,
}

/// A list that is shown piece by piece. Columns keep their widths, and only grow.
pub(crate) struct Columns {
    columns: &'static [Column],
    widths: Vec<usize>,
    width_max: usize,
    is_begun: bool,
}

impl Columns {
    pub(crate) fn new(columns: &'static [Column]) -> Self {
        Self {
            columns,
            widths: columns.iter().map(|column| width(column.head)).collect(),
            width_max: WIDTH_MAX,
            is_begun: false,
        }
    }

    /// The same for rows that are shown all at once: each column is as wide as its longest cell, so that all stand under
    /// their heads.
    pub(crate) fn unbounded(columns: &'static [Column]) -> Self {
        Self {
            width_max: usize::MAX,
            ..Self::new(columns)
        }
    }

    /// Shows rows, under the heads if they are the first.
    pub(crate) fn show(&mut self, output: &mut Output, rows: &[Row]) -> Result<(), CliError> {
        if rows.is_empty() {
            return Ok(());
        }
        let lines: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.cells.iter().map(|cell| inert(cell)).collect())
            .collect();
        for cells in &lines {
            for (widest, cell) in self.widths.iter_mut().zip(cells) {
                *widest = (*widest).max(width(cell).min(self.width_max));
            }
        }
        if !std::mem::replace(&mut self.is_begun, true) {
            let heads: Vec<_> = self
                .columns
                .iter()
                .map(|column| column.head.to_owned())
                .collect();
            let line = self.line(&heads);
            output.line(Paint::Head.text(&line, output.is_painted()))?;
        }
        for (cells, row) in lines.iter().zip(rows) {
            let line = self.line(cells);
            match row.paint {
                None => output.line(line)?,
                Some(paint) => output.line(paint.text(&line, output.is_painted()))?,
            }
        }
        Ok(())
    }

    /// Says that there is nothing, if no row was shown: nobody should wonder whether the list is empty or was not made.
    /// Programs see that.
    pub(crate) fn end(self, output: &mut Output, nothing: &str) {
        if !self.is_begun && !output.is_json() {
            output.remark(nothing);
        }
    }

    fn line(&self, cells: &[String]) -> String {
        let mut line = String::new();
        for ((column, cell), widest) in self.columns.iter().zip(cells).zip(&self.widths) {
            let room = " ".repeat(widest.saturating_sub(width(cell)));
            if !line.is_empty() {
                line.push_str("  ");
            }
            match column.is_number {
                true => line.extend([&room, cell.as_str()]),
                false => line.extend([cell.as_str(), &room]),
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, io, rc::Rc};

    use super::*;
    use crate::cli::ui::output::Form;

    #[derive(Clone, Default)]
    struct Shown(Rc<RefCell<Vec<u8>>>);

    impl io::Write for Shown {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn columns_stand_under_their_heads_and_others_words_stay_in_their_cells() {
        const COLUMNS: &[Column] = &[
            Column::number("record"),
            Column::text("type"),
            Column::text("id"),
        ];
        let shown = Shown::default();
        let mut output = Output::new(
            Form::Text,
            true,
            Box::new(shown.clone()),
            Box::new(io::sink()),
        );
        let mut columns = Columns::new(COLUMNS);
        let row = |cells: [&str; 3]| Row {
            cells: cells.map(str::to_owned).into(),
            paint: None,
        };
        columns.show(&mut output, &[]).expect("shown");
        columns
            .show(
                &mut output,
                &[
                    row(["7", "ai.decision.v1", "a"]),
                    row(["117", "x\n\u{202e}", "b"]),
                ],
            )
            .expect("shown");
        columns
            .show(&mut output, &[row(["8", "y", ""])])
            .expect("shown");
        output.flush().expect("flushed");
        let text = String::from_utf8(shown.0.borrow().clone()).expect("text");
        assert_eq!(
            text,
            "record  type            id\n     7  ai.decision.v1  a\n   117  x\\n\\u{202e}     b\n     8  y\n"
        );
    }
}
