//! Text for people: tables, and what is safe on a terminal.

use indelible_compliance::reports::inert::inert_lines;

/// Names and values in two columns. Values that are not there are left out.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<(String, String)>,
}

impl Table {
    /// Adds a row.
    pub(crate) fn row(&mut self, name: impl Into<String>, value: impl ToString) -> &mut Self {
        self.rows
            .push((printable(&name.into()), printable(&value.to_string())));
        self
    }

    /// Adds a row unless the value is empty.
    pub(crate) fn row_if(&mut self, name: &str, value: &str) -> &mut Self {
        if !value.is_empty() {
            self.row(name, value);
        }
        self
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.rows.iter().map(|(name, _)| name.chars().count());
        let width = names.max().unwrap_or_default();
        for (place, (name, value)) in self.rows.iter().enumerate() {
            let end = if place + 1 < self.rows.len() {
                "\n"
            } else {
                ""
            };
            let line = format!("{name:width$}  {value}");
            write!(f, "{}{end}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A truth value for people.
#[must_use]
pub(crate) fn yes_or_no(truth: bool) -> &'static str {
    if truth { "yes" } else { "no" }
}

/// Text for a terminal: characters that steer it, turn the direction of text or can't be seen are written out as escapes.
/// Lines stay lines.
#[must_use]
pub(crate) fn printable(text: &str) -> String {
    inert_lines(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(
            printable("a\x1b[2J\r\nb\u{9b}"),
            "a\\u{1b}[2J\\u{d}\nb\\u{9b}"
        );
        let mut table = Table::default();
        table.row("mk\u{202e}nimda", "admin\u{200b}");
        assert_eq!(table.to_string(), "mk\\u{202e}nimda  admin\\u{200b}");
    }

    #[test]
    fn tables_line_up_and_leave_out_what_is_empty() {
        let mut table = Table::default();
        table.row("a", 1).row_if("empty", "").row("longer", "x");
        assert_eq!(table.to_string(), "a       1\nlonger  x");
    }
}
