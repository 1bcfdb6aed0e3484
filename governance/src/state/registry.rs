//! Policies that can be bound, and bindings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    claim::Act,
    digest::Digest,
    limits::STATE_POLICIES_MAX,
    policy::{PolicyKind, binding::Binding},
    record::PolicyRegistered,
    state::{misfit::Misfit, pairs},
};

/// A binding, and where its record stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Standing {
    pub(super) sequence: u64,
    pub(super) binding: Binding,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registry {
    #[serde(with = "pairs")]
    pub(super) policies: BTreeMap<Digest, PolicyKind>,
    pub(super) bindings: BTreeMap<String, Standing>,
}

/// Why a binding can't be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindingRefusal {
    /// No policy of this digest and kind is registered.
    #[error("no policy {digest} of this kind is registered in the ledger; add it first")]
    UnknownPolicy {
        /// Which.
        digest: Digest,
    },
    /// It names no policy.
    #[error("a binding names a policy of one kind at least")]
    Nothing,
    /// Another binding has the same target.
    #[error(
        "the binding {name:?} has the same target; bind under that name, or make the target more specific"
    )]
    Equal {
        /// Which.
        name: String,
    },
    /// There are as many as there may be.
    #[error("the ledger has {STATE_POLICIES_MAX} policies or bindings, which is the limit")]
    TooMany,
}

impl Registry {
    pub(super) fn register(&mut self, policy: &PolicyRegistered) {
        self.policies.insert(policy.digest, policy.kind);
    }

    pub(super) fn check(&self, binding: &Binding) -> Result<(), BindingRefusal> {
        let named = [
            (binding.aigc, PolicyKind::Aigc),
            (binding.gate, PolicyKind::Gate),
            (binding.aegis, PolicyKind::Aegis),
        ];
        for (digest, kind) in named {
            let Some(digest) = digest else {
                continue;
            };
            if self.policies.get(&digest) != Some(&kind) {
                return Err(BindingRefusal::UnknownPolicy { digest });
            }
        }
        if binding.policies().is_empty() {
            return Err(BindingRefusal::Nothing);
        }
        let mut others = self.bindings.iter();
        let equal = others
            .find(|(name, other)| **name != binding.name && other.binding.target == binding.target);
        if let Some((name, _)) = equal {
            let name = name.clone();
            return Err(BindingRefusal::Equal { name });
        }
        let is_new = !self.bindings.contains_key(&binding.name);
        match is_new && self.bindings.len() >= STATE_POLICIES_MAX {
            true => Err(BindingRefusal::TooMany),
            false => Ok(()),
        }
    }

    pub(super) fn bind(&mut self, sequence: u64, binding: &Binding) -> Result<(), Misfit> {
        self.check(binding).map_err(|refusal| match refusal {
            BindingRefusal::Equal { .. } => Misfit::EqualBinding,
            _ => Misfit::UnknownPolicy,
        })?;
        let binding = binding.clone();
        self.bindings
            .insert(binding.name.clone(), Standing { sequence, binding });
        Ok(())
    }

    /// The binding that governs a request.
    pub(super) fn of(&self, agent: &str, principal: &str, act: &str) -> Option<&Standing> {
        let fitting = self.bindings.values();
        let fitting =
            fitting.filter(|standing| standing.binding.target.fits(agent, principal, act));
        fitting.max_by_key(|standing| standing.binding.target.rank())
    }

    pub(super) fn of_act(&self, act: &Act) -> Option<&Standing> {
        self.of(&act.agent, &act.principal, &act.name)
    }
}
