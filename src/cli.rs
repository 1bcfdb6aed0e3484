//! The commands. All but `serve` talk to a daemon, over gRPC, like any other client.

mod about;
mod access;
mod approvals;
mod backup;
mod compliance;
mod connection;
mod context;
mod contexts;
mod daemon;
pub mod error;
mod events;
mod evidence;
pub mod exit;
pub mod failed;
mod governance;
mod import;
mod keys;
mod privacy;
mod retention;
mod session;
mod ui;

use std::time::Duration;

use clap::{CommandFactory as _, Parser, Subcommand};

use self::{
    about::Asked,
    access::{AccessCommand, token::TokenCommand},
    approvals::RequestCommand,
    backup::BackupCommand,
    compliance::{frameworks::Frameworks, projection::ProjectionCommand, report::Report},
    connection::{Connection, Settled, Where},
    context::ContextCommand,
    daemon::{
        bench::Bench, clock::ClockCommand, config::ConfigCommand, doctor::Doctor,
        ledger::LedgerCommand, serve::Serve, status::Status, system::SystemCommand,
        upgrade::UpgradeCommand,
    },
    error::CliError,
    events::{
        append::Append, decrypt::Decrypt, export_events::ExportEvents, get::Get, list::List,
        tail::Tail,
    },
    evidence::{
        checkpoint::Checkpoint, consistency::Consistency, export::Export, receipt::Receipt,
        verify::Verify,
    },
    failed::{Failed, warnings_of_success},
    governance::{
        agent::AgentCommand, budgets::BudgetsCommand, decide::Decide, decision::DecisionCommand,
        overrides::OverrideCommand, policy::PolicyCommand, proposals::ProposalCommand,
        replay::Replay,
    },
    import::Import,
    keys::{
        KeysCommand, erase::Erase, erasures::Erasures, hold::HoldCommand, producer::ProducerCommand,
    },
    privacy::{certificate::Certificate, data_subject::SubjectCommand},
    retention::RetentionCommand,
    session::Session,
    ui::{
        completions::Completions,
        man::Man,
        output::{Form, Output, Shown},
        paint::Color,
    },
};

/// How long a call may take unless it is said otherwise.
const TIMEOUT_SECONDS: u64 = 30;
/// Threads for the network; a command itself is one.
const WORKER_THREADS: usize = 2;

/// An event-sourced audit ledger: hash-chained, signed and durable before it is acknowledged.
///
/// A daemon (`indelible serve`) holds the ledgers; every other command talks to it. `indelible-verify`
/// checks the daemon's answers offline, without trusting the daemon.
#[derive(Debug, Parser)]
#[command(name = "indelible", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    place: Where,
    /// How results are written
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        help_heading = "Everywhere"
    )]
    output: Form,
    /// Write nothing but errors to standard error
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    quiet: bool,
    /// When colours are used
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        help_heading = "Everywhere"
    )]
    color: Color,
    /// Show long text at once, and not page by page with $PAGER
    #[arg(long, global = true, help_heading = "Everywhere")]
    no_pager: bool,
    /// How long one call may take
    #[arg(
        long,
        global = true,
        value_name = "SECONDS",
        default_value_t = TIMEOUT_SECONDS,
        value_parser = clap::value_parser!(u64).range(1..=86_400),
        help_heading = "Everywhere"
    )]
    timeout: u64,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Serve),
    #[command(subcommand)]
    Config(ConfigCommand),
    Doctor(Box<Doctor>),
    #[command(subcommand)]
    Ledger(LedgerCommand),
    Append(Box<Append>),
    #[command(subcommand)]
    Import(Import),
    Get(Get),
    List(List),
    Tail(Tail),
    Receipt(Receipt),
    Checkpoint(Checkpoint),
    Consistency(Consistency),
    Verify(Verify),
    Report(Box<Report>),
    Frameworks(Frameworks),
    #[command(subcommand)]
    Projection(ProjectionCommand),
    Export(Export),
    ExportEvents(ExportEvents),
    Decrypt(Decrypt),
    Erase(Erase),
    Erasures(Erasures),
    Certificate(Certificate),
    #[command(subcommand)]
    Subject(SubjectCommand),
    #[command(subcommand)]
    Hold(HoldCommand),
    #[command(subcommand)]
    Retention(RetentionCommand),
    #[command(subcommand)]
    Keys(KeysCommand),
    #[command(subcommand)]
    Producer(ProducerCommand),
    Status(Status),
    #[command(subcommand)]
    Access(AccessCommand),
    #[command(subcommand)]
    Token(TokenCommand),
    #[command(subcommand)]
    Request(RequestCommand),
    #[command(subcommand)]
    System(SystemCommand),
    #[command(subcommand)]
    Upgrade(UpgradeCommand),
    #[command(subcommand)]
    Context(ContextCommand),
    #[command(subcommand)]
    Clock(ClockCommand),
    #[command(subcommand)]
    Backup(BackupCommand),
    #[command(subcommand)]
    Policy(PolicyCommand),
    Decide(Decide),
    #[command(subcommand)]
    Decision(DecisionCommand),
    #[command(subcommand)]
    Budgets(BudgetsCommand),
    #[command(subcommand)]
    Agent(AgentCommand),
    #[command(subcommand)]
    Override(OverrideCommand),
    #[command(subcommand)]
    Proposal(ProposalCommand),
    Replay(Replay),
    Bench(Bench),
    Completions(Completions),
    Man(Man),
}

