//! Linking: the writer's own view of a ledger, and how events become the next records of its chain and
//! tree. Creation, appending and recovery all link through [`Draft`].

use std::{collections::VecDeque, sync::Arc};

use indelible_evidence::{
    IdentityTag,
    chain::ChainHasher,
    checkpoint::Checkpoint,
    hash::ChainHash,
    header::{EventHeader, Header, RecordKind},
    tree::leaf_hash,
};
use indelible_keystore::{Entropy, KeyError, Signer};
use indelible_store::{
    Commit, FullTile, Head, RecordBlock, Term,
    record::{NO_IDENTITY, Part, RecordTail, push_record},
};

use crate::{
    keys::epoch::{OpenEpoch, OwnedStatement, open_epoch},
    state::{
        shared::LedgerState,
        tree_edge::{EdgeGrowth, TreeBuilder},
    },
    write::{event::Prepared, gate::Gate, index_terms::Run, reserved, unindexed_ids::UnindexedIds},
};

/// The writer's view of one ledger: where the next record goes. Owned by the writer alone; ahead of what is
/// durable by the commits in flight.
pub(crate) struct Tip {
    pub(crate) cell: Arc<LedgerState>,
    pub(crate) chain: ChainHash,
    pub(crate) time: u64,
    pub(crate) newest_key_event: u64,
    pub(crate) last_event: Option<u64>,
    pub(crate) edge: TreeBuilder,
    pub(crate) epoch: Option<OpenEpoch>,
    pub(crate) pending: UnindexedIds,
    /// Commits that may not be durable yet.
    pub(crate) in_flight: VecDeque<InFlight>,
    /// What decisions are judged by.
    pub(crate) gate: Gate,
}

impl Tip {
    /// The ledger's size, commits in flight included.
    pub(crate) fn size(&self) -> u64 {
        self.edge.size()
    }

    /// Whether an epoch is open whose span has room for so many more records.
    pub(crate) fn has_epoch(&self, records: u64) -> bool {
        let needed = self.size() + records;
        let epoch = self.epoch.as_ref();
        epoch.is_some_and(|epoch| epoch.last() >= needed)
    }
}

/// One ledger's commit within a group that is on its way to the disk.
pub(crate) struct InFlight {
    pub(crate) group: Arc<Vec<Commit>>,
    pub(crate) place: usize,
}

impl InFlight {
    pub(crate) fn commit(&self) -> &Commit {
        &self.group[self.place]
    }
}

fn header_of(event: &Prepared) -> EventHeader<'_> {
    EventHeader {
        event_type: event.event_type(),
        classification: event.classification(),
        body: event.body,
        payload: event.payload,
        sealed: event.sealed,
    }
}

/// What a record takes besides its body and payload, typically: header, chain hash, identity.
const RECORD_BYTES_TYPICAL: usize = 256;

/// A commit in the making.
pub(crate) struct Draft<'a> {
    tip: &'a mut Tip,
    hasher: &'a mut ChainHasher,
    expected_size: u64,
    /// When the next record is recorded.
    time: u64,
    /// When the newest record was recorded, which the head says.
    newest_time: u64,
    records: RecordBlock,
    tiles: Vec<FullTile>,
    growth: EdgeGrowth,
    header: Vec<u8>,
    /// The index terms of its sealed events.
    terms: Run,
}

impl<'a> Draft<'a> {
    /// Begins a commit of records that are all recorded at `time`, or later if the ledger's time is.
    pub(crate) fn begin(tip: &'a mut Tip, hasher: &'a mut ChainHasher, time: u64) -> Self {
        let time = time.max(tip.time);
        Self {
            expected_size: tip.size(),
            newest_time: tip.time,
            tip,
            hasher,
            time,
            records: RecordBlock::default(),
            tiles: Vec::new(),
            growth: EdgeGrowth::default(),
            header: Vec::with_capacity(256),
            terms: Run::new(),
        }
    }

    /// Makes room, before anything is linked, for so many records, of so many bytes without their headers.
    pub(crate) fn reserve(&mut self, records: usize, bytes: usize) {
        debug_assert!(self.len() == 0, "room is made before anything is linked");
        self.records =
            RecordBlock::with_capacity(records + 1, bytes + records * RECORD_BYTES_TYPICAL);
    }

    /// The time at which the commit's records are recorded.
    pub(crate) fn time(&self) -> u64 {
        self.time
    }

    /// The ledger as it stands after the records so far.
    pub(crate) fn tip(&self) -> &Tip {
        self.tip
    }

    /// How many records the commit holds so far.
    pub(crate) fn len(&self) -> u64 {
        self.tip.size() - self.expected_size
    }

    /// The stored value of a record that this commit holds already.
    pub(crate) fn unsealed(&self, sequence: u64) -> Option<&[u8]> {
        let index = sequence.checked_sub(self.expected_size)?;
        self.records.iter().nth(usize::try_from(index).ok()?)
    }

    /// What decisions are judged by.
    pub(crate) fn gate(&mut self) -> &mut Gate {
        &mut self.tip.gate
    }

    /// Links a record of the daemon's own gate and returns its sequence number. It is no client's event.
    pub(crate) fn governance(&mut self, event: &Prepared) -> u64 {
        let kind = RecordKind::Governance(header_of(event));
        let sequence = self.record(kind, &event.id, &event.tail);
        self.tip.pending.insert(event.id, sequence);
        sequence
    }

