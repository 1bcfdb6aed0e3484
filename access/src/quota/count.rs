//! What was had of a quota, as it is kept.

/// What the names are of.
const NAME_CONTEXT: &str = "indelible 2026-11-29 count of a quota v0";
/// The first byte of a count that is kept; another form takes another.
const FORM: u8 = 1;
const NAME_BYTES: usize = 32;
const COUNT_BYTES: usize = 1 + 3 * 8 + NAME_BYTES;

/// A count that is kept, or is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptCount {
    /// The number of the place where it is kept. What was there before is of no use any more.
    pub place: u32,
    /// Days since 1970.
    pub(super) day: u64,
    pub(super) name: CountName,
    pub(super) had: Had,
}

/// Bytes that no count was kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a count of a quota")]
pub struct NotACount;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Had {
    pub(super) events: u64,
    pub(super) bytes: u64,
}

impl Had {
    /// The more of both.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            events: self.events.max(other.events),
            bytes: self.bytes.max(other.bytes),
        }
    }
}

/// What is counted together: a digest of the quota with all that it says, of the ledger, and of whose it is, if each caller has
/// it. So a quota that is changed has another count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CountName([u8; NAME_BYTES]);

/// Makes a name of its parts, each of which is told from the next.
pub(super) struct Naming(blake3::Hasher);

impl Naming {
    pub(super) fn begin() -> Self {
        Self(blake3::Hasher::new_derive_key(NAME_CONTEXT))
    }

    pub(super) fn add(&mut self, part: &[u8]) {
        self.0.update(&(part.len() as u64).to_be_bytes());
        self.0.update(part);
    }

    pub(super) fn end(self) -> CountName {
        CountName(*self.0.finalize().as_bytes())
    }
}

impl KeptCount {
    /// Its bytes, which are kept in its place.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(COUNT_BYTES);
        bytes.push(FORM);
        for number in [self.day, self.had.events, self.had.bytes] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(&self.name.0);
        bytes
    }

    /// What was kept in this place.
    ///
    /// # Errors
    /// If these bytes are not those of a count.
    pub fn from_bytes(place: u32, bytes: &[u8]) -> Result<Self, NotACount> {
        let (form, rest) = bytes.split_first_chunk::<1>().ok_or(NotACount)?;
        let (day, rest) = rest.split_first_chunk::<8>().ok_or(NotACount)?;
        let (events, rest) = rest.split_first_chunk::<8>().ok_or(NotACount)?;
        let (had, name) = rest.split_first_chunk::<8>().ok_or(NotACount)?;
        if form != &[FORM] {
            return Err(NotACount);
        }
        Ok(Self {
            place,
            day: u64::from_be_bytes(*day),
            name: CountName(name.try_into().map_err(|_| NotACount)?),
            had: Had {
                events: u64::from_be_bytes(*events),
                bytes: u64::from_be_bytes(*had),
            },
        })
    }
}
