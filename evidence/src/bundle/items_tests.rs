use super::*;
use crate::hash::{ChainHash, Salt, TreeHash};

fn encoded(part: &Part<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    part.encode_into(&mut out);
    out
}

fn hashes(count: u8) -> Vec<TreeHash> {
    (0..count)
        .map(|byte| TreeHash::from_bytes([byte; 32]))
        .collect()
}

fn witness(header: &[u8]) -> WitnessRecord<'_> {
    WitnessRecord {
        header,
        previous: ChainHash::from_bytes([7; 32]),
        inclusion: hashes(3),
    }
}

#[test]
fn parts_read_back_and_know_their_length() {
    let bytes = vec![5u8; 70_000];
    let salt = Salt::from_bytes([9; 32]);
    let present = |length: usize| Part::Present {
        salt,
        bytes: &bytes[..length],
    };
    let lengths = [0, 23, 24, 255, 256, 65_535, 65_536].map(present);
    let disclosed = lengths.map(|part| match part {
        Part::Present { salt, bytes } => Part::Disclosed {
            salt,
            bytes,
            event_key: &[7; 32],
        },
        other => other,
    });
    let states = [
        Part::None,
        Part::Withheld,
        Part::Erased,
        Part::Archived,
        Part::Missing,
    ];
    for part in lengths.iter().chain(&disclosed).chain(&states) {
        let item = encoded(part);
        assert_eq!(item.len() as u64, part.encoded_length());
        assert_eq!(Part::decode(&item).as_ref(), Ok(part));
        assert_eq!(
            extent(&item, PAYLOAD_ITEM_BYTES_MAX),
            Extent::Complete(item.len())
        );
        let key = disclosed.contains(part).then_some(&[7; 32]);
        assert_eq!(disclosed_key(&item), key);
    }
    for item in [&[][..], &[0x83], &[0x83; 40], &[0x58, 0x20, 7]] {
        assert_eq!(disclosed_key(item), None);
    }
}

#[test]
fn the_greatest_parts_just_fit_their_limits() {
    let bytes = vec![0u8; PAYLOAD_BYTES_MAX + SEALED_OVERHEAD_BYTES];
    let salt = Salt::from_bytes([9; 32]);
    let payload = encoded(&Part::Present {
        salt,
        bytes: &bytes,
    });
    assert_eq!(
        extent(&payload, PAYLOAD_ITEM_BYTES_MAX),
        Extent::Complete(payload.len())
    );
    assert!(payload.len() <= PAYLOAD_ITEM_BYTES_MAX);
    let body = encoded(&Part::Disclosed {
        salt,
        bytes: &bytes[..BODY_BYTES_MAX + SEALED_OVERHEAD_BYTES],
        event_key: &[7; 32],
    });
    assert!(body.len() <= BODY_ITEM_BYTES_MAX);
}

#[test]
fn no_other_item_is_a_part() {
    let good = encoded(&Part::Present {
        salt: Salt::from_bytes([9; 32]),
        bytes: b"bytes",
    });
    assert!(Part::decode(&good[..good.len() - 1]).is_err());
    assert!(Part::decode(&[&good[..], &[0]].concat()).is_err());
    assert!(Part::decode(b"\x64gone").is_err());
    assert!(Part::decode(b"\x44none").is_err());
    assert!(Part::decode(&[0x82, 0x41, 1, 0x41, 1]).is_err());
    let key = |length: usize| {
        let parts = [
            &[0x83][..],
            &good[1..],
            &[0x58, length as u8],
            &vec![7; length],
        ];
        parts.concat()
    };
    assert!(Part::decode(&key(32)).is_ok());
    assert!(Part::decode(&key(31)).is_err());
    assert!(Part::decode(&key(33)).is_err());
    assert!(Part::decode(&[&[0x84][..], &key(32)[1..], &[0x40]].concat()).is_err());
    let word = [&b"\x82\x66erased\x58\x20"[..], &[7; 32]].concat();
    assert!(Part::decode(&word).is_err());
    assert!(Part::decode(&[0xf6]).is_err());
    assert!(Part::decode(&[]).is_err());
}

#[test]
fn key_events_read_back_only_as_their_own_kind() {
    let plain = KeyEventItem::Plain { header: b"header" };
    let genesis = KeyEventItem::Proven {
        record: witness(b"genesis"),
        consistency: None,
    };
    let epoch = KeyEventItem::Proven {
        record: witness(b"epoch"),
        consistency: Some(hashes(2)),
    };
    for (item, proven) in [(plain, false), (genesis, true), (epoch, true)] {
        let mut out = Vec::new();
        item.encode_into(&mut out);
        assert_eq!(KeyEventItem::decode(&out, proven).as_ref(), Ok(&item));
        assert!(KeyEventItem::decode(&out, !proven).is_err());
        assert_eq!(
            extent(&out, KEY_EVENT_ITEM_BYTES_MAX),
            Extent::Complete(out.len())
        );
    }
}

#[test]
fn ranges_read_back_with_and_without_neighbours() {
    let all = [
        Some(witness(b"b")),
        Some(witness(b"a")),
        Some(witness(b"n")),
    ];
    for present in 0..8 {
        let [before, after, newest] =
            [0, 1, 2].map(|at| all[at].clone().filter(|_| present >> at & 1 == 1));
        let range = RangeItem {
            previous: ChainHash::from_bytes([1; 32]),
            left: hashes(2),
            right: hashes(0),
            before,
            after,
            newest,
        };
        let mut out = Vec::new();
        range.encode_into(&mut out);
        assert_eq!(RangeItem::decode(&out), Ok(range));
        assert!(out.len() <= RANGE_BYTES_MAX);
    }
}

#[test]
fn extents_never_reach_past_their_limit() {
    assert_eq!(extent(&[], 10), Extent::Incomplete);
    assert_eq!(extent(&[0x43, 1, 2], 10), Extent::Incomplete);
    assert_eq!(extent(&[0x43, 1, 2, 3, 4], 10), Extent::Complete(4));
    assert_eq!(extent(&[0x4a], 10), Extent::Invalid);
    assert_eq!(
        extent(
            &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            1 << 20
        ),
        Extent::Invalid
    );
    assert_eq!(
        extent(
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            1 << 20
        ),
        Extent::Invalid
    );
    assert_eq!(
        extent(
            &[0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            1 << 20
        ),
        Extent::Invalid
    );
    assert_eq!(extent(&[0x81; 64], 32), Extent::Invalid);
    for initial in [0x20, 0xc0, 0xf6, 0xfb, 0x5f, 0x9f, 0xff] {
        assert_eq!(
            extent(&[initial, 0, 0, 0, 0, 0, 0, 0, 0, 0], 100),
            Extent::Invalid,
            "{initial:#x}"
        );
    }
}
