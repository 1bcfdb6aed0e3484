//! The one logical writer of every ledger: takes what waits, links it, signs once for each ledger, and
//! hands the group to the committer, which makes it durable while the next group is linked.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, mpsc::SyncSender},
};

use indelible_evidence::chain::ChainHasher;
use indelible_store::{Commit, LedgerId, Store, Term};

use crate::{
    keys::{
        epoch::{OpenEpoch, OwnedStatement},
        signers::Signers,
    },
    state::{
        append::Appended,
        backlog::Load,
        clock,
        error::AppendError,
        limits::{LONE_GROUP_EVENTS_MAX, WAITING_EVENTS_MAX},
        shared::{Availability, LedgerState},
        tree_edge::EdgeGrowth,
    },
    write::{
        admission::{Admission, Rotation},
        certifier::{Certificates, Wanted},
        committer::{Committer, Group, LedgerOutcome, Outcome},
        key_event_kind::KeyEventKind,
        link::{Draft, InFlight, Tip},
        place::Place,
        queue::{
            Adoption, HeldPlace, KeyEventWork, Queue, Reply, Reservation, Retirement, RotationWork,
            Submission, Work,
        },
    },
};

/// The writer. It lives on a thread of its own and owns every ledger's tip.
pub(crate) struct Sequencer {
    pub(crate) queue: Arc<Queue>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) signers: Arc<Signers>,
    pub(crate) term: Term,
    /// Records that an epoch key may sign for.
    pub(crate) epoch_span: u64,
    pub(crate) tips: HashMap<LedgerId, Tip>,
    pub(crate) committer: Arc<Committer>,
    /// To the committer's own thread.
    pub(crate) groups: SyncSender<Group>,
    /// Commits of the groups that may still be on their way, oldest first.
    pub(crate) sent: VecDeque<Arc<Vec<Commit>>>,
    pub(crate) certificates: Certificates,
    /// What waits for a certificate of its ledger, or until the ledger's next place is taken or given up, in order.
    pub(crate) parked: HashMap<LedgerId, Vec<Piece>>,
    /// Certificates that have come.
    pub(crate) certified: HashMap<LedgerId, (OpenEpoch, OwnedStatement)>,
    /// Ledgers whose next place is held free.
    pub(crate) held: HashSet<LedgerId>,
    /// Who wants one.
    pub(crate) reserving: Vec<Reservation>,
}

/// What waits in a round, by ledger, in order.
#[derive(Default)]
struct ByLedger {
    pieces: Vec<Vec<Piece>>,
    places: HashMap<LedgerId, usize>,
}

impl ByLedger {
    fn of(&mut self, ledger: LedgerId) -> &mut Vec<Piece> {
        let place = *self.places.entry(ledger).or_insert_with(|| {
            self.pieces.push(Vec::new());
            self.pieces.len() - 1
        });
        &mut self.pieces[place]
    }

    fn add(&mut self, piece: Piece) {
        self.of(piece.cell().id).push(piece);
    }

    /// Adds what was parked: it came before all that is there.
    fn unpark(&mut self, ledger: LedgerId, parked: Vec<Piece>) {
        self.of(ledger).splice(0..0, parked);
    }
}

/// A group in the making.
#[derive(Default)]
struct Round {
    commits: Vec<Commit>,
    ledgers: Vec<LedgerOutcome>,
}

impl Round {
    fn add_commit(&mut self, commit: Commit, growth: EdgeGrowth) -> (usize, EdgeGrowth) {
        self.commits.push(commit);
        (self.commits.len() - 1, growth)
    }
}

impl Sequencer {
    /// Runs until the queue is closed and empty, or the committer is gone.
    pub(crate) fn run(mut self) {
        let mut work = Vec::new();
        let mut hasher = ChainHasher::new();
        while let Some(on_their_way) = self.queue.drain(&mut work) {
            self.forget(on_their_way);
            let group = self.link_group(work.drain(..), &mut hasher);
            if group.is_empty() {
                continue;
            }
            self.sent.push_back(Arc::clone(&group.commits));
            let is_alone = self.queue.begin_group();
            if is_alone && group.events() <= LONE_GROUP_EVENTS_MAX {
                self.committer.complete(group);
            } else if self.groups.send(group).is_err() {
                return;
            }
        }
        self.give_up_parked();
    }

