//! What a thief of a signing key can make an auditor believe, for each key, each forgery and all that the auditor may
//! know: exactly what the design promises, no better and no worse.
//!
//! The honest ledger has three epochs under one identity, each published by it. A thief has one key, all records, and
//! nothing else; so what they show branches off somewhere and goes on with events of their own.

use crate::support::{
    Ledger,
    bundling::{cosign, witness_key},
    signing_key,
};
use ed25519_dalek::{Signer, SigningKey};
use indelible_evidence::bundle::{RecordSource, Selection, TarSource};
use indelible_evidence::checkpoint::{epoch_key_name, signature_line};
use indelible_evidence::note::key_id;
use indelible_evidence::policy::Policy;
use indelible_evidence::tree::inclusion_proof;
use indelible_evidence::verdict::Answer;
use indelible_evidence::verify::{KnownHead, Trust, verify};
use indelible_evidence::{
    ChainHasher, Checkpoint, PublicKey, Receipt, ReceiptError, RecordFile, SignatureType,
    SignedNote,
};

mod identities;

/// The key that an auditor pins: genesis's.
const FIRST: u8 = 1;
/// The identity after it.
const SECOND: u8 = 2;
const RECOVERY: u8 = 3;
const THIEFS_OWN: u8 = 66;
const WITNESS: u8 = 77;
const WITNESS_NAME: &str = "witness.example";
const WITNESSED_AT: u64 = 1_800_000_100;

/// Where the epochs begin, and the greatest size that each may sign.
const EPOCHS: [(u64, u64); 3] = [(1, 40), (11, 45), (21, 60)];
/// The honest ledger's size.
const SIZE: u64 = 31;

fn epoch_key(epoch: usize) -> SigningKey {
    signing_key(100 + epoch as u8)
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey::from_bytes(key.verifying_key().to_bytes()).unwrap()
}

/// What the honest ledger published.
struct Honest {
    ledger: Ledger,
    /// The published checkpoint at the end of each epoch.
    heads: Vec<SignedNote>,
    /// The ledger at each size.
    at: Vec<Ledger>,
}

impl Honest {
    fn new(recovery: bool) -> Self {
        let mut ledger = Ledger::empty("stolen", FIRST);
        let (mut heads, mut at) = (Vec::new(), vec![ledger.clone()]);
        ledger.genesis(|genesis| {
            genesis.recovery = recovery.then(|| public(&signing_key(RECOVERY)));
        });
        at.push(ledger.clone());
        for (epoch, (first, last)) in EPOCHS.into_iter().enumerate() {
            assert_eq!(ledger.size(), first);
            let signer = ledger.identity.clone();
            ledger.epoch_with(&signer, |certificate| {
                certificate.key = public(&epoch_key(epoch));
                certificate.last = last;
            });
            at.push(ledger.clone());
            let end = EPOCHS.get(epoch + 1).map_or(SIZE, |next| next.0);
            while ledger.size() < end {
                ledger.events(1);
                at.push(ledger.clone());
            }
            heads.push(ledger.checkpoint(&[]));
        }
        Self { ledger, heads, at }
    }

    /// A history that is the honest one up to a size, and goes on with events of the thief's.
    fn forged(&self, from: u64, size: u64) -> Ledger {
        let mut forged = self.at[from as usize].clone();
        // Recorded at other times: these are other records.
        forged.time_shift = 7;
        forged.events(size - from);
        forged
    }

    /// The same ledger, its identity replaced.
    fn rotated(&self) -> Ledger {
        let mut ledger = self.ledger.clone();
        ledger.rotate(signing_key(SECOND));
        ledger.events(5);
        ledger
    }
}

/// The checkpoint of a history as an epoch key signs it: provisional.
fn by_epoch(ledger: &Ledger, epoch: usize) -> SignedNote {
    let text = Checkpoint {
        origin: ledger.origin.clone(),
        size: ledger.size(),
        root: ledger.root(),
    }
    .to_text();
    let key = epoch_key(epoch);
    let name = epoch_key_name(&ledger.origin, EPOCHS[epoch].0);
    let id = key_id(&name, SignatureType::Ed25519, public(&key).as_bytes());
    let line = signature_line(&name, id, &key.sign(text.as_bytes()).to_bytes());
    SignedNote {
        text,
        signatures: vec![line],
    }
}

