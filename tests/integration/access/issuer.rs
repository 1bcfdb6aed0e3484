//! An issuer of tokens, made for one test: it signs, and a host of its own answers with its keys.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};

/// What the issuer is called.
pub(super) const NAME: &str = "https://id.example.org";

/// A key that signs tokens, with its id.
pub(super) enum Key {
    Ed25519(String, SigningKey),
    P256(String, EcdsaKeyPair),
}

impl Key {
    pub(super) fn ed25519(id: &str, seed: u8) -> Self {
        Self::Ed25519(id.to_owned(), SigningKey::from_bytes(&[seed; 32]))
    }

    pub(super) fn p256(id: &str) -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        Self::P256(id.to_owned(), pair)
    }

    fn id(&self) -> &str {
        match self {
            Self::Ed25519(id, _) | Self::P256(id, _) => id,
        }
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(..) => "EdDSA",
            Self::P256(..) => "ES256",
        }
    }

    /// The public key as a JSON Web Key.
    fn public(&self) -> Value {
        match self {
            Self::Ed25519(id, key) => json!({
                "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": id,
                "x": text(key.verifying_key().as_bytes()),
            }),
            Self::P256(id, pair) => {
                let point = pair.public_key().as_ref();
                json!({
                    "kty": "EC", "crv": "P-256", "use": "sig", "kid": id,
                    "x": text(&point[1..33]), "y": text(&point[33..]),
                })
            }
        }
    }

    /// A token with these claims.
    pub(super) fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": self.algorithm(), "kid": self.id(), "typ": "JWT" });
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = match self {
            Self::Ed25519(_, key) => key.sign(signed.as_bytes()).to_bytes().to_vec(),
            Self::P256(_, pair) => {
                let signature = pair.sign(&SystemRandom::new(), signed.as_bytes());
                signature.unwrap().as_ref().to_vec()
            }
        };
        format!("{signed}.{}", text(&signature))
    }

    /// The same under the public key as a secret, which a verifier would believe that lets a token choose how it is verified.
    pub(super) fn sign_with_the_public_key(&self, claims: &Value) -> String {
        let header = json!({ "alg": "HS256", "kid": self.id() });
        let signed = format!("{}.{}", part(&header), part(claims));
        let Self::Ed25519(_, key) = self else {
            panic!("only of an Ed25519 key");
        };
        let secret = hmac::Key::new(hmac::HMAC_SHA256, key.verifying_key().as_bytes());
        let tag = hmac::sign(&secret, signed.as_bytes());
        format!("{signed}.{}", text(tag.as_ref()))
    }
}

/// A token that nobody signed.
pub(super) fn unsigned(claims: &Value) -> String {
    format!("{}.{}.", part(&json!({ "alg": "none" })), part(claims))
}

/// What a token of somebody says who is in these groups, until so many seconds from now.
pub(super) fn claims(subject: &str, groups: &[&str], seconds: i64) -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs() as i64;
    json!({
        "iss": NAME, "aud": ["other", "indelible"], "sub": subject, "groups": groups,
        "iat": now, "exp": now + seconds,
    })
}

/// The host that answers with the issuer's keys. It ends with the process.
pub(super) struct Host {
    pub(super) url: String,
    keys: Arc<Mutex<Option<String>>>,
    asked: Arc<AtomicUsize>,
}

impl Host {
    /// One that has these keys.
    pub(super) fn start(keys: &[&Key]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = Self {
            url: format!("http://{}/keys", listener.local_addr().unwrap()),
            keys: Arc::default(),
            asked: Arc::default(),
        };
        host.publish(keys);
        let (keys, asked) = (Arc::clone(&host.keys), Arc::clone(&host.asked));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n")
                    && stream.read(&mut byte).is_ok_and(|read| read == 1)
                {
                    head.push(byte[0]);
                }
                asked.fetch_add(1, Ordering::SeqCst);
                let answer = match keys.lock().unwrap().as_ref() {
                    Some(keys) => format!(
                        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{keys}",
                        keys.len()
                    ),
                    None => {
                        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n".to_owned()
                    }
                };
                // Whoever asked may be gone.
                let _gone = stream.write_all(answer.as_bytes());
            }
        });
        host
    }

    /// Has these keys from now on, and no others.
    pub(super) fn publish(&self, keys: &[&Key]) {
        *self.keys.lock().unwrap() = Some(set(keys));
    }

    /// Has none to give.
    pub(super) fn fail(&self) {
        *self.keys.lock().unwrap() = None;
    }

    /// How often it was asked.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// A set of keys.
pub(super) fn set(keys: &[&Key]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| key.public()).collect();
    json!({ "keys": keys }).to_string()
}

fn part(value: &Value) -> String {
    text(value.to_string().as_bytes())
}

fn text(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
