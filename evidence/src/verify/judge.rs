//! The judge: takes in what the checks of the units gave, in order, and reaches the verdict.

use crate::bundle::{BundleKind, Manifest};
use crate::chain::ChainHasher;
use crate::commitment::PartKind;
use crate::hash::{ChainHash, TreeHash};
use crate::limits::CHUNK_RECORDS;
use crate::tile::TileId;
use crate::tree::{Frontier, empty_root, leaf_hash};
use crate::verdict::{Answer, Finding, FindingCode, FindingList, Verdict};

use super::custody::{Custody, check_root};
use super::erasures::Erasures;
use super::history::KeyHistory;
use super::identities::Identities;
use super::key_events::{KeyEventList, KeyEvents};
use super::opening::Head;
use super::outside::{Outside, Seen};
use super::parts::concerns_parts;
use super::range::RangeClaim;
use super::records::{CheckedPart, RecordFacts, Succession, judge_part};
use super::report::{BundleFacts, Neighbours, PartCounts, Report};
use super::scope::{Scope, ScopeGround, ScopeView};
use super::statement::{KeyEvent, Statement};
use super::trust::Trust;
use super::unit::{Checked, CheckedKind, CheckedRecords, Place, SeenKeyEvent};
use super::upper_tiles::UpperTiles;

/// Takes in the results of the units in their order.
#[derive(Debug)]
pub struct Judge {
    trust: Trust,
    manifest: Manifest,
    facts: BundleFacts,
    head: Option<Head>,
    integrity: FindingList,
    custody_findings: FindingList,
    custody: Custody,
    identities: Identities,
    erasures: Erasures,
    /// Whether headers, chain and tree are those that the checkpoint signs, as far as was seen.
    sound: bool,
    /// Whether something made it impossible to go on.
    stopped: bool,
    key_events: Option<KeyEvents>,
    key_events_seen: KeyEventList,
    succession: Succession,
    log: Log,
    range: Option<RangeClaim>,
    chunk: Chunk,
    /// The root of this tree at the known head's size, once it was passed.
    known_root: Option<TreeHash>,
    /// For each witness of the policy, whether its key is one of the ledger's own history.
    own_witnesses: Vec<bool>,
    /// What is answered besides, of some of the records.
    scope: Option<ScopeView>,
}

/// The chain and the tree so far.
#[derive(Debug)]
struct Log {
    frontier: Frontier,
    upper: UpperTiles,
    chain: ChainHash,
    hasher: ChainHasher,
}

/// The records of the chunk at hand, whose bodies and payloads are still to come.
#[derive(Debug, Default)]
struct Chunk {
    first: u64,
    facts: Vec<Option<RecordFacts>>,
}

impl Judge {
    pub(super) fn new(trust: Trust, manifest: Manifest, scope: Option<Scope>) -> Self {
        let chain = ChainHasher::start(manifest.origin());
        let log = Log {
            frontier: Frontier::new(),
            upper: UpperTiles::default(),
            chain,
            hasher: ChainHasher::new(),
        };
        let own_witnesses = trust.policy.iter().flat_map(|policy| policy.witnesses());
        let own_witnesses = own_witnesses
            .map(|witness| witness.key.public() == trust.key.public())
            .collect();
        let facts = BundleFacts {
            origin: manifest.origin().as_str().to_owned(),
            kind: manifest.kind(),
            from: manifest.from(),
            to: manifest.to(),
            size: manifest.size(),
            root: None,
            neighbours: Neighbours::default(),
            records: 0,
            bodies: PartCounts::default(),
            payloads: PartCounts::default(),
            certificates: 0,
            keys: KeyHistory::default(),
        };
        Self {
            scope: scope.map(|scope| ScopeView::new(scope, manifest.size())),
            identities: Identities::new(trust.key.clone()),
            erasures: Erasures::default(),
            trust,
            manifest,
            facts,
            head: None,
            integrity: FindingList::default(),
            custody_findings: FindingList::default(),
            custody: Custody::new(),
            sound: true,
            stopped: true,
            key_events: None,
            key_events_seen: KeyEventList::default(),
            succession: Succession::new(),
            log,
            range: None,
            chunk: Chunk::default(),
            known_root: None,
            own_witnesses,
        }
    }

    pub(super) fn set_head(&mut self, head: Head) {
        if let Some(scope) = &mut self.scope {
            scope.signed_root(head.checkpoint.size, Some(head.checkpoint.root));
        }
        self.facts.root = Some(head.checkpoint.root);
        if self.known_size() == Some(head.checkpoint.size) {
            self.known_root = Some(head.checkpoint.root);
        } else if self.known_size() == Some(0) {
            self.known_root = Some(empty_root());
        }
        self.head = Some(head);
    }

