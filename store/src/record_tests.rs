//! Tests of the record layout.

use proptest::prelude::*;

use super::*;

fn any_part() -> impl Strategy<Value = Option<Option<(u8, Vec<u8>)>>> {
    prop::option::of(prop::option::of((
        any::<u8>(),
        prop::collection::vec(any::<u8>(), 0..300),
    )))
}

fn part(choice: &Option<Option<(u8, Vec<u8>)>>) -> Part<'_> {
    match choice {
        None => Part::None,
        Some(None) => Part::Erased,
        Some(Some((0, _))) => Part::Archived,
        Some(Some((salt, bytes))) => Part::Present {
            salt: Salt::from_bytes([*salt; 32]),
            bytes,
        },
    }
}

fn sample() -> Vec<u8> {
    let tail = RecordTail::encode(
        Part::Present {
            salt: Salt::from_bytes([3; 32]),
            bytes: b"body",
        },
        Part::Archived,
    );
    let mut out = Vec::new();
    push_record(
        &mut out,
        &ChainHash::from_bytes([1; 32]),
        &IdentityTag::from_bytes([2; 16]),
        b"header",
        &tail,
    );
    out
}

proptest! {
    #[test]
    fn a_record_survives_storing(
        header in prop::collection::vec(any::<u8>(), 0..300),
        body in any_part(),
        payload in any_part(),
    ) {
        let tail = RecordTail::encode(part(&body), part(&payload));
        prop_assert_eq!(tail.parts(), Ok((part(&body), part(&payload))));
        let mut out = vec![9];
        push_record(&mut out, &ChainHash::from_bytes([1; 32]), &IdentityTag::from_bytes([2; 16]), &header, &tail);
        let expected = StoredRecord {
            chain: ChainHash::from_bytes([1; 32]),
            id_hash: IdentityTag::from_bytes([2; 16]),
            header: &header,
            body: part(&body),
            payload: part(&payload),
        };
        prop_assert_eq!(StoredRecord::decode(&out[1..]), Ok(expected));
        prop_assert!(out.len() - 1 <= RECORD_FRAME_BYTES_MAX + header.len() + tail.as_bytes().len());
    }

    #[test]
    fn any_bytes_are_refused_or_read_exactly(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(record) = StoredRecord::decode(&bytes) {
            let mut out = Vec::new();
            let tail = RecordTail::encode(record.body, record.payload);
            push_record(&mut out, &record.chain, &record.id_hash, record.header, &tail);
            prop_assert_eq!(out, bytes);
        }
    }
}

#[test]
fn erasing_keeps_all_but_the_parts() {
    let bytes = sample();
    let erased = StoredRecord::erase(&bytes, ErasedParts::All)
        .unwrap()
        .unwrap();
    assert_eq!(erased[..bytes.len() - 39], bytes[..bytes.len() - 39]);
    let record = StoredRecord::decode(&erased).unwrap();
    assert_eq!((record.body, record.payload), (Part::Erased, Part::Erased));
    assert_eq!(StoredRecord::erase(&erased, ErasedParts::All), Ok(None));
    assert!(StoredRecord::erase(&bytes[1..], ErasedParts::All).is_err());
}

#[test]
fn the_layout_is_the_documented_one() {
    let mut expected = vec![1];
    expected.extend([1; 32]);
    expected.extend([2; 16]);
    expected.push(6);
    expected.extend(b"header");
    expected.push(1);
    expected.extend([3; 32]);
    expected.push(4);
    expected.extend(b"body");
    expected.push(3);
    assert_eq!(sample(), expected);
    assert_eq!(
        StoredRecord::decode_chain(&sample()),
        Ok(ChainHash::from_bytes([1; 32]))
    );
}

#[test]
fn every_shorter_or_longer_form_is_refused() {
    let mut bytes = sample();
    for end in 0..bytes.len() {
        assert!(StoredRecord::decode(&bytes[..end]).is_err(), "{end}");
    }
    bytes.push(0);
    assert_eq!(
        StoredRecord::decode(&bytes),
        Err(RecordLayoutError::Trailing { bytes: 1 })
    );
}

#[test]
fn other_layouts_and_states_are_refused() {
    let mut bytes = sample();
    let last = bytes.len() - 1;
    bytes[last] = 4;
    assert_eq!(
        StoredRecord::decode(&bytes),
        Err(RecordLayoutError::State {
            part: "payload",
            state: 4
        })
    );
    bytes[0] = 2;
    assert_eq!(
        StoredRecord::decode(&bytes),
        Err(RecordLayoutError::Layout { found: 2 })
    );
    assert_eq!(
        StoredRecord::decode_chain(&bytes),
        Err(RecordLayoutError::Layout { found: 2 })
    );
}
