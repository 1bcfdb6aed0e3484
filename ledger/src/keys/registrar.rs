//! Whether the register outside this machine lets the identity sign, and how it is advanced before that.
//!
//! A process first holds every ledger against the register and claims it; until then, nothing is signed. From then on it
//! exchanges what it wrote itself. Whoever finds something else there is not alone: another daemon runs from a copy.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use data_encoding::HEXLOWER;
use indelible_store::{Catalog, StoreError};
use tracing::{error, info};

use crate::{
    keys::register_standing::Standing,
    state::{
        custody::IdentityError,
        environment::Environment,
        register::{
            Behind, Exchanged, RegisterError, RegisterOptions, RegisterPlace, RegisterStatus,
            RegisterValue, Registered,
        },
        shared::LedgerState,
    },
};

/// Where the catalogue keeps which register the store has: its id, a space, and the name of its place.
const NOTE: &[u8] = b"register";

/// The register, as this process knows it.
pub(crate) struct Registrar {
    place: Arc<dyn RegisterPlace>,
    accepts_loss: bool,
    environment: Environment,
    store: String,
    writer: String,
    known: Mutex<Known>,
    standing: Standing,
    /// Ledgers in it, and its number, for those who must not wait.
    figures: [AtomicU64; 2],
    missing: Mutex<Vec<(String, u64)>>,
}

/// What was read or written last.
#[derive(Default)]
struct Known {
    tag: Option<String>,
    value: Option<RegisterValue>,
    /// What was sent and not answered.
    sent: Option<RegisterValue>,
}

impl Registrar {
    pub(crate) fn new(
        options: &RegisterOptions,
        store: &(impl Catalog + ?Sized),
        environment: &Environment,
    ) -> Self {
        let place = Arc::clone(&options.place);
        let unread = format!("{} was not read yet", place.name());
        Self {
            accepts_loss: options.accepts_loss,
            store: store.store_id().to_string(),
            writer: HEXLOWER.encode(&environment.bytes::<8>()),
            environment: environment.clone(),
            place,
            known: Mutex::default(),
            standing: Standing::unconfirmed(environment, unread),
            figures: Default::default(),
            missing: Mutex::default(),
        }
    }

    /// What it is called, for people.
    pub(crate) fn name(&self) -> String {
        format!("the register {}", self.place.name())
    }

    /// Whether the identity may sign, as far as the register decides.
    ///
    /// # Errors
    /// Why not. Nothing is asked.
    pub(crate) fn check(&self) -> Result<(), IdentityError> {
        self.standing.check()
    }

    /// Whether there is nothing to wait for: the ledgers were held against it, or it is another one's.
    pub(crate) fn is_settled(&self) -> bool {
        self.standing.is_settled()
    }

    /// How it stands.
    pub(crate) fn status(&self) -> RegisterStatus {
        let (is_confirmed, outage) = self.standing.get();
        let [ledgers, number] = [0, 1].map(|place| self.figures[place].load(Ordering::Relaxed));
        RegisterStatus {
            place: self.place.name(),
            ledgers,
            number,
            is_confirmed,
            outage,
            missing: self.missing().clone(),
        }
    }

    /// Reads it, so that ledgers can be held against it: what it holds of each. None if it can't be read now, or is another
    /// one's. Blocking.
    pub(crate) fn read(
        &self,
        store: &(impl Catalog + ?Sized),
    ) -> Option<BTreeMap<String, Registered>> {
        let found = match self.place.read() {
            Ok(found) => found,
            Err(error) => return self.unread(&error),
        };
        let noted = match self.noted(store) {
            Ok(noted) => noted,
            Err(error) => {
                self.standing.wait_for(error.to_string());
                return None;
            }
        };
        let name = self.place.name();
        let Some((bytes, tag)) = found else {
            if noted.is_some() {
                return self.refuse(format!(
                    "{name} is empty, though this store has a register there: whoever emptied it may have rolled this machine \
                     back, too"
                ));
            }
            *self.known() = Known::default();
            return Some(BTreeMap::new());
        };
        let Some(value) = RegisterValue::decode(&bytes) else {
            return self.refuse(format!("{name} holds something that is no register"));
        };
        if value.store != self.store {
            return self.refuse(format!(
                "{name} holds the register of another store, {}",
                value.store
            ));
        }
        if noted.is_some_and(|id| id != value.id) {
            return self.refuse(format!(
                "{name} holds another register of this store than the one that it had there"
            ));
        }
        let ledgers = value.ledgers.clone();
        self.know(&mut self.known(), tag, value);
        Some(ledgers)
    }

