//! The keys of an issuer (a JSON Web Key Set), and what they verify.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

use crate::limits::{KEY_SET_BYTES_MAX, KEY_SET_KEYS_MAX};

/// How tokens may be signed: never with a secret that this daemon would have to have, and never not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// RSA (PKCS #1 v1.5) with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Their names, in words.
    pub const NAMES: &str = "RS256, ES256 and EdDSA";

    /// All that there are.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// The algorithm of a name, as RFC 7518 has it.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// Why a text is no set of keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// Too long.
    #[error("the set of keys has {found} bytes, at most {KEY_SET_BYTES_MAX} are read")]
    Length {
        /// How long it is.
        found: usize,
    },
    /// Something else.
    #[error("it is not a JSON Web Key Set")]
    Form,
    /// Too many.
    #[error("the set has {found} keys, at most {KEY_SET_KEYS_MAX} are taken")]
    TooMany {
        /// How many.
        found: usize,
    },
    /// It is not clear which is meant.
    #[error("two keys of the set have the id {kid:?}")]
    Twice {
        /// Which.
        kid: String,
    },
    /// None that verifies anything here.
    #[error("no key of the set is for signatures by {}", Algorithm::NAMES)]
    Nothing,
}

/// The keys of an issuer, as they were at some time.
#[derive(Debug, Clone)]
pub struct KeySet {
    keys: Vec<(Option<String>, Key)>,
    /// Nothing, if they were never fetched.
    fetched: Option<u64>,
}

/// One key, for one algorithm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// The keys of a text that was fetched at some time, in nanoseconds since 1970 UTC. Those that verify nothing here
    /// (of other kinds, for encryption, too short) are left out.
    pub fn parse(text: &str, fetched: u64) -> Result<Self, KeysError> {
        if text.len() > KEY_SET_BYTES_MAX {
            let found = text.len();
            return Err(KeysError::Length { found });
        }
        let set: Set = serde_json::from_str(text).map_err(|_| KeysError::Form)?;
        if set.keys.len() > KEY_SET_KEYS_MAX {
            let found = set.keys.len();
            return Err(KeysError::TooMany { found });
        }
        let mut keys: Vec<(Option<String>, Key)> = Vec::new();
        for value in set.keys {
            let Ok(jwk) = serde_json::from_value::<Jwk>(value) else {
                continue;
            };
            let Some(key) = Key::of(&jwk) else { continue };
            if let Some(kid) = &jwk.kid
                && keys.iter().any(|(other, _)| other.as_ref() == Some(kid))
            {
                return Err(KeysError::Twice { kid: kid.clone() });
            }
            keys.push((jwk.kid, key));
        }
        match keys.is_empty() {
            true => Err(KeysError::Nothing),
            false => Ok(Self {
                keys,
                fetched: Some(fetched),
            }),
        }
    }

    /// Of an issuer whose keys were never fetched. They are always too old.
    pub fn unknown() -> Self {
        Self {
            keys: Vec::new(),
            fetched: None,
        }
    }

    /// When it was fetched.
    pub fn fetched(&self) -> Option<u64> {
        self.fetched
    }

    /// Whether it has the same keys, whenever it was fetched.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.keys == other.keys
    }

    /// The key of an id. A token without one means the only key that there is.
    pub(super) fn find(&self, kid: Option<&str>) -> Option<&Key> {
        match (kid, self.keys.as_slice()) {
            (None, [(_, key)]) => Some(key),
            (None, _) => None,
            (Some(kid), keys) => {
                let found = keys.iter().find(|(own, _)| own.as_deref() == Some(kid))?;
                Some(&found.1)
            }
        }
    }
}

impl Key {
    fn of(jwk: &Jwk) -> Option<Self> {
        if jwk.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }
        let bytes = |field: &Option<String>| BASE64_URL_SAFE_NO_PAD.decode(field.as_ref()?).ok();
        let coordinate = |field| bytes(field).filter(|bytes| bytes.len() == 32);
        let key = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Self::Rsa {
                modulus: bytes(&jwk.n).filter(|modulus| is_long_enough(modulus))?,
                exponent: bytes(&jwk.e)?,
            },
            ("EC", Some("P-256")) => {
                Self::P256([vec![4], coordinate(&jwk.x)?, coordinate(&jwk.y)?].concat())
            }
            ("OKP", Some("Ed25519")) => Self::Ed25519(coordinate(&jwk.x)?),
            _ => return None,
        };
        let said = jwk.alg.as_deref().map(Algorithm::from_name);
        said.is_none_or(|said| said == Some(key.algorithm()))
            .then_some(key)
    }

    /// What it is for: a key is never used for another algorithm, whatever a token says.
    pub(super) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa { .. } => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let by = |algorithm: &'static dyn signature::VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(message, signature)
        };
        let verified = match self {
            Self::Rsa { modulus, exponent } => RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
            Self::P256(point) => by(&ECDSA_P256_SHA256_FIXED, point),
            Self::Ed25519(key) => by(&ED25519, key),
        };
        verified.is_ok()
    }
}

/// Whether a modulus has 2,048 bits, as the verification demands anyway: a key that is left out is told apart from a
/// signature that is wrong.
fn is_long_enough(modulus: &[u8]) -> bool {
    let significant = modulus.iter().skip_while(|byte| **byte == 0).count();
    significant >= 2_048 / 8
}
