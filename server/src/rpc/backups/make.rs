//! Making one backup.

use std::{ops::ControlFlow, path::Path};

use indelible_backup::{
    BackupError, BackupId, Copied, FileEntry, Held, Sealing, create, note, statement,
};
use indelible_compliance::time::shortest;
use indelible_keystore::age::Recipients;
use indelible_ledger::{Cut, SystemFact};
use indelible_proto::v1::{CreateBackupRequest, ErrorReason};
use tokio::runtime::Handle;

use super::{
    behind::{behind, has_new_work},
    hold::{held, unusable},
    of_cut::manifest,
    own::Own,
    recorder::Recorder,
};
use crate::{
    backups::{self, Backups, Begun, CutOf, Ended, Known, MadeOf, Turn, ended},
    issuers::now,
    limits::{BACKUP_CUTS_MAX, BACKUPS_MAX},
    rpc::{authorise::Gate, refusal::Refusal},
};

/// A backup that may be made: nobody else makes one, and the directory can be written to.
struct Making {
    gate: Gate,
    held: Held,
    _turn: Turn,
    rate: Option<u64>,
    /// Whether the newest backup in this place is encrypted to others: no file of it can be used then.
    encrypted_to_others: bool,
}

/// A backup whose beginning is on record.
pub(super) struct BegunBackup {
    making: Making,
    recorder: Recorder,
    begun: Begun,
}

/// What whoever makes a backup wants of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wish {
    /// Bytes that may be read or written in a second; none as the configuration says.
    rate: Option<u64>,
    /// Whether another directory may lie under the path of earlier backups.
    new_target: bool,
}

impl Wish {
    /// What a request asks for.
    pub(super) fn of(request: &CreateBackupRequest) -> Self {
        let rate = request.bytes_per_second;
        Self {
            rate: (rate > 0).then_some(rate),
            new_target: request.new_target,
        }
    }
}

/// A backup that may be made, and whose beginning is on record. What keeps one from being made is noted.
///
/// # Errors
/// If none can be made now.
pub(super) async fn begun(
    gate: &Gate,
    wish: Wish,
    recorder: Recorder,
) -> Result<BegunBackup, Refusal> {
    let own = gate.clone();
    // A bucket is asked over a network.
    let prepared = tokio::task::spawn_blocking(move || Making::prepared(&own, wish)).await;
    let begun = match prepared.map_err(|panicked| Refusal::internal(&panicked)) {
        Ok(Ok(making)) => making.begin(recorder).await,
        Ok(Err(refusal)) | Err(refusal) => Err(refusal),
    };
    begun.inspect_err(|refusal| not_made(gate, refusal, None))
}

/// Has the status, the metrics and the log tell that a backup was not made, whoever wanted it. Where another one runs, none can
/// go anywhere, or the daemon has just started or is about to stop, nothing has failed.
fn not_made(gate: &Gate, refusal: &Refusal, id: Option<&BackupId>) {
    let is_no_failure = matches!(
        refusal.reason(),
        ErrorReason::BackupRunning
            | ErrorReason::BackupNotConfigured
            | ErrorReason::BackupStopped
            | ErrorReason::Recovering
            | ErrorReason::Draining
    );
    if is_no_failure || gate.is_draining() {
        return;
    }
    let backup = id.map(tracing::field::display);
    tracing::error!(backup, problem = refusal.message(), "a backup was not made");
    gate.backups().tried(Some(refusal.message().to_owned()));
}

impl Making {
    /// Takes the turn and the directory.
    fn prepared(gate: &Gate, wish: Wish) -> Result<Self, Refusal> {
        gate.known_backups()?;
        if gate.backups().count() >= BACKUPS_MAX {
            let problem = format!(
                "{BACKUPS_MAX} backups are known and not taken away, which is the most; take some away with `indelible backup \
                 prune`, or keep them for fewer days"
            );
            return Err(Refusal::new(ErrorReason::BackupTargetUnusable, problem));
        }
        let (held, turn) = held(gate, wish.new_target)?;
        let configured = gate.backups().configured();
        let recipients = configured.and_then(|backup| backup.recipients.as_ref());
        let encrypted_to_others = is_encrypted_to_others(gate, &held, recipients)?;
        Ok(Self {
            encrypted_to_others,
            rate: wish
                .rate
                .or_else(|| configured.and_then(|backup| backup.bytes_per_second)),
            gate: gate.clone(),
            held,
            _turn: turn,
        })
    }

    /// To whom it is encrypted; nobody, if it is not.
    fn recipients(&self) -> Option<&Recipients> {
        let configured = self.gate.backups().configured()?;
        configured.recipients.as_ref()
    }

