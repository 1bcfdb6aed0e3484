//! What a secret must never do: print, be copied, stand in a message.

use std::fmt::Debug;

use indelible_keystore::{
    EpochKey, IdentityKey, KekProvider, KeyContext, KeyError, KeyPurpose, MemoryProvider,
    Passphrase, PassphraseProvider, SecretKey,
};
use zeroize::Zeroizing;

use crate::passphrase;

/// Two blanket implementations: naming the trait without its parameter compiles
/// only for a type to which just one of them applies, that is, one without `Clone`.
trait NotClone<Marker> {
    fn holds() -> bool {
        true
    }
}
impl<T: ?Sized> NotClone<()> for T {}
impl<T: Clone> NotClone<u8> for T {}

#[test]
fn secrets_have_no_clone() {
    assert!(<SecretKey as NotClone<_>>::holds());
    assert!(<Passphrase as NotClone<_>>::holds());
    assert!(<IdentityKey as NotClone<_>>::holds());
    assert!(<EpochKey as NotClone<_>>::holds());
    assert!(<PassphraseProvider as NotClone<_>>::holds());
    assert!(<MemoryProvider as NotClone<_>>::holds());
}

#[test]
fn debug_shows_no_content() {
    let show = |secret: &dyn Debug| format!("{secret:?} {secret:#?}");
    let key = SecretKey::from_bytes(Zeroizing::new([0xa7; 32]));
    assert_eq!(show(&key), "SecretKey(..) SecretKey(..)");
    assert_eq!(
        show(&passphrase("correct horse")),
        "Passphrase(..) Passphrase(..)"
    );
    let identity = IdentityKey::generate().expect("it is made");
    assert_eq!(show(&identity), "IdentityKey(..) IdentityKey(..)");
    let epoch = EpochKey::generate().expect("it is made");
    assert_eq!(show(&epoch), "EpochKey(..) EpochKey(..)");
}

#[test]
fn all_failures_after_decryption_read_the_same() {
    let provider = MemoryProvider::generate().expect("it is made");
    let context = KeyContext::new("a/b/0123456789ab", KeyPurpose::Data, [1; 16]).expect("valid");
    let key = SecretKey::generate().expect("random bytes");
    let whole = provider
        .wrap(&context, &key)
        .expect("it wraps")
        .as_bytes()
        .to_vec();
    let mut messages: Vec<String> = (34..whole.len())
        .map(|at| {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            let wrapped = indelible_keystore::WrappedKey::from_bytes(&damaged).expect("readable");
            let error = provider
                .unwrap_key(&context, &wrapped)
                .expect_err("it is damaged");
            format!("{error} {error:?}")
        })
        .collect();
    messages.dedup();
    assert_eq!(messages.len(), 1, "{messages:?}");
}

#[test]
fn messages_say_what_to_do() {
    let path = std::path::Path::new("/nonexistent/passphrase");
    let error = Passphrase::read(path).expect_err("it is not there");
    assert!(error.to_string().contains("check the path"), "{error}");
    assert!(
        KeyError::WrongPassphrase
            .to_string()
            .contains("check the passphrase file")
    );
    assert!(
        KeyError::WrappedDamaged
            .to_string()
            .contains("restore it from a backup")
    );
}
