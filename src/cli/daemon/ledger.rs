//! `indelible ledger`: create, list, show, succeed and end ledgers.

use std::fmt;

use clap::{Args, Subcommand, ValueEnum};
use indelible_interchange::hex;
use indelible_proto::v1::{
    CreateLedgerRequest, CreateSuccessorRequest, Encryption, GetLedgerRequest, Ledger,
    ListLedgersRequest, request_approval_request::Act,
};
use serde::Serialize;

use crate::cli::{
    approvals::two_people::TwoPeople,
    daemon::{
        ledger_end::End,
        ledger_view::{LEDGER_COLUMNS, LedgerView, ledger_row},
    },
    error::CliError,
    session::Session,
    ui::{columns::Columns, confirm},
};

const PAGE_SIZE: i32 = 1_000;
const REQUEST_ID_BYTES: usize = 16;

/// Create, list, show, succeed and end ledgers
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    Create(Create),
    List(List),
    Show(Show),
    Key(Key),
    Succeed(Succeed),
    End(End),
}

/// Create a ledger
///
/// Prints its origin and its verifier key: the one thing that every verifier must pin.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Its name: 1 to 64 of a-z 0-9 . _ - beginning with a letter or digit
    name: String,
    /// Public half of an offline key that can replace the identity key: 64 hexadecimal digits
    #[arg(long, value_name = "HEX", value_parser = public_key)]
    recovery_key: Option<[u8; 32]>,
    /// Which events are encrypted; events that name a data subject always are. Fixed for ever
    #[arg(long, value_name = "WHICH", value_enum, default_value_t)]
    encrypt: Encrypt,
    /// Record in the ledger itself every read that decrypts, before the read is answered. Fixed for ever
    #[arg(long)]
    access_trail: bool,
    /// Refuse events that break the conventions of their type (docs/events.md). Fixed for ever
    #[arg(long)]
    check_events: bool,
    /// Makes the command safe to repeat: the same id returns the same ledger [default: random]
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
}

/// Which events a ledger encrypts.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Encrypt {
    /// Those that name a data subject.
    #[default]
    Subjects,
    /// Every one that a client sends; the ledger's own records stay readable.
    All,
}

impl Encrypt {
    fn wire(self) -> Encryption {
        match self {
            Self::Subjects => Encryption::DataSubjects,
            Self::All => Encryption::All,
        }
    }
}

/// List the ledgers
#[derive(Debug, Args)]
pub(crate) struct List {}

/// Show one ledger
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Name or origin
    ledger: String,
}

/// Print a ledger's verifier key alone
///
/// Keep it where the operator of the daemon can't change it: what is verified is verified against this key.
#[derive(Debug, Args)]
pub(crate) struct Key {
    /// Name or origin
    ledger: String,
}

/// Close a quarantined ledger and start its successor
///
/// The successor has the same name and a new origin. Its first record carries the head at which the restored
/// records end and the signed checkpoint of those that were lost. This can't be undone: try first to get back what is
/// missing. It asks for the ledger's name on a terminal; without one it needs --yes.
#[derive(Debug, Args)]
pub(crate) struct Succeed {
    /// Name or origin of the ledger in quarantine
    ledger: String,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    two_people: TwoPeople,
}

impl LedgerCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Create(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
            Self::Show(command) => command.run(session).await,
            Self::Key(command) => command.run(session).await,
            Self::Succeed(command) => command.run(session).await,
            Self::End(command) => command.run(session).await,
        }
    }
}

impl Create {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let request_id = self.request_id.map_or_else(random_id, Ok)?;
        let mut client = session.connection.open().await?;
        let recovery = self.recovery_key.map(|key| key.to_vec().into());
        let request = session.connection.request(CreateLedgerRequest {
            name: self.name,
            request_id,
            recovery_public_key: recovery.unwrap_or_default(),
            encryption: self.encrypt.wire().into(),
            access_trail: self.access_trail,
            checks_events: self.check_events,
        });
        let answer = client.create_ledger(request).await?.into_inner();
        show(session, answer.ledger)
    }
}

impl List {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open().await?;
        let mut columns = Columns::new(LEDGER_COLUMNS);
        let mut page_token = String::new();
        loop {
            let request = session.connection.request(ListLedgersRequest {
                page_size: PAGE_SIZE,
                page_token,
            });
            let page = client.list_ledgers(request).await?.into_inner();
            if session.output.is_json() {
                for ledger in &page.ledgers {
                    session.output.object_line(&LedgerView::new(ledger))?;
                }
            } else {
                let rows: Vec<_> = page.ledgers.iter().map(ledger_row).collect();
                columns.show(&mut session.output, &rows)?;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(());
            }
        }
    }
}

impl Show {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let ledger = describe(session, self.ledger).await?;
        show(session, Some(ledger))
    }
}

impl Key {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let ledger = describe(session, self.ledger).await?;
        let verifier_key = ledger.verifier_key;
        session.output.answer(&VerifierKey { verifier_key })
    }
}

/// What everybody who verifies must pin.
#[derive(Serialize)]
struct VerifierKey {
    verifier_key: String,
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.verifier_key)
    }
}

impl Succeed {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let ledger = self.ledger;
        let approval_id = self.two_people.approval_id()?;
        if self.two_people.asks() {
            let act = Act::CreateSuccessor(CreateSuccessorRequest {
                ledger,
                approval_id,
            });
            return self.two_people.ask(session, act, &[]).await;
        }
        if !self.yes {
            let what = format!(
                "This closes {ledger} for all time and starts its successor, as if what is missing were lost."
            );
            confirm::ledger(&mut session.output, &what, &ledger)?;
        }
        let mut client = session.connection.open().await?;
        let request = session.connection.request(CreateSuccessorRequest {
            ledger,
            approval_id,
        });
        let answer = client.create_successor(request).await?.into_inner();
        show(session, answer.ledger)
    }
}

async fn describe(session: &Session, ledger: String) -> Result<Ledger, CliError> {
    let mut client = session.connection.open().await?;
    let request = session.connection.request(GetLedgerRequest { ledger });
    let answer = client.get_ledger(request).await?.into_inner();
    answer.ledger.ok_or(CliError::Answer("no ledger in it"))
}

fn show(session: &mut Session, ledger: Option<Ledger>) -> Result<(), CliError> {
    let ledger = ledger.ok_or(CliError::Answer("no ledger in it"))?;
    let view = LedgerView::new(&ledger);
    session.output.answer(&view)
}

fn random_id() -> Result<String, CliError> {
    let mut bytes = [0; REQUEST_ID_BYTES];
    getrandom::fill(&mut bytes).map_err(|problem| CliError::System {
        doing: "can't draw a random id",
        source: std::io::Error::other(problem.to_string()),
    })?;
    Ok(hex::encode(&bytes))
}

fn public_key(text: &str) -> Result<[u8; 32], String> {
    hex::decode(text)
        .and_then(|bytes| bytes.as_ref().try_into().ok())
        .ok_or_else(|| "not 64 hexadecimal digits".to_owned())
}
