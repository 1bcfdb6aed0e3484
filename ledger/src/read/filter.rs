//! Which events are wanted.

use std::collections::{BTreeMap, BTreeSet};

use indelible_evidence::{
    DataKeyId,
    body::{Body, FactValue},
    header::EventHeader,
};
use indelible_store::{IndexTerm, Store, record::Part};

use crate::{
    keys::keyring::Keyring,
    read::{
        named_keys::{Look, is_any_named},
        record::RecordView,
    },
    state::{
        custody::KeysAway, error::ReadError, event_identity::Attribute, shared::LedgerState,
        shelf::ArchiveAway,
    },
};

/// Which events are wanted: all that match everything that is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// One of these types; any, if there is none.
    pub types: BTreeSet<String>,
    /// Exactly this source.
    pub source: Option<String>,
    /// Exactly this subject.
    pub subject: Option<String>,
    /// Exactly this actor.
    pub actor: Option<String>,
    /// Exactly this correlation id.
    pub correlation_id: Option<String>,
    /// About this data subject. A subject that the ledger has nothing of is an error.
    pub data_subject: Option<String>,
    /// Exactly this classification. It has no index: it is compared on what the rest leaves.
    pub classification: Option<String>,
    /// With these facts. They have no index either.
    pub facts: BTreeMap<String, FactWanted>,
    /// Recorded at this time or later, nanoseconds since 1970 UTC.
    pub from_time: Option<u64>,
    /// Recorded before this time.
    pub to_time: Option<u64>,
    /// Below this sequence number.
    pub end: Option<u64>,
}

/// The value that a fact must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactWanted {
    /// This text.
    Text(String),
    /// This number.
    Uint(u64),
    /// This truth value.
    Boolean(bool),
}

impl FactWanted {
    fn is(&self, value: &FactValue<'_>) -> bool {
        match (self, value) {
            (Self::Text(wanted), FactValue::Text(text)) => wanted == text,
            (Self::Uint(wanted), FactValue::Uint(number)) => wanted == number,
            (Self::Boolean(wanted), FactValue::Boolean(truth)) => wanted == truth,
            _ => false,
        }
    }
}

/// A filter, with the keys of its data subject.
pub(super) struct Sought<'a> {
    filter: &'a Filter,
    /// The data subject's living keys.
    keys: Vec<DataKeyId>,
    /// Whether each is bound to the subject, so that whatever lies under it is about the subject.
    all_bound: bool,
}

impl<'a> Sought<'a> {
    /// # Errors
    /// If the ledger has no living key of the data subject that a record names, or one that is missing or somebody
    /// else's.
    pub(super) fn of(
        filter: &'a Filter,
        ledger: &LedgerState,
        store: &dyn Store,
        keyring: &Keyring,
    ) -> Result<Self, ReadError> {
        let (mut keys, mut all_bound) = (Vec::new(), true);
        if let Some(data_subject) = &filter.data_subject {
            let tag = ledger.subject_tag(data_subject)?;
            let theirs = keyring.keys_of(ledger, &tag)?.into_iter();
            let living = theirs.filter(|key| !ledger.keys().is_erased(&key.id));
            keys.extend(living.map(|key| {
                all_bound &= key.is_bound;
                key.id
            }));
            if !is_any_named(store, ledger, &keys, Look::Index)? {
                return Err(ReadError::SubjectUnknown);
            }
        }
        Ok(Self {
            filter,
            keys,
            all_bound,
        })
    }

