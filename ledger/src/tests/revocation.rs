//! Revocation of keys that signed: the running epoch ends with its key, no record is lost, a verifier that knows only the
//! first key is told of it, and whatever breaks it off, it can be asked for again.

mod broken_off;

use std::sync::Arc;

use indelible_evidence::{
    bundle::TarSource,
    checkpoint::{Checkpoint, signature_line},
    header::RecordKind,
    note::{SignedNote, VerifierKey},
    tree::empty_root,
    verify::{KnownHead, Report, Trust, verify},
};
use indelible_keystore::Signer;
use indelible_store::{Catalog as _, memory::Fault};

use crate::{
    AppendError, Availability, Engine, ExportForm, KeyEventError, KeyStateError, Ledger, NewRange,
    RecoverySignatures, RevokeKey, Selection, SigningKey, SigningKeyKind,
    tests::engine::{Bench, events, store},
};

fn append(bench: &Bench, ledger: &Ledger, id: &str) -> u64 {
    let appended = ledger.append(events(ledger, &[id]), None);
    let appended = bench.runtime.block_on(appended).unwrap();
    appended.new.unwrap().first
}

fn rotate(engine: &Engine) {
    engine
        .rotate_identity(&RecoverySignatures::new(), None, &mut |_, _| {})
        .unwrap();
}

/// The newest key of a kind.
fn newest(ledger: &Ledger, kind: SigningKeyKind) -> SigningKey {
    let mut keys = ledger.signing_keys().into_iter();
    keys.rfind(|key| key.kind == kind).unwrap()
}

fn revoking(key: &SigningKey, size: u64) -> RevokeKey {
    RevokeKey {
        kind: key.kind,
        public: key.public,
        size,
        reason: Some("found on a disk that was sold".into()),
        voids_published: false,
    }
}

fn refused(outcome: Result<NewRange, KeyEventError>) -> KeyStateError {
    match outcome {
        Err(KeyEventError::Append(AppendError::KeyState(error))) => error,
        other => panic!("{other:?}"),
    }
}

fn kind(ledger: &Ledger, sequence: u64) -> &'static str {
    match ledger.record(sequence).unwrap().header().kind {
        RecordKind::Epoch(_) => "epoch",
        RecordKind::Revocation(_) => "revocation",
        _ => "other",
    }
}

/// Verifies an export under the key that was pinned first, with a head of today.
fn verified(ledger: &Ledger) -> Report {
    assert_eq!(ledger.verify(&mut |_, _| {}).findings, []);
    let mut tar = Vec::new();
    ledger
        .export(Selection::Whole, &ExportForm::default(), &mut tar)
        .unwrap();
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    let head = ledger.published_checkpoint().unwrap().to_string();
    let mut trust = Trust::in_key(key.clone());
    trust.known_head = Some(KnownHead::parse(head.as_bytes(), &key).unwrap());
    let report = verify(TarSource::new(tar.as_slice()), &trust).unwrap();
    assert!(report.verdict.integrity.holds(), "{:?}", report.verdict);
    assert!(report.verdict.completeness.holds(), "{:?}", report.verdict);
    assert!(report.verdict.custody.holds(), "{:?}", report.verdict);
    report
}

/// The verifier's word on the revocations: the key, the size and the record.
fn told(report: &Report) -> Vec<([u8; 32], u64, u64)> {
    let listed = report.bundle.keys.revocations.listed().iter();
    listed
        .map(|facts| {
            let key = facts.key.ed25519().unwrap();
            (*key.as_bytes(), facts.size, facts.sequence)
        })
        .collect()
}

/// The epoch whose key signed the newest durable checkpoint.
fn signing_epoch(ledger: &Ledger) -> u64 {
    let note = ledger.committed_checkpoint().unwrap();
    let mut lines = note.signatures.iter();
    let epoch = lines.find_map(|line| line.name.rsplit_once('#')?.1.parse().ok());
    epoch.unwrap()
}

