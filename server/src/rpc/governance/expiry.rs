//! What the daemon records of governance by itself: that approvals of agents' acts have expired which nobody answered in time,
//! how many equal calls came to nothing, and now and then the state. It also reads whether everything is halted, where that could not be read at the start.

use std::time::Duration;

use indelible_ledger::{Engine, Ledger};
use tokio::{sync::watch, time::interval};

use super::all_ledgers::read;
use crate::limits::EXPIRED_APPROVALS_LOOK_SECONDS;

/// Looks again and again until the daemon drains. What can't be recorded now is tried again.
pub(crate) async fn keep(engine: Engine, mut draining: watch::Receiver<bool>) {
    let mut ticks = interval(Duration::from_secs(EXPIRED_APPROVALS_LOOK_SECONDS));
    loop {
        tokio::select! {
            _drains = draining.wait_for(|drains| *drains) => break,
            _tick = ticks.tick() => {}
        }
        if let Err(problem) = read(&engine).await {
            tracing::debug!(problem, "whether everything is halted can't be read yet");
        }
        for ledger in engine.governed_ledgers() {
            if let Err(error) = ledger.record_expired_approvals().await {
                let ledger = ledger.summary().name;
                tracing::debug!(%ledger, %error, "the end of approvals could not be recorded");
            }
            if let Err(error) = ledger.record_state_if_due().await {
                let ledger = ledger.summary().name;
                tracing::debug!(%ledger, %error, "the state of a ledger's governance could not be recorded");
            }
            record_refusals(&ledger, false).await;
        }
    }
    for ledger in engine.governed_ledgers() {
        record_refusals(&ledger, true).await;
    }
}

/// Records how many equal calls came to nothing.
async fn record_refusals(ledger: &Ledger, all_of_them: bool) {
    if let Err(error) = ledger.record_refusals(all_of_them).await {
        let ledger = ledger.summary().name;
        tracing::debug!(%ledger, %error, "refused calls could not be recorded; they stay counted");
    }
}
