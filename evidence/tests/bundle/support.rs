//! A small ledger with fixed seeds, and bundles of it. The tests of the program use it, too.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::ControlFlow;

use ed25519_dalek::{Signer, SigningKey};
use indelible_evidence::bundle::{
    BundlePlan, GovernanceState, KeyEventRecord, Part, RecordSource, Selection, SourceRecord,
    write_bundle,
};
use indelible_evidence::checkpoint::{cosignature_line, cosignature_message, signature_line};
use indelible_evidence::tree::leaf_hash;
use indelible_evidence::{
    Body, ChainHash, ChainHasher, Checkpoint, DataKeyId, Domain, Encryption, EpochCertificate,
    Erasure, EventCipher, EventHeader, EventKey, FactValue, Frontier, Genesis, Header,
    IdentityChange, IdentityTag, NodeId, Origin, PartKind, PublicKey, RecordKind, Revocation, Salt,
    Settings, SignatureLine, SignatureType, SignedNote, SignedStatement, TreeHash, VerifierKey,
    commit,
};

#[path = "support/archive.rs"]
pub(crate) mod archive;
#[path = "support/bundling.rs"]
pub(crate) mod bundling;
#[path = "support/key_events.rs"]
mod key_events;

/// The time of a test ledger's record 0, in nanoseconds.
pub(crate) const BEGINNING: u64 = 1_800_000_000_000_000_000;
/// The time of a test ledger's checkpoints, in seconds.
pub(crate) const CHECKPOINT_TIME: u64 = 1_800_000_100;

/// A body or payload as the ledger keeps it.
pub(crate) type Kept = Option<(Salt, Vec<u8>)>;

/// A record as the ledger keeps it.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) header: Vec<u8>,
    pub(crate) chain: ChainHash,
    pub(crate) body: Kept,
    pub(crate) payload: Kept,
}

/// A ledger in memory.
#[derive(Clone)]
pub(crate) struct Ledger {
    pub(crate) origin: Origin,
    /// The key to pin: genesis's.
    pub(crate) pinned: SigningKey,
    /// The identity in force, and the record that introduced it.
    pub(crate) identity: SigningKey,
    pub(crate) introduced: u64,
    /// Whether genesis names a recovery key.
    recovery: bool,
    /// Whether `identity` records state their places, as they do unless the ledger began under the first draft.
    pub(crate) states_places: bool,
    /// The governance states that bundles carry: the records and the states.
    pub(crate) governance: Vec<(u64, Vec<u8>)>,
    pub(crate) records: Vec<Record>,
    pub(crate) key_events: Vec<KeyEventRecord>,
    /// The states of bodies and payloads that are not what the ledger keeps.
    pub(crate) states: Vec<(u64, Domain, Part<'static>)>,
    /// The event keys that bundles disclose, by record.
    pub(crate) disclosed: BTreeMap<u64, [u8; 32]>,
    nodes: Vec<Vec<TreeHash>>,
    frontier: Frontier,
    hasher: ChainHasher,
    chain: ChainHash,
    newest_key_event: u64,
    /// Added to every recorded time.
    pub(crate) time_shift: i64,
}

/// A key of a fixed seed.
pub(crate) fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// The public key of a key.
pub(crate) fn public_of(key: &SigningKey) -> PublicKey {
    PublicKey::from_bytes(key.verifying_key().to_bytes()).unwrap()
}

/// A SHA-256 digest.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).into()
}

/// A salt for one part of one record.
/// The key of the epoch that begins at a record: each epoch has its own.
pub(crate) fn epoch_key(first: u64) -> SigningKey {
    match first {
        0 | 1 => signing_key(200),
        _ => {
            let seed = blake3::hash(format!("epoch of {first}").as_bytes());
            SigningKey::from_bytes(seed.as_bytes())
        }
    }
}

