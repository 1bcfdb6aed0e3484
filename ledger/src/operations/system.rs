//! The store's own ledger, `_system`: what is done to the other ledgers, by whom. It is a ledger like any other, but nobody
//! names it who creates, and the daemon alone appends to it.
//!
//! It outlives every erasure, so its events name no data subject, and hold no words of a caller but names of ledgers, and the
//! ground of an erasure that it orders from a ledger which takes no records, as that ledger's own record would.

use std::sync::Arc;

use bytes::Bytes;
use indelible_compliance::time::shortest;
use indelible_evidence::{
    body::{Body, FactValue},
    key_event::Settings,
    origin::{LedgerName, SYSTEM_LEDGER},
};

use crate::{
    core::{Core, Engine, Ledger},
    state::{
        error::{AppendError, LedgerError},
        ledger_settings,
        notice::NoticeCode,
        prepare_error::PrepareError,
        shared::{Availability, LedgerState},
        summary::LedgerSummary,
    },
    write::{
        acknowledgement::PendingAppend,
        event::{self, EventInput, Prepared},
        genesis::GenesisTerms,
    },
};

/// The source of its events: the daemon.
pub const SYSTEM_SOURCE: &str = "urn:indelible:system";

/// Makes the types of its events from one table, so that none is forgotten.
macro_rules! kinds {
    ($(#[doc = $doc:literal] $variant:ident = $name:literal;)+) => {
        /// What an event of the store's own ledger tells of.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum SystemKind { $(#[doc = $doc] $variant,)+ }

        impl SystemKind {
            /// Every kind, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The type of its events.
            #[must_use]
            pub const fn event_type(self) -> &'static str {
                match self { $(Self::$variant => concat!("indelible.system.", $name, ".v1"),)+ }
            }
        }
    };
}

kinds! {
    /// The daemon serves.
    Started = "started";
    /// The daemon stopped.
    Stopped = "stopped";
    /// With which configuration it serves.
    ConfigurationLoaded = "configuration_loaded";
    /// A configuration file was not taken, since the daemon could not start with it.
    ConfigurationRefused = "configuration_refused";
    /// A ledger was created, or one that takes another's place.
    LedgerCreated = "ledger_created";
    /// Callers were refused.
    AccessDenied = "access_denied";
    /// A bundle was exported.
    Exported = "exported";
    /// Somebody opened what a ledger keeps encrypted.
    Decrypted = "decrypted";
    /// A report was made.
    Reported = "reported";
    /// A key was exchanged or revoked.
    KeyOperation = "key_operation";
    /// A data subject was erased.
    Erased = "erased";
    /// A hold was placed.
    Held = "held";
    /// A hold was released.
    Released = "released";
    /// Somebody said that the clock is right.
    ClockAccepted = "clock_accepted";
    /// A token was made: the record is the token.
    TokenCreated = "token_created";
    /// A token was revoked.
    TokenRevoked = "token_revoked";
    /// On which days tokens were used last.
    TokensUsed = "tokens_used";
    /// Something was asked for that takes two people: the record is the request.
    ApprovalRequested = "approval_requested";
    /// A request was approved, declined or taken back.
    ApprovalAnswered = "approval_answered";
    /// An approver said something else than was asked for.
    ApprovalTried = "approval_tried";
    /// A request was used up.
    ApprovalUsed = "approval_used";
    /// From here on, what can't be undone takes two people.
    TwoPeopleRequired = "two_people_required";
    /// A backup was made, or backups were taken away.
    BackedUp = "backed_up";
    /// The scrub found that what is stored is not what was acknowledged.
    DamageFound = "damage_found";
    /// Everything was halted or resumed in all ledgers.
    AllHalted = "all_halted";
    /// Another administrative act.
    Administered = "administered";
}

/// The value of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemFact {
    /// A text.
    Text(String),
    /// A number.
    Uint(u64),
    /// A truth value.
    Boolean(bool),
}

