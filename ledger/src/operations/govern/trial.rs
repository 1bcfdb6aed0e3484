//! What would be decided: judged by the state as it is, and recorded nowhere.

use std::sync::Arc;

use indelible_governance::{record::Decision, request::Request, state::State};

use super::decide::{check, distrust_clock};
use crate::{core::Ledger, state::govern_error::GovernError};

/// What a request would come to.
#[derive(Clone, Debug)]
pub struct Tried {
    /// As it would be recorded, but for the digest of the request, which has no salt.
    pub decision: Decision,
    /// The name of the binding that governs it.
    pub binding: Option<String>,
}

impl Ledger {
    /// Says what would be decided on a request now. Nothing is recorded, counted or set aside.
    ///
    /// # Errors
    /// If the request is none, or the state can't be had.
    pub async fn try_request(&self, request: Request) -> Result<Tried, GovernError> {
        check(&request)?;
        self.open_gate().await?;
        let rules = self.cell.governed.rules();
        let act = &request.action.name;
        let binding = rules.of(&request.agent, &request.principal, act);
        let binding = binding.map(|binding| binding.binding.name.clone());
        let mut proposal = self.propose(&Arc::new(request), [0; 16]).await?;
        let environment = self.core.environment.clone();
        let judge = move |state: &State, time: u64| {
            if environment.now() < time {
                distrust_clock(&mut proposal);
            }
            state.judge(time, &proposal)
        };
        Ok(Tried {
            decision: self.look(judge).await?,
            binding,
        })
    }
}
