//! Identities with keys of types that are not known.

use super::*;
use crate::key_event::{IdentityKeys, UnknownKey};

#[test]
fn to_revoke_one_key_is_to_revoke_the_identity() {
    let key = UnknownKey::from_typed_bytes(b"\x06key").unwrap();
    let keys = IdentityKeys::new(public_key(SECOND).into(), vec![key.clone()]).unwrap();
    let mut told = Told::ledger();
    assert!(told.identity(SECOND, |change| change.identity = keys));
    let unknown: Vec<_> = told.identities.unknown_types().collect();
    assert_eq!(unknown.len(), 1);
    assert_eq!((unknown[0].signature_type, unknown[0].sequence), (6, 2));

    let third = IdentityChange {
        origin: origin(),
        prior: 2,
        sequence: Some(4),
        identity: public_key(22).into(),
        reason: None,
    };
    let statement = third.encode();
    let message = IdentityChange::message(&statement);
    let [by_new, by_old] = [22, SECOND].map(|seed| sign(seed, &message));
    let signatures = [&by_new[..], &by_old, b"not known"];
    let judged = told.state(RecordKind::Identity, &statement, &signatures);
    assert!(judged.is_ok());
    let key = TypedKey::Unknown(key);
    assert!(told.identities.can_revoke(&key, 6));
    assert!(told.identities.knows(&key, 6), "it is one of the ledger's");
    let statement = Revocation {
        origin: origin(),
        key,
        size: 3,
        reason: None,
    }
    .encode();
    let signature = sign(22, &Revocation::message(&statement));
    let judged = told.state(RecordKind::Revocation, &statement, &[&signature]);
    assert!(judged.is_ok());
    assert_eq!(told.identities.revoked_below(4), Some(3));
}

#[test]
fn an_identity_whose_first_key_is_unknown_signs_nothing_that_can_be_verified() {
    let key = UnknownKey::from_typed_bytes(b"\x06key").unwrap();
    let keys = IdentityKeys::new(TypedKey::Unknown(key), Vec::new()).unwrap();
    let mut told = Told::ledger();
    let stated = IdentityChange {
        origin: origin(),
        prior: 0,
        sequence: Some(2),
        identity: keys,
        reason: None,
    };
    let statement = stated.encode();
    let by_old = sign(IDENTITY_SEED, &IdentityChange::message(&statement));
    let signatures = [b"not known".as_slice(), &by_old];
    assert!(
        told.state(RecordKind::Identity, &statement, &signatures)
            .is_ok()
    );
    assert_eq!(told.identities.at(3).verifier_key(), None);
    assert_eq!(told.identities.at(3).origin(), origin().as_str());
    assert!(told.identities.at(2).verifier_key().is_some());
}
