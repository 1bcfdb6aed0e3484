//! Random interleavings of everything, and what must hold after each step.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{
    claim::{Calls, LoopAction},
    record::HaltOf,
};

const CAP: u64 = 100;

/// A step of somebody.
#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Decide {
        agent: u8,
        amount: u64,
        void: bool,
        approval: bool,
        uses: usize,
    },
    Complete {
        which: usize,
        tokens: u64,
    },
    Release {
        which: usize,
    },
    Answer {
        which: usize,
        by: u8,
        granted: bool,
    },
    Halt(u8),
    Resume {
        agent: u8,
        by: u8,
    },
    Sign(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_u64..4_000).prop_map(Step::Wait),
        (0_u8..2, 1_u64..60, any::<bool>(), any::<bool>(), 0_usize..6).prop_map(
            |(agent, amount, void, approval, uses)| Step::Decide {
                agent,
                amount,
                void,
                approval,
                uses
            }
        ),
        (0_u8..2, 1_u64..60, any::<bool>(), Just(false), 0_usize..6).prop_map(
            |(agent, amount, void, approval, uses)| Step::Decide {
                agent,
                amount,
                void,
                approval,
                uses
            }
        ),
        (0_usize..8, 0_u64..80).prop_map(|(which, tokens)| Step::Complete { which, tokens }),
        (0_usize..8).prop_map(|which| Step::Release { which }),
        (0_usize..6, 0_u8..4, any::<bool>()).prop_map(|(which, by, granted)| Step::Answer {
            which,
            by,
            granted
        }),
        (0_u8..2).prop_map(Step::Halt),
        (0_u8..2, 0_u8..4).prop_map(|(agent, by)| Step::Resume { agent, by }),
        (0_u8..2).prop_map(Step::Sign),
    ]
}

const AGENTS: [&str; 2] = ["a", "b"];
const PEOPLE: [&str; 4] = ["a", "operator-of-a", "p", "q"];

/// What somebody who watches the answers knows.
#[derive(Default)]
struct Watcher {
    approvals: Vec<(u64, Proposal)>,
    open: Vec<u64>,
    halted: BTreeSet<&'static str>,
    used: BTreeSet<u64>,
    granted_by: BTreeMap<u64, &'static str>,
}

fn ask(agent: &str, amount: u64, void: bool, approval: bool) -> Proposal {
    let Claim::Reserve(mut part) = reserve(agent, amount, CAP) else {
        panic!()
    };
    part.account.of = Of::Label("all".to_owned(), "1".to_owned());
    part.on_expiry = if void { OnExpiry::Void } else { OnExpiry::Post };
    let of = Of::Agent(agent.to_owned());
    let calls = Claim::Calls(Calls {
        of,
        window_seconds: 60,
        max_calls: 4,
        action: LoopAction::Deny,
    });
    let approval = approval.then_some(Claim::Approved);
    let claims = std::iter::once(calls)
        .chain(approval)
        .chain([Claim::Reserve(part)]);
    proposal(agent, &format!("call {amount}"), claims.collect())
}

impl Watcher {
    fn step(&mut self, ledger: &mut Ledger, step: &Step) {
        match *step {
            Step::Wait(seconds) => drop(ledger.wait(seconds)),
            Step::Decide {
                agent,
                amount,
                void,
                approval,
                uses,
            } => self.decide(
                ledger,
                AGENTS[usize::from(agent)],
                amount,
                void,
                approval,
                uses,
            ),
            Step::Complete { which, tokens } => self.end(ledger, which, Some(tokens)),
            Step::Release { which } => self.end(ledger, which, None),
            Step::Answer { which, by, granted } => {
                let Some((approval, asked)) = self.approvals.get(which).cloned() else {
                    return;
                };
                let by = PEOPLE[usize::from(by)];
                let answer = ledger.state.answer(
                    ledger.time,
                    approval,
                    &person(by),
                    asked.act.digest,
                    granted,
                );
                if let Ok(entry) = answer {
                    ledger.apply(entry);
                    self.granted_by.insert(approval, by);
                }
            }
            Step::Halt(agent) => {
                let agent = AGENTS[usize::from(agent)];
                ledger.apply(Entry::Halted {
                    of: HaltOf::Agent(agent.to_owned()),
                    by: "q".to_owned(),
                    people: 1,
                });
                self.halted.insert(agent);
            }
            Step::Resume { agent, by } => {
                let (agent, by) = (AGENTS[usize::from(agent)], PEOPLE[usize::from(by)]);
                let of = HaltOf::Agent(agent.to_owned());
                if let Ok(entry) = ledger.state.resumption(&of, &person(by)) {
                    assert!(by != agent && by != format!("operator-of-{agent}"));
                    ledger.apply(entry);
                    self.halted.remove(agent);
                }
            }
            Step::Sign(agent) => {
                let agent = AGENTS[usize::from(agent)].to_owned();
                ledger.apply(Entry::Sign { agent });
            }
        }
    }

