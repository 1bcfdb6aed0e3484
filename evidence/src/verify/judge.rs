//! The judge: takes in what the checks of the units gave, in order. Its verdict is in `finish`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::bundle::Manifest;
use crate::hash::{ChainHash, TreeHash};
use crate::limits::CHUNK_RECORDS;
use crate::tile::TileId;
use crate::verdict::{Finding, FindingCode, FindingList};

use super::custody::{Custody, Effect};
use super::erasures::Erasures;
use super::head::Head;
use super::identities::Identities;
use super::key_event::{KeyEvent, Statement};
use super::key_event_list::{KeyEventList, KeyEvents};
use super::log::Log;
use super::part_judgement::leaves_the_log_whole;
use super::range_claim::RangeClaim;
use super::record_facts::RecordFacts;
use super::recorded::Recorded;
use super::records::Succession;
use super::report::{BundleFacts, Neighbours};
use super::rules::Rules;
use super::scope::{Scope, ScopeView};
use super::tally::Tally;
use super::trust::Trust;
use super::unit::{Checked, CheckedKind, CheckedRecords, Place};

/// Takes in the results of the units in their order.
#[derive(Debug)]
pub struct Judge {
    pub(super) trust: Trust,
    pub(super) manifest: Manifest,
    pub(super) facts: BundleFacts,
    pub(super) head: Option<Head>,
    /// The root that the checkpoint names, whoever signed it.
    pub(super) claimed_root: Option<TreeHash>,
    pub(super) integrity: FindingList,
    pub(super) custody_findings: FindingList,
    /// Whether the key events are not those of the ledger.
    pub(super) custody_forgotten: bool,
    /// What is unlawful in the records, if they turn out to be those that the checkpoint signs.
    pub(super) unproven: FindingList,
    pub(super) custody: Custody,
    pub(super) identities: Identities,
    pub(super) erasures: Erasures,
    pub(super) rules: Arc<Rules>,
    pub(super) tally: Tally,
    /// Whether headers, chain and tree are those that the checkpoint signs, as far as was seen.
    pub(super) sound: bool,
    /// Whether something made it impossible to go on.
    pub(super) stopped: bool,
    /// Whether that is bytes behind the last file alone, and all before them was read and is sound.
    pub(super) only_trailed: bool,
    pub(super) key_events: Option<KeyEvents>,
    pub(super) key_events_seen: KeyEventList,
    pub(super) succession: Succession,
    pub(super) log: Log,
    pub(super) range: Option<RangeClaim>,
    /// The headers of the governance records that the bundle carries by themselves.
    governance: BTreeMap<u64, Vec<u8>>,
    /// The records outside of the chunks that were looked at.
    outside: BTreeSet<u64>,
    pub(super) chunk: Chunk,
    /// The epoch one of whose lines on the known head does not verify.
    pub(super) known_head_spoilt: Option<u64>,
    /// What is answered besides, of some of the records.
    pub(super) scope: Option<ScopeView>,
}

/// The records of the chunk at hand, whose bodies and payloads are still to come.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    first: u64,
    pub(super) facts: Vec<Option<RecordFacts>>,
    /// The digests of payloads that producers signed.
    pub(super) signed: BTreeMap<u64, [u8; 32]>,
}

impl Chunk {
    pub(super) fn place(&self, sequence: u64) -> Option<usize> {
        usize::try_from(sequence.checked_sub(self.first)?).ok()
    }
}

impl Judge {
    pub(super) fn new(trust: Trust, manifest: Manifest, scope: Option<Scope>) -> Self {
        let scope = scope.map(|scope| ScopeView::new(scope, manifest.size()));
        let known = trust.known_head.iter();
        let known = known.map(|known| known.checkpoint().size);
        let wanted = known.chain(scope.iter().map(|scope| scope.size));
        Self {
            log: Log::new(manifest.origin(), wanted),
            scope,
            identities: Identities::new(trust.key.clone()),
            erasures: Erasures::default(),
            rules: Arc::default(),
            tally: Tally::default(),
            trust,
            facts: BundleFacts::of(&manifest),
            manifest,
            head: None,
            claimed_root: None,
            integrity: FindingList::default(),
            custody_findings: FindingList::default(),
            custody_forgotten: false,
            unproven: FindingList::default(),
            custody: Custody::new(),
            sound: true,
            stopped: true,
            only_trailed: false,
            key_events: None,
            key_events_seen: KeyEventList::default(),
            succession: Succession::new(),
            range: None,
            governance: BTreeMap::new(),
            outside: BTreeSet::new(),
            chunk: Chunk::default(),
            known_head_spoilt: None,
        }
    }