impl SystemFact {
    fn value(&self) -> FactValue<'_> {
        match self {
            Self::Text(text) => FactValue::Text(text),
            Self::Uint(number) => FactValue::Uint(*number),
            Self::Boolean(truth) => FactValue::Boolean(*truth),
        }
    }
}

/// An event of the store's own ledger, before it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemEvent {
    /// What it tells of.
    pub kind: SystemKind,
    /// Whose act it was.
    pub principal: Option<String>,
    /// The name of the ledger that it was done to.
    pub ledger: Option<String>,
    /// The act that the event belongs to.
    pub act: Option<String>,
    /// What else there is to tell.
    pub facts: Vec<(&'static str, SystemFact)>,
    /// What is kept with it.
    pub payload: Option<Bytes>,
    /// When it happened, nanoseconds since 1970 UTC, if that is earlier than it is recorded.
    pub happened: Option<u64>,
}

impl SystemEvent {
    /// An event that tells nothing else.
    pub fn new(kind: SystemKind) -> Self {
        Self {
            kind,
            principal: None,
            ledger: None,
            act: None,
            facts: Vec::new(),
            payload: None,
            happened: None,
        }
    }

    /// The same with a fact. A text without a character says nothing, and no fact has one.
    #[must_use]
    pub fn with(mut self, name: &'static str, fact: SystemFact) -> Self {
        if !matches!(&fact, SystemFact::Text(text) if text.is_empty()) {
            self.facts.push((name, fact));
        }
        self
    }

    /// The same with another outcome.
    #[must_use]
    pub fn outcome(mut self, outcome: &str) -> Self {
        self.facts.retain(|(name, _)| *name != "outcome");
        self.with("outcome", SystemFact::Text(outcome.to_owned()))
    }

    fn prepare(&self, core: &Core, cell: &LedgerState) -> Result<Prepared, AppendError> {
        let environment = &core.environment;
        let id = environment.event_id();
        let time = self.happened.map(shortest);
        let mut facts = Vec::with_capacity(self.facts.len() + 3);
        facts.extend(self.facts.iter().map(|(name, fact)| (*name, fact.value())));
        let texts = [
            ("principal", self.principal.as_deref()),
            ("ledger", self.ledger.as_deref()),
        ];
        for (name, text) in texts {
            facts.extend(text.map(|text| (name, FactValue::Text(text))));
        }
        if time.is_some() {
            facts.push(("late", FactValue::Boolean(true)));
        }
        let body = Body {
            id: &id,
            source: SYSTEM_SOURCE,
            subject: self.ledger.as_deref(),
            time: time.as_deref(),
            datacontenttype: self.payload.is_some().then_some("application/json"),
            actor: self.principal.as_deref(),
            correlation_id: self.act.as_deref(),
            facts,
            ..Body::default()
        };
        let input = EventInput {
            body,
            event_type: self.kind.event_type(),
            classification: None,
            payload: self.payload.clone(),
        };
        event::prepare(environment, cell, input).map_err(|error| unprepared(&error))
    }
}

impl Core {
    /// The store's own ledger.
    ///
    /// # Errors
    /// If it is not there.
    pub(crate) fn system_cell(&self) -> Result<Arc<LedgerState>, AppendError> {
        self.registry
            .find(SYSTEM_LEDGER)
            .ok_or_else(|| AppendError::Refused {
                state: Availability::Stopped,
                reason:
                    "the store's own ledger is not there; the daemon makes it as soon as it can"
                        .into(),
            })
    }
}

impl Engine {
    /// Makes the store's own ledger, unless it is there: a new store has none yet, nor has one of an earlier version.
    ///
    /// # Errors
    /// If a key can't be used or a write failed, or if a ledger of the store is missing, which may be this one.
    pub async fn begin_system(&self) -> Result<(), LedgerError> {
        let _one_at_a_time = self.core.creating.lock().await;
        if self.core.registry.find(SYSTEM_LEDGER).is_some() {
            return Ok(());
        }
        let is_missing = |code| code == NoticeCode::LedgerMissing;
        if self
            .core
            .notices
            .iter()
            .any(|notice| is_missing(notice.code))
        {
            return Err(LedgerError::NamesUnknown);
        }
        let register = self.core.signers.registrar();
        if register.is_some_and(|register| !register.status().missing.is_empty()) {
            return Err(LedgerError::NamesUnknown);
        }
        self.make_system().await.map(drop)
    }

