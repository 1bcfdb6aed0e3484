//! Whole files of a bundle that are missing, swapped, of another ledger, or of another length than they claim.

use super::*;

#[test]
fn any_two_files_swapped_are_detected() {
    for (ledger, files) in [whole(), range()] {
        for first in 0..files.len() {
            for second in first + 1..files.len() {
                for contents_only in [false, true] {
                    let mut files = files.clone();
                    files.swap(first, second);
                    if contents_only {
                        let name = std::mem::take(&mut files[first].0);
                        files[first].0 = std::mem::replace(&mut files[second].0, name);
                    }
                    expect_detected(&pack(&files), &ledger, || {
                        format!("{} and {}", files[first].0, files[second].0)
                    });
                }
            }
        }
    }
}

#[test]
fn any_file_of_another_valid_ledger_with_the_same_key_is_detected() {
    let (mut same_name, mut other_name) = (Ledger::new("tampered", 1), Ledger::new("others", 1));
    let (mut longer, mut twin) = (ledger(), Ledger::new("tampered", 1));
    same_name.event(Some(b"first"));
    same_name.events(7);
    other_name.events(8);
    longer.events(1);
    twin.time_shift = 5;
    twin.events(8);
    for selection in [Selection::Whole, Selection::Range { from: 3, to: 8 }] {
        let mut ledger = ledger();
        let files = unpack(&ledger.bundle(selection));
        for other in [&mut same_name, &mut other_name, &mut longer, &mut twin] {
            let others = unpack(&other.bundle(selection));
            for at in 0..files.len().min(others.len()) {
                for exchanged in [at..at + 1, at..files.len().min(others.len())] {
                    let mut mixed = files.clone();
                    mixed[exchanged.clone()].clone_from_slice(&others[exchanged.clone()]);
                    if pack(&mixed) == pack(&files) {
                        continue;
                    }
                    // From its first byte on another bundle of this very ledger is simply that bundle.
                    if exchanged.start > 0 {
                        expect_detected(&pack(&mixed), &ledger, || {
                            format!("{exchanged:?} of {}", other.origin)
                        });
                    }
                }
            }
        }
    }
}

#[test]
fn files_missing_added_and_renamed_are_detected() {
    for (ledger, files) in [whole(), range()] {
        for at in 0..files.len() {
            let mut missing = files.clone();
            missing.remove(at);
            expect_detected(&pack(&missing), &ledger, || {
                format!("{} missing", files[at].0)
            });
            let mut doubled = files.clone();
            doubled.insert(at, files[at].clone());
            expect_detected(&pack(&doubled), &ledger, || {
                format!("{} doubled", files[at].0)
            });
            for name in [
                "../escape",
                "/absolute",
                "headers/../manifest",
                "extra",
                "./manifest",
            ] {
                let mut renamed = files.clone();
                renamed[at].0 = name.to_owned();
                expect_detected(&pack(&renamed), &ledger, || {
                    format!("{} renamed", files[at].0)
                });
                let mut added = files.clone();
                added.insert(at + 1, (name.to_owned(), b"content".to_vec()));
                expect_detected(&pack(&added), &ledger, || format!("{name} added"));
            }
            for change in [
                |bytes: &mut Vec<u8>| bytes.push(0),
                |bytes: &mut Vec<u8>| bytes.truncate(bytes.len().saturating_sub(1)),
            ] {
                let mut changed = files.clone();
                change(&mut changed[at].1);
                if changed[at].1.len() != files[at].1.len() {
                    expect_detected(&pack(&changed), &ledger, || {
                        format!("{} of another length", files[at].0)
                    });
                }
            }
        }
    }
}

