//! `indelible keys rescue`: what is encrypted in a store whose KEK is lost, opened with an offline identity.

mod answer;
mod judges;
mod left;
mod store;

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_keystore::age::identities;
use indelible_ledger::{
    Rescue as Rescuer, RescueError, RescueOptions, Rescued, RescuedLedger, Unopened,
};
use indelible_store::Catalog as _;

use self::{
    answer::{Answer, Bundle, NotWritten, Recipient},
    judges::Judges,
};
use crate::cli::{
    error::CliError,
    evidence::export::BundleFile,
    exit::Exit,
    session::Session,
    ui::{
        pending_file::Inputs,
        progress::{Progress, Unit},
    },
};

/// Write evidence that opens what is encrypted, without a daemon and without the KEK, which is lost
///
/// For each ledger of a copied or restored data directory a bundle is written that discloses the keys of its events, as
/// `indelible export --disclose-keys` does; what is in the clear is in it, too. It takes the identity of a recipient that
/// [rescue] of the configuration named: the daemon kept copies of the data keys for it. Nothing is signed: a bundle goes up to
/// the last checkpoint that the ledger's identity key signed with the time, and `indelible-verify` verifies it under the key
/// that auditors have. What a record erases is not opened, whatever keys are there. A ledger that lacks records which were
/// acknowledged, as the anchor or a known head shows, is not opened, since it may lack erasures. Exit code 1 if anything is
/// left, and 6 if that is only what lies in an archive that was not there. Anybody who has a bundle can read what is in it, for
/// ever.
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
    #[command(flatten)]
    judges: Judges,
}

impl Rescue {
    pub(crate) fn run(self, session: &mut Session) -> Result<(), CliError> {
        let input = |problem: String| CliError::Input {
            name: self.identity.display().to_string(),
            problem,
        };
        let identities = identities(&self.identity).map_err(|error| input(error.to_string()))?;
        let own = identities.iter().map(|one| one.recipient().to_string());
        let own: Vec<_> = own.collect();
        let given = self.judges.known_heads()?;
        let store = store::open(session, &self.data)?;
        let anchor = self.judges.anchor(&self.data, store.known_id())?;
        let store_differs = store.oddities().into_iter().map(|oddity| oddity.what);
        let store_differs = store_differs.collect();
        let has_anchor = anchor.is_some();
        let options = RescueOptions {
            identities,
            archive: self.archive.clone(),
            anchor,
            given,
            opens_older: self.judges.behind_anchor,
        };
        let rescuer = Rescuer::open(store, options).map_err(|error| refused(&error))?;
        let ledgers = self.chosen(&rescuer)?;
        // What opens is for whoever runs this.
        let mut directory = fs::DirBuilder::new();
        let made = directory.mode(0o700).recursive(true).create(&self.out);
        made.map_err(|source| CliError::file(&self.out, source))?;
        let mut written = Vec::new();
        for ledger in ledgers {
            session
                .output
                .remark(format_args!("writing the evidence of {}", ledger.origin));
            written.push(write(session, &rescuer, ledger, &self.out)?);
        }
        let answer = Answer {
            anchor: has_anchor,
            recipients: recipients(&rescuer, &written, &own)?,
            ledgers: written,
            unreadable: rescuer.unreadable().to_vec(),
            copies_passed_over: rescuer.passed_over().to_vec(),
            foreign_heads: rescuer.foreign().to_vec(),
            store_differs,
        };
        session.output.answer(&answer)?;
        left::check(&answer, self.archive.as_deref())
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

/// Whose identities would open the copies, if there are some for others than those who are there.
fn recipients(
    rescuer: &Rescuer,
    written: &[Bundle],
    own: &[String],
) -> Result<Vec<Recipient>, CliError> {
    let mut reasons = written.iter().flat_map(|one| &one.not_opened_reasons);
    if !reasons.any(|reason| reason.why == Unopened::OtherRecipients) {
        return Ok(Vec::new());
    }
    let named = rescuer
        .named_recipients()
        .map_err(|error| refused(&error))?;
    let named = named.into_iter();
    Ok(named.map(|one| Recipient::new(one, own)).collect())
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
    if path.is_symlink() {
        let problem = "is a symbolic link, which may lead anywhere: name a directory that nobody else writes to";
        return Err(CliError::Usage(format!("{} {problem}", path.display())));
    }
    let mut file = Written {
        progress: Progress::new(&session.output, "writing", Unit::Bytes),
        file: BundleFile::create(&mut session.output, &path, &Inputs::NONE)?,
        bytes: 0,
    };
    let rescued = rescuer.write(&ledger.origin, &mut file);
    file.progress.clear();
    Ok(match rescued {
        Ok(rescued) => {
            file.file.finish()?;
            Bundle::new(ledger, Some(path.display().to_string()), rescued, None)
        }
        Err(error) => {
            let problem = match error {
                RescueError::Older(_) => NotWritten::Older,
                error => NotWritten::Other(error.to_string()),
            };
            Bundle::new(ledger, None, Rescued::default(), Some(problem))
        }
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
