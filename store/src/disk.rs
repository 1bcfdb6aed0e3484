//! Room on disk: how much is free, what a store takes, and a file of ballast
//! to let go of when there is too little to even open the store.

/// What a store takes on disk, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskUse {
    /// Catalog and heads.
    pub catalog_bytes: u64,
    /// Records.
    pub records_bytes: u64,
    /// Tiles.
    pub tiles_bytes: u64,
    /// The derived index.
    pub index_bytes: u64,
    /// Write-ahead logs.
    pub wal_bytes: u64,
    /// The engine's own files, and what it has yet to delete.
    pub engine_bytes: u64,
    /// Ballast.
    pub ballast_bytes: u64,
    /// Directories kept as evidence, without what they share with the store.
    pub evidence_bytes: u64,
}