    /// The terms of the index: a record must have one of each group.
    pub(super) fn terms(&self, ledger: &LedgerState) -> Result<Vec<Vec<IndexTerm>>, KeysAway> {
        let filter = self.filter;
        let one = |value: &'a Option<String>| -> Vec<&'a [u8]> {
            value.iter().map(|value| value.as_bytes()).collect()
        };
        let groups = [
            (
                Attribute::DataKey,
                self.keys
                    .iter()
                    .map(|key| key.as_bytes().as_slice())
                    .collect(),
            ),
            (Attribute::CorrelationId, one(&filter.correlation_id)),
            (Attribute::Subject, one(&filter.subject)),
            (Attribute::Actor, one(&filter.actor)),
            (
                Attribute::Type,
                filter.types.iter().map(String::as_bytes).collect(),
            ),
            (Attribute::Source, one(&filter.source)),
        ];
        let terms = groups.into_iter().filter(|(_, any)| !any.is_empty());
        terms
            .map(|(attribute, any)| {
                let terms = any.into_iter().map(|value| ledger.term(attribute, value));
                terms.collect()
            })
            .collect()
    }

    /// Whether the body must be read to tell.
    pub(super) fn needs_body(&self) -> bool {
        !self.all_bound || !self.header_tells()
    }

    /// Whether an event without its body can match.
    fn header_tells(&self) -> bool {
        let filter = self.filter;
        filter.source.is_none()
            && filter.subject.is_none()
            && filter.actor.is_none()
            && filter.correlation_id.is_none()
            && filter.facts.is_empty()
    }

    /// Why it can't be told whether a record matches: its body tells, and lies in the archive, where it can't be read now. To
    /// leave such a record out would be to say that it does not match.
    pub(super) fn undecided<'v>(&self, view: &'v RecordView) -> Option<&'v ArchiveAway> {
        let away = view.archive_away()?;
        let is_archived = view.stored().body == Part::Archived;
        (is_archived && !self.header_tells() && self.matches_header(view)).then_some(away)
    }

    /// Whether a record is an event that matches. Index terms are hashes, so each hit is looked at again. An event without
    /// its body matches only what its header shows: also that it is under a data subject's key.
    pub(super) fn matches(&self, view: &RecordView) -> bool {
        let Some(body) = view.body() else {
            return self.header_tells() && self.matches_header(view);
        };
        self.matches_header(view) && self.matches_indexed(&body) && self.has_facts(&body)
    }

    /// Whether a record has all that the index knows of it.
    pub(super) fn matches_what_is_indexed(&self, view: &RecordView) -> bool {
        let is_indexed = |body: Body<'_>| self.matches_indexed(&body);
        self.admits_header(view) && view.body().is_some_and(is_indexed)
    }

    /// Whether a record is an event of a wanted type, under a wanted key.
    pub(super) fn admits_header(&self, view: &RecordView) -> bool {
        self.admitted(view, |_| true)
    }

    fn matches_header(&self, view: &RecordView) -> bool {
        let classification = self.filter.classification.as_deref();
        self.admitted(view, |event| {
            classification.is_none_or(|wanted| event.classification == Some(wanted))
        })
    }

    fn admitted(&self, view: &RecordView, also: impl Fn(&EventHeader<'_>) -> bool) -> bool {
        let header = view.header();
        let Some(event) = header.kind.event() else {
            return false;
        };
        let types = &self.filter.types;
        let is_under = || {
            let sealed = event.sealed;
            sealed.is_some_and(|sealed| self.keys.contains(&sealed.data_key))
        };
        (types.is_empty() || types.contains(event.event_type))
            && (self.keys.is_empty() || is_under())
            && also(event)
    }

    fn matches_indexed(&self, body: &Body<'_>) -> bool {
        let filter = self.filter;
        let equal = |wanted: &Option<String>, value: Option<&str>| {
            wanted.is_none() || wanted.as_deref() == value
        };
        equal(&filter.source, Some(body.source))
            && equal(&filter.subject, body.subject)
            && equal(&filter.actor, body.actor)
            && equal(&filter.correlation_id, body.correlation_id)
            && equal(&filter.data_subject, body.data_subject)
    }

    fn has_facts(&self, body: &Body<'_>) -> bool {
        self.filter.facts.iter().all(|(name, wanted)| {
            let fact = body.facts.iter().find(|(is, _)| is == name);
            fact.is_some_and(|(_, value)| wanted.is(value))
        })
    }
}
