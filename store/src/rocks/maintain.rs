//! Looking after the store.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rocksdb::{CompactOptions, DEFAULT_COLUMN_FAMILY_NAME, FlushOptions};

use super::gate::Gate;
use super::salvage::files;
use super::{RocksStore, engine_error, keys};
use crate::contracts::{
    EngineFigures, LookPlace, Looked, Maintain, OnPurge, PurgeScope, Purged, StoreCut,
};
use crate::disk::{DiskUse, ballast_bytes};
use crate::error::{Result, StoreError};

impl Maintain for RocksStore {
    fn compact(&self) -> Result<()> {
        let _turn = self.rewriting();
        self.flush_all()?;
        for name in keys::FAMILIES {
            let everything = None::<&[u8]>;
            self.db.compact_range_cf_opt(
                self.family(name),
                everything,
                everything,
                &CompactOptions::default(),
            );
        }
        self.check_background()
    }

    fn purge(&self, scopes: &[PurgeScope], progress: OnPurge<'_>) -> Result<Purged> {
        self.purge_files(scopes, progress)
    }

    fn cut(&self) -> Result<StoreCut> {
        self.take_cut()
    }

    fn check_place(&self) -> Result<()> {
        self.directory.check_place(self.generation)
    }

    fn figures(&self) -> Result<Option<EngineFigures>> {
        self.engine_figures().map(Some)
    }

    fn look_through(&self, from: Option<&LookPlace>, bytes_max: u64) -> Result<Looked> {
        self.look(from, bytes_max)
    }

    fn disk_bytes(&self) -> Result<DiskUse> {
        let mut use_ = DiskUse {
            catalog_bytes: self.table_bytes(DEFAULT_COLUMN_FAMILY_NAME)?
                + self.table_bytes(keys::KEYS)?,
            records_bytes: self.table_bytes(keys::RECORDS)?,
            tiles_bytes: self.table_bytes(keys::TILES)?,
            index_bytes: self.table_bytes(keys::INDEX)? + self.table_bytes(keys::PROJECTIONS)?,
            ballast_bytes: ballast_bytes(self.directory.path())?,
            ..DiskUse::default()
        };
        let live_tables =
            use_.catalog_bytes + use_.records_bytes + use_.tiles_bytes + use_.index_bytes;
        let mut tables = 0;
        for (name, path) in files(&self.directory.store(self.generation))? {
            let bytes = size(&path)?.map_or(0, |metadata| metadata.len());
            match name.rsplit_once('.') {
                Some((_, "sst")) => tables += bytes,
                Some((_, "log")) => use_.wal_bytes += bytes,
                _ => use_.engine_bytes += bytes,
            }
        }
        use_.engine_bytes += u64::saturating_sub(tables, live_tables);
        for directory in self.directory.evidence(self.generation)? {
            for (_, path) in files(&directory)? {
                let own = size(&path)?.filter(|metadata| metadata.nlink() == 1);
                use_.evidence_bytes += own.map_or(0, |metadata| metadata.len());
            }
        }
        Ok(use_)
    }

    fn close(&self) -> Result<()> {
        let mut writer = self.writer.lock();
        if let Gate::Open = writer.gate {
            writer.gate = Gate::Closed;
        }
        self.flush_all()
    }
}

impl RocksStore {
    pub(super) fn flush_all(&self) -> Result<()> {
        let families = keys::FAMILIES.map(|name| self.family(name));
        self.db
            .flush_cfs_opt(&families, &FlushOptions::default())
            .map_err(engine_error::on("write everything out"))
    }

    /// The engine answers a failed compaction with silence, and counts it.
    pub(super) fn check_background(&self) -> Result<()> {
        let errors = self
            .db
            .property_int_value("rocksdb.background-errors")
            .map_err(engine_error::on("count its errors"))?;
        match errors {
            None | Some(0) => Ok(()),
            Some(count) => Err(StoreError::Engine {
                action: "work in the background",
                detail: format!("{count} errors since the store was opened, named in its LOG"),
                cause: None,
            }),
        }
    }

    fn table_bytes(&self, name: &str) -> Result<u64> {
        self.db
            .property_int_value_cf(self.family(name), "rocksdb.live-sst-files-size")
            .map(Option::unwrap_or_default)
            .map_err(engine_error::on("measure the tables"))
    }
}

/// `None` for a file that the engine deleted meanwhile.
fn size(path: &Path) -> Result<Option<fs::Metadata>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("measure", path)(error)),
    }
}
