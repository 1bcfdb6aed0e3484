//! How many stored keys each KEK wraps, counted by a walk over all of them. The result says whether an earlier provider
//! is still needed, and whether a change of the KEK is complete.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{Mutex, MutexGuard, PoisonError},
};

use indelible_keystore::{KekId, KekProvider as _, KekSet, WrappedKey};
use indelible_store::{LedgerId, Store, StoreError};
use tracing::{info, warn};

use crate::{
    keys::{
        kek_records::retain_kek_records,
        key_changes::each_page,
        stored_identity::{self, IdentityPlace},
    },
    state::{
        descriptor::Descriptor,
        error::{AppendError, KeyEventError},
        notice::{Notice, NoticeCode},
    },
};

/// Where the catalogue says that a change of the KEK has begun, until it is complete; empty means that none has.
const CHANGING: &[u8] = b"kek-changing";

/// How many stored keys each KEK wraps.
#[derive(Clone, Debug, Default)]
pub(crate) struct KekUsage {
    wrapped: BTreeMap<[u8; 16], u64>,
    /// Keys that can't be read as wrapped ones.
    damaged: u64,
    /// Whose providers hold identity keys.
    identities_held: Vec<KekId>,
}

impl KekUsage {
    /// Walks over everything that is stored wrapped, until `go_on` breaks off.
    pub(crate) fn take(
        store: &dyn Store,
        go_on: impl Fn() -> ControlFlow<()>,
    ) -> Result<Self, KeyEventError> {
        let mut usage = Self::default();
        for identity in stored_identity::stored_identities(store)? {
            match identity.place()? {
                IdentityPlace::Wrapped(kek) => usage.count(kek),
                IdentityPlace::AtProvider(kek) => usage.identities_held.push(kek),
            }
        }
        for (ledger, descriptor) in store.ledgers()? {
            match Descriptor::decode(&descriptor) {
                Ok(descriptor) => usage.see(&descriptor.index_key),
                Err(error) => usage.cannot_see(ledger, &error),
            }
            let walked = each_page(store, ledger, |page| {
                page.iter().for_each(|(_, key)| usage.see(&key.value));
                match go_on() {
                    ControlFlow::Continue(()) => Ok(()),
                    ControlFlow::Break(()) => Err(KeyEventError::from(AppendError::Draining)),
                }
            });
            match walked {
                Err(KeyEventError::Store(error @ StoreError::Damaged { .. })) => {
                    usage.cannot_see(ledger, &error);
                }
                walked => walked?,
            }
        }
        Ok(usage)
    }

    /// What is damaged in one ledger hides nothing of the others, and counts as a key that is still needed.
    fn cannot_see(&mut self, ledger: LedgerId, error: &StoreError) {
        warn!(%ledger, %error, "keys of a ledger can't be counted");
        self.damaged += 1;
    }

    fn see(&mut self, wrapped: &[u8]) {
        match WrappedKey::from_bytes(wrapped) {
            Ok(wrapped) => self.count(wrapped.kek_id()),
            Err(_) => self.damaged += 1,
        }
    }

    fn count(&mut self, kek: KekId) {
        *self.wrapped.entry(*kek.as_bytes()).or_default() += 1;
    }

    /// Keys under a KEK.
    pub(crate) fn under(&self, kek: &KekId) -> u64 {
        self.wrapped.get(kek.as_bytes()).copied().unwrap_or(0)
    }

    /// Keys under any other, and those that can't be read.
    pub(crate) fn not_under(&self, kek: &KekId) -> u64 {
        let all: u64 = self.wrapped.values().sum();
        all - self.under(kek) + self.damaged
    }

    /// Whether something would be lost with a KEK or its provider.
    pub(crate) fn needs(&self, kek: &KekId) -> bool {
        self.under(kek) > 0 || self.identities_held.contains(kek)
    }

