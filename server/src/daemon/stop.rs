//! How the daemon ends: in the middle of its start, or after its calls.

use std::{future::Future, io, time::Duration};

use indelible_ledger::{Engine, Interrupt, OpenError};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};
use tonic_health::server::HealthReporter;

use super::{error::DaemonError, health::end_watches};
use crate::limits::{DRAIN_SECONDS_MAX, START_BROKEN_OFF_SECONDS_MAX};

/// Resolves at the first SIGTERM or SIGINT from now on.
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// The recovered engine; nothing if somebody stopped the daemon before. Whatever the end is but an engine, `server` is told
/// to answer nobody any more.
pub(super) async fn opened_or_stopped(
    mut opening: JoinHandle<Result<Engine, DaemonError>>,
    interrupt: &Interrupt,
    server: &JoinHandle<()>,
    stop: impl Future<Output = ()>,
) -> Result<Option<Engine>, DaemonError> {
    let opened = tokio::select! {
        opened = &mut opening => opened.map_err(panicked).flatten(),
        () = stop => {
            server.abort();
            return break_off(opening, interrupt).await.map(|()| None);
        }
    };
    if opened.is_err() {
        server.abort();
    }
    opened.map(Some)
}

/// Ends a start that somebody stopped. Nothing was accepted yet, and what the start has written stands in whole writes, so
/// that one which does not end in time, because a provider or a disk takes its time, ends with the process.
async fn break_off(
    opening: JoinHandle<Result<Engine, DaemonError>>,
    interrupt: &Interrupt,
) -> Result<(), DaemonError> {
    tracing::info!("stopped while recovering");
    interrupt.set();
    let patience = Duration::from_secs(START_BROKEN_OFF_SECONDS_MAX);
    match tokio::time::timeout(patience, opening).await {
        // It was complete at that moment.
        Ok(Ok(Ok(engine))) => close(engine).await,
        Ok(Ok(Err(DaemonError::Open(OpenError::Interrupted)))) => Ok(()),
        Ok(Ok(Err(error))) => Err(error),
        Ok(Err(panic)) => Err(panicked(panic)),
        Err(_elapsed) => {
            tracing::warn!("the start did not end in time; it ends with the process");
            Ok(())
        }
    }
}

/// Waits for the calls that are in progress: what they had accepted is acknowledged to them.
pub(super) async fn await_calls(
    mut server: JoinHandle<()>,
    mut health: HealthReporter,
) -> Result<(), DaemonError> {
    // Clients that watch the health know it by now.
    end_watches(&mut health).await;
    let patience = Duration::from_secs(DRAIN_SECONDS_MAX);
    match tokio::time::timeout(patience, &mut server).await {
        Ok(ended) => ended.map_err(panicked),
        Err(_elapsed) => {
            tracing::warn!("cut off calls that did not end in time");
            server.abort();
            Ok(())
        }
    }
}

/// Commits what is in the queue, and closes the store.
pub(super) async fn close(engine: Engine) -> Result<(), DaemonError> {
    let drained = tokio::task::spawn_blocking(move || engine.drain())
        .await
        .map_err(panicked)?;
    drained.map_err(DaemonError::Drain)?;
    tracing::info!("closed");
    Ok(())
}

pub(super) fn panicked(error: tokio::task::JoinError) -> DaemonError {
    DaemonError::Panicked(error.to_string())
}
