//! What the one logical writer of every ledger holds: where each ledger ends, what waits for it, and what is signed and
//! not durable yet. Here requests are sorted and staged; what follows is the protocol's.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
};

use indelible_store::{Commit, LedgerId, Store, Term};

use crate::{
    keys::{
        epoch::{OpenEpoch, OwnedStatement},
        signers::Signers,
    },
    state::{
        environment::Environment, error::AppendError, limits::WAITING_EVENTS_MAX,
        shared::Availability,
    },
    write::{
        acknowledgement::Drafted,
        admission::Admission,
        certifier::{Certificates, Wanted},
        group::{Answer, Forming, Group, Part, Signed},
        link::{InFlight, Tip},
        place::Place,
        queue::{Adoption, Certified, HeldPlace, Queue, Reservation, Retirement, Work},
        request::Request,
    },
};

/// What the writer works with, and the same for all ledgers.
pub(crate) struct Tools {
    pub(crate) queue: Arc<Queue>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) signers: Arc<Signers>,
    pub(crate) certificates: Certificates,
    pub(crate) environment: Environment,
    pub(crate) term: Term,
    /// Records that an epoch key may sign for.
    pub(crate) epoch_span: u64,
}

/// The writer's own view of all ledgers.
pub(crate) struct Writer {
    tools: Tools,
    tips: HashMap<LedgerId, Tip>,
    /// Commits of the groups that may still be on their way, oldest first.
    sent: VecDeque<Arc<Vec<Commit>>>,
    /// What waits for a certificate of its ledger, or until the ledger's next place is taken or given up, in order.
    parked: HashMap<LedgerId, Vec<Request>>,
    /// Certificates that have come.
    certified: HashMap<LedgerId, (OpenEpoch, OwnedStatement)>,
    /// Ledgers whose next place is held free.
    held: HashSet<LedgerId>,
    /// Who wants one.
    reserving: Vec<Reservation>,
}

/// Requests of one ledger that can be linked now, in the order in which they are.
pub(crate) struct Staged<'a> {
    pub(crate) tip: &'a mut Tip,
    pub(crate) requests: Vec<Request>,
    /// The certificate that comes before all of them.
    pub(crate) certified: Option<(OpenEpoch, OwnedStatement)>,
    pub(crate) admission: Admission<'a>,
    /// When the first of them is recorded.
    pub(crate) time: u64,
    /// What they bring, at most.
    pub(crate) records: usize,
    pub(crate) bytes: usize,
}

/// What waits in a round, by ledger, in order.
#[derive(Default)]
struct ByLedger {
    requests: Vec<Vec<Request>>,
    places: HashMap<LedgerId, usize>,
}

impl ByLedger {
    fn of(&mut self, ledger: LedgerId) -> &mut Vec<Request> {
        let place = *self.places.entry(ledger).or_insert_with(|| {
            self.requests.push(Vec::new());
            self.requests.len() - 1
        });
        &mut self.requests[place]
    }

    fn add(&mut self, request: Request) {
        self.of(request.cell().id).push(request);
    }

    /// Adds what was parked: it came before all that is there.
    fn unpark(&mut self, ledger: LedgerId, parked: Vec<Request>) {
        self.of(ledger).splice(0..0, parked);
    }
}

impl Writer {
    /// One that goes on where each ledger ends.
    pub(crate) fn new(tools: Tools, tips: HashMap<LedgerId, Tip>) -> Self {
        Self {
            tools,
            tips,
            sent: VecDeque::new(),
            parked: HashMap::new(),
            certified: HashMap::new(),
            held: HashSet::new(),
            reserving: Vec::new(),
        }
    }

    /// The term under which it commits.
    pub(crate) fn term(&self) -> Term {
        self.tools.term
    }

