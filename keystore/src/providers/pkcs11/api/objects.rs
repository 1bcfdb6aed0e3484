//! The keys of a token: found, asked what they are, and made.

use cryptoki::{
    mechanism::Mechanism,
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    types::Ulong,
};

use super::{
    return_value::token_error,
    session::{KeyHandle, TokenSession},
};
use crate::{
    error::ProviderFault, keys::secret::KEY_BYTES, providers::pkcs11::token_error::TokenError,
};

const ED25519_POINT_BYTES: usize = 32;
/// A DER octet string of 32 bytes begins so; some tokens leave it out.
const POINT_PREFIX: [u8; 2] = [0x04, 0x20];
/// The names of Ed25519: by its number (RFC 8410), which nearly all tokens know, and by its word (PKCS#11 3.0).
const ED25519_NAMES: [&[u8]; 2] = [&[0x06, 0x03, 0x2b, 0x65, 0x70], b"\x13\x0cedwards25519"];

/// What a secret key can be used for here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretKind {
    Aes,
    Hmac,
}

/// What the token says about a secret key; `None` where it says nothing.
pub(crate) struct SecretFacts {
    pub(crate) kind: Option<SecretKind>,
    pub(crate) label: String,
    pub(crate) id: Vec<u8>,
    pub(crate) bytes: Option<u64>,
    pub(crate) is_sensitive: Option<bool>,
    pub(crate) is_extractable: Option<bool>,
    pub(crate) was_made_in_token: Option<bool>,
}

impl TokenSession {
    pub(crate) fn find_secrets(
        &self,
        label: Option<&str>,
        id: Option<&[u8]>,
    ) -> Result<Vec<KeyHandle>, TokenError> {
        self.find(ObjectClass::SECRET_KEY, label, id)
    }

    pub(crate) fn find_private(
        &self,
        label: Option<&str>,
        id: &[u8],
    ) -> Result<Vec<KeyHandle>, TokenError> {
        self.find(ObjectClass::PRIVATE_KEY, label, Some(id))
    }

    fn find(
        &self,
        class: ObjectClass,
        label: Option<&str>,
        id: Option<&[u8]>,
    ) -> Result<Vec<KeyHandle>, TokenError> {
        let mut template = vec![Attribute::Class(class), Attribute::Token(true)];
        template.extend(label.map(|label| Attribute::Label(label.into())));
        template.extend(id.map(|id| Attribute::Id(id.into())));
        let found = self.0.find_objects(&template).map_err(token_error)?;
        Ok(found.into_iter().map(KeyHandle).collect())
    }

    pub(crate) fn secret_facts(&self, key: KeyHandle) -> Result<SecretFacts, TokenError> {
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
        for attribute in self.0.get_attributes(key.0, &asked).map_err(token_error)? {
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
    ) -> Result<KeyHandle, TokenError> {
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
        made.map(KeyHandle).map_err(token_error)
    }

    /// Makes an Ed25519 key pair whose private half never leaves the token.
    pub(crate) fn generate_ed25519(
        &self,
        label: &str,
        id: &[u8],
    ) -> Result<(KeyHandle, [u8; 32]), TokenError> {
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
            match made.map_err(token_error) {
                Ok((public, private)) => return Ok((KeyHandle(private), self.point(public)?)),
                Err(lost @ TokenError::Lost(_)) => return Err(lost),
                // The token may know the curve by its other name.
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| {
            TokenError::Unsupported(
                "the token does not accept any name of the curve of Ed25519".to_owned(),
            )
        }))
    }

    /// The public half of a key pair, by the id that both have.
    pub(crate) fn public_of(&self, id: &[u8]) -> Result<Option<[u8; 32]>, TokenError> {
        match self.find(ObjectClass::PUBLIC_KEY, None, Some(id))?.first() {
            Some(found) => self.point(found.0).map(Some),
            None => Ok(None),
        }
    }

    fn point(&self, public: ObjectHandle) -> Result<[u8; 32], TokenError> {
        let asked = [AttributeType::EcPoint];
        for attribute in self.0.get_attributes(public, &asked).map_err(token_error)? {
            if let Attribute::EcPoint(bytes) = attribute {
                return read_point(&bytes).ok_or_else(|| {
                    TokenError::Fault(
                        ProviderFault::InconsistentAnswer,
                        format!("the public key has {} bytes, which is neither an Ed25519 point nor one in an octet string", bytes.len()),
                    )
                });
            }
        }
        Err(TokenError::Fault(
            ProviderFault::KeyUnfit,
            "the token does not reveal the public key".to_owned(),
        ))
    }

    /// The object's id in the token, which may differ from the id that was asked for.
    pub(crate) fn id_of(&self, key: KeyHandle) -> Result<Vec<u8>, TokenError> {
        let asked = [AttributeType::Id];
        let found = self.0.get_attributes(key.0, &asked).map_err(token_error)?;
        Ok(found
            .into_iter()
            .find_map(|attribute| match attribute {
                Attribute::Id(id) => Some(id),
                _ => None,
            })
            .unwrap_or_default())
    }
}

fn read_point(bytes: &[u8]) -> Option<[u8; 32]> {
    let bare = match bytes.len() {
        ED25519_POINT_BYTES => bytes,
        _ => bytes.strip_prefix(&POINT_PREFIX)?,
    };
    bare.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
