//! How a token seals a key: the ciphers, and the bytes that come of each.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{AeadInOut, Tag},
};
use zeroize::Zeroizing;

use super::{
    api::{BlockWrap, GCM_IV_BYTES, KeyHandle, TokenSession},
    token_error::TokenError,
};
use crate::{
    crypto::{derive::derive, entropy},
    error::ProviderFault,
    keys::{
        context::KeyContext,
        secret::{KEY_BYTES, SecretKey},
        wrapped::additional_data,
    },
};

/// In front of a key that RFC 3394 or RFC 5649 wraps, which would wrap the same key to the same bytes.
const BLIND_BYTES: usize = 16;
const SALT_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
/// Key wrap adds one block of 64 bits.
const BLOCK_SEALED_BYTES: usize = BLIND_BYTES + KEY_BYTES + 8;
const GCM_SEALED_BYTES: usize = KEY_BYTES + TAG_BYTES;
const MESSAGE_LABEL: &[u8] = b"indelible/token-wrapping-key@v0\n";
const WRAPPING_CONTEXT: &str = "indelible 2026-11-20 token wrapping key v0";

/// A way to wrap. The byte is stored and never reused; no two differ in one bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mechanism {
    /// IV (12), ciphertext (32), tag (16); front and context are additional data.
    AesGcm = 0b0001,
    /// RFC 5649 of 16 random bytes and the key: 56 bytes. The commitment binds the context.
    Kwp = 0b0010,
    /// RFC 3394 of the same.
    Kw = 0b0100,
    /// Salt (32), ciphertext (32), tag (16): AES-256-GCM here, under key and nonce from the
    /// token's HMAC-SHA-256 over salt, front and context, which serve this once.
    Hmac = 0b1000,
}

/// Who chooses the IVs of AES-GCM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IvChoice {
    /// Random ones of ours; a token that uses another is believed.
    Ours,
    /// The token's: it refuses ours and fills in a buffer of zeros.
    Tokens,
}

impl Mechanism {
    fn from_byte(byte: u8) -> Option<Self> {
        [Self::AesGcm, Self::Kwp, Self::Kw, Self::Hmac]
            .into_iter()
            .find(|mechanism| *mechanism as u8 == byte)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AesGcm => "AES-GCM",
            Self::Kwp => "AES key wrap with padding (RFC 5649)",
            Self::Kw => "AES key wrap (RFC 3394)",
            Self::Hmac => "keys derived by HMAC-SHA-256",
        }
    }
}

/// A session with the KEK found in it.
pub(crate) struct Kek<'a> {
    pub(crate) session: &'a TokenSession,
    pub(crate) key: KeyHandle,
}