    /// Answers what still waits for a certificate when the queue is closed. Nothing of it was linked.
    fn give_up_parked(&mut self) {
        let parked: Vec<_> = self.parked.drain().map(|(_, pieces)| pieces).collect();
        let error = AppendError::Draining;
        let ledgers: Vec<_> = parked
            .into_iter()
            .map(|pieces| refused(pieces, &error))
            .collect();
        if !ledgers.is_empty() {
            let _alone = self.queue.begin_group();
            self.committer.complete(Group {
                commits: Arc::default(),
                ledgers,
            });
        }
    }

    /// Lets go of groups that are not on their way any more: their records are read from the store from here
    /// on.
    fn forget(&mut self, on_their_way: usize) {
        while self.sent.len() > on_their_way
            && let Some(done) = self.sent.pop_front()
        {
            for commit in &*done {
                if let Some(tip) = self.tips.get_mut(&commit.ledger) {
                    tip.in_flight.pop_front();
                }
            }
        }
    }

    fn link_group(&mut self, work: impl Iterator<Item = Work>, hasher: &mut ChainHasher) -> Group {
        let mut round = Round::default();
        let mut waiting = ByLedger::default();
        for work in work {
            self.take(work, &mut waiting, &mut round);
        }
        for pieces in waiting
            .pieces
            .into_iter()
            .filter(|pieces| !pieces.is_empty())
        {
            let outcome = self.link_ledger(pieces, hasher, &mut round);
            round.ledgers.extend(outcome);
        }
        self.hand_out_places();
        let commits = Arc::new(round.commits);
        for (place, commit) in commits.iter().enumerate() {
            if let Some(tip) = self.tips.get_mut(&commit.ledger) {
                tip.in_flight.push_back(InFlight {
                    group: Arc::clone(&commits),
                    place,
                });
            }
        }
        Group {
            commits,
            ledgers: round.ledgers,
        }
    }

    /// Sorts one piece of work into what waits for its ledger, or does at once what is the writer's own.
    fn take(&mut self, work: Work, waiting: &mut ByLedger, round: &mut Round) {
        match work {
            Work::Append(submission) => waiting.add(Piece::Events(submission)),
            Work::KeyEvent(work) => waiting.add(Piece::KeyEvent(work)),
            Work::Adopt(adoption) => self.adopt(*adoption, round),
            Work::Certified(certified) => {
                let parked = self.parked.remove(&certified.ledger).unwrap_or_default();
                match certified.epoch {
                    Ok(epoch) => {
                        self.certified.insert(certified.ledger, epoch);
                        waiting.unpark(certified.ledger, parked);
                    }
                    Err(why) if !parked.is_empty() => {
                        let error = AppendError::IdentityUnavailable { why };
                        round.ledgers.push(refused(parked, &error));
                    }
                    Err(_) => {}
                }
            }
            Work::Retire(Retirement {
                ledger,
                ids,
                indexed,
            }) => {
                if let Some(tip) = self.tips.get_mut(&ledger) {
                    tip.pending.retire(&ids, indexed);
                }
            }
            Work::Reserve(reservation) => self.reserving.push(reservation),
            Work::Release(ledger) => self.give_back(ledger, waiting),
            Work::Rotate(work) => {
                let ledger = work.cell.id;
                self.give_back(ledger, waiting);
                waiting.add(Piece::Rotation(work));
            }
        }
    }

    /// Ends the holding of a ledger's next place: what was parked goes on.
    fn give_back(&mut self, ledger: LedgerId, waiting: &mut ByLedger) {
        if self.held.remove(&ledger) {
            let parked = self.parked.remove(&ledger).unwrap_or_default();
            waiting.unpark(ledger, parked);
        }
    }