    /// Starts the store's own ledger anew: as the successor of one in quarantine, or in the place of one that is missing.
    ///
    /// # Errors
    /// If it is as it should be, a key can't be used, or a write failed.
    pub async fn succeed_system(&self) -> Result<LedgerSummary, LedgerError> {
        if self.core.registry.find(SYSTEM_LEDGER).is_some() {
            return self.create_successor(SYSTEM_LEDGER).await;
        }
        let _one_at_a_time = self.core.creating.lock().await;
        self.make_system().await
    }

    async fn make_system(&self) -> Result<LedgerSummary, LedgerError> {
        let terms = GenesisTerms {
            settings: Settings {
                encryption: ledger_settings::encryption(false),
                access_trail: false,
                conventions: false,
                signed_sources: Vec::new(),
                retention: Vec::new(),
            },
            recovery: None,
            predecessor: None,
        };
        self.begin(LedgerName::system(), String::new(), terms).await
    }

    /// Whether the store's own ledger takes no records for good, because its identity key is lost. It needs a successor then,
    /// which the store's newest identity begins.
    pub fn system_has_lost_its_identity(&self) -> bool {
        let cell = self.core.registry.find(SYSTEM_LEDGER);
        cell.is_some_and(|cell| self.has_lost_its_identity(&cell))
    }

    /// Why the store's own ledger is in quarantine, if it is.
    pub fn system_quarantine(&self) -> Option<String> {
        let cell = self.core.registry.find(SYSTEM_LEDGER);
        let quarantined = cell.filter(|cell| cell.is_quarantined());
        quarantined.map(|cell| cell.state().1)
    }

    /// Gives events to the writer of the store's own ledger, all or none. They are durable when what is returned is.
    ///
    /// # Errors
    /// Why they were not taken.
    pub fn record_system(&self, events: &[SystemEvent]) -> Result<PendingAppend, AppendError> {
        let cell = self.core.system_cell()?;
        let prepared = events.iter().map(|event| event.prepare(&self.core, &cell));
        let prepared = prepared.collect::<Result<Vec<_>, _>>()?;
        Ledger::new(Arc::clone(&self.core), cell).enqueue(prepared, None)
    }

    /// A new id, by which the events of one act are known.
    pub fn act_id(&self) -> String {
        self.core.environment.event_id()
    }

    /// Random bytes, for a secret that is used for nothing else.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        self.core.environment.bytes()
    }

    /// A keyed digest of a text, by which two texts can be told to be the same, and which tells nothing else to whoever
    /// has not the key.
    ///
    /// # Errors
    /// If the store's own ledger is not there, or its keys are away.
    pub fn system_digest(&self, text: &str) -> Result<[u8; 16], AppendError> {
        let cell = self.core.system_cell()?;
        let hasher = cell
            .hasher()
            .map_err(|away| AppendError::Shut(away.into()))?;
        Ok(hasher.digest(text))
    }

    /// The time, nanoseconds since 1970 UTC.
    pub fn now(&self) -> u64 {
        self.core.environment.now()
    }
}

/// What the daemon writes of itself is always in order; if it is not, nothing is recorded.
pub(crate) fn unprepared(error: &PrepareError) -> AppendError {
    AppendError::Unreadable {
        reason: error.to_string(),
        cause: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_events_has_every_kind() {
        let page = include_str!("../../../docs/events.md");
        for kind in SystemKind::ALL {
            let row = format!("| `{}` |", kind.event_type());
            assert!(page.contains(&row), "{row}");
        }
    }
}