#[test]
fn a_running_epoch_ends_with_its_key_and_signs_nothing_more() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = bench.ledger(&engine);
    append(&bench, &ledger, "a");
    let stolen = newest(&ledger, SigningKeyKind::Epoch);
    let size = ledger.summary().size;
    let recorded = ledger.revoke_key(revoking(&stolen, size - 1)).unwrap();

    // The certificate of the next epoch and the revocation are one commit, and that epoch signs it.
    assert_eq!(
        (size, kind(&ledger, size), kind(&ledger, size + 1)),
        (recorded.first - 1, "epoch", "revocation")
    );
    assert_eq!(recorded.tree_size, size + 2);
    assert_eq!(signing_epoch(&ledger), size);
    append(&bench, &ledger, "b");
    assert_eq!(signing_epoch(&ledger), size);
    let listed = ledger.signing_keys();
    let of_stolen = listed.iter().find(|key| key.public == stolen.public);
    let revoked = of_stolen.unwrap().revoked.clone().unwrap();
    assert_eq!(
        (revoked.sequence, revoked.size, of_stolen.unwrap().last),
        (recorded.first, size - 1, Some(size))
    );
    let expected = vec![(stolen.public, size - 1, recorded.first)];
    assert_eq!(told(&verified(&ledger)), expected);
    engine.drain().unwrap();
    drop((engine, ledger));

    // After a restart the same is known, and the ledger goes on.
    let engine = bench.open(&Arc::new(store.reopen())).unwrap();
    let ledger = engine.ledger("l").unwrap();
    assert_eq!(
        ledger.summary().state,
        Availability::Open,
        "{:?}",
        ledger.summary()
    );
    assert_eq!(ledger.signing_keys(), listed);
    append(&bench, &ledger, "c");
    assert_eq!(told(&verified(&ledger)), expected);
    engine.drain().unwrap();
}

#[test]
fn an_identity_that_was_replaced_is_revoked_by_the_one_in_force() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = bench.ledger(&engine);
    append(&bench, &ledger, "a");
    let first = newest(&ledger, SigningKeyKind::Identity);
    assert_eq!(first.last, None);
    let refusal = refused(ledger.revoke_key(revoking(&first, 2)));
    assert_eq!(refusal, KeyStateError::IdentityInForce);

    rotate(&engine);
    let last = ledger.signing_keys()[0].last.unwrap();
    // What it published beyond the size would be void: somebody must say that this is meant.
    let below = revoking(&first, last - 1);
    assert_eq!(
        refused(ledger.revoke_key(below.clone())),
        KeyStateError::PublishedVoid {
            size: last - 1,
            last
        }
    );
    let recorded = ledger.revoke_key(revoking(&first, last)).unwrap();
    assert_eq!(kind(&ledger, recorded.first), "revocation");
    append(&bench, &ledger, "b");
    let mut expected = vec![(first.public, last, recorded.first)];
    assert_eq!(told(&verified(&ledger)), expected);

    // A second one at that size or a greater one says nothing new; at a smaller one it does.
    for size in [last, last + 1] {
        assert_eq!(
            refused(ledger.revoke_key(revoking(&first, size))),
            KeyStateError::Revoked {
                sequence: recorded.first,
                size: last
            }
        );
    }
    let further = RevokeKey {
        voids_published: true,
        ..below
    };
    let again = ledger.revoke_key(further).unwrap();
    expected.push((first.public, last - 1, again.first));
    assert_eq!(told(&verified(&ledger)), expected);
    assert_eq!(
        ledger.signing_keys()[0].revoked.as_ref().unwrap().sequence,
        again.first
    );
    engine.drain().unwrap();
    drop((engine, ledger));
    let engine = bench.open(&Arc::new(store.reopen())).unwrap();
    let ledger = engine.ledger("l").unwrap();
    append(&bench, &ledger, "c");
    assert_eq!(told(&verified(&ledger)), expected);
    engine.drain().unwrap();
}

