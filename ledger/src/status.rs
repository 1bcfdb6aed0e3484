//! How the engine stands: its ledgers, and what an operator should know.

use std::{sync::Arc, time::Duration};

use indelible_compliance::time::shortest;
use indelible_keystore::KekProvider as _;
use indelible_store::EngineFigures;

use crate::{
    core::Engine,
    operations::{bind_keys, register, scrub::standing},
    state::{
        descriptor::Lifecycle,
        meters::Meters,
        notice::{Notice, NoticeCode},
        shared::{Availability, LedgerState},
        summary::{EngineStatus, LedgerSummary},
        wall_clock::{ClockStatus, ClockUnconfirmed},
    },
    write::queue::WriterProgress,
};

/// How the anchor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnchorFigures {
    /// Whether there is an anchor that can vouch for ledgers.
    pub is_usable: bool,
    /// How often it was not in its place since the start, and was written anew.
    pub replaced: u64,
    /// Ledgers that can still be created before it needs more room on its volume.
    pub room_ledgers: u64,
}

impl Engine {
    /// All ledgers, by name and then origin.
    pub fn ledgers(&self) -> Vec<LedgerSummary> {
        let mut ledgers: Vec<_> = self
            .core
            .registry
            .cells()
            .iter()
            .map(|cell| LedgerSummary::of(cell))
            .collect();
        ledgers.sort_by(|a, b| (&a.name, &a.origin).cmp(&(&b.name, &b.origin)));
        ledgers
    }

    /// How far the writer is with what it is given.
    pub fn writer_progress(&self) -> WriterProgress {
        self.core.queue.progress()
    }

    /// What the engine measures of its own work.
    pub fn meters(&self) -> &Meters {
        &self.core.queue.meters
    }

    /// For how long what ledgers have gained could not all be published; 0 if it could.
    pub fn unpublished_for(&self) -> Duration {
        let now = self.core.environment.elapsed();
        self.core.queue.meters.unpublished_for(now)
    }

    /// Events that wait for an acknowledgement, and bytes of their bodies and payloads.
    pub fn waiting(&self) -> (usize, usize) {
        let backlog = &self.core.queue.backlog;
        (backlog.events(), backlog.bytes())
    }

    /// How the storage engine is getting on; `None` if it can't tell.
    pub fn store_figures(&self) -> Option<EngineFigures> {
        self.core.store.figures().ok().flatten()
    }

    /// How the anchor stands.
    pub fn anchor_figures(&self) -> AnchorFigures {
        let anchor = &self.core.anchor;
        AnchorFigures {
            is_usable: anchor.is_there(),
            replaced: anchor.restored().map_or(0, |(times, _)| times),
            room_ledgers: anchor.room_left(),
        }
    }

    /// How the engine stands.
    pub fn status(&self) -> EngineStatus {
        let core = &*self.core;
        let (identity_custody, keys_away) = match core.custody.keks() {
            Ok(keks) => {
                let kept = match core.signers.newest_place() {
                    Some((_, true)) => "Ed25519 key that never leaves",
                    _ => "Ed25519 seed wrapped by",
                };
                let description = keks.describe();
                let told = format!("{kept} the {}: {}", description.kind, description.detail);
                (told, None)
            }
            Err(away) => (format!("not known: {away}"), Some(away.0)),
        };
        let mut notices = self.notices_of_start();
        notices.extend(self.key_notices());
        notices.extend(core.kek_work.notices());
        notices.extend(core.copies.notice());
        notices.extend(self.projection_notices());
        notices.extend(self.settings_notices());
        notices.extend(self.catalogue_notices());
        notices.extend(self.unsigned_notice());
        notices.extend(
            core.troubles
                .notices(core.options.retention_every.is_some()),
        );
        notices.extend(self.anchor_notice());
        let clock = self.clock();
        notices.extend(clock_notice(clock));
        notices.extend(self.data_key_notices());
        notices.extend(standing::notices(core));
        notices.extend(core.shelf.notices());
        let register = core.signers.registrar().map(|registrar| registrar.status());
        notices.extend(register.iter().flat_map(register::notices));
        EngineStatus {
            ledgers: self.ledgers(),
            identity_custody,
            keys_away,
            draining: self.core.is_draining(),
            stopped: self.core.halt.is_stopped(),
            blocked: self.system_quarantine(),
            clock,
            scrub: standing::status(core),
            register,
            rescue: core.copies.status(),
            notices,
        }
    }

