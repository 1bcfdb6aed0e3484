//! An encrypted backup says nothing to whoever lacks a key, and is as whole, as small and as easily continued as another one.

use std::{fs, ops::ControlFlow, path::Path, process::Command};

use indelible_keystore::age::Identity;

use super::*;
use crate::{
    BackupError, Copied, Digest, Held, Manifest, Opened, Target, check, create, prune, restore,
    testing::{all, back_up, back_up_sealed, fill, held, id, sealing},
};

/// Something that must not be readable, in a file and in its name.
const CANARY: &str = "canary-7f3a";
const DAY_NS: u64 = 86_400_000_000_000;

fn identity() -> Identity {
    Identity::generate().unwrap()
}

fn again(identity: &Identity) -> Vec<Identity> {
    vec![Identity::parse(&identity.expose()).unwrap()]
}

fn go_on(_: Copied) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A cut, a place for backups, and what each of three files holds.
struct Rig {
    place: tempfile::TempDir,
    held: Held,
}

impl Rig {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let held = held(&place.path().join("backups"));
        let rig = Self { place, held };
        rig.fill(&[]);
        rig
    }

    fn fill(&self, more: &[(&str, &[u8])]) {
        let name = format!("{CANARY}.sst");
        let large = [CANARY.as_bytes(), &[7; 200_000]].concat();
        let mut files: Vec<(&str, &[u8])> = vec![
            (&name, &large),
            ("CURRENT", CANARY.as_bytes()),
            ("empty", b""),
        ];
        files.extend_from_slice(more);
        fill(&self.cut(), &files);
    }

    fn cut(&self) -> std::path::PathBuf {
        self.place.path().join("cut")
    }

    fn backups(&self) -> std::path::PathBuf {
        self.place.path().join("backups")
    }

    fn target(&self) -> &Target {
        self.held.target()
    }

    fn sealed(&self, made_ns: u64, to: &[&Identity]) -> (Manifest, Copied) {
        back_up_sealed(&self.held, &self.cut(), made_ns, &sealing(to))
    }

    fn restored(&self, manifest: &Manifest, with: &Identity) -> Result<(), BackupError> {
        let opened = Opened::new(self.target(), manifest.clone(), again(with))?;
        let into = self.place.path().join(format!("restored-{}", manifest.id));
        let _absent = fs::remove_dir_all(&into);
        restore::files(self.target(), &opened, &into, &mut go_on)?;
        assert_eq!(contents(&into), contents(&self.cut()));
        Ok(())
    }
}

/// What is in the files of a directory, in the order of their names.
fn contents(directory: &Path) -> Vec<Vec<u8>> {
    all(directory).into_values().collect()
}

