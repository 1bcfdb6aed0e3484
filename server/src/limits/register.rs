//! Limits of the register outside this machine.

/// Bytes of the register, of which each ledger has some hundred. A longer one is not read, and is none of this store's.
pub const REGISTER_BYTES_MAX: u64 = 16 * 1_024 * 1_024;

/// Time that one try of a request to the register's bucket may take.
pub const REGISTER_ATTEMPT_SECONDS: u64 = 10;

/// Tries of such a request.
pub const REGISTER_TRIES: u32 = 2;
