//! Who a ledger's identity was at which size, and which keys it has had.

use std::collections::HashMap;

use crate::key_event::{
    Genesis, IdentityKeys, LedgerIdentity, ProducerAction, PublicKey, Revocation, TypedKey,
};
use crate::note::VerifierKey;

use super::key_event::{KeyEvent, Statement};

/// The identities of one ledger, as its valid key events tell them, from the pinned key on, with all of its keys.
#[derive(Clone, Debug)]
pub struct Identities {
    /// Genesis's; before genesis is taken in, the pinned key alone.
    first: LedgerIdentity,
    /// The offline key that genesis names; where there is one, it and not the old identity signs a rotation.
    recovery: Option<PublicKey>,
    /// The later identities, each with the sequence number of the record that introduced it.
    later: Vec<(u64, LedgerIdentity)>,
    /// All keys by their digests: no two keys of a ledger are the same.
    keys: HashMap<[u8; 32], KnownKey>,
    /// The last tree size at which a revoked key is trusted, by the key's digest.
    revoked: HashMap<[u8; 32], u64>,
    places: Places,
    /// Whether key events of the ledger may be missing between those taken in.
    in_part: bool,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug)]
struct KnownKey {
    /// The record that introduced it.
    introduced: u64,
    of: KeyOf,
}

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyOf {
    Identity,
    Epoch,
    Recovery,
    Producer,
}

/// Whether `identity` records state their own places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Places {
    /// Settings may lie between the key events at hand, so that each may and none must.
    Open,
    /// None does: the ledger began under the first draft of the format, and no settings followed.
    Unstated,
    /// Those after this record do, and none before it.
    StatedAfter(u64),
    /// All do, since genesis has settings, or is not a valid one, and so not one of the first draft.
    Stated,
}

/// A key of a type that is not known here, and where it was introduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownKeyType {
    /// The C2SP signature type byte.
    pub signature_type: u8,
    /// The record that introduced it.
    pub sequence: u64,
}

impl Identities {
    /// Before record 0: the pinned key, which signs from there on.
    pub fn new(pinned: VerifierKey) -> Self {
        Self {
            first: LedgerIdentity::pinned(pinned),
            recovery: None,
            later: Vec::new(),
            keys: HashMap::new(),
            revoked: HashMap::new(),
            places: Places::Stated,
            in_part: false,
        }
    }

    /// The same for a receipt, which shows few key events: settings may lie between them.
    pub(crate) fn in_part(pinned: VerifierKey) -> Self {
        Self {
            in_part: true,
            ..Self::new(pinned)
        }
    }

    /// The identity that signs a checkpoint of that size, and the record that has it as its sequence number.
    pub fn at(&self, size: u64) -> &LedgerIdentity {
        self.introduction(size).1
    }

    /// The sequence number of the record that introduced the identity at that size.
    pub fn introduced(&self, size: u64) -> u64 {
        self.introduction(size).0
    }

    fn introduction(&self, size: u64) -> (u64, &LedgerIdentity) {
        let later = self.later.partition_point(|(sequence, _)| *sequence < size);
        match later.checked_sub(1).and_then(|last| self.later.get(last)) {
            Some((sequence, identity)) => (*sequence, identity),
            None => (0, &self.first),
        }
    }

    /// The newest identity.
    pub fn current(&self) -> &LedgerIdentity {
        self.at(u64::MAX)
    }

    /// How often the identity was replaced.
    pub fn rotations(&self) -> u64 {
        self.later.len() as u64
    }

    /// The sequence numbers of the records that replaced the identity.
    pub fn introductions(&self) -> impl Iterator<Item = u64> {
        self.later.iter().map(|(sequence, _)| *sequence)
    }