    /// Makes the register this process's own, once all ledgers were held against it: from here on, the identity may sign. A
    /// store that is behind it gets it only if its loss was accepted: it may be a copy of one that is in use. Blocking.
    pub(crate) fn claim(&self, store: &(impl Catalog + ?Sized), behind: Behind) {
        for (origin, size) in &behind.missing {
            error!(
                ledger = origin,
                size, "the register holds a ledger that the store does not have"
            );
        }
        let whats = behind.whats();
        *self.missing() = behind.missing;
        if let Some(whats) = whats.filter(|_| !self.accepts_loss) {
            let _refused = self.standing.refused(format!(
                "{} is ahead of this store: {whats}. Restore the newest copy of the data directory beside the newest anchor; if \
                 that is lost, set accept_loss under [register], restart, and start successors",
                self.place.name()
            ));
            return;
        }
        let mut known = self.known();
        let next = match &known.value {
            Some(value) => RegisterValue {
                writer: self.writer.clone(),
                number: value.number + 1,
                ..value.clone()
            },
            None => RegisterValue {
                store: self.store.clone(),
                id: HEXLOWER.encode(&self.environment.bytes::<8>()),
                writer: self.writer.clone(),
                number: 1,
                ledgers: BTreeMap::new(),
            },
        };
        match self.place.exchange(next.encode(), known.tag.as_deref()) {
            Ok(Exchanged::Done(tag)) => {
                let note = format!("{} {}", next.id, self.place.name());
                self.know(&mut known, tag, next);
                drop(known);
                if let Err(error) = store.put(NOTE, note.as_bytes()) {
                    // The next attempt reads it anew, and finds its own.
                    self.standing.wait_for(error.to_string());
                    return;
                }
                info!(
                    place = self.place.name(),
                    "the ledgers were held against the register"
                );
                self.standing.confirm();
            }
            // Read anew: it was somebody else's, or this attempt's own that was not answered.
            Ok(Exchanged::Refused) => {
                self.standing
                    .wait_for(format!("{} changed while it was read", self.place.name()));
            }
            Err(error) => {
                let _unread: Option<()> = self.unread(&error);
            }
        }
    }

    /// Advances it to what is about to be signed, in one exchange for all ledgers; in none if it is that far. Durable when
    /// this returns. Blocking.
    ///
    /// # Errors
    /// Why nothing may be signed.
    pub(crate) fn advance(
        &self,
        heads: &[(&LedgerState, Registered)],
    ) -> Result<(), IdentityError> {
        self.check()?;
        let mut known = self.known();
        // What was not answered comes first, as it was: so there is one answer to whose it is that is found there.
        if let Some(sent) = known.sent.clone() {
            self.exchange(&mut known, sent)?;
        }
        let Some(value) = &known.value else {
            return Err(self.standing.refused("it was not read".to_owned()));
        };
        let next = match advanced(value, heads) {
            Ok(Some(ledgers)) => RegisterValue {
                ledgers,
                number: value.number + 1,
                ..value.clone()
            },
            Ok(None) => return Ok(()),
            Err(origin) => {
                return Err(self.standing.refused(format!(
                    "{} holds another history of {origin} than the one that is to be signed",
                    self.place.name()
                )));
            }
        };
        self.exchange(&mut known, next)
    }

