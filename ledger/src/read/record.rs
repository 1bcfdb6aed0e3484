//! One record read back, checked against its own commitments and its place in the chain.

use std::{borrow::Cow, sync::Arc};

use indelible_evidence::{
    body::Body,
    chain::ChainHasher,
    commitment::PartKind,
    hash::ChainHash,
    header::{Header, SealedBy},
    record_file::RecordFile,
    sealed::{EventCipher, EventKey},
};
use indelible_store::{
    ErasedParts, Store,
    record::{Part, StoredRecord},
};

use crate::{
    keys::keyring::Keyring,
    read::{archived::filled, record_fault::fault},
    state::{
        error::ReadError, key_state::KeyState, shared::LedgerState, shelf::ArchiveAway,
        zeroizing_buffer::ZeroizingBuffer,
    },
};

/// A record as it is stored. Its bytes have been checked: the header is canonical and of this sequence
/// number, and body and payload match the header's commitments.
#[derive(Clone, Debug)]
pub struct RecordView {
    sequence: u64,
    value: Vec<u8>,
    previous: Option<ChainHash>,
    unverified: Option<String>,
    unsealed: Option<Arc<Unsealed>>,
    disposals: Vec<u64>,
    away: Option<Box<ArchiveAway>>,
}

/// What was sealed in a record, opened; wiped when dropped.
struct Unsealed {
    event_key: EventKey,
    body: ZeroizingBuffer,
    payload: Option<ZeroizingBuffer>,
}

impl std::fmt::Debug for Unsealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unsealed(..)")
    }
}

impl RecordView {
    /// Checks a stored value. What a disposal names is erased from its record on, also while the bytes are still there.
    pub(crate) fn check(
        ledger: &LedgerState,
        sequence: u64,
        value: Vec<u8>,
    ) -> Result<Self, ReadError> {
        let mut view = Self::check_unshortened(ledger, sequence, value)?;
        let (shortened, disposals) = {
            let keys = ledger.keys();
            match keys.disposals().is_empty() {
                true => (None, Vec::new()),
                false => (
                    disposed_parts(&keys, &view.header(), &view.stored()),
                    keys.disposals_of(&view.header()),
                ),
            }
        };
        view.disposals = disposals;
        if let Some(parts) = shortened
            && let Ok(Some(value)) = StoredRecord::erase(&view.value, parts)
        {
            view.value = value;
        }
        Ok(view)
    }

    /// Checks a stored value with its archived parts, as far as the archive can be read, and takes nothing from it.
    fn check_unshortened(
        ledger: &LedgerState,
        sequence: u64,
        value: Vec<u8>,
    ) -> Result<Self, ReadError> {
        let filled = filled(ledger, sequence, &value);
        let away = filled.away;
        let value = match filled.value {
            Cow::Owned(filled) => filled,
            Cow::Borrowed(_) => value,
        };
        match fault(ledger, sequence, &value) {
            None => Ok(Self {
                sequence,
                value,
                previous: None,
                unverified: None,
                unsealed: None,
                disposals: Vec::new(),
                away,
            }),
            Some(what) => Err(ReadError::Damaged { sequence, what }),
        }
    }

    /// The record's sequence number.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Bytes that it takes in the store.
    pub fn bytes(&self) -> usize {
        self.value.len()
    }

