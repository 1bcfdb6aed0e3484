//! Taking backups away.

use indelible_backup::{
    BackupId, Held,
    prune::{self, Pruned, Rule},
};
use indelible_ledger::SystemFact;
use tokio::runtime::Handle;

use super::{
    hold::{held, unusable},
    make::there,
    recorder::Recorder,
};
use crate::{
    backups::{Ended, Turn, ended},
    issuers::now,
    rpc::{authorise::Gate, refusal::Refusal},
};

/// What came of a prune.
pub(super) struct Outcome {
    /// What was taken away.
    pub(super) gone: Pruned,
    /// Those whose time is over, too, and which lie in another directory than the one that is there.
    pub(super) unreached: Vec<BackupId>,
}

/// A prune that may happen: nobody makes a backup, and the directory can be written to.
pub(super) struct Pruning {
    gate: Gate,
    held: Held,
    turn: Turn,
    keep_days: u64,
}

/// A prune whose beginning is on record.
pub(super) struct BegunPrune {
    pruning: Pruning,
    recorder: Recorder,
}

impl Pruning {
    /// Takes the turn and the directory.
    pub(super) async fn prepared(gate: &Gate, keep_days: Option<u64>) -> Result<Self, Refusal> {
        gate.known_backups()?;
        let own = gate.clone();
        // A bucket is asked over a network.
        let taken = tokio::task::spawn_blocking(move || held(&own, false)).await;
        let (held, turn) = taken.map_err(|panicked| Refusal::internal(&panicked))??;
        let configured = gate.backups().configured();
        let as_configured = || configured.map_or(u64::MAX, |backup| backup.keep_days);
        Ok(Self {
            keep_days: keep_days.unwrap_or_else(as_configured),
            gate: gate.clone(),
            held,
            turn,
        })
    }

    /// Puts it on record that the prune begins.
    pub(super) async fn begin(self, recorder: Recorder) -> Result<BegunPrune, Refusal> {
        let days = vec![("keep_days", SystemFact::Uint(self.keep_days))];
        recorder.record("begun", days, None).await?;
        Ok(BegunPrune {
            pruning: self,
            recorder,
        })
    }
}

impl BegunPrune {
    /// Does it, and puts on record how it ended. Blocking.
    pub(super) fn prune(self) -> Result<Outcome, Refusal> {
        let Pruning {
            gate,
            held,
            turn,
            keep_days,
        } = self.pruning;
        let rule = Rule {
            store: self.recorder.engine.store_id().to_string(),
            keep_days,
        };
        let elsewhere = gate
            .backups()
            .elsewhere(held.target().id(), keep_days, now());
        let outcome = prune::prune(&held, &rule, now()).and_then(|pruned| {
            let there = there(&held, &rule.store)?;
            Ok((pruned, there))
        });
        let recorded = outcome
            .map_err(|error| unusable(&error))
            .and_then(|(pruned, there)| {
                let made = Ended {
                    made: None,
                    target: held.target().id().to_owned(),
                    there,
                };
                let payload = ended(made.clone()).map_err(|error| Refusal::internal(&error))?;
                let facts = vec![
                    ("backups", SystemFact::Uint(pruned.backups.len() as u64)),
                    ("bytes", SystemFact::Uint(pruned.bytes)),
                ];
                let record = self.recorder.record("done", facts, Some(payload));
                Handle::current().block_on(record)?;
                gate.backups().change(|known| known.end(made));
                Ok(pruned)
            });
        if let Err(refusal) = &recorded {
            self.recorder.failed(refusal, None);
        }
        drop(turn);
        recorded.map(|gone| Outcome {
            gone,
            unreached: elsewhere,
        })
    }
}
