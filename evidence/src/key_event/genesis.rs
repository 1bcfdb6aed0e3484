//! Genesis: the ledger begins, and says who it is.

use super::error::KeyEventError;
use super::fields::{expect_keys, read_origin};
use super::identity_keys::IdentityKeys;
use super::settings::Settings;
use super::signed::expect_origin;
use super::typed_key::{read_key, write_key};
use crate::cbor::{CborError, Decoder, Encoder};
use crate::ed25519::PublicKey;
use crate::hash::{ChainHash, TreeHash};
use crate::header::SignedStatement;
use crate::limits::LOST_BYTES_MAX;
use crate::note::VerifierKey;
use crate::origin::Origin;
use crate::record_error::{RecordError, fixed_bytes};

const PREFIX: &[u8] = b"indelible/genesis@v1\n";

/// The statement of record 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// The ledger's name in every statement.
    pub origin: Origin,
    /// When it was created, the header's `time`: nanoseconds since 1970 UTC.
    pub created: u64,
    /// The identity.
    pub identity: IdentityKeys,
    /// An offline key that can replace the identity.
    pub recovery: Option<PublicKey>,
    /// What the ledger does with records from the first one on; only what the format's first draft made has none.
    pub settings: Option<Settings>,
    /// The ledger that lost records and that this one succeeds.
    pub predecessor: Option<Predecessor>,
}

/// What a successor says of the ledger before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predecessor {
    /// Its origin: another one than the successor's.
    pub origin: Origin,
    /// The size at which its restored records end.
    pub size: u64,
    /// The root there.
    pub root: TreeHash,
    /// The chain hash there.
    pub chain: ChainHash,
    /// The newest signed checkpoint of the lost records, where it is known, as a note: the one text that may be any.
    pub lost: Option<String>,
}

impl Genesis {
    /// The statement's CBOR. Integers are at most 2^63-1; all of it must fit a header.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let mut encoder = Encoder::new(&mut out);
        let optional = usize::from(self.recovery.is_some());
        let optional = optional + usize::from(self.settings.is_some());
        encoder.map(3 + optional + usize::from(self.predecessor.is_some()));
        encoder.text("origin");
        encoder.text(self.origin.as_str());
        encoder.text("created");
        encoder.uint(self.created);
        encoder.text("identity");
        self.identity.write(&mut encoder);
        if let Some(recovery) = &self.recovery {
            encoder.text("recovery");
            write_key(recovery, &mut encoder);
        }
        if let Some(settings) = &self.settings {
            encoder.text("settings");
            settings.write(&mut encoder);
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
        let identity = IdentityKeys::read(&mut decoder)?;
        let mut recovery = None;
        if decoder.optional_key("recovery") {
            keys += 1;
            recovery = Some(read_key(&mut decoder, "recovery")?);
        }
        let mut settings = None;
        if decoder.optional_key("settings") {
            keys += 1;
            settings = Some(Settings::read(&mut decoder)?);
        }
        let mut predecessor = None;
        if decoder.optional_key("predecessor") {
            keys += 1;
            let found = Predecessor::read(&mut decoder)?;
            if found.origin == origin {
                return Err(RecordError::invalid("predecessor", "is the ledger itself"));
            }
            predecessor = Some(found);
        }
        expect_keys(&decoder, entries, keys)?;
        Ok(Self {
            origin,
            created,
            identity,
            recovery,
            settings,
            predecessor,
        })
    }

    /// What each key of the identity signs.
    pub fn message(statement: &[u8]) -> Vec<u8> {
        [PREFIX, statement].concat()
    }

    /// Decodes and verifies under the pinned key: it names that key first in its identity, and the key's origin; each
    /// key of the identity signed it, and none of them is the recovery key. That `created` is the header's `time` is
    /// the caller's to compare.
    pub fn verify(
        signed: &SignedStatement<'_>,
        pinned: &VerifierKey,
    ) -> Result<Self, KeyEventError> {
        let genesis = Self::decode(signed.statement)?;
        expect_origin(&genesis.origin, pinned.name())?;
        if genesis.identity.key() != Some(pinned.public_key()) {
            return Err(KeyEventError::OtherIdentity);
        }
        if genesis.recovery.as_ref() == genesis.identity.key() {
            return Err(KeyEventError::SameKey);
        }
        let message = Self::message(signed.statement);
        genesis.identity.verify(&message, &signed.signatures)?;
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
            if note.len() > LOST_BYTES_MAX {
                let (found, limit) = (note.len(), LOST_BYTES_MAX);
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
