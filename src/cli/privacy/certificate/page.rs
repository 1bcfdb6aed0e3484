//! The certificate as a page.

use indelible_compliance::reports::{counted, forms::page::Page};

use super::certified::Certified;

/// The page.
pub(super) fn page(certified: &Certified<'_>) -> String {
    let mut page = Page::default();
    page.raw("<main>\n<h1>Certificate of an erasure</h1>\n<p>")
        .text(&summary(certified))
        .raw("</p>\n<dl>\n")
        .term("ledger", certified.ledger)
        .term("origin", certified.origin)
        .term("record of the erasure", &certified.record())
        .term("recorded", &certified.recorded_for_people)
        .term("legal basis", certified.legal_basis);
    for key in &certified.data_keys {
        page.term("destroyed key", key);
    }
    if let Some(caution) = certified.caution {
        page.term("caution", caution);
    }
    if !certified.first_event_time.is_empty() {
        page.term("first of the events recorded", certified.first_event_time)
            .term("last of the events recorded", certified.last_event_time);
    }
    page.term("this page was made", &certified.made_for_people)
        .raw("</dl>\n");
    list(
        &mut page,
        "What was erased",
        certified.types.iter().map(|(event_type, count)| {
            let events = counted(*count, "event", "events");
            format!("contents of {events} of type {event_type}")
        }),
    );
    if !certified.events_gone_before.is_empty() {
        list(
            &mut page,
            "What was gone before, and not by this erasure",
            certified.events_gone_before.iter().map(|gone| {
                let events = counted(gone.events, "event", "events");
                format!("contents of {events}: destroyed {}", gone.because)
            }),
        );
    }
    list(
        &mut page,
        "What remains",
        certified.remains.iter().map(|left| (*left).to_owned()),
    );
    backups(&mut page, certified);
    list(
        &mut page,
        "What was not looked at",
        certified
            .not_looked_at
            .iter()
            .map(|place| (*place).to_owned()),
    );
    opened(&mut page, certified);
    proof(&mut page, certified);
    page.raw("</main>\n");
    page.document("Certificate of an erasure")
}

/// The backups that may still hold it, and those that may hold a key alone.
fn backups(page: &mut Page, certified: &Certified<'_>) {
    for (title, key_alone) in [
        ("Backups that may still hold it", false),
        (
            "Backups that hold none of it, and may still hold a key that opens copies of it",
            true,
        ),
    ] {
        let mut backups = certified
            .backups
            .iter()
            .filter(|backup| backup.is_key_alone() == key_alone)
            .peekable();
        if backups.peek().is_some() {
            list(page, title, backups.map(ToString::to_string));
        }
    }
}

fn summary(certified: &Certified<'_>) -> String {
    let events = counted(certified.events, "event", "events");
    if let Some(end) = certified.ledger_ended {
        let (of, whose) = (certified.ledger, certified.whose());
        let done = match certified.complete {
            true => format!(
                "{whose} were destroyed, and with them the contents of {events} under them."
            ),
            false => format!(
                "the destruction of {whose}, and of the contents of {events} under them, is on record, and is not complete: {} \
                 of these can still be read, or an older copy of the store is still there.",
                certified.events_still_readable
            ),
        };
        return format!(
            "The ledger {of} ended, as its record {end} says. Because of that, and not on account of one person: {done} The ledger \
             does not know any more whom the events were about."
        );
    }
    if !certified.recorded_in.is_empty() {
        let done = match certified.complete {
            true => "were destroyed",
            false => "are to be destroyed, and an older copy of them may still be there",
        };
        return format!(
            "The keys under which the contents of {events} about one person were encrypted {done}. The ledger takes no records, so \
             the record that says so is one of {}; the contents stay in the ledger, encrypted.",
            certified.recorded_in
        );
    }
    match certified.complete {
        true => format!(
            "The contents of {events} about one person, and the keys under which they were encrypted, were \
             destroyed. The ledger does not know any more whom they were about."
        ),
        false => format!(
            "The erasure of {events} about one person is on record, and is not complete: {} of them can still be \
             read, or an older copy of the store is still there.",
            certified.events_still_readable
        ),
    }
}

fn list(page: &mut Page, title: &str, items: impl Iterator<Item = String>) {
    page.raw("<h2>").text(title).raw("</h2>\n<ul>\n");
    for item in items {
        page.raw("<li>").text(&item).raw("</li>\n");
    }
    page.raw("</ul>\n");
}

fn opened(page: &mut Page, certified: &Certified<'_>) {
    page.raw("<h2>Who had them decrypted before</h2>\n");
    let opened = certified.opened;
    let by = match &opened.by {
        None => {
            let why = opened.lack.as_deref().unwrap_or_default();
            page.raw("<p>")
                .text(&format!("It is not known here: {why}."))
                .raw("</p>\n");
            return;
        }
        Some(by) => by,
    };
    if by.is_empty() {
        page.raw("<p>")
            .text(&format!("Nobody, as {} says.", opened.source.words()))
            .raw("</p>\n");
    } else {
        page.raw("<ul>\n");
        for recipient in by {
            page.raw("<li>").text(&recipient.to_string()).raw("</li>\n");
        }
        page.raw("</ul>\n");
    }
    if let Some(lack) = &opened.lack {
        page.raw("<p>")
            .text(&format!("This is not all: {lack}."))
            .raw("</p>\n");
    }
}

const OWN_RECORD: &str = "The receipt below proves that the record of the erasure is in the ledger. The verifier key must come from \
                          the ledger\u{2019}s operator by another way than this page. That the contents are gone is shown by \
                          a bundle of the ledger, of which a verifier says for each event that it is recorded as erased; that \
                          no copy is left elsewhere, nobody can prove. To check the receipt: ";
const OTHERS_RECORD: &str = "The receipt below proves that the record of the erasure is in the store\u{2019}s own ledger. The \
                             verifier key is of that ledger, and must come from its operator by another way than this page. A \
                             bundle of the ledger that it is about has the contents as before, encrypted, and says nothing of \
                             the erasure. That the keys were destroyed, and that no copy is left elsewhere, nobody can prove. \
                             To check the receipt: ";

fn proof(page: &mut Page, certified: &Certified<'_>) {
    let (proved, key) = match certified.recorded_in {
        "" => (OWN_RECORD, certified.verifier_key),
        _ => (OTHERS_RECORD, certified.recorded_in_verifier_key),
    };
    page.raw("<h2>What proves it</h2>\n<p>")
        .text(proved)
        .text(&certified.check())
        .raw("</p>\n");
    if certified.proof.provisional {
        page.raw("<p>")
            .text("The receipt is provisional: only the epoch key had signed for the record when this page was made.")
            .raw("</p>\n");
    }
    page.raw("<dl>\n")
        .term("verifier key", key)
        .raw("</dl>\n<details>\n<summary>Receipt</summary>\n<pre>");
    for line in certified.proof.receipt.lines() {
        page.text(line).raw("\n");
    }
    page.raw("</pre>\n</details>\n<details>\n<summary>Record, in base64</summary>\n<pre>")
        .text(&certified.proof.record_file)
        .raw("</pre>\n</details>\n");
}
