//! Taking backups away.

use std::cell::RefCell;

use indelible_backup::{
    BackupId, Held, Manifest,
    prune::{self, Pruned, is_over},
};
use indelible_ledger::SystemFact;
use tokio::runtime::Handle;

use super::{
    ahead::Lacking,
    hold::{held, unusable},
    own::Own,
    recorder::Recorder,
};
use crate::{
    backups::{Going, Turn, ended, going},
    issuers::now,
    rpc::{authorise::Gate, refusal::Refusal},
};

/// What came of a prune.
pub(super) struct Outcome {
    /// What was taken away.
    pub(super) gone: Pruned,
    /// Those whose time is over, too, and which lie in another directory than the one that is there.
    pub(super) unreached: Vec<BackupId>,
    /// Those whose time is over, and which are left because the store lacks, or may lack, what they have.
    pub(super) kept: Vec<BackupId>,
}

/// A prune that may happen: nobody makes a backup, and the directory can be written to.
pub(super) struct Pruning {
    gate: Gate,
    held: Held,
    turn: Turn,
    keep_days: u64,
    /// What it takes away.
    going: Going,
    /// What it leaves though its time is over.
    kept: Vec<BackupId>,
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
        let asked = gate.clone();
        // A bucket is asked over a network.
        let prepared = tokio::task::spawn_blocking(move || Self::looked(&asked, keep_days)).await;
        prepared.map_err(|panicked| Refusal::internal(&panicked))?
    }

    /// Takes the turn and the directory, and looks what is over. Blocking.
    fn looked(gate: &Gate, keep_days: Option<u64>) -> Result<Self, Refusal> {
        let (held, turn) = held(gate, false)?;
        let configured = gate.backups().configured();
        let as_configured = || configured.map_or(u64::MAX, |backup| backup.keep_days);
        let keep_days = keep_days.unwrap_or_else(as_configured);
        let engine = gate.recovered().ok_or_else(Refusal::recovering)?;
        let own = Own::of(engine, gate.backups());
        let lacking = Lacking::of(engine, gate.backups());
        let kept = RefCell::new(Vec::new());
        let goes = |manifest: &Manifest| {
            let is_kept = own.is_own(manifest) && lacking.keeps(manifest);
            if is_kept && is_over(manifest.made_ns, keep_days, now()) {
                kept.borrow_mut().push(manifest.id.clone());
            }
            own.is_own(manifest) && !is_kept
        };
        let over = prune::over(&held, &goes, gate.backups().seen(), keep_days, now());
        Ok(Self {
            kept: kept.take(),
            keep_days,
            gate: gate.clone(),
            held,
            turn,
            going: Going {
                going: over.map_err(|error| unusable(&error))?,
            },
        })
    }

    /// Puts it on record that the prune begins.
    pub(super) async fn begin(self, recorder: Recorder) -> Result<BegunPrune, Refusal> {
        let days = vec![("keep_days", SystemFact::Uint(self.keep_days))];
        let payload = going(&self.going).map_err(|error| Refusal::internal(&error))?;
        recorder.record("begun", days, Some(payload)).await?;
        let going = self.going.clone();
        self.gate.backups().change(|known| known.let_go(going));
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
            going,
            kept,
        } = self.pruning;
        let own = Own::of(&self.recorder.engine, gate.backups());
        let elsewhere = gate
            .backups()
            .elsewhere(held.target().id(), keep_days, now());
        let outcome = prune::take_away(&held, going.going).and_then(|pruned| {
            let there = own.there(held.target())?;
            Ok((pruned, there))
        });
        let recorded = outcome
            .map_err(|error| unusable(&error))
            .and_then(|(pruned, there)| {
                let made = there.ended(None, held.target().id().to_owned());
                let payload = ended(made.clone()).map_err(|error| Refusal::internal(&error))?;
                let facts = vec![
                    ("backups", SystemFact::Uint(pruned.backups.len() as u64)),
                    ("bytes", SystemFact::Uint(pruned.bytes)),
                ];
                let record = self.recorder.record("done", facts, Some(payload));
                Handle::current().block_on(record)?;
                gate.backups().change(|known| known.end(made));
                gate.backups().look_soon();
                Ok(pruned)
            });
        if let Err(refusal) = &recorded {
            self.recorder.failed(refusal, None);
        }
        drop(turn);
        recorded.map(|gone| Outcome {
            gone,
            unreached: elsewhere,
            kept,
        })
    }
}
