//! Receipts over a small ledger: what they prove, and all the ways in which they don't.

use super::*;
use crate::body::Body;
use crate::checkpoint::{CheckpointError, cosignature_line, cosignature_message, epoch_key_name, signature_line};
use crate::commitment::{Domain, commit};
use crate::hash::Salt;
use crate::limits::RECEIPT_BYTES_MAX;
use crate::header::EventHeader;
use crate::header::RecordKind;
use crate::note::{SignatureType, key_id};
use crate::testing::{
    EPOCH_SEED, IDENTITY_SEED, certificate, certificate_header, genesis, genesis_header,
    identity_key, origin, public_key, sign,
};
use crate::tree::{Frontier, NodeId, inclusion_proof};

const SIZE: u64 = 9;

struct Ledger {
    files: Vec<RecordFile>,
    chains: Vec<ChainHash>,
    leaves: Vec<TreeHash>,
}

fn event_file(sequence: u64) -> RecordFile {
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
    let time = genesis().created + sequence;
    let header = Header {
        sequence,
        time,
        prior_key_event: 1,
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

fn key_event_file(header: Vec<u8>) -> RecordFile {
    RecordFile {
        header,
        body: None,
        payload: None,
        event_key: None,
    }
}

fn ledger() -> Ledger {
    ledger_beginning(
        genesis_header(),
        certificate_header(&certificate(100), IDENTITY_SEED),
    )
}

fn ledger_beginning(record_0: Vec<u8>, record_1: Vec<u8>) -> Ledger {
    let mut files = vec![key_event_file(record_0), key_event_file(record_1)];
    files.extend((2..SIZE).map(event_file));
    let mut hasher = ChainHasher::new();
    let mut chains = vec![ChainHasher::start(&origin())];
    for file in &files {
        chains.push(hasher.link(chains.last().unwrap(), &file.header));
    }
    let leaves = chains[1..].iter().map(leaf_hash).collect();
    Ledger {
        files,
        chains,
        leaves,
    }
}

impl Ledger {
    fn checkpoint(&self) -> Checkpoint {
        let mut tree = Frontier::new();
        self.leaves.iter().for_each(|leaf| tree.push(*leaf));
        Checkpoint {
            origin: origin(),
            size: SIZE,
            root: tree.root(),
        }
    }

    fn identity_note(&self) -> SignedNote {
        let (text, key) = (self.checkpoint().to_text(), identity_key());
        let timed = key.with_type(SignatureType::Cosignature);
        let message = cosignature_message(77, &text);
        let signatures = vec![
            signature_line(
                key.name(),
                key.key_id(),
                &sign(IDENTITY_SEED, text.as_bytes()),
            ),
            cosignature_line(
                key.name(),
                timed.key_id(),
                77,
                &sign(IDENTITY_SEED, &message),
            ),
        ];
        SignedNote { text, signatures }
    }

    fn epoch_note(&self) -> SignedNote {
        let text = self.checkpoint().to_text();
        let name = epoch_key_name(&origin(), 1);
        let id = key_id(
            &name,
            SignatureType::Ed25519,
            public_key(EPOCH_SEED).as_bytes(),
        );
        let line = signature_line(&name, id, &sign(EPOCH_SEED, text.as_bytes()));
        SignedNote {
            text,
            signatures: vec![line],
        }
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
            proof: inclusion_proof(index, SIZE, node).unwrap(),
            checkpoint: self.identity_note(),
        }
    }

    fn provisional(&self, index: u64) -> Receipt {
        let certificate = Some(self.files[1].header.clone());
        Receipt {
            certificate,
            checkpoint: self.epoch_note(),
            ..self.receipt(index)
        }
    }
}

#[test]
fn every_record_has_a_receipt_that_comes_back_and_holds() {
    let ledger = ledger();
    for index in 0..SIZE {
        let file = &ledger.files[index as usize];
        for receipt in [ledger.receipt(index), ledger.provisional(index)] {
            let text = receipt.to_string();
            assert_eq!(Receipt::parse(text.as_bytes()), Ok(receipt.clone()));
            let verdict = receipt.verify(file, &identity_key()).unwrap();
            assert_eq!(verdict.sequence, index);
            assert_eq!(verdict.chain, ledger.chains[index as usize + 1]);
            assert_eq!(verdict.checkpoint, ledger.checkpoint());
            assert_eq!(verdict.is_provisional(), receipt.certificate.is_some());
            let (body, payload) = match index {
                0 | 1 => (PartVerdict::None, PartVerdict::None),
                _ if index.is_multiple_of(2) => (PartVerdict::Matches, PartVerdict::Matches),
                _ => (PartVerdict::Matches, PartVerdict::None),
            };
            assert_eq!((verdict.body, verdict.payload), (body, payload));
        }
    }
}

#[test]
fn it_says_who_signed_and_when() {
    let ledger = ledger();
    let signer = |receipt: Receipt| {
        receipt
            .verify(&ledger.files[4], &identity_key())
            .unwrap()
            .signer
    };
    assert_eq!(
        signer(ledger.receipt(4)),
        CheckpointSigner::Identity { time: Some(77) }
    );
    assert_eq!(
        signer(ledger.provisional(4)),
        CheckpointSigner::Epoch {
            first: 1,
            last: 100
        }
    );
}

#[test]
fn withheld_parts_are_told_and_false_ones_refused() {
    let ledger = ledger();
    let receipt = ledger.receipt(4);
    let verify = |change: fn(&mut RecordFile)| {
        let mut file = ledger.files[4].clone();
        change(&mut file);
        receipt
            .verify(&file, &identity_key())
            .map(|verdict| (verdict.body, verdict.payload))
    };
    let withheld = (PartVerdict::Withheld, PartVerdict::Matches);
    assert_eq!(verify(|file| file.body = None), Ok(withheld));
    let withheld = (PartVerdict::Matches, PartVerdict::Withheld);
    assert_eq!(verify(|file| file.payload = None), Ok(withheld));
    let mismatch = |part| Err(ReceiptError::Mismatch { part });
    assert_eq!(
        verify(|file| file.body.as_mut().unwrap().1[5] ^= 1),
        mismatch("body")
    );
    assert_eq!(
        verify(|file| file.payload.as_mut().unwrap().1.push(0)),
        mismatch("payload")
    );
    let other_salt = Salt::from_bytes([0; 32]);
    assert!(other_salt != ledger.files[4].body.as_ref().unwrap().0);
    assert_eq!(
        verify(|file| file.payload.as_mut().unwrap().0 = Salt::from_bytes([0; 32])),
        mismatch("payload")
    );
    // The body in the payload's place.
    assert_eq!(
        verify(|file| file.payload = file.body.clone()),
        mismatch("payload")
    );

    let mut file = ledger.files[5].clone();
    file.payload = ledger.files[4].payload.clone();
    let refused = ledger.receipt(5).verify(&file, &identity_key());
    assert_eq!(refused, Err(ReceiptError::NotCommitted { part: "payload" }));
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let ledger = ledger();
    let good = ledger.receipt(4);
    let key = identity_key();
    let verify = |receipt: &Receipt, file: &RecordFile| receipt.verify(file, &key).map(|_| ());
    assert_eq!(verify(&good, &ledger.files[4]), Ok(()));

    let other = ReceiptError::OtherRecord {
        receipt: 4,
        record: 5,
    };
    assert_eq!(verify(&good, &ledger.files[5]), Err(other));
    let renumbered = Receipt {
        index: 5,
        ..good.clone()
    };
    assert_eq!(
        verify(&renumbered, &ledger.files[5]),
        Err(ReceiptError::NotIncluded)
    );
    let previous = Receipt {
        previous: ledger.chains[3],
        ..good.clone()
    };
    assert_eq!(
        verify(&previous, &ledger.files[4]),
        Err(ReceiptError::NotIncluded)
    );
    for position in 0..good.proof.len() {
        let mut tampered = good.clone();
        tampered.proof[position] = ledger.leaves[0];
        assert_eq!(
            verify(&tampered, &ledger.files[4]),
            Err(ReceiptError::NotIncluded)
        );
    }
    let start = Receipt {
        previous: ledger.chains[1],
        ..ledger.receipt(0)
    };
    assert_eq!(verify(&start, &ledger.files[0]), Err(ReceiptError::Start));

    let mut resigned = good.clone();
    let checkpoint = Checkpoint {
        size: 10,
        ..ledger.checkpoint()
    };
    resigned.checkpoint.text = checkpoint.to_text();
    let refused = verify(&resigned, &ledger.files[4]);
    assert!(
        matches!(
            refused,
            Err(ReceiptError::Checkpoint(
                CheckpointError::BadSignature { .. }
            ))
        ),
        "{refused:?}"
    );
}

#[test]
fn a_certificate_must_be_the_identity_keys() {
    let ledger = ledger();
    let file = &ledger.files[4];
    let verify = |receipt: Receipt| receipt.verify(file, &identity_key()).map(|_| ());
    let with = |header: Vec<u8>| Receipt {
        certificate: Some(header),
        ..ledger.provisional(4)
    };
    let forged = verify(with(certificate_header(&certificate(100), EPOCH_SEED)));
    assert_eq!(
        forged,
        Err(ReceiptError::CertificateRefused(
            KeyEventError::BadSignature
        ))
    );
    let outside = verify(with(certificate_header(&certificate(8), IDENTITY_SEED)));
    let span = CheckpointError::OutsideSpan {
        size: SIZE,
        first: 1,
        last: 8,
    };
    assert_eq!(outside, Err(ReceiptError::Checkpoint(span)));
    let genesis = verify(with(genesis_header()));
    assert!(
        matches!(genesis, Err(ReceiptError::Certificate(_))),
        "{genesis:?}"
    );
    // The same statement under another sequence number.
    let header = certificate_header(&certificate(100), IDENTITY_SEED);
    let mut moved = Header::decode(&header).unwrap();
    moved.sequence = 2;
    let moved = verify(with(moved.encode()));
    assert!(
        matches!(moved, Err(ReceiptError::OtherCertificate { .. })),
        "{moved:?}"
    );
    let missing = verify(Receipt {
        certificate: None,
        ..ledger.provisional(4)
    });
    let unsigned = CheckpointError::NotSigned {
        name: identity_key().name().to_owned(),
    };
    assert_eq!(missing, Err(ReceiptError::Checkpoint(unsigned)));
    let needless = Receipt {
        checkpoint: ledger.identity_note(),
        ..ledger.provisional(4)
    };
    assert_eq!(verify(needless), Err(ReceiptError::NeedlessCertificate));
}

#[test]
fn a_key_event_that_is_not_lawful_has_no_receipt() {
    let lawful = certificate_header(&certificate(100), IDENTITY_SEED);
    let forged = certificate_header(&certificate(100), EPOCH_SEED);
    let empty = certificate_header(&certificate(1), IDENTITY_SEED);
    let moved = |header: &[u8], sequence| {
        let mut header = Header::decode(header).unwrap();
        header.sequence = sequence;
        header.encode()
    };
    let event = |sequence| event_file(sequence).header;
    let beginnings = [
        (genesis_header(), forged, 1),
        (genesis_header(), empty, 1),
        (genesis_header(), moved(&genesis_header(), 1), 1),
        (genesis_header(), event(1), 1),
        (event(0), lawful.clone(), 0),
        (moved(&lawful, 0), lawful, 0),
    ];
    for (number, (record_0, record_1, index)) in beginnings.into_iter().enumerate() {
        let ledger = ledger_beginning(record_0, record_1);
        let file = key_event_file(ledger.files[index as usize].header.clone());
        let refused = ledger.receipt(index).verify(&file, &identity_key());
        assert!(
            matches!(refused, Err(ReceiptError::OutOfPlace { .. })),
            "{number}: {refused:?}"
        );
    }
}

#[test]
fn the_text_is_a_tlog_proof() {
    let ledger = ledger();
    let text = ledger.receipt(4).to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "c2sp.org/tlog-proof@v1");
    assert!(
        lines[1].starts_with("extra oWhwcmV2aW91c1gg"),
        "{}",
        lines[1]
    );
    assert_eq!(lines[2], "index 4");
    assert_eq!(lines[7..9], ["", "audit.example.com/payments/000102abcdef"]);

    for (from, to) in [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("extra ", "Extra "),
        ("extra oW", "extra oX"),
        ("index 4", "index 04"),
        ("index 4", "index -4"),
        ("index 4\n", "index 4\n\n"),
        ("index 4\n", "index 4\nAAAA\n"),
        ("index 4\n", ""),
    ] {
        assert!(text.contains(from));
        assert!(
            Receipt::parse(text.replacen(from, to, 1).as_bytes()).is_err(),
            "{from:?} {to:?}"
        );
    }
    let without_extra = format!("{}\n{}", lines[0], lines[2..].join("\n"));
    assert!(Receipt::parse(without_extra.as_bytes()).is_err());
    assert!(Receipt::parse(&[b'x'; RECEIPT_BYTES_MAX + 1]).is_err());
    assert!(Receipt::parse(b"").is_err());
}

