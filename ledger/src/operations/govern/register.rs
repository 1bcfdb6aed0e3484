//! Registering policies: the documents of all levels are recorded, and behind them the policy that they make.

use bytes::Bytes;
use indelible_evidence::FieldViolation;
use indelible_governance::{
    digest::Digest,
    limits::POLICY_DOCUMENT_BYTES_MAX,
    policy::{
        Compatibility, PolicyKind,
        aegis::AegisPolicy,
        aigc::{Chain, Compiled},
        gate::GatePolicy,
    },
    record::{Entry, PolicyRegistered},
    state::State,
};

use super::asking::{Placed, Recorded};
use crate::{
    core::Ledger,
    state::{govern_error::GovernError, governed::Rules, limits::POLICIES_BYTES_MAX},
    write::ask::{Moment, Written},
};

/// A policy that is to be registered.
#[derive(Clone, Debug)]
pub struct NewPolicy {
    /// Its kind.
    pub kind: PolicyKind,
    /// Names and bytes of its documents: the policy first, then bases that are not registered already.
    pub documents: Vec<(String, Bytes)>,
}

/// A policy that was read and compiled, with the bytes of its documents.
struct Checked {
    policy: PolicyRegistered,
    bytes: Vec<(String, Digest, Bytes)>,
}

impl Ledger {
    /// Registers a policy, unless it is registered already. It is in force nowhere before a binding names it.
    ///
    /// # Errors
    /// What is wrong with the documents, or why nothing can be recorded.
    pub async fn register_policy(
        &self,
        new: NewPolicy,
        by: &str,
    ) -> Result<(Digest, Placed, bool), GovernError> {
        let rules = self.rules().await?;
        let known = std::sync::Arc::clone(&rules);
        let checked = self
            .core
            .environment
            .aside(move || check(new, &known))
            .await;
        let Checked { policy, bytes } = checked.map_err(|error| GovernError::Unusable {
            reason: error.to_string(),
        })??;
        let digest = policy.digest;
        if let Some(registered) = rules.policies.get(&digest) {
            let placed = self.placed_at(registered.sequence).await?;
            return Ok((digest, placed, false));
        }
        let records = bytes.len() + 1;
        let size = bytes.iter().map(|(_, _, bytes)| bytes.len()).sum();
        let (ledger, by) = (self.clone(), by.to_owned());
        let register = move |state: &State, _: Moment| {
            state.check_policy(digest)?;
            let rules = ledger.cell.governed.rules();
            check_room(&rules, size)?;
            let mut written = Vec::with_capacity(records);
            for (name, document, bytes) in bytes {
                if !rules.documents.contains_key(&document) {
                    let environment = &ledger.core.environment;
                    written.push(Written::document(environment, &ledger.cell, &name, bytes)?);
                }
            }
            written.push(ledger.own_record(Entry::Policy(policy), Some(&by))?);
            Ok(((), written))
        };
        match self.record_made(None, (records, size), register).await? {
            Recorded::New(placed, ()) => Ok((digest, placed, true)),
            Recorded::There(_) | Recorded::Nothing(()) => Err(super::asking::lost()),
        }
    }

    /// Where a record of before stands.
    async fn placed_at(&self, sequence: u64) -> Result<Placed, GovernError> {
        let ledger = self.clone();
        let read = self.core.environment.aside(move || ledger.record(sequence));
        let view = read.await.map_err(|error| GovernError::Unusable {
            reason: error.to_string(),
        })??;
        Ok(Placed {
            sequence,
            time: view.header().time,
            chain: view.chain_hash(),
            tree_size: self.cell.size(),
        })
    }
}

fn check_room(rules: &Rules, more: usize) -> Result<(), GovernError> {
    let bytes = rules.bytes().saturating_add(more);
    match bytes <= POLICIES_BYTES_MAX {
        true => Ok(()),
        false => Err(GovernError::PoliciesTooLarge {
            bytes,
            most: POLICIES_BYTES_MAX,
        }),
    }
}

/// Reads the documents, finds the bases, and compiles.
fn check(new: NewPolicy, rules: &Rules) -> Result<Checked, GovernError> {
    let Some((name, bytes)) = new.documents.first() else {
        return Err(wrong("documents", "must hold the policy's own first"));
    };
    if new
        .documents
        .iter()
        .any(|(_, bytes)| bytes.len() > POLICY_DOCUMENT_BYTES_MAX)
    {
        return Err(wrong(
            "documents",
            "holds one that is longer than a document may be",
        ));
    }
    for (name, _) in &new.documents {
        super::asking::check_name("documents.name", name)?;
    }
    match new.kind {
        PolicyKind::Gate | PolicyKind::Aegis if new.documents.len() > 1 => Err(wrong(
            "documents",
            "a policy of the kind gate or aegis has one",
        )),
        PolicyKind::Gate => {
            let digest = GatePolicy::read(name, bytes)?.digest;
            Ok(of_one(new.kind, name, digest, bytes))
        }
        PolicyKind::Aegis => {
            // Whether unknown keys mean nothing, the binding says.
            let digest = AegisPolicy::read(name, bytes, Compatibility::Aegis)?.digest;
            Ok(of_one(new.kind, name, digest, bytes))
        }
        PolicyKind::Aigc => {
            let chain = Chain::resolve(name, bytes, &|base| {
                find(&new, rules, base).map(|bytes| bytes.to_vec())
            })?;
            Compiled::new(&chain, Compatibility::Default)?;
            let of_level = |(name, digest): &(String, Digest)| {
                let bytes = find(&new, rules, name)?;
                Some((name.clone(), *digest, bytes))
            };
            let documents: Vec<_> = chain
                .documents()
                .iter()
                .map(|document| (document.name.clone(), document.digest))
                .collect();
            Ok(Checked {
                bytes: documents.iter().filter_map(of_level).collect(),
                policy: PolicyRegistered {
                    digest: chain.digest(),
                    kind: new.kind,
                    documents,
                },
            })
        }
    }
}

/// A policy that is one document.
fn of_one(kind: PolicyKind, name: &str, digest: Digest, bytes: &Bytes) -> Checked {
    Checked {
        policy: PolicyRegistered {
            digest,
            kind,
            documents: vec![(name.to_owned(), digest)],
        },
        bytes: vec![(name.to_owned(), digest, bytes.clone())],
    }
}

/// The bytes of a document by its name: those that come with the policy first, then those that were registered last.
fn find(new: &NewPolicy, rules: &Rules, name: &str) -> Option<Bytes> {
    let given = new.documents.iter().find(|(given, _)| given == name);
    if let Some((_, bytes)) = given {
        return Some(bytes.clone());
    }
    let of_name = rules.policies.values().filter_map(|registered| {
        let mut documents = registered.policy.documents.iter();
        let (_, digest) = documents.find(|(registered, _)| registered == name)?;
        Some((registered.sequence, digest))
    });
    let (_, digest) = of_name.max_by_key(|(sequence, _)| *sequence)?;
    rules.documents.get(digest).cloned()
}

fn wrong(field: &str, problem: &str) -> GovernError {
    GovernError::Field(FieldViolation {
        field: field.into(),
        problem: problem.into(),
    })
}
