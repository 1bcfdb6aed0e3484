//! What a backup says of itself: the manifest of a cut.

use std::path::Path;

use data_encoding::HEXLOWER;
use indelible_backup::{AnchorSlot, ArchiveEntry, FileEntry, LedgerCut, Manifest, SignedBy};
use indelible_compliance::time::shortest;
use indelible_evidence::key_event::Archive;
use indelible_keystore::KekId;
use indelible_ledger::{Cut, Reached};
use indelible_store::rocks::RocksStore;

use crate::backups::Begun;

/// What a backup says of itself.
pub(super) fn manifest(begun: &Begun, cut: &Cut, files: Vec<FileEntry>) -> Manifest {
    let ledgers = cut.ledgers.iter().map(|ledger| LedgerCut {
        number: ledger.number,
        name: ledger.name.clone(),
        origin: ledger.origin.clone(),
        verifier_key: ledger.verifier_key.clone(),
        size: ledger.head.size,
        root: HEXLOWER.encode(ledger.head.root.as_bytes()),
        chain: HEXLOWER.encode(ledger.head.chain.as_bytes()),
        checkpoint: ledger.head.checkpoint.clone(),
        newest_erasure: ledger.newest_erasure,
        unfinished_erasures: ledger.unfinished_erasures.clone(),
        anchor: ledger.anchor.as_ref().map(slot),
        closed: ledger.is_closed,
        archive: ledger.archive.iter().filter_map(archived).collect(),
    });
    Manifest {
        form: Manifest::FORM,
        id: begun.backup.clone(),
        made: shortest(cut.taken),
        made_ns: cut.taken,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        store: cut.store.to_string(),
        layout: RocksStore::LAYOUT,
        keks: cut.keks.iter().map(KekId::to_string).collect(),
        signed_by: SignedBy {
            origin: cut.signer.origin.clone(),
            public_key: HEXLOWER.encode(&cut.signer.public),
        },
        ledgers: ledgers.collect(),
        files,
        encryption: None,
    }
}

/// A file of the archive, by the name that it has in whatever directory.
fn archived(archive: &Archive) -> Option<ArchiveEntry> {
    let name = Path::new(&archive.location).file_name()?.to_str()?;
    Some(ArchiveEntry {
        name: name.to_owned(),
        sha256: HEXLOWER.encode(&archive.sha256),
    })
}

fn slot(reached: &Reached) -> AnchorSlot {
    AnchorSlot {
        size: reached.size,
        root: HEXLOWER.encode(reached.root.as_bytes()),
        chain: HEXLOWER.encode(reached.chain.as_bytes()),
        checkpoint: reached.checkpoint.clone(),
    }
}
