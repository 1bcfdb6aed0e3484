//! Bindings: which policies govern which requests. Policies are compiled once, when they are bound.

use indelible_governance::{policy::binding::Binding, record::Entry, state::State};

use super::{asking::Placed, compile::compile};
use crate::{
    core::Ledger,
    state::{govern_error::GovernError, governed::Brought},
    write::ask::{Moment, Written},
};

impl Ledger {
    /// Puts policies in force for the requests that a target fits, from the binding's record on. A binding of the same name is
    /// replaced.
    ///
    /// # Errors
    /// If a policy is not registered, another binding has the same target, or nothing can be recorded.
    pub async fn bind_policy(&self, binding: Binding, by: &str) -> Result<Placed, GovernError> {
        super::asking::check_name("name", &binding.name)?;
        let rules = self.rules().await?;
        let of = binding.clone();
        let compiled = self.core.environment.aside(move || compile(&of, &rules));
        let bound = compiled.await.map_err(|error| GovernError::Unusable {
            reason: error.to_string(),
        })??;
        let (ledger, by) = (self.clone(), by.to_owned());
        let bind = move |state: &State, _: Moment| {
            state.check_binding(&binding)?;
            let written = Written::own(
                &ledger.core.environment,
                &ledger.cell,
                Entry::Binding(binding),
                Some(&by),
                Brought::Bound(Box::new(bound), by.clone()),
            )?;
            Ok(((), vec![written]))
        };
        Ok(self.record_own(1, bind).await?.0)
    }
}