/// Settings that promise nothing.
pub(crate) fn settings() -> Settings {
    Settings {
        encryption: Encryption::Subjects,
        access_trail: false,
        conventions: false,
        signed_sources: Vec::new(),
        retention: Vec::new(),
    }
}

pub(crate) fn salt(sequence: u64, domain: Domain) -> Salt {
    let mut bytes = [domain as u8; 32];
    bytes[..8].copy_from_slice(&sequence.to_le_bytes());
    Salt::from_bytes(*blake3::hash(&bytes).as_bytes())
}

/// The body of a test event.
pub(crate) fn body(sequence: u64) -> Vec<u8> {
    let id = format!("event-{sequence:08}");
    let mut body = Body {
        id: &id,
        source: "tests/ledger",
        actor: Some("someone"),
        ..Body::default()
    };
    body.subject = Some("thing");
    body.facts.push(("amount", FactValue::Uint(sequence)));
    let mut out = Vec::new();
    body.encode_into(&mut out).unwrap();
    out
}

impl Ledger {
    /// A ledger with genesis and the first certificate.
    pub(crate) fn new(name: &str, seed: u8) -> Self {
        let mut ledger = Self::empty(name, seed);
        ledger.genesis(|_| ());
        ledger.epoch(1_000_000_000);
        ledger
    }

    /// A ledger without any record.
    pub(crate) fn empty(name: &str, seed: u8) -> Self {
        let origin = Origin::parse(&format!("tests.example/{name}/0123456789ab")).unwrap();
        Self {
            chain: ChainHasher::start(&origin),
            pinned: signing_key(seed),
            identity: signing_key(seed),
            introduced: 0,
            recovery: false,
            states_places: true,
            governance: Vec::new(),
            origin,
            records: Vec::new(),
            key_events: Vec::new(),
            states: Vec::new(),
            disclosed: BTreeMap::new(),
            nodes: Vec::new(),
            frontier: Frontier::new(),
            hasher: ChainHasher::new(),
            newest_key_event: 0,
            time_shift: 0,
        }
    }

    /// The key to pin.
    pub(crate) fn key(&self) -> VerifierKey {
        self.key_of(&self.pinned)
    }

    fn key_of(&self, identity: &SigningKey) -> VerifierKey {
        let public = identity.verifying_key().to_bytes();
        VerifierKey::new(self.origin.as_str(), SignatureType::Ed25519, public).unwrap()
    }

    pub(crate) fn size(&self) -> u64 {
        self.records.len() as u64
    }

    pub(crate) fn root(&self) -> TreeHash {
        self.frontier.root()
    }

    fn time(&self) -> u64 {
        (BEGINNING + self.size() * 1_000).saturating_add_signed(self.time_shift)
    }

    fn public(&self) -> PublicKey {
        PublicKey::from_bytes(self.identity.verifying_key().to_bytes()).unwrap()
    }

    /// Appends an event whose parts are encrypted under a data key that `id` stands for.
    pub(crate) fn sealed_event(&mut self, id: DataKeyId) -> EventKey {
        let plain = body(self.size());
        self.sealed_event_of(id, &plain, id)
    }