    /// Puts it on record that the backup begins. From then on it is known, so that an erasure names it.
    async fn begin(self, recorder: Recorder) -> Result<BegunBackup, Refusal> {
        let begun_ns = now();
        let id = BackupId::new(&shortest(begun_ns), recorder.engine.random());
        let id = id.map_err(|error| Refusal::internal(&error))?;
        let directory = self.held.target().name();
        let what = Begun {
            backup: id,
            target: self.held.target().id().to_owned(),
            directory,
            begun_ns,
            encrypted_to: self.recipients().map(Recipients::texts).unwrap_or_default(),
        };
        let payload = backups::begun(&what).map_err(|error| Refusal::internal(&error))?;
        let recorder = recorder.with("backup", what.backup.as_str());
        let begins = recorder.record("begun", Vec::new(), Some(payload));
        begins.await?;
        let known = what.clone();
        self.gate
            .backups()
            .change(|known_ones| known_ones.begin(known));
        Ok(BegunBackup {
            making: self,
            recorder,
            begun: what,
        })
    }
}

impl BegunBackup {
    /// Makes it, and puts on record how it ended. Blocking.
    pub(super) fn make(
        self,
        progress: &mut (dyn FnMut(Copied) + Send),
    ) -> Result<(Known, Copied), Refusal> {
        let backups = self.making.gate.backups().clone();
        let id = self.begun.backup.clone();
        let outcome = self.made(&mut |copied| {
            backups.change(|known| known.advance(&id, copied.copied_bytes, copied.total_bytes));
            progress(copied);
        });
        let outcome = outcome.and_then(|(made, copied)| {
            self.record(&made)?;
            Ok((made, copied))
        });
        match outcome {
            Ok((made, copied)) => {
                backups.change(|known| known.end(made));
                backups.look_soon();
                backups.tried(None);
                let known = self.known(&backups)?;
                Ok((known, copied))
            }
            Err(refusal) => {
                let payload = backups::begun(&self.begun).ok();
                self.recorder.failed(&refusal, payload);
                backups.change(|known| known.break_off(&self.begun.backup));
                not_made(&self.making.gate, &refusal, Some(&self.begun.backup));
                Err(refusal)
            }
        }
    }

    /// Whether the newest backup in this place was encrypted to others when it began.
    pub(super) fn is_encrypted_to_others(&self) -> bool {
        self.making.encrypted_to_others
    }

    fn known(&self, backups: &Backups) -> Result<Known, Refusal> {
        let mut all = backups.all().into_iter();
        let found = all.find(|known| known.id == self.begun.backup);
        found.ok_or_else(|| Refusal::internal(&"a backup that was made is not known"))
    }

    fn record(&self, made: &Ended) -> Result<(), Refusal> {
        let mut facts = Vec::new();
        if let Some(made) = &made.made {
            let ledgers = made.ledgers.as_ref().map_or(0, Vec::len) as u64;
            facts.push(("bytes", SystemFact::Uint(made.total_bytes)));
            let copied = made.copied_bytes.unwrap_or_default();
            facts.push(("copied_bytes", SystemFact::Uint(copied)));
            facts.push(("ledgers", SystemFact::Uint(ledgers)));
            if !self.begun.encrypted_to.is_empty() {
                let recipients = SystemFact::Text(self.begun.encrypted_to.join(" "));
                facts.push(("encrypted_to", recipients));
            }
        }
        let payload = ended(made.clone()).map_err(|error| Refusal::internal(&error))?;
        Handle::current().block_on(self.recorder.record("done", facts, Some(payload)))
    }

    fn made(&self, progress: &mut (dyn FnMut(Copied) + Send)) -> Result<(Ended, Copied), Refusal> {
        let held = &self.making.held;
        let (cut, files, copied) = self.copied(progress)?;
        let manifest = manifest(&self.begun, &cut, files);
        let outer = match self.sealing(&cut) {
            None => manifest.clone(),
            Some(sealing) => {
                let sealed = create::seal(held, &manifest, &sealing);
                sealed.map_err(|error| unusable(&error))?
            }
        };
        drop(cut.files);
        let signature = cut.signer.sign(&statement(&outer))?;
        let note = note(&outer, &signature).map_err(|error| Refusal::internal(&error))?;
        let own = Own::of(&self.recorder.engine, self.making.gate.backups()).and(&outer);
        // What can't be looked through now could not be afterwards: the backup would be there, and nobody would know.
        let finished = own.there(held.target()).and_then(|_| {
            create::finish(held, &outer, &note)?;
            let looked = held.sweep().and_then(|_| own.there(held.target()));
            looked.inspect_err(|_| drop(held.remove(&outer.id)))
        });
        let there = finished.map_err(|error| unusable(&error))?;
        let ledgers = manifest.ledgers.iter().map(|ledger| CutOf {
            origin: ledger.origin.clone(),
            size: ledger.size,
            unfinished: ledger.unfinished_erasures.clone(),
        });
        let made = MadeOf {
            backup: manifest.id.clone(),
            made_ns: manifest.made_ns,
            total_bytes: manifest.bytes(),
            copied_bytes: Some(copied.copied_bytes),
            ledgers: Some(ledgers.collect()),
            archive_files: manifest.archive().len() as u64,
            manifest: Some(outer.digest()),
        };
        let target = self.begun.target.clone();
        Ok((there.ended(Some(made), target), copied))
    }

