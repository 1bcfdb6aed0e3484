//! `indelible context`: daemons by name, with what a client shows them.

use std::fmt;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::{
    connection::Where,
    contexts::{Context, Contexts},
    error::CliError,
    session::Session,
    ui::table::Table,
};

/// Name daemons, and choose the one that commands talk to
///
/// Contexts are in indelible/contexts.json below XDG_CONFIG_HOME, or below ~/.config.
#[derive(Debug, Subcommand)]
pub(crate) enum ContextCommand {
    List(List),
    Use(Use),
    Set(Set),
    Remove(Remove),
    Show(Show),
}

/// List the contexts
#[derive(Debug, Args)]
pub(crate) struct List {}

/// Choose the context that commands use from now on
#[derive(Debug, Args)]
pub(crate) struct Use {
    /// Its name
    name: String,
}

/// Make a context, or change one: with --address, --ca, --cert, --cert-key and --token-file; what is not given stays as it was
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Its name
    name: String,
}

/// Remove a context; the files that it names stay
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Its name
    name: String,
}

/// Show one context
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Its name [default: the one that is in use]
    name: Option<String>,
}

impl ContextCommand {
    /// `place` is what the options say.
    pub(crate) fn run(self, place: &Where, session: &mut Session) -> Result<(), CliError> {
        match self {
            Self::List(List {}) => list(session),
            Self::Use(command) => command.run(session),
            Self::Set(command) => command.run(place, session),
            Self::Remove(command) => command.run(session),
            Self::Show(command) => command.run(place, session),
        }
    }
}

fn list(session: &mut Session) -> Result<(), CliError> {
    let contexts = Contexts::load()?;
    let mut is_empty = true;
    for (name, context) in contexts.all() {
        is_empty = false;
        session.output.item(&ContextView {
            name,
            is_in_use: contexts.in_use() == Some(name),
            context,
        })?;
    }
    if is_empty && !session.output.is_json() {
        session
            .output
            .remark("no context; `indelible context set NAME --address URL` makes one");
    }
    Ok(())
}

impl Use {
    fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut contexts = Contexts::load()?;
        contexts.choose(&self.name)?;
        contexts.save()?;
        shown(&contexts, &self.name, session)
    }
}

impl Set {
    fn run(self, place: &Where, session: &mut Session) -> Result<(), CliError> {
        let mut contexts = Contexts::load()?;
        contexts.set(&self.name, place.named())?;
        contexts.save()?;
        shown(&contexts, &self.name, session)
    }
}

impl Remove {
    fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut contexts = Contexts::load()?;
        let was_in_use = contexts.in_use() == Some(self.name.as_str());
        contexts.remove(&self.name)?;
        contexts.save()?;
        let name = &self.name;
        session.output.remark(match was_in_use {
            false => format!("context {name} is removed"),
            true => format!(
                "context {name} is removed, and no context is in use now: commands go to INDELIBLE_ADDRESS, or to this machine's \
                 socket, until `indelible context use NAME` chooses another one"
            ),
        });
        Ok(())
    }
}

impl Show {
    fn run(self, place: &Where, session: &mut Session) -> Result<(), CliError> {
        let contexts = Contexts::load()?;
        let chosen = self.name.or_else(|| place.chosen_context());
        let name = chosen.or_else(|| contexts.in_use().map(str::to_owned));
        let name = name.ok_or_else(|| {
            let problem = "no context is in use; choose one with `indelible context use NAME`";
            CliError::Usage(problem.to_owned())
        })?;
        shown(&contexts, &name, session)
    }
}

fn shown(contexts: &Contexts, name: &str, session: &mut Session) -> Result<(), CliError> {
    session.output.answer(&ContextDetails(ContextView {
        name,
        is_in_use: contexts.in_use() == Some(name),
        context: contexts.get(name)?,
    }))
}

/// One context, in a line for people.
#[derive(Serialize)]
struct ContextView<'a> {
    name: &'a str,
    is_in_use: bool,
    #[serde(flatten)]
    context: &'a Context,
}

impl fmt::Display for ContextView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_in_use { '*' } else { ' ' };
        write!(f, "{mark} {}  {}", self.name, self.context.address)
    }
}

/// The same with all that there is.
#[derive(Serialize)]
#[serde(transparent)]
struct ContextDetails<'a>(ContextView<'a>);

impl fmt::Display for ContextDetails<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ContextView {
            name,
            is_in_use,
            context,
        } = &self.0;
        let mut table = Table::default();
        table.row("context", name);
        table.row("in use", if *is_in_use { "yes" } else { "no" });
        table.row("address", &context.address);
        let files = [
            ("authorities", &context.ca),
            ("certificate", &context.cert),
            ("key", &context.cert_key),
            ("token", &context.token_file),
        ];
        for (what, file) in files {
            if let Some(file) = file {
                table.row(what, file.display());
            }
        }
        write!(f, "{table}")
    }
}