/// Files in which, or in whose path, one of these stands.
fn showing(directory: &Path, secrets: &[&str]) -> Vec<String> {
    let has =
        |bytes: &[u8], secret: &str| bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
    let mut found = Vec::new();
    for (path, bytes) in all(directory) {
        if secrets
            .iter()
            .any(|secret| has(&bytes, secret) || has(path.as_bytes(), secret))
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn what_is_in_an_encrypted_backup_stands_nowhere_in_the_clear() {
    // A ledger's name and origin, a KEK and a file's own digest tell as much as a content does.
    let digest = Digest::of(CANARY.as_bytes()).to_string();
    let secrets = [CANARY, "loans", "example/", &"0a".repeat(16), &digest];
    let rig = Rig::new();
    back_up(&rig.held, &rig.cut(), 1);
    for secret in secrets {
        assert!(!showing(&rig.backups(), &[secret]).is_empty(), "{secret}");
    }
    let rig = Rig::new();
    let key = identity();
    let (outer, _) = rig.sealed(1, &[&key]);
    assert_eq!(showing(&rig.backups(), &secrets), Vec::<String>::new());
    // What is said outside.
    assert!(outer.ledgers.is_empty() && outer.keks.is_empty());
    let encryption = outer.encryption.as_ref().unwrap();
    assert_eq!(encryption.recipients, [key.recipient().to_string()]);
    rig.restored(&outer, &key).unwrap();
    let opened = Opened::new(rig.target(), outer, again(&key)).unwrap();
    assert_eq!(opened.manifest().ledgers[0].name, "loans");
}

#[test]
fn what_is_there_is_not_encrypted_again_unless_it_is_for_others() {
    let rig = Rig::new();
    let (first, second) = (identity(), identity());
    let (before, copied) = rig.sealed(1, &[&first]);
    assert!(copied.copied_bytes > 200_000, "{copied:?}");
    rig.fill(&[("2.sst", &[9; 1_000])]);
    let (after, copied) = rig.sealed(2, &[&first]);
    assert!((1_000..2_000).contains(&copied.copied_bytes), "{copied:?}");
    let (to_both, copied) = rig.sealed(3, &[&first, &second]);
    assert!(copied.copied_bytes > 201_000, "{copied:?}");
    let names = |manifest: &Manifest| {
        manifest
            .objects()
            .map(|file| file.digest)
            .collect::<Vec<_>>()
    };
    assert!(
        names(&to_both)
            .iter()
            .all(|one| !names(&after).contains(one))
    );
    // No backup is in part for the one and in part for the other.
    rig.restored(&after, &first).unwrap();
    rig.restored(&to_both, &first).unwrap();
    rig.restored(&to_both, &second).unwrap();
    for sealed in [&before, &after] {
        let refused = rig.restored(sealed, &second).unwrap_err();
        assert!(
            matches!(refused, BackupError::WrongIdentity { .. }),
            "{refused}"
        );
    }
}

/// Two files under one key would show what differs between them.
#[test]
fn no_two_files_have_the_same_key_and_no_secret_another_s_names() {
    let rig = Rig::new();
    let (first, second) = (identity(), identity());
    let content = crate::source::Source::bytes(b"content")
        .content(|_| Ok(()))
        .unwrap();
    let drawn = |sealing: &Sealing, content| {
        let mut bytes = [0; 64];
        sealing.random(&content).fill(&mut bytes).unwrap();
        bytes
    };
    let to_first = sealing(&[&first]);
    let usual = drawn(&to_first, content);
    assert_eq!(usual, drawn(&sealing(&[&first]), content));
    let longer = Content {
        bytes: 8,
        ..content
    };
    let other = crate::source::Source::bytes(b"0ther")
        .content(|_| Ok(()))
        .unwrap();
    let other_secret = Sealing::new(to_first.recipients().clone(), Zeroizing::new([6; 32]));
    for different in [
        drawn(&to_first, longer),
        drawn(&to_first, other),
        drawn(&sealing(&[&second]), content),
        drawn(&sealing(&[&first, &second]), content),
        drawn(&other_secret, content),
    ] {
        assert_ne!(usual, different);
    }
    let (ours, _) = rig.sealed(1, &[&first]);
    let (theirs, copied) = back_up_sealed(&rig.held, &rig.cut(), 2, &other_secret);
    assert!(copied.copied_bytes > 200_000, "{copied:?}");
    let named = |file: &crate::FileEntry| theirs.objects().any(|other| other.digest == file.digest);
    assert!(!ours.objects().any(named));
}

#[test]
fn an_encrypted_backup_that_was_broken_off_goes_on() {
    let rig = Rig::new();
    let files: Vec<_> = (0..9_u8)
        .map(|n| (format!("{n}.sst"), vec![n; 1_000]))
        .collect();
    let named: Vec<_> = files
        .iter()
        .map(|(n, c)| (n.as_str(), c.as_slice()))
        .collect();
    rig.fill(&named);
    let key = identity();
    let sealing = sealing(&[&key]);
    let manner = create::Manner {
        sealing: Some(&sealing),
        ..create::Manner::default()
    };
    let mut breaks = |copied: Copied| match copied.copied_bytes {
        0..4_000 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    };
    let broken = create::copy_files(&rig.held, &rig.cut(), manner, &mut breaks);
    assert!(matches!(broken, Err(BackupError::BrokenOff)));
    let lying: u64 = all(&rig.backups())
        .values()
        .map(|bytes| bytes.len() as u64)
        .sum();
    let (outer, copied) = rig.sealed(1, &[&key]);
    let whole: u64 = outer.files.iter().map(|file| file.bytes).sum();
    assert!(
        copied.copied_bytes < whole - 3_000 && lying > 3_000,
        "{copied:?}"
    );
    rig.restored(&outer, &key).unwrap();
}

#[test]
fn a_flipped_bit_in_any_file_of_an_encrypted_backup_is_found_without_a_key() {
    let rig = Rig::new();
    fill(
        &rig.cut(),
        &[("1.sst", &[5; 900]), ("CURRENT", b"one"), ("empty", b"")],
    );
    let outer = rig.sealed(1, &[&identity()]).0;
    let sound = || {
        let target = Target::open(&rig.backups())?;
        let manifest = target.manifest(&outer.id)?;
        let damaged = check::objects(&target, &manifest, &mut go_on)?;
        damaged.into_iter().next().map_or(Ok(()), Err)
    };
    sound().unwrap();
    let files = all(&rig.backups());
    // Three files, the contents, the manifest, its note, and what says that it is a place for backups.
    assert_eq!(files.len(), 7, "{:?}", files.keys());
    for (path, bytes) in files {
        for at in (0..bytes.len() * 8).step_by(13) {
            let mut flipped = bytes.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            fs::write(&path, &flipped).unwrap();
            assert!(sound().is_err(), "bit {at} of {path}");
        }
        fs::remove_file(&path).unwrap();
        assert!(sound().is_err(), "{path} is missing");
        fs::write(&path, &bytes).unwrap();
    }
    sound().unwrap();
}

#[test]
fn a_missing_and_a_wrong_identity_say_what_to_do() {
    let rig = Rig::new();
    let (key, other) = (identity(), identity());
    let outer = rig.sealed(1, &[&key]).0;
    let missing = Opened::new(rig.target(), outer.clone(), Vec::new()).unwrap_err();
    assert!(
        matches!(missing, BackupError::NoIdentity { .. }),
        "{missing}"
    );
    let wrong = Opened::new(rig.target(), outer.clone(), again(&other)).unwrap_err();
    assert!(
        matches!(wrong, BackupError::WrongIdentity { .. }),
        "{wrong}"
    );
    for said in [missing.to_string(), wrong.to_string()] {
        assert!(said.contains("--identity"), "{said}");
        assert!(said.contains(&key.recipient().to_string()), "{said}");
    }
    assert!(wrong.to_string().contains(&other.recipient().to_string()));
    // One that is not encrypted needs none, and takes one.
    let plain = back_up(&rig.held, &rig.cut(), 2).0;
    assert!(Opened::new(rig.target(), plain.clone(), Vec::new()).is_ok());
    rig.restored(&plain, &other).unwrap();
}

/// Whoever has the store's signing key and not the recipients' could name other files inside than outside.
#[test]
fn contents_of_another_backup_are_refused() {
    let rig = Rig::new();
    let key = identity();
    let first = rig.sealed(1, &[&key]).0;
    rig.fill(&[("2.sst", b"later")]);
    let second = rig.sealed(2, &[&key]).0;
    let mut swapped = first.clone();
    swapped.encryption.clone_from(&second.encryption);
    let refused = Opened::new(rig.target(), swapped, again(&key)).unwrap_err();
    assert!(matches!(refused, BackupError::Manifest { .. }), "{refused}");
    let mut fewer = first.clone();
    fewer.files.pop();
    let refused = Opened::new(rig.target(), fewer, again(&key)).unwrap_err();
    assert!(matches!(refused, BackupError::Manifest { .. }), "{refused}");
}

#[test]
fn a_prune_and_a_sweep_need_no_key_and_leave_what_is_needed() {
    let rig = Rig::new();
    let key = identity();
    rig.fill(&[("1.sst", b"of the first alone")]);
    rig.sealed(1, &[&key]);
    rig.fill(&[]);
    let second = rig.sealed(2, &[&key]).0;
    let over = prune::over(&rig.held, &|_| true, &crate::Seen::default(), 1, 3 + DAY_NS).unwrap();
    let pruned = prune::take_away(&rig.held, over).unwrap();
    assert_eq!(pruned.backups, [id(1)]);
    assert!(pruned.bytes >= 18, "{pruned:?}");
    rig.restored(&second, &key).unwrap();
}

/// The program that is not ours opens every object, and what it finds is what was backed up.
#[test]
fn age_opens_the_files_of_a_backup() {
    let rig = Rig::new();
    let key = identity();
    let outer = rig.sealed(1, &[&key]).0;
    let key_file = rig.place.path().join("key");
    fs::write(&key_file, key.expose().as_bytes()).unwrap();
    let opened = |digest: &Digest| {
        let output = Command::new("age")
            .args(["--decrypt", "--identity"])
            .arg(&key_file)
            .arg(rig.backups().join(digest.file()))
            .output()
            .unwrap_or_else(|error| panic!("age is there ({error}): run scripts/setup test"));
        assert!(output.status.success(), "{output:?}");
        output.stdout
    };
    let contents = opened(&outer.encryption.as_ref().unwrap().contents.digest);
    let inner = Manifest::decode(&contents).unwrap();
    assert_eq!(inner.ledgers[0].name, "loans");
    assert_eq!(inner.files.len(), 3);
    for file in &inner.files {
        let content = opened(&file.object.unwrap().digest);
        assert_eq!(content, fs::read(rig.cut().join(&file.name)).unwrap());
    }
}
