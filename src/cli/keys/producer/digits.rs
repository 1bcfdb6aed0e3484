//! Keys and proofs on the command line.

/// A public key.
pub(super) fn public_key(text: &str) -> Result<[u8; 32], String> {
    unhex(text)
}

/// A proof of possession.
pub(super) fn proof(text: &str) -> Result<[u8; 64], String> {
    unhex(text)
}

fn unhex<const N: usize>(text: &str) -> Result<[u8; N], String> {
    indelible_interchange::hex::decode(text)
        .and_then(|bytes| bytes.as_ref().try_into().ok())
        .ok_or_else(|| format!("not {} hexadecimal digits", 2 * N))
}
