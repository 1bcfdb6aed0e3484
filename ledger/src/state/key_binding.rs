//! What vouches for a ledger's data keys, under keys that are derived from its index key: a MAC over each entry, a seal
//! over all of them together, and a mark in each head that tells an older seal from the newest. Whoever writes the store
//! and can't open the index key makes none of them.

use indelible_evidence::{DataKeyId, hash::ChainHash, origin::Origin};
use indelible_keystore::SecretKey;
use indelible_store::{KeyMac, KeyMark, StoredDataKey, SubjectTag};
use zeroize::Zeroizing;

// One for each use, and never changed.
const ENTRY_CONTEXT: &str = "indelible 2026-11-28 data key entry v0";
const MEMBER_CONTEXT: &str = "indelible 2026-11-28 member of the data keys v0";
const LISTED_CONTEXT: &str = "indelible 2026-11-28 data key in a subject's list v0";
const SEAL_CONTEXT: &str = "indelible 2026-11-28 seal of the data keys v0";
const COPY_CONTEXT: &str = "indelible 2026-11-30 copy of a data key v0";
const HEAD_CONTEXT: &str = "indelible 2026-11-28 head that knows a seal v0";

/// The first byte of a seal; another form takes another.
const SEAL_VERSION: u8 = 1;
/// Bytes of a seal: version, flag, changes, count, MAC.
const SEAL_BYTES: usize = 2 + 8 + 8 + 32;

type Key = Zeroizing<[u8; 32]>;

/// Makes and checks all of it, for one ledger.
pub(crate) struct KeyBinder {
    entry: Key,
    member: Key,
    listed: Key,
    seal: Key,
    head: Key,
    copy: Key,
}

impl KeyBinder {
    pub(crate) fn new(index_key: &SecretKey) -> Self {
        let derive = |context| Zeroizing::new(blake3::derive_key(context, index_key.expose()));
        Self {
            entry: derive(ENTRY_CONTEXT),
            member: derive(MEMBER_CONTEXT),
            listed: derive(LISTED_CONTEXT),
            seal: derive(SEAL_CONTEXT),
            head: derive(HEAD_CONTEXT),
            copy: derive(COPY_CONTEXT),
        }
    }

    /// What vouches for a data key's entry: whose it is, and what it is wrapped as.
    pub(crate) fn mac(
        &self,
        origin: &Origin,
        id: &DataKeyId,
        subject: Option<&SubjectTag>,
        value: &[u8],
    ) -> KeyMac {
        let mut hasher = of_origin(&self.entry, origin);
        hasher.update(id.as_bytes());
        match subject {
            None => hasher.update(&[0]),
            Some(subject) => hasher.update(&[1]).update(subject.as_bytes()),
        };
        KeyMac::from_bytes(*hasher.update(value).finalize().as_bytes())
    }

    /// Whether an entry is what was written under this id.
    pub(crate) fn vouches(&self, origin: &Origin, id: &DataKeyId, entry: &StoredDataKey) -> bool {
        let right = self.mac(origin, id, entry.subject.as_ref(), &entry.value);
        let equal = |mac: KeyMac| same(mac.as_bytes(), right.as_bytes());
        entry.mac.is_some_and(equal)
    }

    /// What vouches for the copy of a key: of which it is, to whom it is sealed, and as what.
    pub(crate) fn copy_mac(&self, of: &[u8], recipients: &[u8; 16], sealed: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.copy);
        hasher.update(&(of.len() as u64).to_le_bytes()).update(of);
        *hasher
            .update(recipients)
            .update(sealed)
            .finalize()
            .as_bytes()
    }

    /// Whether it is that of this copy.
    pub(crate) fn is_copy_mac(
        &self,
        mac: &[u8; 32],
        (of, recipients, sealed): (&[u8], &[u8; 16], &[u8]),
    ) -> bool {
        same(mac, &self.copy_mac(of, recipients, sealed))
    }

    /// A head's word of how often the keys had changed.
    pub(crate) fn mark(
        &self,
        origin: &Origin,
        size: u64,
        chain: &ChainHash,
        changes: u64,
    ) -> KeyMark {
        let mut hasher = of_origin(&self.head, origin);
        hasher.update(&size.to_le_bytes());
        hasher.update(chain.as_bytes());
        hasher.update(&changes.to_le_bytes());
        KeyMark {
            changes,
            mac: *hasher.finalize().as_bytes(),
        }
    }

    /// Whether a head's word is the writer's.
    pub(crate) fn is_marked(
        &self,
        origin: &Origin,
        size: u64,
        chain: &ChainHash,
        mark: &KeyMark,
    ) -> bool {
        same(&mark.mac, &self.mark(origin, size, chain, mark.changes).mac)
    }
}

