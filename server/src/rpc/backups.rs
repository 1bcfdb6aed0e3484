//! CreateBackup, ListBackups, ListErasureBackups, PruneBackups, StopBackup, ForgetBackups and ReportBackupVerified. A backup is
//! made on a thread of its own, and continues to its end whether or not the client listens.

mod ahead;
mod behind;
mod forget;
mod hold;
mod keep;
mod look;
mod make;
mod of_cut;
mod own;
mod prune;
mod recorder;
mod verified;
mod wire;

use std::time::{Duration, Instant};

use indelible_backup::Copied;
use indelible_ledger::{Availability, Engine, ErasureRecord, Ledger, SystemFact};
use indelible_proto::{
    time::timestamp,
    v1::{self, ErrorReason},
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

pub(crate) use self::keep::{keep, read};
pub(super) use self::wire::{of_erasure, of_erasure_elsewhere, of_orders};
use self::{
    ahead::Lacking,
    recorder::Recorder,
    wire::{Holds, clean_of, wire},
};
use super::{
    authorise::{Action, Caller, Gate, Permit, Scope},
    blocking::blocking,
    refusal::Refusal,
};
use crate::{backups::Standing, limits::PROGRESS_INTERVAL_MS};

type Message = Result<v1::CreateBackupResponse, Status>;

pub(super) type BackingUp = ReceiverStream<Message>;

/// Messages that are ready before the client took them.
const MESSAGES_AHEAD_MAX: usize = 8;

pub(super) async fn create(
    gate: &Gate,
    request: Request<v1::CreateBackupRequest>,
) -> Result<Response<BackingUp>, Status> {
    let caller = Caller::of(&request);
    let asked = request.into_inner();
    let permit = gate.authorise(&caller, Action::ManageBackups, Scope::Store)?;
    let recorder = recorder(gate, &permit, "CreateBackup")?;
    let begun = make::begun(gate, make::Wish::of(&asked), recorder).await?;
    let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD_MAX);
    let gate = gate.clone();
    let copied_anew = begun.is_encrypted_to_others();
    tokio::task::spawn_blocking(move || {
        let mut told = Instant::now();
        let outcome = begun.make(&mut |copied| {
            if told.elapsed() >= Duration::from_millis(PROGRESS_INTERVAL_MS) {
                told = Instant::now();
                // Progress waits for nobody.
                let _unheard = sender.try_send(Ok(progress(copied, copied_anew, None)));
            }
        });
        let message = match outcome {
            Ok((known, copied)) => {
                // It has nothing that the store lacks.
                let backup = wire(&known, gate.backups(), Holds::default());
                Ok(progress(copied, copied_anew, Some(backup)))
            }
            Err(refusal) => Err(refusal.into()),
        };
        // A client that is gone needs no answer.
        let _gone = sender.blocking_send(message);
    });
    Ok(Response::new(ReceiverStream::new(receiver)))
}

fn progress(
    copied: Copied,
    copied_anew: bool,
    backup: Option<v1::Backup>,
) -> v1::CreateBackupResponse {
    v1::CreateBackupResponse {
        done_bytes: copied.done_bytes,
        total_bytes: copied.total_bytes,
        copied_bytes: copied.copied_bytes,
        backup,
        copied_anew,
    }
}

pub(super) async fn list(
    gate: &Gate,
    request: Request<v1::ListBackupsRequest>,
) -> Result<Response<v1::ListBackupsResponse>, Status> {
    let permit = gate.authorise(&Caller::of(&request), Action::ReadStatus, Scope::Store)?;
    let engine = permit.engine()?.clone();
    gate.known_backups()?;
    let backups = gate.backups().clone();
    let listed = blocking(move || {
        // What lies under a path now decides which backups a prune reaches.
        look::strangers(&engine, &backups);
        let known = backups.all();
        let orders = engine.orders_to_destroy();
        let lost_before = erasures_lost_before(&engine);
        let lacking = Lacking::of(&engine, &backups);
        let wired = known.iter().map(|known| {
            let is_clean = clean_of(known, &orders) && known.made_ns >= lost_before;
            let holds = Holds {
                erased: !is_clean,
                what_the_store_lacks: lacking.keeps_known(known),
            };
            wire(known, &backups, holds)
        });
        Ok(wired.collect())
    });
    Ok(Response::new(v1::ListBackupsResponse {
        backups: listed.await?,
    }))
}

/// Until when erasures may have been recorded that the store does not have any more: what a backup from before that holds is not
/// known. A ledger in quarantine lacks records; a successor begins where its predecessor lacks some.
fn erasures_lost_before(engine: &Engine) -> u64 {
    let ledgers = engine.status().ledgers.into_iter();
    let lost = ledgers.map(|ledger| match (ledger.state, ledger.predecessor) {
        (Availability::Quarantined, _) => u64::MAX,
        (_, Some(_)) => ledger.created,
        (_, None) => 0,
    });
    lost.max().unwrap_or_default()
}

