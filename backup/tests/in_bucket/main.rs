//! Backups in a bucket: as whole as those in a directory, whatever the network and the server do.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on fails"
)]

#[path = "../../../bucket/tests/rigs/rigs.rs"]
mod buckets;
mod faults;
mod holds;
#[path = "../../../keystore/tests/rigs/rigs.rs"]
mod rigs;
mod sealed;
mod whole;

use std::{fs, ops::ControlFlow, path::Path, time::Duration};

use buckets::Rig;
use data_encoding::HEXLOWER;
use ed25519_dalek::{Signer as _, SigningKey};
use indelible_backup::{
    BackupError, BackupId, BucketOptions, Copied, FileEntry, Held, Location, Manifest, Opened,
    SignedBy, Target, check, create, note, statement,
};

fn options(rig: &Rig) -> BucketOptions {
    let mut options = BucketOptions::parse(&rig.address()).unwrap();
    options.endpoint = Some(rig.endpoint());
    options.region = Some("us-east-1".to_owned());
    options.credentials_file = Some(rig.credentials_file());
    options.attempt_timeout = Duration::from_secs(10);
    options
}

fn location(rig: &Rig) -> Location {
    Location::Bucket(Box::new(options(rig)))
}

fn target(rig: &Rig) -> Target {
    Target::open(location(rig)).unwrap()
}

fn held(rig: &Rig) -> Held {
    let target = Target::open_or_make(location(rig), [3; 8]).unwrap();
    target.hold([4; 8]).unwrap()
}

/// Fills a directory with files.
fn fill(path: &Path, files: &[(&str, &[u8])]) {
    let _absent = fs::remove_dir_all(path);
    fs::create_dir_all(path).unwrap();
    for (name, content) in files {
        fs::write(path.join(name), content).unwrap();
    }
}

/// A backup that is not encrypted.
fn plain(target: &Target, manifest: &Manifest) -> Opened {
    Opened::new(target, manifest.clone(), Vec::new()).unwrap()
}

fn go_on(_: Copied) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn id(made_ns: u64) -> BackupId {
    let random = u32::try_from(made_ns % 1_000).unwrap();
    let time = format!("2026-11-29T17:45:{:02}Z", made_ns % 60);
    BackupId::new(&time, random.to_be_bytes()).unwrap()
}

/// What a store's daemon does: copies, then signs and writes the manifest.
fn try_back_up(held: &Held, cut: &Path, made_ns: u64) -> Result<(Manifest, Copied), BackupError> {
    let (files, copied) = create::copy_files(held, cut, create::Manner::default(), &mut go_on)?;
    let manifest = manifest(made_ns, files);
    create::finish(held, &manifest, &signed(&manifest))?;
    Ok((manifest, copied))
}

fn signed(manifest: &Manifest) -> String {
    let signature = key().sign(statement(manifest).as_bytes()).to_bytes();
    note(manifest, &signature).unwrap()
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn manifest(made_ns: u64, files: Vec<FileEntry>) -> Manifest {
    Manifest {
        form: Manifest::FORM,
        id: id(made_ns),
        made: "2026-11-29T17:45:00Z".into(),
        made_ns,
        program: "0.1.0".into(),
        store: "00".repeat(16),
        layout: 3,
        keks: vec!["0a".repeat(16)],
        signed_by: SignedBy {
            origin: "example/_system/log/1".into(),
            public_key: HEXLOWER.encode(key().verifying_key().as_bytes()),
        },
        ledgers: Vec::new(),
        files,
        encryption: None,
    }
}

fn back_up(held: &Held, cut: &Path, made_ns: u64) -> (Manifest, Copied) {
    try_back_up(held, cut, made_ns).unwrap()
}

/// What is damaged of a backup.
fn damage(target: &Target, manifest: &Manifest) -> Vec<String> {
    let found = check::objects(target, manifest, &mut go_on).unwrap();
    found.iter().map(ToString::to_string).collect()
}

/// The key of the object of a backup's file.
fn key_of(manifest: &Manifest, name: &str) -> String {
    let file = manifest
        .files
        .iter()
        .find(|file| file.name == name)
        .unwrap();
    let digest = file.digest.to_string();
    format!("objects/{}/{digest}", &digest[..2])
}
