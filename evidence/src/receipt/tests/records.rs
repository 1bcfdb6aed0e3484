//! What a receipt proves, and what does not belong together.

use super::*;
use crate::checkpoint::CheckpointError;

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
        Err(ReceiptError::CertificateRefused {
            sequence: 1,
            problem:
                "the certificate does not hold: the signature over the statement does not verify"
                    .to_owned(),
        })
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
        matches!(
            moved,
            Err(ReceiptError::CertificateRefused { sequence: 2, .. })
        ),
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
    let event = |sequence| event_file(sequence, 1).header;
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
        let file = header_file(ledger.files[index as usize].header.clone());
        let refused = ledger.receipt(index).verify(&file, &identity_key());
        assert!(
            matches!(refused, Err(ReceiptError::OutOfPlace { .. })),
            "{number}: {refused:?}"
        );
    }
}
