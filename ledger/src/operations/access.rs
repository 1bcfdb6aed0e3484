//! The access trail. In a ledger that keeps one, opening sealed events is itself an event of the ledger, and durable
//! before the caller gets the plaintext. So it is in the store's own ledger, whether a ledger keeps a trail or not. A caller
//! whose access can't be recorded gets no answer.
//!
//! Such an event is in the clear. It names the caller, and the opened records by their sequence numbers, and nobody
//! else. So reading the trail opens nothing and is not recorded in turn, and an auditor can read the trail in any
//! bundle.

use std::sync::Arc;

use indelible_evidence::{
    FieldViolation,
    body::{Body, FactValue},
    key_event::check_statement_text,
    limits::ATTRIBUTE_BYTES_MAX,
};

use crate::{
    core::Ledger,
    operations::system::{SYSTEM_SOURCE, SystemKind, unprepared},
    read::record::{self, RecordView},
    state::{
        access_error::AccessError,
        environment::Environment,
        error::{AppendError, ReadError},
        opened_answers::OpenedAnswer,
        prepare_error::PrepareError,
        quarantine::on_damage,
        shared::LedgerState,
    },
    write::{
        acknowledgement::PendingAppend,
        event::{self, EventInput, Prepared},
    },
};

/// The type of the trail's events.
pub const ACCESS_TYPE: &str = "indelible.access.decrypted.v1";
/// Their source: the daemon.
pub const ACCESS_SOURCE: &str = "urn:indelible:access";

/// Who opens records, with which call, and why.
#[derive(Clone, Debug)]
pub struct Access {
    principal: Arc<str>,
    /// How the principal showed who it is.
    authentication: Option<&'static str>,
    /// Other names of the principal, as text, and whether it has more than these.
    other_names: Option<(Arc<str>, bool)>,
    call: &'static str,
    purpose: Option<Arc<str>>,
}

impl Access {
    /// An empty purpose means that nobody said.
    ///
    /// # Errors
    /// If the purpose has control characters or more than 1,024 bytes.
    pub fn new(
        principal: impl Into<Arc<str>>,
        call: &'static str,
        purpose: &str,
    ) -> Result<Self, FieldViolation> {
        if !purpose.is_empty() {
            check_statement_text("purpose", purpose)?;
        }
        Ok(Self {
            principal: principal.into(),
            authentication: None,
            other_names: None,
            call,
            purpose: (!purpose.is_empty()).then(|| purpose.into()),
        })
    }

    /// The same, with how the principal showed who it is.
    #[must_use]
    pub fn shown_by(self, authentication: &'static str) -> Self {
        Self {
            authentication: Some(authentication),
            ..self
        }
    }

    /// The same, with the principal's other names, which the store's own ledger records: at most 1,024 bytes of text, and
    /// whether there are more. An empty text says that there are none.
    #[must_use]
    pub fn also_named(self, names: &str, has_more: bool) -> Self {
        let other_names = (!names.is_empty()).then(|| (names.into(), has_more));
        Self {
            other_names,
            ..self
        }
    }
}

impl Ledger {
    /// Opens what records hold sealed, for a caller who may read it. In a ledger with an access trail that is recorded,
    /// and durable, before this returns; if it can't be, all of them are closed again. Blocking.
    ///
    /// # Errors
    /// If a key is not available, a record is damaged, or the access can't be recorded.
    pub fn open_for(&self, access: &Access, views: &mut [RecordView]) -> Result<(), AccessError> {
        let opened = self.open_and_record(access, views);
        if opened.is_err() {
            views.iter_mut().for_each(RecordView::reseal);
        }
        opened
    }

    /// Takes in an answer for which content is about to be opened; an erasure ends it.
    pub fn register_opened(&self, answer: &Arc<impl OpenedAnswer + 'static>) {
        let answer = Arc::downgrade(answer);
        self.cell.opened.register(answer);
    }

