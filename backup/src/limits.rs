//! What a backup may hold.

/// Bytes of a manifest.
pub const MANIFEST_BYTES_MAX: u64 = 64 * 1_024 * 1_024;
/// Files of one backup.
pub const BACKUP_FILES_MAX: usize = 200_000;
/// Bytes that are read, hashed and written at once.
pub const COPY_BLOCK_BYTES: usize = 1_024 * 1_024;
