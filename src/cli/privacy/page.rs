//! The page for the person: what is held, for which purposes, who has read it, and what was decided by machines.
//! It is written in pieces, since a person may have more records than fit in memory.

use std::collections::BTreeMap;

use indelible_compliance::{
    conventions::RETAIN_UNTIL,
    reports::{counted, forms::page::Page},
};
use indelible_interchange::hex;
use indelible_proto::v1::{Event, LedgerRecord, PartState, event::Payload, fact_value::Value};

use crate::cli::{
    error::CliError,
    privacy::{
        archive::Spool,
        holding::{Holdings, UnaskedView, caution},
        part::{Part, Rows, Wanted},
        trail::text,
    },
    ui::{ledger_state::ledger_state, time},
};

/// Longer payloads are in the file for machines only.
const SHOWN_BYTES_MAX: usize = 4 * 1024;
/// The facts of a decision that the person is told, with their names for people.
const DECISION_FACTS: [(&str, &str); 5] = [
    ("result", "result"),
    ("model", "model"),
    ("model_version", "version"),
    ("policy", "policy"),
    ("risk_score", "risk score"),
];
/// What stands around the page's content.
const END_OF_BODY: &str = "</body>";

/// The whole page, around what was written of each ledger.
pub(super) fn document(
    whole: &mut Spool,
    wanted: &Wanted<'_>,
    holdings: &Holdings,
    records: u64,
    sections: Spool,
) -> Result<(), CliError> {
    let frame = Page::default().document("What is held on a person");
    let (head, tail) = frame
        .split_once(END_OF_BODY)
        .ok_or(CliError::Answer("the page has no end"))?;
    whole.push(head.as_bytes())?;
    whole.push(beginning(wanted, holdings, records).into_body().as_bytes())?;
    whole.append(sections)?;
    let mut end = Page::default();
    end.raw("<h2>What this page can\u{2019}t say</h2>\n<p>")
        .text(
            "It shows records that name the person as their data subject. Records that mention the person elsewhere are not \
             among them, nor are data that other systems hold. Times of recording are by the clock of whoever runs the \
             ledger. Events that were erased are not shown.",
        )
        .raw("</p>\n</main>\n");
    whole.push(end.into_body().as_bytes())?;
    whole.push(END_OF_BODY.as_bytes())?;
    whole.push(tail.as_bytes())
}

fn beginning(wanted: &Wanted<'_>, holdings: &Holdings, records: u64) -> Page {
    let mut page = Page::default();
    page.raw("<main>\n<h1>What is held on ")
        .element("b", "words", wanted.data_subject)
        .raw("</h1>\n<p>")
        .text(&format!(
            "Records: {records}. Ledgers: {}. For machines the records are in the file records.ndjson of each ledger\u{2019}s \
             folder.",
            holdings.found.len()
        ))
        .raw("</p>\n");
    for unasked in holdings.unasked.iter().map(UnaskedView::new) {
        page.raw("<p><strong>")
            .text(&unasked.sentence())
            .raw("</strong></p>\n");
    }
    if holdings.may_be_more {
        page.raw("<p><strong>")
            .text(
                "This page covers only the ledgers that whoever made it may see. There may be others, which were not looked at, \
                 so that more may be held.",
            )
            .raw("</strong></p>\n");
    }
    page.raw("<h2>What can be checked</h2>\n<p>")
        .text(
            "Each record has a receipt. With the ledger\u{2019}s verifier key it proves that the record is in the ledger as it \
             was recorded. In the folder receipts: ",
        )
        .raw("<span class=\"mono\">")
        .text("indelible-verify receipt N.receipt --record N.record --key ../key.txt")
        .raw("</span>. ")
        .text(
            "It prints the record\u{2019}s chain hash, which must be the one that this page shows for the record. What \
             sha256sum N.record prints must be the SHA-256 that this page shows. ",
        )
        .text(
            "The key in key.txt comes from whoever made this archive; compare it with the one that the operator publishes.",
        )
        .raw("</p>\n<p>")
        .text(
            "The contents of these records are encrypted in the ledger, and the receipts prove the encrypted form. That the \
             readable text below is what the encrypted record says is the word of whoever made this archive. README.txt says \
             how to check that as well.",
        )
        .raw("</p>\n");
    page
}

