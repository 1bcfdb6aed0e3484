//! Who may sign overrides, in which role, and with which key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    limits::OVERRIDE_SIGNERS_MAX,
    record::{OverrideSigned, OverrideSigner},
    state::{
        misfit::Misfit,
        overrides::{OverrideRefusal, ROLES},
    },
};

/// A signer's role and key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signer {
    pub(super) role: String,
    pub(super) key: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Signers {
    pub(super) signers: BTreeMap<String, Signer>,
}

impl Signers {
    /// Whether somebody may be registered: a key is one person's.
    pub(super) fn check_registration(
        &self,
        signer: &OverrideSigner,
    ) -> Result<(), OverrideRefusal> {
        let Some(role) = &signer.role else {
            return Ok(());
        };
        if !ROLES.contains(&&**role) {
            return Err(OverrideRefusal::Role);
        }
        let mut others = self.signers.iter();
        if others.any(|(name, other)| *name != signer.signer && other.key == signer.key) {
            return Err(OverrideRefusal::KeyOfAnother);
        }
        let is_new = !self.signers.contains_key(&signer.signer);
        match is_new && self.signers.len() >= OVERRIDE_SIGNERS_MAX {
            true => Err(OverrideRefusal::TooManySigners),
            false => Ok(()),
        }
    }

    pub(super) fn register(&mut self, signer: &OverrideSigner) -> Result<(), Misfit> {
        self.check_registration(signer)
            .map_err(|_| Misfit::Override)?;
        match &signer.role {
            Some(role) => {
                let registered = Signer {
                    role: role.clone(),
                    key: signer.key.clone(),
                };
                self.signers.insert(signer.signer.clone(), registered);
            }
            None => {
                self.signers.remove(&signer.signer);
            }
        }
        Ok(())
    }

    /// Whether whoever signs is registered in the role, with the key.
    pub(super) fn check(&self, signed: &OverrideSigned) -> Result<(), OverrideRefusal> {
        let known = self.signers.get(&signed.signer);
        let fits = known.is_some_and(|known| known.role == signed.role && known.key == signed.key);
        match fits {
            true => Ok(()),
            false => Err(OverrideRefusal::NotRegistered),
        }
    }
}
