//! All that ledgers have of one person, gathered and written as one archive.

use std::{
    collections::BTreeMap,
    io::{self, BufWriter},
    path::Path,
};

use indelible_compliance::reports::inert::inert_json;
use indelible_evidence::bundle::TarWriter;
use indelible_proto::v1::{
    Event, EventFilter, GetReceiptRequest, LedgerRecord, LedgerState, ListEventsRequest,
    fact_value::Value,
};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    events::record_view::RecordView,
    privacy::holding::{Holding, HoldingView},
    session::Session,
    ui::{
        output::PendingFile,
        progress::{Progress, Unit},
        time,
    },
};

const PAGE_SIZE: i32 = 1_000;
const ACCESS_TYPE: &str = "indelible.access.decrypted.v1";

/// All that was gathered of one person.
pub(crate) struct Dossier<'a> {
    pub(crate) data_subject: &'a str,
    pub(crate) parts: Vec<Part<'a>>,
}

/// What one ledger has of the person.
pub(crate) struct Part<'a> {
    pub(crate) holding: &'a Holding,
    pub(crate) records: Vec<Proved>,
    /// Who opened any of these records before, as the ledger's access trail says.
    pub(crate) recipients: Vec<Recipient>,
}

/// A record and the proof that the ledger holds it.
pub(crate) struct Proved {
    pub(crate) record: LedgerRecord,
    receipt: String,
    record_file: Vec<u8>,
}

/// Somebody who opened records of the person.
#[derive(Serialize)]
pub(crate) struct Recipient {
    pub(crate) principal: String,
    pub(crate) call: String,
    pub(crate) purpose: String,
    pub(crate) recorded_time: String,
    /// How many of the person's records.
    pub(crate) records: usize,
}

impl<'a> Dossier<'a> {
    /// Reads everything, decrypted, with the receipts.
    pub(crate) async fn gather(
        session: &mut Session,
        data_subject: &'a str,
        purpose: &str,
        holdings: &'a [Holding],
    ) -> Result<Self, CliError> {
        let total = holdings
            .iter()
            .map(|holding| holding.found.event_count)
            .sum();
        let mut progress = Progress::new(&session.output, "gathering", Unit::Records);
        let mut done = 0;
        let mut parts = Vec::with_capacity(holdings.len());
        for holding in holdings {
            // Before it is read here: this reading is told of in the trail, not in the archive.
            let trail = trail(session, holding).await?;
            let listed = theirs(session, data_subject, purpose, holding).await?;
            let sequences: Vec<u64> = listed.iter().map(|record| record.sequence).collect();
            let mut records = Vec::with_capacity(listed.len());
            for record in listed {
                records.push(proved(session, holding, record).await?);
                done += 1;
                progress.set(done, Some(total));
            }
            parts.push(Part {
                holding,
                records,
                recipients: recipients(&trail, &sequences),
            });
        }
        Ok(Self {
            data_subject,
            parts,
        })
    }

    /// How many records there are.
    pub(crate) fn records(&self) -> usize {
        self.parts.iter().map(|part| part.records.len()).sum()
    }

    /// Writes the archive with its page, whole or not at all.
    pub(crate) fn write(&self, path: &Path, page: &str) -> Result<(), CliError> {
        let mut file = BufWriter::new(PendingFile::create(path)?);
        let failed = |source: io::Error| CliError::file(path, source);
        let mut tar = TarWriter::new(&mut file);
        tar.file("index.html", page.as_bytes()).map_err(failed)?;
        for part in &self.parts {
            let directory = part.directory();
            tar.file(&format!("{directory}/summary.json"), &part.summary()?)
                .map_err(failed)?;
            tar.file(&format!("{directory}/records.ndjson"), &part.lines()?)
                .map_err(failed)?;
            tar.file(&format!("{directory}/key.txt"), part.key().as_bytes())
                .map_err(failed)?;
            for proved in &part.records {
                let name = format!("{directory}/receipts/{}", proved.record.sequence);
                tar.file(&format!("{name}.receipt"), proved.receipt.as_bytes())
                    .map_err(failed)?;
                tar.file(&format!("{name}.record"), &proved.record_file)
                    .map_err(failed)?;
            }
        }
        tar.finish().map_err(failed)?;
        let file = file
            .into_inner()
            .map_err(|problem| failed(problem.into_error()))?;
        file.finish()
    }
}

