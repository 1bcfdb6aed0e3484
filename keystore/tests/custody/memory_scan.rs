//! Whether secrets are really gone: a search of this process's own memory.
#![cfg(target_os = "linux")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use indelible_keystore::{
    IdentityKey, KdfParameters, KekProvider, KeyContext, KeyPurpose, MemoryProvider, Passphrase,
    PassphraseProvider, SecretKey, Signer,
};
use zeroize::Zeroizing;

use crate::memory::{masked, occurrences};

/// One search at a time: the buffer of another one would hold what is looked for.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_key_that_was_used_and_dropped_is_nowhere_in_memory() {
    let _alone = alone();
    let provider = MemoryProvider::generate().expect("it is made");
    let context = KeyContext::new("a/b/0123456789ab", KeyPurpose::Data, [1; 16]).expect("valid");
    let key = SecretKey::generate().expect("random bytes");
    let needle = masked(key.expose());
    let wrapped = provider.wrap(&context, &key).expect("it wraps");
    let opened = provider.unwrap_key(&context, &wrapped).expect("it opens");
    assert!(
        occurrences(&needle) >= 2,
        "the search must find the two that are alive"
    );
    drop(key);
    drop(opened);
    assert_eq!(occurrences(&needle), 0);
}

#[test]
fn an_identity_that_signed_and_was_dropped_leaves_no_seed_behind() {
    let _alone = alone();
    let provider = MemoryProvider::generate().expect("it is made");
    let context = KeyContext::new("store:0011", KeyPurpose::Identity, [2; 16]).expect("valid");
    let seed = SecretKey::generate().expect("random bytes");
    let needle = masked(seed.expose());
    let wrapped = provider.wrap(&context, &seed).expect("it wraps");
    let public = ed25519_dalek::SigningKey::from_bytes(seed.expose())
        .verifying_key()
        .to_bytes();
    drop(seed);
    let identity = IdentityKey::open(&provider, &context, &wrapped, &public).expect("it opens");
    identity.sign(b"indelible/test@v1\n").expect("it signs");
    drop(identity.wrap(&provider, &context).expect("it wraps"));
    assert!(
        occurrences(&needle) >= 1,
        "the search must find the one that is alive"
    );
    drop(identity);
    assert_eq!(occurrences(&needle), 0);
}

#[test]
fn a_passphrase_that_was_used_and_dropped_is_nowhere_in_memory() {
    let _alone = alone();
    let mut bytes = Zeroizing::new(vec![0; 40]);
    getrandom::fill(&mut bytes).expect("random bytes");
    bytes.iter_mut().for_each(|byte| *byte |= 0x40);
    let needle = masked(&bytes);
    let passphrase = Passphrase::new(bytes).expect("it is fit");
    let (created, record) =
        PassphraseProvider::create(&passphrase, KdfParameters::default()).expect("it is made");
    let opened = PassphraseProvider::open(&passphrase, &record).expect("it opens");
    assert!(
        occurrences(&needle) >= 1,
        "the search must find the one that is alive"
    );
    drop(passphrase);
    assert_eq!(occurrences(&needle), 0);
    drop((created, opened));
}
