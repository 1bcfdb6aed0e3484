//! What tests share: a manifest, and the key that signs it.

use std::{fs, ops::ControlFlow, path::Path};

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signer as _, SigningKey};

use crate::{
    create,
    id::BackupId,
    manifest::{AnchorSlot, FileEntry, LedgerCut, Manifest, SignedBy},
    object::Digest,
    progress::Copied,
    signed::{note, statement},
    target::{Held, Target},
};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub(crate) fn sign(text: &str) -> [u8; 64] {
    key().sign(text.as_bytes()).to_bytes()
}

/// A manifest of one ledger with 7 records, and one file.
pub(crate) fn manifest() -> Manifest {
    let hash = HEXLOWER.encode(&[0xaa; 32]);
    let checkpoint = "a checkpoint".to_owned();
    Manifest {
        form: Manifest::FORM,
        id: "20261129T174500.042Z-1f0c9a3b".parse().unwrap(),
        made: "2026-11-29T17:45:00Z".into(),
        made_ns: 1_000,
        program: "0.1.0".into(),
        store: "00".repeat(16),
        layout: 3,
        keks: vec!["0a".repeat(16)],
        signed_by: SignedBy {
            origin: "example/_system/log/1".into(),
            public_key: HEXLOWER.encode(key().verifying_key().as_bytes()),
        },
        ledgers: vec![LedgerCut {
            archive: Vec::new(),
            number: 0,
            name: "loans".into(),
            origin: "example/loans/log/1".into(),
            verifier_key: "a key".into(),
            size: 7,
            root: hash.clone(),
            chain: hash.clone(),
            checkpoint: checkpoint.clone(),
            newest_erasure: None,
            unfinished_erasures: Vec::new(),
            anchor: Some(AnchorSlot {
                size: 7,
                root: hash.clone(),
                chain: hash,
                checkpoint,
            }),
            closed: false,
        }],
        files: vec![FileEntry {
            name: "000012.sst".into(),
            bytes: 3,
            digest: Digest::of(b"abc"),
        }],
    }
}

/// A directory of backups, held.
pub(crate) fn held(path: &Path) -> Held {
    fs::create_dir_all(path).unwrap();
    Target::open_or_make(path, [3; 8])
        .unwrap()
        .hold([3; 8])
        .unwrap()
}

/// Fills a directory with files.
pub(crate) fn fill(path: &Path, files: &[(&str, &[u8])]) {
    let _absent = fs::remove_dir_all(path);
    fs::create_dir_all(path).unwrap();
    for (name, content) in files {
        fs::write(path.join(name), content).unwrap();
    }
}

/// Backs a directory up, as made at a time in nanoseconds.
pub(crate) fn back_up(held: &Held, cut: &Path, made_ns: u64) -> (Manifest, Copied) {
    let go_on = &mut |_| ControlFlow::Continue(());
    let (files, copied) = create::copy_files(held, cut, None, go_on).unwrap();
    let manifest = Manifest {
        id: id(made_ns),
        made_ns,
        files,
        ..manifest()
    };
    let note = note(&manifest, &sign(&statement(&manifest))).unwrap();
    create::finish(held, &manifest, &note).unwrap();
    (manifest, copied)
}

/// An id of its own for each time.
pub(crate) fn id(made_ns: u64) -> BackupId {
    let seconds = made_ns % 60;
    let random = u32::try_from(made_ns % u64::from(u32::MAX)).unwrap();
    let time = format!("2026-11-29T17:45:{seconds:02}Z");
    BackupId::new(&time, random.to_be_bytes()).unwrap()
}
