//! Limits of backups.

/// Backups that are known and were not taken away.
pub const BACKUPS_MAX: usize = 1_000;

/// Backups that lie beside the daemon's own, say that they are of its store, and are named one by one. Of others their number is
/// in the log.
pub const BACKUPS_FOREIGN_MAX: usize = 64;

/// Manifests that one look into a place reads, of backups that no record tells of there.
pub const BACKUPS_LOOKED_AT_MAX: usize = 1_024;

/// Time after which the places for backups are looked into again.
pub const BACKUP_LOOK_SECONDS: u64 = 3_600;

/// Time for which the answer to an erasure waits for a look into the directories for backups.
pub const BACKUP_LOOK_WAIT_SECONDS: u64 = 10;

/// Looks into the directories at once, for answers: a volume that answers nothing holds each for good.
pub const BACKUP_LOOKS_MAX: usize = 8;

/// Backups that one request to forget some names.
pub const BACKUPS_FORGOTTEN_MAX: usize = 1_000;

/// Volumes that one request to forget backups names.
pub const BACKUP_PLACES_FORGOTTEN_MAX: usize = 64;

/// Bytes of the record that a backup was made, with the sizes of its ledgers. Where these do not fit they are left out, and
/// every later erasure names the backup.
pub const BACKUP_RECORD_BYTES_MAX: usize = 768 * 1_024;

/// How often a backup begins again, because an erasure rewrote what it was copying.
pub const BACKUP_CUTS_MAX: usize = 8;

/// Time after which the schedule tries again to make a backup that failed.
pub const BACKUP_RETRY_SECONDS: u64 = 300;
