//! `indelible import aigc` and `indelible import codeatelier`: artifacts that are checked on the way in.

use std::{
    fs::File,
    io::{BufReader, Read as _},
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_interchange::import::{
    aigc::Aigc,
    checked::{Checker, FileVerdict, Keyring, Verdict},
    codeatelier::{CodeAtelier, SECRET_BYTES_MIN, SECRET_DISTINCT_BYTES_MIN, SigningKeys},
};
use serde::Serialize;
use tokio::sync::mpsc::Receiver;
use zeroize::Zeroizing;

use crate::cli::{
    connection::Client,
    error::CliError,
    events::{
        event_view::EventView,
        reading::{Incoming, RefusedRecord},
        upload::{Tally, Upload},
    },
    import::checking::{self, Reread},
    session::Session,
    ui::{
        output::Output,
        progress::{Progress, Unit},
        source::Rereadable,
    },
};

/// A key file is read no further than this; what is longer is not a key.
const KEY_FILE_BYTES_READ: u64 = 65 * 1024;

/// What is imported, and where to.
#[derive(Debug, Args)]
pub(crate) struct CheckedInput {
    /// Name or origin
    ledger: String,
    /// The files, packed with gzip or not: one object a line, or one JSON array. They are checked in this order, as
    /// one whole, before anything is imported. `-` is standard input, which is kept in an unnamed temporary file meanwhile
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Import nothing unless everything is verified
    #[arg(long)]
    require_verified: bool,
    /// Do not stop at a record that is refused
    #[arg(long)]
    keep_going: bool,
    /// Show the verdicts and the events as JSON, and append nothing
    #[arg(long)]
    dry_run: bool,
}

/// AIGC's audit artifacts.
#[derive(Debug, Args)]
pub(crate) struct ImportAigc {
    #[command(flatten)]
    input: CheckedInput,
    /// File with the HMAC key of the signatures; may be given several times
    ///
    /// The key is the file's text without the line break, or its bytes. Without a key, nothing is called verified.
    #[arg(long = "hmac-key-file", value_name = "FILE")]
    keys: Vec<PathBuf>,
    /// The AI system whose decisions these are; the artifacts do not name it
    #[arg(long, default_value = "aigc")]
    system: String,
}

/// Code Atelier's audit rows.
#[derive(Debug, Args)]
pub(crate) struct ImportCodeAtelier {
    #[command(flatten)]
    input: CheckedInput,
    /// File with the secret of the HMACs; once for each secret that was ever in force
    ///
    /// Without a secret, nothing is called verified, and no HMAC is called broken.
    #[arg(long = "hmac-secret-file", value_name = "FILE")]
    secrets: Vec<PathBuf>,
    /// File with the agents' public keys and their revocations, as rows of their tables
    #[arg(long, value_name = "FILE")]
    signing_keys: Option<PathBuf>,
}

impl ImportAigc {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut keys = Keyring::default();
        for path in &self.keys {
            add_key(&mut keys, path, 0, 0, false)?;
        }
        run(self.input, Box::new(Aigc::new(keys, self.system)), session).await
    }
}

impl ImportCodeAtelier {
    pub(crate) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let mut keys = Keyring::default();
        for path in &self.secrets {
            let distinct = SECRET_DISTINCT_BYTES_MIN;
            add_key(&mut keys, path, SECRET_BYTES_MIN, distinct, true)?;
        }
        let signing_keys = match &self.signing_keys {
            None => SigningKeys::default(),
            Some(path) => {
                let file = File::open(path).map_err(|source| CliError::file(path, source))?;
                SigningKeys::read(BufReader::new(file))
                    .map_err(|problem| unusable(path, problem))?
            }
        };
        let checker = CodeAtelier::new(keys, signing_keys);
        run(self.input, Box::new(checker), session).await
    }
}

fn add_key(
    keys: &mut Keyring,
    path: &Path,
    bytes_min: usize,
    distinct_min: usize,
    with_base64: bool,
) -> Result<(), CliError> {
    let mut content = Zeroizing::new(Vec::new());
    File::open(path)
        .and_then(|file| file.take(KEY_FILE_BYTES_READ).read_to_end(&mut content))
        .map_err(|source| CliError::file(path, source))?;
    keys.add(&content, bytes_min, distinct_min, with_base64)
        .map_err(|problem| unusable(path, problem))
}