    fn open_and_record(
        &self,
        access: &Access,
        views: &mut [RecordView],
    ) -> Result<(), AccessError> {
        let mut opened = Vec::new();
        for view in views {
            // From its record on what is erased is opened for nobody, also while its key is still there.
            let sealed = view.sealed();
            if sealed.is_some_and(|sealed| self.cell.keys().is_erased(&sealed.data_key)) {
                view.reseal();
                continue;
            }
            if sealed.is_some() {
                self.check_nothing_is_missing()?;
            }
            self.unseal(view)?;
            if view.sealed().is_some() && !view.is_sealed() {
                opened.push(view.sequence());
            }
        }
        self.record_access(access, &opened)
    }

    /// Opens what a record holds sealed. Nobody gets it but by [`Ledger::open_for`], which records that.
    ///
    /// # Errors
    /// If its key is not available, or the record is damaged.
    pub(crate) fn unseal(&self, view: &mut RecordView) -> Result<(), ReadError> {
        on_damage(
            &self.cell,
            record::unseal(&self.cell, &self.core.keyring, view),
        )
    }

    /// Nothing is opened where records are missing or damaged: whoever can take an erasure's record out of the store, and put
    /// back the key and the body from an older copy, would have the daemon open it.
    ///
    /// # Errors
    /// If the start found that the ledger, closed or not, is not what was acknowledged.
    pub(crate) fn check_nothing_is_missing(&self) -> Result<(), AccessError> {
        match self.cell.doubts.lacks_records() {
            true => Err(AccessError::Doubtful(self.cell.state().1)),
            false => Ok(()),
        }
    }

    /// Whether opening what it seals is recorded somewhere.
    pub(crate) fn records_openings(&self) -> bool {
        self.core.options.keeps_system || self.cell().keeps_trail()
    }

    /// Records that records are opened: in the store's own ledger, where one is kept, and in a ledger with an access
    /// trail. Both are durable when this returns. Blocking.
    ///
    /// # Errors
    /// If it can't be recorded: then nothing of them may be answered.
    pub(crate) fn record_access(&self, access: &Access, opened: &[u64]) -> Result<(), AccessError> {
        if opened.is_empty() {
            return Ok(());
        }
        let environment = &self.core.environment;
        // Both are on their way before either is waited for, so that they share a sync.
        let in_system = match self.core.options.keeps_system {
            true => {
                let cell = self.core.system_cell().map_err(AccessError::NotInSystem)?;
                let system = Self::new(Arc::clone(&self.core), cell);
                Some(self.enter(&system, access, opened, Book::System)?)
            }
            false => None,
        };
        let in_trail = match self.cell().keeps_trail() {
            true => Some(self.enter(self, access, opened, Book::Trail)?),
            false => None,
        };
        let waited = |pending: Option<PendingAppend>, book: Book| {
            let waited = pending.map(|pending| pending.wait(environment));
            let waited = waited.transpose();
            waited.map(drop).map_err(|error| book.refused(error))
        };
        waited(in_system, Book::System).and(waited(in_trail, Book::Trail))
    }

    /// Gives the events that record an access to the writer, for the ledger that they are entered in.
    fn enter(
        &self,
        into: &Ledger,
        access: &Access,
        opened: &[u64],
        book: Book,
    ) -> Result<PendingAppend, AccessError> {
        let environment = &self.core.environment;
        trail(environment, self.cell(), into.cell(), access, opened, book)
            .map_err(|error| book.refused(unprepared(&error)))
            .and_then(|events| {
                let entered = into.enqueue(events, None);
                entered.map_err(|error| book.refused(error))
            })
    }
}

/// Where an access is entered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Book {
    /// In the access trail of the ledger whose records are opened.
    Trail,
    /// In the store's own ledger. It outlives erasures, so it has no words of the caller, which may name somebody.
    System,
}

impl Book {
    fn refused(self, error: AppendError) -> AccessError {
        match self {
            Self::Trail => AccessError::Unrecorded(error),
            Self::System => AccessError::NotInSystem(error),
        }
    }
}

