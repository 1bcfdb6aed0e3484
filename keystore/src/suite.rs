//! The contract that every KEK provider must pass, as cases that run on any of them.
//!
//! A provider's tests make two of it that hold different KEKs and call [`run`].
//! A case panics, with what it saw, when the provider breaks its promise.

#![expect(
    clippy::expect_used,
    reason = "a provider that breaks a promise fails its test"
)]

use std::thread;

use crate::{
    error::KeyError,
    keys::{
        context::{KeyContext, KeyPurpose},
        secret::SecretKey,
        wrapped::{FRONT_BYTES, WrappedKey},
    },
    provider::KekProvider,
};

/// What the cases run on.
pub struct Subjects<'a> {
    /// The provider that is tried.
    pub provider: &'a dyn KekProvider,
    /// One of the same kind that holds another KEK.
    pub other: &'a dyn KekProvider,
}

/// A case and its name.
pub type Case = (&'static str, fn(&Subjects<'_>));

/// All cases, in the order of their dependence.
pub const CASES: &[Case] = &[
    ("is healthy and names its KEK", names_its_kek),
    ("gives back the key it was given", round_trip),
    (
        "never wraps the same key to the same bytes",
        wrappings_differ,
    ),
    ("keeps the key out of the bytes", key_is_not_in_the_bytes),
    ("refuses every other context", other_contexts),
    (
        "refuses a wrapped key relabelled for another context",
        relabelled_context,
    ),
    ("refuses a wrapped key of another KEK", other_kek),
    (
        "refuses a wrapped key relabelled for its KEK",
        relabelled_kek,
    ),
    (
        "refuses a commitment swapped with another key's",
        swapped_commitment,
    ),
    (
        "refuses what was sealed for another key",
        swapped_sealed_part,
    ),
    ("refuses every flipped bit", flipped_bits),
    ("refuses every other length", other_lengths),
    ("serves many threads at once", many_threads),
];

/// Runs every case; the name of one that fails is printed by its panic.
pub fn run(subjects: &Subjects<'_>) {
    assert_ne!(
        subjects.provider.describe().kek_id,
        subjects.other.describe().kek_id,
        "the suite needs two providers that hold different KEKs"
    );
    for (name, case) in CASES {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case(subjects)));
        assert!(
            outcome.is_ok(),
            "the {} broke its promise: it {name}",
            subjects.provider.describe().kind
        );
    }
}

fn context() -> KeyContext {
    context_of(
        "audit.example.com/decisions/0123456789ab",
        KeyPurpose::Data,
        7,
    )
}

fn context_of(scope: &str, purpose: KeyPurpose, key_id: u8) -> KeyContext {
    KeyContext::new(scope, purpose, [key_id; 16]).expect("the context is valid")
}

fn key() -> SecretKey {
    SecretKey::generate().expect("the system gives random bytes")
}

fn wrap(provider: &dyn KekProvider, key: &SecretKey) -> WrappedKey {
    provider
        .wrap(&context(), key)
        .expect("a healthy provider wraps")
}

fn reread(bytes: &[u8]) -> WrappedKey {
    WrappedKey::from_bytes(bytes).expect("the bytes still look like a wrapped key")
}

fn refusal(provider: &dyn KekProvider, context: &KeyContext, wrapped: &WrappedKey) -> KeyError {
    provider
        .unwrap_key(context, wrapped)
        .expect_err("it was not to open")
}

fn assert_damaged(provider: &dyn KekProvider, context: &KeyContext, wrapped: &WrappedKey) {
    let error = refusal(provider, context, wrapped);
    assert!(matches!(error, KeyError::WrappedDamaged), "{error:?}");
}

fn names_its_kek(subjects: &Subjects<'_>) {
    let described = subjects.provider.describe();
    subjects.provider.health().expect("it is healthy");
    assert_eq!(described, subjects.provider.describe());
    assert_eq!(wrap(subjects.provider, &key()).kek_id(), described.kek_id);
}

fn round_trip(subjects: &Subjects<'_>) {
    for purpose in [KeyPurpose::Identity, KeyPurpose::Index, KeyPurpose::Data] {
        let (context, key) = (context_of("a/b/0123456789ab", purpose, 1), key());
        let wrapped = subjects.provider.wrap(&context, &key).expect("it wraps");
        let opened = subjects
            .provider
            .unwrap_key(&context, &reread(wrapped.as_bytes()))
            .expect("it opens what it wrapped");
        assert_eq!(opened.expose(), key.expose());
    }
}

fn wrappings_differ(subjects: &Subjects<'_>) {
    let key = key();
    let (first, second) = (wrap(subjects.provider, &key), wrap(subjects.provider, &key));
    assert_ne!(
        first.as_bytes()[FRONT_BYTES..],
        second.as_bytes()[FRONT_BYTES..]
    );
}

fn key_is_not_in_the_bytes(subjects: &Subjects<'_>) {
    let key = key();
    let wrapped = wrap(subjects.provider, &key);
    for part in key.expose().chunks(8) {
        assert!(
            !wrapped.as_bytes().windows(8).any(|window| window == part),
            "eight bytes of the key stand in the wrapped one"
        );
    }
}

