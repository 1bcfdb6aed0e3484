//! A small ledger with fixed seeds, and bundles of it. The tests of the program use it, too.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Read;
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

    /// Appends genesis, after `change` had its way with it.
    pub(crate) fn genesis(&mut self, change: impl FnOnce(&mut Genesis)) {
        let mut genesis = Genesis {
            origin: self.origin.clone(),
            created: self.time(),
            identity: self.public().into(),
            recovery: None,
            settings: Some(settings()),
            predecessor: None,
        };
        change(&mut genesis);
        self.recovery = genesis.recovery.is_some();
        self.states_places = genesis.settings.is_some();
        let statement = genesis.encode();
        let signature = self.identity.sign(&Genesis::message(&statement)).to_bytes();
        self.key_event(&statement, &[signature], RecordKind::Genesis);
    }

    /// Appends a certificate for sizes up to `last`.
    pub(crate) fn epoch(&mut self, last: u64) {
        let signer = self.identity.clone();
        self.epoch_with(&signer, |certificate| certificate.last = last);
    }

    /// Appends a certificate, after `change` had its way with it, signed by `signer`.
    pub(crate) fn epoch_with(
        &mut self,
        signer: &SigningKey,
        change: impl FnOnce(&mut EpochCertificate),
    ) {
        let mut certificate = EpochCertificate {
            origin: self.origin.clone(),
            key: PublicKey::from_bytes(epoch_key(self.size()).verifying_key().to_bytes()).unwrap(),
            first: self.size(),
            root: self.root(),
            last: 1_000_000_000,
        };
        change(&mut certificate);
        let statement = certificate.encode();
        let signature = signer
            .sign(&EpochCertificate::message(&statement))
            .to_bytes();
        self.key_event(&statement, &[signature], RecordKind::Epoch);
    }

    /// Appends a new identity, signed by itself and by the one before, and its first certificate.
    pub(crate) fn rotate(&mut self, key: SigningKey) {
        let old = self.identity.clone();
        self.rotate_signed(key, &old);
    }

    /// The same, signed by itself and by `second`.
    pub(crate) fn rotate_signed(&mut self, key: SigningKey, second: &SigningKey) {
        let change = IdentityChange {
            origin: self.origin.clone(),
            prior: self.introduced,
            sequence: self.states_places.then(|| self.size()),
            identity: PublicKey::from_bytes(key.verifying_key().to_bytes())
                .unwrap()
                .into(),
            reason: None,
        };
        let statement = change.encode();
        let message = IdentityChange::message(&statement);
        let of_second = match self.recovery {
            true => change.recovery_message(),
            false => message.clone(),
        };
        let signatures = [
            key.sign(&message).to_bytes(),
            second.sign(&of_second).to_bytes(),
        ];
        self.introduced = self.size();
        self.key_event(&statement, &signatures, RecordKind::Identity);
        self.identity = key;
        self.epoch(1_000_000_000);
    }

    /// Appends the revocation of a key: it is trusted up to that size.
    pub(crate) fn revoke(&mut self, key: &SigningKey, size: u64) {
        let revocation = Revocation {
            origin: self.origin.clone(),
            key: PublicKey::from_bytes(key.verifying_key().to_bytes())
                .unwrap()
                .into(),
            size,
            reason: None,
        };
        let statement = revocation.encode();
        let message = Revocation::message(&statement);
        let signature = self.identity.sign(&message).to_bytes();
        self.key_event(&statement, &[signature], RecordKind::Revocation);
    }

    /// Appends an erasure.
    pub(crate) fn erase(&mut self, data_keys: &[DataKeyId]) {
        let erasure = Erasure {
            origin: self.origin.clone(),
            data_keys: data_keys.to_vec(),
            basis: "asked for".to_owned(),
        };
        let statement = erasure.encode();
        let signature = self.identity.sign(&Erasure::message(&statement)).to_bytes();
        self.key_event(&statement, &[signature], RecordKind::Erasure);
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

    /// The signature of the identity in force.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.identity.sign(message).to_bytes()
    }

    pub(crate) fn key_event<'a>(
        &mut self,
        statement: &'a [u8],
        signatures: &'a [[u8; 64]],
        kind: fn(SignedStatement<'a>) -> RecordKind<'a>,
    ) {
        let sequence = self.size();
        let kind = kind(SignedStatement {
            statement,
            signatures: signatures.iter().map(<[u8; 64]>::as_slice).collect(),
        });
        let header = Header {
            sequence,
            time: self.time(),
            prior_key_event: self.newest_key_event,
            kind,
        }
        .encode();
        self.key_events.push(KeyEventRecord {
            header: header.clone(),
            previous: self.chain,
        });
        self.newest_key_event = sequence;
        self.push(header, None, None);
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

    /// The checkpoint as a bundle has it, cosigned by `witnesses`: name, seed of the key, time.
    pub(crate) fn checkpoint(&self, witnesses: &[(&str, u8, u64)]) -> SignedNote {
        let text = Checkpoint {
            origin: self.origin.clone(),
            size: self.size(),
            root: self.root(),
        }
        .to_text();
        let key = self.key_of(&self.identity);
        let signature = self.identity.sign(text.as_bytes()).to_bytes();
        let mut signatures = vec![signature_line(key.name(), key.key_id(), &signature)];
        signatures.push(cosign(&text, key.name(), &self.identity, CHECKPOINT_TIME));
        for (name, seed, time) in witnesses {
            signatures.push(cosign(&text, name, &signing_key(*seed), *time));
        }
        SignedNote { text, signatures }
    }

    /// A bundle with this checkpoint.
    pub(crate) fn bundle_with(&mut self, selection: Selection, checkpoint: &SignedNote) -> Vec<u8> {
        let (key_events, governance) = (self.key_events.clone(), self.governance.clone());
        let contents: Vec<_> = governance
            .iter()
            .map(|(_, state)| move || Ok(Box::new(state.as_slice()) as Box<dyn Read>))
            .collect();
        let states: Vec<_> = governance
            .iter()
            .zip(&contents)
            .map(|((sequence, state), open)| GovernanceState {
                sequence: *sequence,
                sha256: sha256(state),
                bytes: state.len() as u64,
                open,
            })
            .collect();
        let plan = BundlePlan {
            checkpoint,
            selection,
            key_events: &key_events,
            states: &states,
            withhold_payloads: false,
        };
        let mut out = Vec::new();
        write_bundle(&plan, self, &mut out).unwrap();
        out
    }

    /// A bundle with an ordinary checkpoint.
    pub(crate) fn bundle(&mut self, selection: Selection) -> Vec<u8> {
        let checkpoint = self.checkpoint(&[]);
        self.bundle_with(selection, &checkpoint)
    }
}

