//! Objects that were cut, swapped or removed, and servers that fail: it is found, it has its own words, and nothing is claimed
//! that is not there.

use indelible_backup::{BucketFault, restore};

use super::*;
use crate::buckets::{Act, rule};

/// A backup of three files.
fn made(rig: &Rig, place: &Path) -> Manifest {
    let cut = place.join("cut");
    fill(
        &cut,
        &[
            ("1.sst", b"what counts"),
            ("2.sst", b"and more"),
            ("CURRENT", b"one"),
        ],
    );
    back_up(&held(rig), &cut, 1).0
}

#[test]
fn what_was_cut_swapped_or_removed_is_named_and_nothing_is_restored() {
    let (rig, place) = (Rig::new(), tempfile::tempdir().unwrap());
    let manifest = made(&rig, place.path());
    let target = target(&rig);
    let (key, other) = (key_of(&manifest, "1.sst"), key_of(&manifest, "2.sst"));
    let whole = rig.object(&key).unwrap();
    let swapped = rig.object(&other).unwrap();
    let cases: [(&str, Option<&[u8]>, &str); 4] = [
        ("cut", Some(b"what"), "it has 4 bytes instead of 11"),
        (
            "altered",
            Some(b"what c0unts"),
            "its bytes are not those that were copied",
        ),
        ("swapped", Some(&swapped), "it has 8 bytes instead of 11"),
        ("removed", None, "it is missing"),
    ];
    for (case, bytes, finding) in cases {
        match bytes {
            Some(bytes) => rig.put(&key, bytes),
            None => rig.remove(&key),
        }
        let found = damage(&target, &manifest);
        assert_eq!(found.len(), 1, "{case}: {found:?}");
        assert!(
            found[0].contains("1.sst") && found[0].contains(finding),
            "{case}: {found:?}"
        );
        let into = place.path().join("restored");
        let refused = restore::files(&target, &plain(&target, &manifest), &into, &mut go_on);
        assert!(
            matches!(refused, Err(BackupError::Damaged { .. })),
            "{case}: {refused:?}"
        );
        assert!(!into.exists(), "{case}");
        rig.put(&key, &whole);
        assert_eq!(damage(&target, &manifest), Vec::<String>::new());
    }
}

#[test]
fn what_is_not_whole_any_more_is_sent_again_with_the_next_backup() {
    let (rig, place) = (Rig::new(), tempfile::tempdir().unwrap());
    let manifest = made(&rig, place.path());
    let key = key_of(&manifest, "1.sst");
    for (number, wrong) in [
        (2, Some(&b"what c0unts"[..])),
        (3, Some(b"what")),
        (4, None),
    ] {
        match wrong {
            Some(bytes) => rig.put(&key, bytes),
            None => rig.remove(&key),
        }
        let (_, copied) = back_up(&held(&rig), &place.path().join("cut"), number);
        assert_eq!(copied.copied_bytes, 11);
        assert_eq!(rig.object(&key).unwrap(), b"what counts");
    }
}

#[test]
fn a_server_that_keeps_no_checksums_is_read_back() {
    let (rig, place) = (Rig::new(), tempfile::tempdir().unwrap());
    rig.proxy.add(rule(
        "HEAD",
        "/objects/",
        Act::AnswerWithout("x-amz-checksum-sha256"),
    ));
    let manifest = made(&rig, place.path());
    let key = key_of(&manifest, "1.sst");
    let read = |key: &str| {
        let seen = rig.proxy.seen();
        seen.iter()
            .any(|line| line.starts_with("GET") && line.contains(key))
    };
    assert!(read(&key), "what was written is read back");
    // The same length, and no checksum that tells.
    rig.put(&key, b"what c0unts");
    let (_, copied) = back_up(&held(&rig), &place.path().join("cut"), 2);
    assert_eq!(copied.copied_bytes, 11);
    // And where what is read back is not what was sent, there is no backup.
    rig.remove(&key);
    rig.proxy.add(rule("GET", &key, Act::AnswerFlipped));
    let refused = try_back_up(&held(&rig), &place.path().join("cut"), 3);
    assert!(
        matches!(refused, Err(BackupError::NotWhole { .. })),
        "{refused:?}"
    );
    assert_eq!(target(&rig).ids().unwrap(), [id(1), id(2)]);
}

/// Whatever request of a backup fails for good, there is no backup, or a whole one.
#[test]
fn a_reader_never_sees_half_a_backup() {
    let (rig, place) = (Rig::new(), tempfile::tempdir().unwrap());
    let cut = place.path().join("cut");
    fill(&cut, &[("1.sst", b"what counts"), ("CURRENT", b"one")]);
    drop(held(&rig));
    let mut quick = options(&rig);
    quick.tries = 1;
    let mut number = 0;
    loop {
        number += 1;
        rig.proxy.clear();
        rig.proxy.add(
            rule("PUT", "/here/", Act::Unanswered)
                .after(number - 1)
                .times(1),
        );
        let made = Target::open(Location::Bucket(Box::new(quick.clone())))
            .unwrap()
            .hold([4; 8])
            .and_then(|held| try_back_up(&held, &cut, u64::from(number)));
        rig.proxy.clear();
        rig.remove("lock");
        let target = target(&rig);
        for listed in target.list().unwrap() {
            assert_eq!(
                damage(&target, &listed.manifest.unwrap()),
                Vec::<String>::new()
            );
        }
        if made.is_ok() {
            break;
        }
    }
    assert!(number > 5, "{number} writes");
}

#[test]
fn each_failure_of_the_bucket_has_its_words() {
    let (rig, place) = (Rig::new(), tempfile::tempdir().unwrap());
    made(&rig, place.path());
    let fault = |status, code| {
        rig.proxy.clear();
        rig.proxy.add(rule("GET", "", Act::Refuse(status, code)));
        match Target::open(location(&rig)).and_then(|target| target.list()) {
            Err(BackupError::Bucket(error)) => error.fault,
            other => panic!("{code}: {other:?}"),
        }
    };
    // What is read first is looked at first, by a request whose refusal has no words.
    assert!(fault(403, "InvalidAccessKeyId").is_about_credentials());
    assert!(matches!(
        fault(404, "NoSuchBucket"),
        BucketFault::NoBucket(_)
    ));
    assert!(matches!(fault(503, "SlowDown"), BucketFault::Busy { .. }));
}
