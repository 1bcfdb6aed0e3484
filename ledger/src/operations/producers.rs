//! Producers: keys of clients, under which they sign their own events, and the sources whose events must be signed.

use indelible_evidence::{
    body::FieldViolation,
    key_event::{
        ProducerAction, ProducerChange, PublicKey, SettingsChange, check_producer_name,
        check_statement_text, sort_sources,
    },
};
use tracing::info;

use crate::{
    core::Ledger,
    operations::{
        first_settings,
        record_key_event::{self, Statement},
        retention::check_room,
    },
    state::{
        append::NewRange, error::KeyEventError, limits::SOURCES_BYTES_MAX, producers::Producer,
    },
    write::reserved,
};

/// A producer's key that is to be registered.
#[derive(Clone, Debug)]
pub struct RegisterProducer {
    /// Its public half: Ed25519.
    pub public: [u8; 32],
    /// Whose key it is.
    pub name: String,
    /// The only sources that it may sign for, in any order; empty if it may sign for all.
    pub sources: Vec<String>,
    /// Its own signature over all of this, and the ledger's origin.
    pub proof: [u8; 64],
}

/// A producer's key that is to be revoked.
#[derive(Clone, Debug)]
pub struct RevokeProducer {
    /// Its public half: Ed25519.
    pub public: [u8; 32],
    /// The first sequence number at which its signatures count for nothing; none means from now on.
    pub from: Option<u64>,
    /// Why, for auditors.
    pub reason: Option<String>,
}

impl Ledger {
    /// Registers a producer's key. Events that it signs are taken from the record on. Blocking.
    ///
    /// # Errors
    /// Why it was not recorded.
    pub fn register_producer(&self, register: RegisterProducer) -> Result<NewRange, KeyEventError> {
        let RegisterProducer {
            public,
            name,
            mut sources,
            proof,
        } = register;
        let key = key(public)?;
        check_producer_name("name", &name)?;
        check_sources("sources", &mut sources)?;
        let change = ProducerChange {
            origin: self.cell.origin().clone(),
            key,
            action: ProducerAction::Register {
                name,
                sources,
                proof,
            },
        };
        if !change.is_proven() {
            return Err(KeyEventError::ProducerProof);
        }
        self.record_producer(change, "a producer's key is registered")
    }

    /// Revokes a producer's key: no event that it signs is taken from the record on, and what it signed from a sequence
    /// number on counts for nothing. Blocking.
    ///
    /// # Errors
    /// Why it was not recorded.
    pub fn revoke_producer(&self, revoke: RevokeProducer) -> Result<NewRange, KeyEventError> {
        let key = key(revoke.public)?;
        if let Some(reason) = &revoke.reason {
            check_statement_text("reason", reason)?;
        }
        let size = self.cell.size();
        let from = revoke.from.unwrap_or(size);
        if from > size {
            return Err(KeyEventError::SizePastHead {
                trusted: from,
                size,
            });
        }
        let change = ProducerChange {
            origin: self.cell.origin().clone(),
            key,
            action: ProducerAction::Revoke {
                size: from,
                reason: revoke.reason,
            },
        };
        self.record_producer(change, "a producer's key is revoked")
    }

    fn record_producer(
        &self,
        change: ProducerChange,
        done: &'static str,
    ) -> Result<NewRange, KeyEventError> {
        let statement = Statement::Producer(Box::new(change));
        let recorded = record_key_event::record(self.core(), &self.cell, &statement)?;
        let ledger = self.cell.origin().as_str();
        info!(ledger, sequence = recorded.first, "{done}");
        Ok(recorded)
    }

    /// The producers whose keys are registered, or were, in the order of their records.
    pub fn producers(&self) -> Vec<Producer> {
        // What is linked and not durable yet is not there.
        let size = self.cell.size();
        let mut producers = self.cell.keys().producers().all().to_vec();
        producers.retain(|producer| producer.sequence < size);
        for producer in &mut producers {
            let revoked = producer.revoked.take();
            producer.revoked = revoked.filter(|revoked| revoked.sequence < size);
        }
        producers
    }

    /// Says of which sources events must be signed by their producers, from the record on: of these, and of no others.
    /// Blocking.
    ///
    /// # Errors
    /// Why it was not recorded.
    pub fn set_signed_sources(
        &self,
        mut sources: Vec<String>,
        reason: Option<String>,
    ) -> Result<NewRange, KeyEventError> {
        let (core, cell) = (self.core(), &self.cell);
        check_sources("sources", &mut sources)?;
        if let Some(reason) = &reason {
            check_statement_text("reason", reason)?;
        }
        if cell.keys().settings().is_none() {
            // Another identity must not come between its signature and the record.
            let _one_at_a_time = core.await_rotating();
            first_settings::record(core, cell)?;
        }
        // A statement has all settings, so two changes must not both begin with the same.
        let _one_at_a_time = cell.rotating();
        let mut settings = cell.settings();
        settings.signed_sources = sources;
        let change = SettingsChange {
            origin: cell.origin().clone(),
            settings,
            reason,
        };
        check_room("sources", &change)?;
        let statement = Statement::Settings(Box::new(change));
        let recorded = record_key_event::record(core, cell, &statement)?;
        let ledger = cell.origin().as_str();
        info!(
            ledger,
            sequence = recorded.first,
            "other sources must be signed"
        );
        Ok(recorded)
    }
}

fn key(public: [u8; 32]) -> Result<PublicKey, FieldViolation> {
    PublicKey::from_bytes(public).map_err(|error| FieldViolation {
        field: "public_key".into(),
        problem: error.to_string(),
    })
}

/// Clients' sources, in their order. A ledger's own events have no producer, so none can sign for their sources.
fn check_sources(field: &str, sources: &mut [String]) -> Result<(), FieldViolation> {
    sort_sources(field, sources)?;
    let violation = |problem: String| FieldViolation {
        field: field.to_owned(),
        problem,
    };
    if let Some(own) = sources.iter().find(|source| reserved::is_source(source)) {
        let problem = format!("names {own:?}, which only the daemon's own events have");
        return Err(violation(problem));
    }
    let bytes: usize = sources.iter().map(String::len).sum();
    if bytes > SOURCES_BYTES_MAX {
        let problem = format!("has {bytes} bytes in all, at most {SOURCES_BYTES_MAX} are allowed");
        return Err(violation(problem));
    }
    Ok(())
}
