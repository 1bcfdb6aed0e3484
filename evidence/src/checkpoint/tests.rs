//! Checkpoints under the identity key, epoch keys and witnesses.

use super::*;
use crate::testing::{
    EPOCH_SEED, IDENTITY_SEED, WITNESS_SEED, certificate, identity_key, origin, public_key, sign,
};

fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint {
        origin: origin(),
        size,
        root: TreeHash::from_bytes([5; 32]),
    }
}

fn note(size: u64, lines: impl IntoIterator<Item = SignatureLine>) -> SignedNote {
    SignedNote {
        text: checkpoint(size).to_text(),
        signatures: lines.into_iter().collect(),
    }
}

fn identity_line(size: u64) -> SignatureLine {
    let key = identity_key();
    let text = checkpoint(size).to_text();
    signature_line(
        key.name(),
        key.key_id(),
        &sign(IDENTITY_SEED, text.as_bytes()),
    )
}

fn timestamped(key: &VerifierKey, seed: u8, size: u64, time: u64) -> SignatureLine {
    let message = cosignature_message(time, &checkpoint(size).to_text());
    cosignature_line(key.name(), key.key_id(), time, &sign(seed, &message))
}

fn identity_time_line(size: u64, time: u64) -> SignatureLine {
    let key = identity_key().with_type(SignatureType::Cosignature);
    timestamped(&key, IDENTITY_SEED, size, time)
}

fn epoch_line(size: u64, seed: u8) -> SignatureLine {
    let name = epoch_key_name(&origin(), 1);
    let key_id = crate::note::key_id(
        &name,
        SignatureType::Ed25519,
        public_key(EPOCH_SEED).as_bytes(),
    );
    signature_line(
        &name,
        key_id,
        &sign(seed, checkpoint(size).to_text().as_bytes()),
    )
}

#[test]
fn the_text_has_three_lines() {
    let text = "audit.example.com/payments/000102abcdef\n20852163\n\
        BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=\n";
    assert_eq!(checkpoint(20_852_163).to_text(), text);
    assert_eq!(Checkpoint::parse_text(text), Ok(checkpoint(20_852_163)));
    for (from, to) in [
        ("20852163", "020852163"),
        ("20852163", "+20852163"),
        ("20852163", ""),
        ("20852163", "9223372036854775808"),
        ("20852163", "2085216٣"),
        ("BQU=\n", "BQV=\n"),
        ("BQU=\n", "BQU\n"),
        ("BQU=\n", "BQU="),
        ("BQU=\n", "BQU=\nextension\n"),
        ("BQU=\n", "BQU=\n\n"),
        ("\nBQUF", "\n"),
        ("audit.example.com/payments/000102abcdef\n", ""),
        ("audit", "audit+"),
    ] {
        assert!(text.contains(from));
        assert!(
            Checkpoint::parse_text(&text.replace(from, to)).is_err(),
            "{from:?} to {to:?}"
        );
    }
    let empty = text.replace("20852163", "0");
    assert_eq!(Checkpoint::parse_text(&empty).map(|c| c.size), Ok(0));
}

#[test]
fn the_identity_key_signs_plainly_and_with_a_time() {
    let key = identity_key();
    let verified = |lines: Vec<SignatureLine>| {
        let verified = verify_identity(&note(7, lines), &key)?;
        assert_eq!(verified.checkpoint, checkpoint(7));
        Ok::<_, CheckpointError>((verified.identity_line, verified.identity_time))
    };
    assert_eq!(verified(vec![identity_line(7)]), Ok((true, None)));
    let both = vec![identity_line(7), identity_time_line(7, 100)];
    assert_eq!(verified(both), Ok((true, Some(100))));
    let two_times = vec![identity_time_line(7, 100), identity_time_line(7, 99)];
    assert_eq!(verified(two_times), Ok((false, Some(100))));
    let name = key.name().to_owned();
    let not_signed = Err(CheckpointError::NotSigned { name: name.clone() });
    assert_eq!(verified(vec![epoch_line(7, EPOCH_SEED)]), not_signed);
    let bad = Err(CheckpointError::BadSignature { name });
    assert_eq!(verified(vec![identity_line(7), identity_line(8)]), bad);
    assert_eq!(
        verified(vec![identity_line(7), identity_time_line(8, 1)]),
        bad
    );
    assert_eq!(
        verified(vec![identity_line(7), identity_time_line(7, 1 << 63)]),
        bad
    );
    let mut short = identity_line(7);
    short.signature.pop();
    assert_eq!(verified(vec![short]), bad);
}

#[test]
fn a_time_is_signed() {
    let key = identity_key();
    let mut line = identity_time_line(7, 100);
    line.signature[7] ^= 1;
    let refused = verify_identity(&note(7, [line]), &key);
    assert!(matches!(refused, Err(CheckpointError::BadSignature { .. })));
}

#[test]
fn another_log_is_refused() {
    let other = "audit.example.com/payments/000102abcdee";
    let key = VerifierKey::new(other, SignatureType::Ed25519, identity_key().public()).unwrap();
    let refused = verify_identity(&note(7, [identity_line(7)]), &key);
    assert!(matches!(refused, Err(CheckpointError::OtherOrigin { .. })));
    let mut certificate = certificate(10);
    certificate.origin = Origin::parse(other).unwrap();
    let refused = verify_epoch(&note(7, [epoch_line(7, EPOCH_SEED)]), &certificate);
    assert!(matches!(refused, Err(CheckpointError::OtherOrigin { .. })));
}

#[test]
fn an_epoch_key_signs_its_span_and_nothing_else() {
    let certificate = certificate(10);
    let verify = |size, seed| {
        verify_epoch(&note(size, [epoch_line(size, seed)]), &certificate).map(|c| c.size)
    };
    for size in 2..=10 {
        assert_eq!(verify(size, EPOCH_SEED), Ok(size));
    }
    for size in [0, 1, 11, 1 << 40] {
        let outside = CheckpointError::OutsideSpan {
            size,
            first: 1,
            last: 10,
        };
        assert_eq!(verify(size, EPOCH_SEED), Err(outside));
    }
    let name = epoch_key_name(&origin(), 1);
    assert_eq!(name, "audit.example.com/payments/000102abcdef#1");
    let bad = CheckpointError::BadSignature { name: name.clone() };
    assert_eq!(verify(7, IDENTITY_SEED), Err(bad));
    let unsigned = verify_epoch(&note(7, [identity_line(7)]), &certificate);
    assert_eq!(unsigned, Err(CheckpointError::NotSigned { name }));
}

#[test]
fn a_witness_cosigns_with_a_time() {
    let public = *public_key(WITNESS_SEED).as_bytes();
    let witness =
        VerifierKey::new("witness.example.com/w1", SignatureType::Cosignature, public).unwrap();
    let line = timestamped(&witness, WITNESS_SEED, 7, 1_679_315_147);
    let message = cosignature_message(1_679_315_147, &checkpoint(7).to_text());
    assert!(message.starts_with(b"cosignature/v1\ntime 1679315147\naudit.example.com/"));
    assert_eq!(
        verify_cosignature(&note(7, [identity_line(7), line.clone()]), &witness),
        Ok(Some(1_679_315_147))
    );
    assert_eq!(
        verify_cosignature(&note(7, [identity_line(7)]), &witness),
        Ok(None)
    );
    let elsewhere = verify_cosignature(&note(8, [line]), &witness);
    assert!(matches!(
        elsewhere,
        Err(CheckpointError::BadSignature { .. })
    ));
}
