//! The rows of projections, where they were asked for: with units and dates that people read.

use crate::{
    projections::{measure::TOO_MANY, table::Cell},
    reports::{
        data::{BodyCounts, Report, TableRows},
        forms::{
            html::appendix::{record_links, width},
            page::{Column, Page, breakable, escaped},
        },
        moments::{shown_in_column, shown_span},
        words::shown_number,
        words::{capital, counted},
    },
    time::parse,
};

/// How many rows of a table a page shows; JSON and CSV have all.
const ROWS_SHOWN_MAX: usize = 50;
/// A table with more columns does not fit on paper: there each of its rows is printed as a list.
const COLUMNS_PRINTED_MAX: usize = 6;

/// The tables that were asked for.
pub(crate) fn tables(page: &mut Page, report: &Report) {
    if report.tables.is_empty() {
        return;
    }
    page.raw("<h2>Tables</h2>\n");
    for table in &report.tables {
        let heading = heading(&table.name);
        page.raw("<h3>")
            .text(&heading)
            .raw("</h3>\n<div class=\"panel\">");
        match table.rows.as_slice() {
            [] => {
                page.raw("<p class=\"soft\">")
                    .text(&why_empty(&report.evidence.bodies))
                    .raw("</p>");
            }
            [row] if *row == [Cell::Text(TOO_MANY.to_owned())] => {
                page.raw("<p class=\"soft\">Not known: ")
                    .text(TOO_MANY)
                    .raw(".</p>");
            }
            rows => {
                self::table(page, report, table, &heading, rows);
            }
        }
        page.raw("</div>\n");
    }
}

/// Why a table has no rows: nothing of the kind was recorded, as far as records could be read.
fn why_empty(bodies: &BodyCounts) -> String {
    let left_out = match bodies.sealed {
        0 => String::new(),
        sealed => format!(
            " {} encrypted and not opened, and what these say is not in this table.",
            counted(sealed, "record is", "records are")
        ),
    };
    format!("No rows: nothing of this kind stands in the records that could be read.{left_out}")
}

fn table(page: &mut Page, report: &Report, table: &TableRows, heading: &str, rows: &[Vec<Cell>]) {
    let columns: Vec<_> = table.columns.iter().map(|name| Kind::of(name)).collect();
    let names: Vec<_> = table.columns.iter().zip(&columns).collect();
    let names: Vec<_> = names
        .into_iter()
        .map(|(name, kind)| kind.heading(name))
        .collect();
    let heads: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(place, name)| match is_of_numbers(rows, place) {
            true => Column::numbers(name),
            false => Column::words(name),
        })
        .collect();
    let is_wide = heads.len() > COLUMNS_PRINTED_MAX;
    let class = if is_wide { "rows wide" } else { "rows" };
    // What a value is of, where its head is not above it.
    let label = |name: &String| format!(" data-label=\"{}\"", escaped(name));
    let labels: Vec<_> = names.iter().filter(|_| is_wide).map(label).collect();
    page.table(class, heading, &heads);
    for row in rows.iter().take(ROWS_SHOWN_MAX) {
        page.raw("<tr>");
        for (place, cell) in row.iter().enumerate() {
            let kind = columns.get(place).copied().unwrap_or(Kind::Plain);
            let label = labels.get(place).map_or("", String::as_str);
            self::cell(page, report, cell, kind, label);
        }
        page.raw("</tr>\n");
    }
    page.table_end();
    let more = rows.len().saturating_sub(ROWS_SHOWN_MAX) as u64;
    if more > 0 {
        page.raw("<p class=\"soft\">")
            .text(&format!(
                "The first {ROWS_SHOWN_MAX} of {}. All of them are in the JSON and CSV forms.",
                counted(rows.len() as u64, "row", "rows")
            ))
            .raw("</p>");
    }
}

/// What a column's numbers and texts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// As they stand.
    Plain,
    /// Nanoseconds.
    Nanoseconds,
    /// Milliseconds.
    Milliseconds,
    /// Times as RFC 3339 has them.
    Time,
}

impl Kind {
    fn of(column: &str) -> Self {
        let is_time = |name: &str| {
            name.ends_with("_time")
                || matches!(
                    name,
                    "time" | "first_seen" | "last_seen" | "came_in" | "due_before"
                )
        };
        if column.ends_with("_ns") {
            Self::Nanoseconds
        } else if column.ends_with("_ms") || column.contains("_ms_") {
            Self::Milliseconds
        } else if is_time(column) {
            Self::Time
        } else {
            Self::Plain
        }
    }

