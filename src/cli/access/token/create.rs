//! `indelible token create`.

use std::{
    fmt,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_access::Presented;
use indelible_proto::v1::{
    CreateTokenRequest, RevokeTokenRequest, Token, request_approval_request::Act,
};
use serde::Serialize;
use zeroize::Zeroizing;

use super::view::TokenView;
use crate::cli::{
    approvals::two_people::TwoPeople,
    connection::AccessClient,
    error::CliError,
    session::Session,
    ui::{
        pending_file::{Inputs, Readers},
        span::seconds,
        table::Table,
    },
};

/// A file that holds a token and nothing else is shorter.
const HELD_BYTES_MAX: u64 = 1_024;

/// Make a token for a program, which shows it with --token-file
///
/// The token is shown once, and can't be shown again. You must administer every place that it is for. Whoever has a token
/// can do what it may do, so keep it in a file that only its user may read: `-o FILE` makes one.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// What it is for; the store keeps it forever, so name no person in it
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// A role, such as writer or reader; may be given several times
    #[arg(long = "role", value_name = "ROLE", required = true)]
    roles: Vec<String>,
    /// Where it has its roles: a ledger, a prefix such as pay*, or @store; may be given several times
    #[arg(long = "on", value_name = "PLACE", required = true)]
    on: Vec<String>,
    /// A source whose events it may append as writer, or a beginning such as urn:shop:*; may be given several times.
    /// Without it, events of all sources
    #[arg(long = "source", value_name = "SOURCE")]
    sources: Vec<String>,
    /// After which time it expires, such as 30d or 12h [default: 90d, or the most that the daemon allows]
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    expires: Option<u64>,
    /// Write the token to this file, which only its owner may read, and not to standard output
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    two_people: TwoPeople,
}

impl Create {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let wanted = CreateTokenRequest {
            name: self.name,
            roles: self.roles,
            on: self.on,
            sources: self.sources,
            valid_seconds: self.expires.unwrap_or_default(),
            approval_id: self.two_people.approval_id()?,
        };
        if self.two_people.asks() {
            return self
                .two_people
                .ask(session, Act::CreateToken(wanted), &[])
                .await;
        }
        // Before there is a token that nobody could write down.
        if let Some(path) = &self.out {
            session.output.check([path.as_path()], &Inputs::NONE)?;
            not_of_another_kind(path)?;
        }
        let older = self.out.as_deref().and_then(older);
        let mut client = session.connection.open_access().await?;
        let request = session.connection.request(wanted);
        let answer = client.create_token(request).await?.into_inner();
        let token = answer.token.ok_or(CliError::Answer("no token in it"))?;
        if session.connection.is_plain() {
            session.output.warn(
                "this daemon is in development mode, and the token came without encryption; outside that mode it counts only \
                 if whoever made it was asked who they are",
            );
        }
        if let Err(error) = hand_over(session, self.out.as_deref(), &token, answer.text) {
            return Err(lost(session, &mut client, &token.token_id, &error).await);
        }
        if let (Some(older), Some(path)) = (older, &self.out) {
            session.output.warn(format_args!(
                "{} held the token {older}, which is replaced there and stays valid; once nothing uses it, `indelible token \
                 revoke {older}` ends it",
                path.display()
            ));
        }
        match self.out {
            None => Ok(()),
            // The file has the token, so what is said of it may fail.
            Some(_) => session.output.answer(&Created {
                token: &token,
                text: None,
            }),
        }
    }
}

/// A token takes the place of a token, or of nothing.
fn not_of_another_kind(path: &Path) -> Result<(), CliError> {
    // Standard output and the like are written to and not replaced.
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0);
    match is_file && older(path).is_none() {
        true => Err(CliError::Usage(format!(
            "{} holds something else than a token, and is not replaced by one: name another file",
            path.display()
        ))),
        false => Ok(()),
    }
}

/// The id of the token that a file holds already; it is no secret.
fn older(path: &Path) -> Option<String> {
    let mut text = Zeroizing::new(String::new());
    let file = File::open(path).ok()?;
    file.take(HELD_BYTES_MAX).read_to_string(&mut text).ok()?;
    let held = Presented::parse(text.trim()).ok()?;
    Some(held.id().to_owned())
}

/// Writes the token where its maker wants it, to the end.
fn hand_over(
    session: &mut Session,
    out: Option<&Path>,
    token: &Token,
    text: String,
) -> Result<(), CliError> {
    let output = &mut session.output;
    if let Some(path) = out {
        let line = format!("{text}\n");
        return output.write_file(path, Readers::Owner, &Inputs::NONE, line.as_bytes());
    }
    let text = Some(text);
    output.answer(&Created { token, text })?;
    output.flush()
}

/// A token that nobody has is revoked, so that nobody can find it either.
async fn lost(
    session: &Session,
    client: &mut AccessClient,
    token_id: &str,
    error: &CliError,
) -> CliError {
    let request = session.connection.request(RevokeTokenRequest {
        token_id: token_id.to_owned(),
    });
    let revoked = client.revoke_token(request).await;
    CliError::TokenLost {
        token_id: token_id.to_owned(),
        problem: error.to_string(),
        not_revoked: revoked.err().map(|status| status.message().to_owned()),
    }
}

/// A token that was made.
struct Created<'a> {
    token: &'a Token,
    /// None where it went to a file.
    text: Option<String>,
}

impl Serialize for Created<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Form<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            token: Option<&'a str>,
            #[serde(flatten)]
            view: TokenView<'a>,
        }
        let form = Form {
            token: self.text.as_deref(),
            view: TokenView::new(self.token),
        };
        form.serialize(serializer)
    }
}

impl fmt::Display for Created<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        if let Some(text) = &self.text {
            table.row("token", text);
        }
        TokenView::new(self.token).rows(&mut table);
        table.fmt(f)
    }
}
