//! Whether secrets are really gone: a search of this process's own memory.
//!
//! The needle is kept masked, so that the search finds the secret and not itself.
#![cfg(target_os = "linux")]

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use indelible_keystore::{
    IdentityKey, KdfParameters, KekProvider, KeyContext, KeyPurpose, MemoryProvider, Passphrase,
    PassphraseProvider, SecretKey, Signer,
};
use zeroize::Zeroizing;

const MASK: u8 = 0x5c;
const WINDOW_BYTES: usize = 1 << 16;

/// The second half of a secret: the allocator writes over the first bytes of what
/// is given back to it, so the whole would not be found even if nobody wiped it.
fn masked(secret: &[u8]) -> Vec<u8> {
    secret[secret.len() / 2..]
        .iter()
        .map(|byte| byte ^ MASK)
        .collect()
}

/// How often the masked secret's plain bytes stand in writable memory.
fn occurrences(masked: &[u8]) -> usize {
    let maps = fs::read_to_string("/proc/self/maps").expect("the memory map");
    let memory = File::open("/proc/self/mem").expect("the memory");
    // Wiped when dropped, for it holds what it found.
    let mut window = Zeroizing::new(vec![0; WINDOW_BYTES + masked.len() - 1]);
    let buffer = window.as_ptr() as u64..window.as_ptr() as u64 + window.len() as u64;
    let mut found = 0;
    for line in maps.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else {
            continue;
        };
        let Some((start, end)) = range.split_once('-') else {
            continue;
        };
        if !rights.starts_with("rw") {
            continue;
        }
        let address = |text| u64::from_str_radix(text, 16).expect("an address");
        let (mut at, end) = (address(start), address(end));
        while at < end {
            // Windows overlap, so that what lies across an edge is found too.
            let length = window.len().min((end - at) as usize);
            if memory.read_exact_at(&mut window[..length], at).is_ok() {
                // The search's own buffer is no place that a secret was left in.
                found += positions(&window[..length], masked)
                    .filter(|offset| !buffer.contains(&(at + *offset as u64)))
                    .count();
            }
            at += WINDOW_BYTES as u64;
        }
    }
    found
}

fn positions<'a>(haystack: &'a [u8], masked: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    haystack
        .windows(masked.len())
        .enumerate()
        .filter(move |(_, window)| {
            window
                .iter()
                .zip(masked)
                .all(|(byte, mask)| byte ^ MASK == *mask)
        })
        .map(|(offset, _)| offset)
}

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