fn unusable(path: &Path, problem: impl std::fmt::Display) -> CliError {
    CliError::Input {
        name: path.display().to_string(),
        problem: problem.to_string(),
    }
}

async fn run(
    input: CheckedInput,
    mut checker: Box<dyn Checker>,
    session: &mut Session,
) -> Result<(), CliError> {
    let standard = input.files.iter().filter(|path| path.as_os_str() == "-");
    if standard.count() > 1 {
        let problem = "standard input can be read only once: give `-` once";
        return Err(CliError::Usage(problem.to_owned()));
    }
    let files = input.files.iter().map(|path| Rereadable::new(path));
    let files: Vec<_> = files.collect::<Result<_, _>>()?;
    let mut progress = Progress::new(&session.output, "checking", Unit::Records);
    let checked = checking::verdicts(&files, &mut *checker, input.keep_going, &mut progress);
    progress.clear();
    drop(progress);
    let mut outcomes: Vec<Outcome> = files
        .iter()
        .zip(checked?)
        .map(|(file, verdict)| Outcome::new(file.path(), verdict))
        .collect();
    if input.require_verified
        && let Some(failed) = not_verified(&outcomes)
    {
        report(&mut session.output, &outcomes)?;
        return Err(failed);
    }
    let mut checker = checker.afresh();
    let client = if input.dry_run {
        None
    } else {
        Some(session.connection.open().await?)
    };
    let mut done = Ok(());
    for (number, (file, outcome)) in (0..).zip(files.iter().zip(&mut outcomes)) {
        let (incoming, thread) = checking::start(file, number, &outcome.verdict, checker)?;
        done = match &client {
            None => show(&mut session.output, incoming, input.keep_going, outcome).await,
            Some(client) => append(&input, client.clone(), session, incoming, outcome).await,
        };
        let Ok(Reread {
            checker: next,
            is_same,
        }) = thread.join()
        else {
            return Err(unusable(file.path(), "its reader failed"));
        };
        if done.is_ok() && !is_same {
            let problem = "it changed while it was imported, so the verdict does not hold for its present content";
            done = Err(unusable(file.path(), problem));
        }
        if done.is_err() {
            break;
        }
        checker = next;
    }
    if !input.dry_run {
        report(&mut session.output, &outcomes)?;
    }
    done?;
    finished(&outcomes)
}

/// Appends the events of one file.
async fn append(
    input: &CheckedInput,
    client: Client,
    session: &Session,
    incoming: Receiver<Incoming>,
    outcome: &mut Outcome,
) -> Result<(), CliError> {
    let ledger = input.ledger.clone();
    let connection = &session.connection;
    let mut upload = Upload::new(client, connection, ledger, input.keep_going, incoming);
    let total = outcome.verdict.artifacts + outcome.verdict.unreadable + 1;
    let mut progress = Progress::new(&session.output, "importing", Unit::Records);
    let done = upload
        .run(&mut |tally, _, _| {
            progress.set(tally.total(), Some(total));
            Ok(())
        })
        .await;
    progress.clear();
    outcome.tally = std::mem::take(&mut upload.tally);
    done
}

/// The events that would be appended, one a line.
async fn show(
    output: &mut Output,
    mut incoming: Receiver<Incoming>,
    keep_going: bool,
    outcome: &mut Outcome,
) -> Result<(), CliError> {
    while let Some(next) = incoming.recv().await {
        match next {
            Incoming::Event(item) => {
                outcome.tally.appended += 1;
                output.object_line(&EventView::new(&item.event))?;
            }
            Incoming::Refused(refused) if !keep_going => return Err(refused.to_error()),
            Incoming::Refused(refused) => {
                output.remark(&refused);
                outcome.tally.refused += 1;
            }
            Incoming::Failed(failure) => return Err(failure),
        }
    }
    Ok(())
}

