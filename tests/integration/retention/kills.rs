//! The daemon is killed in a disposal, right before changes of a file that it makes: before the record nothing is gone, and
//! from the record on everything goes, after the next start by itself.

use std::time::{Duration, Instant};

use indelible_proto::v1::{PartState, RetentionParts};

use super::{DAY, GONE, assert_intact, disposals, dispose, rule, set, states};
use crate::support::{
    Named,
    calls::{batch, create, event, sequences},
    chance::Chance,
    daemon::{Client, Daemon, Retention},
    faults::ShiftedClock,
    keys::event_of,
    kill_point::KillPoint,
    place::Place,
    tier::{counts, report},
    verifier::{export, verify},
};

/// How long the daemon may take for what it does by itself.
const PATIENCE: Duration = Duration::from_secs(30);
/// A disposal is killed before each of its first changes of a file, and before some of the rest.
const FIRST_CHANGES: u64 = 6;
/// None has so many.
const CHANGES_MAX: u64 = 2_000;

struct Trial {
    place: Place,
    clock: ShiftedClock,
    kill_point: KillPoint,
    /// Days by which the clock is ahead.
    days: i64,
    batches: u64,
}

struct Running {
    daemon: Daemon,
    client: Client,
    retention: Retention,
}

impl Trial {
    async fn start(&self) -> Running {
        let mut command = self.kill_point.preload(self.clock.serve(&self.place));
        let library = self.clock.library().display().to_string();
        let both = command.get_envs().find(|(name, _)| *name == "LD_PRELOAD");
        let kills = both.and_then(|(_, value)| value).unwrap().to_owned();
        command
            .env("LD_PRELOAD", format!("{}:{library}", kills.display()))
            // Days pass faster here than the clock may go ahead.
            .env("INDELIBLE__CLOCK__MAX_STEP_HOURS", "87600");
        let mut daemon = Daemon::spawn(command, &self.place).unwrap();
        daemon.await_serving().await;
        let (client, retention) = (daemon.client().await, daemon.retention().await);
        Running {
            daemon,
            client,
            retention,
        }
    }

    /// Appends events, and lets two days pass.
    async fn next_batch(&mut self, running: &mut Running) -> Vec<u64> {
        self.batches += 1;
        let id = |of: &str| format!("{of}{}", self.batches);
        let events = vec![
            event(&id("a")),
            event_of(&id("erika"), &id("b")),
            event(&id("c")),
        ];
        let answer = batch(&mut running.client, "audit", events).await.unwrap();
        let found = sequences(3, answer.appended.as_ref(), &answer.repeats);
        self.days += 2;
        self.clock.set(self.days * DAY);
        found
    }

    /// Disposes, the daemon to be killed before a change. Says how many changes there were, if it was too late.
    async fn killed(&mut self, mut running: Running, nth: u64) -> (Running, Option<u64>) {
        let batch = self.next_batch(&mut running).await;
        let before = disposals(&mut running.retention, "audit").await.len();
        self.kill_point.arm(nth, None);
        let outcome = dispose(&mut running.retention, "audit").await;
        let seen = self.kill_point.disarm();
        if self.kill_point.hit().is_none() {
            outcome.unwrap();
            return (running, Some(seen.values().sum()));
        }
        running.daemon.kill();
        let mut running = self.start().await;
        let recorded = disposals(&mut running.retention, "audit").await.len() - before;
        assert!(recorded <= 1, "{recorded}");
        if recorded == 0 {
            assert!(outcome.is_err());
            for sequence in &batch {
                let (body, _) = states(&mut running.client, *sequence).await;
                assert_ne!(body, PartState::Erased, "{sequence} went before its record");
            }
            dispose(&mut running.retention, "audit").await.unwrap();
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let listed = disposals(&mut running.retention, "audit").await;
            if listed.iter().all(|disposal| disposal.complete) {
                break;
            }
            let log = running.daemon.log();
            assert!(Instant::now() < deadline, "it is not taken up:\n{log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for sequence in batch {
            assert_eq!(states(&mut running.client, sequence).await, GONE);
        }
        (running, None)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disposal_is_killed_at_its_steps_and_completes() {
    let place = Place::new();
    let Some(clock) = ShiftedClock::new(&place) else {
        return;
    };
    let mut trial = Trial {
        kill_point: KillPoint::new(&place),
        place,
        clock,
        days: 0,
        batches: 0,
    };
    let mut running = trial.start().await;
    let named = Named::from(&create(&mut running.client, "audit").await);
    let rules = vec![rule("old", RetentionParts::All)];
    set(&mut running.retention, "audit", rules).await.unwrap();
    let (mut running, changes) = trial.killed(running, CHANGES_MAX).await;
    let changes = changes.expect("it has no so many changes");
    let mut chance = Chance::new("kills of disposals");
    let first = 1..=changes.min(FIRST_CHANGES);
    let rest = counts().kills_at_changes / 6;
    let rest: Vec<u64> = (0..rest).map(|_| chance.within(1..changes + 1)).collect();
    let mut kills = 0_u64;
    for nth in first.chain(rest) {
        let (next, too_late) = trial.killed(running, nth).await;
        kills += u64::from(too_late.is_none());
        running = next;
    }
    assert!(kills >= FIRST_CHANGES.min(changes) / 2, "{kills}");
    assert_intact(&mut running.client).await;
    let bundle = trial.place.file("bundle.tar");
    export(&mut running.client, &named.origin, None, &bundle).await;
    let verified = verify(&bundle, &named.verifier_key, &[]);
    assert_eq!(verified.code, 0, "{verified:#?}");
    running.daemon.stop();
    report(format_args!(
        "disposals: {changes} changes of files, killed {kills} times"
    ));
}
