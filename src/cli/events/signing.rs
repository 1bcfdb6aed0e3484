//! Events that are signed before they are sent.

use std::{path::PathBuf, thread};

use clap::Args;
use indelible_evidence::Origin;
use indelible_interchange::producer::{ProducerKey, ProducerKeyError};
use indelible_proto::v1::{Event, GetLedgerRequest};
use tokio::sync::mpsc::{self, Receiver};

use crate::cli::{
    error::CliError,
    events::reading::{Incoming, Item, RefusedRecord},
    session::Session,
    ui::key_file,
};

/// Signed events that wait to be sent.
const EVENTS_AHEAD_MAX: usize = 2_048;

/// With which key events are signed.
#[derive(Debug, Args)]
pub(crate) struct SignWith {
    /// Sign each event with the producer's private key in this file (Ed25519, PKCS#8, PEM), which only its owner may
    /// read. `indelible producer register` makes the key known to the ledger
    #[arg(long, value_name = "KEYFILE")]
    sign_with: Option<PathBuf>,
}

/// Signs events for one ledger.
pub(crate) struct Signer {
    key: ProducerKey,
    origin: Origin,
}

impl SignWith {
    /// The file that is read for it.
    pub(crate) fn file(&self) -> Option<&PathBuf> {
        self.sign_with.as_ref()
    }

    /// Who signs, if anybody is to. Asks the daemon for the ledger's origin, which is a part of what is signed.
    pub(crate) async fn signer(
        &self,
        session: &Session,
        ledger: &str,
    ) -> Result<Option<Signer>, CliError> {
        let Some(path) = &self.sign_with else {
            return Ok(None);
        };
        let key = key_file::read(path)?;
        let origin = origin(session, ledger).await?;
        Ok(Some(Signer { key, origin }))
    }
}

/// The origin of a ledger.
pub(crate) async fn origin(session: &Session, ledger: &str) -> Result<Origin, CliError> {
    let mut client = session.connection.open().await?;
    let request = session.connection.request(GetLedgerRequest {
        ledger: ledger.to_owned(),
    });
    let answer = client.get_ledger(request).await?.into_inner();
    let described = answer.ledger.ok_or(CliError::Answer("no ledger in it"))?;
    Origin::parse(&described.origin).map_err(|_| CliError::Answer("an origin that is not one"))
}

impl Signer {
    /// Signs one event.
    pub(crate) fn sign(&self, event: &mut Event) -> Result<(), ProducerKeyError> {
        self.key.sign(&self.origin, event)
    }

    /// Signs all that comes in, in a thread of its own.
    pub(crate) fn sign_all(self, mut incoming: Receiver<Incoming>) -> Receiver<Incoming> {
        let (sender, signed) = mpsc::channel(EVENTS_AHEAD_MAX);
        thread::spawn(move || {
            while let Some(next) = incoming.blocking_recv() {
                let next = match next {
                    Incoming::Event(item) => self.signed(item),
                    other => other,
                };
                if sender.blocking_send(next).is_err() {
                    break;
                }
            }
        });
        signed
    }

    fn signed(&self, mut item: Item) -> Incoming {
        match self.sign(&mut item.event) {
            Ok(()) => Incoming::Event(item),
            Err(problem) => Incoming::Refused(RefusedRecord {
                input: item.input.to_string(),
                place: item.place,
                id: item.event.id,
                problem: problem.to_string(),
            }),
        }
    }
}
