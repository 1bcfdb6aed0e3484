//! `indelible keys rescue`: what is encrypted in a store whose KEK is lost, opened with an offline identity.

use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use indelible_compliance::reports::counted;
use indelible_keystore::age::identities;
use indelible_ledger::{Rescue as Rescuer, RescueError, Rescued, RescuedLedger};
use indelible_store::{
    Cause, StoreError,
    rocks::{RocksStore, RocksTuning},
};
use serde::Serialize;

use crate::cli::{
    error::{CliError, chain},
    evidence::export::BundleFile,
    exit::Exit,
    session::Session,
    ui::{
        pending_file::Inputs,
        progress::{Progress, Unit},
        size::bytes_for_people,
        table::Table,
    },
};

/// Bytes of memory to read the store with.
const CACHE_BYTES: usize = 64 << 20;

/// Write evidence that opens what is encrypted, without a daemon and without the KEK, which is lost
///
/// For each ledger of a copied or restored data directory a bundle is written that discloses the keys of its events, as
/// `indelible export --disclose-keys` does. It takes the identity of a recipient that [rescue] of the configuration named: the
/// daemon kept copies of the data keys for it. Nothing is signed: a bundle goes up to the last checkpoint that the ledger's
/// identity key signed with the time, and `indelible-verify` verifies it under the key that auditors have. What was erased is
/// not there. Anybody who has a bundle can read what is in it, for ever.
#[derive(Debug, Args)]
pub(crate) struct Rescue {
    /// A copy of the data directory, or a restored one, which no daemon serves
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The file of the identity, as `age-keygen` wrote it
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// The directory for the bundles; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Name or origin of a ledger, also several times [default: all]
    #[arg(long, value_name = "LEDGER")]
    ledger: Vec<String>,
    /// The directory of the archive, if contents were archived
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
}

impl Rescue {
    pub(crate) fn run(self, session: &mut Session) -> Result<(), CliError> {
        let input = |problem: String| CliError::Input {
            name: self.identity.display().to_string(),
            problem,
        };
        let identities = identities(&self.identity).map_err(|error| input(error.to_string()))?;
        let store = open(session, &self.data)?;
        let rescuer = Rescuer::open(store, self.archive.clone(), identities);
        let rescuer = rescuer.map_err(|error| refused(&error))?;
        let ledgers = self.chosen(&rescuer)?;
        fs::create_dir_all(&self.out).map_err(|source| CliError::file(&self.out, source))?;
        let mut written = Vec::new();
        for ledger in ledgers {
            session
                .output
                .remark(format_args!("writing the evidence of {}", ledger.origin));
            written.push(write(session, &rescuer, ledger, &self.out)?);
        }
        let answer = Answer {
            ledgers: written,
            unreadable: rescuer.unreadable().to_vec(),
        };
        session.output.answer(&answer)?;
        answer.check()
    }

    /// The ledgers that were asked for.
    fn chosen(&self, rescuer: &Rescuer) -> Result<Vec<RescuedLedger>, CliError> {
        let all = rescuer.ledgers();
        if self.ledger.is_empty() {
            return Ok(all);
        }
        let is_named =
            |ledger: &RescuedLedger, name: &String| *name == ledger.name || *name == ledger.origin;
        let is_there = |name: &&String| all.iter().any(|ledger| is_named(ledger, name));
        if let Some(unknown) = self.ledger.iter().find(|name| !is_there(name)) {
            return Err(refused(&RescueError::Unknown(unknown.clone())));
        }
        let is_wanted =
            |ledger: &RescuedLedger| self.ledger.iter().any(|name| is_named(ledger, name));
        Ok(all
            .iter()
            .filter(|ledger| is_wanted(ledger))
            .cloned()
            .collect())
    }
}

/// Opens the store as a start does. Its lock keeps a daemon and this apart.
fn open(session: &mut Session, data: &Path) -> Result<Arc<RocksStore>, CliError> {
    if !RocksStore::is_there(data).map_err(of_store)? {
        return Err(CliError::Input {
            name: data.display().to_string(),
            problem: "it holds no store; name a copy of a data directory, or a restored one"
                .to_owned(),
        });
    }
    RocksStore::check_owner(data).map_err(of_store)?;
    let tuning = RocksTuning {
        cache_bytes: CACHE_BYTES,
        ..RocksTuning::default()
    };
    let opened = RocksStore::open(data, &tuning).map_err(of_store)?;
    if let Some(salvage) = &opened.salvage {
        session.output.remark(format_args!(
            "the store's log is damaged ({}): what follows the first flaw is not there",
            salvage.refusal()
        ));
    }
    Ok(Arc::new(opened.store))
}

fn of_store(error: StoreError) -> CliError {
    let exit = match &error {
        StoreError::Locked { .. } => Exit::Unavailable,
        StoreError::OpenToAll { .. } | StoreError::OtherOwner { .. } => Exit::Usage,
        error if error.cause() == Some(Cause::Forbidden) => Exit::Usage,
        error if error.cause().is_some_and(Cause::is_shortage) => Exit::Unavailable,
        _ => Exit::Daemon,
    };
    CliError::Serve {
        exit,
        problem: chain(&error),
    }
}

