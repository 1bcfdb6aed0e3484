//! From a data directory and what opens its keys to an engine.

use std::{fs, io, path::Path, sync::Arc};

use indelible_keystore::{ProviderMeters, Remedy};
use indelible_ledger::{
    Engine, EngineOptions, Interrupt, Keys, NotOpened, Parts, RegisterOptions, Settle,
    limits::DISK_FREE_BYTES_MIN,
};
use indelible_store::{
    StoreError,
    disk::{BALLAST_BYTES, create_ballast, disk_free, release_ballast},
    owner,
    rocks::{EvidenceKept, Opened, RocksStore, RocksTuning, Salvage},
};

use super::{
    error::DaemonError,
    providers::{Openers, Providers},
};
use crate::{
    config::{Config, Register},
    open_files::OpenFiles,
    register::InBucket,
};

/// Opens the store and the keys, and recovers all ledgers. Blocking.
pub(super) fn open(
    config: &Config,
    files: OpenFiles,
    openers: Openers,
    meters: Arc<ProviderMeters>,
    interrupt: Interrupt,
) -> Result<Engine, DaemonError> {
    check_directory(&config.data)?;
    check_owners(config)?;
    refuse_lost_store(config)?;
    make_room(&config.data)?;
    let opened = RocksStore::open(&config.data, &tuning(config, files));
    let Opened { store, salvage } = opened.map_err(|error| unusable(&config.data, error))?;
    keep_ballast(&config.data);
    let store = Arc::new(store);
    let parts = Parts {
        keys: keys(&store, openers, meters)?,
        store,
        settle: salvage.map(settle),
    };
    let options = EngineOptions {
        publication_interval: config.publication.interval,
        clock: config.clock,
        scrub: config.scrub,
        retention_every: config.retention_every,
        archive: config.archive.clone(),
        register: config.register.as_ref().map(register),
        rescue: config.rescue.clone(),
        ledgers: config.ledgers,
        keeps_system: true,
        data: Some(config.data.clone()),
        waiting_bytes: config.memory.waiting_bytes(),
        interrupt,
        ..EngineOptions::new(config.origin_prefix.as_str())
    };
    Ok(Engine::open(parts, &config.anchor, options)?)
}

/// The register that the configuration names. Nothing is asked yet.
fn register(register: &Register) -> RegisterOptions {
    RegisterOptions {
        place: Arc::new(InBucket::new(&register.bucket)),
        accepts_loss: register.accepts_loss,
    }
}

/// Refuses a data directory that has no store, for work on one that is there. Nothing is written.
pub(super) fn expect_store(config: &Config) -> Result<(), DaemonError> {
    check_directory(&config.data)?;
    check_owners(config)?;
    refuse_lost_store(config)?;
    match RocksStore::is_there(&config.data)? {
        true => Ok(()),
        false => Err(DaemonError::StoreAbsent(config.data.clone())),
    }
}

/// Refuses files of another user, and an anchor that everybody may write to, before anything is written.
fn check_owners(config: &Config) -> Result<(), DaemonError> {
    RocksStore::check_owner(&config.data).map_err(|error| unusable(&config.data, error))?;
    Ok(owner::check_file(&config.anchor)?)
}

/// What keeps this user out of a data directory.
const FORBIDDEN: &str = "this user may not read or write there; give it to the user that the daemon runs as (chown), or name another \
                         directory with --data or data of the configuration file";

/// Refuses what is no directory, or none of this user's, before anything is looked for in it. One that is not there yet is
/// made later.
fn check_directory(data: &Path) -> Result<(), DaemonError> {
    let unusable = |problem| {
        Err(DaemonError::DataUnusable {
            data: data.to_owned(),
            problem,
        })
    };
    match fs::read_dir(data) {
        Ok(_) => Ok(()),
        Err(error) => match error.kind() {
            io::ErrorKind::NotADirectory => unusable(
                "it is a file, or below one, and not a directory; name a directory with --data or data of the configuration \
                 file",
            ),
            io::ErrorKind::PermissionDenied => unusable(FORBIDDEN),
            _ => Ok(()),
        },
    }
}