    /// The same with that body, and a payload that is encrypted under the key of another event, if the ids differ.
    pub(crate) fn sealed_event_of(
        &mut self,
        id: DataKeyId,
        plain: &[u8],
        of_payload: DataKeyId,
    ) -> EventKey {
        let sequence = self.size();
        let salts = [Domain::Body, Domain::Payload].map(|domain| salt(sequence, domain));
        let event_key = |id: DataKeyId| {
            EventKey::derive(blake3::hash(id.as_bytes()).as_bytes(), &id, &salts[0])
        };
        let (key, key_of_payload) = (event_key(id), event_key(of_payload));
        let origin = self.origin.clone();
        let cipher = EventCipher::new(&key, &origin, id);
        let tag = IdentityTag::from_bytes([sequence as u8; 16]);
        let (mut body_bytes, mut payload_bytes) = (Vec::new(), Vec::new());
        cipher
            .seal_into(PartKind::Body, &tag, plain, &mut body_bytes)
            .unwrap();
        EventCipher::new(&key_of_payload, &origin, id)
            .seal_into(PartKind::Payload, &tag, b"secret", &mut payload_bytes)
            .unwrap();
        let commitments = [
            commit(&salts[0], Domain::SealedBody, &body_bytes),
            commit(&salts[1], Domain::SealedPayload, &payload_bytes),
        ];
        let (body, payload) = ((salts[0], body_bytes), Some((salts[1], payload_bytes)));
        self.event_with(body, payload, |header| {
            if let RecordKind::Event(event) = &mut header.kind {
                event.body = commitments[0];
                event.payload = Some(commitments[1]);
                event.sealed = Some(cipher.sealed_by());
            }
        });
        key
    }

    /// Goes on from another chain hash than that of the newest record.
    pub(crate) fn break_chain(&mut self) {
        self.chain = ChainHash::from_bytes([9; 32]);
    }

    /// Appends a governance record of that type, with that body.
    pub(crate) fn governance_record(&mut self, event_type: &str, body: Vec<u8>) {
        let (sequence, time) = (self.size(), self.time());
        let salt = salt(sequence, Domain::Body);
        let header = Header {
            sequence,
            time,
            prior_key_event: self.newest_key_event,
            kind: RecordKind::Governance(EventHeader {
                event_type,
                classification: None,
                body: commit(&salt, Domain::Body, &body),
                payload: None,
                sealed: None,
            }),
        }
        .encode();
        self.push(header, Some((salt, body)), None);
    }

    /// Appends an event.
    pub(crate) fn event(&mut self, payload: Option<&[u8]>) {
        let sequence = self.size();
        let body = (salt(sequence, Domain::Body), body(sequence));
        let payload = payload.map(|bytes| (salt(sequence, Domain::Payload), bytes.to_vec()));
        self.event_with(body, payload, |_| ());
    }

    /// Appends an event with that body and payload, after `change` had its way with its header.
    pub(crate) fn event_with(
        &mut self,
        body: (Salt, Vec<u8>),
        payload: Kept,
        change: impl FnOnce(&mut Header<'_>),
    ) {
        let event = EventHeader {
            event_type: "tests.happened",
            classification: None,
            body: commit(&body.0, Domain::Body, &body.1),
            payload: payload
                .as_ref()
                .map(|(salt, bytes)| commit(salt, Domain::Payload, bytes)),
            sealed: None,
        };
        let (sequence, time, prior_key_event) = (self.size(), self.time(), self.newest_key_event);
        let mut header = Header {
            sequence,
            time,
            prior_key_event,
            kind: RecordKind::Event(event),
        };
        change(&mut header);
        self.push(header.encode(), Some(body), payload);
    }

    /// Appends `count` events, some without a payload.
    pub(crate) fn events(&mut self, count: u64) {
        for _ in 0..count {
            let payload = format!("payload of record {}", self.size());
            self.event((!self.size().is_multiple_of(3)).then_some(payload.as_bytes()));
        }
    }

    /// Appends a record as it is.
    pub(crate) fn push(&mut self, header: Vec<u8>, body: Kept, payload: Kept) {
        self.chain = self.hasher.link(&self.chain, &header);
        let mut node = leaf_hash(&self.chain);
        self.frontier.push(node);
        for level in 0.. {
            if level == self.nodes.len() {
                self.nodes.push(Vec::new());
            }
            let nodes = &mut self.nodes[level];
            nodes.push(node);
            if nodes.len() % 2 == 1 {
                break;
            }
            node = indelible_evidence::tree::node_hash(
                &nodes[nodes.len() - 2],
                &nodes[nodes.len() - 1],
            );
        }
        self.records.push(Record {
            header,
            chain: self.chain,
            body,
            payload,
        });
    }
}
