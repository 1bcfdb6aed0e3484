//! The restricted encoding against RFC 8949's examples, and all that it refuses.

use proptest::prelude::*;

use super::types::{MAJOR_ARRAY, MAJOR_BYTES, MAJOR_MAP, MAJOR_TEXT};
use super::*;

fn uint_encoding(value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    Encoder::new(&mut out).uint(value);
    out
}

#[test]
fn integers_are_encoded_as_in_appendix_a() {
    for (value, expected) in [
        (0, &[0x00][..]),
        (10, &[0x0a]),
        (23, &[0x17]),
        (24, &[0x18, 0x18]),
        (100, &[0x18, 0x64]),
        (255, &[0x18, 0xff]),
        (256, &[0x19, 0x01, 0x00]),
        (1_000, &[0x19, 0x03, 0xe8]),
        (65_535, &[0x19, 0xff, 0xff]),
        (65_536, &[0x1a, 0x00, 0x01, 0x00, 0x00]),
        (1_000_000, &[0x1a, 0x00, 0x0f, 0x42, 0x40]),
        (
            1_000_000_000_000,
            &[0x1b, 0x00, 0x00, 0x00, 0xe8, 0xd4, 0xa5, 0x10, 0x00],
        ),
    ] {
        assert_eq!(uint_encoding(value), expected);
        assert_eq!(Decoder::new(expected).uint(), Ok(value));
    }
}