pub(super) async fn list_of_erasure(
    gate: &Gate,
    request: Request<v1::ListErasureBackupsRequest>,
) -> Result<Response<v1::ListErasureBackupsResponse>, Status> {
    let caller = Caller::of(&request);
    let request = request.into_inner();
    let scope = Scope::Ledger(&request.ledger);
    let permit = gate.authorise(&caller, Action::ReadDataSubjects, scope)?;
    let ledger = permit.ledger()?;
    gate.known_backups()?;
    let (asked, sequence) = (gate.clone(), request.sequence);
    if request.recorded_elsewhere {
        return of_order_elsewhere(&asked, ledger, sequence).await;
    }
    let backups = blocking(move || {
        let erased = ledger.erasures()?;
        let disposed = ledger.disposals()?;
        let is_own =
            |record: &ErasureRecord| record.sequence == sequence && record.recorded_in.is_none();
        let is_erasure = erased.iter().any(|(record, _)| is_own(record))
            || disposed
                .iter()
                .any(|(record, _)| record.sequence == sequence);
        if !is_erasure {
            let problem = format!(
                "record {sequence} is neither an erasure nor a disposal; `indelible erasures` and `indelible retention list` \
                 list those of a ledger"
            );
            return Err(Refusal::new(ErrorReason::RecordUnknown, problem));
        }
        Ok(of_erasure(&asked, &ledger, sequence))
    });
    Ok(Response::new(v1::ListErasureBackupsResponse {
        backups: backups.await?,
    }))
}

/// The same for an erasure that the store's own ledger records, since this one takes no records.
async fn of_order_elsewhere(
    gate: &Gate,
    ledger: Ledger,
    sequence: u64,
) -> Result<Response<v1::ListErasureBackupsResponse>, Status> {
    let gate = gate.clone();
    let backups = blocking(move || {
        let erased = ledger.erasures()?.into_iter();
        let mut elsewhere = erased.filter_map(|(record, _)| {
            let origin = record.recorded_in?;
            (record.sequence == sequence).then_some(origin)
        });
        let recorded_in = elsewhere
            .next()
            .and_then(|origin| gate.recovered()?.ledger(&origin).ok());
        let Some(recorded_in) = recorded_in else {
            let problem = format!(
                "no erasure from this ledger is recorded elsewhere as {sequence}; `indelible erasures` lists them"
            );
            return Err(Refusal::new(ErrorReason::RecordUnknown, problem));
        };
        let done_to = ledger.summary().origin;
        Ok(of_erasure_elsewhere(
            &gate,
            &done_to,
            &recorded_in,
            sequence,
        ))
    });
    Ok(Response::new(v1::ListErasureBackupsResponse {
        backups: backups.await?,
    }))
}

pub(super) async fn prune(
    gate: &Gate,
    request: Request<v1::PruneBackupsRequest>,
) -> Result<Response<v1::PruneBackupsResponse>, Status> {
    let caller = Caller::of(&request);
    let keep_days = request.into_inner().keep_days;
    let permit = gate.authorise(&caller, Action::ManageBackups, Scope::Store)?;
    let pruning = prune::Pruning::prepared(gate, keep_days).await?;
    let begun = pruning.begin(recorder(gate, &permit, "PruneBackups")?);
    let begun = begun.await?;
    let pruned = blocking(move || begun.prune()).await?;
    Ok(Response::new(v1::PruneBackupsResponse {
        backup_ids: pruned
            .gone
            .backups
            .iter()
            .map(ToString::to_string)
            .collect(),
        freed_bytes: pruned.gone.bytes,
        unreached_backup_ids: pruned.unreached.iter().map(ToString::to_string).collect(),
        kept_backup_ids: pruned.kept.iter().map(ToString::to_string).collect(),
    }))
}

pub(super) async fn stop(
    gate: &Gate,
    request: Request<v1::StopBackupRequest>,
) -> Result<Response<v1::StopBackupResponse>, Status> {
    let permit = gate.authorise(&Caller::of(&request), Action::ManageBackups, Scope::Store)?;
    let known = gate.known_backups()?;
    let mut running = known
        .iter()
        .filter(|known| known.standing == Standing::Running);
    let Some(running) = running.next() else {
        let problem = "no backup is being made";
        return Err(Refusal::new(ErrorReason::BackupNotRunning, problem).into());
    };
    let backup_id = running.id.to_string();
    let which = ("backup", SystemFact::Text(backup_id.clone()));
    let act = permit.begin("StopBackup", vec![which]).await?;
    // One that ended meanwhile needs no stopping.
    gate.backups().stop(&running.id);
    act.done(Vec::new());
    Ok(Response::new(v1::StopBackupResponse { backup_id }))
}

pub(super) async fn forget(
    gate: &Gate,
    request: Request<v1::ForgetBackupsRequest>,
) -> Result<Response<v1::ForgetBackupsResponse>, Status> {
    let caller = Caller::of(&request);
    let asked = request.into_inner();
    let permit = gate.authorise(&caller, Action::ManageBackups, Scope::Store)?;
    let recorder = recorder(gate, &permit, "ForgetBackups")?;
    let own = gate.clone();
    let forgetting = blocking(move || forget::Forgetting::prepared(&own, asked));
    Ok(Response::new(forgetting.await?.forget(recorder).await?))
}

pub(super) async fn report_verified(
    gate: &Gate,
    request: Request<v1::ReportBackupVerifiedRequest>,
) -> Result<Response<v1::ReportBackupVerifiedResponse>, Status> {
    let caller = Caller::of(&request);
    let asked = request.into_inner();
    let permit = gate.authorise(&caller, Action::ManageBackups, Scope::Store)?;
    let recorder = recorder(gate, &permit, "ReportBackupVerified")?;
    let verified_ns = verified::note(gate, asked, recorder).await?;
    Ok(Response::new(v1::ReportBackupVerifiedResponse {
        verified_time: Some(timestamp(verified_ns)),
    }))
}

/// Records as the caller's what is done.
fn recorder(gate: &Gate, permit: &Permit<'_>, method: &'static str) -> Result<Recorder, Refusal> {
    let told = permit.told(indelible_ledger::SystemKind::BackedUp, method);
    Recorder::new(gate, told)
}
