//! Modules, and the tokens in their slots.

use std::path::Path;

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    mechanism::MechanismType,
    slot::Slot,
};

use super::{return_value::token_error, session::TokenSession};
use crate::{error::ProviderFault, providers::pkcs11::token_error::TokenError};

/// A loaded module. Loading runs its code in this process: only a configured path is ever loaded.
pub(crate) struct Module(Pkcs11);

impl Module {
    pub(crate) fn load(path: &Path) -> Result<Self, TokenError> {
        match Pkcs11::new(path) {
            Ok(library) => Ok(Self(library)),
            Err(error @ (Error::LibraryLoading(_) | Error::MissingSymbol(_))) => {
                Err(TokenError::Fault(
                    ProviderFault::ModuleMissing,
                    format!("{}: {error}", path.display()),
                ))
            }
            Err(error) => Err(token_error(error)),
        }
    }

    /// Prepares the module, once for the process.
    pub(crate) fn initialize(&self) -> Result<(), TokenError> {
        let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        match self.0.initialize(arguments) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
            Err(error) => Err(token_error(error)),
        }
    }

    /// Finalizes the module; every session must have been dropped. A module that can't be finalized is left as it is.
    pub(crate) fn finalize(&self) {
        drop(self.0.clone().finalize());
    }

    /// All tokens that are present and answer.
    pub(crate) fn tokens(&self) -> Result<Vec<Token>, TokenError> {
        let slots = self.0.get_slots_with_token().map_err(token_error)?;
        Ok(slots
            .into_iter()
            .filter_map(|slot| {
                let facts = self.0.get_token_info(slot).ok()?;
                facts.token_initialized().then(|| Token {
                    slot,
                    label: facts.label().to_owned(),
                    serial: facts.serial_number().to_owned(),
                    maker: format!("{} {}", facts.manufacturer_id(), facts.model()),
                    is_locked: facts.user_pin_locked(),
                    is_last_try: facts.user_pin_final_try(),
                })
            })
            .collect())
    }

    /// Whether the token makes Ed25519 keys and signs with them.
    pub(crate) fn has_ed25519(&self, token: &Token) -> bool {
        let facts = |kind| self.0.get_mechanism_info(token.slot, kind).ok();
        facts(MechanismType::ECC_EDWARDS_KEY_PAIR_GEN)
            .is_some_and(|facts| facts.generate_key_pair())
            && facts(MechanismType::EDDSA).is_some_and(|facts| facts.sign())
    }

    /// Opens a session that may write (some tokens have no other).
    pub(crate) fn open_session(&self, token: &Token) -> Result<TokenSession, TokenError> {
        let session = self.0.open_rw_session(token.slot).map_err(token_error)?;
        Ok(TokenSession::new(session))
    }
}

/// A token that is in its slot now. The slot's number is for this process and moment only.
pub(crate) struct Token {
    slot: Slot,
    pub(crate) label: String,
    pub(crate) serial: String,
    pub(crate) maker: String,
    pub(crate) is_locked: bool,
    pub(crate) is_last_try: bool,
}