/// What one ledger has.
pub(super) fn section(sections: &mut Spool, part: &Part<'_>, rows: Rows) -> Result<(), CliError> {
    let mut page = Page::default();
    summary(&mut page, part);
    counts(
        &mut page,
        &part.purposes,
        "Purposes",
        "No record names a purpose.",
    );
    counts(
        &mut page,
        &part.legal_bases,
        "Legal bases",
        "No record names a legal basis.",
    );
    recipients(&mut page, part);
    page.raw("<h3>Decisions by machines</h3>\n");
    if rows.decided == 0 {
        page.raw("<p>").text("None is recorded.").raw("</p>\n");
    } else {
        let mut head = vec!["record", "when"];
        head.extend(DECISION_FACTS.map(|(_, name)| name));
        table_head(&mut page, "Decisions by machines", &head);
    }
    sections.push(page.into_body().as_bytes())?;
    sections.append(rows.decisions)?;
    let end_of_table = if rows.decided == 0 { "" } else { END_OF_TABLE };
    sections.push(format!("{end_of_table}<h3>The records</h3>\n").as_bytes())?;
    sections.append(rows.records)?;
    sections.push(b"</section>\n")
}

fn summary(page: &mut Page, part: &Part<'_>) {
    let ledger = &part.holding.ledger;
    page.raw("<section>\n<h2>Ledger ")
        .text(&ledger.name)
        .raw("</h2>\n<dl>\n");
    page.term("origin", &ledger.origin);
    if !part.holding.is_open() {
        let state = ledger_state(ledger.state());
        page.term("state", &format!("{state}: it takes no new records now"));
    }
    if let Some(caution) = caution(ledger.state()) {
        page.term("caution", caution);
    }
    page.term("records", &part.holding.found.event_count.to_string());
    if let Some(first) = &part.holding.found.first_recorded_time {
        page.term("since", &time::for_people(Some(first)));
    }
    for hold in &part.holding.found.holds {
        let reason = if hold.reason.is_empty() {
            "no reason given"
        } else {
            &hold.reason
        };
        page.term("kept under a hold", reason);
    }
    page.term("files", &part.directory).raw("</dl>\n");
}

fn counts(page: &mut Page, counts: &BTreeMap<String, u64>, title: &str, none: &str) {
    page.raw("<h3>").text(title).raw("</h3>\n");
    if counts.is_empty() {
        page.raw("<p>").text(none).raw("</p>\n");
        return;
    }
    page.raw("<ul>\n");
    for (value, count) in counts {
        page.raw("<li>")
            .text(value)
            .text(&format!(" ({count})"))
            .raw("</li>\n");
    }
    page.raw("</ul>\n");
}

fn recipients(page: &mut Page, part: &Part<'_>) {
    page.raw("<h3>Who has read them</h3>\n");
    if !part.holding.ledger.access_trail {
        page.raw("<p>")
            .text("The ledger keeps no access trail, so that nobody can tell who has read these records.")
            .raw("</p>\n");
        return;
    }
    if part.recipients.is_empty() {
        page.raw("<p>")
            .text("Nobody had these records decrypted by the daemon before, as the ledger\u{2019}s access trail says.")
            .raw("</p>\n");
        return;
    }
    table_head(
        page,
        "Who has read them",
        &["when", "who", "with which call", "what for", "records"],
    );
    for recipient in &part.recipients {
        let records = recipient.records.to_string();
        let cells = [
            &recipient.for_people,
            &recipient.principal,
            &recipient.call,
            &recipient.purpose,
            &records,
        ];
        table_row(page, cells.into_iter().map(String::as_str));
    }
    page.raw(END_OF_TABLE);
}

