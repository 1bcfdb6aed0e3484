//! The zstd frame around a bundle.

use super::*;

#[test]
fn frames_are_single_small_and_finite() {
    let bench = Bench::new();
    let good = compressed(&bench.tar);
    let case = |name: &str, content: &[u8]| bench.code(&bench.file(name, content), &[]);
    assert_eq!(case("good", &good), 0);
    assert_eq!(case("trailing", &[&good[..], &[0]].concat()), 3);
    let two = [&good[..], &compressed(b"")].concat();
    assert_eq!(case("second frame", &two), 3);
    let mut reserved = good.clone();
    reserved[4] |= 0b1000;
    assert_eq!(case("reserved bit", &reserved), 3);
    // A decoder gives nothing before it has a window full, so of a short frame not even the manifest is seen.
    assert_eq!(case("cut", &good[..good.len() - 5]), 3);
    // A frame that goes on for ever: blocks of 128 KiB that repeat one byte, none of them the last.
    let mut endless = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    for _ in 0..2_000_000 {
        endless.extend_from_slice(&[0x02, 0x00, 0x10, 0x00]);
    }
    assert_eq!(case("endless", &endless), 3);
    // The same after a good beginning: the tar within ends where it must.
    let mut late = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    for part in bench.tar.chunks(100_000) {
        let head = (part.len() as u32) << 3;
        late.extend_from_slice(&head.to_le_bytes()[..3]);
        late.extend_from_slice(part);
    }
    late.extend_from_slice(&endless[6..]);
    assert_eq!(case("late", &late), 1);
    // A window of 16 MiB.
    let mut wide = good.clone();
    wide[4] = 0x00;
    wide[5] = 0x70;
    assert_eq!(case("wide", &wide), 3);
}

#[test]
fn flips_in_a_frame_are_detected_or_change_nothing() {
    let mut ledger = Ledger::new("frame", 1);
    ledger.events(4);
    let tar = ledger.bundle(Selection::Whole);
    let bench = Bench {
        folder: TempDir::new().unwrap(),
        ledger,
        tar,
    };
    for has_checksum in [true, false] {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
        encoder.include_checksum(has_checksum).unwrap();
        std::io::Write::write_all(&mut encoder, &bench.tar).unwrap();
        flip_frame(&bench, &encoder.finish().unwrap(), has_checksum);
    }
}

fn flip_frame(bench: &Bench, frame: &[u8], has_checksum: bool) {
    let mut changed_nothing = 0;
    for bit in (0..frame.len() * 8).step_by(97) {
        let mut flipped = frame.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let code = bench.code(&bench.file("flipped", &flipped), &[]);
        match zstd::decode_all(&flipped[..]) {
            Ok(unpacked) if unpacked == bench.tar => {
                assert_eq!(code, 0, "bit {bit}");
                changed_nothing += 1;
            }
            // The frame repeats what it had once: a flip in the ledger's name may make it another one everywhere.
            Ok(_) => assert!((1..=3).contains(&code), "bit {bit}: exit code {code}"),
            // What the reference can't unpack is no bundle, whatever it holds.
            Err(_) if has_checksum => assert_eq!(code, 3, "bit {bit}"),
            Err(_) => assert!((1..=3).contains(&code), "bit {bit}: exit code {code}"),
        }
    }
    assert!(changed_nothing < 100);
}
