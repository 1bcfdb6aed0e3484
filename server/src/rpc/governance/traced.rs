//! Calls of agents' programs that come to nothing leave a trace in the ledger: who called, about what, why, and no contents.

use indelible_governance::record::{RefusedCall, RefusedCalls};
use indelible_ledger::Ledger;
use indelible_proto::v1::ErrorReason;

use super::RECORD_BYTES_ADDED;
use crate::rpc::{authorise::Permit, refusal::Refusal};

/// A call, as its trace would have it.
pub(super) struct Trace {
    ledger: Ledger,
    refused: RefusedCalls,
}

/// The same where the call is still to be counted.
pub(super) struct Traced<'a> {
    permit: &'a Permit<'a>,
    trace: Trace,
}

impl Trace {
    /// What the call came to. One that was refused for what the caller said has its trace before the answer; what was counted
    /// for the record that it asked for is counted for that.
    pub(super) async fn done<T>(&self, result: Result<T, Refusal>) -> Result<T, Refusal> {
        if let Err(refusal) = &result
            && is_of_caller(refusal.reason())
        {
            self.note(refusal, true).await;
        }
        result
    }

    async fn note(&self, refusal: &Refusal, may: bool) {
        let refused = RefusedCalls {
            reason: refusal.reason().name().to_owned(),
            detail: refusal.detail().map(str::to_owned),
            ..self.refused.clone()
        };
        self.ledger.note_refused(refused, may).await;
    }
}

impl<'a> Traced<'a> {
    pub(super) fn new(permit: &'a Permit<'a>, ledger: &Ledger, call: RefusedCall) -> Self {
        let refused = RefusedCalls {
            call,
            principal: permit.principal().to_string(),
            agent: None,
            decision: None,
            reason: String::new(),
            detail: None,
            count: 1,
        };
        let ledger = ledger.clone();
        Self {
            permit,
            trace: Trace { ledger, refused },
        }
    }

    /// The same about a decision.
    pub(super) fn of_decision(mut self, decision: u64) -> Self {
        self.trace.refused.decision = Some(decision);
        self
    }

    /// The same for an agent.
    pub(super) fn of_agent(mut self, agent: &str) -> Self {
        self.trace.refused.agent = (!agent.is_empty()).then(|| agent.to_owned());
        self
    }

    /// Counts what becomes a record, as an event of so many bytes is counted. What is over a quota or a rate is not recorded one
    /// by one.
    ///
    /// # Errors
    /// It is over one.
    pub(super) async fn count(self, bytes: usize) -> Result<Trace, Refusal> {
        let bytes = bytes.saturating_add(RECORD_BYTES_ADDED);
        let meter = self.permit.meter();
        let counted = match meter.bytes(bytes) {
            Ok(()) => meter.quota(1, bytes).await,
            Err(refusal) => Err(refusal),
        };
        match counted {
            Ok(()) => Ok(self.trace),
            Err(refusal) => {
                self.trace.note(&refusal, false).await;
                Err(refusal)
            }
        }
    }

    /// The same of a call that may be refused already for what it says: then its trace is counted.
    ///
    /// # Errors
    /// It is refused, or over a quota.
    pub(super) async fn count_of<T>(
        self,
        bytes: usize,
        read: Result<T, Refusal>,
    ) -> Result<(T, Trace), Refusal> {
        let trace = self.count(bytes).await?;
        Ok((trace.done(read).await?, trace))
    }
}

/// Whether a call is refused for what it says, and not for what the daemon can't do now.
fn is_of_caller(reason: ErrorReason) -> bool {
    matches!(
        reason,
        ErrorReason::FieldInvalid | ErrorReason::GovernanceRefused
    )
}