/// Any number of things, each at most once, in a hash that does not depend on their order. What it adds up is keyed and
/// never stored, so nobody without the key finds other things with the same sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    count: u64,
    hashes: [u8; 32],
}

impl Sum {
    fn add(&mut self, hash: &[u8; 32]) {
        self.count += 1;
        self.mix(hash);
    }

    fn remove(&mut self, hash: &[u8; 32]) {
        self.count = self.count.saturating_sub(1);
        self.mix(hash);
    }

    fn mix(&mut self, hash: &[u8; 32]) {
        for (sum, byte) in self.hashes.iter_mut().zip(hash) {
            *sum ^= byte;
        }
    }

    /// Adds the mapping from a subject to a key of theirs.
    pub(crate) fn add_listed(&mut self, binder: &KeyBinder, subject: &SubjectTag, id: &DataKeyId) {
        let mut joined = [0; 32];
        joined[..16].copy_from_slice(subject.as_bytes());
        joined[16..].copy_from_slice(id.as_bytes());
        self.add(blake3::keyed_hash(&binder.listed, &joined).as_bytes());
    }
}

/// The data keys of one ledger, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeySet {
    /// How often they have changed.
    pub(crate) changes: u64,
    /// Whether every head from here on has a mark.
    pub(crate) heads_are_marked: bool,
    sum: Sum,
}

impl KeySet {
    /// The keys of a ledger that never had others, none so far.
    pub(crate) fn of_new_ledger() -> Self {
        Self {
            heads_are_marked: true,
            ..Self::default()
        }
    }

    /// The same, changed once more.
    pub(crate) fn changed(self) -> Self {
        Self {
            changes: self.changes + 1,
            ..self
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.sum.count
    }

    /// Adds an entry that a MAC vouches for.
    pub(crate) fn add(&mut self, binder: &KeyBinder, id: &DataKeyId, mac: &KeyMac) {
        self.sum.add(&member(binder, id, mac));
    }

    /// Takes an entry away.
    pub(crate) fn remove(&mut self, binder: &KeyBinder, id: &DataKeyId, mac: &KeyMac) {
        self.sum.remove(&member(binder, id, mac));
    }

    /// The seal over them.
    pub(crate) fn seal(&self, binder: &KeyBinder, origin: &Origin) -> Vec<u8> {
        let mut out = Vec::with_capacity(SEAL_BYTES);
        out.extend_from_slice(&[SEAL_VERSION, u8::from(self.heads_are_marked)]);
        out.extend_from_slice(&self.changes.to_le_bytes());
        out.extend_from_slice(&self.sum.count.to_le_bytes());
        let mut hasher = of_origin(&binder.seal, origin);
        hasher.update(&out).update(&self.sum.hashes);
        out.extend_from_slice(hasher.finalize().as_bytes());
        out
    }

    /// The set that a seal says these entries are.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn under(
        seal: &[u8],
        counted: &Self,
        binder: &KeyBinder,
        origin: &Origin,
    ) -> Result<Self, String> {
        let stated = || {
            let (&[version, marked], rest) = seal.split_first_chunk()?;
            let (changes, rest) = rest.split_first_chunk()?;
            let (count, _) = rest.split_first_chunk()?;
            let stated = (u64::from_le_bytes(*changes), u64::from_le_bytes(*count));
            (version == SEAL_VERSION && seal.len() == SEAL_BYTES).then_some((marked == 1, stated))
        };
        let Some((heads_are_marked, (changes, count))) = stated() else {
            return Err("the seal of the data keys is not of its form".into());
        };
        if count != counted.count() {
            return Err(format!(
                "{} data keys are there, the seal over them says {count}",
                counted.count()
            ));
        }
        let set = Self {
            changes,
            heads_are_marked,
            sum: counted.sum,
        };
        let right = set.seal(binder, origin);
        let is_equal = match (seal.try_into(), right.as_slice().try_into()) {
            (Ok(seal), Ok(right)) => same::<SEAL_BYTES>(seal, right),
            _ => false,
        };
        is_equal
            .then_some(set)
            .ok_or_else(|| "the data keys are not those that were sealed".into())
    }
}

fn member(binder: &KeyBinder, id: &DataKeyId, mac: &KeyMac) -> [u8; 32] {
    let mut joined = [0; 48];
    joined[..16].copy_from_slice(id.as_bytes());
    joined[16..].copy_from_slice(mac.as_bytes());
    *blake3::keyed_hash(&binder.member, &joined).as_bytes()
}