    fn is_stopped(&self) -> bool {
        self.making.gate.backups().is_stopped(&self.begun.backup)
    }

    fn stopped(&self) -> Refusal {
        let problem = format!(
            "somebody has stopped the backup {}; what it has copied stays, and the next one does not copy it again",
            self.begun.backup
        );
        Refusal::new(ErrorReason::BackupStopped, problem)
    }

    /// What encrypts the files of a cut; none, if they are copied as they are.
    fn sealing(&self, cut: &Cut) -> Option<Sealing> {
        let recipients = self.making.recipients()?.clone();
        Some(Sealing::new(recipients, cut.secret.clone()))
    }

    /// Takes a cut and copies it; again with another, where an erasure takes it away.
    fn copied(
        &self,
        progress: &mut (dyn FnMut(Copied) + Send),
    ) -> Result<(Cut, Vec<FileEntry>, Copied), Refusal> {
        let Making {
            gate, held, rate, ..
        } = &self.making;
        let mut before = 0;
        for _ in 0..BACKUP_CUTS_MAX {
            let cut = self.recorder.engine.cut()?;
            let mut so_far = 0;
            let sealing = self.sealing(&cut);
            let others = has_new_work(&self.recorder.engine);
            let manner = create::Manner {
                rate: *rate,
                others: Some(&others),
                sealing: sealing.as_ref(),
                seen: Some(gate.backups().seen()),
            };
            let mut go_on = |copied: Copied| {
                so_far = copied.copied_bytes;
                progress(copied);
                match gate.is_draining() || self.is_stopped() {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            };
            let copied =
                behind(|| create::copy_files(held, cut.files.directory(), manner, &mut go_on))?;
            match copied {
                Ok((files, mut copied)) => {
                    copied.copied_bytes += before;
                    return Ok((cut, files, copied));
                }
                Err(error) if is_taken(&error, cut.files.directory()) => {
                    before += so_far;
                    tracing::info!("a backup begins again: what it copied was rewritten meanwhile");
                }
                Err(BackupError::BrokenOff) if self.is_stopped() => {
                    let copied = before + so_far;
                    tracing::info!(
                        backup = %self.begun.backup,
                        copied,
                        "a backup is stopped: somebody asked for that"
                    );
                    return Err(self.stopped());
                }
                Err(error) => return Err(unusable(&error)),
            }
        }
        let problem = format!(
            "erasures took {BACKUP_CUTS_MAX} cuts away before they were copied; try again when no erasure runs"
        );
        Err(Refusal::new(ErrorReason::BackupRunning, problem))
    }
}

/// Whether the newest backup of the store in a place is encrypted to others than these.
fn is_encrypted_to_others(
    gate: &Gate,
    held: &Held,
    recipients: Option<&Recipients>,
) -> Result<bool, Refusal> {
    let now = recipients.map(Recipients::texts).unwrap_or_default();
    let Some(engine) = gate.recovered() else {
        return Ok(false);
    };
    let own = Own::of(engine, gate.backups());
    let ids = held.target().ids().map_err(|error| unusable(&error))?;
    // One that can't be read keeps the backup from being made later, with the reason.
    let manifests = ids
        .iter()
        .rev()
        .filter_map(|id| held.target().manifest(id).ok());
    let mut made_here = manifests.filter(|manifest| own.is_own(manifest));
    let Some(newest) = made_here.next() else {
        return Ok(false);
    };
    let before = newest.encryption.map(|encryption| encryption.recipients);
    let before = before.unwrap_or_default();
    if before != now {
        tracing::info!(
            before = before.join(" "),
            after = now.join(" "),
            "every file is copied anew: the backup is encrypted to others than the one before it"
        );
    }
    Ok(before != now)
}

/// Whether a copy failed because its cut is gone.
fn is_taken(error: &BackupError, cut: &Path) -> bool {
    matches!(error, BackupError::CutTaken) || !cut.exists()
}
