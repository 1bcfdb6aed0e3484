//! Every provider, against the one contract; and providers against each other.

use indelible_keystore::{
    KdfParameters, KekProvider, KekRecord, KeyContext, KeyError, KeyPurpose, MemoryProvider,
    PassphraseProvider, ProviderKind, SecretKey, suite,
};

use crate::{passphrase, quick_provider};

#[test]
fn the_passphrase_provider_keeps_the_contract() {
    // The same passphrase twice: the salt and the KEK id alone make the KEKs differ.
    let (provider, other) = (
        quick_provider("correct horse"),
        quick_provider("correct horse"),
    );
    suite::run(&suite::Subjects {
        provider: &provider,
        other: &other,
    });
}

#[test]
fn a_reopened_passphrase_provider_keeps_the_contract() {
    let (_, record) = PassphraseProvider::create(
        &passphrase("correct horse"),
        KdfParameters::weak_for_tests(),
    )
    .expect("it is made");
    let stored = KekRecord::decode(&record.encode()).expect("the record is whole");
    let provider =
        PassphraseProvider::open(&passphrase("correct horse"), &stored).expect("it opens");
    let other = quick_provider("battery staple");
    suite::run(&suite::Subjects {
        provider: &provider,
        other: &other,
    });
}

#[test]
fn the_memory_provider_keeps_the_contract() {
    let provider = MemoryProvider::generate().expect("it is made");
    let other = MemoryProvider::generate().expect("it is made");
    suite::run(&suite::Subjects {
        provider: &provider,
        other: &other,
    });
}

#[test]
fn the_suite_sees_a_provider_that_does_not_check() {
    let provider = Careless(MemoryProvider::generate().expect("it is made"));
    let other = MemoryProvider::generate().expect("it is made");
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        suite::run(&suite::Subjects {
            provider: &provider,
            other: &other,
        });
    }));
    assert!(outcome.is_err());
}

/// Answers a damaged key with some other one, as at least one key service's stand-in does.
struct Careless(MemoryProvider);

impl KekProvider for Careless {
    fn describe(&self) -> indelible_keystore::ProviderDescription {
        self.0.describe()
    }
    fn wrap(
        &self,
        context: &KeyContext,
        key: &SecretKey,
    ) -> Result<indelible_keystore::WrappedKey, KeyError> {
        self.0.wrap(context, key)
    }
    fn unwrap_key(
        &self,
        context: &KeyContext,
        wrapped: &indelible_keystore::WrappedKey,
    ) -> Result<SecretKey, KeyError> {
        match self.0.unwrap_key(context, wrapped) {
            Err(KeyError::WrappedDamaged) => SecretKey::generate(),
            answer => answer,
        }
    }
    fn health(&self) -> Result<(), KeyError> {
        self.0.health()
    }
}

#[test]
fn a_key_of_another_kind_of_provider_is_named_as_such() {
    let context = KeyContext::new("a/b/0123456789ab", KeyPurpose::Data, [1; 16]).expect("valid");
    let key = SecretKey::generate().expect("random bytes");
    let wrapped = quick_provider("correct horse")
        .wrap(&context, &key)
        .expect("it wraps");
    let memory = MemoryProvider::generate().expect("it is made");
    let error = memory.unwrap_key(&context, &wrapped).expect_err("refused");
    assert!(
        matches!(
            error,
            KeyError::OtherProvider {
                provider: ProviderKind::Memory,
                found: 1
            }
        ),
        "{error:?}"
    );
}

#[test]
fn only_the_memory_provider_dies_with_the_process() {
    assert!(
        !MemoryProvider::generate()
            .expect("it is made")
            .describe()
            .outlives_process
    );
    assert!(quick_provider("correct horse").describe().outlives_process);
}

#[test]
fn a_context_has_a_scope_of_a_bounded_length_without_control_characters() {
    let new = |scope: &str| KeyContext::new(scope, KeyPurpose::Index, [0; 16]);
    assert!(new(&"x".repeat(512)).is_ok());
    for unfit in ["", "a\nb", "a\0b", "a\u{85}b", &"x".repeat(513)] {
        assert!(
            matches!(new(unfit), Err(KeyError::ContextUnfit { .. })),
            "{unfit:?}"
        );
    }
}
