//! Clients: what they send, and what they make of the answers.

use std::{
    future::Future as _,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use indelible_evidence::{body::Body, origin::LedgerName};

use super::{
    lot::Lot,
    model::{Model, Sent, check_erased},
    scheduler::Scheduler,
};
use crate::{
    AppendError, Appended, Availability, CreateLedger, EventInput, Ledger, PendingAppend, Prepared,
};

/// The ledgers, by name. Everything in the second is encrypted, and openings are recorded.
pub(super) const LEDGERS: [&str; 2] = ["plain", "sealed"];
/// Appends of a client that are not answered yet.
const PENDING_MAX: usize = 12;

/// An append that is on its way.
struct Pending {
    ledger: usize,
    batch: Vec<Sent>,
    expected: Option<u64>,
    answer: PendingAppend,
}

pub(super) struct Clients {
    scheduler: Rc<Scheduler>,
    pub(super) lot: Lot,
    pub(super) models: [Model; 2],
    created: [bool; 2],
    pending: Vec<Pending>,
    /// The next event that nobody has sent.
    next: u64,
    /// Somebody was told that only a restart helps.
    pub(super) wants_restart: bool,
    pub(super) conflicts: u64,
    pub(super) rotations: u64,
    pub(super) erasures: u64,
}

impl Clients {
    pub(super) fn new(seed: u64, scheduler: &Rc<Scheduler>) -> Self {
        Self {
            scheduler: Rc::clone(scheduler),
            lot: Lot::new(seed, "clients"),
            models: Default::default(),
            created: [false; 2],
            pending: Vec::new(),
            next: 0,
            wants_restart: false,
            conflicts: 0,
            rotations: 0,
            erasures: 0,
        }
    }

    /// One of the ledgers, made if it is not there; none if that fails.
    fn ledger(&mut self, number: usize) -> Option<Ledger> {
        let engine = self.scheduler.engine();
        if let Ok(ledger) = engine.ledger(LEDGERS[number]) {
            return Some(ledger);
        }
        assert!(!self.created[number], "a ledger is lost");
        let request = CreateLedger {
            name: LedgerName::parse(LEDGERS[number]).unwrap(),
            request_id: String::new(),
            recovery: None,
            encrypts_all: number == 1,
            access_trail: number == 1,
            checks_events: false,
        };
        let created = self.scheduler.wait_for(engine.create_ledger(request));
        self.scheduler
            .note(&format!("created {:?}", created.is_ok()));
        self.created[number] = created.is_ok();
        self.wants_restart |= created.is_err();
        engine.ledger(LEDGERS[number]).ok()
    }

    /// Some events: mostly new ones, sometimes such that were sent before, with the same content or another.
    fn batch(&mut self) -> Vec<Sent> {
        let size = match self.lot.below(10) {
            0..=5 => 1,
            6..=8 => 2 + self.lot.below(6),
            _ => 20 + self.lot.below(60),
        };
        (0..size).map(|_| self.event()).collect()
    }

    fn event(&mut self) -> Sent {
        let is_new = self.next == 0 || !self.lot.one_in(4);
        let id = match is_new {
            true => {
                self.next += 1;
                self.next - 1
            }
            false => self.next - 1 - self.lot.below(self.next.min(30)),
        };
        // What was in an event is a matter of its identity, but for those who err.
        let content = id % 7 + if !is_new && self.lot.one_in(12) { 7 } else { 0 };
        Sent { id, content }
    }

    fn prepare(&self, ledger: &Ledger, sent: Sent) -> Option<Prepared> {
        let (id, actor, subject) = (sent.name(), format!("c{}", sent.content), sent.subject());
        let body = Body {
            id: &id,
            source: "s",
            actor: Some(&actor),
            data_subject: subject.as_deref(),
            ..Body::default()
        };
        let payload = sent
            .id
            .is_multiple_of(3)
            .then(|| Bytes::copy_from_slice(actor.as_bytes()));
        let input = EventInput {
            body,
            event_type: "t",
            classification: None,
            payload,
        };
        self.scheduler.wait_for(ledger.prepare(input)).ok()
    }

    /// Sends some events, and does not wait.
    pub(super) fn append(&mut self) {
        if self.pending.len() >= PENDING_MAX {
            return self.scheduler.turn();
        }
        let number = self.lot.below(2) as usize;
        let batch = self.batch();
        let Some(ledger) = self.ledger(number) else {
            return;
        };
        let mut prepared = Vec::with_capacity(batch.len());
        for sent in &batch {
            match self.prepare(&ledger, *sent) {
                Some(event) => prepared.push(event),
                None => {
                    self.wants_restart = true;
                    return self.scheduler.note("not prepared");
                }
            }
        }
        let last = ledger.cell.committed().head.last_event.unwrap_or(0);
        let expected = match self.lot.below(12) {
            0 => Some(last),
            1 => Some(last + 1),
            _ => None,
        };
        match ledger.enqueue(prepared, expected) {
            Ok(answer) => self.pending.push(Pending {
                ledger: number,
                batch,
                expected,
                answer,
            }),
            Err(error) => self.refused(number, &batch, expected, &error),
        }
    }

    /// Takes what answers there are.
    pub(super) fn take_answers(&mut self) {
        let mut waiting = Vec::with_capacity(self.pending.len());
        for mut pending in std::mem::take(&mut self.pending) {
            let mut context = Context::from_waker(Waker::noop());
            match Pin::new(&mut pending.answer).poll(&mut context) {
                Poll::Pending => waiting.push(pending),
                Poll::Ready(Ok(appended)) => self.acknowledged(&pending, &appended),
                Poll::Ready(Err(error)) => {
                    self.refused(pending.ledger, &pending.batch, pending.expected, &error);
                }
            }
        }
        self.pending = waiting;
    }

    fn acknowledged(&mut self, pending: &Pending, appended: &Appended) {
        self.scheduler
            .note(&format!("{:?} {appended:?}", pending.batch));
        let engine = self.scheduler.engine();
        let ledger = engine
            .ledger(LEDGERS[pending.ledger])
            .expect("a ledger is lost");
        let world = self.scheduler.world.borrow();
        let (stored, anchored) = world.durable_sizes(ledger.cell.id);
        let repeats = appended.repeats.iter().map(|(_, first)| first.tree_size);
        let sizes = appended.new.iter().map(|new| new.tree_size).chain(repeats);
        for size in sizes {
            assert!(
                size <= stored,
                "{size} records are acknowledged, {stored} are stored"
            );
            assert!(
                size <= anchored,
                "{size} records are acknowledged, {anchored} are anchored"
            );
        }
        let model = &mut self.models[pending.ledger];
        model.acknowledge(&pending.batch, appended, (&world.store, &ledger));
    }

    fn refused(
        &mut self,
        number: usize,
        batch: &[Sent],
        expected: Option<u64>,
        error: &AppendError,
    ) {
        self.scheduler.note(&format!("{batch:?} {error}"));
        match error {
            AppendError::Conflict {
                index, sequence, ..
            } => {
                self.conflicts += 1;
                self.models[number].conflict(batch[*index as usize], *sequence);
            }
            AppendError::SequenceMismatch {
                expected: given,
                actual,
            } => {
                assert_eq!(Some(*given), expected);
                assert_ne!(given, actual);
            }
            AppendError::Refused { state, .. } => {
                assert_eq!(*state, Availability::Stopped, "{error}");
                self.wants_restart = true;
            }
            AppendError::Unknown { .. } => self.wants_restart = true,
            AppendError::Draining
            | AppendError::QueueFull { .. }
            | AppendError::KeyErased { .. }
            | AppendError::Incomparable { .. } => {}
            error => assert!(
                self.scheduler.has_crashed() || self.wants_restart,
                "{error}"
            ),
        }
    }

    /// Begins another epoch, or puts another identity in the place of all.
    pub(super) fn rotate(&mut self) {
        let engine = self.scheduler.engine();
        let outcome = match self.lot.below(3) {
            0 => {
                let rotated = engine.rotate_identity(&Default::default(), None, &mut |_, _| {});
                rotated.map(|rotated| format!("{rotated:?}"))
            }
            _ => {
                let name = *self.lot.pick(&LEDGERS);
                engine.rotate_epoch(name).map(|epoch| format!("{epoch:?}"))
            }
        };
        self.rotations += u64::from(outcome.is_ok());
        self.scheduler.note(&format!("rotated {outcome:?}"));
    }

    /// Erases a person.
    pub(super) fn erase(&mut self) {
        let number = self.lot.below(2) as usize;
        let subject = format!("person {}", self.lot.below(3));
        let Ok(ledger) = self.scheduler.engine().ledger(LEDGERS[number]) else {
            return;
        };
        let about = self.models[number].about(&subject);
        self.models[number].erasing.insert(subject.clone());
        let erased = ledger.erase(&subject, "they asked", &mut |_| {});
        self.scheduler.note(&format!("erased {erased:?}"));
        if erased.is_ok() {
            self.erasures += 1;
            let world = self.scheduler.world.borrow();
            check_erased(&world.store, &ledger, &about);
        }
    }

    /// Reads an event that was acknowledged.
    pub(super) fn read(&mut self) {
        let number = self.lot.below(2) as usize;
        let Some((sent, sequence)) = self.models[number].some(self.lot.below(1 << 20)) else {
            return;
        };
        let Ok(ledger) = self.scheduler.engine().ledger(LEDGERS[number]) else {
            panic!("a ledger is lost");
        };
        assert_eq!(
            ledger.find("s", &sent.name()).unwrap(),
            Some(sequence),
            "{sent:?}"
        );
        let view = ledger.record(sequence).unwrap();
        assert_eq!(view.sequence(), sequence);
        self.scheduler.note(&format!("read {sent:?}"));
    }
}
