//! Keys of fixed seeds and a small signed ledger for the tests of this crate.

use ed25519_dalek::{Signer, SigningKey};

use crate::header::{Header, RecordKind, SignedStatement};
use crate::key_event::{
    Encryption, EpochCertificate, Genesis, LedgerIdentity, PublicKey, Settings,
};
use crate::note::{SignatureType, VerifierKey};
use crate::origin::Origin;
use crate::tree::{Frontier, leaf_hash};

pub(crate) const IDENTITY_SEED: u8 = 1;
pub(crate) const EPOCH_SEED: u8 = 2;
pub(crate) const WITNESS_SEED: u8 = 3;

pub(crate) fn origin() -> Origin {
    Origin::parse("audit.example.com/payments/000102abcdef").unwrap()
}

pub(crate) fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(crate) fn sign(seed: u8, message: &[u8]) -> [u8; 64] {
    signing_key(seed).sign(message).to_bytes()
}

pub(crate) fn public_key(seed: u8) -> PublicKey {
    PublicKey::from_bytes(signing_key(seed).verifying_key().to_bytes()).unwrap()
}

pub(crate) fn identity_key() -> VerifierKey {
    let public = *public_key(IDENTITY_SEED).as_bytes();
    VerifierKey::new(origin().as_str(), SignatureType::Ed25519, public).unwrap()
}

/// The identity of that key.
pub(crate) fn identity() -> LedgerIdentity {
    LedgerIdentity::pinned(identity_key())
}

/// Settings that promise nothing.
pub(crate) fn settings() -> Settings {
    Settings {
        encryption: Encryption::Subjects,
        access_trail: false,
        conventions: true,
        signed_sources: Vec::new(),
        retention: Vec::new(),
    }
}

pub(crate) fn genesis() -> Genesis {
    Genesis {
        origin: origin(),
        created: 1_800_000_000_000_000_000,
        identity: public_key(IDENTITY_SEED).into(),
        recovery: None,
        settings: Some(settings()),
        predecessor: None,
    }
}

pub(crate) fn genesis_header() -> Vec<u8> {
    header_of_genesis(&genesis())
}

/// The header of that genesis, signed by the pinned key.
pub(crate) fn header_of_genesis(genesis: &Genesis) -> Vec<u8> {
    let statement = genesis.encode();
    let signature = sign(IDENTITY_SEED, &Genesis::message(&statement));
    key_event_header((0, 0), RecordKind::Genesis, &statement, &[&signature])
}

/// A header of a key event's kind, at that place, with that prior key event.
pub(crate) fn key_event_header<'a>(
    (sequence, prior_key_event): (u64, u64),
    kind: fn(SignedStatement<'a>) -> RecordKind<'a>,
    statement: &'a [u8],
    signatures: &[&'a [u8]],
) -> Vec<u8> {
    let kind = kind(SignedStatement {
        statement,
        signatures: signatures.to_vec(),
    });
    Header {
        sequence,
        time: genesis().created,
        prior_key_event,
        kind,
    }
    .encode()
}

/// The certificate of record 1, for sizes 2 to `last`.
pub(crate) fn certificate(last: u64) -> EpochCertificate {
    let start = crate::chain::ChainHasher::start(&origin());
    let chain = crate::chain::ChainHasher::new().link(&start, &genesis_header());
    let mut tree = Frontier::new();
    tree.push(leaf_hash(&chain));
    EpochCertificate {
        origin: origin(),
        key: public_key(EPOCH_SEED),
        first: 1,
        root: tree.root(),
        last,
    }
}

pub(crate) fn certificate_header(certificate: &EpochCertificate, signer: u8) -> Vec<u8> {
    let statement = certificate.encode();
    let signature = sign(signer, &EpochCertificate::message(&statement));
    let place = (certificate.first, certificate.first.saturating_sub(1));
    key_event_header(place, RecordKind::Epoch, &statement, &[&signature])
}

/// Every single-byte change of `bytes` is refused, or decodes to what encodes to the changed bytes.
pub(crate) fn check_every_mutation(bytes: &[u8], encoded_again: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let every_value: Vec<u8> = (0..=255).collect();
    check_mutations(bytes, &every_value, encoded_again);
}

/// The same for every single bit, where decoding is slow because public keys are checked.
pub(crate) fn check_every_flip(bytes: &[u8], encoded_again: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    check_mutations(bytes, &[1, 2, 4, 8, 16, 32, 64, 128], encoded_again);
}

fn check_mutations(bytes: &[u8], flips: &[u8], encoded_again: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    assert_eq!(encoded_again(bytes).as_deref(), Some(bytes));
    let mut mutated = bytes.to_vec();
    for position in 0..bytes.len() {
        for flip in flips {
            mutated[position] = bytes[position] ^ flip;
            if let Some(again) = encoded_again(&mutated) {
                assert_eq!(again, mutated, "byte {position} xor {flip:#04x}");
            }
        }
        mutated[position] = bytes[position];
    }
    for length in 0..bytes.len() {
        assert_eq!(
            encoded_again(&bytes[..length]),
            None,
            "cut to {length} bytes"
        );
    }
    mutated.push(0);
    assert_eq!(encoded_again(&mutated), None, "with a trailing byte");
}
