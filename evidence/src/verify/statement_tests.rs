//! Which key events are valid at their places, and what a ledger's identities make of those that are.

#[path = "unknown_key_tests.rs"]
mod unknown_keys;

use super::*;
use crate::key_event::{Archive, HoldAction, ProducerAction, Span};
use crate::testing::{
    EPOCH_SEED, IDENTITY_SEED, certificate, genesis, header_of_genesis, identity_key,
    key_event_header, origin, public_key, settings, sign,
};
use crate::tree::empty_root;

const SECOND: u8 = 21;
const PRODUCER: u8 = 8;
const RECOVERY: u8 = 9;

type Kind<'a> = fn(SignedStatement<'a>) -> RecordKind<'a>;

/// A ledger's key events so far, and the place of the next one.
struct Told {
    identities: Identities,
    next: u64,
}

impl Told {
    fn by(genesis: &Genesis) -> Self {
        let mut told = Self {
            identities: Identities::new(identity_key()),
            next: 0,
        };
        let header = header_of_genesis(genesis);
        assert!(told.take(&header).is_ok());
        told
    }

    fn ledger() -> Self {
        Self::by(&genesis())
    }

    fn with_recovery() -> Self {
        Self::by(&Genesis {
            recovery: Some(public_key(RECOVERY)),
            ..genesis()
        })
    }

    fn first_draft() -> Self {
        Self::by(&Genesis {
            settings: None,
            ..genesis()
        })
    }

    /// Judges a header, and takes it in.
    fn take(&mut self, header: &[u8]) -> Result<Statement, Finding> {
        let header = Header::decode(header).unwrap();
        let event = check_key_event(&header, &self.identities).unwrap();
        self.identities.advance(&event);
        // Once taken in, a key event is judged as before.
        let again = check_key_event(&header, &self.identities).unwrap();
        assert_eq!(again.statement.is_ok(), event.statement.is_ok());
        self.next = header.sequence + 2;
        event.statement
    }

    /// The same of a statement at the next place, which is two further on, signed by those keys.
    fn state<'a>(
        &mut self,
        kind: Kind<'a>,
        statement: &'a [u8],
        signatures: &[&'a [u8]],
    ) -> Result<Statement, Finding> {
        let place = (self.next, self.next.saturating_sub(1));
        let header = key_event_header(place, kind, statement, signatures);
        self.take(&header)
    }

    fn epoch(&mut self, key: u8, change: impl FnOnce(&mut EpochCertificate)) -> bool {
        let mut certificate = EpochCertificate {
            key: public_key(key),
            first: self.next,
            last: self.next + 10,
            root: empty_root(),
            ..certificate(100)
        };
        change(&mut certificate);
        let statement = certificate.encode();
        let signature = sign(IDENTITY_SEED, &EpochCertificate::message(&statement));
        self.state(RecordKind::Epoch, &statement, &[&signature])
            .is_ok()
    }

    fn identity(&mut self, key: u8, change: impl FnOnce(&mut IdentityChange)) -> bool {
        self.identity_by(IDENTITY_SEED, key, change)
    }

    fn identity_by(&mut self, old: u8, key: u8, change: impl FnOnce(&mut IdentityChange)) -> bool {
        let mut stated = IdentityChange {
            origin: origin(),
            prior: self.identities.introduced(u64::MAX),
            sequence: Some(self.next),
            identity: public_key(key).into(),
            reason: None,
        };
        change(&mut stated);
        let statement = stated.encode();
        let message = IdentityChange::message(&statement);
        let by_new = sign(key, &message);
        let by_old = match old {
            RECOVERY => sign(old, &stated.recovery_message()),
            _ => sign(old, &message),
        };
        let mut signatures = vec![by_new.as_slice()];
        let beside = stated.identity.count() - 1;
        signatures.extend(std::iter::repeat_n(b"not known".as_slice(), beside));
        signatures.push(&by_old);
        self.state(RecordKind::Identity, &statement, &signatures)
            .is_ok()
    }

    fn revoke(&mut self, key: TypedKey, size: u64) -> bool {
        let revocation = Revocation {
            origin: origin(),
            key,
            size,
            reason: None,
        };
        let statement = revocation.encode();
        let signature = sign(IDENTITY_SEED, &Revocation::message(&statement));
        self.state(RecordKind::Revocation, &statement, &[&signature])
            .is_ok()
    }

