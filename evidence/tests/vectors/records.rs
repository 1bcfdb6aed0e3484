//! CBOR, origins, headers, bodies, record files and commitments.

use indelible_evidence::{
    body::Body,
    cbor::{CborError, Decoder, MapKeys, Type},
    commitment::{Domain, commit},
    hash::Salt,
    header::{Header, RecordKind},
    key_event::{
        Closed, DataKeyChange, Disposal, EpochCertificate, Erasure, Genesis, Hold, IdentityChange,
        KekChange, ProducerChange, PublicKey, Revocation, SettingsChange,
    },
    limits::DEPTH_MAX,
    origin::Origin,
    record_file::RecordFile,
    verify::{
        Custody, KeyEvent, Statement,
        records::{RecordFacts, Succession},
    },
};
use serde_json::{Value, json};

use crate::{Outcome, Vector, hex};

fn said<E: ToString>(error: E) -> String {
    error.to_string()
}

pub(crate) fn cbor(vector: &Vector) -> Outcome {
    let bytes = vector.file("file");
    let mut decoder = Decoder::new(&bytes);
    item(&mut decoder, 0)?;
    decoder.finish().map_err(said)
}

/// Reads one item of any type, and all that it holds. The structures of the format fix how deep each of
/// them nests; here, where any item may come, the depth is this reader's to keep.
fn item(decoder: &mut Decoder<'_>, depth: usize) -> Outcome {
    let kind = decoder.peek().map_err(said)?;
    if depth == DEPTH_MAX && matches!(kind, Type::Array | Type::Map) {
        return Err("nests too deep".into());
    }
    match kind {
        Type::Array => {
            let length = decoder.array().map_err(said)?;
            (0..length).try_for_each(|_| item(decoder, depth + 1))
        }
        Type::Map => {
            let mut keys = MapKeys::begin(decoder).map_err(said)?;
            while keys.next_key(decoder).map_err(said)?.is_some() {
                item(decoder, depth + 1)?;
            }
            Ok(())
        }
        _ => scalar(decoder, kind).map_err(said),
    }
}

fn scalar(decoder: &mut Decoder<'_>, kind: Type) -> Result<(), CborError> {
    match kind {
        Type::Uint => decoder.uint().map(drop),
        Type::Bytes => decoder.bytes().map(drop),
        Type::Text => decoder.text().map(drop),
        Type::Boolean => decoder.boolean().map(drop),
        Type::Array | Type::Map => Ok(()),
    }
}

pub(crate) fn origin(vector: &Vector) -> Outcome {
    Origin::parse(vector.text("origin")).map(drop).map_err(said)
}

pub(crate) fn header(vector: &Vector) -> Outcome {
    let bytes = vector.file("file");
    let decoded = Header::decode(&bytes).map_err(said);
    // A bad one is found by exactly the layer that is named.
    let header = match (vector.text("layer"), vector.is_good()) {
        ("header", false) => return decoded.map(drop),
        _ => decoded.unwrap_or_else(|problem| panic!("{}: {problem}", vector.name())),
    };
    match vector.text("layer") {
        "place" => return place(&header),
        "statement" => return statement(&header),
        _ => {}
    }
    place(&header)?;
    assert_eq!(header.encode(), bytes, "{}", vector.name());
    assert_eq!(fields(&header), vector.0["fields"], "{}", vector.name());
    Ok(())
}

fn fields(header: &Header<'_>) -> Value {
    let mut fields = json!({
        "v": 0,
        "kind": header.kind_name(),
        "seq": header.sequence,
        "time": header.time,
        "prior_key_event": header.prior_key_event,
    });
    match &header.kind {
        RecordKind::Event(event) | RecordKind::Governance(event) => {
            fields["type"] = event.event_type.into();
            fields["body"] = hex(event.body.as_bytes()).into();
            if let Some(classification) = event.classification {
                fields["classification"] = classification.into();
            }
            if let Some(payload) = event.payload {
                fields["payload"] = hex(payload.as_bytes()).into();
            }
            if let Some(sealed) = event.sealed {
                fields["data_key"] = hex(sealed.data_key.as_bytes()).into();
                fields["key_commitment"] = hex(sealed.key_commitment.as_bytes()).into();
            }
        }
        other => {
            let signed = other.statement().unwrap();
            fields["statement"] = hex(signed.statement).into();
            let signatures = signed.signatures.iter().map(|signature| hex(signature));
            fields["signatures"] = signatures.collect::<Vec<_>>().into();
        }
    }
    fields
}

/// Some key.
fn base_point() -> PublicKey {
    let mut bytes = [0x66; 32];
    bytes[0] = 0x58;
    PublicKey::from_bytes(bytes).unwrap()
}