    /// The stored parts.
    pub fn stored(&self) -> StoredRecord<'_> {
        decoded(StoredRecord::decode(&self.value))
    }

    /// The header.
    pub fn header(&self) -> Header<'_> {
        decoded(Header::decode(self.stored().header))
    }

    /// Why an archived part of it is not here; none if each is.
    pub fn archive_away(&self) -> Option<&ArchiveAway> {
        self.away.as_deref()
    }

    /// What body and payload are sealed under; none if they are in the clear.
    pub fn sealed(&self) -> Option<SealedBy> {
        self.header().kind.event().and_then(|event| event.sealed)
    }

    /// Whether something in it is sealed that has not been opened.
    pub fn is_sealed(&self) -> bool {
        self.unsealed.is_none() && self.sealed().is_some()
    }

    /// The body, if it is there to be read: in the clear, or opened.
    pub fn body(&self) -> Option<Body<'_>> {
        if let Some(unsealed) = &self.unsealed {
            return Some(decoded(Body::decode(&unsealed.body)));
        }
        match self.stored().body {
            Part::Present { bytes, .. } if self.sealed().is_none() => {
                Some(decoded(Body::decode(bytes)))
            }
            _ => None,
        }
    }

    /// The payload, if it is there to be read: in the clear, or opened.
    pub fn payload(&self) -> Option<&[u8]> {
        if let Some(unsealed) = &self.unsealed {
            return unsealed.payload.as_deref();
        }
        match self.stored().payload {
            Part::Present { bytes, .. } if self.sealed().is_none() => Some(bytes),
            _ => None,
        }
    }

    /// Forgets what was opened.
    pub(crate) fn reseal(&mut self) {
        self.unsealed = None;
    }

    /// The chain hash at the record.
    pub fn chain_hash(&self) -> ChainHash {
        self.stored().chain
    }

    /// The chain hash before the record; known once the record's place was looked at.
    pub fn previous_chain_hash(&self) -> Option<ChainHash> {
        self.previous
    }

    /// The disposals that name the record and destroy something, by their own records, ascending.
    pub fn disposals(&self) -> &[u64] {
        &self.disposals
    }

    /// Whether neither its body nor its payload is there any more. What is in the archive is there.
    pub(crate) fn is_empty(&self) -> bool {
        let stored = self.stored();
        let is_there = |part| matches!(part, Part::Present { .. } | Part::Archived);
        !is_there(stored.body) && !is_there(stored.payload)
    }

    /// Why the record can't be taken for one of the ledger's; none if the signed tree holds it. Only a ledger in which
    /// damage was found gives out such a record at all.
    pub fn unverified(&self) -> Option<&str> {
        self.unverified.as_deref()
    }

    /// Notes what comes before the record, and what speaks against it.
    pub(crate) fn place(&mut self, previous: Option<ChainHash>, unverified: Option<String>) {
        self.previous = previous;
        self.unverified = unverified;
    }

    /// The record as a file for a verifier.
    pub fn record_file(&self) -> RecordFile {
        let stored = self.stored();
        let owned = |part: Part<'_>| match part {
            Part::Present { salt, bytes } => Some((salt, bytes.to_vec())),
            _ => None,
        };
        RecordFile {
            header: stored.header.to_vec(),
            body: owned(stored.body),
            payload: owned(stored.payload),
            event_key: self
                .unsealed
                .as_ref()
                .map(|unsealed| unsealed.event_key.clone()),
        }
    }
}

/// Opens what a record holds sealed. One whose key was destroyed stays as it is: its parts are erased, or about
/// to be.
pub(crate) fn unseal(
    ledger: &LedgerState,
    keyring: &Keyring,
    view: &mut RecordView,
) -> Result<(), ReadError> {
    let Some(sealed) = view.sealed().filter(|_| view.unsealed.is_none()) else {
        return Ok(());
    };
    let Some((event_key, body, payload)) = open_parts(
        ledger,
        keyring,
        view.sequence,
        &view.stored(),
        &sealed,
        true,
    )?
    else {
        return Ok(());
    };
    view.unsealed = Some(Arc::new(Unsealed {
        event_key,
        body,
        payload,
    }));
    Ok(())
}

/// Opens the body of a stored record, and nothing else, where it is there and its key is; its bytes are canonical and
/// the body is the record's own.
pub(crate) fn open_body(
    ledger: &LedgerState,
    keyring: &Keyring,
    sequence: u64,
    stored: &StoredRecord<'_>,
    sealed: &SealedBy,
) -> Result<Option<ZeroizingBuffer>, ReadError> {
    let parts = open_parts(ledger, keyring, sequence, stored, sealed, false)?;
    Ok(parts.map(|(_, body, _)| body))
}

type Opened = (EventKey, ZeroizingBuffer, Option<ZeroizingBuffer>);