    /// What the start found. A ledger that was in quarantine then and has a successor by now needs nobody any more, and
    /// where a successor made a new anchor, there is one.
    fn notices_of_start(&self) -> Vec<Notice> {
        let is_closed = |cell: &Arc<LedgerState>| cell.state().0 == Availability::Closed;
        let cells = self.core.registry.cells();
        let closed: Vec<_> = cells.iter().filter(|cell| is_closed(cell)).collect();
        let is_over = |notice: &Notice| {
            let is_its =
                |origin: &String| closed.iter().any(|cell| cell.origin().as_str() == origin);
            match notice.code {
                NoticeCode::LedgerQuarantined => notice.ledger.as_ref().is_some_and(is_its),
                NoticeCode::AnchorUnusable => self.core.anchor.is_there(),
                _ => false,
            }
        };
        let mut notices = self.core.notices.clone();
        notices.retain(|notice| !is_over(notice));
        notices
    }

    /// What is wrong with the keys.
    fn key_notices(&self) -> Vec<Notice> {
        let core = &*self.core;
        if let Err(away) = core.custody.keks() {
            let detail = format!(
                "{away}. Until then records in the clear are read and proven, and nothing is appended, decrypted, looked \
                 up by its attributes, erased or published"
            );
            return vec![Notice {
                code: NoticeCode::KeysUnavailable,
                detail,
                ledger: None,
            }];
        }
        let cells = core.registry.cells();
        let shut = core.signers.shut().into_iter().map(|(public, error)| {
            let is_under = |cell: &&Arc<LedgerState>| {
                cell.state().0 != Availability::Closed && cell.keys().identity_key() == Some(public)
            };
            let count = cells.iter().filter(is_under).count();
            Notice {
                code: NoticeCode::IdentityUnavailable,
                detail: format!(
                    "{error}. Ledgers under this key take no records and are not published: {count}"
                ),
                ledger: None,
            }
        });
        shut.collect()
    }

    /// Whether somebody has touched the anchor since the start.
    fn anchor_notice(&self) -> Option<Notice> {
        let (times, found) = self.core.anchor.restored()?;
        Some(Notice {
            code: NoticeCode::AnchorReplaced,
            detail: format!(
                "the anchor {} was not in its place ({found}), and was written anew from memory; times since the start: \
                 {times}. Find out who touches it: a cleaner of old files, a rotation of logs, a restored backup",
                self.core.anchor.place()
            ),
            ledger: None,
        })
    }

    /// The ledgers of which the catalogue says other settings than the chain.
    fn settings_notices(&self) -> impl Iterator<Item = Notice> {
        let cells = self.core.registry.cells();
        cells.into_iter().filter_map(|cell| {
            let differs = cell.descriptor_differs()?;
            Some(Notice {
                code: NoticeCode::SettingsDiffer,
                detail: format!(
                    "the settings of the ledger in the catalogue differ from those in its chain ({differs}). The \
                     settings in the chain are in force. Find out who changed the store"
                ),
                ledger: Some(cell.origin().to_string()),
            })
        })
    }