/// The finding of a checkpoint that no identity of the ledger signed.
const BY_NOBODY: &str = "checkpoint-signature";

/// The epoch key's signatures in the place of the identity's, under its name and key id.
fn as_identity(ledger: &Ledger, epoch: usize) -> SignedNote {
    let mut pretended = ledger.clone();
    pretended.identity = epoch_key(epoch);
    let mut note = pretended.checkpoint(&[]);
    let true_lines = ledger.checkpoint(&[]).signatures;
    for (line, true_line) in note.signatures.iter_mut().zip(true_lines) {
        line.key_id = true_line.key_id;
    }
    note
}

/// What the auditor knows besides the pinned key.
#[derive(Clone, Copy, Debug)]
enum Knows<'a> {
    Nothing,
    Head(&'a SignedNote),
    Witness,
}

/// The three answers that keys have a part in: integrity, completeness, custody. What is broken is named, and `open`
/// is what can't be answered.
fn verdict(shown: &mut Ledger, checkpoint: &SignedNote, knows: Knows<'_>) -> [String; 3] {
    let mut trust = Trust::in_key(shown.key());
    match knows {
        Knows::Nothing => {}
        Knows::Head(head) => {
            let head = KnownHead::parse(head.to_string().as_bytes(), &trust.key).unwrap();
            trust.known_head = Some(head);
        }
        Knows::Witness => {
            let key = witness_key(WITNESS_NAME, &signing_key(WITNESS));
            let text = format!("witness w {key}\nquorum w\n");
            trust.policy = Some(Policy::parse(text.as_bytes()).unwrap());
        }
    }
    let tar = shown.bundle_with(Selection::Whole, checkpoint);
    let verdict = verify(TarSource::new(tar.as_slice()), &trust)
        .unwrap()
        .verdict;
    [verdict.integrity, verdict.completeness, verdict.custody].map(|answer| match answer {
        Answer::Holds => "holds".to_owned(),
        Answer::Unanswerable(_) => "open".to_owned(),
        Answer::Broken(found) => {
            let codes = found.listed().iter().map(|finding| finding.code.as_str());
            let mut codes: Vec<_> = codes.collect();
            codes.dedup();
            codes.join(" ")
        }
    })
}