#[test]
fn no_changed_byte_of_the_text_passes_unseen() {
    let ledger = ledger();
    let file = &ledger.files[4];
    for receipt in [ledger.receipt(4), ledger.provisional(4)] {
        let good = receipt.to_string().into_bytes();
        for position in 0..good.len() {
            for flip in [0x01, 0x20] {
                let mut bytes = good.clone();
                bytes[position] ^= flip;
                let Ok(parsed) = Receipt::parse(&bytes) else {
                    continue;
                };
                assert_eq!(parsed.to_string().into_bytes(), bytes);
                let Ok(verdict) = parsed.verify(file, &identity_key()) else {
                    continue;
                };
                // A line of an unknown key is ignored, as notes have it, so one of two identity
                // lines may be lost. A certificate's signature covers its statement only; the rest
                // of its header is the chain's to protect.
                assert_eq!(verdict.checkpoint, ledger.checkpoint());
                assert_eq!(parsed.proof, receipt.proof);
                assert_eq!(parsed.previous, receipt.previous);
                let statement = |receipt: &Receipt| {
                    let header = receipt.certificate.clone().unwrap();
                    match Header::decode(&header).unwrap().kind {
                        RecordKind::Epoch(signed) => signed.statement.to_vec(),
                        other => panic!("{other:?}"),
                    }
                };
                if receipt.certificate.is_some() {
                    assert_eq!(statement(&parsed), statement(&receipt));
                }
            }
        }
    }
}
