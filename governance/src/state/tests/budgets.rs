use super::*;
use crate::{day::DAY_NS, state::refusal::code};

fn used(ledger: &Ledger) -> (u64, u64) {
    let used = ledger.state.used(&account("a"), ledger.time);
    (used.posted, used.pending)
}

/// litellm 34732, 40095, 35567: parallel calls that are checked one by one against what was spent before any of them.
#[test]
fn eight_parallel_calls_do_not_pass_a_cap_for_one() {
    let mut ledger = Ledger::new();
    let ask = proposal("a", "call", vec![reserve("a", 90, 100)]);
    let allowed = (0..8).filter(|_| ledger.decide(&ask).1.verdict.is_allowed());
    assert_eq!(allowed.count(), 1);
    assert_eq!(used(&ledger), (0, 90));
}

/// litellm 38647: worst-case estimates that are set aside are told from what is spent, with the time to ask again.
#[test]
fn what_is_set_aside_is_refused_for_now_and_what_is_spent_until_the_period_turns() {
    let mut ledger = Ledger::new();
    let ask = proposal("a", "call", vec![reserve("a", 90, 100)]);
    let (first, _) = ledger.decide(&ask);
    let expires = ledger.time + 600 * SECOND_NS;
    let (_, refused) = ledger.wait(10).decide(&ask);
    assert_eq!(
        (failed(&refused), refused.retry_at),
        (Some(code::BUDGET_RESERVED), Some(expires))
    );
    ledger.complete(first, tokens(5)).unwrap();
    assert_eq!(used(&ledger), (5, 0));
    let (second, allowed) = ledger.decide(&ask);
    assert!(allowed.verdict.is_allowed());
    ledger.complete(second, tokens(90)).unwrap();
    let (_, refused) = ledger.decide(&ask);
    let turns = START - START % DAY_NS + DAY_NS;
    assert_eq!(
        (failed(&refused), refused.retry_at),
        (Some(code::BUDGET_SPENT), Some(turns))
    );
    ledger.time = turns;
    assert!(ledger.decide(&ask).1.verdict.is_allowed());
}

#[test]
fn an_expired_reservation_is_posted_whole_and_not_given_back() {
    let mut ledger = Ledger::new();
    let ask = proposal("a", "call", vec![reserve("a", 90, 100)]);
    let (first, _) = ledger.decide(&ask);
    ledger.wait(600);
    assert_eq!(ledger.state.standing(ledger.time, first), Standing::Expired);
    assert_eq!(
        used(&ledger),
        (90, 0),
        "as of now, though no record came since"
    );
    let (_, refused) = ledger.decide(&ask);
    assert_eq!(failed(&refused), Some(code::BUDGET_SPENT));
    assert_eq!(used(&ledger), (90, 0));
    assert_eq!(
        ledger.state.check_release(ledger.time, first),
        Err(CompletionRefusal::Expired)
    );
    let completion = ledger
        .state
        .completion(
            ledger.time,
            first,
            tokens(20),
            None,
            OutputJudged::default(),
        )
        .unwrap();
    assert!(completion.late && !completion.overrun);
    ledger.apply(Entry::Completion(completion));
    assert_eq!(used(&ledger), (20, 0), "a later completion corrects it");
}

#[test]
fn a_budget_may_say_that_what_expires_is_given_back() {
    let mut ledger = Ledger::new();
    let Claim::Reserve(mut void) = reserve("a", 90, 100) else {
        panic!()
    };
    void.on_expiry = OnExpiry::Void;
    let ask = proposal("a", "call", vec![Claim::Reserve(void)]);
    let (first, _) = ledger.decide(&ask);
    ledger.wait(600);
    assert!(ledger.decide(&ask).1.verdict.is_allowed());
    ledger.complete(first, tokens(50)).unwrap();
    assert_eq!(used(&ledger), (50, 90), "the money is gone all the same");
}

