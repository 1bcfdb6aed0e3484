//! Reads which requests there are, and puts on record that what can't be undone takes two people, as soon as that is so.

use std::time::Duration;

use indelible_ledger::{Engine, SystemEvent, SystemKind};
use tokio::{sync::watch, time::sleep};

use crate::{approvals, issuers::now, limits::APPROVALS_RETRY_MS, rpc::authorise::Gate};

/// Reads the records and puts in force what they say, if that was not done for the ledger that is there now; and records that
/// a second person is needed, if no record of it says so. The problem says why it could not be done.
pub(crate) async fn read(gate: &Gate, engine: &Engine) -> Result<(), String> {
    let known = gate.approvals();
    let origin = engine
        .ledger("_system")
        .map(|system| system.summary().origin);
    let origin = origin.map_err(|error| error.to_string())?;
    // Nothing is asked for or answered between reading and taking.
    let _one_at_a_time = known.changing().await;
    if known.origin().as_ref() != Some(&origin) {
        let reads = engine.clone();
        let loaded = tokio::task::spawn_blocking(move || approvals::load(&reads, now())).await;
        let loaded = loaded.map_err(|panicked| panicked.to_string())??;
        // First, so that nobody acts alone in between.
        gate.take_of_records(loaded.takes_two());
        known.take(loaded);
        let (count, two_people) = (known.all().len(), gate.takes_two());
        tracing::info!(
            count,
            two_people,
            origin,
            "read which requests for a second person there are"
        );
    }
    if gate.takes_two() && !known.is_required() {
        let event = SystemEvent::new(SystemKind::TwoPeopleRequired);
        gate.record(event)
            .await
            .map_err(|refusal| refusal.reason().name().to_owned())?;
        known.required();
        tracing::info!("from now on, what can't be undone takes two people");
    }
    Ok(())
}

/// Does so again and again, until the daemon is about to stop: it could not be done, an approver was bound, or `_system` has a
/// successor.
pub(crate) async fn keep(gate: Gate, engine: Engine, mut draining: watch::Receiver<bool>) {
    let mut told: Option<String> = None;
    loop {
        let problem = read(&gate, &engine).await.err();
        let is_new = problem.is_some() && told != problem;
        if let Some(problem) = problem.as_ref().filter(|_| is_new) {
            tracing::warn!(
                problem,
                "what takes two people can't be read or recorded, so it may be refused"
            );
        }
        told = problem;
        tokio::select! {
            // An error says that the daemon is gone.
            _ = draining.wait_for(|draining| *draining) => return,
            () = sleep(Duration::from_millis(APPROVALS_RETRY_MS)) => {}
        }
    }
}
