//! What the register outside this machine says of each ledger at a start.

use std::{collections::BTreeMap, sync::Arc};

use indelible_evidence::origin::Origin;
use indelible_store::Store;

use super::error::OpenError;
use crate::{
    check::registered::behind,
    core::EngineOptions,
    keys::{registrar::Registrar, signers::Signers},
    state::{
        register::{Registered, Witness},
        registry::Registry,
    },
};

/// What a start knows of the register. One that can't be read now is read again while the engine runs; until then nothing is
/// signed.
pub(super) struct FromRegister {
    registrar: Option<Arc<Registrar>>,
    ledgers: Option<BTreeMap<String, Registered>>,
}

impl FromRegister {
    /// Reads it, if there is one. Blocking.
    pub(super) fn read(options: &EngineOptions, store: &dyn Store) -> Self {
        let registrar = options
            .register
            .as_ref()
            .map(|register| Arc::new(Registrar::new(register, store, &options.environment)));
        let ledgers = registrar
            .as_ref()
            .and_then(|registrar| registrar.read(store));
        Self { registrar, ledgers }
    }

    /// Keys that sign only if it lets them.
    pub(super) fn asked_by(&self, signers: Signers) -> Signers {
        signers.with_registrar(self.registrar.clone())
    }

    /// What it says of a ledger; none if it says nothing, or was not read.
    pub(super) fn witness(&self, origin: &Origin) -> Option<Witness> {
        let held = self.ledgers.as_ref()?.get(origin.as_str())?;
        Some(Witness {
            held: *held,
            register: self.registrar.as_ref()?.name(),
        })
    }

    /// Makes it this process's own, once every ledger was held against it. Blocking.
    ///
    /// # Errors
    /// If a ledger can't be read for lack of resources.
    pub(super) fn claim(&self, store: &dyn Store, registry: &Registry) -> Result<(), OpenError> {
        let (Some(registrar), Some(ledgers)) = (&self.registrar, &self.ledgers) else {
            return Ok(());
        };
        let held = behind(store, registry, ledgers, &registrar.name());
        let (behind, _in_quarantine) = held.map_err(|shortage| OpenError::Shortage {
            ledger: "that is held against the register".to_owned(),
            reason: shortage.to_string(),
        })?;
        registrar.claim(store, behind);
        Ok(())
    }
}
