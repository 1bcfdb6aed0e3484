//! Which policies govern a request.

use crate::{
    digest::Digest,
    limits::STATE_POLICIES_MAX,
    policy::binding::Binding,
    state::{registry::BindingRefusal, whole::State},
};

impl State {
    /// Whether a policy can be registered.
    ///
    /// # Errors
    ///
    /// There are as many as there may be.
    pub fn check_policy(&self, digest: Digest) -> Result<(), BindingRefusal> {
        let policies = &self.registry.policies;
        match !policies.contains_key(&digest) && policies.len() >= STATE_POLICIES_MAX {
            true => Err(BindingRefusal::TooMany),
            false => Ok(()),
        }
    }

    /// Whether a binding can be made.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_binding(&self, binding: &Binding) -> Result<(), BindingRefusal> {
        self.registry.check(binding)
    }

    /// The binding that governs a request, and the sequence number of its record. Of several the most specific; none: every
    /// decision is a denial.
    pub fn binding(&self, agent: &str, principal: &str, act: &str) -> Option<(u64, &Binding)> {
        let standing = self.registry.of(agent, principal, act)?;
        Some((standing.sequence, &standing.binding))
    }
}