#[test]
fn an_integer_above_the_limit_is_refused() {
    let greatest = [0x1b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(Decoder::new(&greatest).uint(), Ok(crate::limits::UINT_MAX));
    let above = [0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(
        Decoder::new(&above).uint(),
        Err(CborError::TooLarge { offset: 0 })
    );
}

#[test]
fn longer_forms_than_the_shortest_are_refused() {
    for bytes in [
        &[0x18, 0x17][..],
        &[0x19, 0x00, 0xff],
        &[0x1a, 0x00, 0x00, 0xff, 0xff],
        &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
    ] {
        assert_eq!(
            Decoder::new(bytes).uint(),
            Err(CborError::NotShortest { offset: 0 })
        );
        for (major, read) in [
            (
                MAJOR_BYTES,
                (|d| d.bytes().map(|_| ())) as fn(&mut Decoder<'_>) -> _,
            ),
            (MAJOR_TEXT, |d| d.text().map(|_| ())),
            (MAJOR_ARRAY, |d| d.array().map(|_| ())),
            (MAJOR_MAP, |d| d.map().map(|_| ())),
        ] {
            let mut bytes = bytes.to_vec();
            bytes[0] |= major;
            bytes.extend_from_slice(&[0; 300]);
            let error = Err(CborError::NotShortest { offset: 0 });
            assert_eq!(read(&mut Decoder::new(&bytes)), error, "major {major:#x}");
        }
    }
}

#[test]
fn every_initial_byte_outside_the_subset_is_refused() {
    let readers: [fn(&mut Decoder<'_>) -> bool; 6] = [
        |d| d.uint().is_ok(),
        |d| d.bytes().is_ok(),
        |d| d.text().is_ok(),
        |d| d.array().is_ok(),
        |d| d.map().is_ok(),
        |d| d.boolean().is_ok(),
    ];
    for initial in 0..=255_u8 {
        // 'a' fills strings and gives arguments that are in their shortest form and too large for
        // a length.
        let mut bytes = vec![b'a'; 0x6161 + 3];
        bytes[0] = initial;
        let accepted = readers
            .iter()
            .filter(|read| read(&mut Decoder::new(&bytes)))
            .count();
        let short = initial & 0x1f;
        let expected = match initial >> 5 {
            0 => short <= 27,
            2 | 3 => short <= 25,
            4 => short <= 25,
            5 => short <= 24,
            7 => short == 20 || short == 21,
            _ => false,
        };
        assert_eq!(
            accepted,
            usize::from(expected),
            "initial byte {initial:#04x}"
        );
        if !matches!(initial >> 5, 0 | 2..=5) && !expected {
            let refused = Err(CborError::Forbidden { offset: 0, initial });
            assert_eq!(Decoder::new(&bytes).uint(), refused);
        }
    }
}

#[test]
fn indefinite_lengths_are_refused() {
    for initial in [0x5f, 0x7f, 0x9f, 0xbf, 0xff] {
        let bytes = [initial, 0xff];
        let refused = CborError::Forbidden { offset: 0, initial };
        let mut decoder = Decoder::new(&bytes);
        let found = match initial {
            0x5f => decoder.bytes().map(|_| ()),
            0x7f => decoder.text().map(|_| ()),
            0x9f => decoder.array().map(|_| ()),
            0xbf => decoder.map().map(|_| ()),
            _ => decoder.boolean().map(|_| ()),
        };
        assert_eq!(found, Err(refused));
    }
}

#[test]
fn text_is_utf8() {
    for bad in [
        &[0x61, 0xff][..],
        &[0x62, 0xc0, 0x80],
        &[0x63, 0xed, 0xa0, 0x80],
    ] {
        assert_eq!(
            Decoder::new(bad).text(),
            Err(CborError::InvalidUtf8 { offset: 0 })
        );
    }
    assert_eq!(Decoder::new(&[0x62, 0xc3, 0xbc]).text(), Ok("ü"));
}

#[test]
fn counts_beyond_the_input_are_refused() {
    let end = Err(CborError::UnexpectedEnd { offset: 0 });
    assert_eq!(Decoder::new(&[0x83, 0, 0]).array(), end);
    assert_eq!(Decoder::new(&[0x82, 0, 0]).array(), Ok(2));
    assert_eq!(Decoder::new(&[0xa2, 0, 0, 0]).map(), end);
    assert_eq!(
        Decoder::new(&[0x9b, 0x7f, 255, 255, 255, 255, 255, 255, 255]).array(),
        end
    );
    assert_eq!(
        Decoder::new(&[0x42, 0]).bytes(),
        Err(CborError::UnexpectedEnd { offset: 0 })
    );
    assert_eq!(
        Decoder::new(&[]).uint(),
        Err(CborError::UnexpectedEnd { offset: 0 })
    );
    assert_eq!(
        Decoder::new(&[0x19, 1]).uint(),
        Err(CborError::UnexpectedEnd { offset: 0 })
    );
}

#[test]
fn keys_of_clients_strictly_increase() {
    let keys = |names: &[&str]| {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out);
        encoder.map(names.len());
        for name in names {
            encoder.text(name);
            encoder.boolean(true);
        }
        let mut decoder = Decoder::new(&out);
        let mut keys = MapKeys::begin(&mut decoder)?;
        while keys.next_key(&mut decoder)?.is_some() {
            decoder.boolean()?;
        }
        decoder.finish()
    };
    assert_eq!(keys(&[]), Ok(()));
    assert_eq!(keys(&["b", "c", "aa", "ab"]), Ok(()));
    assert_eq!(keys(&["aa", "b"]), Err(CborError::KeyOrder { offset: 5 }));
    assert_eq!(keys(&["a", "a"]), Err(CborError::KeyOrder { offset: 4 }));
    assert_eq!(keys(&["b", "a"]), Err(CborError::KeyOrder { offset: 4 }));
}

#[test]
fn named_keys_are_read_only_where_they_stand() {
    let bytes = [0x62, b'i', b'd', 0x01];
    let mut decoder = Decoder::new(&bytes);
    assert!(!decoder.optional_key("i"));
    assert!(!decoder.optional_key("idx"));
    assert!(!decoder.optional_key("ix"));
    let missing = CborError::ExpectedKey {
        offset: 0,
        expected: "source",
    };
    assert_eq!(decoder.key("source"), Err(missing));
    assert_eq!(decoder.key("id"), Ok(()));
    assert_eq!(decoder.position(), 3);
    assert_eq!(
        decoder.finish(),
        Err(CborError::TrailingBytes { offset: 3 })
    );
    assert_eq!(decoder.uint(), Ok(1));
    assert_eq!(decoder.finish(), Ok(()));
}

#[test]
fn types_are_told_apart() {
    let wrong = CborError::WrongType {
        offset: 0,
        expected: Type::Uint,
        found: Type::Text,
    };
    assert_eq!(Decoder::new(&[0x61, b'a']).uint(), Err(wrong));
    let wrong = CborError::WrongType {
        offset: 0,
        expected: Type::Boolean,
        found: Type::Map,
    };
    assert_eq!(Decoder::new(&[0xa0]).boolean(), Err(wrong));
    assert_eq!(Decoder::new(&[0xf5]).peek(), Ok(Type::Boolean));
    assert_eq!(Decoder::new(&[0x40]).peek(), Ok(Type::Bytes));
    assert_eq!(Decoder::new(&[0x80]).peek(), Ok(Type::Array));
}

proptest! {
    #[test]
    fn scalars_come_back(
        number in 0..=crate::limits::UINT_MAX,
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        text in ".{0,300}",
        truth: bool,
    ) {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out);
        encoder.uint(number);
        encoder.bytes(&bytes);
        encoder.text(&text);
        encoder.boolean(truth);
        let mut decoder = Decoder::new(&out);
        prop_assert_eq!(decoder.uint(), Ok(number));
        prop_assert_eq!(decoder.bytes(), Ok(bytes.as_slice()));
        prop_assert_eq!(decoder.text(), Ok(text.as_str()));
        prop_assert_eq!(decoder.boolean(), Ok(truth));
        prop_assert_eq!(decoder.finish(), Ok(()));
    }

    #[test]
    fn what_another_encoder_writes_is_read(
        number in 0..=crate::limits::UINT_MAX,
        text in ".{0,300}",
        length in 0_usize..70_000,
    ) {
        let mut theirs = minicbor::Encoder::new(Vec::new());
        theirs.u64(number).unwrap().str(&text).unwrap().bytes(&vec![7; length]).unwrap();
        theirs.bool(false).unwrap().array(0).unwrap().map(0).unwrap();
        let mut ours = Vec::new();
        let mut encoder = Encoder::new(&mut ours);
        encoder.uint(number);
        encoder.text(&text);
        encoder.bytes(&vec![7; length]);
        encoder.boolean(false);
        encoder.array(0);
        encoder.map(0);
        prop_assert_eq!(ours, theirs.into_writer());
    }

    #[test]
    fn keys_are_compared_as_their_encodings(left in ".{0,40}", right in ".{0,40}") {
        let encoding = |text: &str| {
            let mut out = Vec::new();
            Encoder::new(&mut out).text(text);
            out
        };
        prop_assert_eq!(compare_keys(&left, &right), encoding(&left).cmp(&encoding(&right)));
    }
}
