//! Who speaks for an agent that is halted: each of them is an agent under its own name, too, which that halt does not bind.

use indelible_proto::v1::{HaltAgentsRequest, HaltTarget, ListAgentsRequest, halt_target::Of};
use serde::Serialize;

use crate::cli::{
    error::{CliError, chain},
    session::Session,
    ui::table::Table,
};

/// Those who speak for an agent, and what became of them.
#[derive(Default, Serialize)]
pub(super) struct Speakers {
    /// They may still act under their own names.
    may_still_act: Vec<String>,
    /// They are halted, too.
    speakers_halted: Vec<String>,
    /// Why it is not known who they are, or why one was not halted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    speakers_unsure: Vec<String>,
}

impl Speakers {
    /// Those who speak for an agent, once it is halted. They are halted, too, if that is wanted, by as many people to resume.
    pub(super) async fn of(
        session: &Session,
        (ledger, agent): (&str, &str),
        halts: Option<u32>,
    ) -> Self {
        let mut found = Self::default();
        let speakers = match speakers(session, ledger, agent).await {
            Ok(speakers) => speakers,
            Err(error) => {
                let why = format!("who speaks for it is not known: {}", chain(&error));
                found.speakers_unsure.push(why);
                return found;
            }
        };
        for speaker in speakers {
            let Some(people) = halts else {
                found.may_still_act.push(speaker);
                continue;
            };
            match halt(session, ledger, &speaker, people).await {
                Ok(()) => found.speakers_halted.push(speaker),
                Err(error) => {
                    let why = format!("{speaker} is not halted: {}", chain(&error));
                    found.speakers_unsure.push(why);
                    found.may_still_act.push(speaker);
                }
            }
        }
        found
    }

    pub(super) fn rows(&self, table: &mut Table) {
        table.row_if("halted, too", &self.speakers_halted.join(" "));
        if !self.may_still_act.is_empty() {
            let words = format!(
                "{} (under their own names; --with-speakers halts them, too)",
                self.may_still_act.join(" ")
            );
            table.row("MAY STILL ACT", words);
        }
        for why in &self.speakers_unsure {
            table.row("not sure", why);
        }
    }

    /// Whether all that was wanted is done.
    ///
    /// # Errors
    /// If somebody who was to be halted may still act, or nobody knows.
    pub(super) fn check(&self) -> Result<(), CliError> {
        match self.speakers_unsure.as_slice() {
            [] => Ok(()),
            unsure => Err(CliError::NotAllowed(unsure.join("; "))),
        }
    }
}

async fn speakers(session: &Session, ledger: &str, agent: &str) -> Result<Vec<String>, CliError> {
    let mut client = session.connection.open_governance().await?;
    let mut after = String::new();
    loop {
        let request = session.connection.request(ListAgentsRequest {
            ledger: ledger.to_owned(),
            after,
        });
        let agents = client.list_agents(request).await?.into_inner().agents;
        let Some(last) = agents.last() else {
            return Ok(Vec::new());
        };
        after = last.agent.clone();
        if let Some(found) = agents.into_iter().find(|known| known.agent == agent) {
            return Ok(found.speakers);
        }
    }
}

async fn halt(session: &Session, ledger: &str, speaker: &str, people: u32) -> Result<(), CliError> {
    let mut client = session.connection.open_governance().await?;
    let request = session.connection.request(HaltAgentsRequest {
        ledger: ledger.to_owned(),
        target: Some(HaltTarget {
            of: Some(Of::Agent(speaker.to_owned())),
        }),
        people,
    });
    client.halt_agents(request).await?;
    Ok(())
}
