//! Holding the ledgers against a register that could not be read at the start, and what operators are told of it.

use std::{sync::Arc, time::Duration};

use indelible_keystore::{Backoff, Remedy};
use tracing::warn;

use crate::{
    check::{recovery::quarantine, registered::behind},
    core::Core,
    keys::registrar::Registrar,
    operations::{end_ledger, erase, retention},
    state::{
        limits::KEYS_RETRY_MAX,
        notice::{Notice, NoticeCode},
        register::RegisterStatus,
        shared::Availability,
        steps::{Next, Steps},
    },
};

/// The loop that tries until the ledgers were held against the register. It ends then, or when the engine stops.
pub(crate) struct RegisterReader {
    core: Arc<Core>,
    registrar: Arc<Registrar>,
    backoff: Backoff,
    /// When to try next.
    next: Duration,
}

impl Steps for RegisterReader {
    fn step(&mut self) -> Next {
        if self.core.is_draining() || self.registrar.is_settled() {
            return Next::Ended;
        }
        if self.core.environment.elapsed() < self.next {
            return Next::PausesUntil(self.next);
        }
        self.attempt();
        if self.registrar.check().is_ok() {
            self.core.followers.ring();
            end_ledger::resume(&self.core);
            erase::resume(&self.core);
            retention::resume(&self.core);
            return Next::Ended;
        }
        self.next = self.core.environment.elapsed() + self.pause();
        Next::PausesUntil(self.next)
    }
}

impl RegisterReader {
    /// One that tries first after a pause: the start has just tried. None if there is nothing to try.
    pub(crate) fn of(core: &Arc<Core>) -> Option<Self> {
        let registrar = core.signers.registrar()?;
        if registrar.is_settled() {
            return None;
        }
        let mut reader = Self {
            backoff: Backoff::new(core.options.keys_retry, KEYS_RETRY_MAX),
            registrar: Arc::clone(registrar),
            next: core.environment.elapsed(),
            core: Arc::clone(core),
        };
        let pause = reader.pause();
        reader.next += pause;
        Some(reader)
    }

    fn pause(&mut self) -> Duration {
        self.backoff.pause(self.core.environment.entropy())
    }

    /// Reads it, puts ledgers that are behind it into quarantine, and claims it.
    fn attempt(&self) {
        let core = &*self.core;
        let Some(ledgers) = self.registrar.read(&*core.store) else {
            return;
        };
        let held = behind(
            &*core.store,
            &core.registry,
            &ledgers,
            &self.registrar.name(),
        );
        let (behind, found) = match held {
            Ok(held) => held,
            Err(finding) => {
                warn!(%finding, "a ledger can't be held against the register now");
                return;
            }
        };
        for (cell, finding) in found {
            if cell.state().0 == Availability::Quarantined {
                continue;
            }
            if let Some(missing) = finding.missing {
                cell.doubts.note_lost(missing);
            }
            quarantine(&cell, &finding);
        }
        self.registrar.claim(&*core.store, behind);
    }
}

/// What an operator should know of the register.
pub(crate) fn notices(status: &RegisterStatus) -> Vec<Notice> {
    let mut notices: Vec<_> = status
        .missing
        .iter()
        .map(|(origin, size)| Notice {
            code: NoticeCode::LedgerMissing,
            detail: format!(
                "the register {} holds {origin} with {size} records, but the store has no such ledger: the store is an older \
                 copy. Restore the newest copy of the data directory, and restart",
                status.place
            ),
            ledger: None,
        })
        .collect();
    let Some(outage) = &status.outage else {
        return notices;
    };
    let (code, effect) = match (outage.remedy, status.is_confirmed) {
        (Remedy::Wait, true) => (
            NoticeCode::RegisterUnavailable,
            "Until the register can be advanced, no checkpoint is published; appends are acknowledged as before",
        ),
        (Remedy::Wait, false) => (
            NoticeCode::RegisterUnavailable,
            "Until the ledgers were held against the register, nothing is signed, and so nothing is appended; what is stored \
             is read and proven. The daemon keeps trying",
        ),
        (Remedy::Fix | Remedy::Replace, _) => (
            NoticeCode::RegisterDiffers,
            "Nothing is signed until a restart finds the register in order",
        ),
    };
    notices.push(Notice {
        code,
        detail: format!("{}. {effect}", outage.reason),
        ledger: None,
    });
    notices
}