#[test]
fn what_can_not_be_revoked_is_refused_by_its_name_and_nothing_is_recorded() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = bench.ledger(&engine);
    append(&bench, &ledger, "a");
    let epoch = newest(&ledger, SigningKeyKind::Epoch);
    let size = ledger.summary().size;
    let unknown = SigningKey {
        public: newest(&ledger, SigningKeyKind::Identity).public,
        ..epoch.clone()
    };
    for key in [
        &unknown,
        &SigningKey {
            kind: SigningKeyKind::Identity,
            ..epoch.clone()
        },
    ] {
        let refusal = refused(ledger.revoke_key(revoking(key, 2)));
        let (kind, public) = (key.kind, key.public);
        assert_eq!(refusal, KeyStateError::NoSigningKey { kind, public });
    }
    assert!(matches!(
        ledger.revoke_key(revoking(&epoch, size + 1)),
        Err(KeyEventError::SizePastHead { trusted, size: head }) if (trusted, head) == (size + 1, size)
    ));
    let no_key = RevokeKey {
        public: [0; 32],
        ..revoking(&epoch, 2)
    };
    let silent = RevokeKey {
        reason: Some("a\nb".into()),
        ..revoking(&epoch, 2)
    };
    for wrong in [no_key, silent] {
        let outcome = ledger.revoke_key(wrong);
        assert!(
            matches!(outcome, Err(KeyEventError::Field(_))),
            "{outcome:?}"
        );
    }
    // None while another key is on its way.
    let mut crossed = None;
    engine
        .rotate_identity(&RecoverySignatures::new(), None, &mut |done, _| {
            if done == 0 {
                crossed = Some(ledger.revoke_key(revoking(&epoch, 2)));
            }
        })
        .unwrap();
    assert!(matches!(
        crossed,
        Some(Err(KeyEventError::Append(AppendError::Rotating)))
    ));
    assert_eq!(told(&verified(&ledger)), []);
    engine.drain().unwrap();
}

/// A checkpoint of a tree that never was, by whoever has the key.
fn forged(ledger: &Ledger, key: &VerifierKey, thief: &dyn Signer, size: u64) -> String {
    let text = Checkpoint {
        origin: ledger.cell().origin().clone(),
        size,
        root: empty_root(),
    }
    .to_text();
    let signature = thief.sign(text.as_bytes()).unwrap();
    let signatures = vec![signature_line(key.name(), key.key_id(), &signature)];
    SignedNote { text, signatures }.to_string()
}

#[test]
fn a_published_checkpoint_by_a_revoked_key_counts_for_nothing_at_a_start() {
    let bench = Bench::new();
    let store = store();
    let engine = bench.open(&store).unwrap();
    let ledger = bench.ledger(&engine);
    for id in ["a", "b", "c"] {
        append(&bench, &ledger, id);
    }
    let old = newest(&ledger, SigningKeyKind::Identity);
    let key = VerifierKey::parse(&ledger.summary().verifier_key).unwrap();
    let thief = engine.core.signers.newest().unwrap();
    rotate(&engine);
    let revoke = RevokeKey {
        voids_published: true,
        ..revoking(&old, 3)
    };
    ledger.revoke_key(revoke).unwrap();
    let size = ledger.summary().size;
    let notes = [3, 4].map(|size| forged(&ledger, &key, &*thief, size));
    engine.drain().unwrap();
    drop((engine, ledger));

    // Where the key is still trusted, what it signed is not what is stored. Beyond that its word is nothing.
    for (note, state) in notes
        .into_iter()
        .zip([Availability::Quarantined, Availability::Open])
    {
        let store = Arc::new(store.reopen());
        let id = store.ledgers().unwrap()[0].0;
        store.put_published(&[(id, note)]).unwrap();
        let engine = bench.open(&store).unwrap();
        let ledger = engine.ledger("l").unwrap();
        assert_eq!(ledger.summary().state, state, "{:?}", ledger.summary());
        if state == Availability::Open {
            assert_eq!(ledger.summary().size, size);
            append(&bench, &ledger, "d");
            assert_eq!(told(&verified(&ledger)).len(), 1);
        }
        engine.drain().unwrap();
    }
}

#[test]
fn revocations_and_appends_at_once_leave_no_signature_of_the_revoked() {
    let bench = Bench::new();
    let engine = bench.open(&store()).unwrap();
    let ledger = bench.ledger(&engine);
    append(&bench, &ledger, "first");
    std::thread::scope(|scope| {
        let revoker = scope.spawn(|| {
            for _ in 0..20 {
                let epoch = newest(&ledger, SigningKeyKind::Epoch);
                ledger.revoke_key(revoking(&epoch, 2)).unwrap();
            }
        });
        let mut number = 0;
        while !revoker.is_finished() {
            append(&bench, &ledger, &format!("e{number}"));
            number += 1;
        }
    });
    let keys = ledger.signing_keys();
    let revoked = keys.iter().filter(|key| key.revoked.is_some());
    assert_eq!(revoked.count(), 20);
    let signing = signing_epoch(&ledger);
    let key = keys.iter().find(|key| key.sequence == signing).unwrap();
    assert_eq!(key.revoked, None);
    assert_eq!(told(&verified(&ledger)).len(), 20);
    engine.drain().unwrap();
}