impl Part<'_> {
    /// The ledger's directory in the archive. A predecessor has the same name, and another origin.
    pub(crate) fn directory(&self) -> String {
        let ledger = &self.holding.ledger;
        let unique = ledger.origin.rsplit('/').next().unwrap_or_default();
        let name: String = ledger.name.chars().take(40).collect();
        format!("{name}-{unique}")
    }

    fn key(&self) -> String {
        format!("{}\n", self.holding.ledger.verifier_key)
    }

    fn summary(&self) -> Result<Vec<u8>, CliError> {
        #[derive(Serialize)]
        struct Summary<'a> {
            #[serde(flatten)]
            holding: HoldingView<'a>,
            verifier_key: &'a str,
            recipients: &'a [Recipient],
        }
        let summary = Summary {
            holding: HoldingView::new(self.holding),
            verifier_key: &self.holding.ledger.verifier_key,
            recipients: &self.recipients,
        };
        let json = serde_json::to_string_pretty(&summary).map_err(unwritable)?;
        Ok((inert_json(json) + "\n").into_bytes())
    }

    fn lines(&self) -> Result<Vec<u8>, CliError> {
        let mut lines = Vec::new();
        for proved in &self.records {
            let json =
                serde_json::to_string(&RecordView::new(&proved.record)).map_err(unwritable)?;
            lines.extend_from_slice(inert_json(json).as_bytes());
            lines.push(b'\n');
        }
        Ok(lines)
    }
}

fn unwritable(problem: serde_json::Error) -> CliError {
    CliError::Output(problem.into())
}

/// The person's events, decrypted.
async fn theirs(
    session: &Session,
    data_subject: &str,
    purpose: &str,
    holding: &Holding,
) -> Result<Vec<LedgerRecord>, CliError> {
    let filter = EventFilter {
        data_subject: data_subject.to_owned(),
        ..Default::default()
    };
    list(session, holding, filter, Some(purpose)).await
}

/// The ledger's access trail.
async fn trail(session: &Session, holding: &Holding) -> Result<Vec<LedgerRecord>, CliError> {
    let filter = EventFilter {
        r#type: ACCESS_TYPE.to_owned(),
        ..Default::default()
    };
    list(session, holding, filter, None).await
}

async fn list(
    session: &Session,
    holding: &Holding,
    filter: EventFilter,
    purpose: Option<&str>,
) -> Result<Vec<LedgerRecord>, CliError> {
    let mut client = session.connection.open().await?;
    let (mut records, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = session.connection.request(ListEventsRequest {
            ledger: holding.ledger.origin.clone(),
            filter: Some(filter.clone()),
            page_size: PAGE_SIZE,
            page_token,
            open_sealed: purpose.is_some(),
            purpose: purpose.unwrap_or_default().to_owned(),
            ..Default::default()
        });
        let page = client.list_events(request).await?.into_inner();
        records.extend(page.records);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(records);
        }
    }
}

async fn proved(
    session: &Session,
    holding: &Holding,
    record: LedgerRecord,
) -> Result<Proved, CliError> {
    let mut client = session.connection.open().await?;
    let request = session.connection.request(GetReceiptRequest {
        ledger: holding.ledger.origin.clone(),
        sequence: record.sequence,
        // Of a ledger that is not open nothing more is published: what is proved is what was published before.
        wait_for_publication: holding.ledger.state() == LedgerState::Open,
        ..Default::default()
    });
    let answer = client.get_receipt(request).await?.into_inner();
    Ok(Proved {
        record,
        receipt: answer.receipt,
        record_file: answer.record_file.to_vec(),
    })
}

/// Who opened any of these records, which ascend.
fn recipients(trail: &[LedgerRecord], sequences: &[u64]) -> Vec<Recipient> {
    let entries = trail.iter().filter_map(|entry| {
        let event = entry.event.as_ref()?;
        let opened = text(event, "sequences")?;
        let records = sequences
            .iter()
            .filter(|sequence| names(&opened, **sequence))
            .count();
        (records > 0).then(|| Recipient {
            principal: text(event, "principal").unwrap_or_default(),
            call: text(event, "call").unwrap_or_default(),
            purpose: text(event, "purpose").unwrap_or_default(),
            recorded_time: time::to_text(entry.recorded_time.as_ref()),
            records,
        })
    });
    entries.collect()
}

/// Whether a list like `3-7,9` has a number.
fn names(list: &str, number: u64) -> bool {
    list.split(',').any(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
            (Ok(first), Ok(last)) => (first..=last).contains(&number),
            _ => false,
        }
    })
}

/// A fact that is a text.
pub(crate) fn text(event: &Event, name: &str) -> Option<String> {
    match event.facts.get(name)?.value.as_ref()? {
        Value::Text(text) => Some(text.clone()),
        Value::Uint(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
    }
}

/// How often each value of a fact occurs.
pub(crate) fn counted(part: &Part<'_>, fact: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for proved in &part.records {
        let event = proved.record.event.as_ref();
        if let Some(value) = event.and_then(|event| text(event, fact)) {
            *counts.entry(value).or_default() += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_numbers_has_what_it_names() {
        let named = |number| names("3-7,9", number);
        assert!(named(3) && named(5) && named(7) && named(9));
        assert!(!named(2) && !named(8) && !named(10));
        assert!(!names("", 0) && !names("x-2", 1));
    }
}