/// Opens the body, and the payload if that is wanted and there.
fn open_parts(
    ledger: &LedgerState,
    keyring: &Keyring,
    sequence: u64,
    stored: &StoredRecord<'_>,
    sealed: &SealedBy,
    with_payload: bool,
) -> Result<Option<Opened>, ReadError> {
    let damaged = |what: String| ReadError::Damaged { sequence, what };
    let Part::Present { salt, bytes } = stored.body else {
        return Ok(None);
    };
    let Some(key) = keyring.open(ledger, &sealed.data_key)? else {
        return Ok(None);
    };
    let event_key = EventKey::derive(key.expose(), &sealed.data_key, &salt);
    let closed = |part: PartKind| move |error| damaged(format!("its {} {error}", part.name()));
    let cipher = EventCipher::for_event(&event_key, ledger.origin(), sealed)
        .map_err(closed(PartKind::Body))?;
    let open = |part: PartKind, bytes: &[u8]| {
        cipher
            .open(part, bytes)
            .map(ZeroizingBuffer::new)
            .map_err(closed(part))
    };
    let body = open(PartKind::Body, bytes)?;
    let decoded = Body::decode(&body).map_err(|error| damaged(error.to_string()))?;
    if ledger.id_hash(decoded.source, decoded.id)? != stored.id_hash {
        return Err(damaged("its body belongs to another event".into()));
    }
    let payload = match stored.payload {
        Part::Present { bytes, .. } if with_payload => Some(open(PartKind::Payload, bytes)?),
        _ => None,
    };
    drop(cipher);
    Ok(Some((event_key, body, payload)))
}

/// Unwraps what [`RecordView::check`] decoded before.
#[expect(
    clippy::expect_used,
    reason = "a view exists only of bytes that were decoded when it was made"
)]
fn decoded<T, E: std::fmt::Debug>(result: Result<T, E>) -> T {
    result.expect("a checked record decodes")
}

/// Reads one record and checks all but its link.
pub(crate) fn unlinked_record(
    ledger: &LedgerState,
    store: &dyn Store,
    sequence: u64,
) -> Result<RecordView, ReadError> {
    let value = stored_value(ledger, store, sequence)?;
    RecordView::check(ledger, sequence, value)
}

fn stored_value(
    ledger: &LedgerState,
    store: &dyn Store,
    sequence: u64,
) -> Result<Vec<u8>, ReadError> {
    let size = ledger.size();
    if sequence >= size {
        return Err(ReadError::NoRecord { sequence, size });
    }
    let value = store.record(ledger.id, sequence)?;
    value.ok_or_else(|| ReadError::Damaged {
        sequence,
        what: "it is missing from the store".into(),
    })
}

/// The same with the parts that a disposal names, for whoever is about to destroy them.
pub(crate) fn unshortened_record(
    ledger: &LedgerState,
    store: &dyn Store,
    sequence: u64,
) -> Result<RecordView, ReadError> {
    let value = stored_value(ledger, store, sequence)?;
    RecordView::check_unshortened(ledger, sequence, value)
}

/// Which parts that are there, or in the archive, a disposal on record erases.
pub(crate) fn disposed_parts(
    keys: &KeyState,
    header: &Header<'_>,
    stored: &StoredRecord<'_>,
) -> Option<ErasedParts> {
    let disposed = keys.facts_of(header).disposed;
    let is_there = |part| matches!(part, Part::Present { .. } | Part::Archived);
    let is_due = |kind, part| is_there(part) && disposed.erased(kind);
    match (
        is_due(PartKind::Body, stored.body),
        is_due(PartKind::Payload, stored.payload),
    ) {
        (true, true) => Some(ErasedParts::All),
        (true, false) => Some(ErasedParts::Bodies),
        (false, true) => Some(ErasedParts::Payloads),
        (false, false) => None,
    }
}

/// The chain hash before a record.
pub(crate) fn chain_before(
    ledger: &LedgerState,
    store: &dyn Store,
    sequence: u64,
) -> Result<ChainHash, ReadError> {
    let Some(previous) = sequence.checked_sub(1) else {
        return Ok(ChainHasher::start(ledger.origin()));
    };
    let missing = |what: String| ReadError::Damaged {
        sequence: previous,
        what,
    };
    let value = store
        .record(ledger.id, previous)?
        .ok_or_else(|| missing("it is missing from the store".into()))?;
    StoredRecord::decode(&value)
        .map(|stored| stored.chain)
        .map_err(|error| missing(error.to_string()))
}