impl Command {
    /// Whether it needs a daemon, or may.
    fn calls_a_daemon(&self) -> bool {
        match self {
            Self::Access(command) => command.calls_a_daemon(),
            Self::Backup(command) => command.calls_a_daemon(),
            Self::Keys(command) => command.calls_a_daemon(),
            Self::Policy(command) => command.calls_a_daemon(),
            Self::Serve(_)
            | Self::Config(_)
            | Self::System(_)
            | Self::Upgrade(_)
            | Self::Context(_)
            | Self::Frameworks(_)
            | Self::Replay(_)
            | Self::Completions(_)
            | Self::Man(_) => false,
            _ => true,
        }
    }

    /// Whether its result may be long, and is there at once.
    fn is_for_reading(&self) -> bool {
        if let Self::Request(command) = self {
            return command.is_for_reading();
        }
        matches!(
            self,
            Self::Get(_)
                | Self::List(_)
                | Self::Report(_)
                | Self::Frameworks(_)
                | Self::Projection(_)
                | Self::Erasures(_)
                | Self::Certificate(_)
                | Self::Subject(_)
                | Self::Hold(_)
                | Self::Retention(_)
                | Self::Ledger(_)
                | Self::Keys(_)
                | Self::Producer(_)
                | Self::Status(_)
                | Self::Token(TokenCommand::List(_))
        )
    }
}

impl Cli {
    /// Whether results, and so errors, are for programs.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.output == Form::Json
    }

    /// Whether it is the daemon.
    #[must_use]
    pub fn serves(&self) -> bool {
        matches!(self.command, Command::Serve(_))
    }

    /// Does what the command line says.
    ///
    /// # Errors
    ///
    /// What kept it from being done; the exit code is the error's.
    pub fn run(self) -> Result<(), Failed> {
        let deadline = Duration::from_secs(self.timeout);
        let shown = Shown {
            color: self.color,
            pages: !self.no_pager && self.command.is_for_reading(),
        };
        let options = self.place.clone();
        let place = match self.command.calls_a_daemon() {
            true => self.place.in_context()?,
            false => Settled::default(),
        };
        let mut output = Output::standard(self.output, self.quiet, shown);
        place
            .warnings
            .iter()
            .for_each(|warning| output.warn(warning));
        let connection = Connection::new(place, deadline);
        output.keep(connection.files());
        output.keep(contexts::path().as_deref());
        connection
            .warning()
            .iter()
            .for_each(|warning| output.warn(warning));
        let mut session = Session { connection, output };
        let done = match self.command {
            Command::Serve(command) => command.run(&mut session),
            Command::Config(command) => command.run(&mut session),
            Command::System(command) => command.run(&mut session),
            Command::Upgrade(command) => command.run(&mut session),
            Command::Context(command) => command.run(&options, &mut session),
            Command::Frameworks(command) => command.run(&mut session),
            Command::Completions(command) => command.run(Self::command(), &mut session.output),
            Command::Man(command) => command.run(Self::command(), &mut session.output),
            command => call(command, &mut session),
        };
        let done = done.map_err(|error| named(session.connection.explain(error)));
        // What was found before a failure is shown all the same.
        let finished = session.output.finish();
        let warnings = session.output.take_warnings();
        match done.and(finished) {
            Ok(()) => {
                let told = warnings_of_success(&warnings);
                if !told.is_empty() {
                    session.output.remark(told);
                }
                Ok(())
            }
            Err(error) => Err(Failed { error, warnings }),
        }
    }
}