    /// The checkpoint is not signed by the identity of its size after all.
    pub(super) fn unset_head(&mut self) {
        (self.head, self.facts.root, self.known_root) = (None, None, None);
        if let Some(scope) = &mut self.scope {
            scope.signed_root(self.manifest.size(), None);
        }
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
            (self.log.chain, self.log.frontier) = (range.previous, range.left.clone());
            self.pass_sizes();
        }
        self.range = range;
    }

    /// Nothing can follow this finding.
    pub(super) fn stop(&mut self, finding: Finding) {
        self.found(finding);
        self.stopped = true;
    }

    fn found(&mut self, finding: Finding) {
        self.sound &= concerns_parts(finding.code);
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

    /// Why an identity record does not hold, if one does not: then the identity before it still is the ledger's.
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
        let own = match &event.statement {
            Ok(Statement::Genesis(genesis)) => genesis.recovery.as_ref(),
            Ok(Statement::Epoch { key, .. }) => Some(key),
            Ok(Statement::Identity { change, .. }) => change.identity.key(),
            _ => None,
        };
        let policy = self.trust.policy.iter();
        let witnesses = policy.flat_map(|policy| policy.witnesses());
        for (witness, is_own) in witnesses.zip(&mut self.own_witnesses) {
            *is_own |= Some(witness.key.public_key()) == own;
        }
        self.identities.advance(event);
        self.erasures.advance(event);
        self.facts.keys.advance(event);
        if let Some(scope) = &mut self.scope {
            scope.key_event(event);
        }
        let Self {
            custody,
            custody_findings,
            ..
        } = self;
        custody.advance(event, None, |finding| custody_findings.push(finding));
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
        let CheckedRecords {
            first,
            facts,
            key_events,
            findings,
            place,
        } = records;
        findings.into_iter().for_each(|finding| self.found(finding));
        for facts in &facts {
            let Some(facts) = facts else {
                self.succession.skip();
                continue;
            };
            let (mut succession, mut found) = (std::mem::take(&mut self.succession), Vec::new());
            succession.advance(facts, |finding| found.push(finding));
            self.succession = succession;
            found.into_iter().for_each(|finding| self.found(finding));
        }
        for event in &key_events {
            self.key_events_seen.push(event.sequence, &event.digest);
        }
        for data_key in facts.iter().flatten().filter_map(|facts| facts.data_key) {
            self.erasures.count(&data_key);
        }
        if let Some(scope) = &mut self.scope {
            let facts = facts.iter().flatten();
            facts.for_each(|facts| scope.record(facts, &self.erasures));
        }
        self.facts.records += facts.len() as u64;
        let whole_place = match place {
            Place::Leaves { leaves, root } => {
                let complete = leaves.len() == facts.len() && self.log.frontier.size() == first;
                if complete {
                    self.grow(&leaves, root, &key_events);
                }
                complete
            }
            Place::Unlinked(block) => {
                for header in block.headers.items() {
                    let log = &mut self.log;
                    log.chain = log.hasher.link(&log.chain, header);
                    log.frontier.push(leaf_hash(&log.chain));
                    self.pass_sizes();
                }
                true
            }
        };
        self.sound &= whole_place;
        if first % CHUNK_RECORDS == 0 || self.chunk.facts.is_empty() {
            self.chunk = Chunk {
                first,
                facts: Vec::with_capacity(facts.len()),
            };
        }
        self.chunk.facts.extend(facts);
    }

    /// Grows the tree by the leaves of one tile, stopping at each certificate and at each size whose root is wanted.
    fn grow(&mut self, leaves: &[TreeHash], root: Option<TreeHash>, key_events: &[SeenKeyEvent]) {
        let first = self.log.frontier.size();
        let end = first + leaves.len() as u64;
        let mut bound = key_events
            .iter()
            .filter_map(|event| Some((event.sequence, event.bound?)))
            .peekable();
        let scope_size = self.scope.as_ref().map(|scope| scope.size);
        let mut wanted = self.known_size().into_iter().chain(scope_size);
        let wanted_inside = wanted.any(|size| first < size && size <= end);
        let mut grown = self.log.frontier.clone();
        if bound.peek().is_some() || wanted_inside {
            for (sequence, leaf) in (first..).zip(leaves) {
                while let Some((at, root)) = bound.next_if(|(at, _)| *at <= sequence) {
                    check_root(at, &root, &grown.root(), &mut |finding| {
                        self.custody_finding(finding);
                    });
                }
                if bound.peek().is_none() && !wanted_inside {
                    break;
                }
                grown.push(*leaf);
                self.note_root(&grown);
            }
        }
        let frontier = &mut self.log.frontier;
        match root {
            Some(root) if frontier.push_subtree(8, root) => self.log.upper.push(root),
            _ => leaves.iter().for_each(|leaf| frontier.push(*leaf)),
        }
    }

    fn accept_parts(&mut self, kind: PartKind, first: u64, parts: &[CheckedPart]) {
        for (sequence, part) in (first..).zip(parts) {
            let counts = match kind {
                PartKind::Body => &mut self.facts.bodies,
                PartKind::Payload => &mut self.facts.payloads,
            };
            counts.add(part);
            let facts = sequence
                .checked_sub(self.chunk.first)
                .and_then(|at| self.chunk.facts.get(usize::try_from(at).ok()?));
            // Where the header could not be read, that was found already.
            if let Some(Some(facts)) = facts
                && let Err(finding) = judge_part(kind, facts, part, &self.erasures)
            {
                if let Some(scope) = &mut self.scope {
                    scope.found_part(facts, &finding);
                }
                self.found(finding);
            }
        }
    }

    fn accept_tile(&mut self, id: TileId, bytes: &[u8]) {
        if !self.log.upper.matches(id, bytes) {
            let detail = format!("{} is not what the leaves give", id.path());
            self.found(Finding::new(FindingCode::TileMismatch, detail));
        }
    }

    fn known_size(&self) -> Option<u64> {
        self.trust
            .known_head
            .as_ref()
            .map(|known| known.checkpoint().size)
    }

    fn pass_sizes(&mut self) {
        let tree = std::mem::take(&mut self.log.frontier);
        self.note_root(&tree);
        self.log.frontier = tree;
    }

    /// Keeps the root of a tree that the records give, if its size is one that is asked for.
    fn note_root(&mut self, tree: &Frontier) {
        if self.known_size() == Some(tree.size()) {
            self.known_root = Some(tree.root());
        }
        if let Some(scope) = &mut self.scope {
            scope.pass(tree);
        }
    }

    /// Reaches the verdict. All units must have been taken in.
    pub fn finish(mut self) -> Report {
        if !self.stopped {
            self.finish_range();
            self.finish_tree();
        }
        self.facts.certificates = self.custody.certificates();
        self.facts.keys.count_records(self.erasures.records());
        let Self {
            head,
            trust,
            mut custody_findings,
            custody,
            identities,
            sound,
            stopped,
            scope,
            ..
        } = self;
        let complete = sound && !stopped;
        if head.is_none() {
            // Nobody vouches for the key events that were read.
            custody_findings = FindingList::default();
        }
        if complete {
            custody.finish(self.manifest.size(), |finding| {
                custody_findings.push(finding)
            });
        }
        let seen = Seen {
            known_root: self.known_root,
            own_witnesses: &self.own_witnesses,
            identities: &identities,
            complete,
        };
        let outside = Outside::of(&trust, head.as_ref(), &seen);
        let ground = ScopeGround {
            signed: head.is_some(),
            stopped,
            complete,
            unanchored: outside.unanchored.as_ref(),
            identities: &identities,
        };
        let scoped = scope.map(|scope| scope.finish(&ground));
        let unseen = || Answer::unanswerable("all records of the ledger that the checkpoint signs");
        let verdict = Verdict {
            integrity: self
                .integrity
                .into_answer(|| if stopped { unseen() } else { Answer::Holds }),
            completeness: outside.completeness,
            freshness: outside.freshness,
            custody: custody_findings.into_answer(|| match (complete, outside.unanchored) {
                (false, _) => unseen(),
                (true, Some(missing)) => Answer::unanswerable(missing),
                (true, None) => Answer::Holds,
            }),
        };
        Report {
            verdict,
            bundle: self.facts,
            freshness: outside.facts,
            scoped,
        }
    }

    /// Joins a range to what follows it.
    fn finish_range(&mut self) {
        let Some(range) = self.range.take() else {
            return;
        };
        let to = self.manifest.to();
        if let Some(after) = range.after {
            if after.previous != self.log.chain {
                let detail = "the chain hash before it is not that of the range's last record";
                self.found(Finding::of_record(
                    FindingCode::NeighbourMismatch,
                    to,
                    detail,
                ));
            }
            if after.time < self.succession.time() {
                let detail = "its time is less than that of the range's last record";
                self.found(Finding::of_record(FindingCode::TimeDecreased, to, detail));
            }
        }
        for (node, root) in range.right {
            self.log.frontier.push_subtree(node.level, root);
        }
    }

    /// Holds the tree against the checkpoint, and the key events against the list of them.
    fn finish_tree(&mut self) {
        let log = &self.log.frontier;
        let signed = self
            .head
            .as_ref()
            .map(|head| (head.checkpoint.size, head.checkpoint.root));
        if signed != Some((log.size(), log.root())) {
            let detail = format!(
                "the tree of the records has another root than the checkpoint signs: {}",
                log.root()
            );
            self.found(Finding::new(FindingCode::RootMismatch, detail));
        }
        let listed = self.key_events.take();
        if let Some(finding) =
            listed.and_then(|listed| listed.in_bundle.difference(&self.key_events_seen))
        {
            self.found(finding);
            // What custody was asked of is then not what the ledger has. In a range each was proven by itself.
            if self.manifest.kind() == BundleKind::Whole {
                self.custody_findings = FindingList::default();
                self.scope.iter_mut().for_each(ScopeView::forget_custody);
            }
        }
    }
}
