//! The text of a token: `idlt_`, eight characters that name it, 32 that are secret, and six that show whether the rest was
//! copied whole, so that scanners know a token without asking anybody.

use std::fmt;

use blake3::Hasher;
use zeroize::Zeroizing;

/// How every token begins.
pub const TOKEN_PREFIX: &str = "idlt_";

/// Random bytes that a token is made of. Few are more than a token needs, since those that would favour some characters
/// are not used.
pub const TOKEN_RANDOM_BYTES: usize = 64;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(super) const ID_CHARACTERS: usize = 8;
const SECRET_CHARACTERS: usize = 32;
const CHECK_CHARACTERS: usize = 6;
/// The bytes of a token's text.
const TEXT_BYTES: usize = TOKEN_PREFIX.len() + ID_CHARACTERS + SECRET_CHARACTERS + CHECK_CHARACTERS;
pub(super) const CHECKED_BYTES: usize = TEXT_BYTES - CHECK_CHARACTERS;

/// What a digest is of.
const DIGEST_CONTEXT: &str = "indelible 2026 access token v1";

/// Why a text is not a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is something else.
    #[error(
        "it is not a token: a token begins with {TOKEN_PREFIX} and has {TEXT_BYTES} characters"
    )]
    Form,
    /// It is one that was copied wrongly.
    #[error("the token was not copied whole, or a character of it was changed; copy it again")]
    Checksum,
    /// Nearly all of the random bytes are alike, as no random bytes are.
    #[error("the random bytes for the token are not random")]
    NotRandom,
}

/// The digest of a token's text. Two are compared in a time that does not depend on where they differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenDigest(blake3::Hash);

impl TokenDigest {
    /// As it was stored.
    pub fn of(bytes: [u8; 32]) -> Self {
        Self(blake3::Hash::from_bytes(bytes))
    }

    /// To be stored.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenDigest(…)")
    }
}

/// A token that was just made. Its text is shown once, and is not kept.
pub struct NewToken(Zeroizing<String>);

impl NewToken {
    /// The token of these random bytes, which must be used for nothing else.
    pub fn make(random: &[u8; TOKEN_RANDOM_BYTES]) -> Result<Self, TokenError> {
        let mut text = Zeroizing::new(String::with_capacity(TEXT_BYTES));
        text.push_str(TOKEN_PREFIX);
        // Bytes from 248 on would make the first eight characters likelier than the others.
        let unbiased = random.iter().filter(|byte| **byte < 248);
        let characters = unbiased.map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        text.extend(characters.take(ID_CHARACTERS + SECRET_CHARACTERS));
        if text.len() < CHECKED_BYTES || is_monotonous(&text[TOKEN_PREFIX.len()..]) {
            return Err(TokenError::NotRandom);
        }
        let check = check(text.as_bytes());
        text.push_str(&check);
        Ok(Self(text))
    }

    /// The text: for its bearer alone.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn digest(&self) -> TokenDigest {
        digest(&self.0)
    }

    /// The id, which is no secret.
    pub fn id(&self) -> &str {
        id(&self.0)
    }
}

/// A token that a caller presents: whole, but perhaps unknown.
#[derive(Clone, Copy)]
pub struct Presented<'a>(&'a str);

impl<'a> Presented<'a> {
    /// The token that a text is.
    pub fn parse(text: &'a str) -> Result<Self, TokenError> {
        let is_form = text.len() == TEXT_BYTES
            && text.starts_with(TOKEN_PREFIX)
            && text[TOKEN_PREFIX.len()..]
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric());
        if !is_form {
            return Err(TokenError::Form);
        }
        let (checked, given) = text.split_at(CHECKED_BYTES);
        match check(checked.as_bytes()) == given {
            true => Ok(Self(text)),
            false => Err(TokenError::Checksum),
        }
    }

    /// The id, by which it is looked up.
    pub fn id(&self) -> &'a str {
        id(self.0)
    }

    /// What is kept of it, if it is known.
    pub fn digest(&self) -> TokenDigest {
        digest(self.0)
    }
}

impl fmt::Debug for NewToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "NewToken({TOKEN_PREFIX}{}…)", self.id())
    }
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Presented({TOKEN_PREFIX}{}…)", self.id())
    }
}

fn id(text: &str) -> &str {
    &text[TOKEN_PREFIX.len()..][..ID_CHARACTERS]
}

/// A token has 190 secret bits, so a fast hash keeps them; a slow one would cost every call.
fn digest(text: &str) -> TokenDigest {
    let mut hasher = Hasher::new_derive_key(DIGEST_CONTEXT);
    hasher.update(text.as_bytes());
    TokenDigest::of(hasher.finalize().into())
}

/// Whether a text has fewer than four different characters.
fn is_monotonous(text: &str) -> bool {
    let mut seen: Vec<u8> = text.bytes().collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() < 4
}

/// The CRC-32 of what comes before it, in base 62.
pub(super) fn check(bytes: &[u8]) -> String {
    let mut crc = u64::from(crc32(bytes));
    let mut characters = [ALPHABET[0]; CHECK_CHARACTERS];
    for character in characters.iter_mut().rev() {
        *character = ALPHABET[(crc % 62) as usize];
        crc /= 62;
    }
    characters.iter().copied().map(char::from).collect()
}

/// The CRC-32 of IEEE 802.3, as zip and PNG have it.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| match crc & 1 {
            1 => crc >> 1 ^ 0xedb8_8320,
            _ => crc >> 1,
        })
    })
}
