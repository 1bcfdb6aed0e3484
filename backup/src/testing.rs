//! What tests share: a manifest, and the key that signs it.

use std::{collections::BTreeMap, fs, ops::ControlFlow, path::Path};

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signer as _, SigningKey};
use indelible_keystore::age::{Identity, Recipients};
use zeroize::Zeroizing;

use crate::{
    create,
    id::BackupId,
    manifest::{AnchorSlot, FileEntry, LedgerCut, Manifest, SignedBy},
    object::Digest,
    progress::Copied,
    sealing::Sealing,
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
            object: None,
        }],
        encryption: None,
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
    let (files, copied) = create::copy_files(held, cut, create::Manner::default(), go_on).unwrap();
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

/// What encrypts backups to these identities.
pub(crate) fn sealing(identities: &[&Identity]) -> Sealing {
    let recipients = identities.iter().map(|identity| identity.recipient());
    Sealing::new(
        Recipients::new(recipients).unwrap(),
        Zeroizing::new([5; 32]),
    )
}

/// The same, encrypted.
pub(crate) fn back_up_sealed(
    held: &Held,
    cut: &Path,
    made_ns: u64,
    sealing: &Sealing,
) -> (Manifest, Copied) {
    let go_on = &mut |_| ControlFlow::Continue(());
    let manner = create::Manner {
        sealing: Some(sealing),
        ..create::Manner::default()
    };
    let (files, copied) = create::copy_files(held, cut, manner, go_on).unwrap();
    let inner = Manifest {
        id: id(made_ns),
        made_ns,
        files,
        ..manifest()
    };
    let outer = create::seal(held, &inner, sealing).unwrap();
    let note = note(&outer, &sign(&statement(&outer))).unwrap();
    create::finish(held, &outer, &note).unwrap();
    (outer, copied)
}

/// An id of its own for each time.
pub(crate) fn id(made_ns: u64) -> BackupId {
    let seconds = made_ns % 60;
    let random = u32::try_from(made_ns % u64::from(u32::MAX)).unwrap();
    let time = format!("2026-11-29T17:45:{seconds:02}Z");
    BackupId::new(&time, random.to_be_bytes()).unwrap()
}

/// All files below a directory, with what is in them.
pub(crate) fn all(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut left = vec![path.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => left.push(path),
                false => {
                    let bytes = fs::read(&path).unwrap();
                    found.insert(path.display().to_string(), bytes);
                }
            }
        }
    }
    found
}
