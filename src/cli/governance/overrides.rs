//! `indelible override`: overrides of gates that failed.

use std::{fmt, path::PathBuf};

use clap::{Args, Subcommand};
use indelible_governance::{digest::Digest, record::override_bytes};
use indelible_interchange::hex;
use indelible_proto::v1::{
    ListOverridesRequest, Override, RegisterOverrideSignerRequest, RejectOverrideRequest,
    RequestOverrideRequest, SignOverrideRequest,
};
use serde::Serialize;

use super::{recorded, table};
use crate::cli::{
    error::CliError,
    keys::recorded::Recorded,
    session::Session,
    ui::{confirm, key_file, table::printable, time},
};

/// Override gates that failed: two people sign for one act
#[derive(Debug, Subcommand)]
pub(crate) enum OverrideCommand {
    Request(Request),
    Sign(Sign),
    Reject(Reject),
    List(List),
    Signer(Signer),
    Signers(Signers),
}

/// Ask for an override of gates that failed, of exactly one act
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// Name or origin
    ledger: String,
    /// The digest of the act: 64 hexadecimal digits, as the decision has it
    #[arg(long, value_name = "HEX")]
    act: String,
    /// A gate that failed; may be given several times
    #[arg(long, value_name = "GATE", required = true)]
    gate: Vec<String>,
    /// Why it should be done all the same
    #[arg(long, value_name = "TEXT")]
    justification: String,
    /// The name of the proposal, if it has one
    #[arg(long, value_name = "NAME")]
    proposal: Option<String>,
}

/// Sign an override with your own key
///
/// Shows what is asked and why, and signs once you have typed "sign". Whoever asked can't sign; the second signer is another
/// person in the other role.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// Name or origin
    ledger: String,
    /// The number of the override
    number: u64,
    /// Your private key (Ed25519, PKCS#8, PEM), which only you may read
    #[arg(long, value_name = "KEYFILE")]
    key: PathBuf,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

/// Reject an override
#[derive(Debug, Args)]
pub(crate) struct Reject {
    /// Name or origin
    ledger: String,
    /// The number of the override
    number: u64,
}

/// List overrides that are open, or ended within a day
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Name or origin
    ledger: String,
}

/// Say in which role and with which key somebody may sign
#[derive(Debug, Args)]
pub(crate) struct Signer {
    /// Name or origin
    ledger: String,
    /// The principal
    signer: String,
    /// risk_lead or security_lead
    #[arg(
        long,
        value_name = "ROLE",
        required_unless_present = "remove",
        requires = "public_key"
    )]
    role: Option<String>,
    /// The Ed25519 public key: 64 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    public_key: Option<String>,
    /// Strike the principal off: it may not sign any more
    #[arg(long, conflicts_with_all = ["role", "public_key"])]
    remove: bool,
}

/// List those who may sign
#[derive(Debug, Args)]
pub(crate) struct Signers {
    /// Name or origin
    ledger: String,
}

impl OverrideCommand {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::Request(command) => command.run(session).await,
            Self::Sign(command) => command.run(session).await,
            Self::Reject(command) => command.run(session).await,
            Self::List(command) => command.run(session).await,
            Self::Signer(command) => command.run(session).await,
            Self::Signers(command) => command.run(session).await,
        }
    }
}

#[derive(Serialize)]
struct Asked {
    #[serde(rename = "override")]
    number: u64,
    message_digest: String,
    #[serde(flatten)]
    recorded: Recorded,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row("override", self.number)
                .row("message", &self.message_digest);
            self.recorded.rows(table);
        })
    }
}

impl Request {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(RequestOverrideRequest {
            ledger: self.ledger,
            act_digest: self.act,
            proposal: self.proposal.unwrap_or_default(),
            justification: self.justification,
            failed_gates: self.gate,
        });
        let answer = client.request_override(request).await?.into_inner();
        let place = answer.place;
        session.output.answer(&Asked {
            number: place
                .as_ref()
                .map(|place| place.sequence)
                .unwrap_or_default(),
            message_digest: answer.message_digest,
            recorded: recorded(place),
        })
    }
}

#[derive(Serialize)]
struct Signed {
    state: String,
    #[serde(flatten)]
    recorded: Recorded,
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table.row("state", &self.state);
            self.recorded.rows(table);
        })
    }
}

