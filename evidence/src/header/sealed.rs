//! Whether a header names a data key, without reading all of it.

use crate::cbor::{CborError, Decoder};

/// Whether the bytes of a header, if they are one, name a data key. It only looks at what stands before that key,
/// so it is quick; whether the header is one is for [`Header::decode`](super::Header::decode) to say.
pub fn is_sealed(header: &[u8]) -> bool {
    data_key_comes(&mut Decoder::new(header)).unwrap_or(false)
}

fn data_key_comes(decoder: &mut Decoder<'_>) -> Result<bool, CborError> {
    decoder.map()?;
    decoder.key("v")?;
    decoder.uint()?;
    decoder.key("seq")?;
    decoder.uint()?;
    decoder.key("body")?;
    decoder.bytes()?;
    decoder.key("kind")?;
    decoder.text()?;
    decoder.key("time")?;
    decoder.uint()?;
    decoder.key("type")?;
    decoder.text()?;
    if decoder.optional_key("payload") {
        decoder.bytes()?;
    }
    Ok(decoder.optional_key("data_key"))
}
