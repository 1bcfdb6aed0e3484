//! `indelible keys list` and `indelible keys revoke`: the keys that sign for a ledger.

use std::fmt;

use clap::{Args, Subcommand};
use indelible_interchange::hex;
use indelible_proto::v1::{
    ListSigningKeysRequest, RevokeSigningKeyRequest, SigningKey, SigningKeyKind,
    SigningKeyRevocation, request_approval_request::Act,
};
use serde::Serialize;

use crate::cli::{
    approvals::two_people::TwoPeople,
    error::CliError,
    keys::recorded::Recorded,
    session::Session,
    ui::{
        columns::{Column, Columns, Row},
        confirm,
        paint::Paint,
        table::{Table, printable},
        time,
    },
};

const PAGE_SIZE: i32 = 1_000;

/// Digits that a shortened key must have, at least.
const DIGITS_MIN: usize = 8;

/// List the keys that sign for a ledger, or did: identities and epochs
///
/// Shows for each key: what it is, the public key, the record that introduced it, the greatest tree size that it may
/// sign, and, if it is revoked, the last size at which it is trusted and the record that says so.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Name or origin
    ledger: String,
}

/// What is revoked.
#[derive(Debug, Subcommand)]
pub(crate) enum Revoke {
    /// Revoke an identity that was replaced; one in force must be rotated first
    ///
    /// What it signed for tree sizes beyond --trusted-size counts for nothing from then on. No record is lost: the
    /// identity in force signs for all of them first. If the key published checkpoints beyond that size, the receipts
    /// and heads that people hold of them become void, and the command needs --void-published.
    Identity {
        #[command(flatten)]
        what: What,
        /// Revoke it even if checkpoints that it published become void
        #[arg(long)]
        void_published: bool,
    },
    /// Revoke the key of an epoch; a running epoch ends, its key is wiped, and another one begins
    ///
    /// What it signed for tree sizes beyond --trusted-size counts for nothing from then on. No record is lost: the
    /// identity signs for all of them first.
    Epoch {
        #[command(flatten)]
        what: What,
    },
}

/// The key, and how far it is trusted.
#[derive(Debug, Args)]
pub(crate) struct What {
    /// Name or origin
    ledger: String,
    /// The public key as `keys list` shows it, or its first digits: at least 8
    #[arg(value_parser = digits)]
    key: String,
    /// The last tree size at which the key is still trusted; 0 means never
    #[arg(long, value_name = "N")]
    trusted_size: u64,
    /// Why; auditors read it, so name no person in it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    two_people: TwoPeople,
}

impl List {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let keys = keys(session, &self.ledger).await?;
        let views: Vec<_> = keys.iter().map(SigningKeyView::new).collect();
        if session.output.is_json() {
            let mut views = views.iter();
            return views.try_for_each(|view| session.output.object_line(view));
        }
        let rows: Vec<_> = views.iter().map(SigningKeyView::row).collect();
        Columns::new(COLUMNS).show(&mut session.output, &rows)
    }
}

impl Revoke {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let (kind, what, void_published) = match self {
            Self::Identity {
                what,
                void_published,
            } => (SigningKeyKind::Identity, what, void_published),
            Self::Epoch { what } => (SigningKeyKind::Epoch, what, false),
        };
        let public_key = what.public_key(session).await?;
        let wanted = RevokeSigningKeyRequest {
            ledger: what.ledger.clone(),
            kind: kind.into(),
            public_key: public_key.clone().into(),
            trusted_size: Some(what.trusted_size),
            reason: what.reason.clone().unwrap_or_default(),
            void_published,
            approval_id: what.two_people.approval_id()?,
        };
        if what.two_people.asks() {
            let reason = what
                .reason
                .iter()
                .map(|reason| ("--reason", reason.as_str()));
            let said: Vec<_> = reason.collect();
            let act = Act::RevokeSigningKey(wanted);
            return what.two_people.ask(session, act, &said).await;
        }
        if !what.yes {
            let question = format!(
                "This revokes the {} key {} of {}: what it signed beyond size {} is void.",
                name(kind),
                hex::encode(&public_key),
                what.ledger,
                what.trusted_size
            );
            confirm::ledger(&mut session.output, &question, &what.ledger)?;
        }
        let mut client = session.connection.open_keys().await?;
        let request = session.connection.request(wanted);
        let answer = client.revoke_signing_key(request).await?.into_inner();
        session.output.answer(&Revoked {
            kind: name(kind),
            public_key: hex::encode(&public_key),
            trusted_size: what.trusted_size,
            recorded: Recorded::new(answer.sequence, answer.recorded_time.as_ref()),
        })
    }
}