impl Sign {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let key = key_file::read(&self.key)?;
        let asked = one(session, &self.ledger, self.number).await?;
        // What is signed is the digest of what was shown, whatever the daemon says that it is.
        let message = Digest::of(asked.message.as_bytes());
        if !self.yes {
            let view = View::of(asked);
            let question =
                format!("{view}\n\nThis signs for the act above, whatever its gates say.");
            confirm::word(&mut session.output, &printable(&question), "sign")?;
        }
        let signature = key.sign_bytes(&override_bytes(&message));
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(SignOverrideRequest {
            ledger: self.ledger,
            r#override: self.number,
            message_digest: message.to_string(),
            signature: signature.to_vec().into(),
        });
        let answer = client.sign_override(request).await?.into_inner();
        session.output.answer(&Signed {
            state: answer.state,
            recorded: recorded(answer.place),
        })
    }
}

impl Reject {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(RejectOverrideRequest {
            ledger: self.ledger,
            r#override: self.number,
        });
        let answer = client.reject_override(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
    }
}

/// The override of a number.
async fn one(session: &mut Session, ledger: &str, number: u64) -> Result<Override, CliError> {
    let mut client = session.connection.open_governance().await?;
    let request = session.connection.request(ListOverridesRequest {
        ledger: ledger.to_owned(),
        after: number.saturating_sub(1),
    });
    let answer = client.list_overrides(request).await?.into_inner();
    let mut overrides = answer.overrides.into_iter();
    let found = overrides.find(|one| one.r#override == number);
    found.ok_or_else(|| {
        CliError::Usage(format!(
            "there is no override {number}, or it ended more than a day ago; `override list` shows which there are"
        ))
    })
}

impl List {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let mut after = 0;
        loop {
            let request = session.connection.request(ListOverridesRequest {
                ledger: self.ledger.clone(),
                after,
            });
            let answer = client.list_overrides(request).await?.into_inner();
            let Some(last) = answer.overrides.last() else {
                return Ok(());
            };
            after = last.r#override;
            for one in answer.overrides {
                session.output.item(&View::of(one))?;
            }
        }
    }
}

#[derive(Serialize)]
struct View {
    #[serde(rename = "override")]
    number: u64,
    state: String,
    act_digest: String,
    proposal: String,
    justification: String,
    failed_gates: Vec<String>,
    requested_by: String,
    request_time: String,
    expire_time: String,
    message: String,
    message_digest: String,
    signatures: Vec<(String, String)>,
    #[serde(skip)]
    expires: String,
}

impl View {
    fn of(one: Override) -> Self {
        let signatures = one.signatures.into_iter();
        Self {
            number: one.r#override,
            state: one.state,
            act_digest: one.act_digest,
            proposal: one.proposal,
            justification: one.justification,
            failed_gates: one.failed_gates,
            requested_by: one.requested_by,
            request_time: time::to_text(one.request_time.as_ref()),
            expire_time: time::to_text(one.expire_time.as_ref()),
            message: one.message,
            message_digest: one.message_digest,
            signatures: signatures.map(|one| (one.role, one.signer)).collect(),
            expires: time::for_people(one.expire_time.as_ref()),
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row("override", self.number)
                .row("state", &self.state)
                .row("act", &self.act_digest)
                .row_if("proposal", &self.proposal)
                .row("gates", self.failed_gates.join(" "))
                .row("because", &self.justification)
                .row("asked by", &self.requested_by)
                .row("expires at", &self.expires);
            for (role, signer) in &self.signatures {
                table.row("signed by", format!("{signer} ({role})"));
            }
        })
    }
}

impl Signer {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let key = self.public_key.unwrap_or_default();
        let public_key = hex::decode(&key).ok_or_else(|| {
            CliError::Usage("--public-key must be 64 hexadecimal digits".to_owned())
        })?;
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(RegisterOverrideSignerRequest {
            ledger: self.ledger,
            signer: self.signer,
            role: self.role.unwrap_or_default(),
            public_key: public_key.to_vec().into(),
        });
        let answer = client.register_override_signer(request).await?.into_inner();
        session.output.answer(&recorded(answer.place))
    }
}

#[derive(Serialize)]
struct SignerView {
    signer: String,
    role: String,
    public_key: String,
}

impl fmt::Display for SignerView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table
                .row("signer", &self.signer)
                .row("role", &self.role)
                .row("public key", &self.public_key);
        })
    }
}

impl Signers {
    async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(ListOverridesRequest {
            ledger: self.ledger,
            after: 0,
        });
        let answer = client.list_overrides(request).await?.into_inner();
        for one in answer.signers {
            session.output.item(&SignerView {
                signer: one.signer,
                role: one.role,
                public_key: one.public_key,
            })?;
        }
        Ok(())
    }
}
