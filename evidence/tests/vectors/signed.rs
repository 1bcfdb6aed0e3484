//! Keys, signatures, notes, checkpoints and key events.

use indelible_evidence::{
    checkpoint::{CheckpointError, verify_epoch, verify_epoch_lines, verify_identity},
    header::{Header, RecordKind},
    key_event::{
        Closed, DataKeyChange, Disposal, EpochCertificate, Erasure, Genesis, Hold, IdentityChange,
        KekChange, LedgerIdentity, ProducerChange, PublicKey, Revocation, SettingsChange,
    },
    note::{SignatureType, SignedNote, VerifierKey},
    verify::{Custody, Identities, check_key_event},
};

use crate::{Outcome, Vector};

fn said<E: ToString>(error: E) -> String {
    error.to_string()
}

pub(crate) fn signature(vector: &Vector) -> Outcome {
    let public = vector.bytes("public").try_into().unwrap();
    let key = PublicKey::from_bytes(public).map_err(said)?;
    let signature = vector
        .bytes("signature")
        .try_into()
        .map_err(|_| "not 64 bytes".to_owned())?;
    if key.verify(&vector.bytes("message"), &signature) {
        Ok(())
    } else {
        Err("not signed".into())
    }
}

pub(crate) fn vkey(vector: &Vector) -> Outcome {
    let key = VerifierKey::parse(vector.text("vkey")).map_err(said)?;
    if vector.is_good() {
        let kind = match key.signature_type() {
            SignatureType::Ed25519 => 1,
            SignatureType::Cosignature => 4,
        };
        assert_eq!(
            (key.name(), kind),
            (vector.text("key_name"), vector.number("type"))
        );
        assert_eq!(key.public().as_slice(), vector.bytes("public"));
        assert_eq!(key.to_string(), vector.text("vkey"));
    }
    Ok(())
}

pub(crate) fn note(vector: &Vector) -> Outcome {
    let bytes = vector.file("file");
    let note = SignedNote::parse(&bytes).map_err(said)?;
    assert_eq!(note.to_string().as_bytes(), bytes, "{}", vector.name());
    Ok(())
}

pub(crate) fn checkpoint(vector: &Vector) -> Outcome {
    let key = VerifierKey::parse(vector.text("key")).unwrap();
    let note = SignedNote::parse(&vector.file("file")).map_err(said)?;
    let header = vector
        .0
        .get("certificate")
        .map(|_| vector.bytes("certificate"));
    let certificate = header.as_ref().map(|header| certificate(header, &key));
    let (checkpoint, identity, time) = match verify_identity(&note, &key) {
        Ok(verified) if verified.identity_line => {
            // A line of an epoch key that is known must verify, too.
            if let Some(certificate) = certificate {
                verify_epoch_lines(&note, &certificate?).map_err(said)?;
            }
            (verified.checkpoint, true, verified.identity_time)
        }
        Ok(_) => return Err("no plain identity line".into()),
        Err(error) => match (error, certificate) {
            (CheckpointError::NotSigned { .. }, Some(certificate)) => {
                let checkpoint = verify_epoch(&note, &certificate?).map_err(said)?;
                (checkpoint, false, None)
            }
            (error, _) => return Err(said(error)),
        },
    };
    if vector.is_good() {
        assert_eq!(checkpoint.origin.as_str(), vector.text("origin"));
        assert_eq!(checkpoint.size, vector.number("size"));
        assert_eq!(checkpoint.root.as_bytes().as_slice(), vector.bytes("root"));
        assert_eq!(vector.0["identity"], identity, "{}", vector.name());
        assert_eq!(
            vector.0.get("time").and_then(serde_json::Value::as_u64),
            time
        );
    }
    Ok(())
}

fn certificate(header: &[u8], key: &VerifierKey) -> Result<EpochCertificate, String> {
    let header = Header::decode(header).map_err(said)?;
    let RecordKind::Epoch(signed) = &header.kind else {
        return Err("no certificate".into());
    };
    EpochCertificate::verify(signed, &LedgerIdentity::pinned(key.clone())).map_err(said)
}

pub(crate) fn key_event(vector: &Vector) -> Outcome {
    let key = VerifierKey::parse(vector.text("key")).unwrap();
    let bytes = vector.file("file");
    let header = Header::decode(&bytes).map_err(said)?;
    let (mut identities, mut custody) = (Identities::new(key), Custody::new());
    let mut problems = Vec::new();
    let mut take = |bytes: &[u8]| -> Outcome {
        let header = Header::decode(bytes).map_err(said)?;
        let event = check_key_event(&header, &identities).ok_or("not a key event")?;
        let _ = custody.advance(&event, None, |finding| problems.push(finding.detail));
        identities.advance(&event);
        Ok(())
    };
    // Those before it, which hold.
    for before in vector.0["before"].as_array().into_iter().flatten() {
        take(&crate::unhex(before.as_str().unwrap()))?;
    }
    take(&bytes)?;
    if !problems.is_empty() {
        return Err(problems.join("; "));
    }
    if vector.is_good() && vector.0.get("message").is_some() {
        let statement = header.kind.statement().ok_or("an event")?.statement;
        let message = match &header.kind {
            RecordKind::Event(_) | RecordKind::Governance(_) => return Err("an event".into()),
            RecordKind::Genesis(_) => Genesis::message(statement),
            RecordKind::Epoch(_) => EpochCertificate::message(statement),
            RecordKind::Identity(_) => IdentityChange::message(statement),
            RecordKind::Revocation(_) => Revocation::message(statement),
            RecordKind::Kek(_) => KekChange::message(statement),
            RecordKind::DataKey(_) => DataKeyChange::message(statement),
            RecordKind::Erasure(_) => Erasure::message(statement),
            RecordKind::Hold(_) => Hold::message(statement),
            RecordKind::Settings(_) => SettingsChange::message(statement),
            RecordKind::Producer(_) => ProducerChange::message(statement),
            RecordKind::Disposal(_) => Disposal::message(statement),
            RecordKind::Closed(_) => Closed::message(statement),
        };
        assert_eq!(statement, vector.bytes("statement"), "{}", vector.name());
        assert_eq!(message, vector.bytes("message"), "{}", vector.name());
    }
    Ok(())
}
