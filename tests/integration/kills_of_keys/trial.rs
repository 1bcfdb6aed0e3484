//! A store whose daemon is killed again and again.

use super::*;

/// A store whose daemon is killed again and again, and what is known of it from outside.
pub(super) struct Trial {
    pub(super) place: Place,
    pub(super) kill_point: KillPoint,
    pub(super) named: Vec<Named>,
    /// Where each acknowledged event is.
    pub(super) account: HashMap<String, u64>,
    pub(super) erased: HashSet<String>,
    pub(super) subjects: u64,
    /// What the daemon was killed before, and how often.
    pub(super) hits: BTreeMap<String, u64>,
}

/// The change of a file that the daemon is to be killed before.
#[derive(Clone, Copy)]
pub(super) struct Before<'a> {
    /// Counted from 1.
    pub(super) nth: u64,
    /// Of this kind; of any, if there is nothing.
    pub(super) kind: Option<&'a str>,
}

impl Before<'_> {
    /// Before a change of any kind.
    pub(super) const fn any(nth: u64) -> Self {
        Self { nth, kind: None }
    }
}

/// A daemon with its clients.
pub(super) struct Running {
    pub(super) daemon: Daemon,
    pub(super) client: Client,
    pub(super) keys: Keys,
}

impl Trial {
    pub(super) async fn new() -> (Self, Running) {
        let place = Place::new();
        let mut trial = Self {
            kill_point: KillPoint::new(&place),
            place,
            named: Vec::new(),
            account: HashMap::new(),
            erased: HashSet::new(),
            subjects: 0,
            hits: BTreeMap::new(),
        };
        let mut running = trial.start().await;
        for name in LEDGERS {
            let created = create(&mut running.client, name).await;
            trial.named.push(Named::from(&created));
            append(&mut running.client, name, event("in the clear"))
                .await
                .unwrap();
        }
        trial.next_subject(&mut running).await;
        (trial, running)
    }

    pub(super) async fn start(&self) -> Running {
        let command = self.kill_point.preload(serve(&self.place));
        let mut daemon = Daemon::spawn(command, &self.place).unwrap();
        daemon.await_serving().await;
        let (client, keys) = (daemon.client().await, daemon.keys().await);
        Running {
            daemon,
            client,
            keys,
        }
    }

    /// Appends some events of a new subject; returns it.
    pub(super) async fn next_subject(&mut self, running: &mut Running) -> String {
        self.subjects += 1;
        let subject = format!("subject{}", self.subjects);
        let ids: Vec<_> = (0..EVENTS).map(|n| format!("{subject}/{n}")).collect();
        let events = ids.iter().map(|id| sealed(id)).collect();
        let answer = batch(&mut running.client, LEDGERS[0], events).await;
        let answer = answer.unwrap();
        let sequences = sequences(ids.len(), answer.appended.as_ref(), &answer.repeats);
        self.account.extend(ids.into_iter().zip(sequences));
        subject
    }

    /// Every acknowledged event is at its place: opened, with its own content, or erased if its subject is. Returns how
    /// many records of each kind each ledger has.
    pub(super) async fn check(&self, client: &mut Client) -> Vec<Kinds> {
        let mut by_sequence: HashMap<u64, &str> = self
            .account
            .iter()
            .map(|(id, sequence)| (*sequence, id.as_str()))
            .collect();
        let mut all = Vec::new();
        for (name, is_first) in LEDGERS.into_iter().zip([true, false, false]) {
            let mut kinds = Kinds::new();
            for record in opened(client, name).await {
                *kinds.entry(record.kind().name().to_owned()).or_default() += 1;
                if is_first && let Some(id) = by_sequence.remove(&record.sequence) {
                    self.check_event(id, record);
                }
            }
            all.push(kinds);
        }
        assert!(by_sequence.is_empty(), "lost: {by_sequence:?}");
        all
    }

    pub(super) fn check_event(&self, id: &str, record: v1::LedgerRecord) {
        if self.erased.contains(subject_of(id)) {
            let states = (record.body_state(), record.payload_state());
            assert_eq!(states, (PartState::Erased, PartState::Erased), "{id}");
            return;
        }
        let read = record.event.unwrap();
        let wanted = Payload::Plaintext(format!("payload of {id}").into_bytes().into());
        assert_eq!((read.id.as_str(), read.payload), (id, Some(wanted)));
    }

    /// An auditor who pinned the first key and knows a head of now accepts each ledger.
    pub(super) async fn assert_verifies(&self, running: &mut Running) {
        let (bundle, head) = (self.place.file("bundle.tar"), self.place.file("head"));
        for named in &self.named {
            export(&mut running.client, &named.origin, None, &bundle).await;
            let checkpoint = done(&running.daemon, &["checkpoint", &named.origin]).data;
            fs::write(&head, checkpoint).unwrap();
            let known = ["--known-head", head.to_str().unwrap()];
            let verified = verify(&bundle, &named.verifier_key, &known);
            assert_eq!(verified.code, 0, "{verified:#?}");
            for question in ["integrity", "custody", "completeness"] {
                assert_eq!(verified.answer(question), "holds", "{verified:#?}");
            }
        }
    }