fn of_origin(key: &[u8; 32], origin: &Origin) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new_keyed(key);
    let origin = origin.as_str().as_bytes();
    hasher.update(&(origin.len() as u64).to_le_bytes());
    hasher.update(origin);
    hasher
}

/// Compares in a time that does not depend on where the two differ.
fn same<const N: usize>(one: &[u8; N], other: &[u8; N]) -> bool {
    let differing = one
        .iter()
        .zip(other)
        .fold(0, |so_far, (a, b)| so_far | (a ^ b));
    std::hint::black_box(differing) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binder(byte: u8) -> KeyBinder {
        KeyBinder::new(&SecretKey::from_bytes(Zeroizing::new([byte; 32])))
    }

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    const ORIGIN: &str = "example.com/audit/0123456789ab";

    fn id(byte: u8) -> DataKeyId {
        DataKeyId::from_bytes([byte; 16])
    }

    fn entry(binder: &KeyBinder, number: u8, subject: Option<u8>) -> StoredDataKey {
        let subject = subject.map(|byte| SubjectTag::from_bytes([byte; 16]));
        let value = vec![number; 20];
        let mac = binder.mac(&origin(ORIGIN), &id(number), subject.as_ref(), &value);
        StoredDataKey {
            value,
            subject,
            mac: Some(mac),
            copy: None,
        }
    }

    #[test]
    fn an_entry_is_bound_to_its_ledger_its_key_and_its_subject() {
        let (mine, here) = (binder(1), origin(ORIGIN));
        let bound = entry(&mine, 7, Some(3));
        assert!(mine.vouches(&here, &id(7), &bound));
        assert!(!mine.vouches(&here, &id(8), &bound));
        assert!(!mine.vouches(&origin("example.com/audit/0123456789ac"), &id(7), &bound));
        assert!(!binder(2).vouches(&here, &id(7), &bound));
        let changes: [fn(&mut StoredDataKey); 4] = [
            |entry| entry.subject = None,
            |entry| entry.subject = Some(SubjectTag::from_bytes([4; 16])),
            |entry| entry.value[19] ^= 1,
            |entry| entry.mac = None,
        ];
        for change in changes {
            let mut other = bound.clone();
            change(&mut other);
            assert!(!mine.vouches(&here, &id(7), &other), "{other:?}");
        }
    }

    #[test]
    fn a_seal_is_over_these_keys_and_no_others() {
        let (binder, here) = (binder(1), origin(ORIGIN));
        let set_of = |numbers: &[u8]| {
            let mut set = KeySet::of_new_ledger();
            for number in numbers {
                let mac = entry(&binder, *number, Some(*number)).mac.unwrap();
                set.add(&binder, &id(*number), &mac);
            }
            set
        };
        let sealed = KeySet {
            changes: 9,
            ..set_of(&[1, 2, 3])
        };
        let seal = sealed.seal(&binder, &here);
        assert_eq!(
            KeySet::under(&seal, &set_of(&[3, 1, 2]), &binder, &here),
            Ok(sealed)
        );
        for others in [&[1, 2][..], &[1, 2, 4], &[1, 2, 3, 4], &[]] {
            assert!(KeySet::under(&seal, &set_of(others), &binder, &here).is_err());
        }
        let mut fewer = set_of(&[1, 2, 3, 4]);
        fewer.remove(&binder, &id(4), &entry(&binder, 4, Some(4)).mac.unwrap());
        assert_eq!(KeySet::under(&seal, &fewer, &binder, &here), Ok(sealed));
        for place in 0..seal.len() {
            let mut other = seal.clone();
            other[place] ^= 1;
            assert!(
                KeySet::under(&other, &fewer, &binder, &here).is_err(),
                "{place}"
            );
            assert!(KeySet::under(&seal[..place], &fewer, &binder, &here).is_err());
        }
    }

    #[test]
    fn a_mark_is_of_one_head_and_one_number() {
        let (binder, here) = (binder(1), origin(ORIGIN));
        let chain = ChainHash::from_bytes([5; 32]);
        let mark = binder.mark(&here, 10, &chain, 3);
        assert!(binder.is_marked(&here, 10, &chain, &mark));
        assert!(!binder.is_marked(&here, 11, &chain, &mark));
        assert!(!binder.is_marked(&here, 10, &ChainHash::from_bytes([6; 32]), &mark));
        let older = KeyMark { changes: 2, ..mark };
        assert!(!binder.is_marked(&here, 10, &chain, &older));
    }
}
