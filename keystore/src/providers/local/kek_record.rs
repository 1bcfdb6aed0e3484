//! The small record that the caller stores so that a passphrase can open the KEK again.

use super::kdf::KdfParameters;
use crate::{
    crypto::derive::{derive, equal},
    error::KeyError,
    provider::KekId,
};

const MAGIC: &[u8; 4] = b"ikek";
const VERSION: u8 = 0;
const FIELDS_BYTES: usize = 4 + 1 + 16 + 12 + 32 + 32;
const CHECKSUM_BYTES: usize = 32;
/// The length of a record.
pub const KEK_RECORD_BYTES: usize = FIELDS_BYTES + CHECKSUM_BYTES;
const CHECKSUM_CONTEXT: &str = "indelible 2026-11-20 kek record checksum v0";

/// Salt and parameters of a passphrase KEK, its id, and a verifier.
///
/// Nothing in it is secret, but whoever holds it can try passphrases at the cost
/// that its parameters set. The bytes are: `ikek`, version `0x00`, KEK id (16),
/// memory in KiB, passes, lanes (big-endian u32 each), salt (32), verifier (32),
/// checksum (32). The checksum tells damage from a wrong passphrase: a flipped
/// bit in the salt would look the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KekRecord {
    pub(crate) kek_id: KekId,
    pub(crate) parameters: KdfParameters,
    pub(crate) salt: [u8; 32],
    pub(crate) verifier: [u8; 32],
}

impl KekRecord {
    /// The KEK that this record opens.
    pub fn kek_id(&self) -> KekId {
        self.kek_id
    }

    /// The derivation's cost.
    pub fn parameters(&self) -> KdfParameters {
        self.parameters
    }

    /// The bytes to store.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(KEK_RECORD_BYTES);
        out.extend_from_slice(MAGIC);
        out.push(VERSION);
        out.extend_from_slice(self.kek_id.as_bytes());
        for number in [
            self.parameters.memory_kib(),
            self.parameters.passes(),
            self.parameters.lanes(),
        ] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.salt);
        out.extend_from_slice(&self.verifier);
        let sum = checksum(&out);
        out.extend_from_slice(&sum);
        out
    }

    /// Reads stored bytes: exactly what [`Self::encode`] wrote, or an error.
    pub fn decode(bytes: &[u8]) -> Result<Self, KeyError> {
        let damaged = |problem| KeyError::RecordDamaged { problem };
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or(damaged("the first bytes are wrong"))?;
        match rest.first() {
            Some(&VERSION) => {}
            Some(&found) => return Err(KeyError::RecordVersion { found }),
            None => return Err(damaged("the record is cut short")),
        }
        if bytes.len() != KEK_RECORD_BYTES {
            return Err(damaged("the length is wrong"));
        }
        let (fields, sum) = bytes.split_at(FIELDS_BYTES);
        if !equal(&array(sum), &checksum(fields)) {
            return Err(damaged("the checksum is wrong"));
        }
        let number = |at: usize| u32::from_be_bytes(array(&fields[at..at + 4]));
        Ok(Self {
            kek_id: KekId::from_bytes(array(&fields[5..21])),
            parameters: KdfParameters::from_stored(number(21), number(25), number(29))?,
            salt: array(&fields[33..65]),
            verifier: array(&fields[65..97]),
        })
    }
}

/// The first N bytes of a slice whose length was checked.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[..N]);
    out
}

fn checksum(fields: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut out = [0; CHECKSUM_BYTES];
    derive(CHECKSUM_CONTEXT, &[fields], &mut out);
    out
}