    /// Takes in the root of the checkpoint, before anybody knows who must have signed it.
    pub(super) fn claim_root(&mut self, root: TreeHash) {
        self.claimed_root = Some(root);
    }

    pub(super) fn set_head(&mut self, head: Option<Head>) {
        self.facts.root = head.as_ref().map(|head| head.checkpoint.root);
        self.head = head;
    }

    /// The opening is done, and the chunks follow.
    pub(super) fn open(&mut self, key_events: KeyEvents, range: Option<RangeClaim>) {
        self.stopped = false;
        self.key_events = Some(key_events);
        if let Some(range) = &range {
            self.succession = Succession::after(range.time, range.newest_key_event);
            self.facts.neighbours = Neighbours {
                before: (self.manifest.from() > 0).then_some(range.time),
                after: range.after.map(|after| after.time),
            };
            self.log.begin_at(range.previous, range.left.clone());
        }
        self.range = range;
    }

    /// The chain hash at the newest record that was taken in: before the first unit, at the record before the bundle's
    /// first.
    pub fn chain(&self) -> &ChainHash {
        self.log.chain()
    }

    /// What the key events hold the records to: all of them were taken in.
    pub(super) fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules)
    }

    /// Nothing can follow this finding.
    pub(super) fn stop(&mut self, finding: Finding) {
        let is_trailing = finding.code == FindingCode::ArchiveTrailing;
        self.only_trailed = is_trailing && self.sound && !self.stopped;
        self.found(finding);
        self.stopped = true;
    }

    pub(super) fn found(&mut self, finding: Finding) {
        self.sound &= leaves_the_log_whole(finding.code);
        if let Some(scope) = &mut self.scope {
            scope.found(&finding);
        }
        self.integrity.push(finding);
    }

    pub(super) fn custody_finding(&mut self, finding: Finding) {
        if let Some(scope) = &mut self.scope {
            scope.custody_finding(&finding);
        }
        self.custody_findings.push(finding);
    }

    /// The key events that were read are not all, or not linked: custody can't be answered, whatever else it would say.
    pub(super) fn forget_custody(&mut self) {
        self.custody_findings = FindingList::default();
        self.unproven = FindingList::default();
        self.custody_forgotten = true;
        self.scope.iter_mut().for_each(ScopeView::forget_custody);
    }

    /// Takes in what is unlawful in a record of the chunks, if it is the one that the checkpoint signs.
    pub(super) fn unlawful(&mut self, finding: Finding) {
        if let Some(scope) = &mut self.scope {
            scope.unlawful(&finding);
        }
        self.unproven.push(finding);
    }

    /// Why an identity record is not valid, if one is not: then the identity before it still is the ledger's.
    pub(super) fn refused_identity(&self) -> Option<&Finding> {
        let mut found = self.custody_findings.listed().iter();
        found.rfind(|finding| finding.code == FindingCode::IdentityInvalid)
    }

    /// The identities, as far as the key events were taken in.
    pub(super) fn identities(&self) -> &Identities {
        &self.identities
    }

    /// Takes in the next key event: to custody, and to what the other questions need of it. Which root a
    /// certificate binds is still to be seen.
    pub(super) fn key_event(&mut self, event: &KeyEvent) {
        let found = &mut self.custody_findings;
        let effect = self
            .custody
            .advance(event, None, |finding| found.push(finding));
        if let Some(scope) = &mut self.scope {
            scope.key_event(event);
        }
        if effect == Effect::AsStated {
            self.facts.keys.advance(event, self.rules.newest_settings());
            Arc::make_mut(&mut self.rules).advance(event);
        }
        self.identities.advance(event);
        self.erasures.advance(event);
        self.hold_known_head(event);
    }

    /// Holds the lines of epochs on the known head, where its size lies in their spans. Others don't matter there.
    fn hold_known_head(&mut self, event: &KeyEvent) {
        if let (Some(known), Ok(Statement::Epoch { key, last, .. })) =
            (&self.trust.known_head, &event.statement)
        {
            let (first, size) = (event.sequence, known.checkpoint().size);
            if first < size && size <= *last && known.is_spoilt_by(first, key) {
                self.known_head_spoilt = Some(first);
            }
        }
    }

    /// Takes in the record of a governance state, to be held against the one among the chunks.
    pub(super) fn governance_record(&mut self, sequence: u64, header: &[u8]) {
        if self.in_chunks(sequence) {
            self.governance.insert(sequence, header.to_vec());
        }
    }

    fn in_chunks(&self, sequence: u64) -> bool {
        (self.manifest.from()..self.manifest.to()).contains(&sequence)
    }

    /// Takes in a record that was proven by itself. What is unlawful in those among the chunks is found there.
    pub(super) fn record_outside(&mut self, facts: &RecordFacts) {
        let sequence = facts.sequence;
        if !self.in_chunks(sequence) && self.outside.insert(sequence) {
            let rules = self.rules();
            rules.check(facts, |finding| self.custody_finding(finding));
        }
    }

    /// Takes in the result of the next unit.
    pub fn accept(&mut self, checked: Checked) {
        match checked.0 {
            CheckedKind::Records(records) => self.accept_records(records),
            CheckedKind::Parts { kind, first, parts } => self.accept_parts(kind, first, &parts),
            CheckedKind::Tile { id, bytes } => self.accept_tile(id, &bytes),
            CheckedKind::Fault(finding) => self.stop(finding),
        }
    }

    fn accept_records(&mut self, records: CheckedRecords) {
        let first = records.first;
        let altered: Vec<_> = records.findings.iter().map(|it| it.sequence).collect();
        for finding in records.findings {
            self.found(finding);
        }
        for finding in records.unlawful {
            // A header that is not the one of its place accuses nobody.
            if !altered.contains(&finding.sequence) {
                self.unlawful(finding);
            }
        }
        self.succeed(&records.facts);
        let count = records.facts.len() as u64;
        let mut contradicted = Vec::new();
        for (sequence, bytes) in self.governance.range(first..first + count) {
            let at = usize::try_from(sequence - first).unwrap_or(usize::MAX);
            if records.headers.headers.items().nth(at) != Some(bytes.as_slice()) {
                let detail = "the record of the governance state is not the record that the bundle holds at this place";
                let code = FindingCode::StateMismatch;
                contradicted.push(Finding::of_record(code, *sequence, detail));
            }
        }
        contradicted
            .into_iter()
            .for_each(|finding| self.found(finding));
        for event in &records.key_events {
            self.key_events_seen.push(event.sequence, &event.digest);
        }
        self.tally.disposed(&records.disposed);
        self.facts.records += count;
        match &records.place {
            Place::Leaves { leaves, root } => {
                let complete = leaves.len() as u64 == count && self.log.size() == first;
                if complete {
                    let mut unbound = Vec::new();
                    let certificates = &records.key_events;
                    self.log
                        .grow(leaves, *root, certificates, |at| unbound.push(at));
                    for at in unbound {
                        self.unlawful(super::custody::unbound_root(at));
                    }
                }
                self.sound &= complete;
            }
            Place::Unlinked => {
                for header in records.headers.headers.items() {
                    self.log.link(header);
                }
            }
        }
        if first.is_multiple_of(CHUNK_RECORDS) || self.chunk.facts.is_empty() {
            self.chunk = Chunk {
                first,
                facts: Vec::with_capacity(records.facts.len()),
                signed: BTreeMap::new(),
            };
        }
        self.chunk.facts.extend(records.facts);
    }

    /// Holds records to those before them, and counts what the key events say of them.
    fn succeed(&mut self, facts: &[Option<RecordFacts>]) {
        let mut succession = std::mem::take(&mut self.succession);
        for facts in facts {
            match facts {
                Some(facts) => succession.advance(facts, |finding| self.found(finding)),
                None => succession.skip(),
            }
        }
        self.succession = succession;
        let signed = self.head.as_ref().and_then(|head| head.identity_time);
        for facts in facts.iter().flatten() {
            Recorded::see(&mut self.facts.recorded, facts.sequence, facts.time, signed);
        }
        for data_key in facts.iter().flatten().filter_map(|facts| facts.data_key) {
            self.erasures.count(&data_key);
        }
        if let Some(scope) = &mut self.scope {
            let facts = facts.iter().flatten();
            facts.for_each(|facts| scope.record(facts, &self.erasures));
        }
    }

    fn accept_tile(&mut self, id: TileId, bytes: &[u8]) {
        if let Some(record) = self.log.tile_difference(id, bytes) {
            let detail = format!(
                "{} differs from what the leaves give, from this record on",
                id.path()
            );
            let code = FindingCode::TileMismatch;
            self.found(Finding::of_record(code, record, detail));
        }
    }
}
