//! The page for the person: what is held, for which purposes, who has read it, and what was decided by machines.
//! It is written in pieces, since a person may have more records than fit in memory.

mod records;
mod tables;

use std::collections::BTreeMap;

use indelible_compliance::reports::{counted, forms::page::Page};

pub(super) use self::records::row;
use self::{
    records::DECISION_FACTS,
    tables::{END_OF_TABLE, table_head, table_row},
};
use crate::cli::{
    error::CliError,
    privacy::{
        archive::Spool,
        caution::caution,
        holding::Holdings,
        opened::Source,
        part::{Part, Rows, Wanted},
        unasked::UnaskedView,
    },
    ui::{ledger_state::ledger_state, time},
};

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
             ledger. Records whose contents were erased on account of the person can\u{2019}t be found any more, and are not \
             shown. Where a rule of retention let go of contents, the record is shown with what is left of it.",
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
    if holdings.only_named {
        page.raw("<p><strong>")
            .text(
                "This page covers only the ledgers that whoever made it named. Others were not asked, so that more may be held.",
            )
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
        (&part.purposes, part.gone),
        "Purposes",
        "a purpose",
    );
    let bases = (&part.legal_bases, part.gone);
    counts(&mut page, bases, "Legal bases", "a legal basis");
    recipients(&mut page, part);
    page.raw("<h3>Decisions by machines</h3>\n");
    if rows.decided == 0 {
        page.raw("<p>")
            .text(
                "There is no record of a type ai.decision.* among these, and none of the classification automated_decision. \
                 A decision that was recorded in another way is not known as one here.",
            )
            .raw("</p>\n");
    } else {
        let mut head = vec!["record", "when", "type"];
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
    if let Some(caution) = caution(ledger) {
        page.term("caution", caution);
    }
    page.term("records", &part.holding.found.event_count.to_string());
    if let Some(first) = &part.holding.found.first_recorded_time {
        page.term("since", &time::for_people(Some(first)));
    }
    for hold in &part.holding.found.holds {
        // Whatever else it is about may be somebody else.
        let reason = match part.holding.is_on_them_alone(hold) {
            false if hold.whole_ledger => "on the whole ledger; its reason is not told here",
            false => "on others, too; its reason is not told here",
            true if hold.reason.is_empty() => "no reason given",
            true => &hold.reason,
        };
        page.term("kept under a hold", reason);
    }
    page.term("files", &part.directory).raw("</dl>\n");
}

/// What records name, how often, and of how many that is not known any more.
fn counts(page: &mut Page, (counts, gone): (&BTreeMap<String, u64>, u64), title: &str, what: &str) {
    page.raw("<h3>").text(title).raw("</h3>\n");
    let none = match gone {
        0 => format!("No record names {what}."),
        _ => format!(
            "No record whose contents are still there names {what}. The contents of {} are gone, and whether they named one is \
             not known any more.",
            counted(gone, "record", "records")
        ),
    };
    if counts.is_empty() {
        page.raw("<p>").text(&none).raw("</p>\n");
        return;
    }
    if gone > 0 {
        let gone = counted(gone, "record", "records");
        page.raw("<p>")
            .text(&format!(
                "Of {gone} the contents are gone, so that it is not known any more what they named. The others name:"
            ))
            .raw("</p>\n");
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
    let mut say = |text: &str| {
        page.raw("<p>").text(text).raw("</p>\n");
    };
    let opened = &part.opened;
    let by = match (&opened.by, opened.source) {
        (Some(by), _) => by,
        (None, Source::Trail) => {
            return say(
                "It is on record who had these records decrypted, and whoever made this page may not read that. Ask the \
                 operator of the ledger: somebody who may read the ledger\u{2019}s access trail can tell.",
            );
        }
        (None, Source::System) => {
            return say(
                "It is on record who had these records decrypted, in the store\u{2019}s own ledger, and whoever made this page \
                 may not read that. Ask the operator of the ledger: somebody who may read _system, such as an auditor of the \
                 whole store, can tell.",
            );
        }
    };
    let source = opened.source.words();
    if by.is_empty() {
        say(&format!(
            "Nobody had these records decrypted by the daemon before, as {source} says."
        ));
    }
    if let Some(lack) = &opened.lack {
        say(&format!("This is not all: {lack}."));
    }
    say("The reading for this page is on record as well, and not among these.");
    if by.is_empty() {
        return;
    }
    table_head(
        page,
        "Who has read them",
        &["when", "who", "with which call", "what for", "records"],
    );
    for recipient in by {
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