#[test]
fn a_decision_is_settled_once_and_an_overrun_is_counted() {
    let mut ledger = Ledger::new();
    let (first, _) = ledger.decide(&proposal("a", "call", vec![reserve("a", 10, 100)]));
    let completion = ledger
        .state
        .completion(
            ledger.time,
            first,
            tokens(70),
            None,
            OutputJudged::default(),
        )
        .unwrap();
    assert!(completion.overrun);
    ledger.apply(Entry::Completion(completion.clone()));
    assert_eq!(used(&ledger), (70, 0));
    assert_eq!(
        ledger.complete(first, tokens(1)),
        Err(CompletionRefusal::NotOpen)
    );
    assert_eq!(
        ledger.tried(Entry::Completion(completion)),
        Err(Misfit::NotOpen)
    );
}

#[test]
fn released_is_given_back_and_can_not_be_settled_afterwards() {
    let mut ledger = Ledger::new();
    let (first, _) = ledger.decide(&proposal("a", "call", vec![reserve("a", 90, 100)]));
    assert_eq!(ledger.state.check_release(ledger.time, first), Ok(()));
    ledger.apply(Entry::Released { decision: first });
    assert_eq!(used(&ledger), (0, 0));
    assert_eq!(
        ledger.complete(first, tokens(1)),
        Err(CompletionRefusal::NotOpen)
    );
    assert_eq!(ledger.state.standing(ledger.time, first), Standing::Closed);
}

#[test]
fn all_budgets_are_taken_or_none() {
    let mut ledger = Ledger::new();
    let both = |amount| {
        proposal(
            "a",
            "call",
            vec![reserve("a", amount, 100), reserve("b", amount, 20)],
        )
    };
    let (_, refused) = ledger.decide(&both(50));
    assert_eq!(failed(&refused), Some(code::BUDGET_SPENT));
    assert_eq!(used(&ledger), (0, 0));
    let found: Vec<_> = refused
        .claims
        .iter()
        .filter_map(|judged| judged.left)
        .collect();
    assert_eq!(found, [0, 0], "what is left is what was found");
    assert!(ledger.decide(&both(20)).1.verdict.is_allowed());
    assert_eq!(used(&ledger), (0, 20));
}

#[test]
fn a_late_completion_of_a_period_that_has_turned_changes_no_other() {
    let mut ledger = Ledger::new();
    ledger.time = START - START % DAY_NS + DAY_NS - 60 * SECOND_NS;
    let (first, _) = ledger.decide(&proposal("a", "call", vec![reserve("a", 90, 100)]));
    ledger.wait(120);
    assert_eq!(used(&ledger), (0, 0), "a new day");
    ledger.complete(first, tokens(95)).unwrap();
    assert_eq!(
        used(&ledger),
        (0, 0),
        "use counts in the period of its reservation"
    );
}

#[test]
fn a_shadow_decision_takes_and_counts_nothing() {
    let mut ledger = Ledger::new();
    let mut shadow = proposal("a", "call", vec![reserve("a", 90, 100)]);
    shadow.shadow = true;
    let before = ledger.state.clone();
    let (sequence, decision) = ledger.decide(&shadow);
    assert!(decision.verdict.is_allowed());
    assert_eq!(used(&ledger), (0, 0));
    assert_eq!(
        ledger.state.standing(ledger.time, sequence),
        Standing::Closed
    );
    assert_eq!(
        State {
            last: before.last,
            ..ledger.state
        },
        before
    );
}

#[test]
fn a_session_is_not_older_than_its_cap() {
    let mut ledger = Ledger::new();
    let ask = proposal("a", "call", vec![Claim::SessionSeconds { max: 100 }]);
    assert!(ledger.decide(&ask).1.verdict.is_allowed());
    assert!(ledger.wait(100).decide(&ask).1.verdict.is_allowed());
    let (_, refused) = ledger.wait(1).decide(&ask);
    assert_eq!(failed(&refused), Some(code::SESSION_TOO_OLD));
}

#[test]
fn a_rolling_window_forgets_no_use_early() {
    let mut ledger = Ledger::new();
    let Claim::Reserve(mut rolling) = reserve("a", 60, 100) else {
        panic!()
    };
    rolling.account.period = Period::Rolling { seconds: 3_600 };
    let ask = proposal("a", "call", vec![Claim::Reserve(rolling)]);
    assert!(ledger.decide(&ask).1.verdict.is_allowed());
    assert!(!ledger.wait(3_600).decide(&ask).1.verdict.is_allowed());
    assert!(ledger.wait(61).decide(&ask).1.verdict.is_allowed());
}