    /// The ledgers of which the catalogue said something else than the chain.
    fn catalogue_notices(&self) -> impl Iterator<Item = Notice> {
        let cells = self.core.registry.cells();
        cells.into_iter().filter_map(|cell| {
            let claims_closed = cell.descriptor.lifecycle == Lifecycle::Closed
                && cell.state().0 != Availability::Closed;
            let mut corrected: Vec<_> = cell.descriptor.corrected.as_deref().into_iter().collect();
            if claims_closed {
                corrected.push("that it is closed");
            }
            let corrected = (!corrected.is_empty()).then(|| corrected.join(", "))?;
            Some(Notice {
                code: NoticeCode::CatalogueDiffers,
                detail: format!(
                    "the catalogue does not say what the ledger's chain says ({corrected}). The chain's is in force. Find \
                     out who changed the store"
                ),
                ledger: Some(cell.origin().to_string()),
            })
        })
    }

    /// How many open ledgers have no settings on record yet: they began under the first draft of the format.
    fn unsigned_notice(&self) -> Option<Notice> {
        let cells = self.core.registry.cells();
        let began = |cell: &&Arc<LedgerState>| {
            cell.size() > 0
                && cell.keys().first_settings().is_none()
                && cell.state().0 == Availability::Open
        };
        let count = cells.iter().filter(began).count();
        (count > 0).then(|| Notice {
            code: NoticeCode::SettingsUnsigned,
            detail: format!(
                "open ledgers whose settings are not on record yet: {count}. They began under an earlier draft of the \
                 format, and their settings are the operator's word until the record is made, which happens by itself as \
                 soon as the identity key can sign"
            ),
            ledger: None,
        })
    }

    /// The ledgers whose data keys are not bound yet, and those whose lists of subjects were not what the keys say.
    fn data_key_notices(&self) -> Vec<Notice> {
        let cells = self.core.registry.cells();
        let unbound = cells.iter().filter(|cell| bind_keys::is_due(cell)).map(|cell| {
            let detail = "an earlier build made its data keys, and they are not bound to their data subjects yet. That \
                          happens by itself; until then each key is held against an event that it seals before anything \
                          relies on it, and an erasure or a hold binds them first";
            (NoticeCode::DataKeysUnbound, detail.to_owned(), cell)
        });
        let rebuilt = cells.iter().filter_map(|cell| {
            let lists = cell.key_register.rebuilt_lists();
            let detail = format!(
                "lists of data subjects' keys that were not what the keys say: {lists}. They were made again from the keys. \
                 Find out who changed the store"
            );
            (lists > 0).then_some((NoticeCode::SubjectListsRebuilt, detail, cell))
        });
        let told = unbound.chain(rebuilt).map(|(code, detail, cell)| Notice {
            code,
            detail,
            ledger: Some(cell.origin().to_string()),
        });
        told.collect()
    }

    /// The ledgers whose projections can't go on.
    fn projection_notices(&self) -> impl Iterator<Item = Notice> {
        let cells = self.core.registry.cells();
        let stuck = cells
            .into_iter()
            .filter(|cell| cell.projected.is_given_up());
        stuck.map(|cell| Notice {
            code: NoticeCode::ProjectionsStopped,
            detail: format!(
                "a record at or after {} can't be folded, and the log says why; queries over these records are refused",
                cell.projected.upto()
            ),
            ledger: Some(cell.origin().to_string()),
        })
    }
}

/// What is amiss with the clock.
fn clock_notice(clock: ClockStatus) -> Option<Notice> {
    let (now, newest) = (shortest(clock.now), shortest(clock.newest_recorded));
    let (code, detail) = match clock.behind {
        _ if clock.unconfirmed => {
            let unconfirmed = ClockUnconfirmed {
                now: clock.now,
                newest: clock.newest_recorded,
            };
            (NoticeCode::ClockUnconfirmed, unconfirmed.to_string())
        }
        Some(behind) => {
            let detail = format!(
                "the clock says {now}, which is {} s behind the newest recorded time, {newest}. Until it has caught up, all \
                 that is recorded gets that time: periods of today find nothing of today",
                behind.as_secs()
            );
            (NoticeCode::ClockBehind, detail)
        }
        None => return None,
    };
    Some(Notice {
        code,
        detail,
        ledger: None,
    })
}