/// One line of a table: what is shown, what the auditor knows, and the three answers.
#[track_caller]
fn line(
    what: &str,
    (shown, checkpoint): (&mut Ledger, &SignedNote),
    knows: (&str, Knows<'_>),
    wanted: [&str; 3],
) {
    let found = verdict(shown, checkpoint, knows.1);
    assert_eq!(found, wanted, "{what}, to who knows {}", knows.0);
}

fn witnessed(ledger: &Ledger) -> SignedNote {
    ledger.checkpoint(&[(WITNESS_NAME, WITNESS, WITNESSED_AT)])
}

/// A receipt for a record of a history, under that checkpoint.
fn receipt(
    ledger: &mut Ledger,
    index: u64,
    checkpoint: &SignedNote,
    certificate: Option<&[u8]>,
) -> (Receipt, RecordFile) {
    let size = Checkpoint::parse_text(&checkpoint.text).unwrap().size;
    let proof = inclusion_proof(index, size, |node| ledger.node(node)).unwrap();
    let before = index
        .checked_sub(1)
        .map(|before| ledger.records[before as usize].chain);
    let record = ledger.records[index as usize].clone();
    let receipt = Receipt {
        previous: before.unwrap_or_else(|| ChainHasher::start(&ledger.origin)),
        certificate: certificate.map(<[u8]>::to_vec),
        genesis: None,
        identities: Vec::new(),
        index,
        proof,
        checkpoint: checkpoint.clone(),
    };
    let file = RecordFile {
        header: record.header,
        body: record.body,
        payload: record.payload,
        event_key: None,
    };
    (receipt, file)
}

#[test]
fn a_stolen_epoch_key_signs_no_bundle_whatever_it_forges_and_whatever_the_auditor_knows() {
    let honest = Honest::new(false);
    for (epoch, (first, last)) in EPOCHS.into_iter().enumerate() {
        // Forged before the span, in it, and after it; short and long.
        for (from, size) in [
            (2, SIZE),
            (first + 2, SIZE),
            (SIZE, SIZE + 4),
            (first + 2, last),
            (SIZE, last + 3),
        ] {
            if size < from {
                continue;
            }
            let mut forged = honest.forged(from, size);
            // A checkpoint with the epoch's own line is none that a bundle can have.
            let checkpoint = as_identity(&forged, epoch);
            let mut tables = vec![("nothing", Knows::Nothing), ("a witness", Knows::Witness)];
            tables.extend(
                honest
                    .heads
                    .iter()
                    .map(|head| ("a head", Knows::Head(head))),
            );
            for knows in tables {
                let what = format!("epoch {first} stolen, forged from {from} to {size}");
                let shown = (&mut forged, &checkpoint);
                line(&what, shown, knows, [BY_NOBODY, "open", "open"]);
            }
        }
    }
}

#[test]
fn a_stolen_epoch_key_gives_provisional_receipts_for_its_own_span_and_no_others() {
    let honest = Honest::new(false);
    let key = honest.ledger.key();
    for (epoch, (first, last)) in EPOCHS.into_iter().enumerate() {
        let certificate = &honest.ledger.records[first as usize].header;
        // Forged before the span, in it, and after it; up to its end and beyond.
        for (from, size) in [
            (first.min(2), first),
            (2, SIZE),
            (first + 2, last),
            (SIZE, last),
            (SIZE, last + 1),
        ] {
            let mut forged = honest.forged(from, size);
            let checkpoint = by_epoch(&forged, epoch);
            for index in 2..size {
                let (receipt, record) = receipt(&mut forged, index, &checkpoint, Some(certificate));
                let found = receipt.verify(&record, &key);
                let what = format!("epoch {first}, forged from {from} to {size}, record {index}");
                let ends_it =
                    index < from && EPOCHS.iter().any(|it| it.0 == index && index > first);
                // Where the certificate never was, no record names it.
                let refused = ends_it || from <= first;
                if size <= first || size > last || index < first || refused {
                    assert!(found.is_err(), "{what}: {found:?}");
                } else {
                    assert!(found.expect(&what).is_provisional(), "{what}");
                }
            }
        }
    }
}

#[test]
fn a_stolen_epoch_key_forges_no_record_of_an_earlier_epoch() {
    let honest = Honest::new(false);
    for (epoch, (first, _)) in EPOCHS.into_iter().enumerate().skip(1) {
        // The thief shows the true certificate beside a history in which it never was.
        let certificate = &honest.ledger.records[first as usize].header;
        let mut forged = honest.forged(2, SIZE);
        let checkpoint = by_epoch(&forged, epoch);
        for index in 2..first {
            let (receipt, record) = receipt(&mut forged, index, &checkpoint, Some(certificate));
            let found = receipt.verify(&record, &honest.ledger.key());
            let refused = Err(ReceiptError::BeforeEpoch { index, first });
            assert_eq!(found, refused, "epoch {first}, record {index}");
        }
    }
}

#[test]
fn no_honest_event_under_a_published_checkpoint_is_rejected_when_epoch_keys_are_stolen_and_revoked()
{
    let mut honest = Honest::new(false);
    let key = honest.ledger.key();
    // Each epoch key is revoked at the size where it was stolen: the first one at once.
    for (epoch, (first, _)) in EPOCHS.into_iter().enumerate() {
        honest.ledger.revoke(&epoch_key(epoch), first);
    }
    honest.ledger.events(2);
    let newest = honest.ledger.checkpoint(&[]);
    for head in &honest.heads {
        let size = Checkpoint::parse_text(&head.text).unwrap().size;
        for index in 0..size {
            let mut then = honest.at[size as usize].clone();
            let (receipt, record) = receipt(&mut then, index, head, None);
            let found = receipt.verify(&record, &key).unwrap();
            assert!(!found.is_provisional(), "record {index} at {size}");
        }
        line(
            "epoch keys stolen and revoked, the honest ledger",
            (&mut honest.ledger, &newest),
            ("a head", Knows::Head(head)),
            ["holds", "holds", "holds"],
        );
    }
}
