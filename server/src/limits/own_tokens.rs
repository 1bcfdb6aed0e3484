//! Limits of the daemon's own tokens.

/// Tokens of the daemon's own that are valid at once; and, of those that have ended, that are remembered.
pub const OWN_TOKENS_MAX: usize = 4_096;

/// Roles in places of all of these that are valid.
pub const OWN_TOKEN_GRANTS_MAX: usize = 16_384;

/// Tokens of one maker that are valid at once, unless configured otherwise.
pub const OWN_TOKENS_OF_A_MAKER_DEFAULT: u64 = 1_024;

/// Roles in places of all tokens of one maker, for each token that it may have.
pub const OWN_TOKEN_GRANTS_OF_A_MAKER: usize = 4;

/// Of all tokens, those that only somebody who administers the store can make.
pub const OWN_TOKENS_RESERVE: usize = 64;

/// Of all roles in places, those of the tokens that only somebody who administers the store can make.
pub const OWN_TOKEN_GRANTS_RESERVE: usize = 256;

/// Days for which a token of the daemon's own is remembered that was revoked or has expired.
pub const OWN_TOKENS_ENDED_DAYS: u64 = 30;

/// How often the records of `_system` that say which tokens there are are read again while they could not be.
pub const OWN_TOKENS_RETRY_MS: u64 = 1_000;

/// How often the days on which tokens were used are recorded.
pub const TOKEN_USES_SECONDS: u64 = 60;

/// Records of such days until one tells of all tokens again.
pub const TOKEN_USES_RECORDS_MAX: usize = 256;

/// A token of the daemon's own that expires within this time is a notice, if it was made for longer.
pub const TOKEN_ENDS_SOON_SECONDS: u64 = 14 * 24 * 60 * 60;
