//! Files that nobody meant to give: whatever they are, reading them does no harm.

use std::io::{self, Read as _};
use std::path::Path;

use proptest::prelude::*;

use crate::frame::SingleFrame;
use crate::text_file::{explained, plain_text};
use crate::trusted::read_key;
use crate::watched::Failed;
use crate::{claim, input};

const ORIGIN: &str = "tests.example/ledger/0123456789ab";
const PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
/// What a frame of a test may unpack to.
const UNPACKED_BYTES_MAX: u64 = 64 << 20;

/// What may stand where a line ends.
fn line_end() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("\n"),
        Just("\r\n"),
        Just("\r"),
        Just("\n\n"),
        Just(" \n"),
        Just("\t")
    ]
}

/// How a program writes text into a file.
fn written(text: &str, how: usize) -> Vec<u8> {
    let units = || text.encode_utf16();
    match how {
        0 => text.as_bytes().to_vec(),
        1 => format!("\u{feff}{text}").into_bytes(),
        2 => [0xff, 0xfe]
            .into_iter()
            .chain(units().flat_map(u16::to_le_bytes))
            .collect(),
        _ => [0xfe, 0xff]
            .into_iter()
            .chain(units().flat_map(u16::to_be_bytes))
            .collect(),
    }
}

/// Unpacks a frame as far as it goes.
fn unpacked(frame: &[u8]) -> io::Result<u64> {
    let mut frame = SingleFrame::new(frame, Failed::default())?.take(UNPACKED_BYTES_MAX);
    io::copy(&mut frame, &mut io::sink())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_key_is_read_through_all_that_editors_do_and_never_as_another(
        ends in proptest::collection::vec(line_end(), 3),
        how in 0_usize..4,
        at in 0_usize..200,
        byte: u8,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let lines = PEM.lines().zip(&ends).map(|(line, end)| format!("{line}{end}"));
        std::fs::write(&path, written(&lines.collect::<String>(), how)).unwrap();
        let right = read_key(Path::new(PEM), Some(ORIGIN)).unwrap();
        prop_assert_eq!(&read_key(&path, Some(ORIGIN)).unwrap(), &right);

        let mut bytes = written(&right.to_string(), how);
        let at = at % bytes.len();
        bytes[at] = byte;
        std::fs::write(&path, &bytes).unwrap();
        // A verifier key has a checksum, so one that was changed is refused or is read as what it was.
        if let Ok(read) = read_key(&path, None) {
            prop_assert_eq!(read, right);
        }
    }

    #[test]
    fn arbitrary_bytes_are_a_key_a_note_a_report_or_a_bundle_or_not(
        bytes in proptest::collection::vec(any::<u8>(), 0..700),
        begins in 0_usize..6,
    ) {
        let begins: &[u8] = [
            &b""[..], b"\x28\xb5\x2f\xfd", b"-----BEGIN PUBLIC KEY-----", b"{\"format\":", b"\xff\xfe", b"manifest",
        ][begins];
        let bytes = [begins, &bytes].concat();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, &bytes).unwrap();
        prop_assert!(read_key(&path, None).is_err());
        prop_assert!(claim::Claim::read(&path).is_err());
        let _ = (plain_text(&bytes), explained(&path, &bytes, "no"));
        if let Ok(mut input) = input::open(&path) {
            prop_assert!(input.source.open("manifest").is_err());
            let _ = input.rest.unpacked();
        }
    }

    #[test]
    fn a_frame_that_was_changed_anywhere_is_refused_or_is_what_it_was(
        content in proptest::collection::vec(0_u8..4, 1..3_000),
        at: proptest::sample::Index,
        byte: u8,
        cut: proptest::sample::Index,
    ) {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(true).unwrap();
        io::Write::write_all(&mut encoder, &content).unwrap();
        let frame = encoder.finish().unwrap();
        prop_assert_eq!(unpacked(&frame).unwrap(), content.len() as u64);
        prop_assert!(unpacked(&frame[..cut.index(frame.len())]).is_err());
        let mut changed = frame.clone();
        changed[at.index(frame.len())] = byte;
        // The length of the content stands in no header here, and a flag may say that there is no checksum.
        if let Ok(bytes) = unpacked(&changed) {
            prop_assert!(bytes < UNPACKED_BYTES_MAX);
        }
    }
}
