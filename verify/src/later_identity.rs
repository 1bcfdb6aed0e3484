//! A pinned key that is not the ledger's first one, but that of an identity which came later: whoever takes that one has
//! broken nothing, and neither has the operator.

use std::path::Path;

use indelible_compliance::survey::{opening::first_key_event, parallel};
use indelible_evidence::verify::{Report, Trust, check_unit};
use indelible_evidence::{
    Genesis, Header, IdentityChange, Receipt, RecordFile, RecordKind, SignatureType, VerifierKey,
    verdict::Conclusion,
};

use crate::failure::Failure;
use crate::input;

/// Refuses the key where a bundle that is broken under it shows that it is a later identity's: the key events, from the
/// genesis that the bundle holds, lead to it, and it signed the record that introduced it.
pub(crate) fn refuse_bundle(
    path: &Path,
    report: &Report,
    key: &VerifierKey,
) -> Result<(), Failure> {
    if report.verdict.conclusion(&[]) != Conclusion::Broken {
        return Ok(());
    }
    match introduced(path, key) {
        Some(sequence) => Err(later(sequence)),
        None => Ok(()),
    }
}

/// Refuses the key where a receipt that is refused under it shows the same.
pub(crate) fn refuse_receipt(
    receipt: &Receipt,
    record: &RecordFile,
    key: &VerifierKey,
) -> Result<(), Failure> {
    let genesis = receipt.genesis.as_deref();
    let first = genesis.and_then(|header| first_key(header, key.name()));
    let Some(first) = first.filter(|first| first != key) else {
        return Ok(());
    };
    if receipt.verify(record, &first).is_err() {
        return Ok(());
    }
    let mut identities = receipt.identities.iter();
    let later_one = identities.find_map(|header| {
        let header = Header::decode(header).ok()?;
        let RecordKind::Identity(signed) = &header.kind else {
            return None;
        };
        let change = IdentityChange::decode(signed.statement).ok()?;
        let own = change.identity.key()?;
        (*own.as_bytes() == key.public()).then_some(header.sequence)
    });
    later_one.map_or(Ok(()), |sequence| Err(later(sequence)))
}

fn later(sequence: u64) -> Failure {
    Failure::Usage(format!(
        "the key that was given is not the ledger's first one: record {sequence} introduced it, as that of a later identity, \
         and so nothing was judged under it. That says nothing against the evidence. Pin the first key, that of record 0, \
         from a source that you trust, and not from this file: this program follows the later ones from there"
    ))
}

/// The record that introduced the key, if the bundle's own key events show it.
fn introduced(path: &Path, key: &VerifierKey) -> Option<u64> {
    // What was read from standard input is gone.
    input::refuse_standard_input(path, "").ok()?;
    let genesis = first_key_event(&mut *input::open(path).ok()?.source).ok()??;
    let first = first_key(&genesis, key.name()).filter(|first| first != key)?;
    let source = input::open(path).ok()?.source;
    let trust = Trust::in_key(first);
    let report = parallel::verify(source, &trust, |unit| (check_unit(unit), ()), |()| ()).ok()?;
    let mut identities = report.bundle.keys.identities.listed().iter();
    let found = identities.find(|it| it.sequence > 0 && it.key == Some(key.public()));
    found.map(|it| it.sequence)
}

/// The key that genesis names first. Nothing of it is verified.
fn first_key(genesis: &[u8], origin: &str) -> Option<VerifierKey> {
    let header = Header::decode(genesis).ok()?;
    let RecordKind::Genesis(signed) = &header.kind else {
        return None;
    };
    let genesis = Genesis::decode(signed.statement).ok()?;
    let key = genesis.identity.key()?;
    VerifierKey::new(origin, SignatureType::Ed25519, *key.as_bytes()).ok()
}
