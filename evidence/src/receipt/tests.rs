//! Receipts over a small ledger: what they prove, and all the ways in which they don't.

mod held;
mod lineage;
mod order;
mod places;
mod producers;
mod records;
mod text;

use super::*;
use crate::body::Body;
use crate::checkpoint::{cosignature_line, cosignature_message, epoch_key_name, signature_line};
use crate::commitment::{Domain, commit};
use crate::hash::{Salt, TreeHash};
use crate::header::{EventHeader, Header, RecordKind, SignedStatement};
use crate::key_event::{EpochCertificate, Genesis, IdentityChange};
use crate::note::{SignatureType, SignedNote, key_id};
use crate::testing::{
    EPOCH_SEED, IDENTITY_SEED, certificate, certificate_header, genesis, genesis_header,
    header_of_genesis, identity_key, key_event_header, origin, public_key, sign,
};
use crate::tree::{Frontier, NodeId, inclusion_proof};

/// The size of the ledger that most tests have.
const SIZE: u64 = 9;

/// A ledger in memory.
#[derive(Default)]
struct Ledger {
    files: Vec<RecordFile>,
    chains: Vec<ChainHash>,
    leaves: Vec<TreeHash>,
    newest_key_event: u64,
}

fn event_file(sequence: u64, prior_key_event: u64) -> RecordFile {
    let id = sequence.to_string();
    let mut bytes = Vec::new();
    Body {
        id: &id,
        source: "s",
        ..Body::default()
    }
    .encode_into(&mut bytes)
    .unwrap();
    let body = (Salt::from_bytes([sequence as u8; 32]), bytes);
    let payload = (Salt::from_bytes([0x80; 32]), b"the payload".to_vec());
    let has_payload = sequence.is_multiple_of(2);
    let kind = RecordKind::Event(EventHeader {
        event_type: "t",
        classification: None,
        body: commit(&body.0, Domain::Body, &body.1),
        payload: has_payload.then(|| commit(&payload.0, Domain::Payload, &payload.1)),
        sealed: None,
    });
    let header = Header {
        sequence,
        time: genesis().created,
        prior_key_event,
        kind,
    }
    .encode();
    RecordFile {
        header,
        body: Some(body),
        payload: has_payload.then_some(payload),
        event_key: None,
    }
}

fn header_file(header: Vec<u8>) -> RecordFile {
    RecordFile {
        header,
        body: None,
        payload: None,
        event_key: None,
    }
}

/// Genesis, a certificate, and events.
fn ledger() -> Ledger {
    ledger_beginning(
        genesis_header(),
        certificate_header(&certificate(100), IDENTITY_SEED),
    )
}

fn ledger_beginning(record_0: Vec<u8>, record_1: Vec<u8>) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.push(header_file(record_0));
    ledger.push(header_file(record_1));
    ledger.newest_key_event = 1;
    (2..SIZE).for_each(|_| ledger.event());
    ledger
}

impl Ledger {
    fn push(&mut self, file: RecordFile) {
        if self.chains.is_empty() {
            self.chains.push(ChainHasher::start(&origin()));
        }
        let previous = self.chains[self.files.len()];
        let chain = ChainHasher::new().link(&previous, &file.header);
        self.chains.push(chain);
        self.leaves.push(leaf_hash(&chain));
        self.files.push(file);
    }

    fn size(&self) -> u64 {
        self.files.len() as u64
    }

    fn event(&mut self) {
        self.push(event_file(self.size(), self.newest_key_event));
    }

