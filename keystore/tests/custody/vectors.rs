//! Stored bytes that must open for ever, made by `tests/vectors/generate.py`, not by this crate.

use std::collections::HashMap;

use data_encoding::HEXLOWER;
use indelible_keystore::{
    KekProvider, KekRecord, KeyContext, KeyPurpose, Passphrase, PassphraseProvider, WrappedKey,
};
use zeroize::Zeroizing;

const PASSPHRASE_V0: &str = include_str!("../vectors/passphrase-v0.txt");

fn vector(text: &str) -> HashMap<&str, Vec<u8>> {
    text.lines()
        .map(|line| {
            let (name, hex) = line.split_once(' ').expect("a name and a value");
            (name, HEXLOWER.decode(hex.as_bytes()).expect("hexadecimal"))
        })
        .collect()
}

#[test]
fn a_key_that_another_program_wrapped_opens() {
    let vector = vector(PASSPHRASE_V0);
    let record = KekRecord::decode(&vector["record"]).expect("the record is whole");
    assert_eq!(record.encode(), vector["record"]);
    let passphrase = Passphrase::new(Zeroizing::new(vector["passphrase"].clone())).expect("fit");
    let provider = PassphraseProvider::open(&passphrase, &record).expect("it opens");
    let scope = String::from_utf8(vector["scope"].clone()).expect("text");
    let key_id = vector["key_id"].as_slice().try_into().expect("16 bytes");
    let context = KeyContext::new(scope, KeyPurpose::Identity, key_id).expect("valid");
    let wrapped = WrappedKey::from_bytes(&vector["wrapped"]).expect("readable");
    assert_eq!(wrapped.kek_id(), record.kek_id());
    let key = provider.unwrap_key(&context, &wrapped).expect("it opens");
    assert_eq!(key.expose().as_slice(), vector["key"]);
}
