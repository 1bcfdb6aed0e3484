//! What a store tells of the machinery under it, for whoever watches it.

/// How the storage engine is getting on. All are of the whole store, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineFigures {
    /// Bytes of the tables that are in use.
    pub table_bytes: u64,
    /// Bytes that are in memory and in the log, and in no table yet.
    pub write_buffer_bytes: u64,
    /// Bytes of blocks that are kept in memory, write buffers included.
    pub cache_bytes: u64,
    /// Bytes among those that can't be given up now.
    pub cache_pinned_bytes: u64,
    /// Bytes that merging has still to rewrite, as the engine reckons.
    pub pending_compaction_bytes: u64,
    /// Merges of tables that run.
    pub compactions: u64,
    /// Write buffers that are being written out.
    pub flushes: u64,
    /// Write buffers that are full and not written out yet.
    pub full_write_buffers: u64,
    /// Tables of the uppermost level, of the family of records.
    pub uppermost_tables: u64,
    /// Failures of work in the background since the store was opened.
    pub background_errors: u64,
    /// Whether writes wait for merging or for write buffers.
    pub writes_stopped: bool,
    /// Bytes in a second to which writes are held back; 0 if they are not.
    pub delayed_write_bytes_per_second: u64,
}
