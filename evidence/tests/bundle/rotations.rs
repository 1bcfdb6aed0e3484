//! A ledger whose keys change again and again, and the same ledger without that. The measurement of what it costs to
//! verify it (`evidence/benches/rotations.rs`) uses both.

use ed25519_dalek::{Signer as _, SigningKey};
use indelible_evidence::{KekChange, RecordKind};

use crate::support::Ledger;

/// What kinds of providers hold the KEKs, one after the other.
pub(crate) const PROVIDERS: [&str; 3] = ["passphrase", "aws-kms", "pkcs11"];

/// How often each key changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) identities: u64,
    pub(crate) epochs: u64,
    pub(crate) keks: u64,
}

impl Changes {
    pub(crate) fn total(self) -> u64 {
        self.identities + self.epochs + self.keks
    }
}

/// A ledger of so many events, with so many changes of keys spread over them: in turn of the identity, of the epoch and
/// of the KEK, each KEK with another kind of provider than the one before. Says how many of each there are.
pub(crate) fn ledger(events: u64, rotations: u64) -> (Ledger, Changes) {
    let mut ledger = Ledger::new("rotations", 1);
    let mut changes = Changes::default();
    for rotation in 0..rotations {
        ledger.events(events / (rotations + 1));
        match rotation % 3 {
            0 => {
                let seed = blake3::hash(&rotation.to_le_bytes());
                ledger.rotate(SigningKey::from_bytes(seed.as_bytes()));
                changes.identities += 1;
            }
            1 => {
                ledger.epoch(1_000_000_000);
                changes.epochs += 1;
            }
            _ => {
                let provider = PROVIDERS[changes.keks as usize % PROVIDERS.len()];
                kek(&mut ledger, provider);
                changes.keks += 1;
            }
        }
    }
    ledger.events(events - events / (rotations + 1) * rotations);
    (ledger, changes)
}

/// Records that the ledger's keys lie under another KEK, which such a provider holds.
fn kek(ledger: &mut Ledger, provider: &str) {
    let mut kek = [0; 16];
    kek[..8].copy_from_slice(&ledger.size().to_le_bytes());
    let change = KekChange {
        origin: ledger.origin.clone(),
        kek,
        provider: provider.to_owned(),
        reason: None,
    };
    let statement = change.encode();
    let signature = ledger.identity.sign(&KekChange::message(&statement));
    ledger.key_event(&statement, &[signature.to_bytes()], RecordKind::Kek);
}