    /// Links one event and returns its sequence number.
    pub(crate) fn event(&mut self, event: &Prepared) -> u64 {
        let kind = RecordKind::Event(header_of(event));
        let sequence = self.record(kind, &event.id, &event.tail);
        self.terms
            .extend(event.terms.map(|terms| (sequence, terms)));
        self.tip.pending.insert(event.id, sequence);
        if !reserved::is_daemons(&self.tip.cell, sequence, event.event_type()) {
            self.tip.last_event = Some(sequence);
        }
        sequence
    }

    /// The header that the next record would have.
    pub(crate) fn next_header<'b>(&self, kind: RecordKind<'b>) -> Header<'b> {
        Header {
            sequence: self.tip.size(),
            time: self.time,
            prior_key_event: self.tip.newest_key_event,
            kind,
        }
    }

    /// Records that follow are recorded at `time`, or later if the commit's time is.
    pub(crate) fn advance_time(&mut self, time: u64) {
        self.time = self.time.max(time);
    }

    /// Links a key event and returns its sequence number.
    pub(crate) fn key_event(&mut self, kind: RecordKind<'_>) -> u64 {
        let tail = RecordTail::encode(Part::None, Part::None);
        let sequence = self.record(kind, &NO_IDENTITY, &tail);
        self.tip.newest_key_event = sequence;
        sequence
    }

    fn record(&mut self, kind: RecordKind<'_>, id: &IdentityTag, tail: &RecordTail) -> u64 {
        let sequence = self.tip.size();
        self.newest_time = self.time;
        let header = self.next_header(kind);
        self.header.clear();
        header.encode_into(&mut self.header);
        let chain = self.hasher.link(&self.tip.chain, &self.header);
        let header = &self.header;
        self.records
            .push(|out| push_record(out, &chain, id, header, tail));
        self.tip
            .edge
            .push(leaf_hash(&chain), &mut self.tiles, &mut self.growth);
        self.tip.chain = chain;
        sequence
    }

    /// Whether an epoch is open whose span has room for so many more records.
    pub(crate) fn has_epoch(&self, records: u64) -> bool {
        self.tip.has_epoch(records)
    }

    /// Begins an epoch that is certified already, for the size that the ledger has.
    pub(crate) fn adopt_epoch(
        &mut self,
        epoch: OpenEpoch,
        signed: &OwnedStatement,
    ) -> Result<(), KeyError> {
        let header = self.next_header(RecordKind::Epoch(signed.as_statement()));
        self.tip
            .cell
            .change_keys(|keys| keys.apply(&header))
            .map_err(|_| KeyError::NotTrustworthy)?;
        self.begin_epoch(epoch, signed);
        Ok(())
    }

    /// The same for one whose certificate was taken in already.
    pub(crate) fn begin_epoch(&mut self, epoch: OpenEpoch, signed: &OwnedStatement) {
        self.key_event(RecordKind::Epoch(signed.as_statement()));
        self.tip.epoch = Some(epoch);
    }

    /// Certifies a new epoch, with room for so many records, under the ledger's identity key. The commit must be
    /// empty so far, but for genesis or for the record of another identity.
    pub(crate) fn certify(
        &mut self,
        records: u64,
        span: u64,
        identity: &dyn Signer,
        entropy: &dyn Entropy,
    ) -> Result<(), KeyError> {
        debug_assert!(
            self.len() <= 1,
            "a certificate is its commit's first record, after genesis or another identity"
        );
        let first = self.tip.size();
        let last = first + span.max(records + 1);
        let (epoch, signed) = open_epoch(
            self.tip.cell.origin(),
            first,
            self.tip.edge.root(),
            last,
            identity,
            entropy,
        )?;
        self.adopt_epoch(epoch, &signed)
    }

    /// The index terms of the commit's sealed events, to be kept once it is sealed.
    pub(crate) fn take_terms(&mut self) -> Run {
        std::mem::take(&mut self.terms)
    }

    /// Signs the commit's checkpoint and ends it. `more_lines` come before the epoch's line.
    pub(crate) fn seal(
        self,
        term: Term,
        more_lines: impl FnOnce(&str) -> Result<Vec<indelible_evidence::note::SignatureLine>, KeyError>,
    ) -> Result<(Commit, EdgeGrowth), KeyError> {
        let Self {
            tip,
            expected_size,
            newest_time: time,
            records,
            tiles,
            growth,
            ..
        } = self;
        let size = tip.edge.size();
        let root = tip.edge.root();
        let epoch = tip.epoch.as_ref().ok_or(KeyError::NoEpochKey)?;
        let text = Checkpoint {
            origin: tip.cell.origin().clone(),
            size,
            root,
        }
        .to_text();
        let mut signatures = more_lines(&text)?;
        signatures.push(epoch.sign(&text)?);
        let note = indelible_evidence::note::SignedNote { text, signatures };
        tip.time = time;
        let cell = &tip.cell;
        let changes = cell.key_register.changes();
        let key_mark = changes
            .zip(cell.binder().ok())
            .map(|(changes, binder)| binder.mark(cell.origin(), size, &tip.chain, changes));
        let head = Head {
            size,
            chain: tip.chain,
            root,
            time,
            newest_key_event: tip.newest_key_event,
            last_event: tip.last_event,
            key_mark,
            checkpoint: note.to_string(),
        };
        Ok((
            Commit {
                ledger: tip.cell.id,
                term,
                expected_size,
                records,
                tiles,
                head,
            },
            growth,
        ))
    }
}
