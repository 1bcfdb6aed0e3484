//! Envelopes that open, and every way not to.

use super::*;

const BINDING: Binding<'static> = Binding {
    event_id: "0197b4a2-0000-7000-8000-000000000001",
    system_id: "credit-scoring",
    timestamp: "2026-11-20T09:30:00Z",
};

fn key() -> EnvelopeKey {
    EnvelopeKey::parse(&[7; KEY_BYTES]).unwrap()
}

#[test]
fn the_additional_data_is_canonical_json() {
    let text = r#"{"eventId":"0197b4a2-0000-7000-8000-000000000001","systemId":"credit-scoring","timestamp":"2026-11-20T09:30:00Z"}"#;
    assert_eq!(BINDING.additional_data(), text.as_bytes());
    // RFC 8785, section 3.2.2.2: short escapes where there are, lower-case digits otherwise, all else as it is.
    let odd = Binding {
        event_id: "\u{8}\t\n\u{c}\r\"\\/",
        system_id: "\u{1f}\u{7f}",
        timestamp: "€\u{10000}",
    };
    let text = "{\"eventId\":\"\\b\\t\\n\\f\\r\\\"\\\\/\",\"systemId\":\"\\u001f\u{7f}\",\"timestamp\":\"€\u{10000}\"}";
    assert_eq!(odd.additional_data(), text.as_bytes());
}

/// Made with Python's `cryptography`: `AESGCM(bytes(range(32))).encrypt(bytes(range(12)), b"…", aad)`.
#[test]
fn an_envelope_of_another_implementation_opens() {
    let key = EnvelopeKey::parse(&(0..32).collect::<Vec<u8>>()).unwrap();
    let sealed = SealedPayload {
        ciphertext: unhex(STRANGERS_CIPHERTEXT).unwrap().to_vec(),
        nonce: (0..12).collect(),
        aad_digest: unhex(STRANGERS_DIGEST).unwrap().to_vec(),
    };
    let opened = sealed.open(&key, &BINDING).unwrap();
    assert_eq!(opened.as_slice(), STRANGERS_PLAINTEXT);
}

const STRANGERS_PLAINTEXT: &[u8] = br#"{"input":{"income":41000},"metadata":{},"output":"refer"}"#;
const STRANGERS_CIPHERTEXT: &[u8] = b"3c20bf75b590b639b73ab5e2df8a1700e6f4bd00c14b6f4c454bc7e8781d61d66064cfde95ba6fb456cb0a99f8f25c1ad47b12e83cb3d1f8423f1f92d06a9ec1059b05fa12a24f3eaa";
const STRANGERS_DIGEST: &[u8] = b"378e4dd24d68014ed1230c7720d3da025bff7c7e7642111ff4ba762a45fdecbc";

#[test]
fn the_same_event_is_sealed_to_the_same_bytes() {
    let seal = |binding: &Binding<'_>, payload: &[u8]| {
        SealedPayload::seal(&key(), binding, payload).unwrap()
    };
    let sealed = seal(&BINDING, b"payload");
    assert_eq!(sealed, seal(&BINDING, b"payload"));
    assert_eq!(
        sealed.open(&key(), &BINDING).unwrap().as_slice(),
        b"payload"
    );
    let other = Binding {
        event_id: "2",
        ..BINDING
    };
    assert_ne!(sealed.nonce, seal(&other, b"payload").nonce);
    assert_ne!(sealed.nonce, seal(&BINDING, b"payloae").nonce);
    let another_key = EnvelopeKey::parse(&[8; KEY_BYTES]).unwrap();
    let under_another = SealedPayload::seal(&another_key, &BINDING, b"payload").unwrap();
    assert_ne!(sealed.nonce, under_another.nonce);
}

#[test]
fn each_way_not_to_open_is_told_and_none_tells_more_than_it_must() {
    let sealed = SealedPayload::seal(&key(), &BINDING, b"payload").unwrap();
    let refused = |sealed: &SealedPayload, key: &EnvelopeKey, binding: &Binding<'_>| {
        sealed.open(key, binding).unwrap_err()
    };
    for other in [
        Binding {
            event_id: "x",
            ..BINDING
        },
        Binding {
            system_id: "x",
            ..BINDING
        },
        Binding {
            timestamp: "2026-11-20T09:30:00+00:00",
            ..BINDING
        },
    ] {
        assert_eq!(refused(&sealed, &key(), &other), EnvelopeError::OtherEvent);
        // Whoever changes the digest as well still has the tag against him.
        let forged = SealedPayload {
            aad_digest: other.digest().to_vec(),
            ..sealed.clone()
        };
        assert_eq!(refused(&forged, &key(), &other), EnvelopeError::DoesNotOpen);
    }
    let without = SealedPayload {
        aad_digest: Vec::new(),
        ..sealed.clone()
    };
    assert_eq!(refused(&without, &key(), &BINDING), EnvelopeError::NoDigest);
    for found in [0, 11, 13] {
        let odd = SealedPayload {
            nonce: vec![1; found],
            ..sealed.clone()
        };
        assert_eq!(
            refused(&odd, &key(), &BINDING),
            EnvelopeError::Nonce { found }
        );
    }
    let another_key = EnvelopeKey::parse(&[8; KEY_BYTES]).unwrap();
    assert_eq!(
        refused(&sealed, &another_key, &BINDING),
        EnvelopeError::DoesNotOpen
    );
    for place in 0..sealed.ciphertext.len() {
        let mut altered = sealed.clone();
        altered.ciphertext[place] ^= 1;
        assert_eq!(
            refused(&altered, &key(), &BINDING),
            EnvelopeError::DoesNotOpen
        );
    }
    for place in 0..NONCE_BYTES {
        let mut altered = sealed.clone();
        altered.nonce[place] ^= 1;
        assert_eq!(
            refused(&altered, &key(), &BINDING),
            EnvelopeError::DoesNotOpen
        );
    }
    for length in 0..16 {
        let cut = SealedPayload {
            ciphertext: sealed.ciphertext[..length].to_vec(),
            ..sealed.clone()
        };
        assert_eq!(refused(&cut, &key(), &BINDING), EnvelopeError::DoesNotOpen);
    }
}

#[test]
fn a_key_comes_as_bytes_or_as_text() {
    let bytes: Vec<u8> = (0..32).collect();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    let base64 = BASE64.encode(&bytes);
    let forms = [
        bytes.clone(),
        hex.clone().into_bytes(),
        format!("{}\n", hex.to_lowercase()).into_bytes(),
        base64.clone().into_bytes(),
        format!(" {base64}\r\n").into_bytes(),
    ];
    for form in forms {
        assert_eq!(*EnvelopeKey::parse(&form).unwrap().0, bytes.as_slice());
    }
    // A key of spaces and line ends at its edges is one all the same.
    assert!(EnvelopeKey::parse(&[b'\n'; 32]).is_ok());
    let not_keys: [&[u8]; 7] = [
        b"",
        &[7; 31],
        &[7; 33],
        b"00112233445566778899aabbccddeeff",
        b"00112233445566778899aabbccddeeff\n",
        &[b'z'; 64],
        &[b'='; 44],
    ];
    for bytes in not_keys {
        let error = EnvelopeKey::parse(bytes).err();
        assert_eq!(error, Some(EnvelopeError::NotAKey), "{bytes:?}");
    }
}