#[test]
fn lying_lengths_are_detected_without_being_believed() {
    let (ledger, files) = whole();
    for (name, bytes) in [
        (
            "headers/000",
            [0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        (
            "bodies/000",
            [0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        (
            "payloads/000",
            [0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        (
            "key-events",
            [0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
    ] {
        let mut files = files.clone();
        let file = content(&mut files, name);
        file[..9].copy_from_slice(&bytes);
        expect_detected(&pack(&files), &ledger, || name.to_owned());
    }
    // A tar header that claims gigabytes, with a right checksum, for every file.
    let tar = pack(&files);
    for (name, _) in &files {
        let at = tar
            .chunks(512)
            .position(|block| block.starts_with(name.as_bytes()) && block[name.len()] == 0)
            .unwrap();
        let mut lying = tar.clone();
        let header = indelible_evidence::bundle::tar::header(name, (1 << 33) - 1).unwrap();
        lying[at * 512..(at + 1) * 512].copy_from_slice(&header);
        expect_detected(&lying, &ledger, || name.clone());
    }
}

#[test]
fn a_manifest_that_claims_an_enormous_ledger_costs_nothing() {
    let (ledger, mut files) = whole();
    let manifest = String::from_utf8(content(&mut files, "manifest").clone()).unwrap();
    let size = "9223372036854775807";
    *content(&mut files, "manifest") = manifest
        .replace("to 10\nsize 10", &format!("to {size}\nsize {size}"))
        .into_bytes();
    assert_eq!(
        integrity(&files, &ledger),
        [(FindingCode::CheckpointSize, None)]
    );
}

#[test]
fn another_pinned_key_verifies_nothing() {
    let mut ledger = ledger();
    let tar = ledger.bundle(Selection::Whole);
    for stranger in [Ledger::new("tampered", 2), Ledger::new("elsewhere", 1)] {
        let verdict = verdict(&tar, &stranger);
        assert!(verdict.integrity.is_broken());
        assert!(matches!(verdict.completeness, Answer::Unanswerable(_)));
        assert!(matches!(verdict.freshness, Answer::Unanswerable(_)));
        assert!(matches!(verdict.custody, Answer::Unanswerable(_)));
    }
}

#[test]
fn a_checkpoint_has_its_lines_and_no_others() {
    let mut ledger = ledger();
    let key = ledger.key();
    let good = ledger.checkpoint(&[("w.example", 50, 1_800_000_000)]);
    let tar = ledger.bundle_with(Selection::Whole, &good);
    let files = unpack(&tar);
    let check = |change: &dyn Fn(&mut indelible_evidence::SignedNote)| {
        let mut note = good.clone();
        change(&mut note);
        let mut files = files.clone();
        let digest = |bytes: &[u8]| {
            use sha2::Digest;
            sha2::Sha256::digest(bytes)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        let manifest = String::from_utf8(content(&mut files, "manifest").clone()).unwrap();
        let manifest = manifest.replace(
            &digest(good.to_string().as_bytes()),
            &digest(note.to_string().as_bytes()),
        );
        *content(&mut files, "manifest") = manifest.into_bytes();
        *content(&mut files, "checkpoint") = note.to_string().into_bytes();
        integrity(&files, &ledger)
    };
    let form = [(FindingCode::CheckpointForm, None)];
    let signature = [(FindingCode::CheckpointSignature, None)];
    assert_eq!(check(&|_| ()), []);
    assert_eq!(check(&|note| note.signatures.swap(0, 1)), form);
    assert_eq!(check(&|note| note.signatures.swap(1, 2)), form);
    assert_eq!(check(&|note| drop(note.signatures.remove(1))), form);
    assert_eq!(
        check(&|note| note.signatures.push(note.signatures[0].clone())),
        form
    );
    assert_eq!(
        check(&|note| note.signatures.push(note.signatures[2].clone())),
        form
    );
    assert_eq!(
        check(&|note| note.signatures[2].name = format!("{}#1", key.name())),
        form
    );
    assert_eq!(check(&|note| drop(note.signatures.remove(0))), form);
    assert_eq!(
        check(&|note| note.signatures[0].signature[5] ^= 1),
        signature
    );
    assert_eq!(
        check(&|note| note.signatures[1].signature[5] ^= 1),
        signature
    );
    assert_eq!(
        check(&|note| note.signatures[1].signature[50] ^= 1),
        signature
    );
    assert_eq!(
        check(&|note| note.text = note.text.replace("\n10\n", "\n11\n")),
        [(FindingCode::CheckpointSize, None)]
    );
    let root = good.text.lines().nth(2).unwrap();
    let other = format!("{}A=", "A".repeat(42));
    assert_eq!(
        check(&|note| note.text = note.text.replace(root, &other)),
        signature
    );
}