const END_OF_TABLE: &str = "</tbody>\n</table></div>\n";

/// What is wider than the screen is scrolled, by the keyboard too.
fn table_head(page: &mut Page, caption: &str, head: &[&str]) {
    page.raw(&format!(
        "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{caption}\"><table>\n\
         <caption>{caption}</caption><thead><tr>"
    ));
    for name in head {
        page.raw("<th scope=\"col\">").text(name).raw("</th>");
    }
    page.raw("</tr></thead>\n<tbody>\n");
}

fn table_row<'a>(page: &mut Page, cells: impl Iterator<Item = &'a str>) {
    page.raw("<tr>");
    for cell in cells {
        page.element("td", "words", cell);
    }
    page.raw("</tr>\n");
}

/// Adds one record, with the digest of its file in the archive.
pub(super) fn row(rows: &mut Rows, record: &LedgerRecord, file: &str) -> Result<(), CliError> {
    let event = record.event.as_ref();
    if let Some(event) = event.filter(|event| event.r#type.starts_with("ai.decision.")) {
        let mut page = Page::default();
        let facts = DECISION_FACTS.map(|(name, _)| text(event, name).unwrap_or_default());
        let (sequence, when) = (
            record.sequence.to_string(),
            time::for_people(record.recorded_time.as_ref()),
        );
        let cells = [&sequence, &when].into_iter().chain(&facts);
        table_row(&mut page, cells.map(String::as_str));
        rows.decided += 1;
        rows.decisions.push(page.into_body().as_bytes())?;
    }
    let mut page = Page::default();
    details(&mut page, record, file);
    rows.records.push(page.into_body().as_bytes())
}

fn details(page: &mut Page, record: &LedgerRecord, file: &str) {
    page.raw("<details>\n<summary>")
        .text(&format!(
            "record {}, {}, {}",
            record.sequence,
            time::for_people(record.recorded_time.as_ref()),
            record
                .event
                .as_ref()
                .map_or("", |event| event.r#type.as_str())
        ))
        .raw("</summary>\n<dl>\n");
    match &record.event {
        Some(event) => attributes(page, event),
        None => drop(page.term("content", "it can\u{2019}t be read any more")),
    }
    if record.payload_state() != PartState::Present && record.payload_state() != PartState::None {
        page.term("payload", record.payload_state().name());
    }
    page.term("chain hash", &hex::encode(&record.chain_hash))
        .term(&format!("SHA-256 of {}.record", record.sequence), file);
    page.raw("</dl>\n</details>\n");
}

fn attributes(page: &mut Page, event: &Event) {
    let attributes = [
        ("id", &event.id),
        ("source", &event.source),
        ("subject", &event.subject),
        ("time, as its source said", &event.time),
        ("actor", &event.actor),
        ("correlation id", &event.correlation_id),
        ("classification", &event.classification),
    ];
    for (name, value) in attributes {
        if !value.is_empty() {
            page.term(name, value);
        }
    }
    for (name, fact) in &event.facts {
        match &fact.value {
            Some(Value::Uint(until)) if name == RETAIN_UNTIL => {
                page.term("may be kept until", &time::nanoseconds_for_people(*until));
            }
            _ => {
                if let Some(value) = text(event, name) {
                    page.term(name, &value);
                }
            }
        }
    }
    match &event.payload {
        None => {}
        Some(Payload::Envelope(envelope)) => {
            let bytes = counted(envelope.ciphertext.len() as u64, "byte", "bytes");
            page.term("payload", &format!("{bytes}, encrypted by its source"));
        }
        Some(Payload::Plaintext(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) if bytes.len() <= SHOWN_BYTES_MAX => drop(page.term("payload", text)),
            _ => drop(page.term(
                "payload",
                &format!(
                    "{}, in records.ndjson",
                    counted(bytes.len() as u64, "byte", "bytes")
                ),
            )),
        },
    }
}
