//! What a backup may hold.

/// Bytes of a manifest.
pub const MANIFEST_BYTES_MAX: u64 = 64 * 1_024 * 1_024;
/// Files of one backup.
pub const BACKUP_FILES_MAX: usize = 200_000;
/// Files of which a process knows what it read of them; beyond that it begins to learn anew.
pub const SEEN_FILES_MAX: usize = 400_000;
/// Bytes that are read, hashed and written at once.
pub const COPY_BLOCK_BYTES: usize = 1_024 * 1_024;
/// Seconds after which another program may take over a bucket from one of which nothing was heard.
pub const HOLD_SECONDS: u64 = 600;
/// Seconds after which whoever writes to a bucket says again that it does.
pub const HOLD_RENEWED_SECONDS: u64 = 60;
