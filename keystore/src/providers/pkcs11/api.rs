//! The one file that knows `cryptoki`: modules, tokens, sessions and keys in PKCS#11's own words.
//!
//! Nothing here decides anything: the files beside it do, and none of cryptoki's types reaches them.

use std::path::Path;

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    mechanism::{
        Mechanism, MechanismType,
        aead::GcmParams,
        eddsa::{EddsaParams, EddsaSignatureScheme},
        vendor_defined::VendorDefinedMechanism,
    },
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::{Session, SessionState, UserType},
    slot::Slot,
    types::{RawAuthPin, Ulong},
};
use zeroize::Zeroizing;

use super::{pin::Pin, trouble::Trouble};
use crate::{error::ProviderFault, keys::secret::KEY_BYTES};

pub(crate) const GCM_IV_BYTES: usize = 12;
const GCM_TAG_BITS: u64 = 128;
const ED25519_POINT_BYTES: usize = 32;
/// A DER octet string of 32 bytes begins so; some tokens leave it out.
const POINT_PREFIX: [u8; 2] = [0x04, 0x20];
/// The names of Ed25519: by its number (RFC 8410), which nearly all tokens know, and by its word (PKCS#11 3.0).
const ED25519_NAMES: [&[u8]; 2] = [&[0x06, 0x03, 0x2b, 0x65, 0x70], b"\x13\x0cedwards25519"];
/// The standard's `CKR_AEAD_DECRYPT_FAILED`, which cryptoki does not name.
const AEAD_DECRYPT_FAILED: u64 = 0x35;

/// A loaded module. Loading runs its code in this process: only a configured path is ever loaded.
pub(crate) struct Module(Pkcs11);

impl Module {
    pub(crate) fn load(path: &Path) -> Result<Self, Trouble> {
        match Pkcs11::new(path) {
            Ok(library) => Ok(Self(library)),
            Err(error @ (Error::LibraryLoading(_) | Error::MissingSymbol(_))) => {
                Err(Trouble::Fault(
                    ProviderFault::ModuleMissing,
                    format!("{} can't be loaded: {error}", path.display()),
                ))
            }
            Err(error) => Err(trouble(error)),
        }
    }

    /// Prepares the module, once for the process.
    pub(crate) fn initialize(&self) -> Result<(), Trouble> {
        let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        match self.0.initialize(arguments) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
            Err(error) => Err(trouble(error)),
        }
    }

    /// Ends it; every session must have been dropped. A module that can't is left as it is.
    pub(crate) fn finalize(&self) {
        drop(self.0.clone().finalize());
    }

    /// All tokens that are there and answer.
    pub(crate) fn tokens(&self) -> Result<Vec<Token>, Trouble> {
        let slots = self.0.get_slots_with_token().map_err(trouble)?;
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
    pub(crate) fn open_session(&self, token: &Token) -> Result<TokenSession, Trouble> {
        let session = self.0.open_rw_session(token.slot).map_err(trouble)?;
        Ok(TokenSession(session))
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

/// An object of the token, as long as the session lasts.
#[derive(Clone, Copy)]
pub(crate) struct KeyHandle(ObjectHandle);

/// What a secret key can be used for here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretKind {
    Aes,
    Hmac,
}

/// What the token says of a secret key; none where it says nothing.
pub(crate) struct SecretFacts {
    pub(crate) kind: Option<SecretKind>,
    pub(crate) label: String,
    pub(crate) id: Vec<u8>,
    pub(crate) bytes: Option<u64>,
    pub(crate) is_sensitive: Option<bool>,
    pub(crate) is_extractable: Option<bool>,
    pub(crate) was_made_in_token: Option<bool>,
}

/// The ciphers that a token is asked for. None of them takes additional data but GCM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockWrap {
    /// RFC 3394, `CKM_AES_KEY_WRAP`.
    Plain,
    /// RFC 5649, `CKM_AES_KEY_WRAP_KWP`.
    Padded,
}

/// A session, and the calls that are made in it. It is closed when dropped.
pub(crate) struct TokenSession(Session);

