//! A ledger's head, and the bytes it is stored as.

use indelible_evidence::{ChainHash, TreeHash};

use crate::varint;

/// No ledger has more records: a stored number beyond it is not one. A million
/// records a second take 36,000 years to get there, and a number that somebody
/// put into the store can't overflow what is counted on from it.
pub(crate) const LEDGER_SIZE_MAX: u64 = 1 << 60;

/// The newest committed state of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of records.
    pub size: u64,
    /// The chain hash of the last record.
    pub chain: ChainHash,
    /// The root of the tree of that size.
    pub root: TreeHash,
    /// The time recorded in the last record, in nanoseconds.
    pub time: u64,
    /// The sequence number of the newest key event.
    pub newest_key_event: u64,
    /// The sequence number of the last client event, if there is one.
    pub last_event: Option<u64>,
    /// Which of the seals of the ledger's data keys was in force; `None` if
    /// they were not sealed.
    pub key_mark: Option<KeyMark>,
    /// The signed note of this size and root.
    pub checkpoint: String,
}

/// Which of the seals of a ledger's data keys a head knows of, so that an older
/// one beside it is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyMark {
    /// How often the keys had changed.
    pub changes: u64,
    /// What vouches for that, whatever the writer made of it.
    pub mac: [u8; 32],
}

// The first byte of a stored head; another layout takes another.
const LAYOUT: u8 = 1;
/// The same with a [`KeyMark`].
const LAYOUT_MARKED: u8 = 2;

impl Head {
    /// The stored form.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(96 + self.checkpoint.len());
        out.push(match &self.key_mark {
            None => LAYOUT,
            Some(_) => LAYOUT_MARKED,
        });
        varint::push(&mut out, self.size);
        out.extend_from_slice(self.chain.as_bytes());
        out.extend_from_slice(self.root.as_bytes());
        varint::push(&mut out, self.time);
        varint::push(&mut out, self.newest_key_event);
        match self.last_event {
            None => out.push(0),
            Some(sequence) => {
                out.push(1);
                varint::push(&mut out, sequence);
            }
        }
        if let Some(mark) = &self.key_mark {
            varint::push(&mut out, mark.changes);
            out.extend_from_slice(&mark.mac);
        }
        out.extend_from_slice(self.checkpoint.as_bytes());
        out
    }

    /// Reads the stored form; `None` if it is not one.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (&layout, mut rest) = bytes.split_first()?;
        if layout != LAYOUT && layout != LAYOUT_MARKED {
            return None;
        }
        let size = number(&mut rest)?;
        let chain = ChainHash::from_bytes(take_hash(&mut rest)?);
        let root = TreeHash::from_bytes(take_hash(&mut rest)?);
        let time = varint::take(&mut rest)?;
        let newest_key_event = number(&mut rest)?;
        let (&has_event, mut rest) = rest.split_first()?;
        let last_event = match has_event {
            0 => None,
            1 => Some(number(&mut rest)?),
            _ => return None,
        };
        let key_mark = match layout {
            LAYOUT_MARKED => Some(KeyMark {
                changes: varint::take(&mut rest)?,
                mac: take_hash(&mut rest)?,
            }),
            _ => None,
        };
        let checkpoint = String::from_utf8(rest.to_vec()).ok()?;
        Some(Self {
            size,
            chain,
            root,
            time,
            newest_key_event,
            last_event,
            key_mark,
            checkpoint,
        })
    }
}

/// A size or a sequence number.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    varint::take(bytes).filter(|number| *number <= LEDGER_SIZE_MAX)
}

fn take_hash(bytes: &mut &[u8]) -> Option<[u8; 32]> {
    let (hash, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_survives_storing() {
        let mut head = Head {
            size: 300,
            chain: ChainHash::from_bytes([1; 32]),
            root: TreeHash::from_bytes([2; 32]),
            time: 1_763_600_000_000_000_000,
            newest_key_event: 1,
            last_event: None,
            key_mark: None,
            checkpoint: "a note\n".to_owned(),
        };
        assert_eq!(Head::decode(&head.encode()), Some(head.clone()));
        head.last_event = Some(299);
        let bytes = head.encode();
        assert_eq!(Head::decode(&bytes), Some(head.clone()));
        head.key_mark = Some(KeyMark {
            changes: 300,
            mac: [7; 32],
        });
        let bytes = head.encode();
        assert_eq!(Head::decode(&bytes), Some(head));
        for end in 0..bytes.len() - b"a note\n".len() {
            assert_eq!(Head::decode(&bytes[..end]), None);
        }
        let mut other = bytes.clone();
        other[0] = 3;
        assert_eq!(Head::decode(&other), None);
    }

    #[test]
    fn numbers_that_no_ledger_reaches_are_not_a_head() {
        let head = |size, newest_key_event, last_event| Head {
            size,
            chain: ChainHash::from_bytes([1; 32]),
            root: TreeHash::from_bytes([2; 32]),
            time: u64::MAX,
            newest_key_event,
            last_event,
            key_mark: None,
            checkpoint: String::new(),
        };
        let (most, beyond) = (LEDGER_SIZE_MAX, LEDGER_SIZE_MAX + 1);
        let greatest = head(most, most, Some(most));
        assert_eq!(Head::decode(&greatest.encode()), Some(greatest));
        for other in [
            head(beyond, 0, None),
            head(u64::MAX, 0, None),
            head(1, beyond, None),
            head(1, 0, Some(beyond)),
        ] {
            assert_eq!(Head::decode(&other.encode()), None);
        }
    }
}