/// Where the caller may not do something, the error says which command it was, and what that is about.
fn named(error: CliError) -> CliError {
    let told = error.denied().and_then(|refused| {
        let asked = Asked::on_the_command_line(Cli::command())?;
        Some(asked.told(Some(refused)))
    });
    match told {
        Some(told) => error.of_command(told),
        None => error,
    }
}

fn call(command: Command, session: &mut Session) -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKER_THREADS)
        .enable_all()
        .build()
        .map_err(|source| CliError::System {
            doing: "can't start",
            source,
        })?;
    runtime.block_on(async {
        match command {
            Command::Ledger(command) => command.run(session).await,
            Command::Append(command) => command.run(session).await,
            Command::Import(command) => command.run(session).await,
            Command::Get(command) => command.run(session).await,
            Command::List(command) => command.run(session).await,
            Command::Tail(command) => command.run(session).await,
            Command::Receipt(command) => command.run(session).await,
            Command::Checkpoint(command) => command.run(session).await,
            Command::Consistency(command) => command.run(session).await,
            Command::Verify(command) => command.run(session).await,
            Command::Report(command) => command.run(session).await,
            Command::Projection(command) => command.run(session).await,
            Command::Export(command) => command.run(session).await,
            Command::ExportEvents(command) => command.run(session).await,
            Command::Decrypt(command) => command.run(session).await,
            Command::Erase(command) => command.run(session).await,
            Command::Erasures(command) => command.run(session).await,
            Command::Certificate(command) => command.run(session).await,
            Command::Subject(command) => command.run(session).await,
            Command::Hold(command) => command.run(session).await,
            Command::Retention(command) => command.run(session).await,
            Command::Keys(command) => command.run(session).await,
            Command::Producer(command) => command.run(session).await,
            Command::Status(command) => command.run(session).await,
            Command::Clock(command) => command.run(session).await,
            Command::Doctor(command) => command.run(session).await,
            Command::Backup(command) => command.run(session).await,
            Command::Policy(command) => command.run(session).await,
            Command::Decide(command) => command.run(session).await,
            Command::Decision(command) => command.run(session).await,
            Command::Budgets(command) => command.run(session).await,
            Command::Agent(command) => command.run(session).await,
            Command::Override(command) => command.run(session).await,
            Command::Proposal(command) => command.run(session).await,
            Command::Replay(command) => command.run(session),
            Command::Bench(command) => command.run(session).await,
            Command::Serve(command) => command.run(session),
            Command::Config(command) => command.run(session),
            Command::Access(command) => command.run(session).await,
            Command::Token(command) => command.run(session).await,
            Command::Request(command) => command.run(session).await,
            Command::System(command) => command.run(session),
            Command::Upgrade(command) => command.run(session),
            Command::Context(command) => command.run(&Where::default(), session),
            Command::Frameworks(command) => command.run(session),
            Command::Completions(command) => command.run(Cli::command(), &mut session.output),
            Command::Man(command) => command.run(Cli::command(), &mut session.output),
        }
    })
}

#[cfg(test)]
mod tests;
