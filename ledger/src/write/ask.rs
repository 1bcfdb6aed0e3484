//! What callers ask of a ledger's governance. Whoever asks brings a function that looks at the state and says what is to be
//! recorded. It runs where the record gets its place, and what it says is linked there, or nothing is; so nothing comes
//! between what was judged and what is recorded.

use bytes::Bytes;
use indelible_evidence::{
    FieldViolation, IdentityTag,
    body::{Body, ComponentDigest},
};
use indelible_governance::{
    digest::Digest,
    record::Entry,
    state::{Position, State},
};

use crate::{
    state::{
        environment::Environment, governed::Brought, prepare_error::PrepareError,
        shared::LedgerState,
    },
    write::event::{self, EventInput, Prepared},
};

/// The source of governance records that no client's request gives one.
pub(crate) const GOVERNANCE_SOURCE: &str = "urn:indelible:governance";
/// The type of the records that hold documents of policies. They move no state.
pub(crate) const DOCUMENT_TYPE: &str = "indelible.governance.document.v1";

/// Under which component and algorithm the record of a state has its digest.
const STATE_COMPONENT: &str = "state";
const STATE_ALGORITHM: &str = "sha256";

/// Records that a ledger's governance begins with, at most: the rules, that it takes another's place, that everything is
/// halted.
const BEGINNING_RECORDS: usize = 3;

/// Where and when a record would stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// The place of the first record.
    pub(crate) position: Position,
    /// The clock is behind the newest record: nothing that depends on time can be judged.
    pub(crate) is_behind: bool,
}

/// A record that is ready to be linked.
pub(crate) struct Written {
    /// Moves the state; none: it moves none.
    pub(crate) entry: Option<Entry>,
    pub(crate) prepared: Prepared,
    pub(crate) brought: Brought,
}

/// What is to be recorded, by the state before it.
pub(crate) type Making = Box<dyn FnOnce(&State, Moment) -> Vec<Written> + Send>;

/// The identity of a request, and where the stored index had it.
pub(crate) struct Sought {
    pub(crate) id: IdentityTag,
    pub(crate) known: Option<u64>,
    /// The stored index had been looked up for records below this.
    pub(crate) known_below: u64,
}

/// What somebody sees of the state, with the ledger's size.
pub(crate) type Looking = Box<dyn FnOnce(&State, u64) + Send>;

/// What somebody asks of the state.
pub(crate) enum Ask {
    /// Records are to be made, at most so many.
    Record {
        making: Making,
        /// Where a record has it already, that one is the answer, and nothing is made.
        sought: Option<Sought>,
        records: usize,
    },
    /// Somebody looks.
    Look(Looking),
    /// A state that was folded from what is stored.
    TakeUp(Box<TakenUp>),
}

/// A state that was folded from what is stored, and what else was read on the way.
pub(crate) struct TakenUp {
    pub(crate) state: Box<State>,
    /// The records below this are in it.
    pub(crate) size: u64,
    /// Whether the ledger's genesis, as it was verified, names a ledger whose place it takes.
    pub(crate) is_successor: bool,
}

impl Ask {
    /// Records that it may bring, at most: those that begin a ledger's governance come with its first.
    pub(crate) fn records(&self) -> usize {
        match self {
            Self::Record { records, .. } => records + BEGINNING_RECORDS,
            Self::Look(_) | Self::TakeUp(_) => 0,
        }
    }
}

/// The words of a record beside its entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) source: &'a str,
    pub(crate) id: &'a str,
    pub(crate) actor: Option<&'a str>,
    pub(crate) correlation_id: Option<&'a str>,
}

impl Written {
    /// A record of an entry.
    pub(crate) fn entry(
        environment: &Environment,
        cell: &LedgerState,
        entry: Entry,
        words: Words<'_>,
        brought: Brought,
    ) -> Result<Self, PrepareError> {
        let payload = entry.encode().map_err(|error| {
            PrepareError::Field(FieldViolation {
                field: "payload".into(),
                problem: error.to_string(),
            })
        })?;
        let state = match &entry {
            Entry::Snapshot { digest, .. } => Some(*digest),
            _ => None,
        };
        let digests = state.iter().map(|digest| ComponentDigest {
            component: STATE_COMPONENT,
            algorithm: STATE_ALGORITHM,
            value: digest.as_bytes(),
        });
        let input = EventInput {
            body: Body {
                datacontenttype: Some("application/json"),
                digests: digests.collect(),
                ..body(words)
            },
            event_type: entry.record_type(),
            classification: None,
            payload: Some(Bytes::from(payload)),
        };
        Ok(Self {
            prepared: event::prepare(environment, cell, input)?,
            entry: Some(entry),
            brought,
        })
    }

    /// The same under a new id of the daemon's own.
    pub(crate) fn own(
        environment: &Environment,
        cell: &LedgerState,
        entry: Entry,
        actor: Option<&str>,
        brought: Brought,
    ) -> Result<Self, PrepareError> {
        let id = environment.event_id();
        let words = Words {
            source: GOVERNANCE_SOURCE,
            id: &id,
            actor,
            correlation_id: None,
        };
        Self::entry(environment, cell, entry, words, brought)
    }

    /// A record of a policy's document.
    pub(crate) fn document(
        environment: &Environment,
        cell: &LedgerState,
        name: &str,
        bytes: Bytes,
    ) -> Result<Self, PrepareError> {
        let id = environment.event_id();
        let input = EventInput {
            body: Body {
                id: &id,
                source: GOVERNANCE_SOURCE,
                subject: Some(name),
                datacontenttype: Some("application/yaml"),
                ..Body::default()
            },
            event_type: DOCUMENT_TYPE,
            classification: None,
            payload: Some(bytes.clone()),
        };
        Ok(Self {
            prepared: event::prepare(environment, cell, input)?,
            entry: None,
            brought: Brought::Document(Digest::of(&bytes), bytes),
        })
    }
}

fn body(words: Words<'_>) -> Body<'_> {
    Body {
        id: words.id,
        source: words.source,
        actor: words.actor,
        correlation_id: words.correlation_id,
        ..Body::default()
    }
}