/// What the sequence number alone says of a header: the checks of a verifier that has seen a valid beginning.
fn place(header: &Header<'_>) -> Outcome {
    let mut problems = Vec::new();
    if !header.names_a_record_before() {
        problems.push("it names no key event before it".to_owned());
    }
    let before = header.sequence.checked_sub(1);
    // Whatever key events there were, the newest is below the record.
    let newest = before.map(|before| header.prior_key_event.min(before));
    Succession::after(0, newest).advance(&RecordFacts::of(header), |finding| {
        problems.push(finding.detail)
    });
    let genesis = |sequence| KeyEvent {
        sequence,
        time: 0,
        statement: Ok(Statement::Genesis(Box::new(Genesis {
            origin: Origin::parse("tests.example/place/0123456789ab").unwrap(),
            created: 0,
            identity: base_point().into(),
            recovery: None,
            settings: None,
            predecessor: None,
        }))),
    };
    let certificate = |sequence| KeyEvent {
        sequence,
        time: 0,
        statement: Ok(Statement::Epoch {
            key: base_point(),
            root: indelible_evidence::tree::empty_root(),
            last: u64::MAX,
        }),
    };
    let mut custody = Custody::new();
    let mut take = |event| {
        let _ = custody.advance(&event, None, |finding| problems.push(finding.detail));
    };
    match header.sequence {
        0 => {}
        1 => take(genesis(0)),
        _ => {
            take(genesis(0));
            take(certificate(1));
        }
    }
    match &header.kind {
        RecordKind::Genesis(_) if header.sequence != 0 => return Err("a second genesis".into()),
        RecordKind::Genesis(_) => take(genesis(header.sequence)),
        RecordKind::Epoch(_) => take(certificate(header.sequence)),
        // Custody has nothing to say of where the others stand.
        _ => {}
    }
    custody.finish(header.sequence + 1, |finding| problems.push(finding.detail));
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("; "))
    }
}

fn statement(header: &Header<'_>) -> Outcome {
    let Some(signed) = header.kind.statement() else {
        return Ok(());
    };
    let statement = signed.statement;
    let encoded = match &header.kind {
        RecordKind::Event(_) | RecordKind::Governance(_) => return Ok(()),
        RecordKind::Genesis(_) => Genesis::decode(statement).map(|stated| stated.encode()),
        RecordKind::Epoch(_) => EpochCertificate::decode(statement).map(|stated| stated.encode()),
        RecordKind::Identity(_) => IdentityChange::decode(statement).map(|stated| stated.encode()),
        RecordKind::Revocation(_) => Revocation::decode(statement).map(|stated| stated.encode()),
        RecordKind::Kek(_) => KekChange::decode(statement).map(|stated| stated.encode()),
        RecordKind::DataKey(_) => DataKeyChange::decode(statement).map(|stated| stated.encode()),
        RecordKind::Erasure(_) => Erasure::decode(statement).map(|stated| stated.encode()),
        RecordKind::Hold(_) => Hold::decode(statement).map(|stated| stated.encode()),
        RecordKind::Settings(_) => SettingsChange::decode(statement).map(|stated| stated.encode()),
        RecordKind::Producer(_) => ProducerChange::decode(statement).map(|stated| stated.encode()),
        RecordKind::Disposal(_) => Disposal::decode(statement).map(|stated| stated.encode()),
        RecordKind::Closed(_) => Closed::decode(statement).map(|stated| stated.encode()),
    };
    assert_eq!(encoded.map_err(said)?, statement);
    let wanted = match &header.kind {
        RecordKind::Identity(_) => 2,
        _ => 1,
    };
    if signed.signatures.len() == wanted {
        Ok(())
    } else {
        Err(format!("signatures wanted: {wanted}"))
    }
}

pub(crate) fn body(vector: &Vector) -> Outcome {
    let bytes = vector.file("file");
    let mut body = Body::decode(&bytes).map_err(said)?;
    let mut encoded = Vec::new();
    body.encode_into(&mut encoded).unwrap();
    assert_eq!(encoded, bytes, "{}", vector.name());
    // That a producer's key is one takes long, and is left to whoever verifies its signature.
    let producer = body.producer.map(|producer| producer.public_key());
    producer.transpose().map(drop).map_err(said)
}

pub(crate) fn record_file(vector: &Vector) -> Outcome {
    let bytes = vector.file("file");
    let record = RecordFile::decode(&bytes).map_err(said)?;
    assert_eq!(record.encode(), bytes, "{}", vector.name());
    Ok(())
}

pub(crate) fn commitment(vector: &Vector) -> Outcome {
    let salt = Salt::try_from(vector.bytes("salt").as_slice()).unwrap();
    let domain = match vector.number("domain") {
        1 => Domain::Body,
        2 => Domain::Payload,
        0x11 => Domain::SealedBody,
        0x12 => Domain::SealedPayload,
        other => panic!("domain {other}"),
    };
    let commitment = commit(&salt, domain, &vector.bytes("bytes"));
    assert_eq!(
        commitment.as_bytes().as_slice(),
        vector.bytes("commitment"),
        "{}",
        vector.name()
    );
    Ok(())
}
