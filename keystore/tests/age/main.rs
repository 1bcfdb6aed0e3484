//! Files go to and from the program `age`, and keys come from `age-keygen`, which are not ours.

#![expect(clippy::unwrap_used, reason = "what can't be had fails the test")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use indelible_keystore::age::{self, AgeError, Identity, Recipients};

fn run(program: &str, arguments: &[&str], within: &Path) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(within)
        .output()
        .unwrap_or_else(|error| panic!("{program} is there ({error}): run scripts/setup test"))
}

fn done(program: &str, arguments: &[&str], within: &Path) -> String {
    let output = run(program, arguments, within);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The recipient of a key that `age-keygen` makes in a file.
fn made(name: &str, within: &Path) -> String {
    done("age-keygen", &["-o", name], within);
    done("age-keygen", &["-y", name], within)
}

/// Lengths around those of parts: 64 KiB.
const LENGTHS: [usize; 6] = [0, 1, 65_535, 65_536, 65_537, 200_000];

fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|n| (n * 7 % 253) as u8).collect()
}

#[test]
fn age_opens_what_is_encrypted_here() {
    let place = tempfile::tempdir().unwrap();
    let names = ["first", "second"];
    let recipients = names.map(|name| made(name, place.path()));
    let recipients = Recipients::parse(&recipients).unwrap();
    for bytes in LENGTHS {
        let file = age::encrypt(&recipients, &content(bytes)).unwrap();
        fs::write(place.path().join("file.age"), file).unwrap();
        for name in names {
            let opened = run("age", &["-d", "-i", name, "file.age"], place.path());
            assert!(opened.status.success(), "{bytes} bytes for {name}");
            assert_eq!(opened.stdout, content(bytes), "{bytes} bytes for {name}");
        }
    }
    made("other", place.path());
    let refused = run("age", &["-d", "-i", "other", "file.age"], place.path());
    assert!(!refused.status.success());
}

#[test]
fn what_age_encrypts_is_opened_here() {
    let place = tempfile::tempdir().unwrap();
    let (first, second) = (made("first", place.path()), made("second", place.path()));
    let identities = age::identities(&place.path().join("second")).unwrap();
    for bytes in LENGTHS {
        fs::write(place.path().join("content"), content(bytes)).unwrap();
        let to_both = ["-r", &first, "-r", &second, "-o", "file.age", "content"];
        done("age", &to_both, place.path());
        let file = fs::read(place.path().join("file.age")).unwrap();
        assert_eq!(*age::decrypt(&identities, &file).unwrap(), content(bytes));
        let mut altered = file.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert!(age::decrypt(&identities, &altered).is_err());
    }
    done(
        "age",
        &["-r", &first, "-o", "file.age", "content"],
        place.path(),
    );
    let file = fs::read(place.path().join("file.age")).unwrap();
    let refused = age::decrypt(&identities, &file).unwrap_err();
    assert!(matches!(refused, AgeError::OtherRecipients), "{refused}");
}

#[test]
fn keys_are_written_as_age_keygen_reads_and_writes_them() {
    let place = tempfile::tempdir().unwrap();
    let recipient = made("theirs", place.path());
    let identities = age::identities(&place.path().join("theirs")).unwrap();
    assert_eq!(identities[0].recipient().to_string(), recipient);
    let ours = Identity::generate().unwrap();
    fs::write(place.path().join("ours"), ours.expose().as_bytes()).unwrap();
    let said = done("age-keygen", &["-y", "ours"], place.path());
    assert_eq!(said, ours.recipient().to_string());
}