    /// The KEKs whose providers hold identity keys, except this one.
    pub(crate) fn identities_elsewhere(&self, kek: &KekId) -> impl Iterator<Item = &KekId> {
        self.identities_held.iter().filter(move |held| *held != kek)
    }

    fn notices(&self, keks: &KekSet, is_changing: bool) -> Vec<Notice> {
        let current = keks.describe().kek_id;
        let mut notices = Vec::new();
        let mut add = |code, detail| {
            notices.push(Notice {
                code,
                detail,
                ledger: None,
            });
        };
        for (kek, count) in &self.wrapped {
            let kek = KekId::from_bytes(*kek);
            if kek == current {
                continue;
            }
            let what_to_do = if keks.holder(&kek).is_some() {
                "move them with `indelible keys rotate kek`"
            } else {
                "no configured provider holds it, so they can't be opened: name its provider under [[previous-kek]], \
                 restart, and run `indelible keys rotate kek`"
            };
            let detail = format!("stored keys under the earlier KEK {kek}: {count}; {what_to_do}");
            add(NoticeCode::KekRotationDue, detail);
        }
        for held in self.identities_elsewhere(&current) {
            let detail = format!(
                "an identity key never leaves the provider of the earlier KEK {held}; rotate it with \
                 `indelible keys rotate identity` before that provider is given up"
            );
            add(NoticeCode::KekRotationDue, detail);
        }
        if is_changing && self.not_under(&current) == 0 {
            let detail = "a change of the KEK was broken off before the old wrapped keys were removed from the \
                          files; run `indelible keys rotate kek` once more";
            add(NoticeCode::KekRotationDue, detail.to_owned());
        } else {
            for unneeded in keks.earlier().map(|provider| provider.describe()) {
                if self.damaged > 0 || self.needs(&unneeded.kek_id) {
                    continue;
                }
                let detail = format!(
                    "nothing depends on the earlier KEK {} of the {} any more; remove it from [[previous-kek]] and \
                     restart",
                    unneeded.kek_id, unneeded.kind
                );
                add(NoticeCode::PreviousKekUnneeded, detail);
            }
        }
        notices
    }
}

/// Whether a change of the KEK has begun that is not complete.
pub(crate) fn is_changing(store: &dyn Store) -> Result<bool, StoreError> {
    Ok(store.get(CHANGING)?.is_some_and(|mark| !mark.is_empty()))
}

/// Notes that a change of the KEK begins, or is complete; durable when it returns.
pub(crate) fn set_changing(store: &dyn Store, changing: bool) -> Result<(), StoreError> {
    let mark: &[u8] = if changing { b"begun" } else { b"" };
    store.put(CHANGING, mark)
}

/// Removes the passphrase records of KEKs that no configured provider holds and that wrap nothing.
pub(crate) fn retire_records(
    store: &dyn Store,
    keks: &KekSet,
    usage: &KekUsage,
) -> Result<Vec<KekId>, KeyEventError> {
    let wanted = |kek: &KekId| usage.damaged > 0 || keks.holder(kek).is_some() || usage.needs(kek);
    let retired = retain_kek_records(store, wanted)?;
    for kek in &retired {
        info!(%kek, "nothing depends on this passphrase KEK any more; its record is removed");
    }
    Ok(retired)
}

/// The lock on work with the KEKs, and the notices for `status` from the last count in this process.
#[derive(Default)]
pub(crate) struct KekWork {
    turn: Mutex<()>,
    notices: Mutex<Vec<Notice>>,
}

impl KekWork {
    /// Held while KEKs are changed or counted.
    pub(crate) fn turn(&self) -> MutexGuard<'_, ()> {
        lock(&self.turn)
    }

    /// Sets the notices for `status`.
    pub(crate) fn tell(&self, usage: &KekUsage, keks: &KekSet, is_changing: bool) {
        *lock(&self.notices) = usage.notices(keks, is_changing);
    }

    /// The notices for `status`.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        lock(&self.notices).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
