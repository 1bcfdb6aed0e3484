//! The page for the person: what is held, for which purposes, who has read it, and what was decided by machines.

use indelible_compliance::reports::forms::page::Page;
use indelible_proto::v1::{Event, PartState, event::Payload};

use crate::cli::{
    privacy::dossier::{Dossier, Part, Proved, counted, text},
    ui::time,
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

/// The page.
pub(crate) fn page(dossier: &Dossier<'_>) -> String {
    let mut page = Page::default();
    page.raw("<main>\n<h1>What is held on ")
        .element("b", "words", dossier.data_subject)
        .raw("</h1>\n");
    let events = dossier.records();
    page.raw("<p>")
        .text(&format!(
            "Records: {events}. Ledgers: {}. For machines the records are in the file records.ndjson of each ledger's \
             folder. Each has a receipt, which proves that the record is in its ledger as it was written; where the ledger \
             encrypted it, the receipt proves the encrypted form. In the folder `receipts`: \
             `indelible-verify receipt N.receipt --record N.record --key ../key.txt`.",
            dossier.parts.len()
        ))
        .raw("</p>\n");
    for part in &dossier.parts {
        of_ledger(&mut page, part);
    }
    page.raw("<h2>What this page can\u{2019}t say</h2>\n<p>")
        .text(
            "It shows records that name the person as their data subject. Records that mention the person elsewhere are not \
             among them, nor are data that other systems hold. Times of recording are by the clock of whoever runs the \
             ledger. Events that were erased are not shown.",
        )
        .raw("</p>\n</main>\n");
    page.document("What is held on a person")
}

fn of_ledger(page: &mut Page, part: &Part<'_>) {
    let ledger = &part.holding.ledger;
    page.raw("<section>\n<h2>Ledger ")
        .text(&ledger.name)
        .raw("</h2>\n<dl>\n");
    page.term("origin", &ledger.origin)
        .term("records", &part.holding.found.event_count.to_string());
    if let Some(first) = &part.holding.found.first_recorded_time {
        page.term("since", &time::to_text(Some(first)));
    }
    for hold in &part.holding.found.holds {
        let reason = if hold.reason.is_empty() {
            "no reason given"
        } else {
            &hold.reason
        };
        page.term("kept under a hold", reason);
    }
    page.raw("</dl>\n");
    counts(
        page,
        part,
        "Purposes",
        "purpose",
        "No record names a purpose.",
    );
    counts(
        page,
        part,
        "Legal bases",
        "legal_basis",
        "No record names a legal basis.",
    );
    recipients(page, part);
    decisions(page, part);
    records(page, part);
    page.raw("</section>\n");
}

fn counts(page: &mut Page, part: &Part<'_>, title: &str, fact: &str, none: &str) {
    page.raw("<h3>").text(title).raw("</h3>\n");
    let counts = counted(part, fact);
    if counts.is_empty() {
        page.raw("<p>").text(none).raw("</p>\n");
        return;
    }
    page.raw("<ul>\n");
    for (value, count) in counts {
        page.raw("<li>")
            .text(&value)
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
    let head = ["when", "who", "with which call", "what for", "records"];
    table(
        page,
        &head,
        part.recipients.iter().map(|recipient| {
            vec![
                recipient.recorded_time.clone(),
                recipient.principal.clone(),
                recipient.call.clone(),
                recipient.purpose.clone(),
                recipient.records.to_string(),
            ]
        }),
    );
}

fn decisions(page: &mut Page, part: &Part<'_>) {
    let decided = part.records.iter().filter(|proved| {
        let event = proved.record.event.as_ref();
        event.is_some_and(|event| event.r#type.starts_with("ai.decision."))
    });
    let rows: Vec<Vec<String>> = decided.map(decision).collect();
    page.raw("<h3>Decisions by machines</h3>\n");
    if rows.is_empty() {
        page.raw("<p>").text("None is recorded.").raw("</p>\n");
        return;
    }
    let mut head = vec!["record", "when"];
    head.extend(DECISION_FACTS.map(|(_, name)| name));
    table(page, &head, rows.into_iter());
}

fn decision(proved: &Proved) -> Vec<String> {
    let mut row = vec![
        proved.record.sequence.to_string(),
        time::to_text(proved.record.recorded_time.as_ref()),
    ];
    let event = proved.record.event.as_ref();
    let fact = |name| {
        event
            .and_then(|event| text(event, name))
            .unwrap_or_default()
    };
    row.extend(DECISION_FACTS.map(|(name, _)| fact(name)));
    row
}

fn table(page: &mut Page, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    page.raw("<div class=\"scroll\"><table>\n<thead><tr>");
    for name in head {
        page.element("th", "words", name);
    }
    page.raw("</tr></thead>\n<tbody>\n");
    for row in rows {
        page.raw("<tr>");
        for cell in row {
            page.element("td", "words", &cell);
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody>\n</table></div>\n");
}

fn records(page: &mut Page, part: &Part<'_>) {
    page.raw("<h3>The records</h3>\n");
    for proved in &part.records {
        let record = &proved.record;
        page.raw("<details>\n<summary>")
            .text(&format!(
                "record {}, {}, {}",
                record.sequence,
                time::to_text(record.recorded_time.as_ref()),
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
        if record.payload_state() != PartState::Present && record.payload_state() != PartState::None
        {
            page.term("payload", record.payload_state().name());
        }
        page.raw("</dl>\n</details>\n");
    }
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
    for name in event.facts.keys() {
        if let Some(value) = text(event, name) {
            page.term(name, &value);
        }
    }
    match &event.payload {
        None => {}
        Some(Payload::Envelope(envelope)) => {
            let bytes = envelope.ciphertext.len();
            page.term(
                "payload",
                &format!("{bytes} bytes, encrypted by its source"),
            );
        }
        Some(Payload::Plaintext(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) if bytes.len() <= SHOWN_BYTES_MAX => drop(page.term("payload", text)),
            _ => drop(page.term(
                "payload",
                &format!("{} bytes, in records.ndjson", bytes.len()),
            )),
        },
    }
}
