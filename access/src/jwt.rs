//! Tokens of issuers (JSON Web Tokens): which are believed, and for whom they speak.

mod claims;
mod keys;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::{
    caller::{Caller, CallerError},
    limits::{
        JWT_AUDIENCES_MAX, JWT_BYTES_MAX, JWT_LEEWAY_SECONDS_MAX, KEYS_FETCH_SECONDS,
        KEYS_STALE_SECONDS_MAX, SECOND_NS,
    },
    principal::{PrincipalError, check_issuer},
};
use claims::{Claims, Every, Header};
pub use keys::{Algorithm, KeySet, KeysError};

/// An issuer whose tokens are believed, and what is demanded of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    name: String,
    audiences: Vec<String>,
    algorithms: Vec<Algorithm>,
    groups_claim: Option<String>,
    leeway_seconds: u64,
    stale_seconds: u64,
}

/// What a configuration says of an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerTerms<'a> {
    /// Its name: `iss` of its tokens, to the byte.
    pub name: &'a str,
    /// Of which a token must name one: who this daemon is to the issuer.
    pub audiences: &'a [&'a str],
    /// The algorithms that it signs with.
    pub algorithms: &'a [Algorithm],
    /// The claim that names groups.
    pub groups_claim: Option<&'a str>,
    /// By how much its clock may differ from this one's.
    pub leeway_seconds: u64,
    /// For how long its keys are used when they can't be fetched again.
    pub stale_seconds: u64,
}

/// Why an issuer can't be believed as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// Its name is not one.
    #[error("{0}")]
    Name(#[from] PrincipalError),
    /// Any service's token would do.
    #[error(
        "an issuer needs 1 to {JWT_AUDIENCES_MAX} audiences, none of them empty: who this daemon is to it"
    )]
    Audiences,
    /// Nothing could be verified.
    #[error("an issuer needs at least one algorithm of {}", Algorithm::NAMES)]
    Algorithms,
    /// A token would be valid long after its end.
    #[error("the leeway is {JWT_LEEWAY_SECONDS_MAX} seconds at most")]
    Leeway,
    /// Keys that were revoked would be believed for long.
    #[error("keys are used for 1 to {KEYS_STALE_SECONDS_MAX} seconds without being fetched again")]
    Stale,
}

/// Whom a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Who calls.
    pub caller: Caller,
    /// From when on it must be verified again, in nanoseconds since 1970 UTC: then the token is over, or the keys of its
    /// issuer are too old unless they were fetched again.
    pub until: u64,
}