/// A key that was revoked.
#[derive(Serialize)]
struct Revoked {
    kind: &'static str,
    public_key: String,
    trusted_size: u64,
    #[serde(flatten)]
    recorded: Recorded,
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row(self.kind, &self.public_key)
            .row("trusted up to size", self.trusted_size);
        self.recorded.rows(&mut table);
        table.fmt(f)
    }
}

impl What {
    /// The whole key: the daemon takes no shortened one.
    async fn public_key(&self, session: &mut Session) -> Result<Vec<u8>, CliError> {
        if let Some(key) = indelible_interchange::hex::decode(&self.key)
            && key.len() == 32
        {
            return Ok(key.to_vec());
        }
        let found: Vec<_> = keys(session, &self.ledger)
            .await?
            .into_iter()
            .filter(|key| hex::encode(&key.public_key).starts_with(&self.key))
            .collect();
        match found.as_slice() {
            [key] => Ok(key.public_key.to_vec()),
            [] => Err(CliError::Usage(format!(
                "no key of {} begins with {}; `indelible keys list` shows them",
                self.ledger, self.key
            ))),
            several => Err(CliError::Usage(format!(
                "{} keys of {} begin with {}; give more digits",
                several.len(),
                self.ledger,
                self.key
            ))),
        }
    }
}

async fn keys(session: &mut Session, ledger: &str) -> Result<Vec<SigningKey>, CliError> {
    let mut client = session.connection.open_keys().await?;
    let (mut keys, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = session.connection.request(ListSigningKeysRequest {
            ledger: ledger.to_owned(),
            page_size: PAGE_SIZE,
            page_token,
        });
        let page = client.list_signing_keys(request).await?.into_inner();
        keys.extend(page.keys);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(keys);
        }
    }
}

fn name(kind: SigningKeyKind) -> &'static str {
    match kind {
        SigningKeyKind::Identity => "identity",
        SigningKeyKind::Epoch => "epoch",
        SigningKeyKind::Unspecified => "unknown",
    }
}

/// A key that signs, or did.
#[derive(Serialize)]
struct SigningKeyView<'a> {
    kind: &'static str,
    public_key: String,
    sequence: u64,
    recorded_time: String,
    #[serde(skip)]
    for_people: String,
    last_size: Option<u64>,
    /// Why it took the place of the one before; empty if that is not said.
    reason: &'a str,
    revocation: Option<RevocationView<'a>>,
}

/// That a key is trusted no longer.
#[derive(Serialize)]
struct RevocationView<'a> {
    sequence: u64,
    recorded_time: String,
    trusted_size: u64,
    reason: &'a str,
}

impl<'a> SigningKeyView<'a> {
    fn new(key: &'a SigningKey) -> Self {
        Self {
            kind: name(key.kind()),
            public_key: hex::encode(&key.public_key),
            sequence: key.sequence,
            recorded_time: time::to_text(key.recorded_time.as_ref()),
            for_people: time::for_people(key.recorded_time.as_ref()),
            last_size: key.last_size,
            reason: &key.reason,
            revocation: key.revocation.as_ref().map(RevocationView::new),
        }
    }
}

impl<'a> RevocationView<'a> {
    fn new(revocation: &'a SigningKeyRevocation) -> Self {
        Self {
            sequence: revocation.sequence,
            recorded_time: time::to_text(revocation.recorded_time.as_ref()),
            trusted_size: revocation.trusted_size,
            reason: &revocation.reason,
        }
    }
}

/// The columns of a list of keys.
const COLUMNS: &[Column] = &[
    Column::text("key"),
    Column::text("public key"),
    Column::number("record"),
    Column::text("recorded"),
    Column::text("signs"),
    Column::text(""),
];

impl SigningKeyView<'_> {
    fn row(&self) -> Row {
        let signs = match self.last_size {
            None => "in force".to_owned(),
            Some(last) => format!("to size {last}"),
        };
        let revoked = self.revocation.as_ref();
        let told = revoked.map(ToString::to_string).or_else(|| {
            let reason = Some(self.reason).filter(|reason| !reason.is_empty());
            reason.map(|reason| format!("rotated: {}", printable(reason)))
        });
        Row {
            cells: vec![
                self.kind.to_owned(),
                self.public_key.clone(),
                self.sequence.to_string(),
                self.for_people.clone(),
                signs,
                told.unwrap_or_default(),
            ],
            paint: revoked.map(|_| Paint::Bad),
        }
    }
}

impl fmt::Display for RevocationView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, record) = (self.trusted_size, self.sequence);
        write!(f, "revoked at size {size} by record {record}")?;
        match self.reason.is_empty() {
            true => Ok(()),
            false => write!(f, ": {}", self.reason),
        }
    }
}

fn digits(text: &str) -> Result<String, String> {
    let hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hexadecimal && (DIGITS_MIN..=64).contains(&text.len()) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(format!("not {DIGITS_MIN} to 64 hexadecimal digits"))
}
