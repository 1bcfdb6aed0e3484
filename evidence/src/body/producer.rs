//! The client's own signature in a body.

use super::{Signed, expect_count};
use crate::cbor::{Decoder, Encoder};
use crate::note::SignatureType;
use crate::record_error::{RecordError, fixed_bytes};

const ED25519: u8 = SignatureType::Ed25519 as u8;

/// The key and signature of whoever produced the event. Neither is checked by decoding: that the key is one, which takes
/// as long as to verify a signature, is checked with the signature by [`crate::producer::verify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerSignature<'a> {
    /// The Ed25519 key, without its type byte.
    pub key: &'a [u8; 32],
    /// Its signature over [`crate::producer::message`].
    pub signature: &'a [u8; 64],
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