impl Kek<'_> {
    /// Seals a key behind a front; returns the mechanism's byte and what it made.
    pub(crate) fn seal(
        &self,
        mechanism: Mechanism,
        ivs: IvChoice,
        front: &[u8],
        context: &KeyContext,
        key: &SecretKey,
    ) -> Result<Vec<u8>, TokenError> {
        let body = match mechanism {
            Mechanism::AesGcm => self.seal_gcm(ivs, front, context, key)?,
            Mechanism::Kwp => self.seal_block(BlockWrap::Padded, key)?,
            Mechanism::Kw => self.seal_block(BlockWrap::Plain, key)?,
            Mechanism::Hmac => self.seal_derived(front, context, key)?,
        };
        Ok([&[mechanism as u8], body.as_slice()].concat())
    }

    /// Opens what [`Self::seal`] made, by the mechanism that it names. The caller checks the commitment.
    pub(crate) fn open(
        &self,
        front: &[u8],
        context: &KeyContext,
        sealed: &[u8],
    ) -> Result<SecretKey, TokenError> {
        let (byte, body) = sealed.split_first().ok_or_else(TokenError::damaged)?;
        let mechanism = Mechanism::from_byte(*byte).ok_or_else(TokenError::damaged)?;
        match mechanism {
            Mechanism::AesGcm => self.open_gcm(front, context, body),
            Mechanism::Kwp => self.open_block(BlockWrap::Padded, body),
            Mechanism::Kw => self.open_block(BlockWrap::Plain, body),
            Mechanism::Hmac => self.open_derived(front, context, body),
        }
    }

    fn seal_gcm(
        &self,
        ivs: IvChoice,
        front: &[u8],
        context: &KeyContext,
        key: &SecretKey,
    ) -> Result<Vec<u8>, TokenError> {
        let mut iv = [0; GCM_IV_BYTES];
        if ivs == IvChoice::Ours {
            entropy::fill(&mut iv)?;
        }
        let made = self.session.seal_gcm(
            self.key,
            &mut iv,
            &additional_data(front, context),
            key.expose(),
        )?;
        check_length(&made, GCM_SEALED_BYTES)?;
        if iv == [0; GCM_IV_BYTES] {
            return Err(inconsistent(
                "the token should have chosen an IV and left it zero".to_owned(),
            ));
        }
        Ok([iv.as_slice(), &made].concat())
    }

    fn open_gcm(
        &self,
        front: &[u8],
        context: &KeyContext,
        body: &[u8],
    ) -> Result<SecretKey, TokenError> {
        if body.len() != GCM_IV_BYTES + GCM_SEALED_BYTES {
            return Err(TokenError::damaged());
        }
        let mut iv = [0; GCM_IV_BYTES];
        iv.copy_from_slice(&body[..GCM_IV_BYTES]);
        let opened = self.session.open_gcm(
            self.key,
            &iv,
            &additional_data(front, context),
            &body[GCM_IV_BYTES..],
        )?;
        key_of(&opened)
    }

    fn seal_block(&self, wrap: BlockWrap, key: &SecretKey) -> Result<Vec<u8>, TokenError> {
        let mut plain = Zeroizing::new([0; BLIND_BYTES + KEY_BYTES]);
        entropy::fill(&mut plain[..BLIND_BYTES])?;
        plain[BLIND_BYTES..].copy_from_slice(key.expose());
        let made = self.session.seal_block(self.key, wrap, plain.as_slice())?;
        check_length(&made, BLOCK_SEALED_BYTES)?;
        Ok(made)
    }

    fn open_block(&self, wrap: BlockWrap, body: &[u8]) -> Result<SecretKey, TokenError> {
        if body.len() != BLOCK_SEALED_BYTES {
            return Err(TokenError::damaged());
        }
        let opened = self.session.open_block(self.key, wrap, body)?;
        key_of(opened.get(BLIND_BYTES..).unwrap_or_default())
    }

    fn seal_derived(
        &self,
        front: &[u8],
        context: &KeyContext,
        key: &SecretKey,
    ) -> Result<Vec<u8>, TokenError> {
        let mut body = Zeroizing::new([0; SALT_BYTES + GCM_SEALED_BYTES]);
        let (salt, rest) = body.split_at_mut(SALT_BYTES);
        let (secret, tag) = rest.split_at_mut(KEY_BYTES);
        entropy::fill(salt)?;
        secret.copy_from_slice(key.expose());
        let additional = additional_data(front, context);
        let (cipher, nonce) = self.derived_cipher(salt, &additional)?;
        let made = cipher
            .encrypt_inout_detached(&nonce.into(), &additional, secret.into())
            .map_err(|_| TokenError::damaged())?;
        tag.copy_from_slice(&made);
        Ok(body.to_vec())
    }

    fn open_derived(
        &self,
        front: &[u8],
        context: &KeyContext,
        body: &[u8],
    ) -> Result<SecretKey, TokenError> {
        if body.len() != SALT_BYTES + GCM_SEALED_BYTES {
            return Err(TokenError::damaged());
        }
        let (salt, rest) = body.split_at(SALT_BYTES);
        let (secret, tag) = rest.split_at(KEY_BYTES);
        let tag = Tag::<Aes256Gcm>::try_from(tag).map_err(|_| TokenError::damaged())?;
        let mut key = SecretKey::zeroed();
        key.expose_mut().copy_from_slice(secret);
        let additional = additional_data(front, context);
        let (cipher, nonce) = self.derived_cipher(salt, &additional)?;
        cipher
            .decrypt_inout_detached(
                &nonce.into(),
                &additional,
                key.expose_mut().as_mut_slice().into(),
                &tag,
            )
            .map_err(|_| TokenError::damaged())?;
        Ok(key)
    }

    /// Salt and additional data go in whole, so what the token derives is good for nothing else.
    fn derived_cipher(
        &self,
        salt: &[u8],
        additional: &[u8],
    ) -> Result<(Aes256Gcm, [u8; GCM_IV_BYTES]), TokenError> {
        let message = [MESSAGE_LABEL, salt, additional].concat();
        let code = self.session.authenticate(self.key, &message)?;
        check_length(&code, 32)?;
        let mut material = Zeroizing::new([0; KEY_BYTES + GCM_IV_BYTES]);
        derive(WRAPPING_CONTEXT, &[&code], material.as_mut_slice());
        let (key, nonce_bytes) = material.split_at(KEY_BYTES);
        let mut nonce = [0; GCM_IV_BYTES];
        nonce.copy_from_slice(nonce_bytes);
        let mut wrapping = SecretKey::zeroed();
        wrapping.expose_mut().copy_from_slice(key);
        Ok((Aes256Gcm::new(wrapping.expose().into()), nonce))
    }
}

/// Bytes of another length never were a key.
fn key_of(bytes: &[u8]) -> Result<SecretKey, TokenError> {
    if bytes.len() != KEY_BYTES {
        return Err(TokenError::damaged());
    }
    let mut key = SecretKey::zeroed();
    key.expose_mut().copy_from_slice(bytes);
    Ok(key)
}

fn check_length(made: &[u8], wanted: usize) -> Result<(), TokenError> {
    if made.len() == wanted {
        return Ok(());
    }
    Err(inconsistent(format!(
        "the token made {} bytes, but the mechanism makes {wanted}",
        made.len()
    )))
}

fn inconsistent(detail: String) -> TokenError {
    TokenError::Fault(ProviderFault::InconsistentAnswer, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_bit_never_names_another_mechanism() {
        for mechanism in [
            Mechanism::AesGcm,
            Mechanism::Kwp,
            Mechanism::Kw,
            Mechanism::Hmac,
        ] {
            assert_eq!(Mechanism::from_byte(mechanism as u8), Some(mechanism));
            for bit in 0..8 {
                assert_eq!(Mechanism::from_byte(mechanism as u8 ^ (1 << bit)), None);
            }
        }
    }
}