impl TokenSession {
    /// Logs in. All sessions of this process with the token share the login.
    pub(crate) fn log_in(&self, pin: &Pin) -> Result<(), Trouble> {
        let pin = RawAuthPin::new(Box::new(pin.expose().to_vec()));
        match self.0.login_with_raw(UserType::User, &pin) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(error) => Err(trouble(error)),
        }
    }

    /// Whether the session is there and logged in: some tokens answer with a general error when it is not.
    pub(crate) fn is_logged_in(&self) -> bool {
        let facts = self.0.get_session_info();
        facts.is_ok_and(|facts| matches!(facts.session_state(), SessionState::RwUser))
    }

    pub(crate) fn find_secrets(
        &self,
        label: Option<&str>,
        id: Option<&[u8]>,
    ) -> Result<Vec<KeyHandle>, Trouble> {
        self.find(ObjectClass::SECRET_KEY, label, id)
    }

    pub(crate) fn find_private(
        &self,
        label: Option<&str>,
        id: &[u8],
    ) -> Result<Vec<KeyHandle>, Trouble> {
        self.find(ObjectClass::PRIVATE_KEY, label, Some(id))
    }

    fn find(
        &self,
        class: ObjectClass,
        label: Option<&str>,
        id: Option<&[u8]>,
    ) -> Result<Vec<KeyHandle>, Trouble> {
        let mut template = vec![Attribute::Class(class), Attribute::Token(true)];
        template.extend(label.map(|label| Attribute::Label(label.into())));
        template.extend(id.map(|id| Attribute::Id(id.into())));
        let found = self.0.find_objects(&template).map_err(trouble)?;
        Ok(found.into_iter().map(KeyHandle).collect())
    }

    pub(crate) fn secret_facts(&self, key: KeyHandle) -> Result<SecretFacts, Trouble> {
        let asked = [
            AttributeType::KeyType,
            AttributeType::Label,
            AttributeType::Id,
            AttributeType::ValueLen,
            AttributeType::Sensitive,
            AttributeType::Extractable,
            AttributeType::Local,
        ];
        let mut facts = SecretFacts {
            kind: None,
            label: String::new(),
            id: Vec::new(),
            bytes: None,
            is_sensitive: None,
            is_extractable: None,
            was_made_in_token: None,
        };
        for attribute in self.0.get_attributes(key.0, &asked).map_err(trouble)? {
            match attribute {
                Attribute::KeyType(KeyType::AES) => facts.kind = Some(SecretKind::Aes),
                Attribute::KeyType(KeyType::GENERIC_SECRET | KeyType::SHA256_HMAC) => {
                    facts.kind = Some(SecretKind::Hmac);
                }
                Attribute::Label(label) => {
                    facts.label = String::from_utf8_lossy(&label).into_owned();
                }
                Attribute::Id(id) => facts.id = id,
                Attribute::ValueLen(bytes) => facts.bytes = Some(*bytes),
                Attribute::Sensitive(is) => facts.is_sensitive = Some(is),
                Attribute::Extractable(is) => facts.is_extractable = Some(is),
                Attribute::Local(was) => facts.was_made_in_token = Some(was),
                _ => {}
            }
        }
        Ok(facts)
    }

    /// Makes a key of 32 bytes that never leaves the token, and can neither wrap nor
    /// unwrap the token's other keys: a key that decrypts *and* wraps could export them.
    pub(crate) fn generate_secret(
        &self,
        kind: SecretKind,
        label: &str,
        id: &[u8],
    ) -> Result<KeyHandle, Trouble> {
        let (mechanism, uses) = match kind {
            SecretKind::Aes => (
                Mechanism::AesKeyGen,
                [
                    Attribute::KeyType(KeyType::AES),
                    Attribute::Encrypt(true),
                    Attribute::Decrypt(true),
                ],
            ),
            SecretKind::Hmac => (
                Mechanism::GenericSecretKeyGen,
                [
                    Attribute::KeyType(KeyType::GENERIC_SECRET),
                    Attribute::Sign(true),
                    Attribute::Verify(false),
                ],
            ),
        };
        let mut template = vec![
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Wrap(false),
            Attribute::Unwrap(false),
            Attribute::ValueLen(Ulong::new(KEY_BYTES as u64)),
            Attribute::Label(label.into()),
            Attribute::Id(id.into()),
        ];
        template.extend(uses);
        let made = self.0.generate_key(&mechanism, &template);
        made.map(KeyHandle).map_err(trouble)
    }

    /// `CKM_AES_GCM`. The IV that was used is in `iv` afterwards: some tokens choose
    /// their own, whatever they are given.
    pub(crate) fn seal_gcm(
        &self,
        key: KeyHandle,
        iv: &mut [u8; GCM_IV_BYTES],
        additional_data: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Trouble> {
        let sealed = {
            let parameters = GcmParams::new(iv, additional_data, Ulong::new(GCM_TAG_BITS));
            let mechanism = Mechanism::AesGcm(parameters.map_err(trouble)?);
            self.0.encrypt(&mechanism, key.0, plain)
        };
        sealed.map_err(trouble)
    }

    pub(crate) fn open_gcm(
        &self,
        key: KeyHandle,
        iv: &[u8; GCM_IV_BYTES],
        additional_data: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        let mut iv = *iv;
        let parameters = GcmParams::new(&mut iv, additional_data, Ulong::new(GCM_TAG_BITS));
        let mechanism = Mechanism::AesGcm(parameters.map_err(trouble)?);
        self.decrypt(&mechanism, key, sealed)
    }

    pub(crate) fn seal_block(
        &self,
        key: KeyHandle,
        wrap: BlockWrap,
        plain: &[u8],
    ) -> Result<Vec<u8>, Trouble> {
        self.0
            .encrypt(&block_mechanism(wrap), key.0, plain)
            .map_err(trouble)
    }

    pub(crate) fn open_block(
        &self,
        key: KeyHandle,
        wrap: BlockWrap,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        self.decrypt(&block_mechanism(wrap), key, sealed)
    }

    /// The buffer that comes back is the only one, and is wiped when dropped.
    fn decrypt(
        &self,
        mechanism: &Mechanism<'_>,
        key: KeyHandle,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        let opened = self.0.decrypt(mechanism, key.0, sealed);
        opened.map(Zeroizing::new).map_err(trouble)
    }

    /// HMAC-SHA-256.
    pub(crate) fn authenticate(
        &self,
        key: KeyHandle,
        message: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        let code = self.0.sign(&Mechanism::Sha256Hmac, key.0, message);
        code.map(Zeroizing::new).map_err(trouble)
    }

    /// Makes an Ed25519 key pair whose private half never leaves the token.
    pub(crate) fn generate_ed25519(
        &self,
        label: &str,
        id: &[u8],
    ) -> Result<(KeyHandle, [u8; 32]), Trouble> {
        let private = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            Attribute::Label(label.into()),
            Attribute::Id(id.into()),
        ];
        let mut refused = None;
        for name in ED25519_NAMES {
            let public = [
                Attribute::Token(true),
                Attribute::Private(false),
                Attribute::Verify(true),
                Attribute::EcParams(name.to_vec()),
                Attribute::Label(label.into()),
                Attribute::Id(id.into()),
            ];
            let made =
                self.0
                    .generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &public, &private);
            match made.map_err(trouble) {
                Ok((public, private)) => return Ok((KeyHandle(private), self.point(public)?)),
                Err(lost @ Trouble::Lost(_)) => return Err(lost),
                // The token may know the curve by its other name.
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| Trouble::Unsupported("no name of Ed25519".to_owned())))
    }

    /// The public half of a key pair, by the id that both have.
    pub(crate) fn public_of(&self, id: &[u8]) -> Result<Option<[u8; 32]>, Trouble> {
        match self.find(ObjectClass::PUBLIC_KEY, None, Some(id))?.first() {
            Some(found) => self.point(found.0).map(Some),
            None => Ok(None),
        }
    }

    fn point(&self, public: ObjectHandle) -> Result<[u8; 32], Trouble> {
        let asked = [AttributeType::EcPoint];
        for attribute in self.0.get_attributes(public, &asked).map_err(trouble)? {
            if let Attribute::EcPoint(bytes) = attribute {
                return read_point(&bytes).ok_or_else(|| {
                    Trouble::Fault(
                        ProviderFault::Lying,
                        format!("the public key has a form of {} bytes", bytes.len()),
                    )
                });
            }
        }
        Err(Trouble::Fault(
            ProviderFault::KeyUnfit,
            "the token does not tell the public key".to_owned(),
        ))
    }

    /// What the token calls the object; it may have changed the name it was given.
    pub(crate) fn id_of(&self, key: KeyHandle) -> Result<Vec<u8>, Trouble> {
        let asked = [AttributeType::Id];
        let found = self.0.get_attributes(key.0, &asked).map_err(trouble)?;
        Ok(found
            .into_iter()
            .find_map(|attribute| match attribute {
                Attribute::Id(id) => Some(id),
                _ => None,
            })
            .unwrap_or_default())
    }

    /// Ed25519 as RFC 8032 has it, without prehashing and without a context.
    pub(crate) fn sign_ed25519(&self, key: KeyHandle, message: &[u8]) -> Result<Vec<u8>, Trouble> {
        let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
        self.0.sign(&mechanism, key.0, message).map_err(trouble)
    }
}

