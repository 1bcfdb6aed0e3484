//! Every limit of this crate, by name.

/// Bytes of a principal's text: a SPIFFE id may have 2,048.
pub const PRINCIPAL_BYTES_MAX: usize = 2_048;

/// Bytes of the name of a user or a group of this machine.
pub const UNIX_NAME_BYTES_MAX: usize = 256;

/// Bytes of a DNS name.
pub const DNS_NAME_BYTES_MAX: usize = 253;

/// Bytes of one label of a DNS name.
pub const DNS_LABEL_BYTES_MAX: usize = 63;

/// Bytes of the trust domain of a SPIFFE id.
pub const TRUST_DOMAIN_BYTES_MAX: usize = 255;

/// Bytes of the subject or of one group that an issuer names.
pub const JWT_NAME_BYTES_MAX: usize = 255;

/// Names and groups that one caller may have.
pub const CALLER_NAMES_MAX: usize = 1_024;

/// Bytes of a ledger's name, and so of a pattern for names.
pub const LEDGER_NAME_BYTES_MAX: usize = 64;

/// Bytes of a pattern for sources.
pub const SOURCE_BYTES_MAX: usize = 256;

/// Sources that one binding may name.
pub const SOURCES_MAX: usize = 64;

/// Bindings of one table, each of one principal to one role in one place.
pub const BINDINGS_MAX: usize = 100_000;

/// Quotas that a configuration may have.
pub const QUOTAS_MAX: usize = 256;

/// Counts of what was had of quotas since the day began, by quota, ledger and principal; beyond that, those who have none
/// share one of each quota.
pub const QUOTA_COUNTS_MAX: usize = 65_536;

/// Parts of a quota, of which one is set aside at once.
pub const QUOTA_STEPS: u64 = 64;

/// Nanoseconds of a second.
pub const SECOND_NS: u64 = 1_000_000_000;

/// Nanoseconds of a day, in which times are told.
pub const DAY_NS: u64 = 24 * 60 * 60 * 1_000_000_000;

/// Days after which a token expires unless its maker says otherwise.
pub const TOKEN_DAYS_DEFAULT: u64 = 90;

/// Days after which every token has expired; the configuration may say fewer.
pub const TOKEN_DAYS_MAX: u64 = 366;

/// Roles in places that one token may have.
pub const TOKEN_GRANTS_MAX: usize = 64;

/// Sources that one token may name.
pub const TOKEN_SOURCES_MAX: usize = 16;

/// Bytes of a token's name.
pub const TOKEN_NAME_BYTES_MAX: usize = 64;

/// Bytes of what a request for a second person asks for.
pub const REQUEST_BYTES_MAX: usize = 64 * 1_024;

/// Days after which every request for a second person has expired.
pub const REQUEST_DAYS_MAX: u64 = 30;

/// Days after which a request has expired unless whoever asks says otherwise.
pub const REQUEST_DAYS_DEFAULT: u64 = 7;

/// Bytes of the id of a request.
pub const REQUEST_ID_BYTES: usize = 10;

/// Bytes of a token of an issuer.
pub const JWT_BYTES_MAX: usize = 16 * 1_024;

/// Audiences that one issuer may be configured with.
pub const JWT_AUDIENCES_MAX: usize = 16;

/// Seconds by which the clock of an issuer may differ.
pub const JWT_LEEWAY_SECONDS_MAX: u64 = 60;

/// Seconds for which the keys of an issuer are used without being fetched again: a day.
pub const KEYS_STALE_SECONDS_MAX: u64 = 24 * 60 * 60;

/// Seconds between two attempts to fetch the keys of an issuer because of a key that is not known.
pub const KEYS_FETCH_SECONDS: u64 = 60;

/// Bytes of the set of keys of an issuer.
pub const KEY_SET_BYTES_MAX: usize = 256 * 1_024;

/// Keys of such a set.
pub const KEY_SET_KEYS_MAX: usize = 64;
