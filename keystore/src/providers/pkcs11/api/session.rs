//! Sessions: the login, and what the token does with a key.

use cryptoki::{
    error::{Error, RvError},
    mechanism::{
        Mechanism, MechanismType,
        aead::GcmParams,
        eddsa::{EddsaParams, EddsaSignatureScheme},
        vendor_defined::VendorDefinedMechanism,
    },
    object::ObjectHandle,
    session::{Session, SessionState, UserType},
    types::{RawAuthPin, Ulong},
};
use zeroize::Zeroizing;

use super::return_value::token_error;
use crate::providers::pkcs11::{pin::Pin, token_error::TokenError};

pub(crate) const GCM_IV_BYTES: usize = 12;
const GCM_TAG_BITS: u64 = 128;

/// The ciphers that a token is asked for. None of them takes additional data but GCM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockWrap {
    /// RFC 3394, `CKM_AES_KEY_WRAP`.
    Plain,
    /// RFC 5649, `CKM_AES_KEY_WRAP_KWP`.
    Padded,
}

/// An object of the token, as long as the session lasts.
#[derive(Clone, Copy)]
pub(crate) struct KeyHandle(pub(super) ObjectHandle);

/// A session, and the calls that are made in it. It is closed when dropped.
pub(crate) struct TokenSession(pub(super) Session);

impl TokenSession {
    pub(super) fn new(session: Session) -> Self {
        Self(session)
    }

    /// Logs in. All sessions of this process with the token share the login.
    pub(crate) fn log_in(&self, pin: &Pin) -> Result<(), TokenError> {
        let pin = RawAuthPin::new(Box::new(pin.expose().to_vec()));
        match self.0.login_with_raw(UserType::User, &pin) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) => Err(token_error(error)),
        }
    }

    /// Whether the session is there and logged in: some tokens answer with a general error when it is not.
    pub(crate) fn is_logged_in(&self) -> bool {
        let facts = self.0.get_session_info();
        facts.is_ok_and(|facts| matches!(facts.session_state(), SessionState::RwUser))
    }

    /// `CKM_AES_GCM`. The IV that was used is in `iv` afterwards: some tokens choose
    /// their own, whatever they are given.
    pub(crate) fn seal_gcm(
        &self,
        key: KeyHandle,
        iv: &mut [u8; GCM_IV_BYTES],
        additional_data: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, TokenError> {
        let sealed = {
            let parameters = GcmParams::new(iv, additional_data, Ulong::new(GCM_TAG_BITS));
            let mechanism = Mechanism::AesGcm(parameters.map_err(token_error)?);
            self.0.encrypt(&mechanism, key.0, plain)
        };
        sealed.map_err(token_error)
    }

    pub(crate) fn open_gcm(
        &self,
        key: KeyHandle,
        iv: &[u8; GCM_IV_BYTES],
        additional_data: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let mut iv = *iv;
        let parameters = GcmParams::new(&mut iv, additional_data, Ulong::new(GCM_TAG_BITS));
        let mechanism = Mechanism::AesGcm(parameters.map_err(token_error)?);
        self.decrypt(&mechanism, key, sealed)
    }

    pub(crate) fn seal_block(
        &self,
        key: KeyHandle,
        wrap: BlockWrap,
        plain: &[u8],
    ) -> Result<Vec<u8>, TokenError> {
        self.0
            .encrypt(&block_mechanism(wrap), key.0, plain)
            .map_err(token_error)
    }

    pub(crate) fn open_block(
        &self,
        key: KeyHandle,
        wrap: BlockWrap,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        self.decrypt(&block_mechanism(wrap), key, sealed)
    }

    /// The buffer that comes back is the only one, and is wiped when dropped.
    fn decrypt(
        &self,
        mechanism: &Mechanism<'_>,
        key: KeyHandle,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let opened = self.0.decrypt(mechanism, key.0, sealed);
        opened.map(Zeroizing::new).map_err(token_error)
    }

    /// HMAC-SHA-256.
    pub(crate) fn authenticate(
        &self,
        key: KeyHandle,
        message: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let code = self.0.sign(&Mechanism::Sha256Hmac, key.0, message);
        code.map(Zeroizing::new).map_err(token_error)
    }

    /// Ed25519 as RFC 8032 has it, without prehashing and without a context.
    pub(crate) fn sign_ed25519(
        &self,
        key: KeyHandle,
        message: &[u8],
    ) -> Result<Vec<u8>, TokenError> {
        let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
        self.0.sign(&mechanism, key.0, message).map_err(token_error)
    }
}

fn block_mechanism(wrap: BlockWrap) -> Mechanism<'static> {
    match wrap {
        BlockWrap::Plain => Mechanism::AesKeyWrap,
        BlockWrap::Padded => {
            Mechanism::VendorDefined(VendorDefinedMechanism::new::<u8>(padded_wrap(), None))
        }
    }
}

/// `CKM_AES_KEY_WRAP_KWP`, which cryptoki knows neither by name nor lets anybody name.
#[expect(unsafe_code, reason = "cryptoki has no constructor for this number")]
fn padded_wrap() -> MechanismType {
    const AES_KEY_WRAP_KWP: std::ffi::c_ulong = 0x210b;
    // SAFETY: `MechanismType` is `repr(transparent)` over the number of a mechanism,
    // documented so that lists of both have one layout, and takes every value of it.
    unsafe { std::mem::transmute::<std::ffi::c_ulong, MechanismType>(AES_KEY_WRAP_KWP) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unnamed_mechanism_has_its_number() {
        assert_eq!(*padded_wrap(), 0x210b);
    }
}
