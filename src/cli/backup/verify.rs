//! `indelible backup verify`.

use std::{
    fs::File,
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;
use indelible_backup::{BackupId, Location, Manifest, Opened, Target, check};
use indelible_compliance::reports::counted;
use indelible_keystore::Passphrase;
use indelible_ledger::CopiedLedger;
use indelible_proto::v1::ReportBackupVerifiedRequest;
use indelible_store::rocks::RocksStore;
use tokio::time::sleep;

use super::{
    age::{self, LOOKED_AT_EVERY, Span},
    archive::Archive,
    copied::{Which, records, tuning},
    failed::{failed, of_store},
    fill::{self, copy},
    identity::{Contents, WithIdentity},
    kek::{self, passphrase},
    place::Reach,
    restore::check_layout,
    scratch::Scratch,
    verified::Verified,
    whose::{self, of_ledgers, of_store_id, signed_by_given},
};
use crate::cli::{
    error::{self, CliError},
    exit::Exit,
    session::Session,
    ui::{
        progress::{Progress, Unit},
        time,
    },
};

/// Verify a backup: every byte against its manifest, and every record of every ledger
///
/// The backup is restored into a scratch directory, and every record is verified as the daemon and `indelible-verify` do. What
/// is large is read where it lies, in a directory, if it is not encrypted; otherwise the scratch directory takes as much room as
/// the store. No key is needed: what is encrypted stays so, and is verified all the same. Without
/// --key, the manifest is verified under the key that it names itself.
///
/// Of a backup that is encrypted itself, only the signature and the bytes are verified without --identity, and the command
/// fails, since it did not look at any record; --sealed says that no more is wanted.
///
/// Exit code 1 if something is wrong with the backup, and 5 if nothing is but another key than that of --key has signed it.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Where the backups are: a directory, or s3://BUCKET/PREFIX
    #[arg(value_name = "DIR|BUCKET")]
    place: String,
    #[command(flatten)]
    reach: Reach,
    /// Which backup [default: the newest, if all are of one store]
    #[arg(long, value_name = "ID")]
    backup: Option<BackupId>,
    /// The verifier key of the store's own ledger, _system, which came another way
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    identity: WithIdentity,
    /// Only the signature and the bytes of an encrypted backup, where the identity is not at hand
    #[arg(long, conflicts_with_all = ["identity", "tell_daemon"])]
    sealed: bool,
    /// A file with the passphrase, to see whether it opens the backup's keys: exit code 1 if it does not
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The directory of the archive of retention, or a copy of it, to see whether it has the files that the backup needs
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
    /// Where to restore it for the verification [default: the directory for temporary files]. Nothing is left there
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
    /// How old the backup may be, such as 30h: exit code 1 if it is older. Units: s, m, h, d
    #[arg(long, value_name = "TIME")]
    max_age: Option<Span>,
    /// How long to wait while a backup is made in the place, such as 2h [default: not at all, and exit code 6]
    #[arg(long, value_name = "TIME")]
    wait: Option<Span>,
    /// Tell the daemon that a backup is sound, once it was found to be: its metric indelible_backup_verified_time_seconds says
    /// since when
    #[arg(long)]
    tell_daemon: bool,
}

impl Verify {
    pub(super) fn calls_a_daemon(&self) -> bool {
        self.tell_daemon
    }

    pub(super) async fn run(self, session: &mut Session) -> Result<(), CliError> {
        let location = self.reach.to(&self.place)?;
        let (target, still) = self.free(&location).await?;
        let manifest = target.chosen(self.backup.as_ref());
        let manifest = manifest.map_err(|error| failed(&error))?;
        check_layout(&manifest)?;
        self.verify(session, &target, &manifest)?;
        // Whoever makes a backup need not wait any longer.
        drop(still);
        if let Some(most) = self.max_age {
            session.output.remark(age::check(&manifest, most)?);
        }
        if self.tell_daemon {
            let noted = tell(session, &manifest).await?;
            let daemon = session.connection.address().to_owned();
            session.output.remark(format_args!(
                "The daemon at {daemon} has put on record that backup {} is sound{noted}.",
                manifest.id
            ));
        }
        Ok(())
    }

    /// The place, once nobody else is at work in it.
    async fn free(&self, location: &Location) -> Result<(Target, Option<File>), CliError> {
        let until = Instant::now() + self.wait.map_or(Duration::ZERO, |wait| wait.0);
        loop {
            let target = Target::open(location).map_err(|error| failed(&error))?;
            match target.keep_still() {
                Ok(still) => return Ok((target, still)),
                Err(error) if age::is_in_use(&error) && Instant::now() < until => {
                    sleep(LOOKED_AT_EVERY).await;
                }
                Err(error) => return Err(failed(&error)),
            }
        }
    }