fn other_contexts(subjects: &Subjects<'_>) {
    let wrapped = wrap(subjects.provider, &key());
    let scope = "audit.example.com/decisions/0123456789ab";
    for other in [
        context_of(
            "audit.example.com/decisions/0123456789ac",
            KeyPurpose::Data,
            7,
        ),
        context_of(
            "audit.example.com/decisions/0123456789a",
            KeyPurpose::Data,
            7,
        ),
        context_of(scope, KeyPurpose::Identity, 7),
        context_of(scope, KeyPurpose::Index, 7),
        context_of(scope, KeyPurpose::Data, 8),
        context().bound_to([0; 16]),
    ] {
        let error = refusal(subjects.provider, &other, &wrapped);
        assert!(matches!(error, KeyError::OtherContext), "{error:?}");
    }
    let bound = context().bound_to([3; 16]);
    let key = key();
    let wrapped = subjects.provider.wrap(&bound, &key).expect("it wraps");
    let opened = subjects.provider.unwrap_key(&bound, &wrapped);
    assert_eq!(opened.expect("it opens").expose(), key.expose());
    assert!(wrapped.is_for(&bound) && !wrapped.is_for(&context()));
    for other in [context(), context().bound_to([4; 16])] {
        let error = refusal(subjects.provider, &other, &wrapped);
        assert!(matches!(error, KeyError::OtherContext), "{error:?}");
    }
}

/// Whoever can write the store can also relabel what lies in it.
fn relabelled_context(subjects: &Subjects<'_>) {
    let mine = wrap(subjects.provider, &key());
    let other = context_of(
        "audit.example.com/decisions/0123456789ab",
        KeyPurpose::Data,
        8,
    );
    let theirs = subjects.provider.wrap(&other, &key()).expect("it wraps");
    let mut forged = mine.as_bytes().to_vec();
    forged[18..34].copy_from_slice(&theirs.as_bytes()[18..34]);
    assert_damaged(subjects.provider, &other, &reread(&forged));
}

fn other_kek(subjects: &Subjects<'_>) {
    let wrapped = wrap(subjects.other, &key());
    let error = refusal(subjects.provider, &context(), &wrapped);
    let KeyError::OtherKek { wanted, held } = error else {
        panic!("{error:?}");
    };
    assert_eq!(wanted, subjects.other.describe().kek_id);
    assert_eq!(held, subjects.provider.describe().kek_id);
}

fn relabelled_kek(subjects: &Subjects<'_>) {
    let mut forged = wrap(subjects.other, &key()).as_bytes().to_vec();
    forged[2..18].copy_from_slice(subjects.provider.describe().kek_id.as_bytes());
    assert_damaged(subjects.provider, &context(), &reread(&forged));
}

fn swapped_commitment(subjects: &Subjects<'_>) {
    let (mine, theirs) = (
        wrap(subjects.provider, &key()),
        wrap(subjects.provider, &key()),
    );
    let mut forged = mine.as_bytes().to_vec();
    forged[34..FRONT_BYTES].copy_from_slice(&theirs.as_bytes()[34..FRONT_BYTES]);
    assert_damaged(subjects.provider, &context(), &reread(&forged));
}

fn swapped_sealed_part(subjects: &Subjects<'_>) {
    let (mine, theirs) = (
        wrap(subjects.provider, &key()),
        wrap(subjects.provider, &key()),
    );
    let forged = [
        &mine.as_bytes()[..FRONT_BYTES],
        &theirs.as_bytes()[FRONT_BYTES..],
    ]
    .concat();
    assert_damaged(subjects.provider, &context(), &reread(&forged));
}

fn flipped_bits(subjects: &Subjects<'_>) {
    let whole = wrap(subjects.provider, &key()).as_bytes().to_vec();
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let opened = WrappedKey::from_bytes(&flipped)
            .and_then(|wrapped| subjects.provider.unwrap_key(&context(), &wrapped));
        let Err(error) = opened else {
            panic!("a key came out with bit {bit} flipped");
        };
        let expected = match bit / 8 {
            0 => matches!(error, KeyError::WrappedVersion { .. }),
            1 => matches!(error, KeyError::OtherProvider { .. }),
            2..18 => matches!(error, KeyError::OtherKek { .. }),
            18..34 => matches!(error, KeyError::OtherContext),
            _ => matches!(error, KeyError::WrappedDamaged),
        };
        assert!(expected, "bit {bit}: {error:?}");
    }
}

fn other_lengths(subjects: &Subjects<'_>) {
    let whole = wrap(subjects.provider, &key()).as_bytes().to_vec();
    let longer = [whole.as_slice(), &[0]].concat();
    for bytes in (0..whole.len())
        .map(|length| &whole[..length])
        .chain([longer.as_slice()])
    {
        let opened = WrappedKey::from_bytes(bytes)
            .and_then(|wrapped| subjects.provider.unwrap_key(&context(), &wrapped));
        assert!(
            matches!(opened, Err(KeyError::WrappedDamaged)),
            "{} of {} bytes: {opened:?}",
            bytes.len(),
            whole.len()
        );
    }
}

fn many_threads(subjects: &Subjects<'_>) {
    thread::scope(|scope| {
        for number in 0..8 {
            scope.spawn(move || {
                for _ in 0..16 {
                    let (context, key) = (
                        context_of("a/b/0123456789ab", KeyPurpose::Data, number),
                        key(),
                    );
                    let wrapped = subjects.provider.wrap(&context, &key).expect("it wraps");
                    let opened = subjects
                        .provider
                        .unwrap_key(&context, &wrapped)
                        .expect("it opens");
                    assert_eq!(opened.expose(), key.expose());
                }
            });
        }
    });
}
