//! How large files in the age format, and what is read of them, may be.

/// Recipients of one file.
pub const AGE_RECIPIENTS_MAX: usize = 16;
/// Bytes of a file's header.
pub const AGE_HEADER_BYTES_MAX: usize = 65_536;
/// Bytes of a file of identities.
pub const AGE_IDENTITY_FILE_BYTES_MAX: usize = 65_536;