    fn verify(
        &self,
        session: &mut Session,
        target: &Target,
        manifest: &Manifest,
    ) -> Result<(), CliError> {
        let identities = self.identity.read()?;
        let mut findings = objects(session, target, manifest)?;
        let passphrase = self
            .passphrase_file
            .as_deref()
            .map(passphrase)
            .transpose()?;
        let contents = Contents::of(target, manifest, identities)?;
        let (mut looked, mut other_key) = (None, None);
        let said = match &contents {
            Contents::Open(opened) => {
                if findings.is_empty() {
                    let found = self.look(session, (target, opened), passphrase, &mut findings)?;
                    other_key.clone_from(&found.other_key);
                    looked = Some(found);
                }
                opened.manifest()
            }
            Contents::Sealed => {
                other_key = signed_by_given(manifest, self.key.as_deref())?;
                manifest
            }
            Contents::Damaged(damage) => {
                // What is damaged among the objects is told already.
                if findings.is_empty() {
                    findings.push(damage.clone());
                }
                manifest
            }
        };
        let archive = Archive::of(said, self.archive.as_deref());
        let opens = looked.as_ref().and_then(|looked| looked.passphrase_opens);
        session.output.answer(&Verified::new(
            (manifest, said),
            looked.as_ref().map(|looked| &looked.ledgers[..]),
            (opens, &archive),
            ((self.key.is_some(), other_key.as_deref()), contents.word()),
            &findings,
        ))?;
        if !findings.is_empty() {
            return Err(CliError::NotIntact {
                what: format!("backup {}", manifest.id),
                findings: counted(findings.len() as u64, "finding", "findings"),
                of: error::Verified::Backup,
            });
        }
        if let (Some(key), Some(how)) = (&self.key, &other_key) {
            return Err(whose::other_key(manifest, key, how));
        }
        if matches!(contents, Contents::Sealed) && !self.sealed {
            return Err(not_looked_at(manifest));
        }
        match self.passphrase_file.as_deref() {
            Some(file) if opens == Some(false) => Err(kek::not_opened(said, file)),
            _ => archive.check(&manifest.id),
        }
    }

    /// Restores it, and verifies every record.
    fn look(
        &self,
        session: &mut Session,
        (target, opened): (&Target, &Opened),
        passphrase: Option<Passphrase>,
        findings: &mut Vec<String>,
    ) -> Result<Looked, CliError> {
        let manifest = opened.manifest();
        let scratch = Scratch::make(self.scratch.as_deref(), &manifest.id)?;
        let data = scratch.data();
        copy(session, target, opened, &data, fill::Purpose::ToRead)?;
        let store = store_at(&data, findings)?;
        let ledgers = records(session, manifest, &store, Which::All)?;
        let passphrase_opens = passphrase
            .map(|passphrase| kek::opens(&store, &passphrase))
            .transpose()?;
        findings.extend(of_store_id(manifest, &store));
        let signer = whose::whose(manifest, &ledgers, self.key.as_deref())?;
        findings.extend(signer.findings);
        findings.extend(of_ledgers(manifest, &ledgers));
        Ok(Looked {
            ledgers,
            other_key: signer.other_key,
            passphrase_opens,
        })
    }
}

/// What was seen of what is in a backup.
struct Looked {
    ledgers: Vec<CopiedLedger>,
    /// In what it is another's than the key that was given.
    other_key: Option<String>,
    passphrase_opens: Option<bool>,
}

/// Nothing is wrong, and nobody looked at what counts.
fn not_looked_at(manifest: &Manifest) -> CliError {
    CliError::Serve {
        exit: Exit::Refused,
        problem: format!(
            "the contents of backup {} are encrypted, and were not looked at: name the file with the identity that opens them with \
             --identity, or say --sealed if signature and bytes are enough",
            manifest.id
        ),
    }
}

/// Tells the daemon that a backup is sound.
async fn tell(session: &Session, manifest: &Manifest) -> Result<String, CliError> {
    let mut client = session.connection.open_backups().await?;
    let request = session.connection.request(ReportBackupVerifiedRequest {
        backup_id: manifest.id.to_string(),
        manifest_digest: manifest.digest().to_string(),
    });
    let answer = client.report_backup_verified(request).await?.into_inner();
    Ok(match time::for_people(answer.verified_time.as_ref()) {
        time if time.is_empty() => time,
        time => format!(", as of {time}"),
    })
}

/// What is wrong with the objects.
fn objects(
    session: &Session,
    target: &Target,
    manifest: &Manifest,
) -> Result<Vec<String>, CliError> {
    let mut progress = Progress::new(&session.output, "reading", Unit::Bytes);
    let found = check::objects(target, manifest, &mut |copied| {
        progress.set(copied.done_bytes, Some(copied.total_bytes));
        ControlFlow::Continue(())
    });
    progress.clear();
    let found = found.map_err(|error| failed(&error))?;
    Ok(found.iter().map(ToString::to_string).collect())
}

/// Opens what was restored.
fn store_at(data: &Path, findings: &mut Vec<String>) -> Result<RocksStore, CliError> {
    let opened = RocksStore::open(data, &tuning()).map_err(|error| of_store(&error))?;
    if let Some(salvage) = &opened.salvage {
        findings.push(format!(
            "the storage engine refuses its log: {}",
            salvage.refusal()
        ));
    }
    Ok(opened.store)
}
