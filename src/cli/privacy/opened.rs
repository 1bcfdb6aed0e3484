//! Who had a person's records decrypted: as the ledger's own access trail says where it keeps one, and otherwise as the store's
//! own ledger says, which has every decryption.

use indelible_proto::{
    time::Timestamp,
    v1::{ErrorReason, EventFilter, Ledger, LedgerRecord, ListLedgersRequest},
};
use serde::Serialize;

use crate::cli::{
    connection::Client,
    error::CliError,
    privacy::{
        caution::caution,
        listing::Listing,
        trail::{self, Recipient, count_in, text},
    },
    session::Session,
    ui::{table::Table, time},
};

/// The store's own ledger, and its records of what was decrypted.
const SYSTEM: &str = "_system";
const DECRYPTED: &str = "indelible.system.decrypted.v1";
const PAGE_SIZE: i32 = 1_000;

/// Said where the caller may not read the store's own ledger.
const MAY_NOT_READ: &str = "the ledger keeps no access trail, and whoever asked may not read the store's own ledger, _system, which \
                            records every decryption; ask somebody who may read it (a reader or an auditor on @store or on _system) \
                            to run `indelible access log --person-file`";

/// Said where a ledger may lack records.
const LACKS: &str = "the ledger may lack records that were acknowledged, and openings, or events that were opened, may be among these";

/// Where it stands who had records decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Source {
    /// In the ledger's own access trail.
    #[serde(rename = "access_trail")]
    Trail,
    /// In the store's own ledger.
    #[serde(rename = "_system")]
    System,
}

impl Source {
    /// For people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Trail => "the ledger\u{2019}s access trail",
            Self::System => "the store\u{2019}s own ledger, _system,",
        }
    }
}

/// Who had the records decrypted, as far as it is known.
pub(crate) struct Opened {
    /// Nothing where it is not known.
    pub(crate) by: Option<Vec<Recipient>>,
    pub(crate) source: Source,
    /// Why it is not known, or what is not among it.
    pub(crate) lack: Option<String>,
}

impl Opened {
    /// What it means of a ledger that may lack records: openings may be among them, and events of the person that somebody
    /// opened. That it was nobody is then not known.
    fn limited_by(mut self, ledger: &Ledger) -> Self {
        if caution(ledger).is_none() {
            return self;
        }
        self.by = self.by.filter(|by| !by.is_empty());
        let lack = self.lack.into_iter().chain([LACKS.to_owned()]);
        self.lack = Some(lack.collect::<Vec<_>>().join("; "));
        self
    }

    /// The rows that say so, each under this name.
    pub(crate) fn rows(&self, table: &mut Table, name: &str) {
        match self.by.as_deref() {
            None => drop(table.row(
                name,
                format!("not known: {}", self.lack.as_deref().unwrap_or_default()),
            )),
            Some([]) => drop(table.row(name, format!("nobody, as {} says", self.source.words()))),
            Some(opened) => {
                for recipient in opened {
                    table.row(name, recipient);
                }
                table.row("", format!("as {} says", self.source.words()));
            }
        }
        if let (Some(_), Some(lack)) = (&self.by, &self.lack) {
            table.row("", lack);
        }
    }
}

/// What the store's own ledger has of decryptions, as far as it went when it was read.
pub(crate) struct Decryptions {
    all: Vec<Decryption>,
    /// When the oldest one of the store begins.
    begins: Option<Timestamp>,
    /// What could not be read of it.
    lacks: Vec<String>,
    may_read: bool,
}

/// One record of it.
struct Decryption {
    origin: String,
    sequences: String,
    record: LedgerRecord,
}