    /// Every key of an identity that is of a type which is not known here, oldest first. Where there is one, custody
    /// can't be answered unless it is broken.
    pub fn unknown_types(&self) -> impl Iterator<Item = UnknownKeyType> {
        let first = [(0, &self.first)].into_iter();
        let all = first.chain(
            self.later
                .iter()
                .map(|(sequence, identity)| (*sequence, identity)),
        );
        all.flat_map(|(sequence, identity)| {
            identity.keys().unknown().map(move |key| UnknownKeyType {
                signature_type: key.signature_type(),
                sequence,
            })
        })
    }

    /// The first key of the first identity that has one of an unknown type there. Where there is one, no line of a later
    /// checkpoint can be held against it, and so nothing can be answered unless it is broken.
    pub(super) fn unknown_first(&self) -> Option<UnknownKeyType> {
        let mut later = self.later.iter();
        let (sequence, identity) = later.find(|(_, identity)| identity.verifier_key().is_none())?;
        let key = identity.keys().unknown().next()?;
        Some(UnknownKeyType {
            signature_type: key.signature_type(),
            sequence: *sequence,
        })
    }

    /// Whether a valid key event below `sequence` introduced the key: as that of an identity, an epoch, a producer or
    /// as the recovery key. The pinned key counts as introduced by record 0, whether or not a genesis was taken in.
    pub fn knows(&self, key: &TypedKey, sequence: u64) -> bool {
        let known = self.keys.get(&key.digest());
        let is_first = sequence > 0 && self.first.keys().contains(key);
        is_first || known.is_some_and(|known| known.introduced < sequence)
    }

    /// Whether the key is one of the ledger's own history, as far as the key events were taken in; the pinned key always
    /// is.
    pub fn is_own(&self, key: &PublicKey) -> bool {
        self.first.keys().key() == Some(key)
            || self.keys.contains_key(&TypedKey::from(*key).digest())
    }

    /// Whether a record at `sequence` can revoke the key: it is one of an identity that was replaced before, or that
    /// of an epoch that was certified before. Without a valid genesis the pinned key can't be revoked, whatever else it
    /// was introduced as.
    pub fn can_revoke(&self, key: &TypedKey, sequence: u64) -> bool {
        match self.keys.get(&key.digest()) {
            Some(known) if known.introduced < sequence => match known.of {
                KeyOf::Epoch => !self.first.keys().contains(key),
                KeyOf::Identity => known.introduced < self.introduced(sequence),
                KeyOf::Recovery | KeyOf::Producer => false,
            },
            _ => false,
        }
    }

    /// Whether the identity at that size was not revoked at a smaller one.
    pub fn trusted_at(&self, size: u64) -> bool {
        self.revoked_below(size).is_none()
    }

    /// The last size at which the identity at that size is trusted, if it was revoked at a smaller one. To revoke one
    /// of its keys is to revoke it.
    pub fn revoked_below(&self, size: u64) -> Option<u64> {
        let keys = self.at(size).keys();
        let own = keys.key().map(|key| TypedKey::from(*key));
        let others = keys.unknown().cloned().map(TypedKey::Unknown);
        let all = own.into_iter().chain(others);
        let least = all.filter_map(|key| self.revoked.get(&key.digest()).copied());
        least.min().filter(|last| *last < size)
    }

    /// The keys of all identities of which no key was revoked, oldest first: at whatever size, what they sign is the ledger's.
    pub fn never_revoked(&self) -> impl Iterator<Item = &PublicKey> {
        let later = self.later.iter().map(|(_, identity)| identity);
        let all = std::iter::once(&self.first).chain(later);
        all.filter(|identity| !self.is_revoked(identity))
            .filter_map(|identity| identity.keys().key())
    }

    fn is_revoked(&self, identity: &LedgerIdentity) -> bool {
        let own = identity.keys().key().map(|key| TypedKey::from(*key));
        let others = identity.keys().unknown().cloned().map(TypedKey::Unknown);
        let mut all = own.into_iter().chain(others);
        all.any(|key| self.revoked.contains_key(&key.digest()))
    }

