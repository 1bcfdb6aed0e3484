//! The certificate of an epoch key.

use super::fields::{expect_keys, read_origin};
use super::signed::signed_by_identity;
use super::typed_key::{read_key, write_key};
use crate::cbor::{Decoder, Encoder};
use crate::ed25519::PublicKey;
use crate::hash::TreeHash;
use crate::origin::Origin;
use crate::record_error::{RecordError, fixed_bytes};

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
    /// The greatest tree size that the key may sign: more than `first`.
    pub last: u64,
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

    /// Decodes exactly one statement: encoding it again gives the same bytes. Whether `first` is the header's sequence
    /// number is the caller's to compare.
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
        if last <= first {
            let problem = format!("is {last}, which is not more than `first`: the span is empty");
            return Err(RecordError::invalid("last", problem));
        }
        Ok(Self {
            origin,
            key,
            first,
            root,
            last,
        })
    }

    /// The root that a certificate binds, of one whose statement is looked at elsewhere: the key is not checked here,
    /// which takes as long as to verify a signature.
    pub(crate) fn bound_root(statement: &[u8]) -> Result<TreeHash, RecordError> {
        let mut decoder = Decoder::new(statement);
        decoder.map()?;
        decoder.key("key")?;
        decoder.bytes()?;
        decoder.key("last")?;
        decoder.uint()?;
        decoder.key("root")?;
        Ok(TreeHash::from_bytes(*fixed_bytes(&mut decoder, "root")?))
    }
}

signed_by_identity!(EpochCertificate, b"indelible/epoch@v1\n");
