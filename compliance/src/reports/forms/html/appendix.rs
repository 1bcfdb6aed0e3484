//! The records that a report names: the numbers in the text lead here.

use crate::reports::{
    data::{NamedRecord, Report},
    forms::{
        page::{Column, Page, breakable},
        parts::unread_words,
    },
    moments::shown_in_column,
    words::{counted, shown_number},
};

/// No run of characters that a line can't break in is longer than this on a page.
const UNBROKEN_MAX: usize = 22;

/// The numbers of records, each leading to what is said of it in the appendix, where it is described there.
pub(crate) fn record_links(page: &mut Page, report: &Report, records: &[u64]) {
    for (place, record) in records.iter().enumerate() {
        page.raw(if place > 0 { ", " } else { "" });
        let number = shown_number(*record);
        match is_described(report, *record) {
            true => page.raw(&format!("<a href=\"#r{record}\">{number}</a>")),
            false => page.raw(&number),
        };
    }
}

fn is_described(report: &Report, record: u64) -> bool {
    report
        .records
        .binary_search_by_key(&record, |described| described.sequence)
        .is_ok()
}

pub(crate) fn records(page: &mut Page, report: &Report) {
    if report.records.is_empty() {
        return;
    }
    page.raw("<h2 id=\"records\">Records named in this report</h2>\n<div class=\"panel\">\n");
    page.raw("<p class=\"soft\">").text(
        "Recorded times are the ledger’s clock. Event times, who acted, the case and what it came to are the words of \
         whoever sent the event. A report names the first 16 records at most that show a value.",
    );
    if report.records_omitted > 0 {
        page.text(&format!(
            " Named besides, and not described here: {}.",
            counted(report.records_omitted, "record", "records")
        ));
    }
    page.raw("</p>\n");
    page.table(
        "named",
        "Records named in this report",
        &[
            Column::numbers("Record"),
            Column::words("Recorded (UTC)"),
            Column::words("Event time (UTC)"),
            Column::words("Type"),
            Column::words("Who acted"),
            Column::words("Case"),
            Column::words("Came to"),
        ],
    );
    for record in &report.records {
        row(page, record);
    }
    page.table_end().raw("</div>\n");
}

fn row(page: &mut Page, record: &NamedRecord) {
    let number = shown_number(record.sequence);
    page.raw(&format!(
        "<tr id=\"r{}\"><th scope=\"row\" class=\"number\">{number}</th><td>",
        record.sequence
    ));
    page.text(&shown_in_column(&record.recorded)).raw("</td>");
    if let Some(why) = unread_words(record.body) {
        page.raw("<td class=\"soft\">–</td>");
        cell(page, Some(&record.what));
        page.raw("<td class=\"soft\" colspan=\"3\">")
            .text(why)
            .raw("</td></tr>\n");
        return;
    }
    let event_time = record.event_time.as_deref().map(shown_in_column);
    cell(page, event_time.as_deref());
    cell(page, Some(&record.what));
    for text in [&record.actor, &record.correlation_id, &record.outcome] {
        cell(page, text.as_deref());
    }
    page.raw("</tr>\n");
}

fn cell(page: &mut Page, text: Option<&str>) {
    let Some(text) = text else {
        page.raw("<td class=\"soft\">–</td>");
        return;
    };
    page.raw(&format!("<td class=\"{}\"><bdi>", width(text)))
        .raw(&breakable(text))
        .raw("</bdi></td>");
}

/// The class of a cell: one whose text has no place to break for long may break anywhere.
pub(crate) fn width(text: &str) -> &'static str {
    let parts = |c: char| c.is_whitespace() || "./_-:@".contains(c);
    let longest = text.split(parts).map(|part| part.chars().count()).max();
    if longest > Some(UNBROKEN_MAX) {
        "long"
    } else {
        ""
    }
}
