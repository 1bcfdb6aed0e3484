//! The statements of key events: genesis and the certificates of epochs.

use crate::cbor::{CborError, Decoder, Encoder};
use crate::hash::{ChainHash, TreeHash};
use crate::header::SignedStatement;
use crate::limits::NOTE_BYTES_MAX;
use crate::note::{SignatureType, VerifierKey};
use crate::origin::Origin;
use crate::record_error::{RecordError, fixed_bytes};

pub use crate::ed25519::{KeyError, PublicKey};

const GENESIS_PREFIX: &[u8] = b"indelible/genesis@v1\n";
const EPOCH_PREFIX: &[u8] = b"indelible/epoch@v1\n";

/// Why a key event does not hold under the pinned key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyEventError {
    /// The statement is not of the format.
    #[error("the statement is malformed")]
    Statement(#[from] RecordError),
    /// It is another log's.
    #[error("the statement is of {found}, not of {expected}")]
    OtherOrigin {
        /// The origin that was expected.
        expected: String,
        /// The one it names.
        found: String,
    },
    /// Genesis names another identity key than the pinned one.
    #[error("genesis names another identity key than the pinned one")]
    OtherIdentity,
    /// Not exactly one signature.
    #[error("the statement has {found} signatures, expected 1")]
    SignatureCount {
        /// How many it has.
        found: usize,
    },
    /// The signature does not verify.
    #[error("the signature over the statement does not verify")]
    BadSignature,
}

/// The statement of record 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// The ledger's name in every statement.
    pub origin: Origin,
    /// When it was created, the header's `time`: nanoseconds since 1970 UTC.
    pub created: u64,
    /// The identity keys; exactly one in this version.
    pub identity: Vec<PublicKey>,
    /// An offline key that can replace the identity key.
    pub recovery: Option<PublicKey>,
    /// The ledger that lost records and that this one succeeds.
    pub predecessor: Option<Predecessor>,
}

/// What a successor says of the ledger before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predecessor {
    /// Its origin.
    pub origin: Origin,
    /// The size at which its restored records end.
    pub size: u64,
    /// The root there.
    pub root: TreeHash,
    /// The chain hash there.
    pub chain: ChainHash,
    /// The newest signed checkpoint of the lost records, where it is known, as a note.
    pub lost: Option<String>,
}

/// The certificate of an epoch key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochCertificate {
    /// The ledger.
    pub origin: Origin,
    /// The epoch key.
    pub key: PublicKey,
    /// The certificate's own sequence number, which is the tree size before it.
    pub first: u64,
    /// The root of the tree of that size.
    pub root: TreeHash,
    /// The greatest tree size that the key may sign.
    pub last: u64,
}

impl Genesis {
    /// The statement's CBOR. Integers are at most 2^63-1; all of it must fit a header.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        let optional = usize::from(self.recovery.is_some());
        encoder.map(3 + optional + usize::from(self.predecessor.is_some()));
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        encoder.text("created");
        encoder.uint(self.created);
        encoder.text("identity");
        encoder.array(self.identity.len());
        for key in &self.identity {
            write_key(key, &mut encoder);
        }
        if let Some(recovery) = &self.recovery {
            encoder.text("recovery");
            write_key(recovery, &mut encoder);
        }
        if let Some(predecessor) = &self.predecessor {
            encoder.text("predecessor");
            predecessor.write(&mut encoder);
        }
        out
    }

    /// Decodes exactly one statement: encoding it again gives the same bytes.
    pub fn decode(statement: &[u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(statement);
        let entries = decoder.map()?;
        let mut keys = 3;
        decoder.key("origin")?;
        let origin = read_origin(&mut decoder)?;
        decoder.key("created")?;
        let created = decoder.uint()?;
        decoder.key("identity")?;
        let offset = decoder.position();
        let found = decoder.array()?;
        if found != 1 {
            return Err(CborError::WrongCount {
                offset,
                expected: 1,
                found,
            }
            .into());
        }
        let identity = vec![read_key(&mut decoder, "identity")?];
        let mut recovery = None;
        if decoder.optional_key("recovery") {
            keys += 1;
            recovery = Some(read_key(&mut decoder, "recovery")?);
        }
        let mut predecessor = None;
        if decoder.optional_key("predecessor") {
            keys += 1;
            predecessor = Some(Predecessor::read(&mut decoder)?);
        }
        expect_keys(&decoder, entries, keys)?;
        Ok(Self {
            origin,
            created,
            identity,
            recovery,
            predecessor,
        })
    }

    /// What the identity key signs.
    pub fn message(statement: &[u8]) -> Vec<u8> {
        [GENESIS_PREFIX, statement].concat()
    }

    /// Decodes and verifies under the pinned key: it names the key and the key's origin, and the
    /// key signed it. That `created` is the header's `time` is the caller's to compare.
    pub fn verify(
        signed: &SignedStatement<'_>,
        identity: &VerifierKey,
    ) -> Result<Self, KeyEventError> {
        let genesis = Self::decode(signed.statement)?;
        expect_origin(&genesis.origin, identity)?;
        if genesis.identity != [*identity.public_key()] {
            return Err(KeyEventError::OtherIdentity);
        }
        verify_signature(&Self::message(signed.statement), signed, identity)?;
        Ok(genesis)
    }
}

impl Predecessor {
    fn write(&self, encoder: &mut Encoder<'_>) {
        encoder.map(4 + usize::from(self.lost.is_some()));
        if let Some(lost) = &self.lost {
            encoder.text("lost");
            encoder.text(lost);
        }
        encoder.text("root");
        encoder.bytes(self.root.as_bytes());
        encoder.text("size");
        encoder.uint(self.size);
        encoder.text("chain");
        encoder.bytes(self.chain.as_bytes());
        encoder.text("origin");
        encoder.text(self.origin.as_str());
    }