    /// Runs an operation, the daemon to be killed before a change of a file, with others appending or not. Starts it again
    /// and checks what there is. Where it completed before it could be killed, says how many changes of each kind it made.
    pub(super) async fn killed(
        &mut self,
        mut running: Running,
        operation: Operation,
        before: Before<'_>,
        load: Option<&str>,
    ) -> (Running, Option<BTreeMap<String, u64>>) {
        let subject = self.next_subject(&mut running).await;
        let kinds_before = self.check(&mut running.client).await;
        let writing = match load {
            Some(name) => Some(Writing::start(&running.daemon, name).await),
            None => None,
        };
        self.kill_point.arm(before.nth, before.kind);
        let told = perform(&mut running.keys, operation, &subject).await;
        // Others go on appending until it is killed; without them it may have been too late.
        let sent = match writing {
            Some(writing) => {
                await_end(&mut running.daemon).await;
                writing.finish().await
            }
            None => Vec::new(),
        };
        let seen = self.kill_point.disarm();
        assert!(!seen.is_empty(), "{operation:?} changes files");
        let Some(hit) = self.kill_point.hit() else {
            assert!(matches!(told, Told::Completed), "{operation:?}: {told:?}");
            if operation == Operation::Erasure {
                self.erased.insert(subject);
            }
            return (running, Some(seen));
        };
        *self.hits.entry(hit).or_default() += 1;
        running.daemon.kill();

        let mut running = self.start().await;
        for (id, sequence) in sent {
            let sequence = match sequence {
                Some(sequence) => sequence,
                // Nothing is known of it: to send it again is safe.
                None => {
                    let again = append(&mut running.client, LEDGERS[0], sealed(&id)).await;
                    again.unwrap().sequence
                }
            };
            self.account.insert(id, sequence);
        }
        match operation {
            Operation::Identity => self.identity_again(&mut running, &kinds_before, told).await,
            Operation::Epoch => epoch_again(&mut running, told).await,
            Operation::Erasure => self.erasure_again(&mut running, subject, told).await,
        }
        self.check(&mut running.client).await;
        self.assert_verifies(&mut running).await;
        (running, None)
    }

    /// A rotation that was broken off goes on when it is asked for again, and does nothing twice.
    pub(super) async fn identity_again(&self, running: &mut Running, before: &[Kinds], told: Told) {
        let count = |kinds: &Kinds| kinds.get("identity").copied().unwrap_or(0);
        let after_kill = self.check(&mut running.client).await;
        let new: Vec<_> = after_kill
            .iter()
            .zip(before)
            .map(|(after, before)| count(after) - count(before))
            .collect();
        let recorded = new.iter().sum::<u64>();
        assert!(new.iter().all(|new| *new <= 1), "{new:?}");
        // One ledger after the other.
        assert!(
            new.is_sorted_by(|earlier, later| earlier >= later),
            "{new:?}"
        );
        if matches!(told, Told::Completed) {
            assert_eq!(recorded, 3, "it was said to be complete");
        }
        let result = rotate_identity(&mut running.keys).await.unwrap();
        let left = if recorded == 3 { 3 } else { 3 - recorded };
        let of_clients = result.rotated_ledgers.iter();
        let of_clients = of_clients.filter(|rotated| !rotated.origin.contains("/_system/"));
        assert_eq!(of_clients.count() as u64, left, "{result:?}");
        assert!(result.recovery_statements.is_empty() && result.unrotated_ledgers.is_empty());
        assert!(result.retired_key_count >= 1, "{result:?}");
        let rotated = self.check(&mut running.client).await;
        let least = u64::from(recorded == 3) + 1;
        for (after, before) in rotated.iter().zip(before) {
            assert_eq!(count(after), count(before) + least);
        }
    }

    /// An erasure that is recorded completes by itself; one that is not was never begun, and can be asked for again.
    pub(super) async fn erasure_again(
        &mut self,
        running: &mut Running,
        subject: String,
        told: Told,
    ) {
        let recorded = erasures(&mut running.keys, LEDGERS[0]).await;
        let begun = recorded.len() == self.erased.len() + 1;
        match told {
            Told::Nothing => assert_eq!(recorded.len() - usize::from(begun), self.erased.len()),
            Told::Recorded(sequence) => assert_eq!(recorded.last().unwrap().sequence, sequence),
            Told::Completed => assert!(begun && recorded.last().unwrap().complete),
        }
        if begun {
            let deadline = Instant::now() + PATIENCE;
            while !erasures(&mut running.keys, LEDGERS[0])
                .await
                .last()
                .unwrap()
                .complete
            {
                let log = running.daemon.log();
                assert!(Instant::now() < deadline, "it is not taken up:\n{log}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let again = erase(&mut running.keys, LEDGERS[0], &subject).await;
            assert_refused(again, Code::NotFound, ErrorReason::DataSubjectUnknown, "");
        } else {
            // Not recorded, so nothing is gone yet.
            self.check(&mut running.client).await;
            let erased = erase(&mut running.keys, LEDGERS[0], &subject)
                .await
                .unwrap();
            assert!(
                erased.complete && erased.event_count == EVENTS as u64,
                "{erased:?}"
            );
        }
        self.erased.insert(subject);
    }
}