/// A timestamped line.
pub(crate) fn cosign(text: &str, name: &str, key: &SigningKey, time: u64) -> SignatureLine {
    let vkey = witness_key(name, key);
    let signature = key.sign(&cosignature_message(time, text)).to_bytes();
    cosignature_line(name, vkey.key_id(), time, &signature)
}

/// The verifier key of a witness.
pub(crate) fn witness_key(name: &str, key: &SigningKey) -> VerifierKey {
    VerifierKey::new(
        name,
        SignatureType::Cosignature,
        key.verifying_key().to_bytes(),
    )
    .unwrap()
}

/// A body with the key that is disclosed for it.
fn with_key<'a>(part: Part<'a>, key: Option<&'a [u8; 32]>) -> Part<'a> {
    match (part, key) {
        (Part::Present { salt, bytes }, Some(event_key)) => Part::Disclosed {
            salt,
            bytes,
            event_key,
        },
        (part, _) => part,
    }
}

fn part(kept: &Kept) -> Part<'_> {
    match kept {
        Some((salt, bytes)) => Part::Present { salt: *salt, bytes },
        None => Part::None,
    }
}

impl RecordSource for Ledger {
    type Error = Infallible;

    fn for_each(
        &mut self,
        from: u64,
        to: u64,
        visit: &mut dyn FnMut(SourceRecord<'_>) -> ControlFlow<()>,
    ) -> Result<(), Infallible> {
        for sequence in from..to {
            let record = &self.records[sequence as usize];
            let state = |domain| {
                self.states
                    .iter()
                    .find(|state| (state.0, state.1) == (sequence, domain))
                    .map(|state| state.2)
            };
            let body = state(Domain::Body).unwrap_or_else(|| part(&record.body));
            let body = with_key(body, self.disclosed.get(&sequence));
            let payload = state(Domain::Payload).unwrap_or_else(|| part(&record.payload));
            let shown = SourceRecord {
                sequence,
                header: &record.header,
                chain: record.chain,
                body,
                payload,
            };
            if visit(shown).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn node(&mut self, node: NodeId) -> Result<TreeHash, Infallible> {
        Ok(self.nodes[node.level as usize][node.index as usize])
    }
}

/// Takes a tar apart into names and contents; it is one of ours, so its headers are not checked.
pub(crate) fn unpack(tar: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (mut files, mut at) = (Vec::new(), 0);
    while tar[at] != 0 {
        let name = tar[at..at + 100].split(|&byte| byte == 0).next().unwrap();
        let size = std::str::from_utf8(&tar[at + 124..at + 135]).unwrap();
        let size = usize::from_str_radix(size, 8).unwrap();
        files.push((
            String::from_utf8(name.to_vec()).unwrap(),
            tar[at + 512..at + 512 + size].to_vec(),
        ));
        at += 512 + size.div_ceil(512) * 512;
    }
    files
}

/// Puts a tar together.
pub(crate) fn pack(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut tar = indelible_evidence::bundle::TarWriter::new(&mut out);
    for (name, content) in files {
        tar.file(name, content).unwrap();
    }
    tar.finish().unwrap();
    out
}

/// Cuts a sequence of CBOR items apart.
pub(crate) fn items(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    use indelible_evidence::bundle::items::{Extent, extent};
    let mut items = Vec::new();
    while !bytes.is_empty() {
        let Extent::Complete(length) = extent(bytes, 2 << 20) else {
            panic!("not a sequence of items")
        };
        items.push(bytes[..length].to_vec());
        bytes = &bytes[length..];
    }
    items
}