    /// The recovery key that genesis names.
    pub fn recovery(&self) -> Option<&PublicKey> {
        self.recovery.as_ref()
    }

    /// What is wrong with an `identity` record at `sequence` that states that place, or none. A ledger that began
    /// under the first draft of the format states none before its first settings.
    pub(super) fn check_place(&self, sequence: u64, stated: Option<u64>) -> Result<(), String> {
        let wanted = match self.places {
            Places::Open => None,
            Places::Unstated => Some(false),
            Places::StatedAfter(record) => Some(sequence > record),
            Places::Stated => Some(true),
        };
        match (stated, wanted) {
            (None, Some(true)) => Err("it does not state its own sequence number".to_owned()),
            (Some(_), Some(false)) => Err(
                "it states its own sequence number, which is not allowed before the first settings"
                    .to_owned(),
            ),
            (Some(stated), _) if stated != sequence => Err(format!(
                "it states the sequence number {stated}, which is not its own"
            )),
            _ => Ok(()),
        }
    }

    /// Takes in the next key event. One that is not valid changes nothing.
    pub fn advance(&mut self, event: &KeyEvent) {
        let sequence = event.sequence;
        match &event.statement {
            Ok(Statement::Genesis(genesis)) => self.begin(genesis),
            Ok(Statement::Identity { change, .. }) => {
                if self.places == Places::Open && change.sequence.is_some() {
                    self.places = Places::StatedAfter(sequence.saturating_sub(1));
                }
                self.introduce_identity(&change.identity, sequence);
                let identity = self.first.followed_by(change.identity.clone());
                self.later.push((sequence, identity));
            }
            Ok(Statement::Epoch { key, .. }) => {
                self.introduce(&(*key).into(), sequence, KeyOf::Epoch);
            }
            Ok(Statement::Revocation(revocation)) => self.revoke(sequence, revocation),
            Ok(Statement::Producer(change)) => {
                if let ProducerAction::Register { .. } = change.action {
                    self.introduce(&change.key.into(), sequence, KeyOf::Producer);
                }
            }
            Ok(Statement::Settings(_)) => {
                if matches!(self.places, Places::Open | Places::Unstated) {
                    self.places = Places::StatedAfter(sequence);
                }
            }
            Ok(
                Statement::Kek(_)
                | Statement::DataKey(_)
                | Statement::Erasure(_)
                | Statement::Hold(_)
                | Statement::Disposal(_)
                | Statement::Closed(_),
            )
            | Err(_) => {}
        }
    }

    fn begin(&mut self, genesis: &Genesis) {
        self.first = self.first.followed_by(genesis.identity.clone());
        self.introduce_identity(&genesis.identity, 0);
        self.recovery = genesis.recovery;
        if let Some(recovery) = genesis.recovery {
            self.introduce(&recovery.into(), 0, KeyOf::Recovery);
        }
        self.places = match (&genesis.settings, self.in_part) {
            (Some(_), _) => Places::Stated,
            (None, true) => Places::Open,
            (None, false) => Places::Unstated,
        };
    }

    /// One that is not lawful revokes nothing.
    fn revoke(&mut self, sequence: u64, revocation: &Revocation) {
        if self.can_revoke(&revocation.key, sequence) {
            let size = self.revoked.entry(revocation.key.digest());
            let size = size.or_insert(revocation.size);
            *size = revocation.size.min(*size);
        }
    }

    fn introduce_identity(&mut self, keys: &IdentityKeys, sequence: u64) {
        if let Some(key) = keys.key() {
            self.introduce(&(*key).into(), sequence, KeyOf::Identity);
        }
        for key in keys.unknown() {
            let key = TypedKey::Unknown(key.clone());
            self.introduce(&key, sequence, KeyOf::Identity);
        }
    }

    fn introduce(&mut self, key: &TypedKey, introduced: u64, of: KeyOf) {
        let known = KnownKey { introduced, of };
        self.keys.entry(key.digest()).or_insert(known);
    }
}
