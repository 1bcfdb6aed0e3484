//! Validities of real certificates, and of what is none.

#![expect(clippy::print_stdout, reason = "a campaign prints its figures")]

use std::{env, time::Duration};

use proptest::{
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::*;

#[test]
fn both_forms_of_time_are_read() {
    let utc = [&[UTC_TIME, 13][..], b"261128120000Z", &[7]].concat();
    assert_eq!(time(&utc), Some((1_795_867_200, &[7][..])));
    let long = [&[GENERALIZED_TIME, 15][..], b"20991231235959Z"].concat();
    assert_eq!(time(&long), Some((4_102_444_799, &[][..])));
    let unknown = [&[GENERALIZED_TIME, 15][..], b"99991231235959Z"].concat();
    assert!(time(&unknown).is_some_and(|(seconds, _)| seconds > 16_000_000_000));
    for wrong in [
        "2611281200Z",
        "261328120000Z",
        "261128240000Z",
        "26112812000Z0",
        "26112812000xZ",
    ] {
        let bytes = [&[UTC_TIME, wrong.len() as u8][..], wrong.as_bytes()].concat();
        assert_eq!(time(&bytes), None, "{wrong}");
    }
}

#[test]
fn what_is_cut_gives_nothing() {
    let whole = [0x30, 0x82, 0x01, 0x00];
    assert_eq!(value(&whole, SEQUENCE), None);
    assert_eq!(value(&[0x30, 0x85, 0, 0, 0, 0, 0], SEQUENCE), None);
    assert_eq!(Validity::of(&[]), None);
}

/// How many pieces of bytes are tried.
fn cases() -> u32 {
    match env::var("INDELIBLE_TEST_TIER").as_deref() {
        Ok("long") => 2_000_000,
        _ => 5_000,
    }
}

/// From `INDELIBLE_TEST_SEED`, or by chance.
fn runner(cases: u32) -> TestRunner {
    let config = ProptestConfig::with_cases(cases);
    let seed = env::var("INDELIBLE_TEST_SEED").ok();
    match seed.and_then(|seed| seed.parse::<u64>().ok()) {
        Some(seed) => {
            let bytes = [seed.to_le_bytes(); 4].concat();
            let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
            TestRunner::new_with_rng(config, chance)
        }
        None => TestRunner::new(config),
    }
}

/// A certificate that is valid from then to then, in DER.
fn certificate(key: &KeyPair, from: u64, until: u64) -> Vec<u8> {
    let at = |seconds| date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
    let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (at(from), at(until));
    params.self_signed(key).unwrap().der().to_vec()
}

/// The last second of the year 2499, beyond which times are told as that year's.
const LAST: u64 = 16_725_225_599;

#[test]
fn what_a_library_writes_is_read_to_the_second() {
    let key = KeyPair::generate().unwrap();
    // Years before 2050 are written in another form than later ones.
    let mut runner = runner(300);
    let tried = runner.run(&(0..LAST, 0..LAST), |(from, until)| {
        let read = Validity::of(&certificate(&key, from, until)).unwrap();
        prop_assert_eq!((read.from as u64, read.until as u64), (from, until));
        Ok(())
    });
    tried.unwrap();
}

/// Certificates with bytes that were changed, cut off or added, and bytes that never were one.
#[test]
fn whatever_bytes_are_a_validity_or_nothing() {
    let key = KeyPair::generate().unwrap();
    let genuine = certificate(&key, 1_700_000_000, 1_800_000_000);
    let place = any::<proptest::sample::Index>();
    let changes = proptest::collection::vec((place, any::<u8>(), 0..4_u8), 1..4);
    let changed = changes.prop_map(move |changes| {
        let mut bytes = genuine.clone();
        for (place, byte, how) in changes {
            // What stands before the names is what is read here.
            let at = place.index(bytes.len().clamp(1, 160));
            match how {
                _ if at >= bytes.len() => {}
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at),
            }
        }
        bytes
    });
    let nothing = proptest::collection::vec(any::<u8>(), 0..200);
    let mut runner = runner(cases());
    let tried = runner.run(&prop_oneof![9 => changed, 1 => nothing], |bytes| {
        if let Some(read) = Validity::of(&bytes) {
            let within = 0..=(LAST as i64 + 366 * 86_400);
            prop_assert!(
                within.contains(&read.from) && within.contains(&read.until),
                "{read:?}"
            );
        }
        Ok(())
    });
    tried.unwrap();
    println!("campaign: {} pieces of bytes", cases());
}
