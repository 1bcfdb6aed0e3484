//! All that ledgers have of one person, written to one archive as it is read: nothing of it is kept in memory.

use std::{collections::BTreeMap, mem, path::Path};

use indelible_compliance::reports::inert::inert_json;
use indelible_interchange::hex;
use indelible_proto::v1::{EventFilter, GetReceiptRequest, LedgerRecord};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::cli::{
    connection::Client,
    error::CliError,
    events::record_view::RecordView,
    privacy::{
        archive::{Archive, Spool},
        disposals::{Disposals, is_gone},
        holding::{Holding, HoldingView, Holdings},
        listing::Listing,
        opened::{Decryptions, Opened, Source},
        page,
        part::{Part, Rows, Wanted},
        rights,
        trail::{Recipient, text},
        unasked::UnaskedView,
    },
    session::Session,
    ui::{
        in_archive::InArchive,
        pending_file::Inputs,
        progress::{Progress, Unit},
    },
};

/// What stands in the archive beside the records: who can check what with which file.
const README: &str = include_str!("readme.txt");

/// Writes the archive, whole or not at all, and says how many records it has, and which of them lack contents.
pub(super) async fn write(
    session: &mut Session,
    wanted: &Wanted<'_>,
    holdings: &Holdings,
    path: &Path,
    inputs: &Inputs,
) -> Result<(u64, InArchive), CliError> {
    let total = holdings
        .found
        .iter()
        .map(|holding| holding.found.event_count);
    // Before anything is decrypted, which is on record from then on.
    let mut client = session.connection.open().await?;
    rights::check(session, &mut client, &holdings.found).await?;
    let mut archive = Archive::create(&mut session.output, path, inputs)?;
    let ledgers = holdings.found.iter().map(|holding| &holding.ledger);
    let mut gathering = Gathering {
        client,
        decryptions: Decryptions::read(session, ledgers).await?,
        progress: Progress::new(&session.output, "gathering", Unit::Records),
        total: total.sum(),
        done: 0,
        away: InArchive::default(),
        not_looked_at: holdings.not_looked_at(),
    };
    archive.file("README.txt", README.as_bytes())?;
    let mut sections = archive.spool()?;
    for holding in &holdings.found {
        let (part, rows) = gathering
            .part(session, &mut archive, wanted, holding)
            .await?;
        page::section(&mut sections, &part, rows)?;
    }
    if !holdings.unasked.is_empty() {
        let unasked: Vec<_> = holdings.unasked.iter().map(UnaskedView::new).collect();
        archive.file("not-asked.json", &json(&unasked)?)?;
    }
    let mut whole = archive.spool()?;
    page::document(&mut whole, wanted, holdings, gathering.done, sections)?;
    archive.spooled("index.html", whole)?;
    archive.finish()?;
    Ok((gathering.done, gathering.away))
}

/// One connection for everything, and how far it is.
struct Gathering {
    client: Client,
    /// What the store's own ledger had of decryptions before this one.
    decryptions: Decryptions,
    progress: Progress,
    total: u64,
    done: u64,
    /// What is in the ledgers' archive, and could not be read there.
    away: InArchive,
    /// Where nothing was looked for.
    not_looked_at: &'static [&'static str],
}

