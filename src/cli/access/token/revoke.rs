//! `indelible token revoke`.

use std::fmt;

use clap::Args;
use indelible_proto::v1::RevokeTokenRequest;
use serde::Serialize;

use crate::cli::{
    error::CliError,
    session::Session,
    ui::{table::Table, time},
};

/// Revoke a token: no call with it is let in any more, and its open streams end
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The id of the token, as `token list` shows it
    #[arg(value_name = "ID", value_parser = id)]
    id: String,
}

/// A token is a secret, and other users of this machine can see the command line.
fn id(text: &str) -> Result<String, String> {
    let id = text.strip_prefix("token:").unwrap_or(text);
    match id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        true => Ok(id.to_owned()),
        false => Err(
            "the id of a token has eight letters and digits, as `token list` shows it; never write the token itself here"
                .to_owned(),
        ),
    }
}

impl Revoke {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_access().await?;
        let request = session.connection.request(RevokeTokenRequest {
            token_id: self.id.clone(),
        });
        let answer = client.revoke_token(request).await?.into_inner();
        session.output.answer(&Revoked {
            token_id: self.id,
            sequence: answer.sequence,
            recorded_time: time::to_text(answer.recorded_time.as_ref()),
        })
    }
}

/// A token that was revoked, and by which record of _system.
#[derive(Serialize)]
struct Revoked {
    token_id: String,
    sequence: u64,
    recorded_time: String,
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table.row("revoked", &self.token_id);
        table
            .row("sequence", self.sequence)
            .row("recorded", &self.recorded_time);
        table.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_and_a_token_never() {
        assert_eq!(id("4Kd02Lmx").as_deref(), Ok("4Kd02Lmx"));
        assert_eq!(id("token:4Kd02Lmx").as_deref(), Ok("4Kd02Lmx"));
        for wrong in [
            "",
            "4Kd02Lm",
            "4Kd02Lm-",
            "idlt_AqV17qcMXcytfTeb0Mpq4fSrALgbCdh9hRqtpYG40X2Zmp",
        ] {
            assert!(
                id(wrong).is_err_and(|said| !said.contains("Xcyt")),
                "{wrong}"
            );
        }
    }
}
