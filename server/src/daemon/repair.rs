//! The repair of the store's own ledger, without a daemon: nobody can be asked over the network to do it, since nothing
//! would record that.

use std::sync::Arc;

use indelible_ledger::{Interrupt, LedgerSummary, SystemEvent, SystemFact, SystemKind};
use tokio::runtime;

use super::{
    DaemonError, Openers, open,
    stop::{close, panicked},
};
use crate::{
    config::Config,
    hardening,
    open_files::{self, OpenFiles},
    users::own,
};

/// Starts the store's own ledger anew, as the successor of one that is in quarantine or in the place of one that is missing,
/// and closes the store. Nothing is listened to meanwhile.
///
/// # Errors
/// If there is no store, a daemon has it, it or its keys can't be opened, or the ledger needs no successor.
pub fn succeed_system(config: Config) -> Result<LedgerSummary, DaemonError> {
    hardening::forbid_core_dumps().map_err(DaemonError::Hardening)?;
    hardening::keep_files_private();
    let files = OpenFiles::share(open_files::raise().map_err(DaemonError::System)?)?;
    // Opening a directory without a store makes one.
    open::expect_store(&config)?;
    let openers = Openers::obtain(&config)?;
    let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let opening = tokio::task::spawn_blocking(move || {
            open::open(
                &config,
                files,
                openers,
                Arc::default(),
                Interrupt::default(),
            )
        });
        let engine = opening.await.map_err(panicked)??;
        let made = engine.succeed_system().await.map_err(DaemonError::Repair);
        let recorded = match &made {
            Ok(_) => match engine.record_system(&[told()]) {
                Ok(pending) => pending.await.map(drop),
                Err(error) => Err(error),
            },
            Err(_) => Ok(()),
        };
        let recorded = recorded.map_err(DaemonError::RepairUnrecorded);
        close(engine)
            .await
            .and(made)
            .and_then(|made| recorded.map(|()| made))
    })
}

/// Who did it, as the operating system says.
fn told() -> SystemEvent {
    let text = |text: &str| SystemFact::Text(text.to_owned());
    let mut event = SystemEvent::new(SystemKind::LedgerCreated)
        .with("authentication", text("process"))
        .with("method", text("system succeed"))
        .with("outcome", text("done"));
    event.principal = Some(format!("unix:#{}", own()));
    event.ledger = Some("_system".to_owned());
    event
}
