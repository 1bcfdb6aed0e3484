//! Tests of the keystore from outside: only what the crate exports.

#![expect(clippy::expect_used, reason = "what can't be had fails the test")]

mod child;
mod environment;
mod kms;
#[path = "../shared/memory.rs"]
mod memory;
mod memory_scan;
mod metered;
mod passphrase;
mod providers;
mod record;
#[path = "../rigs/rigs.rs"]
mod rigs;
mod secrets;
mod signers;
mod vectors;

use indelible_keystore::{KdfParameters, Passphrase, PassphraseProvider};
use zeroize::Zeroizing;

/// A passphrase from text.
fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(text.as_bytes().to_vec())).expect("the passphrase is fit")
}

/// A passphrase provider that is quick to make.
fn quick_provider(text: &str) -> PassphraseProvider {
    PassphraseProvider::create(&passphrase(text), KdfParameters::weak_for_tests())
        .expect("it is made")
        .0
}