impl Decryptions {
    /// Reads it, if one of these ledgers keeps no access trail.
    ///
    /// # Errors
    /// If the daemon can't be asked. That the caller may not read it is no error.
    pub(crate) async fn read(
        session: &Session,
        ledgers: impl IntoIterator<Item = &Ledger>,
    ) -> Result<Self, CliError> {
        let mut found = Self {
            all: Vec::new(),
            begins: None,
            lacks: Vec::new(),
            may_read: false,
        };
        let wanted = |ledger: &&Ledger| !ledger.access_trail;
        let origins: Vec<&str> = ledgers
            .into_iter()
            .filter(wanted)
            .map(|ledger| ledger.origin.as_str())
            .collect();
        if origins.is_empty() {
            return Ok(found);
        }
        let mut client = session.connection.open().await?;
        for system in systems(session, &mut client).await? {
            match found.take(session, &mut client, &system, &origins).await {
                Ok(()) => found.may_read = true,
                Err(CliError::Daemon(refusal)) if refusal.is(ErrorReason::AccessDenied) => {}
                Err(CliError::Daemon(refusal)) if refusal.reason.is_some() => {
                    found.may_read = true;
                    found
                        .lacks
                        .push(format!("{SYSTEM} can't be read: {refusal}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// Takes in what one of the store's own ledgers says of these ledgers.
    async fn take(
        &mut self,
        session: &Session,
        client: &mut Client,
        system: &Ledger,
        origins: &[&str],
    ) -> Result<(), CliError> {
        let filter = EventFilter {
            r#type: DECRYPTED.to_owned(),
            ..EventFilter::default()
        };
        let connection = &session.connection;
        let mut listing = Listing::new(connection, &system.origin, system.size, filter, None);
        while let Some(records) = listing.next(client).await? {
            for record in records {
                let fact = |name| record.event.as_ref().and_then(|event| text(event, name));
                match (fact("origin"), fact("sequences")) {
                    (Some(origin), Some(sequences)) => {
                        if origins.contains(&origin.as_str()) {
                            self.all.push(Decryption {
                                origin,
                                sequences,
                                record,
                            });
                        }
                    }
                    _ => self.lacks.push(format!(
                        "record {} of {SYSTEM} can't be read",
                        record.sequence
                    )),
                }
            }
        }
        if caution(system).is_some() {
            self.lacks.push(format!(
                "{} may lack records, and more openings may be among these",
                system.origin
            ));
        }
        let at = |time: &Timestamp| (time.seconds, time.nanos);
        let is_older = |time: &Timestamp| self.begins.as_ref().is_none_or(|so| at(time) < at(so));
        if let Some(created) = system.created_time.filter(is_older) {
            self.begins = Some(created);
        }
        Ok(())
    }

    /// Who opened any of these records of a ledger, which ascend, as far as the caller may know.
    pub(crate) async fn of(
        &self,
        session: &Session,
        client: &mut Client,
        ledger: &Ledger,
        sequences: &[u64],
    ) -> Result<Opened, CliError> {
        if !ledger.access_trail {
            return Ok(self.of_system(ledger, sequences).limited_by(ledger));
        }
        let read = trail::recipients(&session.connection, client, ledger, sequences).await;
        let (by, lack) = match read {
            Ok(recipients) => (Some(recipients), None),
            Err(CliError::Daemon(refusal)) if refusal.is(ErrorReason::AccessDenied) => {
                (None, Some(trail_not_read(&refusal.message)))
            }
            Err(error) => return Err(error),
        };
        let opened = Opened {
            by,
            source: Source::Trail,
            lack,
        };
        Ok(opened.limited_by(ledger))
    }

    fn of_system(&self, ledger: &Ledger, sequences: &[u64]) -> Opened {
        let source = Source::System;
        if !self.may_read {
            return Opened {
                by: None,
                source,
                lack: Some(MAY_NOT_READ.to_owned()),
            };
        }
        let of_ledger = |one: &&Decryption| one.origin == ledger.origin;
        let by = self.all.iter().filter(of_ledger).filter_map(|one| {
            let records = count_in(&one.sequences, sequences);
            let event = one.record.event.as_ref()?;
            (records > 0).then(|| Recipient::of(event, &one.record, records))
        });
        let by: Vec<_> = by.collect();
        // What can't be read may name somebody: that it was nobody is then not known.
        let is_known = !by.is_empty() || self.lacks.is_empty();
        let mut lacks = self.lacks.clone();
        let at = |time: &Timestamp| (time.seconds, time.nanos);
        if let (Some(begins), Some(created)) = (&self.begins, &ledger.created_time)
            && at(created) < at(begins)
        {
            lacks.push(format!(
                "what was decrypted before {} is on no record, since {SYSTEM} begins then",
                time::for_people(Some(begins))
            ));
        }
        Opened {
            by: is_known.then_some(by),
            source,
            lack: (!lacks.is_empty()).then(|| lacks.join("; ")),
        }
    }
}

/// Said where the caller may not read a ledger's access trail, with the daemon's words.
pub(crate) fn trail_not_read(why: &str) -> String {
    format!("the ledger's access trail was not read: {why}")
}

/// The store's own ledgers, those that were succeeded among them; none where the caller may not know of them.
async fn systems(session: &Session, client: &mut Client) -> Result<Vec<Ledger>, CliError> {
    let (mut systems, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = session.connection.request(ListLedgersRequest {
            page_size: PAGE_SIZE,
            page_token,
        });
        let page = client.list_ledgers(request).await?.into_inner();
        let own = page.ledgers.into_iter();
        systems.extend(own.filter(|ledger| ledger.name == SYSTEM));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(systems);
        }
    }
}

#[cfg(test)]
mod tests {
    use indelible_proto::v1::{Event, FactValue, fact_value::Value};

    use super::*;

    fn decryption(origin: &str, sequences: &str) -> Decryption {
        let fact = |text: &str| FactValue {
            value: Some(Value::Text(text.to_owned())),
        };
        let event = Event {
            facts: [("principal".to_owned(), fact("unix:alice"))].into(),
            ..Event::default()
        };
        Decryption {
            origin: origin.to_owned(),
            sequences: sequences.to_owned(),
            record: LedgerRecord {
                event: Some(event),
                ..LedgerRecord::default()
            },
        }
    }

    fn seconds(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp { seconds, nanos: 0 })
    }

    #[test]
    fn the_store_s_own_ledger_tells_of_ledgers_without_a_trail() {
        let ledger = |created| Ledger {
            origin: "o".to_owned(),
            created_time: seconds(created),
            ..Ledger::default()
        };
        let mut read = Decryptions {
            all: vec![decryption("o", "3-5"), decryption("p", "3-5")],
            begins: seconds(100),
            lacks: Vec::new(),
            may_read: true,
        };
        let told = read.of_system(&ledger(200), &[4, 5, 9]);
        let by = told.by.expect("known");
        assert_eq!((by.len(), by[0].records), (1, 2));
        assert_eq!(by[0].principal, "unix:alice");
        assert_eq!(told.lack, None);
        let nobody = read.of_system(&ledger(200), &[9]);
        assert!(nobody.by.is_some_and(|by| by.is_empty()));
        let older = read.of_system(&ledger(50), &[9]);
        assert!(older.lack.is_some_and(|lack| lack.contains("begins then")));
        // Nor does what may lack records show that nobody did.
        let lacking = Ledger {
            may_lack_records: true,
            ..ledger(200)
        };
        let unknown = read.of_system(&lacking, &[9]).limited_by(&lacking);
        assert!(unknown.by.is_none());
        assert!(unknown.lack.is_some_and(|lack| lack.contains("may lack")));
        let some = read.of_system(&lacking, &[4]).limited_by(&lacking);
        assert!(some.by.is_some_and(|by| by.len() == 1) && some.lack.is_some());
        read.lacks = vec!["_system may lack records".to_owned()];
        assert!(read.of_system(&ledger(200), &[9]).by.is_none());
        assert!(read.of_system(&ledger(200), &[4]).by.is_some());
        // Whoever may not read it is not told that nobody did.
        read.may_read = false;
        let unknown = read.of_system(&ledger(200), &[4]);
        assert!(unknown.by.is_none());
        assert!(unknown.lack.is_some_and(|lack| lack.contains("_system")));
    }
}
