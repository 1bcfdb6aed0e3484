//! Governance: policies, agents, decisions, and what people do about them.

pub(super) mod agents;
pub(super) mod all_ledgers;
pub(super) mod approvals;
pub(super) mod budgets;
pub(super) mod completions;
pub(super) mod decisions;
pub(super) mod expiry;
pub(super) mod figures;
mod granters;
pub(super) mod overrides;
pub(super) mod people;
pub(super) mod policies;
pub(super) mod proposals;
pub(super) mod stream;
mod traced;
pub(super) mod trial;
mod wire;

use std::future::Future;

use indelible_governance::digest::Digest;
use indelible_ledger::{Ledger, SystemFact};
use tonic::Status;

use super::{
    audit::act::{Act, Facts},
    authorise::{Action, Caller, Gate, Permit, Scope},
    refusal::Refusal,
};

/// Approvals, agents, halts, accounts or numbers in one answer.
const ITEMS_MAX: usize = 1_000;

/// Bytes that the record of a decision has besides what was asked, about.
const RECORD_BYTES_ADDED: usize = 2_048;

/// The ledger, for a call that only looks.
fn looked_at(gate: &Gate, caller: &Caller, ledger: &str) -> Result<Ledger, Status> {
    gate.authorise(caller, Action::ReadGovernance, Scope::Ledger(ledger))?
        .ledger()
}

/// Counts what becomes a record, as an event of so many bytes is counted.
async fn count(permit: &Permit<'_>, bytes: usize) -> Result<(), Status> {
    let (meter, bytes) = (permit.meter(), bytes.saturating_add(RECORD_BYTES_ADDED));
    meter.bytes(bytes)?;
    meter.quota(1, bytes).await?;
    Ok(())
}

/// Does what is on record as begun, to its end, whether the client waits for it or not.
async fn on_record<T, F>(
    act: Act,
    work: impl FnOnce(Ledger) -> F + Send + 'static,
) -> Result<T, Status>
where
    T: Send + 'static,
    F: Future<Output = Result<(T, Facts), Refusal>> + Send + 'static,
{
    let doing = async move {
        let ledger = match act.ledger() {
            Ok(ledger) => ledger.clone(),
            Err(refusal) => return Err(refusal),
        };
        match work(ledger).await {
            Ok((done, facts)) => {
                act.done(facts);
                Ok(done)
            }
            Err(refusal) => {
                act.refused(&refusal);
                Err(refusal)
            }
        }
    };
    let done = tokio::spawn(doing).await;
    Ok(done.map_err(|panicked| Refusal::internal(&panicked))??)
}

/// How many people must resume a halt.
fn people_of(people: u32) -> Result<u8, Refusal> {
    match people {
        0 | 1 => Ok(1),
        2 => Ok(2),
        _ => Err(Refusal::field("people", "must be 1 or 2")),
    }
}

fn text(name: &'static str, text: &str) -> (&'static str, SystemFact) {
    (name, SystemFact::Text(text.to_owned()))
}

fn digest(field: &str, text: &str) -> Result<Digest, Refusal> {
    Digest::parse(text)
        .ok_or_else(|| Refusal::field(field, "must be 64 hexadecimal digits of lower case"))
}

/// The name that is given, or the caller's own.
fn or_own(name: String, permit: &Permit<'_>) -> String {
    match name.is_empty() {
        true => permit.principal().to_string(),
        false => name,
    }
}
