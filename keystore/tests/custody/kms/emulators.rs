//! The suite that every provider passes, on each emulator; and what each does otherwise, declared.

use indelible_keystore::{
    KeyError, ProviderFault, ProviderKind, WrappedKey,
    suite::{CASES, Subjects},
};

use super::{connect, context, key, wrap};
use crate::rigs::{Emulator, Flavour};

/// A case in which an emulator is not like AWS, and what must hold in its place.
struct Deviation {
    case: &'static str,
    emulator: &'static str,
    instead: fn(&Subjects<'_>),
}

/// MiniStack returns other plaintext for a damaged ciphertext and does not look at the key's id in
/// it. The commitment and the seal see both, so it passes everything.
const MINISTACK: &[Deviation] = &[];

/// moto says that access is denied, or that there is no such key, when the key's id in a ciphertext is
/// not the one that was asked for; AWS says `IncorrectKeyException` and `InvalidCiphertextException`.
const MOTO: &[Deviation] = &[
    Deviation {
        case: "refuses a wrapped key relabelled for its KEK",
        emulator: "moto",
        instead: relabelled_kek_is_denied,
    },
    Deviation {
        case: "refuses every flipped bit",
        emulator: "moto",
        instead: flipped_bits_of_the_id_are_denied,
    },
];

/// Where the ciphertext begins in a wrapped key.
const FRONT_BYTES: usize = 66;
/// In moto's ciphertexts: a UUID as text, in the clear.
const MOTO_KEY_ID_BYTES: usize = 36;

fn relabelled_kek_is_denied(subjects: &Subjects<'_>) {
    let mut forged = wrap(subjects.other, &key()).as_bytes().to_vec();
    forged[2..18].copy_from_slice(subjects.provider.describe().kek_id.as_bytes());
    assert!(is_about_the_key(&open(subjects, &forged)));
}

fn flipped_bits_of_the_id_are_denied(subjects: &Subjects<'_>) {
    let whole = wrap(subjects.provider, &key()).as_bytes().to_vec();
    for bit in FRONT_BYTES * 8..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = open(subjects, &flipped);
        let in_the_id = bit / 8 < FRONT_BYTES + MOTO_KEY_ID_BYTES;
        assert!(
            matches!(error, KeyError::WrappedDamaged) || in_the_id && is_about_the_key(&error),
            "bit {bit}: {error:?}"
        );
    }
}

/// The error of a wrapped key that must not open.
fn open(subjects: &Subjects<'_>, bytes: &[u8]) -> KeyError {
    WrappedKey::from_bytes(bytes)
        .and_then(|wrapped| subjects.provider.unwrap_key(&context(), &wrapped))
        .expect_err("a key came out")
}

fn is_about_the_key(error: &KeyError) -> bool {
    matches!(
        error,
        KeyError::Provider {
            provider: ProviderKind::AwsKms,
            fault: ProviderFault::AccessDenied | ProviderFault::KeyMissing,
            ..
        }
    )
}

fn run(subjects: &Subjects<'_>, deviations: &[Deviation]) {
    for deviation in deviations {
        let known = CASES.iter().any(|(name, _)| *name == deviation.case);
        assert!(known, "no such case: {}", deviation.case);
    }
    for (name, case) in CASES {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case(subjects)));
        match deviations.iter().find(|it| it.case == *name) {
            None => assert!(outcome.is_ok(), "it broke its promise: it {name}"),
            Some(deviation) => {
                assert!(
                    outcome.is_err(),
                    "{} is no exception any more: it {name}",
                    deviation.emulator
                );
                (deviation.instead)(subjects);
            }
        }
    }
}

fn run_on(flavour: Flavour, deviations: &[Deviation]) {
    let emulator = Emulator::shared(flavour);
    let provider = connect(&emulator, &emulator.create_key());
    let other = connect(&emulator, &emulator.create_key());
    let subjects = Subjects {
        provider: &provider,
        other: &other,
    };
    run(&subjects, deviations);
}

#[test]
fn the_contract_is_kept_on_ministack() {
    run_on(Flavour::MiniStack, MINISTACK);
}

#[test]
fn the_contract_is_kept_on_moto() {
    run_on(Flavour::Moto, MOTO);
}
