//! What came of a decision.

use indelible_governance::{
    record::{Completion, Entry, Used},
    state::{CompletionRefusal, State},
};

use super::{
    asking::{Placed, RECORD_BYTES_USUAL, Recorded},
    output::Came,
};
use crate::{
    core::Ledger,
    state::{govern_error::GovernError, governed::Brought},
    write::ask::{GOVERNANCE_SOURCE, Moment, Words, Written},
};

/// Bytes that a record has for each tool that an output asks to call, about.
const TOOL_BYTES_USUAL: usize = 512;

/// Which decision ends, and how many bytes the record has, about.
struct End {
    decision: u64,
    bytes: usize,
}

/// How a decision ended.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Where that is recorded.
    pub placed: Placed,
    /// Whether it was recorded before, with the same content.
    pub repeated: bool,
    /// What is recorded; none: the decision was released.
    pub completion: Option<Completion>,
}

impl Ledger {
    /// Records what came of a decision: what was used, the digest of the output, and what the policies of the decision say of
    /// it. An output that fails settles, too. `principal` must be one that may speak for the decision's agent.
    ///
    /// # Errors
    /// If the decision is not open, is not the principal's, the request that comes with an output is not the one that was
    /// decided, or nothing can be recorded.
    pub async fn complete(
        &self,
        principal: &str,
        decision: u64,
        used: Used,
        came: Came,
    ) -> Result<Settled, GovernError> {
        self.open_gate().await?;
        let (output, judged) = self.judge_output(principal, decision, came).await?;
        let told = judged.tools.len() * TOOL_BYTES_USUAL;
        let make = move |state: &State, time: u64| {
            let completion = state.completion(time, decision, used, output, judged)?;
            Ok(Entry::Completion(completion))
        };
        let is_same = move |entry: &Entry| matches!(entry, Entry::Completion(there) if there.used == used && there.output == output);
        let end = End {
            decision,
            bytes: RECORD_BYTES_USUAL + told,
        };
        self.settle(principal, end, make, is_same).await
    }

    /// Gives the reservation of a decision back, because nothing ran.
    ///
    /// # Errors
    /// As [`Self::complete`]; and what has expired can't be given back.
    pub async fn release(&self, principal: &str, decision: u64) -> Result<Settled, GovernError> {
        let make = move |state: &State, time: u64| {
            state.check_release(time, decision)?;
            Ok(Entry::Released { decision })
        };
        let is_same = |entry: &Entry| matches!(entry, Entry::Released { .. });
        let end = End {
            decision,
            bytes: RECORD_BYTES_USUAL,
        };
        self.settle(principal, end, make, is_same).await
    }

    async fn settle(
        &self,
        principal: &str,
        End { decision, bytes }: End,
        make: impl FnOnce(&State, u64) -> Result<Entry, CompletionRefusal> + Send + 'static,
        is_same: impl Fn(&Entry) -> bool,
    ) -> Result<Settled, GovernError> {
        self.open_gate().await?;
        // A decision ends once, and whoever lost the answer may ask again.
        let id = format!("end-{decision}");
        let sought = self.sought(GOVERNANCE_SOURCE, &id)?;
        let (ledger, caller) = (self.clone(), principal.to_owned());
        let settle = move |state: &State, moment: Moment| {
            let agent = state.agent_of(decision);
            let agent = agent.ok_or(CompletionRefusal::NotOpen)?.to_owned();
            if !state.may_speak(&agent, &caller) {
                let principal = caller;
                return Err(GovernError::NotTheAgent { principal, agent });
            }
            let entry = make(state, moment.position.time)?;
            let words = Words {
                source: GOVERNANCE_SOURCE,
                id: &id,
                actor: Some(&agent),
                correlation_id: None,
            };
            let environment = &ledger.core.environment;
            let completion = completion_of(&entry);
            let written =
                Written::entry(environment, &ledger.cell, entry, words, Brought::Nothing)?;
            Ok((completion, vec![written]))
        };
        match self.record_made(Some(sought), (1, bytes), settle).await? {
            Recorded::New(placed, completion) => Ok(Settled {
                placed,
                repeated: false,
                completion,
            }),
            Recorded::There(there) => {
                if let Some(Entry::Decision(decided)) = self.entry_at(decision).await? {
                    self.check_speaker(principal, &decided.act.agent).await?;
                }
                match self.entry_at(there.sequence).await? {
                    Some(entry) if is_same(&entry) => Ok(Settled {
                        placed: there.into(),
                        repeated: true,
                        completion: completion_of(&entry),
                    }),
                    _ => Err(CompletionRefusal::NotOpen.into()),
                }
            }
            Recorded::Nothing(_) => Err(super::asking::lost()),
        }
    }
}

fn completion_of(entry: &Entry) -> Option<Completion> {
    match entry {
        Entry::Completion(completion) => Some(completion.clone()),
        _ => None,
    }
}