    fn end(&mut self, ledger: &mut Ledger, which: usize, used: Option<u64>) {
        let Some(decision) = self.open.get(which).copied() else {
            return;
        };
        let Some(used) = used else {
            if ledger.state.check_release(ledger.time, decision).is_ok() {
                ledger.apply(Entry::Released { decision });
            }
            return;
        };
        if ledger.complete(decision, tokens(used)).is_ok() {
            let again = ledger.complete(decision, tokens(used));
            assert_eq!(again, Err(CompletionRefusal::NotOpen));
        }
    }

    fn decide(
        &mut self,
        ledger: &mut Ledger,
        agent: &'static str,
        amount: u64,
        void: bool,
        approval: bool,
        uses: usize,
    ) {
        let mut asked = ask(agent, amount, void, approval);
        if let Some((number, of)) = self.approvals.get(uses).filter(|_| approval) {
            asked = Proposal {
                approval: Some(*number),
                ..of.clone()
            };
        }
        let of = asked.act.agent.clone();
        let key = ask("a", 1, false, false)
            .claims
            .into_iter()
            .find_map(|claim| match claim {
                Claim::Reserve(reserve) => Some(reserve.account),
                _ => None,
            });
        let before = ledger.state.used(&key.clone().unwrap(), ledger.time);
        let (sequence, decision) = ledger.decide(&asked);
        let after = ledger.state.used(&key.unwrap(), ledger.time);
        if decision.verdict.is_allowed() {
            assert!(!self.halted.contains(&*of), "what is halted acts");
            assert!(after.total() <= CAP, "a reservation passes the cap");
            if asked.claims.contains(&Claim::Approved) {
                let approval = decision.approval.unwrap();
                assert!(self.used.insert(approval), "an approval is used twice");
                let by = self.granted_by[&approval];
                assert!(
                    by != of && by != format!("operator-of-{of}"),
                    "an agent grants itself"
                );
            }
            self.open.push(sequence);
        } else {
            assert_eq!(before, after, "a denial takes");
            if let Some(number) = ledger
                .state
                .approval_for(ledger.time, &asked.act)
                .filter(|_| decision.verdict == Verdict::Escalate)
            {
                self.approvals.push((number, asked));
            }
        }
    }
}

/// What is pending is what open decisions have set aside.
fn pending_is_what_is_open(ledger: &Ledger) {
    let mut open = BTreeMap::new();
    for decision in ledger
        .state
        .open
        .decisions
        .values()
        .filter(|open| !open.expired)
    {
        for part in &decision.reservations {
            *open.entry((part.account.clone(), part.slice)).or_insert(0) += part.amount;
        }
    }
    for ((account, slice), amount) in open {
        let counts = account
            .period
            .counts(slice, ledger.state.last.unwrap().time);
        let used = ledger.state.accounts.used(&account, slice);
        assert!(!counts || used.pending == amount, "{used:?} {amount}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_interleaving_breaks_a_promise(steps in prop::collection::vec(step(), 1..60), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let (mut ledger, mut watcher) = (Ledger::new(), Watcher::default());
        for step in &steps {
            watcher.step(&mut ledger, step);
            pending_is_what_is_open(&ledger);
        }
        let last = ledger.state.snapshot().unwrap();
        // The fold gives the same bytes wherever it is cut and taken up again from a snapshot.
        let cuts: BTreeSet<_> = cuts.iter().map(|cut| cut.index(ledger.log.len())).collect();
        let mut again = State::new();
        for (at, (position, entry)) in ledger.log.iter().enumerate() {
            if cuts.contains(&at) {
                let bytes = again.snapshot().unwrap();
                again = State::restore(&bytes, &Digest::of(&bytes)).unwrap();
            }
            again.apply(*position, entry).unwrap();
        }
        prop_assert_eq!(again.snapshot().unwrap(), last);
        prop_assert_eq!(again, ledger.state);
    }
}
