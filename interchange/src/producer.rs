//! A producer's own signature over an event, and its proof that it has the key. Pure: bytes in, bytes out.

use data_encoding::BASE64;
use ed25519_dalek::{Signer as _, SigningKey};
use indelible_evidence::{
    Body, FieldViolation, Origin, ProducedEvent, ProducerChange, ProducerSignature, PublicKey,
    body::{ComponentDigest, Envelope, FactValue},
    producer::message,
};
use indelible_proto::v1::{self, event::Payload, fact_value::Value};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// A key file of PEM, with room for a comment or two around the key.
pub const KEY_FILE_BYTES_MAX: usize = 4_096;

const COMPONENT: &str = "payload";
const ALGORITHM: &str = "sha256";
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";
/// How the content of a PKCS#8 key begins after its version: the algorithm is Ed25519, and the key is an octet string in
/// another one.
const PKCS8_ED25519: [u8; 11] = [
    0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// Why a key can't be read, or an event can't be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProducerKeyError {
    /// The key's file holds no key that is known here.
    #[error(
        "the file holds no Ed25519 private key in PEM (PKCS#8): `openssl genpkey -algorithm ed25519` makes one"
    )]
    NotAKey,
    /// The event has a signature already.
    #[error("the event is signed already")]
    Signed,
    /// The event names another digest of its payload.
    #[error("the event has another SHA-256 of its payload in its digests than the payload has")]
    OtherDigest,
    /// The event has no payload, and a digest of one.
    #[error("the event has a digest of its payload, and no payload")]
    DigestNeedless,
    /// The event breaks a rule.
    #[error(transparent)]
    Field(#[from] FieldViolation),
}

/// A producer's private key. Can't be printed; wiped when dropped.
pub struct ProducerKey(SigningKey);

impl ProducerKey {
    /// Reads a key's file: PEM with an Ed25519 key in PKCS#8, of version 1 or 2.
    ///
    /// # Errors
    ///
    /// When it is not one.
    pub fn parse(file: &[u8]) -> Result<Self, ProducerKeyError> {
        Self::read(file).ok_or(ProducerKeyError::NotAKey)
    }

    fn read(file: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(file).ok()?;
        let (_, rest) = text.split_once(PEM_BEGIN)?;
        let (inner, _) = rest.split_once(PEM_END)?;
        let mut base64 = Zeroizing::new(String::with_capacity(inner.len()));
        base64.extend(inner.chars().filter(|letter| !letter.is_ascii_whitespace()));
        let der = Zeroizing::new(BASE64.decode(base64.as_bytes()).ok()?);
        // A sequence of the length that follows, and in it the version: 0, or 1 where the public key follows.
        let [0x30, length, 0x02, 0x01, version @ (0 | 1), rest @ ..] = der.as_slice() else {
            return None;
        };
        let rest = rest.strip_prefix(&PKCS8_ED25519)?;
        let (seed, after) = rest.split_first_chunk::<32>()?;
        let is_whole = usize::from(*length) == der.len() - 2 && *length < 0x80;
        (is_whole && (*version == 1 || after.is_empty()))
            .then(|| Self(SigningKey::from_bytes(seed)))
    }

    /// A key of these 32 bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The proof that whoever registers the key has it. Sources are those that the key may sign for, in the order of
    /// their bytes; none means all.
    #[must_use]
    pub fn prove(&self, origin: &Origin, name: &str, sources: &[String]) -> Option<[u8; 64]> {
        let key = PublicKey::from_bytes(self.public()).ok()?;
        let message = ProducerChange::proof_message(origin, &key, name, sources);
        Some(self.0.sign(&message).to_bytes())
    }

    /// Signs bytes as they are: what they are for must stand in them.
    #[must_use]
    pub fn sign_bytes(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }

    /// Signs an event for a ledger. The digest of the payload, which is a part of what is signed, is added where it is
    /// missing.
    ///
    /// # Errors
    ///
    /// When the event is signed already, has a digest that is not its payload's, or breaks a rule of the format.
    pub fn sign(&self, origin: &Origin, event: &mut v1::Event) -> Result<(), ProducerKeyError> {
        if event.producer.is_some() {
            return Err(ProducerKeyError::Signed);
        }
        let payload = add_digest(event)?;
        let key = self.public();
        let message = {
            let producer = ProducerSignature {
                key: &key,
                // What is signed does not have it.
                signature: &[0; 64],
            };
            let mut body = Body {
                producer: Some(producer),
                ..body(event)?
            };
            let produced = ProducedEvent {
                origin,
                event_type: &event.r#type,
                classification: set(&event.classification),
                payload: payload.as_ref(),
            };
            message(&produced, &mut body)?
        };
        event.producer = Some(v1::ProducerSignature {
            public_key: key.to_vec().into(),
            signature: self.0.sign(&message).to_bytes().to_vec().into(),
        });
        Ok(())
    }
}

/// Sees to it that the event has the digest of its payload, and gives it.
fn add_digest(event: &mut v1::Event) -> Result<Option<[u8; 32]>, ProducerKeyError> {
    let payload = match &event.payload {
        None => {
            let mut digests = event.digests.iter();
            return match digests.any(|digest| digest.component == COMPONENT) {
                true => Err(ProducerKeyError::DigestNeedless),
                false => Ok(None),
            };
        }
        Some(Payload::Plaintext(bytes)) => bytes,
        Some(Payload::Envelope(envelope)) => &envelope.ciphertext,
    };
    let found: [u8; 32] = Sha256::digest(payload).into();
    let mut digests = event.digests.iter();
    let there =
        digests.find(|digest| digest.component == COMPONENT && digest.algorithm == ALGORITHM);
    match there {
        None => event.digests.push(v1::Digest {
            component: COMPONENT.to_owned(),
            algorithm: ALGORITHM.to_owned(),
            value: found.to_vec().into(),
        }),
        Some(digest) if digest.value == found.as_slice() => {}
        Some(_) => return Err(ProducerKeyError::OtherDigest),
    }
    Ok(Some(found))
}

/// The body that the daemon makes of an event. An empty text is one that is not set.
fn body(event: &v1::Event) -> Result<Body<'_>, FieldViolation> {
    let violation = |field: String, problem: &str| FieldViolation {
        field,
        problem: problem.to_owned(),
    };
    let mut facts = Vec::with_capacity(event.facts.len());
    for (name, fact) in &event.facts {
        let value = match &fact.value {
            Some(Value::Text(text)) => FactValue::Text(text),
            Some(Value::Uint(number)) => FactValue::Uint(*number),
            Some(Value::Boolean(truth)) => FactValue::Boolean(*truth),
            None => return Err(violation(format!("facts[{name}]"), "has no value")),
        };
        facts.push((name.as_str(), value));
    }
    let envelope = match &event.payload {
        Some(Payload::Envelope(envelope)) => {
            let digest = &envelope.aad_digest;
            let digest = (!digest.is_empty()).then(|| digest.as_ref().try_into());
            let wrong = |_| violation("envelope.aad_digest".to_owned(), "has not 32 bytes");
            Some(Envelope {
                key_id: &envelope.key_id,
                nonce: (!envelope.nonce.is_empty()).then_some(envelope.nonce.as_ref()),
                aad_digest: digest.transpose().map_err(wrong)?,
            })
        }
        _ => None,
    };
    let digests = event.digests.iter().map(|digest| ComponentDigest {
        component: &digest.component,
        algorithm: &digest.algorithm,
        value: &digest.value,
    });
    Ok(Body {
        id: &event.id,
        source: &event.source,
        subject: set(&event.subject),
        time: set(&event.time),
        datacontenttype: set(&event.datacontenttype),
        actor: set(&event.actor),
        correlation_id: set(&event.correlation_id),
        causation_id: set(&event.causation_id),
        data_subject: set(&event.data_subject),
        facts,
        digests: digests.collect(),
        envelope,
        ..Body::default()
    })
}

fn set(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
#[path = "producer_tests.rs"]
mod tests;