/// One file, the verdict on it, and what became of its events.
struct Outcome {
    name: String,
    verdict: FileVerdict,
    tally: Tally,
}

impl Outcome {
    fn new(path: &Path, verdict: FileVerdict) -> Self {
        Self {
            name: path.display().to_string(),
            verdict,
            tally: Tally::default(),
        }
    }
}

/// The first file that is not verified, as the reason to import nothing.
fn not_verified(outcomes: &[Outcome]) -> Option<CliError> {
    let mut outcomes = outcomes.iter();
    let failed = outcomes.find(|outcome| outcome.verdict.verdict != Verdict::Verified)?;
    Some(CliError::NotIntact {
        what: failed.name.clone(),
        findings: format!("{}; nothing was imported", summary(&failed.verdict)),
    })
}

fn finished(outcomes: &[Outcome]) -> Result<(), CliError> {
    let refused = outcomes.iter().map(|outcome| outcome.tally.refused).sum();
    if refused > 0 {
        let total = outcomes.iter().map(|outcome| outcome.tally.total()).sum();
        return Err(CliError::Incomplete { refused, total });
    }
    let mut outcomes = outcomes.iter();
    match outcomes.find(|outcome| outcome.verdict.verdict == Verdict::Broken) {
        None => Ok(()),
        Some(broken) => Err(CliError::NotIntact {
            what: broken.name.clone(),
            findings: summary(&broken.verdict),
        }),
    }
}

fn summary(verdict: &FileVerdict) -> String {
    let first = match (verdict.first_broken_line, verdict.first_broken_finding) {
        (Some(line), Some(finding)) => format!(", the first in line {line} ({finding})"),
        _ => String::new(),
    };
    let FileVerdict {
        artifacts,
        verified,
        unverified,
        broken,
        ..
    } = verdict;
    let unreadable = match verdict.unreadable {
        0 => String::new(),
        count => format!(", {count} unreadable"),
    };
    format!(
        "{artifacts} artifacts, {verified} verified, {unverified} unverified, {broken} broken{first}{unreadable}"
    )
}

#[derive(Serialize)]
struct FileReport<'a> {
    file: &'a str,
    #[serde(flatten)]
    verdict: &'a FileVerdict,
    imported: u64,
    already_there: u64,
    refused: u64,
    first_sequence: Option<u64>,
    last_sequence: Option<u64>,
    refusals: &'a [RefusedRecord],
}

#[derive(Serialize)]
struct Report<'a> {
    imported: u64,
    already_there: u64,
    refused: u64,
    files: Vec<FileReport<'a>>,
}

fn report(output: &mut Output, outcomes: &[Outcome]) -> Result<(), CliError> {
    let sum = |of: fn(&Tally) -> u64| outcomes.iter().map(|outcome| of(&outcome.tally)).sum();
    let (imported, already_there): (u64, u64) = (sum(|t| t.appended), sum(|t| t.repeated));
    let refused: u64 = sum(|t| t.refused);
    if output.is_json() {
        let files = outcomes.iter().map(|outcome| FileReport {
            file: &outcome.name,
            verdict: &outcome.verdict,
            imported: outcome.tally.appended,
            already_there: outcome.tally.repeated,
            refused: outcome.tally.refused,
            first_sequence: outcome.tally.first_sequence,
            last_sequence: outcome.tally.last_sequence,
            refusals: &outcome.tally.refusals,
        });
        return output.object(&Report {
            imported,
            already_there,
            refused,
            files: files.collect(),
        });
    }
    for Outcome {
        name,
        verdict,
        tally,
    } in outcomes
    {
        let word = verdict.verdict;
        output.line(format_args!("{name}: {word}: {}", summary(verdict)))?;
        for line in verdict.lines() {
            output.line(format_args!("  {line}"))?;
        }
        for refused in &tally.refusals {
            output.line(format_args!("  refused: {refused}"))?;
        }
    }
    output.line(
        "these files can't show whether anything is missing after the last artifact of a chain",
    )?;
    output.line(format_args!(
        "imported {imported} events, verdicts included; already there {already_there}; refused {refused}"
    ))
}
