//! Reads which tokens there are, and records on which days they were used.

use std::time::Duration;

use indelible_ledger::{Engine, SystemEvent, SystemKind};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use crate::{
    issuers::now,
    limits::{OWN_TOKENS_RETRY_MS, TOKEN_USES_SECONDS},
    rpc::authorise::Gate,
    tokens,
};

/// Reads the records and puts in force what they say, if that was not done for the ledger that is there now. The problem
/// says why it could not be done.
pub(crate) async fn read(gate: &Gate, engine: &Engine) -> Result<(), String> {
    let tokens = gate.tokens();
    let origin = engine
        .ledger("_system")
        .map(|system| system.summary().origin);
    let origin = origin.map_err(|error| error.to_string())?;
    if tokens.origin().as_ref() == Some(&origin) {
        return Ok(());
    }
    // Nothing is made or revoked between reading and taking.
    let _one_at_a_time = tokens.changing().await;
    let reads = engine.clone();
    let loaded = tokio::task::spawn_blocking(move || tokens::load(&reads, now())).await;
    let loaded = loaded.map_err(|panicked| panicked.to_string())??;
    tokens.take(loaded, now());
    gate.take_tokens();
    let count = tokens.all().len();
    tracing::info!(count, origin, "read which tokens there are");
    Ok(())
}

/// Does so again while it could not be done, and records uses, until the daemon is about to stop.
pub(crate) async fn keep(gate: Gate, engine: Engine, mut draining: watch::Receiver<bool>) {
    let mut told: Option<String> = None;
    let mut due = Instant::now();
    loop {
        let problem = read(&gate, &engine).await.err();
        if let Some(problem) = problem
            .as_ref()
            .filter(|problem| told.as_ref() != Some(problem))
        {
            tracing::warn!(
                problem,
                "no token of the daemon's own is accepted, because it can't be read which there are"
            );
        }
        told = problem;
        if Instant::now() >= due {
            record_uses(&gate);
            due = Instant::now() + Duration::from_secs(TOKEN_USES_SECONDS);
        }
        tokio::select! {
            // An error says that the daemon is gone.
            _ = draining.wait_for(|draining| *draining) => break,
            () = sleep(Duration::from_millis(OWN_TOKENS_RETRY_MS)) => {}
        }
    }
    record_uses(&gate);
}

fn record_uses(gate: &Gate) {
    let Some(days) = gate.tokens().uses_to_record() else {
        return;
    };
    match days {
        Ok(days) => {
            let mut event = SystemEvent::new(SystemKind::TokensUsed);
            event.payload = Some(days);
            gate.audit().note(event);
        }
        Err(problem) => tracing::error!(
            problem,
            "the days on which tokens were used are not recorded"
        ),
    }
}
