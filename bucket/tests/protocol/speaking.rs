//! What is written is read, listed and removed, and conditions hold.

use indelible_bucket::{BucketError, Condition, Pieces, Put, limits::PIECE_BYTES, piece_bytes};

use super::*;

#[test]
fn an_object_is_written_read_listed_and_removed() {
    let rig = Rig::new();
    let bucket = open(&rig);
    assert_eq!(bucket.head("a/one").unwrap(), None);
    assert_eq!(bucket.get("a/one", 100).unwrap(), None);
    for (key, body) in [("a/one", "first"), ("a/two", ""), ("b/three", "third")] {
        let put = bucket.put(key, body.into(), &Condition::Always).unwrap();
        let head = bucket.head(key).unwrap().unwrap();
        assert_eq!(put, Put::Written(head.tag));
        assert_eq!(head.bytes, body.len() as u64);
        assert!(head.age_seconds.is_some_and(|age| age < 60));
        let mut pieces = Pieces::default();
        pieces.add(body.as_bytes());
        assert_eq!(head.checksum, Some(pieces.of_all()));
        assert_eq!(bucket.get(key, 100).unwrap().unwrap(), body.as_bytes());
    }
    assert_eq!(bucket.get("a/one", 3).unwrap().unwrap(), b"fir");
    let listed = bucket.list("a/").unwrap();
    let keys: Vec<_> = listed
        .iter()
        .map(|stored| (stored.key.as_str(), stored.bytes))
        .collect();
    assert_eq!(keys, [("a/one", 5), ("a/two", 0)]);
    assert_eq!(rig.object("a/one").unwrap(), b"first");
    bucket.remove("a/one").unwrap();
    bucket.remove("a/one").unwrap();
    assert_eq!(bucket.list("").unwrap().len(), 2);
    assert_eq!(rig.object("a/one"), None);
}

#[test]
fn conditions_hold() {
    let rig = Rig::new();
    let bucket = open(&rig);
    let put = |body: &str, condition: &Condition| bucket.put("x", body.into(), condition).unwrap();
    let Put::Written(first) = put("first", &Condition::IfAbsent) else {
        panic!("refused");
    };
    assert_eq!(put("second", &Condition::IfAbsent), Put::Refused);
    assert_eq!(rig.object("x").unwrap(), b"first");
    let Put::Written(second) = put("second", &Condition::IfTag(first.clone())) else {
        panic!("refused");
    };
    assert_ne!(first, second);
    assert_eq!(put("third", &Condition::IfTag(first)), Put::Refused);
    assert_eq!(rig.object("x").unwrap(), b"second");
    bucket.remove("x").unwrap();
    assert_eq!(put("third", &Condition::IfTag(second)), Put::Refused);
    assert_eq!(rig.object("x"), None);
}

/// An object of several pieces, each byte as its place says.
fn long() -> Vec<u8> {
    (0..PIECE_BYTES * 2 + 12_345)
        .map(|at| (at % 251) as u8)
        .collect()
}

#[test]
fn a_long_object_goes_in_pieces_and_has_the_checksum_that_its_bytes_have() {
    let rig = Rig::new();
    let bucket = open(&rig);
    let body = long();
    let length = body.len() as u64;
    let mut from = 0;
    let sent = bucket
        .upload("long", length, &mut |bytes| {
            let next = from + bytes as usize;
            let piece = body[from..next].to_vec();
            from = next;
            Ok::<_, BucketError>(piece)
        })
        .unwrap();
    let mut pieces = Pieces::default();
    body.chunks(piece_bytes(length) as usize)
        .for_each(|piece| drop(pieces.add(piece)));
    assert_eq!(sent, pieces.of_all());
    let head = bucket.head("long").unwrap().unwrap();
    assert_eq!((head.bytes, head.checksum), (length, Some(sent)));
    assert!(rig.object("long").unwrap() == body);
    let mut read = Vec::new();
    let found = bucket.read("long", u64::MAX, &mut |piece: &[u8]| {
        read.extend_from_slice(piece);
        Ok::<_, BucketError>(())
    });
    assert_eq!(found.unwrap(), Some(length));
    assert!(read == body);
}

#[test]
fn what_was_broken_off_is_no_object_and_costs_nothing_afterwards() {
    let rig = Rig::new();
    let bucket = open(&rig);
    let mut given = 0;
    let broken = bucket.upload("long", PIECE_BYTES * 3, &mut |bytes| {
        given += 1;
        match given {
            1..3 => Ok(vec![0; bytes as usize]),
            _ => Err(BucketError {
                action: "read",
                object: "the source".to_owned(),
                fault: indelible_bucket::BucketFault::Changed,
            }),
        }
    });
    assert!(broken.is_err());
    assert_eq!(rig.object("long"), None);
    bucket.end_uploads("").unwrap();
    let uploads = buckets::ask(
        rig.proxy.port,
        "GET",
        &format!("/{}?uploads", rig.name),
        "",
        b"",
    );
    let uploads = String::from_utf8(uploads.body).unwrap();
    assert!(!uploads.contains("<UploadId>"), "{uploads}");
}
