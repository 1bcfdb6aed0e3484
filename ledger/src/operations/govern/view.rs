//! What the state holds, for whoever looks. All of it is durable when it is answered.

use indelible_governance::{
    claim::{AccountKey, Unit},
    day::Period,
    digest::Digest,
    state::{AccountView, AgentView, ApprovalView, ReservationView, State},
};

use crate::{core::Ledger, state::govern_error::GovernError};

impl Ledger {
    /// Approvals from a number on, at most so many: all that are remembered, or those that wait for an answer.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn approvals(
        &self,
        from: u64,
        most: usize,
        only_pending: bool,
    ) -> Result<Vec<ApprovalView>, GovernError> {
        self.look(move |state, time| state.approvals(time, from, most, only_pending))
            .await
    }

    /// Accounts of budgets that are in use, after one, at most so many.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn accounts(
        &self,
        after: Option<AccountKey>,
        most: usize,
    ) -> Result<Vec<AccountView>, GovernError> {
        self.look(move |state, time| state.accounts(time, after.as_ref(), most))
            .await
    }

    /// Which of some budgets nobody has used yet in the period that counts.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn unused_budgets(
        &self,
        budgets: Vec<(String, Unit, Period)>,
    ) -> Result<Vec<bool>, GovernError> {
        let look = move |state: &State, _: u64| {
            let is_unused = |(name, unit, period): &(String, Unit, Period)| {
                !state.is_budget_used(name, *unit, *period)
            };
            budgets.iter().map(is_unused).collect()
        };
        self.look(look).await
    }

    /// Agents by name, after one.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn agents(&self, after: &str, most: usize) -> Result<Vec<AgentView>, GovernError> {
        let after = after.to_owned();
        self.look(move |state, _| state.agents(&after, most)).await
    }

    /// Who grants nothing to each of some agents, in their order; none: nobody can.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn no_granters(
        &self,
        agents: Vec<String>,
    ) -> Result<Vec<Option<Vec<String>>>, GovernError> {
        let look = move |state: &State, _: u64| {
            let of_each = agents.iter().map(|agent| state.no_granters(agent));
            of_each.collect()
        };
        self.look(look).await
    }

    /// Decisions that have something set aside, by number, from one on, at most so many.
    ///
    /// # Errors
    /// If the state can't be had.
    pub async fn reservations(
        &self,
        from: u64,
        most: usize,
    ) -> Result<Vec<ReservationView>, GovernError> {
        self.look(move |state, time| state.reservations(time, from, most))
            .await
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