    fn producer(&mut self, key: u8, action: Option<u64>) -> bool {
        let proof = ProducerChange::proof_message(&origin(), &public_key(key), "till", &[]);
        let change = ProducerChange {
            origin: origin(),
            key: public_key(key),
            action: match action {
                None => ProducerAction::Register {
                    name: "till".to_owned(),
                    sources: Vec::new(),
                    proof: sign(key, &proof),
                },
                Some(size) => ProducerAction::Revoke { size, reason: None },
            },
        };
        let statement = change.encode();
        let signature = sign(IDENTITY_SEED, &ProducerChange::message(&statement));
        self.state(RecordKind::Producer, &statement, &[&signature])
            .is_ok()
    }

    fn settings(&mut self) -> bool {
        let statement = SettingsChange {
            origin: origin(),
            settings: settings(),
            reason: None,
        }
        .encode();
        let signature = sign(IDENTITY_SEED, &SettingsChange::message(&statement));
        self.state(RecordKind::Settings, &statement, &[&signature])
            .is_ok()
    }
}

#[test]
fn genesis_is_record_0_at_its_own_time() {
    let judged = |change: fn(&mut Header<'_>)| {
        let bytes = header_of_genesis(&genesis());
        let mut header = Header::decode(&bytes).unwrap();
        change(&mut header);
        let event = check_key_event(&header, &Identities::new(identity_key()));
        event.unwrap().statement.is_ok()
    };
    assert!(judged(|_| ()));
    assert!(!judged(|header| header.sequence = 1));
    assert!(!judged(|header| header.time += 1));
}

#[test]
fn a_certificate_is_one_for_its_own_place() {
    assert!(Told::ledger().epoch(EPOCH_SEED, |_| ()));
    assert!(!Told::ledger().epoch(EPOCH_SEED, |certificate| certificate.first += 1));
    assert!(!Told::ledger().epoch(EPOCH_SEED, |certificate| certificate.first -= 1));
    assert!(!Told::ledger().epoch(EPOCH_SEED, |certificate| {
        certificate.last = certificate.first;
    }));
}

#[test]
fn no_key_is_introduced_twice() {
    // Each of these keys is the ledger's already when one of them is to be introduced again.
    let told = || {
        let mut told = Told::with_recovery();
        assert!(told.epoch(EPOCH_SEED, |_| ()));
        assert!(told.producer(PRODUCER, None));
        told
    };
    for key in [IDENTITY_SEED, EPOCH_SEED, PRODUCER, RECOVERY] {
        assert!(!told().epoch(key, |_| ()), "{key}");
        assert!(!told().producer(key, None), "{key}");
        assert!(!told().identity_by(RECOVERY, key, |_| ()), "{key}");
    }
    assert!(told().epoch(50, |_| ()));
    assert!(told().producer(50, None));
    assert!(told().identity_by(RECOVERY, 50, |_| ()));
    // A key event that is not valid introduces none.
    let mut told = told();
    assert!(!told.epoch(50, |certificate| certificate.first += 1));
    assert!(told.producer(50, None));
    assert!(told.identities.is_own(&public_key(50)));
    assert!(!told.identities.is_own(&public_key(51)));
}

#[test]
fn an_identity_replaces_the_one_before() {
    assert!(Told::ledger().identity(SECOND, |_| ()));
    assert!(!Told::ledger().identity(SECOND, |change| change.prior = 1));
    let mut told = Told::ledger();
    assert!(told.identity(SECOND, |_| ()));
    assert!(!told.identity_by(SECOND, 22, |change| change.prior = 0));
    assert!(told.identity_by(SECOND, 22, |_| ()));
    assert_eq!(told.identities.rotations(), 2);
    assert!(!told.identity_by(22, SECOND, |_| ()), "a former one");
}