    /// Holds the next place free for whoever wants it, once nothing of the ledger waits for a certificate.
    fn hand_out_places(&mut self) {
        for reservation in std::mem::take(&mut self.reserving) {
            let Reservation { cell, reply } = reservation;
            if self.parked.contains_key(&cell.id) {
                self.reserving.push(Reservation { cell, reply });
                continue;
            }
            let (state, reason) = cell.state();
            let place = match self.tips.get(&cell.id) {
                Some(tip) if state == Availability::Open => Ok(Place::next(tip, clock::now())),
                _ => Err(AppendError::Refused { state, reason }),
            };
            let held = place.map(|place| {
                self.held.insert(cell.id);
                self.parked.insert(cell.id, Vec::new());
                HeldPlace::new(place, cell.id, &self.queue)
            });
            // Whoever is gone gives the place up by that.
            let _gone = reply.send(held);
        }
    }

    /// Takes over a ledger with the commit that begins it.
    fn adopt(&mut self, adoption: Adoption, round: &mut Round) {
        let Adoption {
            tip,
            commit,
            growth,
            reply,
        } = adoption;
        let commit = round.add_commit(commit, growth);
        let outcome = Outcome {
            reply,
            result: Ok(Appended::default()),
            load: Load::default(),
        };
        round.ledgers.push(LedgerOutcome {
            cell: Arc::clone(&tip.cell),
            commit: Some(commit),
            outcomes: vec![outcome],
        });
        self.tips.insert(tip.cell.id, tip);
    }

    /// Links what waits for one ledger into one commit.
    fn link_ledger(
        &mut self,
        mut pieces: Vec<Piece>,
        hasher: &mut ChainHasher,
        round: &mut Round,
    ) -> Option<LedgerOutcome> {
        let cell = Arc::clone(pieces.first()?.cell());
        if let Some(parked) = self.parked.get_mut(&cell.id) {
            parked.append(&mut pieces);
            return None;
        }
        let certified = self.certified.remove(&cell.id);
        let (state, reason) = cell.state();
        let tip = match self.tips.get_mut(&cell.id) {
            Some(tip) if state == Availability::Open => tip,
            _ => {
                return Some(refused(pieces, &AppendError::Refused { state, reason }));
            }
        };
        // A new identity begins with its commit's first record, and so does its epoch.
        pieces.sort_by_key(|piece| !piece.comes_first());
        let (round_records, round_bytes) = pieces.iter().fold((0, 0), |(records, bytes), piece| {
            (records + piece.records(), bytes + piece.load().bytes)
        });
        if certified.is_none() && !pieces.iter().any(Piece::certifies) {
            let ends_epoch = pieces.iter().any(Piece::comes_first);
            let records = round_records as u64;
            let wanted = wanted(tip, &self.signers, records, self.epoch_span, ends_epoch);
            if let Some(wanted) = wanted {
                self.parked.insert(cell.id, pieces);
                // The thread is there for as long as this one.
                let _sent = self.certificates.send(wanted);
                return None;
            }
        }
        // A record that was signed for its place has its time, too.
        let time = pieces.first().and_then(Piece::time);
        let mut draft = Draft::begin(tip, hasher, time.unwrap_or_else(clock::now));
        draft.reserve(round_records, round_bytes);
        if let Some((epoch, signed)) = certified
            && let Err(error) = draft.adopt_epoch(epoch, &signed)
        {
            let why = error.to_string();
            return Some(refused(pieces, &AppendError::IdentityUnavailable { why }));
        }
        let mut outcomes = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let admission = Admission {
                store: &*self.store,
                signers: &self.signers,
                round_records: round_records as u64,
                epoch_span: self.epoch_span,
            };
            outcomes.push(link(&admission, &mut draft, piece));
        }
        if draft.len() == 0 {
            return Some(LedgerOutcome {
                cell,
                commit: None,
                outcomes,
            });
        }
        let terms = draft.take_terms();
        match draft.seal(self.term, |_| Ok(Vec::new())) {
            Ok((commit, growth)) => {
                self.queue.terms.add(cell.id, terms);
                for outcome in &mut outcomes {
                    if let Ok(appended) = &mut outcome.result {
                        appended.cover(commit.head.size);
                    }
                }
                Some(LedgerOutcome {
                    cell,
                    commit: Some(round.add_commit(commit, growth)),
                    outcomes,
                })
            }
            Err(error) => {
                // Records are linked that nothing signs: this tip is no longer what is stored.
                cell.set_state(Availability::Stopped, error.to_string());
                let failure = AppendError::IdentityUnavailable {
                    why: error.to_string(),
                };
                outcomes
                    .iter_mut()
                    .for_each(|outcome| outcome.result = Err(failure.clone()));
                Some(LedgerOutcome {
                    cell,
                    commit: None,
                    outcomes,
                })
            }
        }
    }
}

