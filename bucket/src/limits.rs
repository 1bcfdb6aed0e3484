//! How much goes in one request, and how long one may take.

/// Bytes of a piece, the fewest that S3 takes: what is longer is written and read in several.
pub const PIECE_BYTES: u64 = 5 * 1_024 * 1_024;
/// Pieces of one object, which S3 sets: what is longer has longer pieces.
pub const PIECES_MAX: u64 = 10_000;
/// Bytes of an answer: a piece that is read, a list, or an error.
pub const ANSWER_BYTES_MAX: usize = 8 * 1_024 * 1_024;
/// Seconds that a connection may take.
pub const CONNECT_SECONDS: u64 = 5;
/// Seconds that one try of a request may take, with its piece.
pub const ATTEMPT_SECONDS: u64 = 20;
/// Tries of a request.
pub const TRIES_MAX: u32 = 3;
/// Names in a list of one bucket.
pub const LISTED_MAX: usize = 1_000_000;