/// The events that record an access to a ledger: one, or more where the numbers are too many for one.
fn trail(
    environment: &Environment,
    of: &LedgerState,
    into: &LedgerState,
    access: &Access,
    opened: &[u64],
    book: Book,
) -> Result<Vec<Prepared>, PrepareError> {
    let name = of.descriptor.name.as_str();
    let (event_type, source, subject) = match book {
        Book::Trail => (ACCESS_TYPE, ACCESS_SOURCE, None),
        Book::System => (
            SystemKind::Decrypted.event_type(),
            SYSTEM_SOURCE,
            Some(name),
        ),
    };
    let mut rest = opened;
    let mut events = Vec::with_capacity(1);
    while let [first, ..] = *rest {
        let (text, taken) = runs(rest, ATTRIBUTE_BYTES_MAX);
        let last = rest[taken - 1];
        let mut facts = vec![
            ("principal", FactValue::Text(&access.principal)),
            ("call", FactValue::Text(access.call)),
            ("events", FactValue::Uint(taken as u64)),
            ("first_sequence", FactValue::Uint(first)),
            ("last_sequence", FactValue::Uint(last)),
            ("sequences", FactValue::Text(&text)),
        ];
        if let Some(authentication) = access.authentication {
            facts.push(("authentication", FactValue::Text(authentication)));
        }
        if let (Book::System, Some((names, has_more))) = (book, &access.other_names) {
            facts.push(("other_names", FactValue::Text(names)));
            if *has_more {
                facts.push(("more_names", FactValue::Boolean(true)));
            }
        }
        match (book, &access.purpose) {
            (Book::Trail, Some(purpose)) => facts.push(("purpose", FactValue::Text(purpose))),
            (Book::Trail, None) => {}
            (Book::System, _) => facts.extend([
                ("ledger", FactValue::Text(name)),
                ("origin", FactValue::Text(of.origin().as_str())),
            ]),
        }
        let id = environment.event_id();
        let body = Body {
            id: &id,
            source,
            subject,
            actor: Some(&access.principal),
            facts,
            ..Body::default()
        };
        events.push(event::prepare(
            environment,
            into,
            EventInput {
                body,
                event_type,
                classification: None,
                payload: None,
            },
        )?);
        rest = &rest[taken..];
    }
    Ok(events)
}

/// Ascending numbers as text, for example "3-7,9": as many as fit, and how many these are.
fn runs(numbers: &[u64], bytes_max: usize) -> (String, usize) {
    let mut text = String::new();
    let mut taken = 0;
    while let Some(first) = numbers.get(taken) {
        let rest = &numbers[taken..];
        let length = rest
            .iter()
            .zip(*first..)
            .take_while(|(number, expected)| **number == *expected)
            .count();
        let separator = if text.is_empty() { "" } else { "," };
        let run = match length {
            1 => format!("{separator}{first}"),
            _ => format!("{separator}{first}-{}", rest[length - 1]),
        };
        if text.len() + run.len() > bytes_max {
            break;
        }
        text.push_str(&run);
        taken += length;
    }
    (text, taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_in_runs_and_none_is_left_out() {
        assert_eq!(runs(&[3, 4, 5, 9, 11, 12], 100), ("3-5,9,11-12".into(), 6));
        assert_eq!(runs(&[7], 100), ("7".into(), 1));
        let many: Vec<u64> = (0..2_000).map(|number| number * 2).collect();
        let (mut rest, mut texts) = (many.as_slice(), 0);
        while !rest.is_empty() {
            let (text, taken) = runs(rest, ATTRIBUTE_BYTES_MAX);
            assert!(text.len() <= ATTRIBUTE_BYTES_MAX);
            let told: Vec<u64> = text.split(',').map(|one| one.parse().unwrap()).collect();
            assert_eq!(told, rest[..taken]);
            (rest, texts) = (&rest[taken..], texts + 1);
        }
        assert!(texts > 1);
    }

    #[test]
    fn a_purpose_is_bounded_text() {
        assert!(Access::new("local", "get", "").unwrap().purpose.is_none());
        assert!(Access::new("local", "get", "complaint 118").is_ok());
        assert!(Access::new("local", "get", "a\nb").is_err());
        assert!(Access::new("local", "get", &"x".repeat(1_025)).is_err());
    }
}
