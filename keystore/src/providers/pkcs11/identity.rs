//! Identity keys that are born in the token and never leave it.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, VerifyingKey};

use super::{api::KeyHandle, attachment::Bound, token_error::TokenError, worker::Connection};
use crate::{
    crypto::entropy,
    error::{KeyError, ProviderFault},
    keys::signer::Signer,
    provider::IdentitySource,
};

const LOCATOR_VERSION: u8 = 0;
const SIGNATURE_BYTES: usize = 64;
/// What a key signs to show that it is there; begins with a line that no other statement begins with.
const PROOF_LABEL: &[u8] = b"indelible/key-possession@v1\n";

/// The token as a source of identities.
pub(crate) struct TokenIdentities {
    connection: Arc<Connection>,
}

impl TokenIdentities {
    pub(crate) fn new(connection: Arc<Connection>) -> Self {
        Self { connection }
    }

    /// A signer, once it has shown that it holds the private half.
    fn signer(&self, locator: Locator, public: VerifyingKey) -> Result<Box<dyn Signer>, KeyError> {
        let signer = TokenSigner {
            connection: Arc::clone(&self.connection),
            locator,
            public,
        };
        let mut proof = PROOF_LABEL.to_vec();
        let mut challenge = [0; 32];
        entropy::fill(&mut challenge)?;
        proof.extend_from_slice(&challenge);
        match signer.sign(&proof) {
            Ok(_) => Ok(Box::new(signer)),
            Err(KeyError::Provider {
                fault: ProviderFault::InconsistentAnswer,
                ..
            }) => Err(KeyError::OtherIdentity),
            Err(error) => Err(error),
        }
    }
}

impl IdentitySource for TokenIdentities {
    /// If the token already has a key with this id, that key is returned: a creation that was cut off can be
    /// repeated.
    fn create(&self, key_id: &[u8; 16]) -> Result<(Vec<u8>, Box<dyn Signer>), KeyError> {
        let key_id = *key_id;
        let (locator, public) = self.connection.call(move |bound| create(bound, &key_id))?;
        let public = trustworthy(&public)?;
        let bytes = locator.encode();
        Ok((bytes, self.signer(locator, public)?))
    }

    fn open(
        &self,
        locator: &[u8],
        expected_public: &[u8; 32],
    ) -> Result<Box<dyn Signer>, KeyError> {
        let locator = Locator::decode(locator).ok_or(KeyError::WrappedDamaged)?;
        self.signer(locator, trustworthy(expected_public)?)
    }
}

/// A public key whose signatures say something.
fn trustworthy(public: &[u8; 32]) -> Result<VerifyingKey, KeyError> {
    let key = VerifyingKey::from_bytes(public).map_err(|_| KeyError::NotTrustworthy)?;
    if key.is_weak() || !key.to_edwards().is_torsion_free() {
        return Err(KeyError::NotTrustworthy);
    }
    Ok(key)
}

fn create(bound: &mut Bound<'_>, key_id: &[u8; 16]) -> Result<(Locator, [u8; 32]), TokenError> {
    let label = format!("indelible identity {}", HEXLOWER.encode(key_id));
    let session = bound.session();
    if let [_] = session.find_private(Some(&label), key_id)?.as_slice()
        && let Some(public) = session.public_of(key_id)?
    {
        let id = key_id.to_vec();
        return Ok((Locator { id, label }, public));
    }
    let (private, public) = session.generate_ed25519(&label, key_id)?;
    let id = session.id_of(private)?;
    Ok((Locator { id, label }, public))
}

/// The key's place in its token: version `0x00`, length of the id (one byte), id, label. Public.
#[derive(Clone)]
struct Locator {
    id: Vec<u8>,
    label: String,
}

impl Locator {
    fn encode(&self) -> Vec<u8> {
        let mut out = vec![LOCATOR_VERSION, self.id.len() as u8];
        out.extend_from_slice(&self.id);
        out.extend_from_slice(self.label.as_bytes());
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let [LOCATOR_VERSION, length, rest @ ..] = bytes else {
            return None;
        };
        let (id, label) = rest.split_at_checked(usize::from(*length))?;
        Some(Self {
            id: id.to_vec(),
            label: str::from_utf8(label).ok()?.to_owned(),
        })
    }
}

/// Signs in the token. Each signature is verified before anybody gets it.
struct TokenSigner {
    connection: Arc<Connection>,
    locator: Locator,
    public: VerifyingKey,
}

impl Signer for TokenSigner {
    fn is_remote(&self) -> bool {
        true
    }

    fn public(&self) -> [u8; 32] {
        self.public.to_bytes()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], KeyError> {
        let (locator, public) = (self.locator.clone(), self.public);
        let message = message.to_vec();
        self.connection
            .call(move |bound| sign(bound, &locator, &public, &message))
    }
}

fn sign(
    bound: &mut Bound<'_>,
    locator: &Locator,
    public: &VerifyingKey,
    message: &[u8],
) -> Result<[u8; SIGNATURE_BYTES], TokenError> {
    let key = find(bound, locator)?;
    let made = match bound.session().sign_ed25519(key, message) {
        Err(TokenError::Unclear(detail)) => {
            return Err(TokenError::Fault(ProviderFault::Failing, detail));
        }
        made => made?,
    };
    let signature = <[u8; SIGNATURE_BYTES]>::try_from(made.as_slice()).ok();
    let holds = |bytes: &[u8; SIGNATURE_BYTES]| {
        let signature = Signature::from_bytes(bytes);
        public.verify_strict(message, &signature).is_ok()
    };
    signature.filter(holds).ok_or_else(|| {
        TokenError::Fault(
            ProviderFault::InconsistentAnswer,
            "the signature does not verify under the public key".to_owned(),
        )
    })
}

fn find(bound: &mut Bound<'_>, locator: &Locator) -> Result<KeyHandle, TokenError> {
    let bytes = locator.encode();
    if let Some(key) = bound.known_signing_key(&bytes) {
        return Ok(key);
    }
    let found = bound
        .session()
        .find_private(Some(&locator.label), &locator.id)?;
    let [key] = found.as_slice() else {
        let (fault, count) = match found.len() {
            0 => (ProviderFault::KeyMissing, "no".to_owned()),
            several => (ProviderFault::KeyUnfit, several.to_string()),
        };
        return Err(TokenError::Fault(
            fault,
            format!(
                "the token has {count} private key labelled {:?} with the id {}",
                locator.label,
                HEXLOWER.encode(&locator.id)
            ),
        ));
    };
    bound.remember_signing_key(&bytes, *key);
    Ok(*key)
}