    /// Sorts what the queue gave by ledger, and does at once what is the writer's own.
    pub(crate) fn sort(
        &mut self,
        work: impl Iterator<Item = Work>,
        forming: &mut Forming,
    ) -> Vec<Vec<Request>> {
        let mut waiting = ByLedger::default();
        for work in work {
            match work {
                Work::Request(request) => {
                    if matches!(request, Request::Rotation(_)) {
                        self.give_back(request.cell().id, &mut waiting);
                    }
                    waiting.add(request);
                }
                Work::Adopt(adoption) => forming.add(self.adopt(*adoption)),
                Work::Certified(certified) => {
                    if let Some(refused) = self.take_certificate(*certified, &mut waiting) {
                        forming.answer(refused);
                    }
                }
                Work::Retire(retirement) => self.retire(&retirement),
                Work::Reserve(reservation) => self.reserving.push(reservation),
                Work::Release(ledger) => self.give_back(ledger, &mut waiting),
            }
        }
        waiting.requests
    }

    /// Step 1 of the protocol. Nothing comes of it if the requests are parked, and answers if they are refused.
    pub(crate) fn stage(&mut self, mut requests: Vec<Request>) -> Result<Option<Staged<'_>>, Part> {
        let Some(cell) = requests.first().map(|request| Arc::clone(request.cell())) else {
            return Ok(None);
        };
        if let Some(parked) = self.parked.get_mut(&cell.id) {
            parked.append(&mut requests);
            return Ok(None);
        }
        let certified = self.certified.remove(&cell.id);
        let now = match self.tools.environment.confirmed_now() {
            Ok(now) => now,
            Err(unconfirmed) => return Err(Part::refused(&cell, requests, &unconfirmed.into())),
        };
        let (state, reason) = cell.state();
        let tip = match self.tips.get_mut(&cell.id) {
            Some(tip) if state == Availability::Open => tip,
            _ => {
                let error = AppendError::Refused { state, reason };
                return Err(Part::refused(&cell, requests, &error));
            }
        };
        // A new identity begins with its commit's first record, and so does its epoch.
        requests.sort_by_key(|request| !request.comes_first());
        let (records, bytes) = requests.iter().fold((0, 0), |(records, bytes), request| {
            (records + request.records(), bytes + request.load().bytes)
        });
        if certified.is_none()
            && !requests.iter().any(Request::certifies)
            && let Some(wanted) = self.tools.wanted(tip, records as u64, &requests)
        {
            self.parked.insert(cell.id, requests);
            // The certifier is there for as long as the writer.
            let _gone = self.tools.certificates.send(wanted);
            return Ok(None);
        }
        // A record that was signed for its place has its time, too.
        let time = requests.first().and_then(Request::time);
        Ok(Some(Staged {
            tip,
            requests,
            certified,
            admission: Admission {
                store: &*self.tools.store,
                signers: &self.tools.signers,
                round_records: records as u64,
                epoch_span: self.tools.epoch_span,
                environment: &self.tools.environment,
                all_halted: &self.tools.queue.all_halted,
            },
            time: time.unwrap_or(now),
            records,
            bytes,
        }))
    }

    /// Keeps the index terms of a commit's sealed events for the indexer.
    pub(crate) fn keep_terms(&self, signed: &mut Signed) {
        let terms = std::mem::take(&mut signed.terms);
        self.tools.queue.terms.add(signed.cell.id, terms);
    }

    /// Remembers a signed group until it is durable: what repeats one of its records is held against it.
    pub(crate) fn remember(&mut self, group: &Group) {
        for (place, commit) in group.commits.iter().enumerate() {
            if let Some(tip) = self.tips.get_mut(&commit.ledger) {
                tip.in_flight.push_back(InFlight {
                    group: Arc::clone(&group.commits),
                    place,
                });
            }
        }
        if !group.is_empty() {
            self.sent.push_back(Arc::clone(&group.commits));
        }
    }

    /// Lets go of groups that are not on their way any more: their records are read from the store from here on.
    pub(crate) fn forget(&mut self, on_their_way: usize) {
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

    /// Answers what still waits for a certificate when the queue is closed; none if nothing does. Nothing of it was
    /// linked.
    pub(crate) fn give_up_parked(&mut self) -> Option<Group> {
        let mut forming = Forming::default();
        for requests in self.parked.drain().map(|(_, requests)| requests) {
            if let Some(cell) = requests.first().map(|request| Arc::clone(request.cell())) {
                forming.answer(Part::refused(&cell, requests, &AppendError::Draining));
            }
        }
        Some(forming.into_group()).filter(|group| !group.is_empty())
    }

    /// Takes in a certificate, and what waited for it; or refuses that.
    fn take_certificate(&mut self, certified: Certified, waiting: &mut ByLedger) -> Option<Part> {
        let Certified { ledger, epoch } = certified;
        let parked = self.parked.remove(&ledger).unwrap_or_default();
        match epoch {
            Ok(epoch) => {
                self.certified.insert(ledger, epoch);
                waiting.unpark(ledger, parked);
                None
            }
            Err(why) => {
                let cell = Arc::clone(parked.first()?.cell());
                let error = AppendError::IdentityUnavailable { why };
                Some(Part::refused(&cell, parked, &error))
            }
        }
    }

    /// Forgets identities that the stored index covers now.
    fn retire(&mut self, retirement: &Retirement) {
        if let Some(tip) = self.tips.get_mut(&retirement.ledger) {
            tip.pending.retire(&retirement.ids, retirement.indexed);
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
    pub(crate) fn hand_out_places(&mut self) {
        for reservation in std::mem::take(&mut self.reserving) {
            let Reservation { cell, reply } = reservation;
            if self.parked.contains_key(&cell.id) {
                self.reserving.push(Reservation { cell, reply });
                continue;
            }
            let (state, reason) = cell.state();
            let now = self.tools.environment.confirmed_now();
            let place = match (self.tips.get(&cell.id), now) {
                (_, Err(unconfirmed)) => Err(unconfirmed.into()),
                (Some(tip), Ok(now)) if state == Availability::Open => Ok(Place::next(tip, now)),
                _ => Err(AppendError::Refused { state, reason }),
            };
            let held = place.map(|place| {
                self.held.insert(cell.id);
                self.parked.insert(cell.id, Vec::new());
                HeldPlace::new(place, cell.id, &self.tools.queue)
            });
            // Whoever is gone gives the place up by that.
            let _gone = reply.send(held);
        }
    }

    /// Takes over a ledger with the commit that begins it.
    fn adopt(&mut self, adoption: Adoption) -> Signed {
        let answer = Answer {
            reply: adoption.reply,
            result: Ok(Drafted::default()),
            load: Default::default(),
            party: Default::default(),
            queued: None,
        };
        let cell = Arc::clone(&adoption.tip.cell);
        self.tips.insert(cell.id, adoption.tip);
        Signed {
            cell,
            commit: adoption.commit,
            edge: adoption.growth,
            terms: Default::default(),
            answers: vec![answer],
        }
    }
}

impl Tools {
    /// The certificate that a ledger lacks for so many more records, if a key outside of this process must sign it. It
    /// has room for all that may wait meanwhile.
    fn wanted(&self, tip: &Tip, records: u64, requests: &[Request]) -> Option<Wanted> {
        let ends_epoch = requests.iter().any(Request::comes_first);
        if tip.has_epoch(records) && !ends_epoch {
            return None;
        }
        let identity = self.signers.of(&tip.cell).ok()?;
        if !identity.is_remote() {
            return None;
        }
        let first = tip.size();
        Some(Wanted {
            cell: Arc::clone(&tip.cell),
            identity,
            first,
            root: tip.edge.root(),
            last: first + self.epoch_span.max(2 * WAITING_EVENTS_MAX as u64),
        })
    }
}
