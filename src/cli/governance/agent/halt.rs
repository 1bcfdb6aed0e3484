//! `indelible agent halt`, `resume` and `halts`.

use std::fmt;

use clap::Args;
use indelible_proto::v1::{
    HaltAgentsRequest, HaltTarget, ListHaltsRequest, ResumeAgentsRequest, halt_target::Of,
};
use serde::Serialize;

use super::{all_ledgers, speakers::Speakers};
use crate::cli::{
    error::CliError,
    exit::Exit,
    governance::{recorded, table},
    keys::recorded::Recorded,
    privacy::caution,
    session::Session,
    ui::time,
};

/// Halt an agent, a session or everything, for every decision that comes after
#[derive(Debug, Args)]
pub(crate) struct Halt {
    #[command(flatten)]
    what: What,
    /// Let two people resume it, not one
    #[arg(long)]
    two_people: bool,
    /// Halt those who speak for the agent, too: otherwise they may go on under their own names
    #[arg(long)]
    with_speakers: bool,
}

/// Resume what is halted
#[derive(Debug, Args)]
pub(crate) struct Resume {
    #[command(flatten)]
    what: What,
}

/// List the halts in force
#[derive(Debug, Args)]
pub(crate) struct Halts {
    /// Name or origin
    ledger: String,
}

#[derive(Debug, Args)]
struct What {
    /// Name or origin
    #[arg(required_unless_present = "all_ledgers")]
    ledger: Option<String>,
    /// An agent
    #[arg(
        long,
        value_name = "NAME",
        group = "what",
        required_unless_present_any = ["session", "everything", "all_ledgers"]
    )]
    agent: Option<String>,
    /// A session
    #[arg(long, value_name = "NAME", group = "what")]
    session: Option<String>,
    /// Everything in the ledger
    #[arg(long, group = "what")]
    everything: bool,
    /// Everything in every ledger: a halt reaches those that come later, too, and `resume` ends a halt of all ledgers
    #[arg(long, group = "what", conflicts_with = "ledger")]
    all_ledgers: bool,
}

impl What {
    fn target(&self) -> Option<HaltTarget> {
        let of = match (&self.agent, &self.session) {
            (Some(agent), _) => Of::Agent(agent.clone()),
            (None, Some(session)) => Of::Session(session.clone()),
            (None, None) => Of::Everything(self.everything),
        };
        Some(HaltTarget { of: Some(of) })
    }
}

impl Halt {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let people = if self.two_people { 2 } else { 1 };
        if self.with_speakers && self.what.agent.is_none() {
            let problem = "--with-speakers is for --agent; a session or everything has none";
            return Err(CliError::Usage(problem.to_owned()));
        }
        if self.what.all_ledgers {
            return all_ledgers::halt(session, people).await;
        }
        let mut client = session.connection.open_governance().await?;
        let ledger = self.what.ledger.clone().unwrap_or_default();
        let request = session.connection.request(HaltAgentsRequest {
            target: self.what.target(),
            ledger: ledger.clone(),
            people,
        });
        let answer = client.halt_agents(request).await?.into_inner();
        let speakers = match &self.what.agent {
            Some(agent) => {
                let halts = self.with_speakers.then_some(people);
                Speakers::of(session, (&ledger, agent), halts).await
            }
            None => Speakers::default(),
        };
        let halted = Halted {
            open_decisions: answer.open_decisions,
            recorded: recorded(answer.place),
            speakers,
        };
        session.output.answer(&halted)?;
        match self.with_speakers {
            true => halted.speakers.check(),
            false => Ok(()),
        }
    }
}

#[derive(Serialize)]
struct Halted {
    open_decisions: Vec<u64>,
    #[serde(flatten)]
    recorded: Recorded,
    #[serde(flatten)]
    speakers: Speakers,
}

impl fmt::Display for Halted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open: Vec<_> = self.open_decisions.iter().map(u64::to_string).collect();
        table(f, |table| {
            table.row_if("not completed", &open.join(" "));
            self.recorded.rows(table);
            self.speakers.rows(table);
        })
    }
}

impl Resume {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        if self.what.all_ledgers {
            return all_ledgers::resume(session).await;
        }
        let mut client = session.connection.open_governance().await?;
        let request = session.connection.request(ResumeAgentsRequest {
            target: self.what.target(),
            ledger: self.what.ledger.unwrap_or_default(),
        });
        let answer = client.resume_agents(request).await?.into_inner();
        session.output.answer(&Resumed {
            resumed: answer.resumed,
            recorded: recorded(answer.place),
        })
    }
}

#[derive(Serialize)]
struct Resumed {
    resumed: bool,
    #[serde(flatten)]
    recorded: Recorded,
}

impl fmt::Display for Resumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, |table| {
            table.row(
                "resumed",
                match self.resumed {
                    true => "yes",
                    false => "not yet: a second person must resume it, too",
                },
            );
            self.recorded.rows(table);
        })
    }
}

impl Halts {
    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut client = session.connection.open_governance().await?;
        let request = ListHaltsRequest {
            ledger: self.ledger.clone(),
        };
        let request = session.connection.request(request);
        let answer = client.list_halts(request).await?.into_inner();
        let is_empty = answer.halts.is_empty();
        for halt in answer.halts {
            let target = halt.target.unwrap_or_default();
            session.output.item(&HaltView {
                of: match target.of {
                    Some(Of::Agent(agent)) => format!("the agent {agent}"),
                    Some(Of::Session(session)) => format!("the session {session}"),
                    Some(Of::Everything(_)) | None => "everything".to_owned(),
                },
                by: halt.by,
                since: halt
                    .since
                    .map(|since| time::to_text(Some(&since)))
                    .unwrap_or_default(),
                people: halt.people,
                resumed_by: halt.resumed_by,
                from_beginning: halt.from_beginning,
            })?;
        }
        let may_lack = caution::warn(session, &self.ledger).await?;
        if answer.all_halt_unread {
            return Err(CliError::Serve {
                exit: Exit::Unavailable,
                problem: "it is not known whether all ledgers are halted: the daemon could not read that in _system yet. `indelible status` \
                          says whether _system is in quarantine; otherwise ask again"
                    .to_owned(),
            });
        }
        if answer.goes_on_alone {
            session.output.remark(GOES_ON_ALONE);
        } else if is_empty {
            session.output.remark(match may_lack {
                true => "nothing is known to be halted",
                false => "nothing is halted",
            });
        }
        Ok(())
    }
}

/// What is said of a ledger that is not halted while all are halted.
const GOES_ON_ALONE: &str = "all ledgers are halted, and this one is not: somebody resumed it alone, or the halt did not \
                             reach it; `indelible status` shows that halt";

#[derive(Serialize)]
struct HaltView {
    of: String,
    by: String,
    since: String,
    /// How many must say that it may go on; 0 if an older daemon does not tell.
    people: u32,
    resumed_by: String,
    /// Nothing has been decided yet, and the first to ask finds it halted.
    from_beginning: bool,
}

impl fmt::Display for HaltView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A halt that is on record is told as the last one who repeated it left it.
        let when = match self.from_beginning {
            true => "since",
            false => "last halted",
        };
        table(f, |table| {
            table
                .row("halted", &self.of)
                .row("by", &self.by)
                .row_if(when, &self.since);
            if self.people > 1 {
                table.row("to resume", format_args!("{} people", self.people));
            }
            table.row_if("resumed by", &self.resumed_by);
            if self.from_beginning {
                table.row(
                    "begins",
                    "halted: nothing has been decided in the ledger yet",
                );
            }
        })
    }
}