fn refused(error: &RescueError) -> CliError {
    let exit = match error {
        RescueError::Unknown(_) => Exit::NotFound,
        RescueError::Store(_) => Exit::Daemon,
        _ => Exit::Refused,
    };
    CliError::Serve {
        exit,
        problem: error.to_string(),
    }
}

/// Writes one bundle. What is wrong with one ledger keeps no other from being written.
fn write(
    session: &mut Session,
    rescuer: &Rescuer,
    ledger: RescuedLedger,
    out: &Path,
) -> Result<Bundle, CliError> {
    let id = ledger.origin.rsplit('/').next().unwrap_or_default();
    let name = format!("{}-{id}.tar.zst", ledger.name.replace('/', "-"));
    let path = out.join(name);
    let mut file = Written {
        progress: Progress::new(&session.output, "writing", Unit::Bytes),
        file: BundleFile::create(&mut session.output, &path, &Inputs::NONE)?,
        bytes: 0,
    };
    let rescued = rescuer.write(&ledger.origin, &mut file);
    file.progress.clear();
    let (file, rescued, problem) = match rescued {
        Ok(rescued) => {
            file.file.finish()?;
            (Some(path.display().to_string()), rescued, None)
        }
        Err(error) => (None, Rescued::default(), Some(error.to_string())),
    };
    Ok(Bundle {
        ledger: ledger.name,
        origin: ledger.origin,
        verifier_key: ledger.verifier_key,
        file,
        records: rescued.records,
        tar_bytes: rescued.bytes,
        events_opened: rescued.opened,
        events_sealed: rescued.sealed,
        keys_without_copy: rescued.keys_without_copy,
        records_unsigned: rescued.unsigned,
        records_lacking_archived: rescued.archive_away,
        problem,
    })
}

/// A bundle's file, and how far it is.
struct Written {
    file: BundleFile,
    progress: Progress,
    bytes: u64,
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.file.write(bytes)?;
        self.bytes += taken as u64;
        self.progress.set(self.bytes, None);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// What was written of one ledger.
#[derive(Serialize)]
struct Bundle {
    ledger: String,
    origin: String,
    /// The key to verify it with, as the store says itself.
    verifier_key: String,
    /// The bundle; null if there is none.
    file: Option<String>,
    records: u64,
    tar_bytes: u64,
    /// Events that the bundle opens.
    events_opened: u64,
    /// Events that stay encrypted, since their keys have no copy.
    events_sealed: u64,
    keys_without_copy: u64,
    /// Records after the last checkpoint that was signed with the time, which are not in the bundle.
    records_unsigned: u64,
    /// Records with something that is in the archive, and could not be read there.
    records_lacking_archived: u64,
    /// Why there is no bundle; null if there is one.
    problem: Option<String>,
}

/// What was written of all.
#[derive(Serialize)]
struct Answer {
    ledgers: Vec<Bundle>,
    /// What is stored of ledgers, and can't be read as one.
    unreadable: Vec<String>,
}

impl Answer {
    /// A script must notice what was not rescued.
    fn check(&self) -> Result<(), CliError> {
        let lost =
            self.unreadable.len() + self.ledgers.iter().filter(|one| one.file.is_none()).count();
        let sealed: u64 = self.ledgers.iter().map(|one| one.events_sealed).sum();
        let keys: u64 = self.ledgers.iter().map(|one| one.keys_without_copy).sum();
        let away: u64 = self
            .ledgers
            .iter()
            .map(|one| one.records_lacking_archived)
            .sum();
        let mut left = Vec::new();
        if lost > 0 {
            let ledgers = counted(lost as u64, "ledger", "ledgers");
            left.push(format!("{ledgers} could not be written"));
        }
        if keys > 0 {
            left.push(format!(
                "{} stay encrypted, since {} had no copy",
                counted(sealed, "event", "events"),
                counted(keys, "data key", "data keys")
            ));
        }
        if away > 0 {
            let records = counted(away, "record", "records");
            left.push(format!("contents of {records} are in the archive, which could not be read: name it with --archive"));
        }
        match left.is_empty() {
            true => Ok(()),
            false => Err(CliError::Serve {
                exit: Exit::Refused,
                problem: format!("not everything was rescued: {}", left.join("; ")),
            }),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, one) in self.ledgers.iter().enumerate() {
            if at > 0 {
                f.write_str("\n\n")?;
            }
            one.fmt(f)?;
        }
        for unreadable in &self.unreadable {
            write!(f, "\n\nnot readable: {unreadable}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::default();
        table
            .row("ledger", &self.ledger)
            .row("origin", &self.origin);
        if let Some(problem) = &self.problem {
            table.row("not written", problem);
            return table.fmt(f);
        }
        let bytes = bytes_for_people(self.tar_bytes);
        table
            .row("bundle", self.file.as_deref().unwrap_or_default())
            .row("verifier key", &self.verifier_key)
            .row(
                "records",
                format_args!("{} ({bytes} unpacked)", self.records),
            )
            .row("events opened", self.events_opened);
        let rows = [
            ("not signed, so not in it", self.records_unsigned),
            ("in the archive, not read", self.records_lacking_archived),
            ("still encrypted", self.events_sealed),
            ("data keys without a copy", self.keys_without_copy),
        ];
        for (what, count) in rows.into_iter().filter(|(_, count)| *count > 0) {
            table.row(what, count);
        }
        table.fmt(f)
    }
}
