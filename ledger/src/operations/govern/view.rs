//! What the state holds, for whoever looks. All of it is durable when it is answered.

use indelible_governance::{
    digest::Digest,
    state::{AccountView, AgentView, ApprovalView, HaltView},
};

use crate::{core::Ledger, state::govern_error::GovernError};

impl Ledger {
    /// Approvals from a number on, at most so many.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn approvals(
        &self,
        from: u64,
        most: usize,
    ) -> Result<Vec<ApprovalView>, GovernError> {
        self.look(move |state, time| state.approvals(time, from, most))
            .await
    }

    /// Accounts of budgets that are in use, without the first so many.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn accounts(
        &self,
        skip: usize,
        most: usize,
    ) -> Result<Vec<AccountView>, GovernError> {
        self.look(move |state, time| state.accounts(time, skip, most))
            .await
    }

    /// Agents by name, after one.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn agents(&self, after: &str, most: usize) -> Result<Vec<AgentView>, GovernError> {
        let after = after.to_owned();
        self.look(move |state, _| state.agents(&after, most)).await
    }

    /// The halts in force.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn halts(&self, most: usize) -> Result<Vec<HaltView>, GovernError> {
        self.look(move |state, _| state.halts(most)).await
    }

    /// The digest of the state's snapshot: two folds of the same records have the same.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn state_digest(&self) -> Result<Digest, GovernError> {
        let snapshot = self.look(|state, _| state.snapshot()).await?;
        let snapshot = snapshot.map_err(|error| GovernError::Unusable {
            reason: error.to_string(),
        })?;
        Ok(Digest::of(&snapshot))
    }
}