    fn read(decoder: &mut Decoder<'_>) -> Result<Self, RecordError> {
        let offset = decoder.position();
        let entries = decoder.map()?;
        let mut keys = 4;
        let mut lost = None;
        if decoder.optional_key("lost") {
            keys += 1;
            let note = decoder.text()?;
            if note.len() > NOTE_BYTES_MAX {
                let (found, limit) = (note.len(), NOTE_BYTES_MAX);
                return Err(RecordError::TooLong {
                    part: "the lost checkpoint",
                    found,
                    limit,
                });
            }
            lost = Some(note.to_owned());
        }
        decoder.key("root")?;
        let root = TreeHash::from_bytes(*fixed_bytes(decoder, "root")?);
        decoder.key("size")?;
        let size = decoder.uint()?;
        decoder.key("chain")?;
        let chain = ChainHash::from_bytes(*fixed_bytes(decoder, "chain")?);
        decoder.key("origin")?;
        let origin = read_origin(decoder)?;
        if entries != keys {
            return Err(CborError::WrongCount {
                offset,
                expected: keys,
                found: entries,
            }
            .into());
        }
        Ok(Self {
            origin,
            size,
            root,
            chain,
            lost,
        })
    }
}

impl EpochCertificate {
    /// The statement's CBOR. Integers are at most 2^63-1.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        encoder.map(5);
        encoder.text("key");
        write_key(&self.key, &mut encoder);
        encoder.text("last");
        encoder.uint(self.last);
        encoder.text("root");
        encoder.bytes(self.root.as_bytes());
        encoder.text("first");
        encoder.uint(self.first);
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        out
    }

    /// Decodes exactly one statement: encoding it again gives the same bytes. Whether `first` is
    /// below `last` and is the header's sequence number is a question of custody, not of form.
    pub fn decode(statement: &[u8]) -> Result<Self, RecordError> {
        let mut decoder = Decoder::new(statement);
        let entries = decoder.map()?;
        decoder.key("key")?;
        let key = read_key(&mut decoder, "key")?;
        decoder.key("last")?;
        let last = decoder.uint()?;
        decoder.key("root")?;
        let root = TreeHash::from_bytes(*fixed_bytes(&mut decoder, "root")?);
        decoder.key("first")?;
        let first = decoder.uint()?;
        decoder.key("origin")?;
        let origin = read_origin(&mut decoder)?;
        expect_keys(&decoder, entries, 5)?;
        Ok(Self {
            origin,
            key,
            first,
            root,
            last,
        })
    }

    /// What the identity key signs.
    pub fn message(statement: &[u8]) -> Vec<u8> {
        [EPOCH_PREFIX, statement].concat()
    }

    /// Decodes and verifies under the pinned key: it names the key's origin, and the key signed
    /// it. That `first` is the header's sequence number is the caller's to compare.
    pub fn verify(
        signed: &SignedStatement<'_>,
        identity: &VerifierKey,
    ) -> Result<Self, KeyEventError> {
        let certificate = Self::decode(signed.statement)?;
        expect_origin(&certificate.origin, identity)?;
        verify_signature(&Self::message(signed.statement), signed, identity)?;
        Ok(certificate)
    }
}

/// A public key is the C2SP signature type byte and the key.
fn write_key(key: &PublicKey, encoder: &mut Encoder<'_>) {
    let mut typed = [SignatureType::Ed25519 as u8; 33];
    typed[1..].copy_from_slice(key.as_bytes());
    encoder.bytes(&typed);
}

fn read_key(decoder: &mut Decoder<'_>, field: &'static str) -> Result<PublicKey, RecordError> {
    let [signature_type, key @ ..] = *fixed_bytes::<33>(decoder, field)?;
    if signature_type != SignatureType::Ed25519 as u8 {
        let problem = format!("is of type {signature_type}, expected 1 (Ed25519)");
        return Err(RecordError::invalid(field, problem));
    }
    PublicKey::from_bytes(key).map_err(|error| RecordError::invalid(field, error))
}

fn read_origin(decoder: &mut Decoder<'_>) -> Result<Origin, RecordError> {
    Origin::parse(decoder.text()?).map_err(|error| RecordError::invalid("origin", error))
}

/// The end of a statement: as many keys as its map says, and nothing after them.
fn expect_keys(decoder: &Decoder<'_>, found: usize, expected: usize) -> Result<(), RecordError> {
    if found != expected {
        return Err(CborError::WrongCount {
            offset: 0,
            expected,
            found,
        }
        .into());
    }
    Ok(decoder.finish()?)
}

fn expect_origin(found: &Origin, identity: &VerifierKey) -> Result<(), KeyEventError> {
    if found.as_str() == identity.name() {
        return Ok(());
    }
    Err(KeyEventError::OtherOrigin {
        expected: identity.name().to_owned(),
        found: found.as_str().to_owned(),
    })
}

fn verify_signature(
    message: &[u8],
    signed: &SignedStatement<'_>,
    identity: &VerifierKey,
) -> Result<(), KeyEventError> {
    match signed.signatures.as_slice() {
        [signature] if identity.verify_message(message, signature) => Ok(()),
        [_] => Err(KeyEventError::BadSignature),
        signatures => Err(KeyEventError::SignatureCount {
            found: signatures.len(),
        }),
    }
}

#[cfg(test)]
mod tests;