    /// Appends a key event that one key signed.
    fn key_event<'a>(
        &mut self,
        kind: fn(SignedStatement<'a>) -> RecordKind<'a>,
        statement: &'a [u8],
        signatures: &[&'a [u8]],
    ) {
        let sequence = self.size();
        let place = (sequence, self.newest_key_event);
        self.push(header_file(key_event_header(
            place, kind, statement, signatures,
        )));
        self.newest_key_event = sequence;
    }

    /// Appends a certificate for an epoch key, signed by that identity.
    fn epoch(&mut self, epoch: u8, identity: u8) {
        let certificate = EpochCertificate {
            origin: origin(),
            key: public_key(epoch),
            first: self.size(),
            root: self.root(),
            last: 100,
        };
        let statement = certificate.encode();
        let signature = sign(identity, &EpochCertificate::message(&statement));
        self.key_event(RecordKind::Epoch, &statement, &[&signature]);
    }

    /// Appends a new identity, signed by itself and the one before.
    fn identity(&mut self, new: u8, old: u8, change: impl FnOnce(&mut IdentityChange)) {
        let mut stated = IdentityChange {
            origin: origin(),
            prior: 0,
            sequence: Some(self.size()),
            identity: public_key(new).into(),
            reason: None,
        };
        change(&mut stated);
        let statement = stated.encode();
        let message = IdentityChange::message(&statement);
        let [by_new, by_old] = [new, old].map(|seed| sign(seed, &message));
        let mut signatures = vec![by_new.as_slice()];
        let beside = stated.identity.count() - 1;
        signatures.extend(std::iter::repeat_n(b"not known".as_slice(), beside));
        signatures.push(&by_old);
        self.key_event(RecordKind::Identity, &statement, &signatures);
    }

    fn root(&self) -> TreeHash {
        let mut tree = Frontier::new();
        self.leaves.iter().for_each(|leaf| tree.push(*leaf));
        tree.root()
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            origin: origin(),
            size: self.size(),
            root: self.root(),
        }
    }

    /// The ledger's checkpoint with both lines of an identity.
    fn note_by(&self, seed: u8) -> SignedNote {
        let text = self.checkpoint().to_text();
        let public = *public_key(seed).as_bytes();
        let key = VerifierKey::new(origin().as_str(), SignatureType::Ed25519, public).unwrap();
        let timed = key.with_type(SignatureType::Cosignature);
        let message = cosignature_message(77, &text);
        let signatures = vec![
            signature_line(key.name(), key.key_id(), &sign(seed, text.as_bytes())),
            cosignature_line(key.name(), timed.key_id(), 77, &sign(seed, &message)),
        ];
        SignedNote { text, signatures }
    }

    fn identity_note(&self) -> SignedNote {
        self.note_by(IDENTITY_SEED)
    }

    /// The ledger's checkpoint with the line of an epoch that begins there.
    fn epoch_note_by(&self, seed: u8, first: u64) -> SignedNote {
        let text = self.checkpoint().to_text();
        let name = epoch_key_name(&origin(), first);
        let id = key_id(&name, SignatureType::Ed25519, public_key(seed).as_bytes());
        let line = signature_line(&name, id, &sign(seed, text.as_bytes()));
        SignedNote {
            text,
            signatures: vec![line],
        }
    }

    fn epoch_note(&self) -> SignedNote {
        self.epoch_note_by(EPOCH_SEED, 1)
    }

    fn receipt(&self, index: u64) -> Receipt {
        let node = |node: NodeId| {
            let mut tree = Frontier::new();
            let begin = (node.index << node.level) as usize;
            self.leaves[begin..begin + (1 << node.level)]
                .iter()
                .for_each(|leaf| tree.push(*leaf));
            Ok::<_, ()>(tree.root())
        };
        Receipt {
            previous: self.chains[index as usize],
            certificate: None,
            genesis: None,
            identities: Vec::new(),
            index,
            proof: inclusion_proof(index, self.size(), node).unwrap(),
            checkpoint: self.identity_note(),
        }
    }

    fn provisional(&self, index: u64) -> Receipt {
        Receipt {
            certificate: Some(self.header(1)),
            checkpoint: self.epoch_note(),
            ..self.receipt(index)
        }
    }

    fn header(&self, sequence: u64) -> Vec<u8> {
        self.files[sequence as usize].header.clone()
    }

    /// What becomes of a receipt for its record.
    fn verify(&self, receipt: &Receipt) -> Result<ReceiptVerdict, ReceiptError> {
        receipt.verify(&self.files[receipt.index as usize], &identity_key())
    }
}

fn is_out_of_place<T>(outcome: Result<T, ReceiptError>) -> bool {
    matches!(outcome, Err(ReceiptError::OutOfPlace { .. }))
}

fn is_identity_refused<T>(outcome: Result<T, ReceiptError>) -> bool {
    matches!(outcome, Err(ReceiptError::IdentityRefused { .. }))
}
