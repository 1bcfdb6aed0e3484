//! The client's own signature in a body.

use super::keys::expect_count;
use crate::cbor::{Decoder, Encoder};
use crate::ed25519::{KeyError, PublicKey};
use crate::note::SignatureType;
use crate::record_error::{RecordError, fixed_bytes};

const ED25519: u8 = SignatureType::Ed25519 as u8;

/// The key and signature of the event's producer. Neither is checked by decoding: that the key is one, which takes
/// as long as to verify a signature, is checked with the signature by [`crate::producer::verify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerSignature<'a> {
    /// The Ed25519 key, without its type byte.
    pub key: &'a [u8; 32],
    /// Its signature over [`crate::producer::message`].
    pub signature: &'a [u8; 64],
}

/// How much of a producer's signature is written.
#[derive(Clone, Copy)]
pub(super) enum Signed {
    /// The key alone, in what it signs.
    ByKey,
    /// Key and signature.
    Fully,
}

impl ProducerSignature<'_> {
    /// The key, checked: whether it is one at all.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        PublicKey::from_bytes(*self.key)
    }
}

pub(super) fn write_producer(
    producer: &ProducerSignature<'_>,
    signed: Signed,
    encoder: &mut Encoder<'_>,
) {
    let mut typed = [ED25519; 33];
    typed[1..].copy_from_slice(producer.key);
    match signed {
        Signed::ByKey => encoder.map(1),
        Signed::Fully => encoder.map(2),
    }
    encoder.text("key");
    encoder.bytes(&typed);
    if let Signed::Fully = signed {
        encoder.text("signature");
        encoder.bytes(producer.signature);
    }
}

pub(super) fn read_producer<'a>(
    decoder: &mut Decoder<'a>,
) -> Result<ProducerSignature<'a>, RecordError> {
    let offset = decoder.position();
    let entries = decoder.map()?;
    decoder.key("key")?;
    let typed: &'a [u8; 33] = fixed_bytes(decoder, "key")?;
    let [signature_type, ..] = *typed;
    let key = match typed.last_chunk::<32>() {
        Some(key) if signature_type == ED25519 => key,
        _ => {
            let problem = format!("is of type {signature_type}, expected 1 (Ed25519)");
            return Err(RecordError::invalid("key", problem));
        }
    };
    decoder.key("signature")?;
    let signature = fixed_bytes(decoder, "signature")?;
    expect_count(offset, 2, entries)?;
    Ok(ProducerSignature { key, signature })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Body;

    fn with_producer(write: impl FnOnce(&mut Encoder<'_>)) -> bool {
        let mut bytes = b"\xa3\x62id\x611\x66source\x61s\x68producer".to_vec();
        write(&mut Encoder::new(&mut bytes));
        Body::decode(&bytes).is_ok()
    }

    #[test]
    fn a_producer_is_a_typed_key_and_its_signature() {
        let with = |key: &[u8], signature: &[u8]| {
            with_producer(|encoder| {
                encoder.map(2);
                encoder.text("key");
                encoder.bytes(key);
                encoder.text("signature");
                encoder.bytes(signature);
            })
        };
        let typed = |signature_type, length| [&[signature_type], &vec![6; length][..]].concat();
        assert!(with(&typed(1, 32), &[7; 64]));
        assert!(!with(&typed(6, 32), &[7; 64]));
        assert!(!with(&typed(1, 31), &[7; 64]));
        assert!(!with(&typed(1, 33), &[7; 64]));
        assert!(!with(&typed(1, 32), &[7; 63]));
        assert!(!with(&typed(1, 32), &[7; 65]));
        assert!(!with_producer(|encoder| {
            encoder.map(1);
            encoder.text("key");
            encoder.bytes(&typed(1, 32));
        }));
        assert!(!with_producer(|encoder| encoder.map(0)));
    }

    #[test]
    fn what_a_producer_signs_has_its_key_alone() {
        let mut body = Body {
            id: "1",
            source: "s",
            producer: Some(ProducerSignature {
                key: &[6; 32],
                signature: &[7; 64],
            }),
            ..Body::default()
        };
        let (mut whole, mut signed) = (Vec::new(), Vec::new());
        body.encode_into(&mut whole).unwrap();
        body.encode_for_producer(&mut signed).unwrap();
        let at = whole
            .windows(11)
            .position(|window| window == b"\x69signature\x58");
        let at = at.unwrap();
        let mut expected = whole[..at].to_vec();
        let map = expected.len() - (1 + 4 + 2 + 33);
        assert_eq!(expected[map], 0xa2);
        expected[map] = 0xa1;
        assert_eq!(signed, expected);
        assert_eq!(at + 12 + 64, whole.len());
    }
}
