//! Making one backup.

use std::{collections::BTreeSet, ops::ControlFlow, path::Path};

use data_encoding::HEXLOWER;
use indelible_backup::{
    AnchorSlot, ArchiveEntry, BackupError, BackupId, Copied, FileEntry, Held, LedgerCut, Manifest,
    SignedBy, create, note, statement,
};
use indelible_compliance::time::shortest;
use indelible_evidence::key_event::Archive;
use indelible_keystore::KekId;
use indelible_ledger::{Cut, Reached, SystemFact};
use indelible_proto::v1::{CreateBackupRequest, ErrorReason};
use indelible_store::rocks::RocksStore;
use tokio::runtime::Handle;

use super::{
    hold::{held, unusable},
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
        Ok(Self {
            rate: wish
                .rate
                .or_else(|| configured.and_then(|backup| backup.bytes_per_second)),
            gate: gate.clone(),
            held,
            _turn: turn,
        })
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
    pub(super) fn make(self, progress: &mut dyn FnMut(Copied)) -> Result<(Known, Copied), Refusal> {
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
            facts.push(("copied_bytes", SystemFact::Uint(made.copied_bytes)));
            facts.push(("ledgers", SystemFact::Uint(ledgers)));
        }
        let payload = ended(made.clone()).map_err(|error| Refusal::internal(&error))?;
        Handle::current().block_on(self.recorder.record("done", facts, Some(payload)))
    }

    fn made(&self, progress: &mut dyn FnMut(Copied)) -> Result<(Ended, Copied), Refusal> {
        let held = &self.making.held;
        let (cut, files, copied) = self.copied(progress)?;
        let manifest = manifest(&self.begun, &cut, files);
        drop(cut.files);
        let signature = cut.signer.sign(&statement(&manifest))?;
        let note = note(&manifest, &signature).map_err(|error| Refusal::internal(&error))?;
        let finished = create::finish(held, &manifest, &note)
            .and_then(|()| held.sweep())
            .and_then(|_| there(held, &manifest.store));
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
            copied_bytes: copied.copied_bytes,
            ledgers: Some(ledgers.collect()),
            archive_files: manifest.archive().len() as u64,
        };
        let ended = Ended {
            made: Some(made),
            target: self.begun.target.clone(),
            there,
        };
        Ok((ended, copied))
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

    /// Takes a cut and copies it; again with another, where an erasure takes it away.
    fn copied(
        &self,
        progress: &mut dyn FnMut(Copied),
    ) -> Result<(Cut, Vec<FileEntry>, Copied), Refusal> {
        let Making {
            gate, held, rate, ..
        } = &self.making;
        let mut before = 0;
        for _ in 0..BACKUP_CUTS_MAX {
            let cut = self.recorder.engine.cut()?;
            let mut so_far = 0;
            let copied = create::copy_files(held, cut.files.directory(), *rate, &mut |copied| {
                so_far = copied.copied_bytes;
                progress(copied);
                match gate.is_draining() || self.is_stopped() {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            });
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

/// Whether a copy failed because its cut is gone.
fn is_taken(error: &BackupError, cut: &Path) -> bool {
    matches!(error, BackupError::CutTaken) || !cut.exists()
}

/// The backups of a store that are there.
pub(super) fn there(held: &Held, store: &str) -> Result<Vec<BackupId>, BackupError> {
    let (mut there, mut others) = (Vec::new(), BTreeSet::new());
    for listed in held.target().list()? {
        let manifest = listed.manifest?;
        match manifest.store == store {
            true => there.push(listed.id),
            false => drop(others.insert(manifest.store)),
        }
    }
    if !others.is_empty() {
        tracing::warn!(
            directory = held.target().name(),
            count = others.len(),
            "the directory for backups also holds those of other stores: give each store one of its own"
        );
    }
    Ok(there)
}

/// What a backup says of itself.
fn manifest(begun: &Begun, cut: &Cut, files: Vec<FileEntry>) -> Manifest {
    let ledgers = cut.ledgers.iter().map(|ledger| LedgerCut {
        number: ledger.number,
        name: ledger.name.clone(),
        origin: ledger.origin.clone(),
        verifier_key: ledger.verifier_key.clone(),
        size: ledger.head.size,
        root: HEXLOWER.encode(ledger.head.root.as_bytes()),
        chain: HEXLOWER.encode(ledger.head.chain.as_bytes()),
        checkpoint: ledger.head.checkpoint.clone(),
        newest_erasure: ledger.newest_erasure,
        unfinished_erasures: ledger.unfinished_erasures.clone(),
        anchor: ledger.anchor.as_ref().map(slot),
        closed: ledger.is_closed,
        archive: ledger.archive.iter().filter_map(archived).collect(),
    });
    Manifest {
        form: Manifest::FORM,
        id: begun.backup.clone(),
        made: shortest(cut.taken),
        made_ns: cut.taken,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        store: cut.store.to_string(),
        layout: RocksStore::LAYOUT,
        keks: cut.keks.iter().map(KekId::to_string).collect(),
        signed_by: SignedBy {
            origin: cut.signer.origin.clone(),
            public_key: HEXLOWER.encode(&cut.signer.public),
        },
        ledgers: ledgers.collect(),
        files,
    }
}

/// A file of the archive, by the name that it has in whatever directory.
fn archived(archive: &Archive) -> Option<ArchiveEntry> {
    let name = Path::new(&archive.location).file_name()?.to_str()?;
    Some(ArchiveEntry {
        name: name.to_owned(),
        sha256: HEXLOWER.encode(&archive.sha256),
    })
}

fn slot(reached: &Reached) -> AnchorSlot {
    AnchorSlot {
        size: reached.size,
        root: HEXLOWER.encode(reached.root.as_bytes()),
        chain: HEXLOWER.encode(reached.chain.as_bytes()),
        checkpoint: reached.checkpoint.clone(),
    }
}