fn read_point(bytes: &[u8]) -> Option<[u8; 32]> {
    let bare = match bytes.len() {
        ED25519_POINT_BYTES => bytes,
        _ => bytes.strip_prefix(&POINT_PREFIX)?,
    };
    bare.try_into().ok()
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

fn trouble(error: Error) -> Trouble {
    let Error::Pkcs11(code, function) = error else {
        return match error {
            Error::NotSupported | Error::NullFunctionPointer => {
                Trouble::Unsupported("the module lacks the function".to_owned())
            }
            other => Trouble::Unclear(other.to_string()),
        };
    };
    let detail = format!("C_{function:?} answered {}", name_of(code));
    match code {
        RvError::SessionHandleInvalid
        | RvError::SessionClosed
        | RvError::ObjectHandleInvalid
        | RvError::KeyHandleInvalid
        | RvError::UserNotLoggedIn
        | RvError::TokenNotPresent
        | RvError::TokenNotRecognized
        | RvError::SlotIdInvalid
        | RvError::DeviceRemoved
        | RvError::CryptokiNotInitialized
        // What an interrupted call left behind goes with the session.
        | RvError::OperationActive
        | RvError::OperationNotInitialized => Trouble::Lost(detail),

        RvError::EncryptedDataInvalid
        | RvError::EncryptedDataLenRange
        | RvError::WrappedKeyInvalid
        | RvError::WrappedKeyLenRange
        | RvError::UnknownErrorCode(AEAD_DECRYPT_FAILED) => Trouble::Refused(detail),

        RvError::MechanismInvalid
        | RvError::MechanismParamInvalid
        | RvError::ArgumentsBad
        | RvError::FunctionNotSupported
        | RvError::FunctionRejected
        | RvError::KeyFunctionNotPermitted
        | RvError::KeyTypeInconsistent
        | RvError::KeySizeRange
        | RvError::ActionProhibited => Trouble::Unsupported(detail),

        RvError::PinIncorrect
        | RvError::PinInvalid
        | RvError::PinLenRange
        | RvError::UserPinNotInitialized => Trouble::Fault(ProviderFault::WrongPin, detail),
        RvError::PinLocked | RvError::PinExpired => {
            Trouble::Fault(ProviderFault::PinLocked, detail)
        }
        RvError::TokenWriteProtected => Trouble::Fault(ProviderFault::AccessDenied, detail),

        _ => Trouble::Unclear(detail),
    }
}

/// The standard's spelling: what a person will search the vendor's pages for.
fn name_of(code: RvError) -> String {
    match code {
        RvError::VendorDefined(number) | RvError::UnknownErrorCode(number) => {
            format!("0x{number:08x}")
        }
        named => {
            let mut name = "CKR".to_owned();
            for letter in format!("{named:?}").chars() {
                if letter.is_ascii_uppercase() {
                    name.push('_');
                }
                name.push(letter.to_ascii_uppercase());
            }
            name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_spelled_as_the_standard_spells_them() {
        assert_eq!(name_of(RvError::PinIncorrect), "CKR_PIN_INCORRECT");
        assert_eq!(name_of(RvError::GeneralError), "CKR_GENERAL_ERROR");
        assert_eq!(name_of(RvError::UnknownErrorCode(0x35)), "0x00000035");
    }

    #[test]
    fn the_unnamed_mechanism_has_its_number() {
        assert_eq!(*padded_wrap(), 0x210b);
    }

    #[test]
    fn points_are_read_with_and_without_their_prefix() {
        let point = [7; 32];
        assert_eq!(read_point(&point), Some(point));
        assert_eq!(read_point(&[&[4, 32], &point[..]].concat()), Some(point));
        for other in [
            &[][..],
            &[4, 32],
            &[7; 31],
            &[7; 34],
            &[&[4, 32], &point[..], &[0]].concat(),
        ] {
            assert_eq!(read_point(other), None, "{other:?}");
        }
    }
}
