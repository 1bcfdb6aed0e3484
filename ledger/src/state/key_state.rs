//! What a ledger's key events say of its keys: which data key is current, which are erased, what is held, and under
//! which KEK they lie.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use indelible_evidence::{
    hash::DataKeyId,
    header::Header,
    key_event::{Hold as HoldStatement, HoldAction},
    note::VerifierKey,
    verify::{Erasures, Identities, Statement, check_key_event},
};
use indelible_store::KeyId;

use crate::state::{
    key_state_error::{HoldId, KeyStateError},
    signing_keys::SigningKeys,
};

/// Something that keeps data keys from being erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Names it.
    pub id: HoldId,
    /// The record that placed it.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The data keys that it covers; none means the whole ledger.
    pub data_keys: Option<BTreeSet<KeyId>>,
    /// Why, as whoever placed it said.
    pub reason: Option<String>,
}

/// An erasure, as its record says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureRecord {
    /// The record.
    pub sequence: u64,
    /// When it was recorded, nanoseconds since 1970 UTC.
    pub time: u64,
    /// The data keys that it destroys.
    pub data_keys: Vec<KeyId>,
    /// The legal basis.
    pub basis: String,
}

/// The state that the key events lead to.
#[derive(Clone, Debug)]
pub(crate) struct KeyState {
    identities: Identities,
    signing: SigningKeys,
    /// The ledger-wide data keys, the current one last.
    data_keys: Vec<KeyId>,
    /// The newest KEK on record.
    kek: Option<[u8; 16]>,
    holds: BTreeMap<HoldId, Hold>,
    erasures: Vec<ErasureRecord>,
    erased: HashSet<KeyId>,
    /// The same for the checks of records.
    named: Erasures,
}

impl KeyState {
    /// Before genesis, of a ledger with this key to pin.
    pub(crate) fn new(pinned: VerifierKey) -> Self {
        Self {
            identities: Identities::new(pinned),
            signing: SigningKeys::default(),
            data_keys: Vec::new(),
            kek: None,
            holds: BTreeMap::new(),
            erasures: Vec::new(),
            erased: HashSet::new(),
            named: Erasures::default(),
        }
    }

    /// Who the ledger's identity was at which size.
    pub(crate) fn identities(&self) -> &Identities {
        &self.identities
    }

    /// The keys that sign for the ledger, or did.
    pub(crate) fn signing(&self) -> &SigningKeys {
        &self.signing
    }

    /// Takes in the certificate of an epoch that this process has begun.
    pub(crate) fn begin_epoch(&mut self, sequence: u64, time: u64, public: [u8; 32], last: u64) {
        self.signing.epoch(sequence, time, public, last);
    }

    /// The erasures, for the checks of records.
    pub(crate) fn named(&self) -> &Erasures {
        &self.named
    }

    /// The ledger-wide data key that new events are sealed under.
    pub(crate) fn data_key(&self) -> Option<KeyId> {
        self.data_keys.last().copied()
    }

    /// Whether a data key is, or was, the ledger-wide one.
    pub(crate) fn is_ledgers(&self, key: &KeyId) -> bool {
        self.data_keys.contains(key)
    }

    /// Whether there was another ledger-wide data key before the current one.
    pub(crate) fn has_rotated(&self) -> bool {
        self.data_keys.len() > 1
    }

    /// The KEK that the newest record of one names; none where the keys never moved.
    pub(crate) fn kek(&self) -> Option<[u8; 16]> {
        self.kek
    }

    /// Whether a data key was erased.
    pub(crate) fn is_erased(&self, key: &KeyId) -> bool {
        self.erased.contains(key)
    }

    /// The holds in force, oldest first.
    pub(crate) fn holds(&self) -> Vec<Hold> {
        let mut holds: Vec<_> = self.holds.values().cloned().collect();
        holds.sort_by_key(|hold| hold.sequence);
        holds
    }

    /// The erasures, oldest first.
    pub(crate) fn erasures(&self) -> &[ErasureRecord] {
        &self.erasures
    }

    /// Whether an erasure of these keys may follow.
    pub(crate) fn check_erasure(&self, keys: &[KeyId]) -> Result<(), KeyStateError> {
        for hold in self.holds.values() {
            let covers = hold
                .data_keys
                .as_ref()
                .is_none_or(|held| keys.iter().any(|key| held.contains(key)));
            if covers {
                return Err(KeyStateError::Held { hold: hold.id });
            }
        }
        let gone = self
            .erasures
            .iter()
            .find(|erasure| keys.iter().any(|key| erasure.data_keys.contains(key)));
        match gone {
            Some(erasure) => Err(KeyStateError::Erased {
                sequence: erasure.sequence,
            }),
            None => Ok(()),
        }
    }

    /// Whether a hold may be released.
    pub(crate) fn check_release(&self, hold: &HoldId) -> Result<(), KeyStateError> {
        if self.holds.contains_key(hold) {
            Ok(())
        } else {
            Err(KeyStateError::NoHold { hold: *hold })
        }
    }

    /// Takes in the next key event, if it is signed by whom it must be.
    pub(crate) fn apply(&mut self, header: &Header<'_>) -> Result<(), String> {
        let Some(event) = check_key_event(header, &self.identities) else {
            return Err(format!("record {} is no key event", header.sequence));
        };
        self.identities.advance(&event);
        self.named.advance(&event);
        self.signing.advance(&event);
        match event.statement {
            Err(finding) => return Err(finding.to_string()),
            Ok(Statement::DataKey(change)) => self.data_keys.push(*change.data_key.as_bytes()),
            Ok(Statement::Kek(change)) => self.kek = Some(change.kek),
            Ok(Statement::Erasure(erasure)) => {
                let data_keys = plain_ids(&erasure.data_keys);
                self.erased.extend(&data_keys);
                self.erasures.push(ErasureRecord {
                    sequence: header.sequence,
                    time: header.time,
                    data_keys,
                    basis: erasure.basis,
                });
            }
            Ok(Statement::Hold(hold)) => self.hold(header, hold),
            Ok(_) => {}
        }
        Ok(())
    }

    fn hold(&mut self, header: &Header<'_>, statement: HoldStatement) {
        match statement.action {
            HoldAction::Place { data_keys, reason } => {
                let hold = Hold {
                    id: *statement.hold.as_bytes(),
                    sequence: header.sequence,
                    time: header.time,
                    data_keys: data_keys.map(|keys| plain_ids(&keys).into_iter().collect()),
                    reason,
                };
                self.holds.insert(hold.id, hold);
            }
            HoldAction::Release => {
                self.holds.remove(statement.hold.as_bytes());
            }
        }
    }
}

fn plain_ids(ids: &[DataKeyId]) -> Vec<KeyId> {
    ids.iter().map(|id| *id.as_bytes()).collect()
}
