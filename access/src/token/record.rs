//! What is kept of a token.

use super::text::{NewToken, Presented, TokenDigest};
use crate::{
    binding::Binding,
    caller::{Caller, CallerError},
    limits::{DAY_NS, TOKEN_DAYS_DEFAULT, TOKEN_DAYS_MAX, TOKEN_GRANTS_MAX, TOKEN_NAME_BYTES_MAX},
    principal::{Principal, PrincipalError},
    reach::Reach,
    role::Role,
    sources::SourcePattern,
};

/// One role in one place, for a token's bearer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenGrant {
    /// Which role.
    pub role: Role,
    /// Where.
    pub reach: Reach,
    /// The sources whose events a writer may append. Empty: all of them.
    pub sources: Vec<SourcePattern>,
}

/// A token, but for its text. Times are nanoseconds since 1970 UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// The principal that its bearer is.
    pub principal: Principal,
    /// The digest of its text.
    pub digest: TokenDigest,
    /// What it is for, in its maker's words.
    pub name: String,
    /// What its bearer may do.
    pub grants: Vec<TokenGrant>,
    /// Who made it, and answers for it: by all of their names, the principal first.
    pub makers: Vec<Principal>,
    /// When it was made.
    pub made: u64,
    /// From when on it is refused.
    pub expires: u64,
    /// The last day of its use, counted from 1970.
    pub used_day: Option<u64>,
    /// When it was revoked.
    pub revoked: Option<u64>,
}

/// Why no token is made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WishError {
    /// The name says nothing, or too much, or could pass for another.
    #[error(
        "a token's name has 1 to {TOKEN_NAME_BYTES_MAX} printable ASCII characters, with single spaces only between others"
    )]
    Name,
    /// It would never be valid.
    #[error(
        "the token would have expired already; it expires {TOKEN_DAYS_DEFAULT} days from now unless another time is given"
    )]
    Expired,
    /// It would be valid for too long.
    #[error("a token is valid for {days_max} days at most")]
    TooLong {
        /// How many, as it is configured.
        days_max: u64,
    },
    /// It could do nothing.
    #[error("the token has no role; give it at least one, in at least one place")]
    Powerless,
    /// It could do too many things.
    #[error("a token has at most {TOKEN_GRANTS_MAX} roles and places, this has {found}")]
    Grants {
        /// How many.
        found: usize,
    },
    /// Its id is not one.
    #[error("the token's id is not valid: {0}")]
    Id(#[from] PrincipalError),
}

/// Why a token is refused. What a caller is told differs only for one who knows the whole token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// There is none with this id, or its secret is another, or its record can't be used.
    #[error("the token is not known; ask for a new one")]
    Unknown,
    /// It was taken back.
    #[error("the token was revoked; ask for a new one")]
    Revoked,
    /// Its time is over.
    #[error("the token has expired; ask for a new one")]
    Expired,
    /// Whoever was on the machine made it, and the daemon asks who that is by now.
    #[error(
        "the token was made in development mode, where nobody is asked who they are, and counts there only; ask for a new one"
    )]
    OfDevelopment,
}

impl TokenRecord {
    /// The record of a token that is about to be made. Whether its maker may make it says
    /// [`Table::decide_token`](crate::Table::decide_token). It is valid for `days_max` days at most.
    pub fn new(
        token: &NewToken,
        name: &str,
        grants: Vec<TokenGrant>,
        maker: &Caller,
        (now, expires): (u64, Option<u64>),
        days_max: u64,
    ) -> Result<Self, WishError> {
        let is_name = (1..=TOKEN_NAME_BYTES_MAX).contains(&name.len())
            && name.bytes().all(|byte| matches!(byte, b' '..=b'~'))
            && name.trim_matches(' ') == name
            && !name.contains("  ");
        if !is_name {
            return Err(WishError::Name);
        }
        if grants.is_empty() {
            return Err(WishError::Powerless);
        }
        if grants.len() > TOKEN_GRANTS_MAX {
            let found = grants.len();
            return Err(WishError::Grants { found });
        }
        let days_max = days_max.min(TOKEN_DAYS_MAX);
        let usual = TOKEN_DAYS_DEFAULT.min(days_max) * DAY_NS;
        let expires = expires.unwrap_or(now.saturating_add(usual));
        if expires <= now {
            return Err(WishError::Expired);
        }
        if expires - now > days_max * DAY_NS {
            return Err(WishError::TooLong { days_max });
        }
        Ok(Self {
            principal: Principal::token(token.id())?,
            digest: token.digest(),
            name: name.to_owned(),
            grants,
            makers: maker.persons().cloned().collect(),
            made: now,
            expires,
            used_day: None,
            revoked: None,
        })
    }

    /// The caller who presents a token, given the record of its id if there is one. It takes as long if there is none.
    pub fn admit(
        record: Option<&Self>,
        presented: &Presented<'_>,
        now: u64,
    ) -> Result<Caller, TokenRefusal> {
        let digest = presented.digest();
        let expected = record.map_or(TokenDigest::of([0; 32]), |record| record.digest);
        let (true, Some(record)) = (digest == expected, record) else {
            return Err(TokenRefusal::Unknown);
        };
        if let Some(refused) = record.refused(now) {
            return Err(refused);
        }
        record.caller().map_err(|_| TokenRefusal::Unknown)
    }

    /// Why it is refused now, whoever presents it: to be asked again while a stream lasts.
    pub fn refused(&self, now: u64) -> Option<TokenRefusal> {
        if self.revoked.is_some() {
            return Some(TokenRefusal::Revoked);
        }
        (now >= self.expires).then_some(TokenRefusal::Expired)
    }

    fn caller(&self) -> Result<Caller, CallerError> {
        Ok(Caller::token(&self.principal, self.makers.clone())?.until(self.expires))
    }

    /// What a table has of it: nothing once it is revoked.
    pub fn bindings(&self) -> Vec<Binding> {
        if self.revoked.is_some() {
            return Vec::new();
        }
        let bind = |grant: &TokenGrant| Binding {
            sources: grant.sources.clone(),
            ..Binding::new(self.principal.clone(), grant.role, grant.reach.clone())
        };
        self.grants.iter().map(bind).collect()
    }

    /// Whether nobody in particular made it: the place where its maker called asked nobody who they are.
    pub fn is_of_development(&self) -> bool {
        self.makers.iter().any(Principal::is_insecure)
    }

    /// Notes that it was used. True if that is new: it is kept by the day, so that a busy token is not written at each
    /// call, and nobody's hours are on record.
    pub fn used(&mut self, now: u64) -> bool {
        let day = now / DAY_NS;
        let is_new = self.used_day.is_none_or(|last| last < day);
        if is_new {
            self.used_day = Some(day);
        }
        is_new
    }
}