/// The certificate that a ledger lacks for so many more records, if a key outside of this process must sign it. It has
/// room for all that may wait meanwhile.
fn wanted(
    tip: &Tip,
    signers: &Signers,
    records: u64,
    span: u64,
    ends_epoch: bool,
) -> Option<Wanted> {
    if tip.has_epoch(records) && !ends_epoch {
        return None;
    }
    let identity = signers.of(&tip.cell).ok().filter(|key| key.is_remote())?;
    let first = tip.size();
    Some(Wanted {
        cell: Arc::clone(&tip.cell),
        identity,
        first,
        root: tip.edge.root(),
        last: first + span.max(2 * WAITING_EVENTS_MAX as u64),
    })
}

/// Links one piece, or tells why not.
fn link(admission: &Admission<'_>, draft: &mut Draft<'_>, piece: Piece) -> Outcome {
    let load = piece.load();
    let (reply, result) = match piece {
        Piece::Events(submission) => {
            let result = admission.append(draft, &submission);
            (submission.reply, result)
        }
        Piece::KeyEvent(work) => {
            let result = admission.key_event(draft, &work);
            (work.reply, result)
        }
        Piece::Rotation(work) => {
            let RotationWork {
                place,
                identity,
                certified: (epoch, certificate),
                reply,
                ..
            } = *work;
            let rotation = Rotation {
                place: &place,
                identity: &identity,
                epoch,
                certificate: &certificate,
            };
            let result = admission.rotation(draft, rotation);
            draft.advance_time(clock::now());
            (reply, result)
        }
    };
    Outcome {
        reply,
        result,
        load,
    }
}

/// What one ledger is to gain.
pub(crate) enum Piece {
    Events(Submission),
    KeyEvent(KeyEventWork),
    /// Another identity, with its certificate.
    Rotation(Box<RotationWork>),
}

impl Piece {
    fn cell(&self) -> &Arc<LedgerState> {
        match self {
            Self::Events(submission) => &submission.cell,
            Self::KeyEvent(work) => &work.cell,
            Self::Rotation(work) => &work.cell,
        }
    }

    /// Whether it must come first in its commit.
    fn comes_first(&self) -> bool {
        let kind = match self {
            Self::KeyEvent(work) => &work.kind,
            Self::Events(_) => return false,
            Self::Rotation(_) => return true,
        };
        kind.begins_epoch(&self.cell().keys())
    }

    /// Whether it is a certificate, or brings one that only its own key signs.
    fn certifies(&self) -> bool {
        match self {
            Self::KeyEvent(work) => matches!(work.kind, KeyEventKind::Epoch),
            Self::Rotation(_) => true,
            Self::Events(_) => false,
        }
    }

    /// The time at which it must be recorded.
    fn time(&self) -> Option<u64> {
        match self {
            Self::Rotation(work) => Some(work.place.time),
            Self::Events(_) | Self::KeyEvent(_) => None,
        }
    }

    fn load(&self) -> Load {
        match self {
            Self::Events(submission) => submission.load,
            Self::KeyEvent(_) | Self::Rotation(_) => Load::default(),
        }
    }

    fn records(&self) -> usize {
        match self {
            Self::Events(submission) => submission.load.events,
            // Another identity brings its certificate.
            Self::KeyEvent(_) | Self::Rotation(_) => 2,
        }
    }

    fn into_reply(self) -> Reply {
        match self {
            Self::Events(submission) => submission.reply,
            Self::KeyEvent(work) => work.reply,
            Self::Rotation(work) => work.reply,
        }
    }
}

fn refused(pieces: Vec<Piece>, error: &AppendError) -> LedgerOutcome {
    let cell = Arc::clone(pieces[0].cell());
    let outcomes = pieces
        .into_iter()
        .map(|piece| Outcome {
            load: piece.load(),
            reply: piece.into_reply(),
            result: Err(error.clone()),
        })
        .collect();
    LedgerOutcome {
        cell,
        commit: None,
        outcomes,
    }
}