impl Gathering {
    /// Writes the files of one ledger.
    async fn part<'a>(
        &mut self,
        session: &Session,
        archive: &mut Archive,
        wanted: &Wanted<'_>,
        holding: &'a Holding,
    ) -> Result<(Part<'a>, Rows), CliError> {
        let mut part = Part {
            holding,
            directory: directory(holding),
            purposes: BTreeMap::new(),
            legal_bases: BTreeMap::new(),
            gone: 0,
            away: InArchive::default(),
            disposals: Disposals::read(session, &holding.ledger.origin).await?,
            opened: Opened {
                by: None,
                source: Source::Trail,
                lack: None,
            },
        };
        let mut rows = Rows {
            decisions: archive.spool()?,
            decided: 0,
            records: archive.spool()?,
        };
        let (mut lines, mut sequences) = (archive.spool()?, Vec::new());
        let filter = EventFilter {
            data_subject: wanted.data_subject.to_owned(),
            ..Default::default()
        };
        let ledger = &holding.ledger;
        let purpose = Some(wanted.purpose);
        let mut theirs = Listing::new(
            &session.connection,
            &ledger.origin,
            ledger.size,
            filter,
            purpose,
        );
        while let Some(records) = theirs.next(&mut self.client).await? {
            for record in &records {
                let file = self.prove(session, archive, &part, record).await?;
                line(&mut lines, record)?;
                part.count(record);
                page::row(&mut rows, &part.disposals, record, &file)?;
                sequences.push(record.sequence);
                self.done += 1;
                self.progress.set(self.done, Some(self.total));
            }
        }
        // Up to the size that the ledger had before: this reading is told of in the trail, not in the archive.
        let opened = self
            .decryptions
            .of(session, &mut self.client, ledger, &sequences);
        part.opened = opened.await?;
        archive.spooled(&format!("{}/records.ndjson", part.directory), lines)?;
        archive.file(
            &format!("{}/summary.json", part.directory),
            &part.summary(self.not_looked_at)?,
        )?;
        let key = format!("{}\n", ledger.verifier_key);
        archive.file(&format!("{}/key.txt", part.directory), key.as_bytes())?;
        self.away.take_in(mem::take(&mut part.away));
        Ok((part, rows))
    }

    /// Writes the receipt of a record, and the record that it proves; gives the digest of that file.
    async fn prove(
        &mut self,
        session: &Session,
        archive: &mut Archive,
        part: &Part<'_>,
        record: &LedgerRecord,
    ) -> Result<String, CliError> {
        let request = session.connection.request(GetReceiptRequest {
            ledger: part.holding.ledger.origin.clone(),
            sequence: record.sequence,
            // Of a ledger that is not open nothing more is published: what is proved is what was published before.
            wait_for_publication: part.holding.is_open(),
            ..Default::default()
        });
        let answer = self.client.get_receipt(request).await?.into_inner();
        let name = format!("{}/receipts/{}", part.directory, record.sequence);
        archive.file(&format!("{name}.receipt"), answer.receipt.as_bytes())?;
        archive.file(&format!("{name}.record"), &answer.record_file)?;
        Ok(hex::encode(&Sha256::digest(&answer.record_file)))
    }
}

/// The ledger's directory in the archive. A predecessor has the same name, and another origin.
fn directory(holding: &Holding) -> String {
    let ledger = &holding.ledger;
    let unique = ledger.origin.rsplit('/').next().unwrap_or_default();
    let name: String = ledger.name.chars().take(40).collect();
    format!("{name}-{unique}")
}

fn line(lines: &mut Spool, record: &LedgerRecord) -> Result<(), CliError> {
    let json = serde_json::to_string(&RecordView::new(record)).map_err(unwritable)?;
    lines.push(inert_json(json).as_bytes())?;
    lines.push(b"\n")
}

impl Part<'_> {
    fn count(&mut self, record: &LedgerRecord) {
        self.gone += u64::from(is_gone(record));
        self.away.see(record);
        let Some(event) = &record.event else { return };
        for (fact, counts) in [
            ("purpose", &mut self.purposes),
            ("legal_basis", &mut self.legal_bases),
        ] {
            if let Some(value) = text(event, fact) {
                *counts.entry(value).or_default() += 1;
            }
        }
    }

    fn summary(&self, not_looked_at: &[&str]) -> Result<Vec<u8>, CliError> {
        #[derive(Serialize)]
        struct Summary<'a> {
            #[serde(flatten)]
            holding: HoldingView<'a>,
            verifier_key: &'a str,
            /// Not known where it is null.
            recipients: Option<&'a [Recipient]>,
            recipients_as_told_by: Source,
            #[serde(skip_serializing_if = "Option::is_none")]
            recipients_lack: Option<&'a str>,
            /// The reading for this archive is recorded, and not among the recipients.
            recipients_have_this_reading: bool,
            /// Records with contents that are in the ledger's archive, and could not be read there when this was made.
            records_lacking_archived: u64,
            not_looked_at: &'a [&'a str],
        }
        json(&Summary {
            holding: HoldingView::for_the_person(self.holding),
            verifier_key: &self.holding.ledger.verifier_key,
            recipients: self.opened.by.as_deref(),
            recipients_as_told_by: self.opened.source,
            recipients_lack: self.opened.lack.as_deref(),
            recipients_have_this_reading: false,
            records_lacking_archived: self.away.count(),
            not_looked_at,
        })
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, CliError> {
    let json = serde_json::to_string_pretty(value).map_err(unwritable)?;
    Ok((inert_json(json) + "\n").into_bytes())
}

fn unwritable(problem: serde_json::Error) -> CliError {
    CliError::Output(problem.into())
}