    /// A column's name for people; the unit stands with each value, and the zone here.
    fn heading(self, column: &str) -> String {
        let words = column
            .split('_')
            .filter(|word| !matches!(*word, "ns" | "ms"))
            .collect::<Vec<_>>()
            .join(" ");
        match (self, column.strip_prefix("records_")) {
            (Self::Time, _) => format!("{} (UTC)", capital(&words)),
            (_, Some(of)) => format!("First records: {}", of.replace('_', " ")),
            _ if column == "records" => "First records".to_owned(),
            _ => capital(&words),
        }
    }

    fn number(self, number: u64) -> String {
        match self {
            Self::Nanoseconds => shown_span(number),
            Self::Milliseconds => shown_span(number.saturating_mul(1_000_000)),
            Self::Plain | Self::Time => shown_number(number),
        }
    }
}

/// `decisions.by_model` as a heading: `Decisions by model`. A table that is called as its fold needs no second name.
fn heading(name: &str) -> String {
    match name.split_once('.') {
        Some((fold, table)) if fold == table => capital(fold),
        Some((fold, table)) if table.starts_with("by_") => {
            capital(&format!("{fold} {}", table.replace('_', " ")))
        }
        Some((fold, table)) => capital(&format!("{fold}: {}", table.replace('_', " "))),
        None => capital(&name.replace('_', " ")),
    }
}

fn is_of_numbers(rows: &[Vec<Cell>], column: usize) -> bool {
    rows.iter().all(|row| match row.get(column) {
        Some(Cell::Number(_) | Cell::None) | None => true,
        Some(Cell::Text(text)) => is_decimal(text),
        _ => false,
    })
}

/// Whether a text is a number with a point, which is never broken.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty()
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.chars().filter(|c| *c == '.').count() <= 1
}

fn cell(page: &mut Page, report: &Report, cell: &Cell, kind: Kind, label: &str) {
    let class = match cell {
        Cell::None => "soft",
        Cell::Number(_) => "number",
        Cell::Flag(_) => "",
        Cell::Text(text) if is_decimal(text) => "number",
        Cell::Text(text) if is_time(text, kind) => "",
        Cell::Text(text) => width(text),
        Cell::Records(_) => "records",
    };
    page.raw(&format!("<td class=\"{class}\"{label}>"));
    match cell {
        Cell::None => {
            page.raw("–");
        }
        Cell::Number(number) => {
            page.text(&kind.number(*number));
        }
        Cell::Flag(flag) => {
            page.raw(if *flag { "yes" } else { "no" });
        }
        Cell::Text(text) if is_decimal(text) => {
            page.text(text);
        }
        Cell::Text(text) if is_time(text, kind) => {
            page.text(&shown_in_column(text));
        }
        Cell::Text(text) => {
            page.raw("<bdi>").raw(&breakable(text)).raw("</bdi>");
        }
        Cell::Records(records) => record_links(page, report, records),
    }
    page.raw("</td>");
}

fn is_time(text: &str, kind: Kind) -> bool {
    kind == Kind::Time || parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_columns_have_names_that_people_read() {
        assert_eq!(heading("agents.agents"), "Agents");
        assert_eq!(heading("decisions.by_model"), "Decisions by model");
        assert_eq!(heading("requests.open"), "Requests: open");
        let head = |column| Kind::of(column).heading(column);
        assert_eq!(head("longest_silence_ns"), "Longest silence");
        assert_eq!(head("latency_ms_p95"), "Latency p95");
        assert_eq!(head("first_time"), "First time (UTC)");
        assert_eq!(head("records"), "First records");
        assert_eq!(head("records_not_passed"), "First records: not passed");
    }

    #[test]
    fn numbers_have_units_that_people_read() {
        assert_eq!(
            Kind::of("longest_silence_ns").number(192_000_000_000),
            "3 min 12 s"
        );
        assert_eq!(Kind::of("latency_ms_p50").number(1_250), "1 s 250 ms");
        assert_eq!(Kind::of("events").number(1_250), "1,250");
        assert!(
            is_decimal("1.36") && is_decimal("-4") && !is_decimal("v1.2") && !is_decimal("1.2.3")
        );
    }
}