/// An error of the store, or that this user may not use its directory.
fn unusable(data: &Path, error: StoreError) -> DaemonError {
    match &error {
        StoreError::Io { source, path, .. }
            if source.kind() == io::ErrorKind::PermissionDenied && data.starts_with(path) =>
        {
            DaemonError::DataUnusable {
                data: data.to_owned(),
                problem: FORBIDDEN,
            }
        }
        _ => error.into(),
    }
}

/// An anchor beside a directory without a store says that there was one. A new store would answer for it as if nothing
/// had been, so it is made only where the anchor was moved away.
fn refuse_lost_store(config: &Config) -> Result<(), DaemonError> {
    let anchor = match fs::metadata(&config.anchor) {
        Ok(_) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(DaemonError::System(error)),
    };
    if anchor && !RocksStore::is_there(&config.data)? {
        return Err(DaemonError::StoreLost {
            data: config.data.clone(),
            anchor: config.anchor.clone(),
        });
    }
    Ok(())
}

/// The engine's part of what the daemon plans with.
fn tuning(config: &Config, files: OpenFiles) -> RocksTuning {
    RocksTuning {
        cache_bytes: config.memory.cache_bytes(),
        known_ids_bytes: config.memory.known_ids_bytes(),
        write_buffer_bytes: config.memory.write_buffer_bytes(),
        open_files_max: i32::try_from(files.tables).unwrap_or(i32::MAX),
        ..RocksTuning::default()
    }
}

/// Opens the providers, and keeps what opens them for as long as they are away.
fn keys(
    store: &Arc<RocksStore>,
    openers: Openers,
    meters: Arc<ProviderMeters>,
) -> Result<Keys, DaemonError> {
    let mut providers = Providers::new(Arc::clone(store), openers, meters);
    let keks = match providers.open() {
        Ok(keks) => Ok(keks),
        // The engine decides whether the start continues without it.
        Err(DaemonError::Key(error)) if error.remedy() == Remedy::Wait => Err(error),
        Err(error) => return Err(error),
    };
    let reopen = move || {
        providers.open().map_err(|error| match error {
            DaemonError::Key(error) => NotOpened::Key(error),
            other => NotOpened::Other(other.to_string()),
        })
    };
    Ok(Keys {
        keks,
        reopen: Box::new(reopen),
    })
}

/// Opening a store writes. On a full disk the ballast makes room for that, and for nothing else: ledgers
/// stay read-only until there is more.
fn make_room(data: &Path) -> Result<(), DaemonError> {
    if data.exists() && disk_free(data)? < BALLAST_BYTES && release_ballast(data)? {
        tracing::warn!(data = %data.display(), "the disk is full: gave up the ballast to open the store");
    }
    Ok(())
}

/// Keeps ballast for the next time, where there is room for it.
fn keep_ballast(data: &Path) {
    let kept = disk_free(data).and_then(|free| {
        if free > DISK_FREE_BYTES_MIN + 2 * BALLAST_BYTES {
            create_ballast(data, BALLAST_BYTES)
        } else {
            Ok(())
        }
    });
    if let Err(error) = kept {
        tracing::warn!(%error, "there is no ballast; if the disk fills up, the next start may fail");
    }
}

/// What becomes of a copy that was opened because the store's own log was refused. It is adopted in
/// either case, since ledgers that miss something stay in quarantine; what is kept of the refused
/// files depends on whether they may hold it.
fn settle(salvage: Salvage) -> Settle {
    tracing::warn!(
        evidence = %salvage.evidence().display(),
        refusal = salvage.refusal(),
        "the store's log is damaged; a copy was opened, without what follows the first flaw"
    );
    Box::new(move |whole| {
        let kept = if whole {
            EvidenceKept::WithoutTables
        } else {
            EvidenceKept::Whole
        };
        salvage.adopt(kept)
    })
}
