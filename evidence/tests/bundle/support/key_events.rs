//! The key events of a test ledger.

use super::*;

impl Ledger {
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
}