#[test]
fn an_identity_states_its_own_place() {
    let unplaced = |change: &mut IdentityChange| change.sequence = None;
    assert!(!Told::ledger().identity(SECOND, |change| change.sequence = Some(1)));
    assert!(!Told::ledger().identity(SECOND, unplaced));
    // A ledger that began under the first draft states none, until it has settings.
    assert!(Told::first_draft().identity(SECOND, unplaced));
    assert!(!Told::first_draft().identity(SECOND, |_| ()));
    let with_settings = || {
        let mut told = Told::first_draft();
        assert!(told.settings());
        told
    };
    assert!(with_settings().identity(SECOND, |_| ()));
    assert!(!with_settings().identity(SECOND, unplaced));
}

#[test]
fn the_recovery_key_alone_replaces_an_identity_where_there_is_one() {
    assert!(Told::with_recovery().identity_by(RECOVERY, SECOND, |_| ()));
    assert!(!Told::with_recovery().identity(SECOND, |_| ()));
    assert!(!Told::ledger().identity_by(RECOVERY, SECOND, |_| ()));
}

#[test]
fn statements_speak_of_no_size_beyond_their_places() {
    // The next place is 2.
    let epoch = || TypedKey::from(public_key(EPOCH_SEED));
    assert!(Told::ledger().revoke(epoch(), 2));
    assert!(!Told::ledger().revoke(epoch(), 3));
    assert!(Told::ledger().producer(PRODUCER, Some(2)));
    assert!(!Told::ledger().producer(PRODUCER, Some(3)));
    let dispose = |to| {
        let disposal = Disposal {
            origin: origin(),
            rule: "a".to_owned(),
            spans: vec![Span { from: 0, to }],
            archive: Some(Archive {
                sha256: [1; 32],
                location: "tape".to_owned(),
            }),
        };
        let statement = disposal.encode();
        let signature = sign(IDENTITY_SEED, &Disposal::message(&statement));
        let mut told = Told::ledger();
        told.state(RecordKind::Disposal, &statement, &[&signature])
            .is_ok()
    };
    assert!(dispose(2));
    assert!(!dispose(3));
}

#[test]
fn only_what_can_be_revoked_is() {
    let mut told = Told::ledger();
    assert!(told.epoch(EPOCH_SEED, |_| ()));
    let (epoch, first) = (
        public_key(EPOCH_SEED).into(),
        public_key(IDENTITY_SEED).into(),
    );
    let second = public_key(SECOND).into();
    assert!(told.identities.can_revoke(&epoch, 4));
    assert!(
        !told.identities.can_revoke(&epoch, 2),
        "it is certified there"
    );
    assert!(!told.identities.can_revoke(&first, 4));
    assert!(told.identity(SECOND, |_| ()));
    assert!(told.identities.can_revoke(&first, 5));
    assert!(
        !told.identities.can_revoke(&first, 4),
        "it is replaced there"
    );
    assert!(!told.identities.can_revoke(&second, 5));

    // A revocation that is not lawful has no effect.
    let mut told = Told::ledger();
    assert!(told.revoke(public_key(IDENTITY_SEED).into(), 1));
    assert!(told.identities.trusted_at(5));
    let mut told = Told::ledger();
    assert!(told.identity(SECOND, |_| ()));
    let statement = Revocation {
        origin: origin(),
        key: public_key(IDENTITY_SEED).into(),
        size: 1,
        reason: None,
    }
    .encode();
    let signature = sign(SECOND, &Revocation::message(&statement));
    assert!(
        told.state(RecordKind::Revocation, &statement, &[&signature])
            .is_ok()
    );
    assert!(told.identities.trusted_at(1));
    assert_eq!(told.identities.revoked_below(2), Some(1));
    assert!(told.identities.trusted_at(5), "the second one");
}

#[test]
fn what_is_stated_of_another_kind_is_not_taken() {
    let hold = Hold {
        origin: origin(),
        hold: crate::hash::HoldId::from_bytes([1; 16]),
        action: HoldAction::Release,
    };
    let statement = hold.encode();
    let signature = sign(IDENTITY_SEED, &Hold::message(&statement));
    let kinds: [(Kind<'_>, bool); 3] = [
        (RecordKind::Hold, true),
        (RecordKind::Closed, false),
        (RecordKind::Settings, false),
    ];
    for (kind, good) in kinds {
        let judged = Told::ledger().state(kind, &statement, &[&signature]);
        assert_eq!(judged.is_ok(), good);
    }
}
