//! Reads which backups there are, and makes those of the schedule.

use std::time::Duration;

use indelible_ledger::Engine;
use indelible_proto::v1::ErrorReason;
use tokio::{
    sync::watch,
    task::{JoinHandle, spawn_blocking},
    time::{Instant, sleep},
};

use super::{
    look::look_everywhere,
    make::{Wish, begun},
    prune::Pruning,
    recorder::Recorder,
};
use crate::{
    backups::{self, Schedule},
    issuers::now,
    limits::{BACKUP_LOOK_SECONDS, BACKUP_RETRY_SECONDS, OWN_TOKENS_RETRY_MS},
    rpc::{authorise::Gate, refusal::Refusal},
};

/// Reads the records, if that was not done for the ledger that is there now. The problem says why it could not be done.
pub(crate) async fn read(gate: &Gate, engine: &Engine) -> Result<(), String> {
    let system = engine.ledger("_system");
    let origin = system.map(|system| system.summary().origin);
    let origin = origin.map_err(|error| error.to_string())?;
    if gate.backups().origin().as_ref() == Some(&origin) {
        return Ok(());
    }
    let reads = engine.clone();
    let loaded = spawn_blocking(move || backups::load(&reads)).await;
    let (origin, catalogue) = loaded.map_err(|panicked| panicked.to_string())??;
    gate.backups().take(origin, catalogue, now());
    gate.backups().look_soon();
    Ok(())
}

/// A look into the places for backups, if one is due and none goes on. Nobody waits for it: a volume may answer nothing.
fn look(gate: &Gate, engine: &Engine, before: Option<JoinHandle<()>>) -> Option<JoinHandle<()>> {
    const LOOK_NS: u64 = BACKUP_LOOK_SECONDS * 1_000_000_000;
    let goes_on = before.as_ref().is_some_and(|look| !look.is_finished());
    if goes_on || !gate.backups().is_look_due(LOOK_NS, now()) {
        return before;
    }
    let (backups, engine) = (gate.backups().clone(), engine.clone());
    Some(spawn_blocking(move || look_everywhere(&engine, &backups)))
}

/// Does so again while it could not be done, and makes backups when they are due, until the daemon is about to stop.
pub(crate) async fn keep(gate: Gate, engine: Engine, mut draining: watch::Receiver<bool>) {
    let mut told: Option<String> = None;
    let mut next_try = Instant::now();
    let mut looking = None;
    loop {
        let problem = read(&gate, &engine).await.err();
        if let Some(problem) = &problem {
            gate.backups().not_read(problem.clone());
        }
        if let Some(problem) = problem
            .as_ref()
            .filter(|problem| told.as_ref() != Some(problem))
        {
            tracing::warn!(
                problem,
                "no backup is made, because it can't be read which there are"
            );
        }
        told = problem;
        if told.is_none() {
            looking = look(&gate, &engine, looking);
        }
        if told.is_none() && Instant::now() >= next_try && is_due(&gate) {
            match scheduled(&gate).await {
                Ok(()) => {}
                // Somebody else makes one, which is as good.
                Err(refusal) if refusal.reason() == ErrorReason::BackupRunning => {}
                Err(_) if gate.is_draining() => {}
                Err(_) => next_try = Instant::now() + Duration::from_secs(BACKUP_RETRY_SECONDS),
            }
        }
        tokio::select! {
            // An error says that the daemon is gone.
            _ = draining.wait_for(|draining| *draining) => break,
            () = sleep(Duration::from_millis(OWN_TOKENS_RETRY_MS)) => {}
        }
    }
}

fn is_due(gate: &Gate) -> bool {
    let backups = gate.backups();
    let schedule = Schedule::of(backups);
    schedule.is_some_and(|schedule| schedule.is_due(backups.newest().as_ref(), now()))
}

/// Makes a backup, and takes away those whose time is over.
async fn scheduled(gate: &Gate) -> Result<(), Refusal> {
    let begun = begun(
        gate,
        Wish::default(),
        Recorder::of_the_schedule(gate, "CreateBackup")?,
    )
    .await?;
    let made = spawn_blocking(move || begun.make(&mut |_| {})).await;
    let (known, copied) = made.map_err(|panicked| Refusal::internal(&panicked))??;
    tracing::info!(backup = %known.id, bytes = known.total_bytes, copied = copied.copied_bytes, "a backup is made");
    let pruned = pruned(gate).await;
    if let Err(refusal) = &pruned {
        gate.backups().tried(Some(refusal.message().to_owned()));
    }
    pruned
}

/// Takes away the backups whose time is over.
async fn pruned(gate: &Gate) -> Result<(), Refusal> {
    let pruning = Pruning::prepared(gate, None).await?;
    let begun = pruning
        .begin(Recorder::of_the_schedule(gate, "PruneBackups")?)
        .await?;
    let pruned = spawn_blocking(move || begun.prune()).await;
    let pruned = pruned.map_err(|panicked| Refusal::internal(&panicked))??;
    for id in &pruned.gone.backups {
        tracing::info!(backup = %id, "a backup is taken away: its time is over");
    }
    for id in &pruned.kept {
        tracing::warn!(backup = %id, "a backup is kept though its time is over: the store lacks, or may lack, records that it has");
    }
    Ok(())
}
