//! Every limit of the evidence format, by name, units last.

/// An origin.
pub const ORIGIN_BYTES_MAX: usize = 200;
/// The name of a ledger, the middle part of its origin.
pub const LEDGER_NAME_BYTES_MAX: usize = 64;
/// The header of an event or governance record.
pub const EVENT_HEADER_BYTES_MAX: usize = 4_096;
/// The header of a key event, which is the longest that any record has.
pub const HEADER_BYTES_MAX: usize = 16_384;
/// Signatures of one header.
pub const HEADER_SIGNATURES_MAX: usize = 8;
/// One signature of a header.
pub const SIGNATURE_BYTES_MAX: usize = 8_192;
/// Keys of one identity.
pub const IDENTITY_KEYS_MAX: usize = 4;
/// The shortest public key, its type byte counted.
pub const PUBLIC_KEY_BYTES_MIN: usize = 2;
/// The longest public key, its type byte counted.
pub const PUBLIC_KEY_BYTES_MAX: usize = 2_048;
/// `id`, `source`, `subject`, `actor` and `data_subject`.
pub const ID_BYTES_MAX: usize = 256;
/// `type`, `classification`, `datacontenttype`, `correlation_id`, `causation_id`, a fact's text
/// value, and the `key_id` of an envelope.
pub const ATTRIBUTE_BYTES_MAX: usize = 1_024;
/// The client's own `time`.
pub const TIME_TEXT_BYTES_MAX: usize = 64;
/// The name of a fact, of a digest's component, of a digest's algorithm, of a retention rule and of a producer.
pub const NAME_BYTES_MAX: usize = 128;
/// Facts of one event.
pub const FACTS_MAX: usize = 32;
/// Digests of one event: pairs of component and algorithm.
pub const DIGESTS_MAX: usize = 32;
/// The shortest digest.
pub const DIGEST_BYTES_MIN: usize = 16;
/// The longest digest.
pub const DIGEST_BYTES_MAX: usize = 64;
/// The shortest nonce of an envelope.
pub const NONCE_BYTES_MIN: usize = 8;
/// The longest nonce of an envelope.
pub const NONCE_BYTES_MAX: usize = 32;
/// A body.
pub const BODY_BYTES_MAX: usize = 16_384;
/// A payload.
pub const PAYLOAD_BYTES_MAX: usize = 1_048_576;
/// A signed note, signatures included.
pub const NOTE_BYTES_MAX: usize = 65_536;
/// Signature lines of one note.
pub const NOTE_SIGNATURES_MAX: usize = 64;
/// Hashes of one proof: sizes are below 2^63.
pub const PROOF_HASHES_MAX: usize = 63;
/// A receipt: a note, a proof, and an extra line with a few headers, one for each rotation, all as text. The format
/// sets none; this is what the verifier reads at most.
pub const RECEIPT_BYTES_MAX: usize = 1_048_576;
/// The greatest integer: 2^63 - 1.
pub const UINT_MAX: u64 = i64::MAX as u64;
/// How deep arrays and maps nest. No decoder of this crate recurses, so the depth is fixed by the
/// structures themselves; the deepest, a rule in the settings of genesis, is 4.
pub const DEPTH_MAX: usize = 4;
/// Records of one chunk of a bundle.
pub const CHUNK_RECORDS: u64 = 4_096;
/// Hashes of one full tile.
pub const TILE_WIDTH: u64 = 256;
/// Data keys that one erasure or hold names.
pub const STATEMENT_DATA_KEYS_MAX: usize = 64;
/// Spans of records that one disposal names.
pub const DISPOSAL_SPANS_MAX: usize = 64;
/// Sources that settings want signed, or for which one producer may sign.
pub const STATEMENT_SOURCES_MAX: usize = 64;
/// Rules of retention.
pub const RETENTION_RULES_MAX: usize = 32;
/// `basis`, `reason` and `location` of a statement or of a rule.
pub const STATEMENT_TEXT_BYTES_MAX: usize = 1_024;
/// The name of a KEK provider.
pub const PROVIDER_BYTES_MAX: usize = 64;
/// How many bytes longer a sealed part is than what it seals: identity tag, inner commitment and tag.
pub const SEALED_OVERHEAD_BYTES: usize = 64;