    fn exchange(&self, known: &mut Known, next: RegisterValue) -> Result<(), IdentityError> {
        let exchanged = self.place.exchange(next.encode(), known.tag.as_deref());
        match exchanged {
            Ok(Exchanged::Done(tag)) => {
                self.know(known, tag, next);
                self.standing.advances_again();
                Ok(())
            }
            Ok(Exchanged::Refused) => self.adopt(known, next),
            Err(error) => {
                known.sent = Some(next);
                Err(self.standing.troubled(&error))
            }
        }
    }

    /// Takes what is there for this process's own if it is what was sent.
    fn adopt(&self, known: &mut Known, sent: RegisterValue) -> Result<(), IdentityError> {
        let found = match self.place.read() {
            Ok(found) => found,
            Err(error) => {
                known.sent = Some(sent);
                return Err(self.standing.troubled(&error));
            }
        };
        match found.filter(|(bytes, _)| *bytes == sent.encode()) {
            Some((_, tag)) => {
                self.know(known, tag, sent);
                self.standing.advances_again();
                Ok(())
            }
            None => Err(self.standing.refused(format!(
                "somebody else has written {}: another daemon runs from a copy of this store, or did",
                self.place.name()
            ))),
        }
    }

    fn know(&self, known: &mut Known, tag: String, value: RegisterValue) {
        let figures = [value.ledgers.len() as u64, value.number];
        for (place, figure) in self.figures.iter().zip(figures) {
            place.store(figure, Ordering::Relaxed);
        }
        *known = Known {
            tag: Some(tag),
            value: Some(value),
            sent: None,
        };
    }

    /// The id of the register that the store has at this place.
    fn noted(&self, store: &(impl Catalog + ?Sized)) -> Result<Option<String>, StoreError> {
        let Some(note) = store.get(NOTE)? else {
            return Ok(None);
        };
        let note = String::from_utf8_lossy(&note).into_owned();
        let noted = note.split_once(' ');
        Ok(noted
            .filter(|(_, name)| *name == self.place.name())
            .map(|(id, _)| id.to_owned()))
    }

    fn unread<T>(&self, error: &RegisterError) -> Option<T> {
        match error.is_lasting {
            true => self.refuse(error.reason.clone()),
            false => {
                self.standing.wait_for(error.reason.clone());
                None
            }
        }
    }

    fn refuse<T>(&self, reason: String) -> Option<T> {
        let _refused = self.standing.refused(reason);
        None
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn missing(&self) -> MutexGuard<'_, Vec<(String, u64)>> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the register, if there is one, lets keys sign.
pub(crate) fn check(registrar: Option<&Arc<Registrar>>) -> Result<(), IdentityError> {
    registrar.map_or(Ok(()), |registrar| registrar.check())
}

/// Advances the register, if there is one, to heads that are about to be signed: [`Registrar::advance`].
pub(crate) fn advance(
    registrar: Option<&Arc<Registrar>>,
    heads: &[(&LedgerState, Registered)],
) -> Result<(), IdentityError> {
    match registrar {
        Some(registrar) if !heads.is_empty() => registrar.advance(heads),
        _ => Ok(()),
    }
}

/// The ledgers of a register once these have come so far; none if they had. An origin if the register has another history of
/// it.
fn advanced(
    value: &RegisterValue,
    heads: &[(&LedgerState, Registered)],
) -> Result<Option<BTreeMap<String, Registered>>, String> {
    let mut ledgers = None;
    for (cell, head) in heads {
        let origin = cell.origin().as_str();
        match value.ledgers.get(origin) {
            Some(known) if known.size == head.size && known.root != head.root => {
                return Err(origin.to_owned());
            }
            Some(known) if known.size >= head.size => {}
            _ => {
                ledgers
                    .get_or_insert_with(|| value.ledgers.clone())
                    .insert(origin.to_owned(), *head);
            }
        }
    }
    Ok(ledgers)
}
