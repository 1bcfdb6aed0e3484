//! The one form of each kind of name. All are printable ASCII, so that no two that look alike differ, and nothing in
//! them is cut, folded or decoded: whoever makes a principal of something else brings it into its form first.

use crate::limits::{
    DNS_LABEL_BYTES_MAX, DNS_NAME_BYTES_MAX, JWT_NAME_BYTES_MAX, PRINCIPAL_BYTES_MAX,
    TRUST_DOMAIN_BYTES_MAX, UNIX_NAME_BYTES_MAX,
};

/// What stands for *nobody in particular*: what the kernel shows where a user or a group of another namespace has no number
/// here, and what it takes for none.
pub(crate) const NUMBERS_OF_NOBODY: [u32; 2] = [65_534, u32::MAX];

/// What kind of name it is. A group is what a caller has besides its own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    UnixUser,
    UnixGroup,
    Spiffe,
    Dns,
    Token,
    Jwt,
    JwtGroup,
    InsecureLocal,
}

pub(super) const INSECURE_LOCAL: &str = "insecure:local";

/// The characters of a token's id.
pub(crate) const TOKEN_ID_BYTES: usize = 8;

/// Why a text names no principal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalError {
    /// Too long.
    #[error("a principal has at most {PRINCIPAL_BYTES_MAX} bytes, this has {found}")]
    Length {
        /// How many.
        found: usize,
    },
    /// No kind of name begins so.
    #[error(
        "it must begin with unix:, unix-group:, spiffe://, dns:, token:, jwt: or jwt-group:, or be {INSECURE_LOCAL}"
    )]
    Kind,
    /// Not the name of a user or group.
    #[error(
        "a user or group of this machine is its name, of a-z, A-Z, 0-9 and ._-@\\+$, not beginning with '-' and not a \
         number; or '#' and its number"
    )]
    Unix,
    /// A number that the kernel shows for users whom it can't name.
    #[error(
        "number {number} is what the kernel shows for users and groups of other namespaces, and may be anybody's"
    )]
    Nobody {
        /// The number.
        number: u32,
    },
    /// Not a SPIFFE id.
    #[error(
        "a SPIFFE id is spiffe://, a trust domain of a-z, 0-9 and ._-, and segments of a-z, A-Z, 0-9 and ._- after \
         single slashes"
    )]
    Spiffe,
    /// Not a DNS name.
    #[error(
        "a DNS name is labels of a-z, 0-9 and '-' between single dots, in lower case, without a wildcard; not an address"
    )]
    Dns,
    /// Not the id of a token.
    #[error("a token's id has {TOKEN_ID_BYTES} letters and digits")]
    Token,
    /// Not an issuer.
    #[error(
        "an issuer is https:// or http:// and a host in lower case, perhaps a path, without '?', '#' and '@'"
    )]
    Issuer,
    /// Not what an issuer calls somebody.
    #[error(
        "after the issuer and '#' come 1 to {JWT_NAME_BYTES_MAX} printable ASCII characters, with single spaces only \
         between others"
    )]
    JwtName,
}

/// Which kind of principal a text is.
pub(super) fn check(text: &str) -> Result<Kind, PrincipalError> {
    if text.len() > PRINCIPAL_BYTES_MAX {
        return Err(PrincipalError::Length { found: text.len() });
    }
    if text == INSECURE_LOCAL {
        return Ok(Kind::InsecureLocal);
    }
    if let Some(id) = text.strip_prefix("spiffe://") {
        return spiffe(id)
            .then_some(Kind::Spiffe)
            .ok_or(PrincipalError::Spiffe);
    }
    let (kind, name) = text.split_once(':').ok_or(PrincipalError::Kind)?;
    match kind {
        "unix" => unix(name).map(|()| Kind::UnixUser),
        "unix-group" => unix(name).map(|()| Kind::UnixGroup),
        "dns" => dns(name).then_some(Kind::Dns).ok_or(PrincipalError::Dns),
        "token" => token(name)
            .then_some(Kind::Token)
            .ok_or(PrincipalError::Token),
        "jwt" => jwt(name).map(|()| Kind::Jwt),
        "jwt-group" => jwt(name).map(|()| Kind::JwtGroup),
        _ => Err(PrincipalError::Kind),
    }
}

fn unix(name: &str) -> Result<(), PrincipalError> {
    if let Some(digits) = name.strip_prefix('#') {
        let number: u32 = digits.parse().map_err(|_| PrincipalError::Unix)?;
        // One form for each number: no sign and no zeros before it.
        if number.to_string() != digits {
            return Err(PrincipalError::Unix);
        }
        return check_number(number);
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || br"._-@\+$".contains(&byte);
    let is_name = !name.is_empty()
        && name.len() <= UNIX_NAME_BYTES_MAX
        && name.bytes().all(allowed)
        && !name.starts_with('-')
        // It would look like a user's number.
        && !name.bytes().all(|byte| byte.is_ascii_digit());
    is_name.then_some(()).ok_or(PrincipalError::Unix)
}

/// Whether a number is somebody's.
pub(crate) fn check_number(number: u32) -> Result<(), PrincipalError> {
    match NUMBERS_OF_NOBODY.contains(&number) {
        true => Err(PrincipalError::Nobody { number }),
        false => Ok(()),
    }
}

fn spiffe(id: &str) -> bool {
    let mut segments = id.split('/');
    let domain = segments.next().unwrap_or_default();
    let of_domain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    let of_path = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !domain.is_empty()
        && domain.len() <= TRUST_DOMAIN_BYTES_MAX
        && domain.bytes().all(of_domain)
        && segments
            .all(|segment| !matches!(segment, "" | "." | "..") && segment.bytes().all(of_path))
}

fn dns(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= DNS_LABEL_BYTES_MAX
            && label
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A last label of digits alone is an address.
    let is_address = |name: &str| {
        let last = name.rsplit('.').next().unwrap_or_default();
        last.bytes().all(|byte| byte.is_ascii_digit())
    };
    name.len() <= DNS_NAME_BYTES_MAX && name.split('.').all(label) && !is_address(name)
}

pub(crate) fn token(id: &str) -> bool {
    id.len() == TOKEN_ID_BYTES && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn jwt(text: &str) -> Result<(), PrincipalError> {
    // No issuer holds a '#', so the first ends it, whatever the subject is.
    let (issuer, name) = text.split_once('#').ok_or(PrincipalError::JwtName)?;
    check_issuer(issuer)?;
    let is_name = !name.is_empty()
        && name.len() <= JWT_NAME_BYTES_MAX
        && name.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && name.trim_matches(' ') == name
        && !name.contains("  ");
    is_name.then_some(()).ok_or(PrincipalError::JwtName)
}

/// Whether a text is an issuer, which is compared byte by byte.
pub(crate) fn check_issuer(issuer: &str) -> Result<(), PrincipalError> {
    let rest = issuer
        .strip_prefix("https://")
        .or_else(|| issuer.strip_prefix("http://"))
        .ok_or(PrincipalError::Issuer)?;
    let host = rest.split('/').next().unwrap_or_default();
    let is_issuer = !host.is_empty()
        && !host.bytes().any(|byte| byte.is_ascii_uppercase())
        && rest.bytes().all(|byte| byte.is_ascii_graphic())
        && !rest.contains(['?', '#', '@']);
    is_issuer.then_some(()).ok_or(PrincipalError::Issuer)
}
