//! `indelible import aigc` and `indelible import codeatelier`: artifacts that are checked on the way in.

use std::{
    fs::File,
    io::{BufReader, Read as _},
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_interchange::import::{
    aigc::Aigc,
    checked::{Checker, Keyring, Verdict},
    codeatelier::{CodeAtelier, SECRET_BYTES_MIN, SECRET_DISTINCT_BYTES_MIN, SigningKeys},
};
use tokio::sync::mpsc::Receiver;
use zeroize::Zeroizing;

use crate::cli::{
    connection::Client,
    error::CliError,
    events::{
        event_view::EventView,
        reading::Incoming,
        refused::{RefusedArguments, Refusing},
        upload::Upload,
    },
    import::{
        checking::{self, Reread},
        outcome::{Outcome, report, summary},
    },
    session::Session,
    ui::{
        output::Output,
        progress::{Progress, Unit},
        source::{Rereadable, named},
    },
};

/// A key file is read no further than this; what is longer is not a key.
const KEY_FILE_BYTES_READ: u64 = 65 * 1024;

/// What is imported, and where to.
#[derive(Debug, Args)]
pub(crate) struct CheckedInput {
    /// Name or origin
    ledger: String,
    /// The files, packed with gzip or zstd or not: objects, one a line, or JSON arrays of them. They are checked in this order, as
    /// one whole, before anything is imported. `-` is standard input, which is kept in an unnamed temporary file meanwhile
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Import nothing unless everything is verified
    #[arg(long)]
    require_verified: bool,
    /// Import a file as broken although not one of its artifacts fits any of the keys given; otherwise that is taken for a
    /// wrong key, and nothing is imported
    #[arg(long)]
    keys_are_right: bool,
    #[command(flatten)]
    refused: RefusedArguments,
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
        let checker = Box::new(Aigc::new(keys, self.system));
        run(self.input, &self.keys, checker, session).await
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
        let keys = [self.secrets, Vec::from_iter(self.signing_keys)].concat();
        run(self.input, &keys, Box::new(checker), session).await
    }
}

pub(crate) fn add_key(
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

/// Imports. `keys` are the files that keys were read from.
async fn run(
    input: CheckedInput,
    keys: &[PathBuf],
    mut checker: Box<dyn Checker>,
    session: &mut Session,
) -> Result<(), CliError> {
    named(&input.files)?;
    let inputs = input.files.iter().chain(keys);
    let mut refusing = input.refused.begin(&mut session.output, inputs)?;
    let files = input.files.iter().map(|path| Rereadable::new(path));
    let files: Vec<_> = files.collect::<Result<_, _>>()?;
    let mut progress = Progress::new(&session.output, "checking", Unit::Records);
    let keep_going = input.refused.keep_going;
    let checked = checking::verdicts(&files, &mut *checker, keep_going, &mut progress);
    progress.clear();
    drop(progress);
    let mut outcomes: Vec<Outcome> = files
        .iter()
        .zip(checked?)
        .map(|(file, verdict)| Outcome::new(file.path(), verdict))
        .collect();
    if !input.keys_are_right
        && let Some(failed) = keys_doubted(&outcomes)
    {
        return Err(failed);
    }
    if input.require_verified
        && let Some(failed) = not_verified(&outcomes)
    {
        report(&mut session.output, &outcomes)?;
        return Err(failed);
    }
    let checker = checker.afresh();
    let done = import(
        &input,
        &files,
        &mut outcomes,
        checker,
        session,
        &mut refusing,
    )
    .await;
    if !input.dry_run {
        report(&mut session.output, &outcomes)?;
    }
    refusing.finish()?;
    done?;
    finished(&outcomes)
}

/// Appends the events of all files, or shows them.
async fn import(
    input: &CheckedInput,
    files: &[Rereadable],
    outcomes: &mut [Outcome],
    mut checker: Box<dyn Checker>,
    session: &mut Session,
    refusing: &mut Refusing,
) -> Result<(), CliError> {
    let client = if input.dry_run {
        None
    } else {
        Some(session.connection.open().await?)
    };
    for (number, (file, outcome)) in (0..).zip(files.iter().zip(outcomes)) {
        let (incoming, thread) = checking::start(file, number, &outcome.verdict, checker)?;
        let ledger = input.ledger.clone();
        let done = match client.clone() {
            None => show(&mut session.output, incoming, refusing, outcome).await,
            Some(client) => append(ledger, client, session, incoming, refusing, outcome).await,
        };
        let Ok(Reread {
            checker: next,
            is_same,
        }) = thread.join()
        else {
            return Err(unusable(file.path(), "its reader failed"));
        };
        done?;
        if !is_same {
            let problem = "it changed while it was imported, so the verdict does not hold for its present content";
            return Err(unusable(file.path(), problem));
        }
        checker = next;
    }
    Ok(())
}

/// Appends the events of one file.
async fn append(
    ledger: String,
    client: Client,
    session: &Session,
    incoming: Receiver<Incoming>,
    refusing: &mut Refusing,
    outcome: &mut Outcome,
) -> Result<(), CliError> {
    let connection = &session.connection;
    let mut upload = Upload::new(client, connection, ledger, refusing, incoming);
    let total = outcome.verdict.artifacts + outcome.verdict.unreadable;
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
    refusing: &mut Refusing,
    outcome: &mut Outcome,
) -> Result<(), CliError> {
    while let Some(next) = incoming.recv().await {
        match next {
            Incoming::Event(item) => {
                outcome.tally.appended += u64::from(!item.place.is_verdict());
                output.object_line(&EventView::new(&item.event))?;
            }
            Incoming::Refused(refused) => {
                refusing.write(&refused)?;
                if !refusing.keeps_going() {
                    return Err(refused.to_error());
                }
                output.remark(&refused);
                outcome.tally.refuse(refused, false);
            }
            Incoming::Failed(failure) => return Err(failure),
        }
    }
    Ok(())
}

/// The first file that is not verified, as the reason to import nothing.
fn not_verified(outcomes: &[Outcome]) -> Option<CliError> {
    let mut outcomes = outcomes.iter();
    let failed = outcomes.find(|outcome| outcome.verdict.verdict != Verdict::Verified)?;
    Some(CliError::ImportBroken {
        what: failed.name.clone(),
        findings: format!("{}; nothing was imported", summary(&failed.verdict)),
    })
}

/// The first file of which no artifact fits any key, as the reason to import nothing.
fn keys_doubted(outcomes: &[Outcome]) -> Option<CliError> {
    let mut outcomes = outcomes.iter();
    let doubted = outcomes.find(|outcome| outcome.verdict.unfitted_by_all > 0)?;
    Some(CliError::KeysDoubted {
        what: doubted.name.clone(),
        artifacts: doubted.verdict.unfitted_by_all,
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
        Some(broken) => Err(CliError::ImportBroken {
            what: broken.name.clone(),
            findings: summary(&broken.verdict),
        }),
    }
}