/// Why a token of an issuer is refused. [`JwtError::is_for_the_bearer`] says which of these a caller is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// It is not a token, or lacks a claim that every token must have.
    #[error("it is not a JSON Web Token with iss, sub, aud and exp: {0}")]
    Form(&'static str),
    /// It is signed in a way that nobody here accepts, or not at all.
    #[error("its algorithm is not one that is accepted from its issuer")]
    Algorithm,
    /// Nobody believes its issuer.
    #[error("its issuer is not configured")]
    Issuer,
    /// The issuer's keys were fetched too long ago.
    #[error("the keys of its issuer are too old, and could not be fetched again")]
    KeysStale,
    /// The key is not among the issuer's: it may be new.
    #[error("its key is not among those of its issuer")]
    KeyUnknown {
        /// Which of the issuers, by its place.
        issuer: usize,
    },
    /// The key is one of another kind.
    #[error("its key is not for its algorithm")]
    KeyKind,
    /// It was changed, or somebody else signed it.
    #[error("its signature is not valid")]
    Signature,
    /// It is for somebody else.
    #[error("it is for another audience")]
    Audience,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time has not come.
    #[error("it is not valid yet, or was issued in the future")]
    TooEarly,
    /// Whom it names can't be bound.
    #[error("{0}")]
    Name(#[from] CallerError),
}

impl JwtError {
    /// Whether a caller may be told: only what is found out after the signature was, so that a stranger learns nothing of
    /// which issuers and keys there are.
    pub fn is_for_the_bearer(&self) -> bool {
        matches!(
            self,
            Self::Audience | Self::Expired | Self::TooEarly | Self::Name(_)
        )
    }
}

impl Issuer {
    /// An issuer on these terms.
    pub fn new(terms: &IssuerTerms<'_>) -> Result<Self, IssuerError> {
        check_issuer(terms.name)?;
        let audiences = terms.audiences;
        if audiences.is_empty() || audiences.len() > JWT_AUDIENCES_MAX || audiences.contains(&"") {
            return Err(IssuerError::Audiences);
        }
        if terms.algorithms.is_empty() {
            return Err(IssuerError::Algorithms);
        }
        if terms.leeway_seconds > JWT_LEEWAY_SECONDS_MAX {
            return Err(IssuerError::Leeway);
        }
        if !(1..=KEYS_STALE_SECONDS_MAX).contains(&terms.stale_seconds) {
            return Err(IssuerError::Stale);
        }
        Ok(Self {
            name: terms.name.to_owned(),
            audiences: audiences.iter().copied().map(str::to_owned).collect(),
            algorithms: terms.algorithms.to_vec(),
            groups_claim: terms.groups_claim.map(str::to_owned),
            leeway_seconds: terms.leeway_seconds,
            stale_seconds: terms.stale_seconds,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whom a token speaks for, given the issuers that are believed, each with its keys. `now` is in nanoseconds since
    /// 1970 UTC.
    ///
    /// What may decide is looked at in this order, so that nothing that a stranger writes chooses how it is verified: the
    /// form, the algorithm against those that there are, the issuer, the algorithm against the issuer's, the age of the
    /// keys, the key, its kind, the signature, and only then the claims.
    pub fn verify(issuers: &[(Self, KeySet)], token: &str, now: u64) -> Result<Verified, JwtError> {
        if token.len() > JWT_BYTES_MAX {
            return Err(JwtError::Form("it is too long"));
        }
        let (signed, signature) = token
            .rsplit_once('.')
            .ok_or(JwtError::Form("it has no parts"))?;
        let (header, payload) = signed
            .split_once('.')
            .ok_or(JwtError::Form("it has two parts"))?;
        let header = Header::parse(&decode(header)?).map_err(JwtError::Form)?;
        let algorithm = Algorithm::from_name(&header.alg).ok_or(JwtError::Algorithm)?;
        let every = Every::parse(&decode(payload)?).map_err(JwtError::Form)?;
        let claims = every.known().map_err(JwtError::Form)?;
        let place = issuers
            .iter()
            .position(|(issuer, _)| issuer.name == claims.iss)
            .ok_or(JwtError::Issuer)?;
        let (issuer, keys) = &issuers[place];
        if !issuer.algorithms.contains(&algorithm) {
            return Err(JwtError::Algorithm);
        }
        let stale = issuer.stale_from(keys);
        if now >= stale {
            return Err(JwtError::KeysStale);
        }
        let key = keys
            .find(header.kid.as_deref())
            .ok_or(JwtError::KeyUnknown { issuer: place })?;
        if key.algorithm() != algorithm {
            return Err(JwtError::KeyKind);
        }
        if !key.verifies(signed.as_bytes(), &decode(signature)?) {
            return Err(JwtError::Signature);
        }
        let caller = issuer.accept(&claims, &every, now)?;
        Ok(Verified {
            until: stale.min(caller.expires().unwrap_or(stale)),
            caller,
        })
    }

    /// From when on keys are too old to verify anything.
    pub fn stale_from(&self, keys: &KeySet) -> u64 {
        let fetched = keys.fetched();
        fetched.map_or(0, |at| at.saturating_add(self.stale_seconds * SECOND_NS))
    }

    /// What the issuer said is taken at its word from here on.
    fn accept(&self, claims: &Claims, every: &Every, now: u64) -> Result<Caller, JwtError> {
        if !claims
            .aud
            .iter()
            .any(|named| self.audiences.contains(named))
        {
            return Err(JwtError::Audience);
        }
        let leeway = self.leeway_seconds * SECOND_NS;
        let expires = claims.exp.saturating_add(leeway);
        if now >= expires {
            return Err(JwtError::Expired);
        }
        let latest = now.saturating_add(leeway);
        if [claims.nbf, claims.iat]
            .into_iter()
            .flatten()
            .any(|time| time > latest)
        {
            return Err(JwtError::TooEarly);
        }
        let groups = match &self.groups_claim {
            Some(claim) => every.groups(claim),
            None => Vec::new(),
        };
        Ok(Caller::jwt(&self.name, &claims.sub, groups)?.until(expires))
    }
}

/// Whether an issuer's keys may be fetched again, given when that was last tried: unknown keys in tokens must not make
/// the daemon ask the issuer each time.
pub fn may_fetch_keys(tried: Option<u64>, now: u64) -> bool {
    tried.is_none_or(|tried| now.saturating_sub(tried) >= KEYS_FETCH_SECONDS * SECOND_NS)
}

fn decode(part: &str) -> Result<Vec<u8>, JwtError> {
    BASE64_URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| JwtError::Form("a part is not base64url"))
}

#[cfg(test)]
mod tests;
